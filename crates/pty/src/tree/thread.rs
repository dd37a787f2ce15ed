//! What the threads of a process are doing: their state and the system call
//! they are blocked in (`proc_pid_task(5)`, `proc_pid_syscall(5)`, Linux).

use std::io;
use std::os::unix::fs::FileExt;

use super::info::{ProcessInfo, gone, number, require_proc};
use crate::Pid;

/// A thread at one moment.
///
/// # Example
/// ```
/// # #[cfg(target_os = "linux")] {
/// use rejoinder_pty::{Command, ProcessInfo, SystemCall};
///
/// let child = Command::new("cat").spawn()?;
/// let info = ProcessInfo::read(child.process.pid())?;
/// let call = loop {
///     let thread = info.threads(1)?.remove(0);
///     match thread.call {
///         SystemCall::Running => std::thread::yield_now(),
///         SystemCall::Hidden => break None, // another user's, or a hardened system
///         SystemCall::Blocked(call) if thread.state == 'S' => break Some(call),
///         SystemCall::Blocked(_) => {}
///     }
/// };
/// // Once `cat` has started it is in `read(0, …)`.
/// # let _ = call;
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Thread {
    /// Its id; that of the first thread is the process's.
    pub tid: Pid,
    /// Its state, as [`ProcessInfo::state`].
    pub state: char,
    /// Where it is in the kernel.
    pub call: SystemCall,
}

/// The system call a thread is in.
///
/// # Example
/// ```
/// # #[cfg(target_os = "linux")] {
/// use rejoinder_pty::{Pid, ProcessInfo, SystemCall};
///
/// let threads = ProcessInfo::read(Pid::this())?.threads(64)?;
/// // Of its own process everybody may see what it does.
/// assert!(threads.iter().all(|thread| thread.call != SystemCall::Hidden));
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SystemCall {
    /// It runs, or is about to: it is blocked nowhere.
    Running,
    /// It is blocked in this call.
    Blocked(Blocked),
    /// The system does not say: the process is another user's, was started
    /// with other rights (`su`, `sudo`), or has gone; or the system tells
    /// nobody (`kernel.yama.ptrace_scope` 2 or 3).
    Hidden,
}

/// A system call that a thread is blocked in.
///
/// # Example
/// ```
/// # #[cfg(target_os = "linux")] {
/// use rejoinder_pty::{Pid, ProcessInfo, SystemCall};
///
/// for thread in ProcessInfo::read(Pid::this())?.threads(64)? {
///     if let SystemCall::Blocked(call) = thread.call {
///         println!("thread {} is in call {}", thread.tid, call.number);
///     }
/// }
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Blocked {
    /// Its number, in the table of the process's own kind: a 32-bit process
    /// on a 64-bit system has another table.
    pub number: i64,
    /// Its arguments, as the registers hold them.
    pub arguments: [u64; 6],
    /// The stack pointer: below 4 GiB in a 32-bit process.
    pub stack_pointer: u64,
}

impl ProcessInfo {
    /// The threads there are now, `most` of them at most.
    ///
    /// # Example
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// use rejoinder_pty::{Pid, ProcessInfo};
    ///
    /// let threads = ProcessInfo::read(Pid::this())?.threads(64)?;
    /// assert!(!threads.is_empty() && threads.len() <= 64);
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As for [`ProcessInfo::read`]. A thread that has ended meanwhile is left
    /// out.
    pub fn threads(&self, most: usize) -> io::Result<Vec<Thread>> {
        require_proc()?;
        let mut found = Vec::new();
        for entry in std::fs::read_dir(format!("/proc/{}/task", self.pid)).map_err(gone)? {
            if found.len() == most {
                break;
            }
            let name = entry.map_err(gone)?.file_name();
            let tid = number(name.as_encoded_bytes()).and_then(Pid::from_raw);
            found.extend(tid.and_then(|tid| self.thread(tid)));
        }
        Ok(found)
    }

    fn thread(&self, tid: Pid) -> Option<Thread> {
        let call = std::fs::read(format!("/proc/{}/task/{tid}/syscall", self.pid));
        let call = call
            .ok()
            .and_then(|line| SystemCall::parse(&line))
            .unwrap_or(SystemCall::Hidden);
        // Read after the call: a thread that sleeps now and was blocked then
        // may still have run in between, and never the other way about.
        let state = ProcessInfo::read_at(&format!("/proc/{}/task/{tid}/stat", self.pid)).ok()?;
        Some(Thread {
            tid,
            state: state.state,
            call,
        })
    }

    /// The processes that this one started and that have not been handed to
    /// another since.
    ///
    /// # Example
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// use rejoinder_pty::{Command, Pid, ProcessInfo};
    ///
    /// let child = Command::new("cat").spawn()?;
    /// let children = ProcessInfo::read(Pid::this())?.children()?;
    /// assert!(children.contains(&child.process.pid()));
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `NotFound` when it has gone, or where the kernel was built without
    /// `CONFIG_PROC_CHILDREN`.
    pub fn children(&self) -> io::Result<Vec<Pid>> {
        require_proc()?;
        let mut found = Vec::new();
        for entry in std::fs::read_dir(format!("/proc/{}/task", self.pid)).map_err(gone)? {
            let list = std::fs::read(entry.map_err(gone)?.path().join("children"));
            let list = match list {
                Ok(list) => list,
                // That thread has ended; others have not.
                Err(error) if gone_thread(&error) => continue,
                Err(error) => return Err(error),
            };
            let pids = list.split(|byte| *byte == b' ');
            found.extend(pids.filter_map(|pid| number(pid).and_then(Pid::from_raw)));
        }
        Ok(found)
    }

    /// What stands in the process's memory at an address, `length` bytes or
    /// fewer where they end before.
    ///
    /// # Example
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// use rejoinder_pty::{Pid, ProcessInfo};
    ///
    /// let word = *b"word";
    /// let me = ProcessInfo::read(Pid::this())?;
    /// assert_eq!(me.memory(word.as_ptr() as u64, 4)?, word);
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `PermissionDenied` where the process may not be examined; what
    /// `pread(2)` reports for an address that is not its own.
    pub fn memory(&self, address: u64, length: usize) -> io::Result<Vec<u8>> {
        require_proc()?;
        let file = std::fs::File::open(format!("/proc/{}/mem", self.pid)).map_err(gone)?;
        let mut bytes = vec![0; length];
        let count = file.read_at(&mut bytes, address)?;
        bytes.truncate(count);
        Ok(bytes)
    }

    /// The function of the kernel that the process's first thread sleeps in;
    /// `None` where it does not sleep or the system does not say.
    ///
    /// # Example
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// use rejoinder_pty::{Pid, ProcessInfo};
    ///
    /// let channel = ProcessInfo::read(Pid::this())?.wait_channel();
    /// println!("asleep in {}", channel.as_deref().unwrap_or("nothing that is told"));
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn wait_channel(&self) -> Option<String> {
        let name = std::fs::read_to_string(format!("/proc/{}/wchan", self.pid)).ok()?;
        (!name.is_empty() && name != "0").then_some(name)
    }
}

impl SystemCall {
    /// Parses a line of a `syscall` file: `running`; or the call's number, six
    /// arguments, the stack pointer and the program counter; or `-1` and only
    /// the last two for a thread blocked outside of any call.
    fn parse(line: &[u8]) -> Option<Self> {
        let line = std::str::from_utf8(line).ok()?;
        let mut words = line.split_ascii_whitespace();
        let number = match words.next()? {
            "running" => return Some(Self::Running),
            number => number.parse().ok()?,
        };
        let mut hexadecimal = words.map_while(|word| {
            let digits = word.strip_prefix("0x")?;
            u64::from_str_radix(digits, 16).ok()
        });
        let mut arguments = [0; 6];
        if number >= 0 {
            for argument in &mut arguments {
                *argument = hexadecimal.next()?;
            }
        }
        Some(Self::Blocked(Blocked {
            number,
            arguments,
            stack_pointer: hexadecimal.next()?,
        }))
    }
}

/// Whether a file of a thread is not there because the thread is not.
fn gone_thread(error: &io::Error) -> bool {
    error.raw_os_error() == Some(nix::libc::ESRCH)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_blocked_call_has_its_arguments() {
        let line = b"0 0x3 0x7eff72261000 0x20000 0x7eff722f4b60 0xffffffff 0x0 0x7fff1d0b1178 0x7eff723dd2ad\n";
        let Some(SystemCall::Blocked(call)) = SystemCall::parse(line) else {
            panic!("it is blocked");
        };
        assert_eq!((call.number, call.arguments[0]), (0, 3));
        assert_eq!(call.arguments[2], 0x20000);
        assert_eq!(call.stack_pointer, 0x7fff_1d0b_1178);
    }

    #[test]
    fn outside_of_a_call_there_are_no_arguments() {
        let call = SystemCall::parse(b"-1 0x7fff0 0x7eff0\n");
        assert_eq!(
            call,
            Some(SystemCall::Blocked(Blocked {
                number: -1,
                arguments: [0; 6],
                stack_pointer: 0x7fff0,
            }))
        );
        assert_eq!(SystemCall::parse(b"running\n"), Some(SystemCall::Running));
        for bad in ["", "0", "0 0x1 0x2", "x 0x1", "0 1 2 3 4 5 6 7 8"] {
            assert_eq!(SystemCall::parse(bad.as_bytes()), None, "{bad}");
        }
    }

    proptest! {
        /// Guards: no content of the file makes the parser panic.
        #[test]
        fn any_line_is_survived(line in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = SystemCall::parse(&line);
        }
    }

    /// Guards: a thread of this very process that is blocked is seen so, with
    /// what it is blocked on, and its memory can be read.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_thread_blocked_in_a_read_is_seen() {
        use std::io::{Read, Write};
        use std::os::fd::AsRawFd;

        let (mut reader, mut writer) = std::io::pipe().unwrap();
        let fd = reader.as_raw_fd();
        let thread = std::thread::spawn(move || reader.read_exact(&mut [0; 1]).unwrap());
        let me = ProcessInfo::read(Pid::this()).unwrap();
        let seen = || {
            let threads = me.threads(usize::MAX).unwrap();
            threads.into_iter().any(|thread| match thread.call {
                SystemCall::Blocked(call) => {
                    call.number == nix::libc::SYS_read
                        && i64::try_from(call.arguments[0]) == Ok(fd.into())
                }
                _ => false,
            })
        };
        while !seen() {
            std::thread::yield_now();
        }
        writer.write_all(b"x").unwrap();
        thread.join().unwrap();

        let text = *b"what stands here";
        let there = me.memory(text.as_ptr().addr() as u64, text.len()).unwrap();
        assert_eq!(there, text);
        assert_eq!(me.threads(1).unwrap().len(), 1);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn children_are_found() {
        let child = crate::Command::new("sleep").arg("60").spawn().unwrap();
        // The thread that started it may be any of this process's.
        let me = ProcessInfo::read(Pid::this()).unwrap();
        assert!(me.children().unwrap().contains(&child.process.pid()));
        child.process.signal(crate::Signal::KILL).unwrap();
    }
}
