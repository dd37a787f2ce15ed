//! The blocking session's sending half: it reads while it writes, lest both sides wait for each other.

use super::blocking::Session;
use super::error::Error;
use super::key::{Key, control};
use super::shared::Heard;
use super::stream::{Progress, Stream};
use super::writer::Writer;
use std::io::ErrorKind as IoErrorKind;
use std::time::Instant;

impl<S: Stream> Session<S> {
    /// Sends text or bytes as they are.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout) when they are not all taken within the
    /// session's timeout, and when writing or reading fails.
    ///
    /// # Example
    ///
    /// ```
    /// use rejoinder_expect::Session;
    ///
    /// let mut session = Session::spawn("cat")?;
    /// session.send("two ")?;
    /// session.send(b"pieces\n")?;
    /// session.expect("two pieces")?;
    /// # Ok::<(), rejoinder_expect::Error>(())
    /// ```
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> Result<(), Error> {
        self.transmit(bytes.as_ref(), false)
    }

    /// Sends a line: the text and
    /// [`SessionOptions::line_ending`](crate::SessionOptions::line_ending).
    ///
    /// # Errors
    ///
    /// As [`Session::send`].
    pub fn send_line(&mut self, line: impl AsRef<[u8]>) -> Result<(), Error> {
        let line = self.shared.line(line.as_ref());
        self.transmit(&line, false)
    }

    /// Sends a line that is not to appear in the transcript, such as a password.
    ///
    /// # Errors
    ///
    /// As [`Session::send`].
    ///
    /// # Example
    ///
    /// ```
    /// use rejoinder_expect::Session;
    ///
    /// let mut session = Session::spawn(r#"sh -c 'stty -echo; printf "Password: "; read p; echo; echo ${#p}'"#)?;
    /// session.expect("Password: ")?;
    /// session.send_secret("hunter2")?;
    /// session.expect("7")?;
    /// # Ok::<(), rejoinder_expect::Error>(())
    /// ```
    pub fn send_secret(&mut self, secret: impl AsRef<[u8]>) -> Result<(), Error> {
        let line = self.shared.line(secret.as_ref());
        self.transmit(&line, true)
    }

    /// Sends the character that a key gives together with Control: `'c'` interrupts, `'d'` is the
    /// end of input, `'z'` suspends.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Key`](crate::ErrorKind::Key) when there is no such character, and as
    /// [`Session::send`].
    ///
    /// # Example
    ///
    /// ```
    /// # use rejoinder_expect::Session;
    /// let mut cat = Session::spawn("cat")?;
    /// cat.send_control('d')?;
    /// cat.expect_eof()?;
    /// # Ok::<(), rejoinder_expect::Error>(())
    /// ```
    pub fn send_control(&mut self, key: char) -> Result<(), Error> {
        self.transmit(&[control(key)?], false)
    }

    /// Presses keys.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Key`](crate::ErrorKind::Key) when one of them does not exist; nothing is sent
    /// then. And as [`Session::send`].
    ///
    /// # Example
    ///
    /// ```
    /// use rejoinder_expect::{Key, Session};
    ///
    /// let mut session = Session::spawn("cat -v")?;
    /// session.send_keys([Key::Up, Key::Enter])?;
    /// session.expect("^[[A\r\n")?; // the terminal's echo of an arrow key
    /// # Ok::<(), rejoinder_expect::Error>(())
    /// ```
    pub fn send_keys(&mut self, keys: impl IntoIterator<Item = Key>) -> Result<(), Error> {
        self.transmit(&Key::sequence(keys)?, false)
    }

    fn transmit(&mut self, bytes: &[u8], secret: bool) -> Result<(), Error> {
        let timeout = self.shared.options.timeout;
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut sent = 0;
        while sent < bytes.len() {
            let progress = self.exchange(&bytes[sent..], deadline);
            let failure = match progress {
                Ok(progress) => {
                    sent += progress.sent;
                    let heard = self.take_in(progress.received);
                    match (progress.sent, heard) {
                        (0, Heard::Nothing) => Error::not_taken(sent, bytes.len(), timeout),
                        (0, Heard::End) => Error::io("write", IoErrorKind::BrokenPipe.into()),
                        _ => continue,
                    }
                }
                Err(failure) => failure,
            };
            self.shared.sent(&bytes[..sent], secret);
            return Err(failure);
        }
        self.shared.sent(bytes, secret);
        Ok(())
    }

    fn exchange(&mut self, bytes: &[u8], deadline: Option<Instant>) -> Result<Progress, Error> {
        self.stream
            .exchange(bytes, self.shared.ring.spare_mut(), deadline)
            .map_err(|error| Error::io("write to the program", error))
    }

    /// Takes the session apart, so that one thread can wait while another sends.
    ///
    /// The reading end is a session that can do everything but send. What is sent by the other
    /// end is unknown to it: it appears in no transcript, and its echo is not left out.
    ///
    /// # Example
    ///
    /// ```
    /// # use rejoinder_expect::Session;
    /// let (mut reader, mut writer) = Session::spawn("cat")?.split();
    /// let typist = std::thread::spawn(move || writer.send_line("hello"));
    /// reader.expect("hello")?;
    /// typist.join().expect("it does not panic")?;
    /// # Ok::<(), rejoinder_expect::Error>(())
    /// ```
    pub fn split(self) -> (Session<S::Source>, Writer<S::Sink>) {
        let options = self.shared.options;
        let (source, sink) = self.stream.split();
        (
            Session {
                stream: source,
                shared: self.shared,
            },
            Writer { sink, options },
        )
    }
}
