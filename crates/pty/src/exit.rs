//! How a process ended.

use std::fmt;

use crate::Signal;

/// How a process ended: with a code of its own or by a signal.
///
/// # Example
/// ```
/// use rejoinder_pty::{ExitStatus, Signal};
///
/// assert!(ExitStatus::Code(0).success());
/// let killed = ExitStatus::Signal { signal: Signal::KILL, core_dumped: false };
/// assert_eq!(killed.code(), None);
/// assert_eq!(killed.to_string(), "signal KILL");
/// assert_eq!(killed.signal(), Some(Signal::KILL));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExitStatus {
    /// The process called `exit` or returned from `main`; 0–255 on every
    /// platform this crate runs on.
    Code(i32),
    /// The process was ended by a signal.
    Signal {
        /// The signal that ended it.
        signal: Signal,
        /// Whether the kernel wrote a core dump.
        core_dumped: bool,
    },
}

impl ExitStatus {
    /// Whether the process ended with code 0.
    #[must_use]
    pub fn success(self) -> bool {
        self == Self::Code(0)
    }

    /// The exit code, when the process ended by itself.
    #[must_use]
    pub fn code(self) -> Option<i32> {
        match self {
            Self::Code(code) => Some(code),
            Self::Signal { .. } => None,
        }
    }

    /// The signal that ended the process, when one did.
    #[must_use]
    pub fn signal(self) -> Option<Signal> {
        match self {
            Self::Code(_) => None,
            Self::Signal { signal, .. } => Some(signal),
        }
    }
}

impl fmt::Display for ExitStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exit code {code}"),
            Self::Signal {
                signal,
                core_dumped,
            } => {
                write!(f, "signal {signal}")?;
                if *core_dumped {
                    f.write_str(" (core dumped)")?;
                }
                Ok(())
            }
        }
    }
}
