//! The sending end of a session that was taken apart.

use super::error::Error;
use super::key::{Key, control};
use super::options::SessionOptions;
use super::stream::Sink;
use std::time::Instant;

#[cfg(doc)]
use super::blocking::Session;

/// The sending end of a session that was [`split`](Session::split).
///
/// # Example
///
/// ```
/// use rejoinder_expect::{Key, Session, regex};
///
/// let (mut reader, mut writer) = Session::spawn("cat")?.split();
/// writer.send("hel")?;
/// writer.send_keys([Key::Char('l'), Key::Char('o')])?;
/// writer.send_line("!")?;
/// reader.expect(regex("hello!\r\nhello!"))?; // its echo, and what `cat` says
/// writer.send_control('d')?;
/// reader.expect_eof()?;
/// # Ok::<(), rejoinder_expect::Error>(())
/// ```
#[derive(Debug)]
pub struct Writer<W> {
    pub(super) sink: W,
    pub(super) options: SessionOptions,
}

impl<W: Sink> Writer<W> {
    /// Sends text or bytes as they are.
    ///
    /// # Errors
    ///
    /// As [`Session::send`].
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> Result<(), Error> {
        let bytes = bytes.as_ref();
        let timeout = self.options.timeout;
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut sent = 0;
        while sent < bytes.len() {
            let taken = self
                .sink
                .transmit(&bytes[sent..], deadline)
                .map_err(|error| Error::io("write to the program", error))?;
            if taken == 0 {
                return Err(Error::not_taken(sent, bytes.len(), timeout));
            }
            sent += taken;
        }
        Ok(())
    }

    /// Sends a line; see [`Session::send_line`].
    ///
    /// # Errors
    ///
    /// As [`Session::send`].
    pub fn send_line(&mut self, line: impl AsRef<[u8]>) -> Result<(), Error> {
        let line = [line.as_ref(), self.options.line_ending.as_bytes()].concat();
        self.send(line)
    }

    /// Sends a control character; see [`Session::send_control`].
    ///
    /// # Errors
    ///
    /// As [`Session::send_control`].
    pub fn send_control(&mut self, key: char) -> Result<(), Error> {
        self.send([control(key)?])
    }

    /// Presses keys; see [`Session::send_keys`].
    ///
    /// # Errors
    ///
    /// As [`Session::send_keys`].
    pub fn send_keys(&mut self, keys: impl IntoIterator<Item = Key>) -> Result<(), Error> {
        self.send(Key::sequence(keys)?)
    }
}
