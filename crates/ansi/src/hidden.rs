//! Characters that hide or reorder text, made visible.
//!
//! The list is in [`characters`]; this file decides where one of them may stay because it belongs
//! to an emoji. The rule is that an emoji sequence may keep what shapes it, one invisible
//! character at a time and only between visible ones, so that no run of them can carry a message.

mod characters;

use crate::utf8::Utf8Decoder;
use characters::{is_emoji, is_hidden};
use std::borrow::Cow;
use std::fmt::Write as _;

const ZERO_WIDTH_JOINER: char = '\u{200D}';
const TEXT_PRESENTATION: char = '\u{FE0E}';
const EMOJI_PRESENTATION: char = '\u{FE0F}';
const COMBINING_KEYCAP: char = '\u{20E3}';

/// Makes hidden characters of a stream visible, however it is cut into chunks.
///
/// Shown as an escape, `\x1b` below U+0080 and `\u{202e}` above:
///
/// - control characters (general category Cc) but `\n` and `\t`: C0, DEL, C1;
/// - what reorders text: the bidirectional controls U+061C, U+200E, U+200F, U+202A to U+202E and
///   U+2066 to U+2069 (Unicode Technical Report 36; CVE-2021-42574, "Trojan Source");
/// - what breaks lines unseen: U+2028, U+2029;
/// - everything else that leaves no mark (Unicode's `Default_Ignorable_Code_Point`): soft hyphen,
///   zero-width characters, invisible operators, fillers, variation selectors and their
///   supplement, tag characters; and the annotation marks U+FFF9 to U+FFFB.
///
/// Left alone: U+FE0E or U+FE0F directly after an emoji, U+FE0F between a digit, `#` or `*` and
/// U+20E3 (a keycap), and U+200D between two emoji. So families and hearts stay whole, while flags
/// of regions (made of tag characters) and the joiners of Persian or Hindi text are shown: what
/// can hide text is visible, at the price of beauty there. A backslash of the text itself is
/// not escaped; the result is for reading, not for decoding.
///
/// # Example
/// ```
/// use rejoinder_ansi::Escaper;
///
/// let (mut escaper, mut shown) = (Escaper::new(), String::new());
/// for chunk in [&b"rm \xe2\x80"[..], b"\xae-rf\x07"] {
///     escaper.push(chunk, &mut shown);
/// }
/// escaper.finish(&mut shown);
/// assert_eq!(shown, r"rm \u{202e}-rf\x07");
/// ```
#[derive(Debug, Clone, Default)]
pub struct Escaper {
    decoder: Utf8Decoder,
    emoji: EmojiContext,
}

impl Escaper {
    /// An escaper at the start of a text.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends the next bytes, made visible, to `out`.
    ///
    /// Malformed UTF-8 becomes U+FFFD, one for each maximal subpart of a character. At most one
    /// character and three bytes of the next are held back until it is known what they belong to.
    pub fn push(&mut self, input: &[u8], out: &mut String) {
        let Self { decoder, emoji } = self;
        decoder.push(input, |text| emoji.push(text, out));
    }

    /// Ends the text: appends what was held back. The escaper is then at the start of a text.
    pub fn finish(&mut self, out: &mut String) {
        let Self { decoder, emoji } = self;
        decoder.finish(|text| emoji.push(text, out));
        emoji.finish(out);
    }
}

/// `text` with every hidden character shown as an escape (see [`Escaper`] for which and how);
/// borrowed where there is none.
///
/// # Example
/// ```
/// use rejoinder_ansi::escape_hidden;
///
/// assert_eq!(escape_hidden("user\u{200b}name"), r"user\u{200b}name");
/// assert_eq!(escape_hidden("I ❤\u{fe0f} 👩\u{200d}🚀"), "I ❤\u{fe0f} 👩\u{200d}🚀");
/// ```
pub fn escape_hidden(text: &str) -> Cow<'_, str> {
    if is_plain_ascii(text.as_bytes()) || !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut emoji = EmojiContext::default();
    emoji.push(text, &mut out);
    emoji.finish(&mut out);
    // An escape is always longer than its character.
    if out.len() == text.len() {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(out)
    }
}

/// As [`escape_hidden`], for bytes: malformed UTF-8 becomes U+FFFD, one for each maximal subpart
/// of a character, as [`String::from_utf8_lossy`] does.
///
/// # Example
/// ```
/// assert_eq!(rejoinder_ansi::escape_hidden_lossy(b"a\xffb\x1b"), "a\u{fffd}b\\x1b");
/// ```
pub fn escape_hidden_lossy(bytes: &[u8]) -> Cow<'_, str> {
    match String::from_utf8_lossy(bytes) {
        Cow::Borrowed(text) => escape_hidden(text),
        Cow::Owned(text) => match escape_hidden(&text) {
            Cow::Owned(shown) => Cow::Owned(shown),
            Cow::Borrowed(_) => Cow::Owned(text),
        },
    }
}

/// Whether all bytes are printable ASCII, `\n` or `\t`; tested without a branch, block by block.
fn is_plain_ascii(bytes: &[u8]) -> bool {
    bytes.chunks(256).all(|block| {
        block.iter().fold(true, |plain, &byte| {
            plain & (matches!(byte, 0x20..=0x7E) | (byte == b'\n') | (byte == b'\t'))
        })
    })
}

/// What stands before the next character, as far as emoji are concerned.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Before {
    /// Nothing that an invisible character could belong to.
    #[default]
    Other,
    /// An emoji: a presentation selector or a joiner may follow.
    Emoji,
    /// An emoji with its presentation selector: a joiner may follow.
    PresentedEmoji,
    /// A digit, `#` or `*`.
    KeycapBase,
}

#[derive(Debug, Clone, Default)]
struct EmojiContext {
    before: Before,
    /// A character that stays only if the right one comes next.
    held: Option<char>,
}

impl EmojiContext {
    fn push(&mut self, text: &str, out: &mut String) {
        for character in text.chars() {
            self.release(Some(character), out);
            self.next(character, out);
        }
    }

    fn finish(&mut self, out: &mut String) {
        self.release(None, out);
        self.before = Before::Other;
    }

    fn next(&mut self, character: char, out: &mut String) {
        self.before = match (self.before, character) {
            (Before::Emoji | Before::PresentedEmoji, ZERO_WIDTH_JOINER)
            | (Before::KeycapBase, EMOJI_PRESENTATION) => {
                self.held = Some(character);
                return;
            }
            (Before::Emoji, TEXT_PRESENTATION | EMOJI_PRESENTATION) => {
                out.push(character);
                Before::PresentedEmoji
            }
            _ if is_hidden(character) => {
                push_escape(character, out);
                Before::Other
            }
            _ => {
                out.push(character);
                match character {
                    '0'..='9' | '#' | '*' => Before::KeycapBase,
                    _ if is_emoji(character) => Before::Emoji,
                    _ => Before::Other,
                }
            }
        };
    }

    /// Decides on the held character now that its successor is known.
    fn release(&mut self, next: Option<char>, out: &mut String) {
        let Some(held) = self.held.take() else {
            return;
        };
        let stays = match held {
            ZERO_WIDTH_JOINER => next.is_some_and(is_emoji),
            _ => next == Some(COMBINING_KEYCAP),
        };
        if stays {
            out.push(held);
        } else {
            push_escape(held, out);
        }
        self.before = Before::Other;
    }
}

fn push_escape(character: char, out: &mut String) {
    let code = u32::from(character);
    let written = if code < 0x80 {
        write!(out, "\\x{code:02x}")
    } else {
        write!(out, "\\u{{{code:x}}}")
    };
    written.expect("writing to a String does not fail");
}
