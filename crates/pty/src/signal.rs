//! Process ids and signals as small types of their own, so that no other
//! crate's types show in this crate's API and a number cannot be mistaken for
//! another. Real-time signals are included: a program may die of one.

use std::fmt;
use std::num::NonZeroI32;

use nix::libc;

/// The id of a process, a process group or a session: a positive number.
///
/// # Example
/// ```
/// use rejoinder_pty::Pid;
///
/// let me = Pid::this();
/// assert_eq!(Pid::from_raw(me.as_raw()), Some(me));
/// assert_eq!(Pid::from_raw(0), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pid(NonZeroI32);

impl Pid {
    /// The id `raw`, or `None` when it is zero or negative, which `kill(2)`
    /// and its relatives would take for a whole group of processes.
    ///
    /// # Example
    /// ```
    /// assert!(rejoinder_pty::Pid::from_raw(-1).is_none());
    /// ```
    #[must_use]
    pub fn from_raw(raw: i32) -> Option<Self> {
        if raw <= 0 {
            return None;
        }
        NonZeroI32::new(raw).map(Self)
    }

    /// The id of the calling process.
    ///
    /// # Example
    /// ```
    /// assert_eq!(rejoinder_pty::Pid::this().as_raw() as u32, std::process::id());
    /// ```
    #[must_use]
    pub fn this() -> Self {
        let raw = nix::unistd::getpid().as_raw();
        Self::from_raw(raw).expect("getpid(2) returns a positive number")
    }

    /// The number the system calls take.
    #[must_use]
    pub fn as_raw(self) -> i32 {
        self.0.get()
    }
}

impl fmt::Display for Pid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A signal, real-time signals included.
///
/// # Example
/// ```
/// use rejoinder_pty::Signal;
///
/// assert_eq!(Signal::from_name("SIGTERM"), Some(Signal::TERM));
/// assert_eq!(Signal::from_name("int"), Some(Signal::INT));
/// assert_eq!(Signal::KILL.to_string(), "KILL");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signal(i32);

macro_rules! signals {
    ($($(#[$doc:meta])* $name:ident = $number:ident;)*) => {
        impl Signal {
            $($(#[$doc])* pub const $name: Self = Self(libc::$number);)*
        }

        /// Every signal that has a name here.
        const NAMED: &[(&str, Signal)] = &[$((stringify!($name), Signal::$name)),*];
    };
}

signals! {
    /// Hang-up of the terminal.
    HUP = SIGHUP;
    /// Interrupt from the keyboard (usually Ctrl-C).
    INT = SIGINT;
    /// Quit from the keyboard (usually Ctrl-\).
    QUIT = SIGQUIT;
    /// Illegal instruction.
    ILL = SIGILL;
    /// Trace or breakpoint trap.
    TRAP = SIGTRAP;
    /// `abort(3)`.
    ABRT = SIGABRT;
    /// Bus error.
    BUS = SIGBUS;
    /// Arithmetic error.
    FPE = SIGFPE;
    /// Kill, cannot be caught.
    KILL = SIGKILL;
    /// For the user's own purposes.
    USR1 = SIGUSR1;
    /// Invalid memory reference.
    SEGV = SIGSEGV;
    /// For the user's own purposes.
    USR2 = SIGUSR2;
    /// Write to a pipe nobody reads.
    PIPE = SIGPIPE;
    /// Timer of `alarm(2)`.
    ALRM = SIGALRM;
    /// Termination, the polite kind.
    TERM = SIGTERM;
    /// A child stopped or ended.
    CHLD = SIGCHLD;
    /// Continue if stopped.
    CONT = SIGCONT;
    /// Stop, cannot be caught.
    STOP = SIGSTOP;
    /// Stop typed at the terminal (usually Ctrl-Z).
    TSTP = SIGTSTP;
    /// Terminal input by a background process.
    TTIN = SIGTTIN;
    /// Terminal output by a background process.
    TTOU = SIGTTOU;
    /// Urgent data on a socket.
    URG = SIGURG;
    /// Limit on processor time passed.
    XCPU = SIGXCPU;
    /// Limit on file size passed.
    XFSZ = SIGXFSZ;
    /// Virtual timer.
    VTALRM = SIGVTALRM;
    /// Profiling timer.
    PROF = SIGPROF;
    /// The terminal's size changed.
    WINCH = SIGWINCH;
    /// Input or output is possible.
    IO = SIGIO;
    /// Bad system call.
    SYS = SIGSYS;
}

impl Signal {
    /// The signal with this number, or `None` outside `1..=SIGRTMAX` (1–64 on
    /// Linux, 1–31 where there are no real-time signals).
    ///
    /// # Example
    /// ```
    /// use rejoinder_pty::Signal;
    /// assert_eq!(Signal::from_number(9), Some(Signal::KILL));
    /// assert_eq!(Signal::from_number(0), None);
    /// ```
    #[must_use]
    pub fn from_number(number: i32) -> Option<Self> {
        (1..=highest()).contains(&number).then_some(Self(number))
    }

    /// The signal with this name, `SIG` in front or not, in any case:
    /// `"INT"`, `"SIGINT"`, `"int"`; real-time ones as `"RT34"`.
    ///
    /// # Example
    /// ```
    /// use rejoinder_pty::Signal;
    /// assert_eq!(Signal::from_name("SIGHUP"), Some(Signal::HUP));
    /// assert_eq!(Signal::from_name("NOPE"), None);
    /// ```
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let upper = name.trim().to_ascii_uppercase();
        let bare = upper.strip_prefix("SIG").unwrap_or(&upper);
        if let Some((_, signal)) = NAMED.iter().find(|(known, _)| *known == bare) {
            return Some(*signal);
        }
        let number = bare.strip_prefix("RT")?.parse().ok()?;
        Self::from_number(number)
    }

    /// The number on this platform.
    ///
    /// # Example
    /// ```
    /// assert_eq!(rejoinder_pty::Signal::KILL.number(), 9);
    /// ```
    #[must_use]
    pub fn number(self) -> i32 {
        self.0
    }

    /// The name without `SIG`, where the signal has one.
    ///
    /// # Example
    /// ```
    /// assert_eq!(rejoinder_pty::Signal::TSTP.name(), Some("TSTP"));
    /// ```
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        NAMED
            .iter()
            .find(|(_, signal)| *signal == self)
            .map(|(name, _)| *name)
    }
}

/// The name without `SIG`; `RT34` and the like for signals without a name.
impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "RT{}", self.0),
        }
    }
}

/// The highest signal number of the platform.
pub(crate) fn highest() -> i32 {
    #[cfg(target_os = "linux")]
    return libc::SIGRTMAX();
    #[cfg(not(target_os = "linux"))]
    31
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Guards: a name printed is a name accepted, for every signal number.
    #[test]
    fn names_round_trip() {
        for number in 1..=highest() {
            let signal = Signal::from_number(number).unwrap();
            assert_eq!(Signal::from_name(&signal.to_string()), Some(signal));
            assert_eq!(Signal::from_name(&format!("SIG{signal}")), Some(signal));
        }
    }

    /// Guards: numbers that no signal has are refused.
    #[test]
    fn numbers_out_of_range_are_refused() {
        for number in [i32::MIN, -1, 0, highest() + 1, i32::MAX] {
            assert_eq!(Signal::from_number(number), None);
        }
        assert_eq!(Signal::from_name("RT0"), None);
        assert_eq!(Signal::from_name(""), None);
    }
}
