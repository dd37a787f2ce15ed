//! Fork and exec. Between the two only async-signal-safe system calls are
//! made, on memory that was prepared before the fork: the child of a process
//! with threads may hold any of the other threads' locks, the allocator's
//! among them.

use std::ffi::CString;
use std::io::Read;
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::ptr;
use std::time::Duration;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::libc::{self, c_char, c_int};
use nix::sys::signal::{SigSet, SigmaskHow, pthread_sigmask};
use nix::unistd::{ForkResult, Pid as NixPid};

use crate::command::ExecPlan;
use crate::error::Stage;
use crate::ready::{Interest, PollEntry, poll};

/// The lowest descriptor number that is not a standard stream.
const FIRST_FREE: RawFd = 3;

/// What the child's descriptors 0, 1 and 2 are to be.
#[derive(Debug)]
pub(crate) enum ChildStdio {
    /// All three this terminal, which is to become the controlling one.
    Terminal(OwnedFd),
    /// Pipes; without one of its own, standard error is standard output.
    Pipes {
        stdin: OwnedFd,
        stdout: OwnedFd,
        stderr: Option<OwnedFd>,
    },
}

/// Why there is no child.
#[derive(Debug)]
pub(crate) enum ForkFailure {
    /// A system call failed, here or in the child.
    Call(Stage, Errno),
    /// The child did not reach the end of `execve(2)` in time.
    TimedOut,
}

/// A child between fork and exec.
#[derive(Debug)]
pub(crate) struct Forked {
    pub(crate) pid: NixPid,
    report: OwnedFd,
}

/// A NULL-terminated array of pointers to C strings that it borrows.
struct Pointers<'a> {
    array: Vec<*const c_char>,
    _strings: &'a [CString],
}

impl<'a> Pointers<'a> {
    fn new(strings: &'a [CString]) -> Self {
        let end = [ptr::null()];
        let array = strings.iter().map(|string| string.as_ptr()).chain(end);
        Self {
            array: array.collect(),
            _strings: strings,
        }
    }
}

/// Forks a child that will execute `plan`.
pub(crate) fn fork(plan: &ExecPlan, stdio: ChildStdio) -> Result<Forked, (Stage, Errno)> {
    let (report, child_report) = pipe().map_err(|errno| (Stage::Pipe, errno))?;
    let stdio = stdio
        .above_standard()
        .map_err(|errno| (Stage::Stdio, errno))?;
    let argv = Pointers::new(&plan.argv);
    let envp = Pointers::new(&plan.envp);
    let child = ChildView {
        plan,
        argv: argv.array.as_ptr(),
        envp: envp.array.as_ptr(),
        stdio: stdio.numbers(),
        terminal: matches!(stdio, ChildStdio::Terminal(_)),
        report: child_report.as_raw_fd(),
        highest_signal: crate::signal::highest(),
        last_descriptor: last_descriptor(),
    };

    // No handler of this process may run in the child: signals stay blocked
    // until the child has reset every disposition.
    let mut previous = SigSet::empty();
    pthread_sigmask(
        SigmaskHow::SIG_SETMASK,
        Some(&SigSet::all()),
        Some(&mut previous),
    )
    .map_err(|errno| (Stage::Signals, errno))?;
    // SAFETY: the child calls nothing but `ChildView::run`, which makes only
    // async-signal-safe calls on memory allocated above, and never returns.
    let forked = unsafe { nix::unistd::fork() };
    if let Ok(ForkResult::Child) = forked {
        child.run();
    }
    // Restoring what was read a moment ago cannot fail: the set is valid.
    let _ = pthread_sigmask(SigmaskHow::SIG_SETMASK, Some(&previous), None);
    match forked {
        Ok(ForkResult::Parent { child }) => Ok(Forked { pid: child, report }),
        Ok(ForkResult::Child) => unreachable!("the child never returns from run()"),
        Err(errno) => Err((Stage::Fork, errno)),
    }
}

impl Forked {
    /// Waits until the child has executed its program, or says why not. The
    /// child of a failure has exited or is about to, and is to be reaped.
    pub(crate) fn wait_for_exec(self, timeout: Duration) -> Result<(), ForkFailure> {
        let mut entry = [PollEntry::new(self.report.as_fd(), Interest::READABLE)];
        match poll(&mut entry, Some(timeout)) {
            Ok(0) => return Err(ForkFailure::TimedOut),
            Ok(_) => {}
            Err(error) => {
                let errno = error.raw_os_error().map_or(Errno::EIO, Errno::from_raw);
                return Err(ForkFailure::Call(Stage::Exec, errno));
            }
        }
        let mut record = [0; RECORD];
        match std::fs::File::from(self.report).read_exact(&mut record) {
            // Nothing came: exec closed the pipe.
            Err(_) => Ok(()),
            Ok(()) => {
                let stage = Stage::from_byte(record[0]).unwrap_or(Stage::Exec);
                let errno = i32::from_ne_bytes([record[4], record[5], record[6], record[7]]);
                Err(ForkFailure::Call(stage, Errno::from_raw(errno)))
            }
        }
    }
}

/// What a child that fails writes into the pipe: the stage, three zero bytes,
/// the error number in native byte order.
const RECORD: usize = 8;

/// The child's side of the plan: plain numbers and pointers.
struct ChildView<'a> {
    plan: &'a ExecPlan,
    argv: *const *const c_char,
    envp: *const *const c_char,
    stdio: [RawFd; 3],
    terminal: bool,
    report: RawFd,
    highest_signal: c_int,
    last_descriptor: RawFd,
}

impl ChildView<'_> {
    /// The whole life of the child before its program. Never returns.
    fn run(&self) -> ! {
        let mut report = self.report;
        let (stage, errno) = self.exec(&mut report);
        let mut record = [0; RECORD];
        record[0] = stage as u8;
        record[4..].copy_from_slice(&errno.to_ne_bytes());
        // SAFETY: write(2) and _exit(2) are async-signal-safe; the record
        // lives on this stack and has the length given.
        unsafe {
            libc::write(report, record.as_ptr().cast(), record.len());
            libc::_exit(127)
        }
    }

    /// Prepares this process and executes the program; returns what failed.
    /// `report` is kept to the number of the report pipe.
    fn exec(&self, report: &mut RawFd) -> (Stage, c_int) {
        // SAFETY: only async-signal-safe system calls follow, on descriptors
        // this process owns and memory that the parent prepared and that this
        // copy of the address space keeps.
        unsafe {
            if libc::setsid() < 0 {
                return failed(Stage::Session);
            }
            for (target, source) in (0..).zip(self.stdio) {
                // The sources are all above 2, so none is overwritten early.
                if libc::dup2(source, target) < 0 {
                    return failed(Stage::Stdio);
                }
            }
            if self.terminal && libc::ioctl(0, libc::TIOCSCTTY as _, 0) < 0 {
                return failed(Stage::Terminal);
            }
            if libc::dup2(self.report, REPORT_FD) < 0 {
                return failed(Stage::Descriptors);
            }
            *report = REPORT_FD;
            if libc::fcntl(REPORT_FD, libc::F_SETFD, libc::FD_CLOEXEC) < 0 {
                return failed(Stage::Descriptors);
            }
            close_from(REPORT_FD + 1, self.last_descriptor);
            reset_signals(self.highest_signal);
            for (resource, limit) in &self.plan.limits {
                if libc::setrlimit(*resource, limit) < 0 {
                    return failed(Stage::Limits);
                }
            }
            if let Some(umask) = self.plan.umask {
                libc::umask(umask);
            }
            if let Some(cwd) = &self.plan.cwd
                && libc::chdir(cwd.as_ptr()) < 0
            {
                return failed(Stage::Chdir);
            }
            libc::execve(self.plan.program.as_ptr(), self.argv, self.envp);
            failed(Stage::Exec)
        }
    }
}

/// Where the child keeps the write end of the report pipe.
const REPORT_FD: RawFd = FIRST_FREE;

fn failed(stage: Stage) -> (Stage, c_int) {
    (stage, Errno::last_raw())
}

/// Sets every signal to its default action and blocks none.
///
/// # Safety
/// For the child between fork and exec only.
unsafe fn reset_signals(highest: c_int) {
    // SAFETY: zeroed sigaction and sigset_t values are valid: no handler
    // (SIG_DFL is 0), no flag, no signal. The calls are async-signal-safe.
    // SIGKILL and SIGSTOP are refused, which changes nothing: they are always
    // at their default.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = libc::SIG_DFL;
        for signal in 1..=highest {
            #[cfg(target_os = "linux")]
            if (32..libc::SIGRTMIN()).contains(&signal) {
                // The C library refuses its own signals, so ask the kernel.
                // An all-zero kernel_sigaction means SIG_DFL on every
                // architecture, whatever its layout.
                let zeroes = [0u64; 8];
                let none = ptr::null_mut::<libc::c_void>();
                libc::syscall(
                    libc::SYS_rt_sigaction,
                    signal,
                    zeroes.as_ptr(),
                    none,
                    KERNEL_SIGSET,
                );
                continue;
            }
            libc::sigaction(signal, &action, ptr::null_mut());
        }
        let mut none: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &none, ptr::null_mut());
    }
}

/// Bytes of the kernel's signal set: 64 signals, 128 on MIPS.
#[cfg(target_os = "linux")]
const KERNEL_SIGSET: usize = if cfg!(any(target_arch = "mips", target_arch = "mips64")) {
    16
} else {
    8
};

/// Closes every descriptor from `first` upward.
///
/// # Safety
/// For the child between fork and exec only: nobody uses those descriptors.
unsafe fn close_from(first: RawFd, last: RawFd) {
    // SAFETY: close_range(2) and close(2) take any numbers.
    unsafe {
        #[cfg(target_os = "linux")]
        if libc::syscall(libc::SYS_close_range, first, libc::c_uint::MAX, 0) == 0 {
            return;
        }
        for fd in first..=last {
            libc::close(fd);
        }
    }
}

/// The highest descriptor that can be open, for systems without
/// `close_range(2)` (Linux before 5.9).
fn last_descriptor() -> RawFd {
    // SAFETY: sysconf(3) has no precondition.
    let limit = unsafe { libc::sysconf(libc::_SC_OPEN_MAX) };
    RawFd::try_from(limit).unwrap_or(65_536).max(1024) - 1
}

impl ChildStdio {
    /// The same with no descriptor below 3, so that putting one of them in
    /// its place cannot overwrite another.
    fn above_standard(self) -> Result<Self, Errno> {
        Ok(match self {
            Self::Terminal(follower) => Self::Terminal(above_standard(follower)?),
            Self::Pipes {
                stdin,
                stdout,
                stderr,
            } => Self::Pipes {
                stdin: above_standard(stdin)?,
                stdout: above_standard(stdout)?,
                stderr: stderr.map(above_standard).transpose()?,
            },
        })
    }

    fn numbers(&self) -> [RawFd; 3] {
        match self {
            Self::Terminal(follower) => [follower.as_raw_fd(); 3],
            Self::Pipes {
                stdin,
                stdout,
                stderr,
            } => [stdin, stdout, stderr.as_ref().unwrap_or(stdout)].map(AsRawFd::as_raw_fd),
        }
    }
}

fn above_standard(fd: OwnedFd) -> Result<OwnedFd, Errno> {
    use std::os::fd::FromRawFd;
    if fd.as_raw_fd() >= FIRST_FREE {
        return Ok(fd);
    }
    let raw = fcntl(fd.as_fd(), FcntlArg::F_DUPFD_CLOEXEC(FIRST_FREE))?;
    // SAFETY: F_DUPFD_CLOEXEC returned a new descriptor that nobody else owns.
    Ok(unsafe { OwnedFd::from_raw_fd(raw) })
}

/// A pipe whose ends are closed by exec and are no standard streams: the read
/// end, the write end.
pub(crate) fn pipe() -> Result<(OwnedFd, OwnedFd), Errno> {
    #[cfg(not(target_vendor = "apple"))]
    let (read, write) = nix::unistd::pipe2(OFlag::O_CLOEXEC)?;
    #[cfg(target_vendor = "apple")]
    let (read, write) = {
        use nix::fcntl::FdFlag;
        // There is no pipe2(2): another thread's fork may inherit the ends in
        // between.
        let (read, write) = nix::unistd::pipe()?;
        fcntl(read.as_fd(), FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
        fcntl(write.as_fd(), FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
        (read, write)
    };
    Ok((above_standard(read)?, above_standard(write)?))
}

/// Makes reads and writes on `fd` return at once, or wait.
pub(crate) fn set_nonblocking(fd: impl AsFd, nonblocking: bool) -> Result<(), Errno> {
    let flags = OFlag::from_bits_retain(fcntl(fd.as_fd(), FcntlArg::F_GETFL)?);
    let mut wanted = flags;
    wanted.set(OFlag::O_NONBLOCK, nonblocking);
    if wanted != flags {
        fcntl(fd.as_fd(), FcntlArg::F_SETFL(wanted))?;
    }
    Ok(())
}
