//! Handing the conversation to the person at the terminal, and taking it back.

use super::blocking::Session;
use super::error::Error;
use super::pty::PtyStream;
use super::shared::Heard;
use super::stream::{FdSource, FdStream, Source, Stream};
use rejoinder_pty::{Interest, PollEntry, poll};
use rustix::termios::{self, OptionalActions, Termios};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

/// How [`Session::interact_with`] behaves.
///
/// # Example
///
/// ```
/// use rejoinder_expect::InteractOptions;
///
/// // Control-A instead of Control-], and the terminal left in the mode it is in.
/// let options = InteractOptions { escape: Some(0x01), raw: false, ..InteractOptions::default() };
/// # let _ = options;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InteractOptions {
    /// The byte that ends the interaction when it is typed; `None` when only the program can.
    /// Control-] (0x1d) by default, as in telnet.
    pub escape: Option<u8>,
    /// Whether the person's terminal is put into raw mode meanwhile, so that every key goes to the
    /// program (default: yes). Its mode is restored in the end.
    pub raw: bool,
    /// Whether changes of the size of the person's terminal are passed on (default: yes).
    pub follow_size: bool,
}

impl Default for InteractOptions {
    fn default() -> InteractOptions {
        InteractOptions {
            escape: Some(0x1d),
            raw: true,
            follow_size: true,
        }
    }
}

/// How an interaction ended.
///
/// # Example
///
/// ```
/// use rejoinder_expect::{InteractEnd, InteractOptions, Session};
/// use std::fs::File;
///
/// // Nobody is there to type: the input ends at once.
/// let mut session = Session::spawn("cat")?;
/// let nobody = File::open("/dev/null")?;
/// let end = session.interact_with(nobody, std::io::sink(), InteractOptions::default())?;
/// assert_eq!(end, InteractEnd::InputEnded);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InteractEnd {
    /// The person typed the escape character.
    Escaped,
    /// The program's output ended.
    Ended,
    /// The person's input ended.
    InputEnded,
}

/// A stream that can be waited for together with others.
///
/// # Example
///
/// ```
/// use rejoinder_expect::{FdStream, Pollable};
/// use std::os::unix::net::UnixStream;
///
/// let (near, _far) = UnixStream::pair()?;
/// let stream = FdStream::new(near.try_clone()?, near);
/// assert_eq!(stream.descriptors().len(), 1);
/// stream.resize(24, 80)?; // a socket has no size: nothing is done
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Pollable: Source {
    /// What becomes readable when [`Source::receive`] has something to say.
    fn descriptors(&self) -> Vec<BorrowedFd<'_>>;

    /// Passes on the size of the person's terminal, where that means something.
    ///
    /// # Errors
    ///
    /// What setting a size reports.
    fn resize(&self, rows: u16, columns: u16) -> io::Result<()> {
        let _ = (rows, columns);
        Ok(())
    }
}

impl Pollable for PtyStream {
    fn descriptors(&self) -> Vec<BorrowedFd<'_>> {
        vec![self.process().exit_fd(), self.output().as_fd()]
    }

    fn resize(&self, rows: u16, columns: u16) -> io::Result<()> {
        let (Some(leader), Ok(size)) = (
            self.leader(),
            rejoinder_pty::Winsize::new(rows.into(), columns.into()),
        ) else {
            return Ok(());
        };
        leader.resize(size)
    }
}

impl<R: Read + AsFd, W: Write + AsFd> Pollable for FdStream<R, W> {
    fn descriptors(&self) -> Vec<BorrowedFd<'_>> {
        self.source().descriptors()
    }
}

impl<R: Read + AsFd> Pollable for FdSource<R> {
    fn descriptors(&self) -> Vec<BorrowedFd<'_>> {
        vec![self.reader().as_fd()]
    }
}

/// How long to wait before looking again at what gives no notice: the size of the person's
/// terminal, and a program's terminal that is closed but may be opened again.
pub(super) const LOOK_AGAIN: Duration = Duration::from_millis(100);

impl<S: Stream + Pollable> Session<S> {
    /// Connects the program with the person at this process's terminal, until the person types
    /// Control-] or the program ends.
    ///
    /// What had arrived and was not matched is shown first. What is shown counts as read: the next
    /// wait begins behind it.
    ///
    /// # Errors
    ///
    /// When reading or writing fails on either side.
    ///
    /// # Example
    ///
    /// ```no_run
    /// use rejoinder_expect::{InteractEnd, Session};
    ///
    /// let mut ssh = Session::spawn("ssh host.example")?;
    /// ssh.expect("$ ")?;
    /// if ssh.interact()? == InteractEnd::Escaped {
    ///     ssh.send_line("exit")?;
    /// }
    /// # Ok::<(), rejoinder_expect::Error>(())
    /// ```
    pub fn interact(&mut self) -> Result<InteractEnd, Error> {
        let (input, output) = (io::stdin().lock(), io::stdout().lock());
        self.interact_with(input, output, InteractOptions::default())
    }

    /// The same with another terminal or anything else that can be waited for, and with options.
    ///
    /// # Errors
    ///
    /// As [`Session::interact`].
    ///
    /// # Example
    ///
    /// ```
    /// use rejoinder_expect::{InteractEnd, InteractOptions, Session};
    /// use std::io::Write;
    /// use std::os::unix::net::UnixStream;
    ///
    /// // The person is at the other end of a socket, and leaves by Control-].
    /// let (theirs, ours) = UnixStream::pair()?;
    /// (&theirs).write_all(b"hello\n\x1d")?;
    /// let mut session = Session::spawn("cat")?;
    /// let mut shown = Vec::new();
    /// let end = session.interact_with(ours, &mut shown, InteractOptions::default())?;
    /// assert_eq!(end, InteractEnd::Escaped);
    /// session.expect("hello")?; // what was typed is with the program
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn interact_with(
        &mut self,
        mut input: impl Read + AsFd,
        mut output: impl Write,
        options: InteractOptions,
    ) -> Result<InteractEnd, Error> {
        let broken = |error| Error::io("talk to the person at the terminal", error);
        let _raw = if options.raw {
            RawMode::enter(&input).map_err(broken)?
        } else {
            None
        };
        let mut shown = self.shared.at();
        let mut size = None;
        let mut typed = [0; 4096];
        loop {
            if options.follow_size {
                self.follow_size(input.as_fd(), &mut size).map_err(broken)?;
            }
            let heard = self.receive(Some(Instant::now()))?;
            let fresh = self.shared.ring.slice(shown..self.shared.ring.end());
            output
                .write_all(fresh)
                .and_then(|()| output.flush())
                .map_err(broken)?;
            shown = self.shared.ring.end();
            self.shared.skip_unread();
            match heard {
                Heard::More => continue,
                Heard::End => return Ok(InteractEnd::Ended),
                Heard::Nothing => {}
            }
            if !self.wait_for_either(input.as_fd()).map_err(broken)? {
                continue;
            }
            let count = match input.read(&mut typed) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                other => other.map_err(broken)?,
            };
            let typed = &typed[..count];
            let escape = options
                .escape
                .and_then(|key| typed.iter().position(|&byte| byte == key));
            self.send(&typed[..escape.unwrap_or(count)])?;
            if escape.is_some() {
                return Ok(InteractEnd::Escaped);
            }
            if count == 0 {
                return Ok(InteractEnd::InputEnded);
            }
        }
    }

    /// Waits until there is something to read on either side; whether it is the person's.
    fn wait_for_either(&self, input: BorrowedFd<'_>) -> io::Result<bool> {
        let fds = self.stream.descriptors();
        let mut entries = vec![PollEntry::new(input, Interest::READABLE)];
        entries.extend(
            fds.into_iter()
                .map(|fd| PollEntry::new(fd, Interest::READABLE)),
        );
        poll(&mut entries, Some(LOOK_AGAIN))?;
        let typed = entries[0].ready().readable;
        let hung_up = entries[1..]
            .iter()
            .all(|entry| entry.ready().hangup || !entry.ready().readable)
            && entries[1..].iter().any(|entry| entry.ready().hangup);
        if !typed && hung_up {
            // Nothing has the program's terminal open, and poll(2) would say so at once for ever.
            let mut person = [PollEntry::new(input, Interest::READABLE)];
            return Ok(poll(&mut person, Some(LOOK_AGAIN))? > 0);
        }
        Ok(typed)
    }

    fn follow_size(&self, input: BorrowedFd<'_>, last: &mut Option<(u16, u16)>) -> io::Result<()> {
        match changed_size(input, last) {
            Some((rows, columns)) => self.stream.resize(rows, columns),
            None => Ok(()),
        }
    }
}

/// The size of a terminal, if it is not the one seen last.
pub(super) fn changed_size(
    terminal: BorrowedFd<'_>,
    last: &mut Option<(u16, u16)>,
) -> Option<(u16, u16)> {
    // What is no terminal has no size.
    let size = termios::tcgetwinsize(terminal).ok()?;
    let size = (size.ws_row, size.ws_col);
    if last.replace(size) == Some(size) {
        None
    } else {
        Some(size)
    }
}

/// A terminal in raw mode for as long as this lives.
pub(super) struct RawMode {
    terminal: std::os::fd::OwnedFd,
    before: Termios,
}

impl RawMode {
    /// `None` for what is no terminal.
    pub(super) fn enter(input: &impl AsFd) -> io::Result<Option<RawMode>> {
        let terminal = input.as_fd().try_clone_to_owned()?;
        if !termios::isatty(&terminal) {
            return Ok(None);
        }
        let before = termios::tcgetattr(&terminal)?;
        let mut raw = before.clone();
        raw.make_raw();
        termios::tcsetattr(&terminal, OptionalActions::Flush, &raw)?;
        Ok(Some(RawMode { terminal, before }))
    }
}

impl Drop for RawMode {
    fn drop(&mut self) {
        // Nothing can be done about a terminal that has gone away.
        let _ = termios::tcsetattr(&self.terminal, OptionalActions::Drain, &self.before);
    }
}
