//! Resource limits of `setrlimit(2)`, set between fork and exec.

use nix::libc;

/// A resource whose use the kernel can limit.
///
/// # Example
/// ```
/// use rejoinder_pty::{Command, Limit, Resource};
///
/// let mut command = Command::new("true");
/// command
///     .limit(Resource::AddressSpace, Limit::at_most(512 << 20)) // bytes
///     .limit(Resource::Cpu, Limit::at_most(10)); // seconds
/// assert!(command.spawn()?.process.wait()?.success());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Resource {
    /// Processor time, in seconds (`RLIMIT_CPU`).
    Cpu,
    /// Size of a file the process writes, in bytes (`RLIMIT_FSIZE`).
    FileSize,
    /// Size of the data segment, in bytes (`RLIMIT_DATA`).
    Data,
    /// Size of the stack, in bytes (`RLIMIT_STACK`).
    Stack,
    /// Size of a core dump, in bytes (`RLIMIT_CORE`).
    Core,
    /// One more than the highest file descriptor (`RLIMIT_NOFILE`).
    OpenFiles,
    /// Address space, in bytes (`RLIMIT_AS`).
    AddressSpace,
    /// Processes and threads of the user (`RLIMIT_NPROC`).
    Processes,
    /// Memory locked into RAM, in bytes (`RLIMIT_MEMLOCK`).
    LockedMemory,
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(crate) type RawResource = libc::__rlimit_resource_t;
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(crate) type RawResource = libc::c_int;

impl Resource {
    pub(crate) fn to_raw(self) -> RawResource {
        match self {
            Self::Cpu => libc::RLIMIT_CPU,
            Self::FileSize => libc::RLIMIT_FSIZE,
            Self::Data => libc::RLIMIT_DATA,
            Self::Stack => libc::RLIMIT_STACK,
            Self::Core => libc::RLIMIT_CORE,
            Self::OpenFiles => libc::RLIMIT_NOFILE,
            // OpenBSD counts address space under the data segment.
            #[cfg(not(target_os = "openbsd"))]
            Self::AddressSpace => libc::RLIMIT_AS,
            #[cfg(target_os = "openbsd")]
            Self::AddressSpace => libc::RLIMIT_DATA,
            Self::Processes => libc::RLIMIT_NPROC,
            Self::LockedMemory => libc::RLIMIT_MEMLOCK,
        }
    }
}

/// A limit: the soft value, which counts, and the hard value, up to which the
/// program may raise it. `None` is "unlimited". The unit is the resource's.
///
/// # Example
/// ```
/// use rejoinder_pty::{Command, Limit, Resource};
///
/// let mut command = Command::new("true");
/// command.limit(Resource::Core, Limit::at_most(0));
/// assert!(command.spawn()?.process.wait()?.success());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// The value that counts.
    pub soft: Option<u64>,
    /// The value the soft one may be raised to.
    pub hard: Option<u64>,
}

impl Limit {
    /// Soft and hard value alike, so that the program cannot raise it.
    #[must_use]
    pub fn at_most(value: u64) -> Self {
        Self {
            soft: Some(value),
            hard: Some(value),
        }
    }

    pub(crate) fn to_raw(self) -> libc::rlimit {
        let raw = |value: Option<u64>| match value {
            Some(value) => libc::rlim_t::try_from(value).unwrap_or(libc::RLIM_INFINITY),
            None => libc::RLIM_INFINITY,
        };
        libc::rlimit {
            rlim_cur: raw(self.soft),
            rlim_max: raw(self.hard),
        }
    }
}
