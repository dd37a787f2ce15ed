//! Keys by name, as the characters a terminal sends for them.

use super::error::{Error, ErrorKind};

/// A key of a terminal's keyboard.
///
/// The sequences are xterm's in its normal modes (xterm's `ctlseqs`, "PC-Style Function Keys"),
/// which nearly every program understands.
///
/// # Example
///
/// ```no_run
/// use rejoinder_expect::{Key, Session};
///
/// let mut vi = Session::spawn("vi notes.txt")?;
/// vi.send_keys([Key::Char('i'), Key::Char('x'), Key::Escape, Key::Down])?;
/// # Ok::<(), rejoinder_expect::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Key {
    /// A character, as itself.
    Char(char),
    /// A character with the Control key: a letter, or one of `@ [ \ ] ^ _ ?` and the space.
    Ctrl(char),
    /// A character with the Alt key.
    Alt(char),
    /// Return: a carriage return, which a terminal turns into a newline where that is wanted.
    Enter,
    /// The tabulator.
    Tab,
    /// Tab with Shift.
    BackTab,
    /// Escape.
    Escape,
    /// Backspace: DEL, as on today's terminals.
    Backspace,
    /// Insert.
    Insert,
    /// Delete.
    Delete,
    /// Cursor up.
    Up,
    /// Cursor down.
    Down,
    /// Cursor right.
    Right,
    /// Cursor left.
    Left,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// A function key, 1 to 12.
    F(u8),
}

impl Key {
    /// What several keys send.
    pub(crate) fn sequence(keys: impl IntoIterator<Item = Key>) -> Result<Vec<u8>, Error> {
        let mut out = Vec::new();
        for key in keys {
            key.write(&mut out)?;
        }
        Ok(out)
    }

    /// Appends what the key sends.
    pub(crate) fn write(self, out: &mut Vec<u8>) -> Result<(), Error> {
        let sequence: &[u8] = match self {
            Key::Char(character) => {
                push(character, out);
                return Ok(());
            }
            Key::Alt(character) => {
                out.push(0x1b);
                push(character, out);
                return Ok(());
            }
            Key::Ctrl(character) => {
                out.push(control(character)?);
                return Ok(());
            }
            Key::Enter => b"\r",
            Key::Tab => b"\t",
            Key::BackTab => b"\x1b[Z",
            Key::Escape => b"\x1b",
            Key::Backspace => b"\x7f",
            Key::Insert => b"\x1b[2~",
            Key::Delete => b"\x1b[3~",
            Key::Up => b"\x1b[A",
            Key::Down => b"\x1b[B",
            Key::Right => b"\x1b[C",
            Key::Left => b"\x1b[D",
            Key::Home => b"\x1b[H",
            Key::End => b"\x1b[F",
            Key::PageUp => b"\x1b[5~",
            Key::PageDown => b"\x1b[6~",
            Key::F(number) => function(number)?,
        };
        out.extend_from_slice(sequence);
        Ok(())
    }
}

fn push(character: char, out: &mut Vec<u8>) {
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

/// The control character for a key (ECMA-48's C0 set: the key's code without its high bits).
pub(crate) fn control(character: char) -> Result<u8, Error> {
    match character.to_ascii_uppercase() {
        ' ' => Ok(0),
        '?' => Ok(0x7f),
        code @ '@'..='_' => Ok(code as u8 ^ 0x40),
        _ => Err(Error::plain(
            ErrorKind::Key,
            format_args!(
                "there is no control character for {character:?}; there is one for every letter \
                 and for @ [ \\ ] ^ _ ? and the space"
            ),
        )),
    }
}

fn function(number: u8) -> Result<&'static [u8], Error> {
    Ok(match number {
        1 => b"\x1bOP",
        2 => b"\x1bOQ",
        3 => b"\x1bOR",
        4 => b"\x1bOS",
        5 => b"\x1b[15~",
        6 => b"\x1b[17~",
        7 => b"\x1b[18~",
        8 => b"\x1b[19~",
        9 => b"\x1b[20~",
        10 => b"\x1b[21~",
        11 => b"\x1b[23~",
        12 => b"\x1b[24~",
        _ => {
            let message = format!("there is no function key {number}; they are 1 to 12");
            return Err(Error::plain(ErrorKind::Key, message));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Guards: keys send what terminals send, and keys that do not exist are refused.
    #[test]
    fn keys_send_what_terminals_send() {
        let sent = |key: Key| {
            let mut out = Vec::new();
            key.write(&mut out)
                .map(|()| out)
                .map_err(|error| error.kind())
        };
        assert_eq!(sent(Key::Ctrl('c')), Ok(vec![3]));
        assert_eq!(sent(Key::Ctrl('C')), Ok(vec![3]));
        assert_eq!(sent(Key::Ctrl('@')), Ok(vec![0]));
        assert_eq!(sent(Key::Ctrl('[')), Ok(vec![0x1b]));
        assert_eq!(sent(Key::Ctrl('_')), Ok(vec![0x1f]));
        assert_eq!(sent(Key::Ctrl('?')), Ok(vec![0x7f]));
        assert_eq!(sent(Key::Ctrl('1')), Err(ErrorKind::Key));
        assert_eq!(sent(Key::Ctrl('é')), Err(ErrorKind::Key));
        assert_eq!(sent(Key::Alt('x')), Ok(b"\x1bx".to_vec()));
        assert_eq!(sent(Key::Char('é')), Ok("é".as_bytes().to_vec()));
        assert_eq!(sent(Key::F(12)), Ok(b"\x1b[24~".to_vec()));
        assert_eq!(sent(Key::F(0)), Err(ErrorKind::Key));
        assert_eq!(sent(Key::F(13)), Err(ErrorKind::Key));
    }
}
