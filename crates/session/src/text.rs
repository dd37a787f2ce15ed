//! Output as an agent reads it: resolved to lines, hidden characters shown, and
//! cut in the middle when it is more than the reader wants.

use rejoinder_ansi::{escape_hidden, resolve};
use rejoinder_expect::Offset;

/// How output is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// As a person would see it after it scrolled by: escape sequences taken
    /// out, what carriage returns and the like overwrote left out, and
    /// characters that hide or reorder text shown as escapes.
    #[default]
    Text,
    /// As it came, with U+FFFD for what is not UTF-8.
    Raw,
}

/// Output shown, its middle left out where it was too long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// All of it, or what comes before the gap.
    pub head: String,
    /// What was left out, if anything was.
    pub gap: Option<Gap>,
    /// What comes after the gap.
    pub tail: String,
}

/// Output that was left out of a rendering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// Where it starts.
    pub start: Offset,
    /// Where it ends.
    pub end: Offset,
    /// The line ends in it.
    pub lines: usize,
}

impl Gap {
    /// The bytes of output left out.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.end - self.start
    }
}

/// Shows a piece of output.
///
/// # Example
///
/// ```
/// use rejoinder_session::{Format, render};
///
/// let output = b"\x1b[32m 10%\r 99%\r100%\x1b[0m\r\n";
/// assert_eq!(render(output, Format::Text), "100%\n");
/// ```
#[must_use]
pub fn render(bytes: &[u8], format: Format) -> String {
    match format {
        Format::Text => escape_hidden(&resolve(bytes)).into_owned(),
        Format::Raw => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// Shows a piece of output that starts at `start` in at most `max_bytes` bytes
/// of text: all of it, or its first quarter and its last three quarters, cut at
/// line ends where the lines are short enough for that.
///
/// # Example
///
/// ```
/// use rejoinder_session::{Format, Offset, render_within};
///
/// let output: String = (0..100).map(|i| format!("line {i}\r\n")).collect();
/// let shown = render_within(output.as_bytes(), Offset::new(0), Format::Text, 100);
/// assert!(shown.head.starts_with("line 0\n"));
/// assert!(shown.tail.ends_with("line 99\n"));
/// assert!(shown.head.len() + shown.tail.len() <= 100);
/// let gap = shown.gap.unwrap();
/// let left_out = &output[gap.start.get() as usize..gap.end.get() as usize];
/// assert_eq!(left_out.matches('\n').count(), gap.lines);
/// ```
#[must_use]
pub fn render_within(bytes: &[u8], start: Offset, format: Format, max_bytes: usize) -> Rendered {
    let whole = render(bytes, format);
    if whole.len() <= max_bytes {
        return Rendered {
            head: whole,
            gap: None,
            tail: String::new(),
        };
    }
    let (head_end, head) = fit(bytes.len(), max_bytes / 4, |length| {
        let end = line_end_at_most(bytes, length);
        (end, render(&bytes[..end], format))
    });
    let rest = &bytes[head_end..];
    let (tail_length, tail) = fit(rest.len(), max_bytes - max_bytes / 4, |length| {
        let from = line_start_at_least(rest, rest.len() - length);
        (rest.len() - from, render(&rest[from..], format))
    });
    let gap = &rest[..rest.len() - tail_length];
    Rendered {
        head,
        gap: Some(Gap {
            start: start + head_end as u64,
            end: start + (head_end + gap.len()) as u64,
            lines: gap.iter().filter(|&&byte| byte == b'\n').count(),
        }),
        tail,
    }
}

/// Finds a long piece whose rendering has at most `quota` bytes. A rendering is
/// mostly shorter than its bytes (colours, progress bars) and now and then
/// longer (hidden characters shown), so this grows and shrinks a few times.
fn fit(
    all: usize,
    quota: usize,
    mut take: impl FnMut(usize) -> (usize, String),
) -> (usize, String) {
    let mut best = (0, String::new());
    let (mut low, mut high) = (0, None::<usize>);
    let mut length = quota.min(all);
    for _ in 0..12 {
        let (taken, text) = take(length);
        if text.len() <= quota {
            if taken >= best.0 {
                best = (taken, text);
            }
            low = length;
        } else {
            high = Some(length);
        }
        if best.1.len() >= quota - quota / 8 || low == all {
            break;
        }
        let next = high.map_or((low * 4).min(all), |high| low + (high - low) / 2);
        if next == length {
            break;
        }
        length = next;
    }
    best
}

/// The last line end within the first `length` bytes; inside a line longer than
/// half of that, the last whole character.
fn line_end_at_most(bytes: &[u8], length: usize) -> usize {
    if length >= bytes.len() {
        return bytes.len();
    }
    match bytes[..length].iter().rposition(|&byte| byte == b'\n') {
        Some(newline) if newline >= length / 2 => newline + 1,
        _ => whole_characters(bytes, length),
    }
}

/// The first line start at or after `from`; inside a line longer than half of
/// the rest, the next whole character.
fn line_start_at_least(bytes: &[u8], from: usize) -> usize {
    if from == 0 {
        return 0;
    }
    let rest = &bytes[from..];
    match rest.iter().position(|&byte| byte == b'\n') {
        Some(newline) if newline < rest.len() / 2 => from + newline + 1,
        _ => {
            let skip = rest
                .iter()
                .take(3)
                .take_while(|&&byte| byte & 0xC0 == 0x80)
                .count();
            from + skip
        }
    }
}

/// At most `length`, less what would split a character of UTF-8.
fn whole_characters(bytes: &[u8], length: usize) -> usize {
    let back = (0..length.min(3))
        .find(|back| bytes[length - back] & 0xC0 != 0x80)
        .unwrap_or(0);
    length - back
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn within(text: &str, max: usize) -> Rendered {
        render_within(text.as_bytes(), Offset::new(7), Format::Text, max)
    }

    #[test]
    fn short_output_is_whole() {
        let shown = within("a\r\nb\r\n", 100);
        assert_eq!((shown.head.as_str(), shown.gap), ("a\nb\n", None));
    }

    #[test]
    fn a_progress_bar_of_a_megabyte_is_one_line_and_nothing_is_left_out() {
        let bar: String = (0..50_000).map(|i| format!("\r{i:6} of 50000")).collect();
        let shown = within(&bar, 1000);
        assert_eq!(shown.gap, None);
        assert_eq!(shown.head, " 49999 of 50000");
    }

    #[test]
    fn coloured_output_fills_its_quota() {
        let line = "\x1b[38;5;196mred\x1b[0m and \x1b[38;5;46mgreen\x1b[0m\r\n";
        let shown = within(&line.repeat(1000), 1000);
        assert!(shown.head.len() > 200, "{}", shown.head.len());
        assert!(shown.tail.len() > 600, "{}", shown.tail.len());
    }

    #[test]
    fn one_long_line_is_cut_inside() {
        let shown = within(&"é".repeat(10_000), 1000);
        assert!(!shown.head.contains('\u{fffd}') && !shown.tail.contains('\u{fffd}'));
        assert!(shown.head.len() > 100 && shown.tail.len() > 300);
    }

    proptest! {
        #[test]
        fn head_gap_and_tail_are_all_of_it(
            lines in prop::collection::vec("[a-zé\u{1b}\\[\r0-9]{0,60}", 0..60),
            max in 0_usize..800,
        ) {
            let text = lines.join("\n");
            let shown = within(&text, max);
            prop_assert!(shown.head.len() + shown.tail.len() <= max);
            if let Some(gap) = shown.gap {
                prop_assert!(gap.start >= Offset::new(7));
                prop_assert!(gap.end <= Offset::new(7 + text.len() as u64));
                prop_assert!(gap.start <= gap.end);
                let from = (gap.start.get() - 7) as usize;
                let to = (gap.end.get() - 7) as usize;
                prop_assert_eq!(render(&text.as_bytes()[..from], Format::Text), shown.head);
                prop_assert_eq!(render(&text.as_bytes()[to..], Format::Text), shown.tail);
            }
        }
    }
}
