//! Pasted text: what a program takes as text, whatever is in it.

/// Marks around pasted text ("XTerm Control Sequences", "Bracketed Paste Mode").
const START: &[u8] = b"\x1b[200~";
const END: &[u8] = b"\x1b[201~";
/// The end mark without its CSI, which is ESC and `[` or one C1 character.
const END_TAIL: &str = "201~";

/// Text to be pasted, made safe.
///
/// Whoever pastes means text, and whoever wrote the text may mean something else. Two things are
/// taken out:
///
/// - the mark that ends a bracketed paste, with ESC or with the C1 character, also where taking
///   one out puts another one together: behind it the rest of the text would be typed as commands;
/// - every control character but tab, newline and carriage return, C1 and DEL among them. The
///   kernel acts on some of them before the program sees them (an interrupt, a suspension, held
///   output), even between the marks, and programs act on others. xterm leaves out the like
///   (resource `disallowedPasteControls`), and so do VTE and foot.
///
/// # Example
/// ```
/// use rejoinder_ansi::Paste;
///
/// let paste = Paste::new("ls\x1b[201~\nrm\x03 -rf");
/// assert_eq!((paste.text(), paste.left_out()), ("ls\nrm -rf", 7));
/// let mut bytes = Vec::new();
/// paste.bracketed(&mut bytes);
/// assert_eq!(bytes, b"\x1b[200~ls\nrm -rf\x1b[201~");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paste {
    text: String,
    left_out: usize,
}

impl Paste {
    /// The text as it may be pasted.
    pub fn new(text: &str) -> Self {
        let mut marked = String::with_capacity(text.len());
        for character in text.chars() {
            marked.push(character);
            // A mark ends in `~` and is complete as soon as that is written: looking back there
            // finds those that removal has put together, in one pass.
            if character == '~' {
                marked.truncate(marked.len() - end_mark_len(&marked));
            }
        }
        let kept: String = marked.chars().filter(|c| is_text(*c)).collect();
        Self {
            left_out: text.chars().count() - kept.chars().count(),
            text: kept,
        }
    }

    /// The text, its line ends as they were.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many characters were taken out.
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// Appends the text between the marks of a bracketed paste, for a program that asked for it
    /// (`CSI ? 2004 h`).
    pub fn bracketed(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(START);
        out.extend_from_slice(self.text.as_bytes());
        out.extend_from_slice(END);
    }

    /// Appends the text as keys, for a program that reads keys and did not ask for the marks: line
    /// ends are Enter, as terminals paste them.
    ///
    /// # Example
    /// ```
    /// let mut bytes = Vec::new();
    /// rejoinder_ansi::Paste::new("a\nb\r\nc").as_keys(&mut bytes);
    /// assert_eq!(bytes, b"a\rb\rc");
    /// ```
    pub fn as_keys(&self, out: &mut Vec<u8>) {
        let text = self.text.replace("\r\n", "\r").replace('\n', "\r");
        out.extend_from_slice(text.as_bytes());
    }
}

/// Length of the end mark that `text` ends in, 0 where it ends in none.
fn end_mark_len(text: &str) -> usize {
    let Some(before) = text.strip_suffix(END_TAIL) else {
        return 0;
    };
    ["\x1b[", "\u{9b}"]
        .into_iter()
        .find(|csi| before.ends_with(csi))
        .map_or(0, |csi| csi.len() + END_TAIL.len())
}

fn is_text(character: char) -> bool {
    !character.is_control() || matches!(character, '\t' | '\n' | '\r')
}
