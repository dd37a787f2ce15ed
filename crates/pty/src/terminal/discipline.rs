//! What the kernel's line discipline does with each byte typed, as far as the
//! length of the line it keeps is concerned (`n_tty` of Linux, `termios(3)`).

use super::TerminalModes;

/// What becomes of a byte typed in canonical mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// It is added to the line.
    Stored,
    /// It is added twice (255 with `PARMRK`).
    StoredTwice,
    /// It ends the line, which the program can then read.
    EndsLine,
    /// It erases one character, if there is one.
    ErasesCharacter,
    /// It erases a word, if there is one.
    ErasesWord,
    /// It empties the line.
    EmptiesLine,
    /// It makes the next byte a stored one, whatever that is.
    Quotes,
    /// It leaves the line as it is.
    Neutral,
}

/// A terminal's modes as a table: what becomes of each byte.
///
/// # Example
/// ```
/// use rejoinder_pty::{Command, LineDiscipline};
///
/// let child = Command::new("cat").spawn()?;
/// let modes = child.leader.as_ref().unwrap().modes()?;
/// assert_eq!(LineDiscipline::new(&modes).end_of_file(), Some(4)); // Ctrl-D
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineDiscipline {
    canonical: bool,
    end_of_file: Option<u8>,
    quote: Option<u8>,
    stop: Option<u8>,
    start: Option<u8>,
    longest_character: usize,
    classes: [Class; 256],
}

impl LineDiscipline {
    /// The table for these modes.
    #[must_use]
    pub fn new(modes: &TerminalModes) -> Self {
        let mut classes = [Class::Stored; 256];
        for (byte, class) in (0..=u8::MAX).zip(&mut classes) {
            *class = classify(modes, byte);
        }
        Self {
            canonical: modes.canonical,
            end_of_file: modes.veof.filter(|_| modes.canonical),
            quote: modes.vlnext.filter(|_| modes.canonical && modes.iexten),
            stop: modes.vstop.filter(|_| modes.ixon),
            start: modes.vstart.filter(|_| modes.ixon),
            // IUTF8 erases a whole character: four bytes at most (RFC 3629).
            longest_character: if modes.iutf8 { 4 } else { 1 },
            classes,
        }
    }

    /// The discipline of a stream without one: a pipe, or a terminal whose
    /// program reads bytes as they come.
    ///
    /// # Example
    /// ```
    /// use rejoinder_pty::{CanonicalSplitter, LineDiscipline};
    ///
    /// let line = [b'x'; 10_000];
    /// let segment = CanonicalSplitter::default().next(&LineDiscipline::transparent(), &line);
    /// assert_eq!((segment.bytes, segment.end_of_file), (10_000, None));
    /// ```
    #[must_use]
    pub fn transparent() -> Self {
        Self {
            canonical: false,
            end_of_file: None,
            quote: None,
            stop: None,
            start: None,
            longest_character: 1,
            classes: [Class::Stored; 256],
        }
    }

    /// The character that hands over an unfinished line, in canonical mode
    /// and where it is not switched off.
    #[must_use]
    pub fn end_of_file(&self) -> Option<u8> {
        self.end_of_file
    }

    /// The character that makes the next one a plain byte of the line
    /// (`VLNEXT`), in canonical mode and where it is not switched off.
    ///
    /// # Example
    /// ```
    /// use rejoinder_pty::{Command, LineDiscipline};
    ///
    /// let child = Command::new("cat").spawn()?;
    /// let mut modes = child.leader.as_ref().unwrap().modes()?;
    /// assert_eq!(LineDiscipline::new(&modes).quote(), Some(0x16)); // Ctrl-V
    /// modes.canonical = false;
    /// assert_eq!(LineDiscipline::new(&modes).quote(), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn quote(&self) -> Option<u8> {
        self.quote
    }

    /// Whether this byte of a text would be taken for a command to the
    /// terminal (an interrupt, an erasure, the end of input…) rather than for
    /// a byte of the line. Line ends are what they are: `false` for newline
    /// and carriage return. `false` outside of canonical mode, where no
    /// character can be quoted.
    ///
    /// # Example
    /// ```
    /// use rejoinder_pty::{Command, LineDiscipline};
    ///
    /// let child = Command::new("cat").spawn()?;
    /// let discipline = LineDiscipline::new(&child.leader.as_ref().unwrap().modes()?);
    /// assert!(discipline.acts_on(0x03) && !discipline.acts_on(b'\n') && !discipline.acts_on(b'a'));
    /// assert_eq!(discipline.quote(), Some(0x16)); // Ctrl-V
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn acts_on(&self, byte: u8) -> bool {
        let plain = matches!(self.class(byte), Class::Stored | Class::StoredTwice);
        self.canonical && !plain && !matches!(byte, b'\n' | b'\r')
    }

    /// What to type behind this byte when it was quoted, if anything. While a
    /// line waits for room, Linux (6.0 and later) looks ahead for the character
    /// that holds output and obeys it although it is quoted
    /// (`n_tty_lookahead_flow_ctrl`); output is resumed at once then.
    pub(crate) fn resume_after(&self, byte: u8) -> Option<u8> {
        self.start.filter(|_| self.stop == Some(byte))
    }

    /// The character that resumes output.
    pub(crate) fn start(&self) -> Option<u8> {
        self.start
    }

    pub(crate) fn is_canonical(&self) -> bool {
        self.canonical
    }

    pub(crate) fn class(&self, byte: u8) -> Class {
        self.classes[usize::from(byte)]
    }

    pub(crate) fn longest_character(&self) -> usize {
        self.longest_character
    }
}

/// The order of the questions is the kernel's (`n_tty_receive_char_special`).
fn classify(modes: &TerminalModes, byte: u8) -> Class {
    let byte = if modes.istrip { byte & 0x7f } else { byte };
    let is = |character: Option<u8>| character == Some(byte);
    if modes.ixon && (is(modes.vstart) || is(modes.vstop)) {
        return Class::Neutral;
    }
    if modes.isig && (is(modes.vintr) || is(modes.vquit) || is(modes.vsusp)) {
        return match modes.noflsh {
            true => Class::Neutral,
            false => Class::EmptiesLine,
        };
    }
    let byte = match byte {
        b'\r' if modes.igncr => return Class::Neutral,
        b'\r' if modes.icrnl => b'\n',
        b'\n' if modes.inlcr => b'\r',
        other => other,
    };
    let is = |character: Option<u8>| character == Some(byte);
    if is(modes.verase) {
        return Class::ErasesCharacter;
    }
    if is(modes.vkill) {
        return Class::EmptiesLine;
    }
    if modes.iexten {
        if is(modes.vwerase) {
            return Class::ErasesWord;
        }
        if is(modes.vlnext) {
            return Class::Quotes;
        }
        if modes.echo && is(modes.vreprint) {
            return Class::Neutral;
        }
        if is(modes.veol2) {
            return Class::EndsLine;
        }
    }
    if byte == b'\n' || is(modes.veof) || is(modes.veol) {
        return Class::EndsLine;
    }
    if byte == u8::MAX && modes.parmrk {
        return Class::StoredTwice;
    }
    Class::Stored
}
