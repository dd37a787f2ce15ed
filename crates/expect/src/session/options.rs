//! How a session, or one wait of it, is to behave.

use crate::{Commit, EndAnchor, Priority, Ring, SearchOptions};
use std::time::Duration;

/// How a session behaves unless a call says otherwise.
///
/// # Example
///
/// ```
/// use rejoinder_expect::SessionOptions;
/// use std::time::Duration;
///
/// let options = SessionOptions {
///     timeout: Some(Duration::from_secs(5)),
///     skip_echo: true,
///     ..SessionOptions::default()
/// };
/// # let _ = options;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionOptions {
    /// How long to wait for what is expected, and for input to be taken. `None` waits for ever.
    /// 30 seconds by default.
    pub timeout: Option<Duration>,
    /// How many of the last bytes are kept, at least; see [`Ring::window`]. 1 MiB by default.
    pub window: usize,
    /// Which match is taken, and when.
    pub search: SearchOptions,
    /// What ends a line that is sent: `"\n"` by default, which is what a terminal makes of the
    /// Return key. Many network protocols want `"\r\n"`, many serial devices `"\r"`.
    pub line_ending: &'static str,
    /// Whether a wait leaves out the echo of what was sent since the last one (default: no).
    ///
    /// Leave it off for a program that is sent text and prints the same, with no terminal
    /// echoing: its answer would be taken for the echo.
    pub skip_echo: bool,
}

impl Default for SessionOptions {
    fn default() -> SessionOptions {
        SessionOptions {
            timeout: Some(Duration::from_secs(30)),
            window: Ring::DEFAULT_WINDOW,
            search: SearchOptions::default(),
            line_ending: "\n",
            skip_echo: false,
        }
    }
}

/// How one wait is to behave, where it differs from the session's [`SessionOptions`].
///
/// # Example
///
/// ```no_run
/// use rejoinder_expect::{Commit, ExpectOptions, Session, regex};
/// use std::time::Duration;
///
/// let mut session = Session::spawn("slow-counter")?;
/// let settled = ExpectOptions::new()
///     .timeout(Duration::from_secs(120))
///     .commit(Commit::Settle(Duration::from_millis(50)));
/// session.expect_with(regex(r"\d+"), settled)?;
/// # Ok::<(), rejoinder_expect::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExpectOptions {
    pub(super) timeout: Option<Option<Duration>>,
    pub(super) priority: Option<Priority>,
    pub(super) commit: Option<Commit>,
    pub(super) end: Option<EndAnchor>,
    pub(super) skip_echo: Option<bool>,
    pub(super) lookback: Option<u64>,
}

impl ExpectOptions {
    /// The session's own.
    pub fn new() -> ExpectOptions {
        ExpectOptions::default()
    }

    /// How long to wait; zero for what is there already.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> ExpectOptions {
        self.timeout = Some(Some(timeout));
        self
    }

    /// Waits for as long as it takes.
    ///
    /// # Example
    ///
    /// ```
    /// use rejoinder_expect::{ExpectOptions, Session};
    ///
    /// let mut session = Session::spawn("echo done")?;
    /// session.expect_with("done", ExpectOptions::new().no_timeout())?;
    /// # Ok::<(), rejoinder_expect::Error>(())
    /// ```
    #[must_use]
    pub fn no_timeout(mut self) -> ExpectOptions {
        self.timeout = Some(None);
        self
    }

    /// Which match is meant when several patterns match.
    ///
    /// # Example
    ///
    /// ```
    /// use rejoinder_expect::{ExpectOptions, Priority, Session};
    ///
    /// let mut session = Session::spawn("echo warning then error")?;
    /// session.wait()?; // all of it has come
    /// let in_order = ExpectOptions::new().priority(Priority::Order);
    /// let reply = session.expect_with(["error", "warning"], in_order)?;
    /// assert_eq!(reply.pattern(), Some(0));
    /// # Ok::<(), rejoinder_expect::Error>(())
    /// ```
    #[must_use]
    pub fn priority(mut self, priority: Priority) -> ExpectOptions {
        self.priority = Some(priority);
        self
    }

    /// When a match is taken that could still change.
    #[must_use]
    pub fn commit(mut self, commit: Commit) -> ExpectOptions {
        self.commit = Some(commit);
        self
    }

    /// What the end of what has arrived means to `$`.
    ///
    /// # Example
    ///
    /// ```
    /// use rejoinder_expect::{EndAnchor, ExpectOptions, Reply, Session, regex};
    /// use std::time::Duration;
    ///
    /// let mut session = Session::spawn("sh -c 'printf \"$ \"; read x'")?;
    /// let strict = ExpectOptions::new().end_anchor(EndAnchor::Strict).timeout(Duration::from_millis(20));
    /// assert!(matches!(session.expect_with(regex(r"\$ $"), strict)?, Reply::Timeout(_)));
    /// session.expect(regex(r"\$ $"))?; // the default takes what has come so far for the end
    /// # Ok::<(), rejoinder_expect::Error>(())
    /// ```
    #[must_use]
    pub fn end_anchor(mut self, end: EndAnchor) -> ExpectOptions {
        self.end = Some(end);
        self
    }

    /// Whether to leave out the echo of what was sent since the last wait.
    ///
    /// # Example
    ///
    /// ```
    /// use rejoinder_expect::{ExpectOptions, Reply, Session, regex};
    ///
    /// let mut calculator = Session::spawn("sh -c 'read x; echo $(($x))'")?;
    /// calculator.send_line("6 * 7")?;
    /// let behind_echo = ExpectOptions::new().skip_echo(true);
    /// let Reply::Found(found) = calculator.expect_with(regex(r"\d+"), behind_echo)? else {
    ///     panic!("no answer");
    /// };
    /// assert_eq!(found.matched(), "42"); // and not the 6 that was typed
    /// # Ok::<(), rejoinder_expect::Error>(())
    /// ```
    #[must_use]
    pub fn skip_echo(mut self, yes: bool) -> ExpectOptions {
        self.skip_echo = Some(yes);
        self
    }

    /// Looks at no more than the last `bytes` bytes of what has arrived before the call. What
    /// lies further back since the last match is passed over for good once something matches.
    ///
    /// # Example
    ///
    /// ```
    /// use rejoinder_expect::{ExpectOptions, Reply, Session};
    ///
    /// let mut session = Session::spawn("echo early and late")?;
    /// session.wait()?;
    /// let near = ExpectOptions::new().lookback(8);
    /// assert!(matches!(session.expect_with("early", near)?, Reply::Eof(_)));
    /// assert!(matches!(session.expect_with("late", near)?, Reply::Found(_)));
    /// # Ok::<(), rejoinder_expect::Error>(())
    /// ```
    #[must_use]
    pub fn lookback(mut self, bytes: u64) -> ExpectOptions {
        self.lookback = Some(bytes);
        self
    }
}
