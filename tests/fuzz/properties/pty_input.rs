//! The splitter of long lines: whatever is typed, a terminal takes all of it, and no split ends
//! the input.

use std::sync::OnceLock;

use rejoinder_pty::{
    CanonicalSplitter, Command, LineDiscipline, MAX_CANONICAL_LINE, TerminalModes,
};

use super::input::{Input, lengths};

/// The first byte chooses modes, the second how the input is cut into calls, the third how much
/// each write takes. Of what follows, two bytes each are a byte to type and how often: up to 15
/// times, and, with the highest bit set, 300 times that.
pub fn check(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let (choice, calls, writes) = (input.byte(), input.byte(), input.byte());
    let typed = typed(input.rest(64));
    let modes = modes(choice);
    let discipline = LineDiscipline::new(&modes);

    let mut splitter = CanonicalSplitter::default();
    let mut terminal = Terminal::new(modes);
    let (mut at, mut known) = (0, 0);
    // Scaled so that pieces can be both shorter and longer than a line.
    let mut calls = lengths(calls).map(|len| if choice & 0x40 == 0 { len } else { len * 97 });
    let mut writes = lengths(writes).map(|len| if choice & 0x80 == 0 { len } else { len * 89 });
    while at < typed.len() {
        if at == known {
            known = typed.len().min(known + calls.next().unwrap_or(1));
        }
        let pending = &typed[at..known];
        let segment = splitter.next(&discipline, pending);
        assert!(segment.bytes <= pending.len());
        let mut write = pending[..segment.bytes].to_vec();
        if let Some(end_of_file) = segment.end_of_file {
            assert_eq!(Some(end_of_file), modes.veof);
            write.push(end_of_file);
        } else {
            assert_eq!(
                segment.bytes,
                pending.len(),
                "less than all without a split"
            );
        }
        let taken = write.len().min(writes.next().unwrap_or(1));
        let of_input = taken.min(segment.bytes);
        terminal.type_bytes(&write[..of_input]);
        splitter.written(&discipline, &write[..of_input]);
        at += of_input;
        if taken > segment.bytes {
            terminal.split();
            splitter.end_of_file_written();
        }
    }

    assert_eq!(terminal.dropped, 0, "bytes beyond a line's limit");
    let is_plain = |byte: &u8| !(..b' ').contains(byte) && *byte != 0x7F || *byte == b'\n';
    if !modes.inlcr && typed.iter().all(is_plain) {
        terminal.delivered.append(&mut terminal.line);
        assert!(
            terminal.delivered == typed,
            "the program reads what was typed"
        );
    }
}

/// The bytes to type, of which a description is a two-byte list.
fn typed(description: &[u8]) -> Vec<u8> {
    let mut typed = Vec::new();
    for part in description.chunks(2) {
        let count = part.get(1).copied().unwrap_or(1);
        let often = usize::from(count & 0x0F) * if count & 0x80 == 0 { 1 } else { 300 };
        typed.extend(std::iter::repeat_n(part[0], often));
    }
    typed
}

/// What a fresh terminal has, with some modes of the fuzzer's choice.
fn modes(choice: u8) -> TerminalModes {
    static FRESH: OnceLock<TerminalModes> = OnceLock::new();
    let fresh = FRESH.get_or_init(|| {
        let child = Command::new("true")
            .spawn()
            .expect("a terminal can be opened");
        let leader = child
            .leader
            .as_ref()
            .expect("a program on a terminal has a leader");
        leader.modes().expect("a fresh terminal has modes")
    });
    let mut modes = *fresh;
    modes.icrnl = choice & 0x01 == 0;
    modes.inlcr = choice & 0x02 != 0;
    modes.igncr = choice & 0x04 != 0;
    modes.iutf8 = choice & 0x08 == 0;
    modes.iexten = choice & 0x10 == 0;
    modes.isig = choice & 0x20 == 0;
    modes
}

/// A line discipline written from `termios(3)`: keeps a line, edits it, drops what exceeds it,
/// hands it over.
struct Terminal {
    modes: TerminalModes,
    line: Vec<u8>,
    quoted: bool,
    delivered: Vec<u8>,
    dropped: usize,
}

impl Terminal {
    fn new(modes: TerminalModes) -> Self {
        Self {
            modes,
            line: Vec::new(),
            quoted: false,
            delivered: Vec::new(),
            dropped: 0,
        }
    }

    fn type_bytes(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.type_byte(byte);
        }
    }

    /// The end-of-file character of a split. On an empty line, as after a newline, it would end
    /// the input; after a quoting character it would be input itself.
    fn split(&mut self) {
        assert!(!self.line.is_empty(), "a split ends the input");
        assert!(!self.quoted, "a split is typed as input");
        assert!(self.line.len() <= MAX_CANONICAL_LINE);
        self.delivered.append(&mut self.line);
    }

    fn type_byte(&mut self, byte: u8) {
        let modes = self.modes;
        let quoted = std::mem::take(&mut self.quoted);
        if quoted {
            return self.keep(byte);
        }
        let is = |byte: u8, character: Option<u8>| character == Some(byte);
        if modes.ixon && (is(byte, modes.vstart) || is(byte, modes.vstop)) {
            return;
        }
        if modes.isig && [modes.vintr, modes.vquit, modes.vsusp].contains(&Some(byte)) {
            return self.line.clear();
        }
        let byte = match byte {
            b'\r' if modes.igncr => return,
            b'\r' if modes.icrnl => b'\n',
            b'\n' if modes.inlcr => b'\r',
            other => other,
        };
        if is(byte, modes.verase) {
            self.erase_character();
        } else if is(byte, modes.vkill) {
            self.line.clear();
        } else if modes.iexten && is(byte, modes.vwerase) {
            self.erase_word();
        } else if modes.iexten && is(byte, modes.vlnext) {
            self.quoted = true;
        } else if modes.iexten && modes.echo && is(byte, modes.vreprint) {
            // The line is printed anew.
        } else if is(byte, modes.veof) {
            // Typed by the person: it hands over the line, or ends the input as they wish.
            self.delivered.append(&mut self.line);
        } else if byte == b'\n' || is(byte, modes.veol) || modes.iexten && is(byte, modes.veol2) {
            self.line.push(byte);
            self.delivered.append(&mut self.line);
        } else {
            self.keep(byte);
        }
    }

    fn keep(&mut self, byte: u8) {
        if self.line.len() < MAX_CANONICAL_LINE {
            self.line.push(byte);
        } else {
            self.dropped += 1;
        }
    }

    fn erase_character(&mut self) {
        let continues = |byte: u8| byte & 0xC0 == 0x80;
        while self
            .line
            .pop()
            .is_some_and(|byte| self.modes.iutf8 && continues(byte))
        {}
    }

    fn erase_word(&mut self) {
        let in_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
        while self.line.last().is_some_and(|&byte| !in_word(byte)) {
            self.line.pop();
        }
        while self.line.last().is_some_and(|&byte| in_word(byte)) {
            self.line.pop();
        }
    }
}
