//! What to look for, described: a regular expression, a text or bytes, with its options.
//!
//! A [`Pattern`] is a description only. It is parsed, checked and compiled by
//! [`PatternSet`](crate::PatternSet), which is where the errors are.

use std::fmt;

/// One thing to look for: a regular expression, a literal text, or literal bytes.
///
/// A `&str` or a `String` turns into a **literal**, as everywhere in Rust's standard library;
/// a regular expression is asked for by name, with [`Pattern::regex`] or the shorter
/// [`regex`](crate::regex). So `"$ "` waits for a dollar sign and a space.
///
/// # Example
///
/// ```
/// use rejoinder_expect::{Pattern, PatternSet};
///
/// let set = PatternSet::new([
///     Pattern::literal("$ "),
///     Pattern::regex(r"[Pp]assword(?: for (?<user>\w+))?: "),
///     Pattern::literal("permission denied").case_insensitive(true),
///     Pattern::bytes(*b"\x1b[6n"),
/// ])?;
/// assert_eq!(set.len(), 4);
/// # Ok::<(), rejoinder_expect::PatternError>(())
/// ```
///
/// # Regular expressions
///
/// The syntax is that of the [`regex`](https://docs.rs/regex/1/regex/#syntax) crate, matched over
/// bytes: no back-references, no look-around but anchors and word boundaries, and in return a
/// search time that is linear in the output whatever the pattern. Four things differ, each
/// because the text comes from a terminal:
///
/// * `^` (without `m`) is where the last match ended, and `$` the end of what has arrived so far
///   (see [`EndAnchor`](crate::EndAnchor) for the strict variant).
/// * With `m`, `^` and `$` know all line ends: `\n`, `\r\n` and a lone `\r`
///   ([`Pattern::crlf`] turns it off). `.` still matches `\r`.
/// * `\d`, `\s` and `\w` are ASCII, unless [`Pattern::unicode_classes`] asks for Unicode's. (All
///   else is Unicode: `.`, negated classes, case folding, `\p{…}`.)
/// * `\b` and its kin see ASCII word characters, unless [`Pattern::word_boundary`] asks for
///   Unicode's.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Pattern {
    pub(crate) source: Source,
    pub(crate) flags: Flags,
}

/// What a pattern's text means.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Source {
    Regex(String),
    Literal(String),
    Bytes(Vec<u8>),
}

/// The options of one pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Flags {
    pub(crate) case_insensitive: bool,
    pub(crate) multi_line: bool,
    pub(crate) dot_matches_new_line: bool,
    pub(crate) crlf: bool,
    pub(crate) unicode: bool,
    pub(crate) unicode_classes: bool,
    pub(crate) word_boundary: WordBoundary,
}

/// Which characters `\b`, `\B` and the word start and end assertions count as part of a word.
///
/// Set for a pattern with [`Pattern::word_boundary`].
///
/// # Example
///
/// ```
/// use rejoinder_expect::{Edge, Offset, Pattern, PatternSet, Ring, Search, WordBoundary};
/// use std::time::Instant;
///
/// let mut ring = Ring::new();
/// ring.push("für".as_bytes());
/// for (boundary, matches) in [(WordBoundary::Ascii, true), (WordBoundary::Unicode, false)] {
///     let set = PatternSet::new([Pattern::regex(r"f\b").word_boundary(boundary)])?;
///     let found = Search::new(&set, Offset::ZERO).advance(&ring, Edge::Eof, Instant::now());
///     assert_eq!(found.is_some(), matches);
/// }
/// # Ok::<(), rejoinder_expect::PatternError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WordBoundary {
    /// `[0-9A-Za-z_]`, decided by the automaton as the bytes come: no cost. The default.
    #[default]
    Ascii,
    /// Unicode's word characters. An automaton over bytes cannot decide these, so every place
    /// where the pattern would match if boundaries were anywhere is searched once more in the
    /// window. One such pattern puts its whole set on that path.
    Unicode,
}

impl Pattern {
    /// A regular expression. Whether it is a valid one, the [`PatternSet`](crate::PatternSet)
    /// says.
    pub fn regex(text: impl Into<String>) -> Pattern {
        Pattern::from_source(Source::Regex(text.into()))
    }

    /// A text that stands for itself.
    pub fn literal(text: impl Into<String>) -> Pattern {
        Pattern::from_source(Source::Literal(text.into()))
    }

    /// Bytes that stand for themselves; any byte may occur, NUL and invalid UTF-8 too.
    pub fn bytes(bytes: impl Into<Vec<u8>>) -> Pattern {
        Pattern::from_source(Source::Bytes(bytes.into()))
    }

    fn from_source(source: Source) -> Pattern {
        Pattern {
            source,
            flags: Flags {
                case_insensitive: false,
                multi_line: false,
                dot_matches_new_line: false,
                crlf: true,
                unicode: true,
                unicode_classes: false,
                word_boundary: WordBoundary::Ascii,
            },
        }
    }

    /// Whether upper and lower case count as the same (default: no), as `(?i)` does.
    ///
    /// Simple Unicode case folding for a regular expression or a text; ASCII letters only for
    /// [`Pattern::bytes`] and where [`Pattern::unicode`] is off.
    #[must_use]
    pub fn case_insensitive(mut self, yes: bool) -> Pattern {
        self.flags.case_insensitive = yes;
        self
    }

    /// Whether `^` and `$` match at every line's beginning and end (default: no), as `(?m)` does.
    ///
    /// # Example
    ///
    /// ```
    /// use rejoinder_expect::{Edge, Offset, Pattern, PatternSet, Ring, Search};
    /// use std::time::Instant;
    ///
    /// let finds = |pattern: Pattern, text: &str| {
    ///     let mut ring = Ring::new();
    ///     ring.push(text.as_bytes());
    ///     let mut search = Search::new(&PatternSet::new([pattern]).unwrap(), Offset::ZERO);
    ///     search.advance(&ring, Edge::Eof, Instant::now()).is_some()
    /// };
    /// assert!(!finds(Pattern::regex("^ok$"), "yes\r\nok\r\n"));
    /// assert!(finds(Pattern::regex("^ok$").multi_line(true), "yes\r\nok\r\n"));
    /// ```
    #[must_use]
    pub fn multi_line(mut self, yes: bool) -> Pattern {
        self.flags.multi_line = yes;
        self
    }

    /// Whether `.` matches `\n` too (default: no), as `(?s)` does.
    ///
    /// # Example
    ///
    /// ```
    /// use rejoinder_expect::{Edge, Offset, Pattern, PatternSet, Ring, Search};
    /// use std::time::Instant;
    ///
    /// let finds = |pattern: Pattern, text: &str| {
    ///     let mut ring = Ring::new();
    ///     ring.push(text.as_bytes());
    ///     let mut search = Search::new(&PatternSet::new([pattern]).unwrap(), Offset::ZERO);
    ///     search.advance(&ring, Edge::Eof, Instant::now()).is_some()
    /// };
    /// assert!(!finds(Pattern::regex("a.b"), "a\nb"));
    /// assert!(finds(Pattern::regex("a.b").dot_matches_new_line(true), "a\nb"));
    /// ```
    #[must_use]
    pub fn dot_matches_new_line(mut self, yes: bool) -> Pattern {
        self.flags.dot_matches_new_line = yes;
        self
    }

    /// Whether multi-line `^` and `$` take `\r\n` and a lone `\r` for line ends, as a terminal
    /// writes them (default: yes). When off, only `\n` ends a line.
    ///
    /// Unlike the flag `(?R)` this leaves `.` alone.
    ///
    /// # Example
    ///
    /// ```
    /// use rejoinder_expect::{Edge, Offset, Pattern, PatternSet, Ring, Search};
    /// use std::time::Instant;
    ///
    /// let finds = |pattern: Pattern, text: &str| {
    ///     let mut ring = Ring::new();
    ///     ring.push(text.as_bytes());
    ///     let mut search = Search::new(&PatternSet::new([pattern]).unwrap(), Offset::ZERO);
    ///     search.advance(&ring, Edge::Eof, Instant::now()).is_some()
    /// };
    /// let line = Pattern::regex("^ok$").multi_line(true);
    /// assert!(finds(line.clone(), "ok\r\n"));
    /// assert!(!finds(line.crlf(false), "ok\r\n"));
    /// ```
    #[must_use]
    pub fn crlf(mut self, yes: bool) -> Pattern {
        self.flags.crlf = yes;
        self
    }

    /// Whether `.`, classes and case folding work on Unicode characters (default: yes) or on
    /// single bytes and ASCII, as `(?-u)` does.
    ///
    /// With Unicode on, `.` does not match a byte that is not part of valid UTF-8. Turn it off
    /// for programs that print other encodings or binary data; it also compiles faster.
    ///
    /// # Example
    ///
    /// ```
    /// use rejoinder_expect::{Edge, Offset, Pattern, PatternSet, Ring, Search};
    /// use std::time::Instant;
    ///
    /// let finds = |pattern: Pattern, text: &str| {
    ///     let mut ring = Ring::new();
    ///     ring.push(text.as_bytes());
    ///     let mut search = Search::new(&PatternSet::new([pattern]).unwrap(), Offset::ZERO);
    ///     search.advance(&ring, Edge::Eof, Instant::now()).is_some()
    /// };
    /// assert!(finds(Pattern::regex("^.$"), "é"));
    /// assert!(!finds(Pattern::regex("^.$").unicode(false), "é")); // two bytes
    /// ```
    #[must_use]
    pub fn unicode(mut self, yes: bool) -> Pattern {
        self.flags.unicode = yes;
        self
    }

    /// Whether `\d`, `\s` and `\w` stand for Unicode's digits, spaces and word characters
    /// (default: no, for ASCII's).
    ///
    /// Unicode's make the automaton much larger. `\p{…}` classes are Unicode either way.
    ///
    /// # Example
    ///
    /// ```
    /// use rejoinder_expect::{Edge, Offset, Pattern, PatternSet, Ring, Search};
    /// use std::time::Instant;
    ///
    /// let finds = |pattern: Pattern, text: &str| {
    ///     let mut ring = Ring::new();
    ///     ring.push(text.as_bytes());
    ///     let mut search = Search::new(&PatternSet::new([pattern]).unwrap(), Offset::ZERO);
    ///     search.advance(&ring, Edge::Eof, Instant::now()).is_some()
    /// };
    /// assert!(!finds(Pattern::regex(r"^\w+$"), "naïve"));
    /// assert!(finds(Pattern::regex(r"^\w+$").unicode_classes(true), "naïve"));
    /// ```
    #[must_use]
    pub fn unicode_classes(mut self, yes: bool) -> Pattern {
        self.flags.unicode_classes = yes;
        self
    }

    /// Which characters make up a word for `\b` (default: [`WordBoundary::Ascii`]).
    ///
    /// # Example
    ///
    /// ```
    /// use rejoinder_expect::{Pattern, PatternSet, WordBoundary};
    ///
    /// let word = Pattern::regex(r"\bErgebnis\b").word_boundary(WordBoundary::Unicode);
    /// assert_eq!(PatternSet::new([word])?.len(), 1);
    /// # Ok::<(), rejoinder_expect::PatternError>(())
    /// ```
    #[must_use]
    pub fn word_boundary(mut self, boundary: WordBoundary) -> Pattern {
        self.flags.word_boundary = boundary;
        self
    }

    /// How long the pattern's text is, in bytes; what the limit on it is measured against.
    pub(crate) fn text_len(&self) -> usize {
        match &self.source {
            Source::Regex(text) | Source::Literal(text) => text.len(),
            Source::Bytes(bytes) => bytes.len(),
        }
    }
}

/// A regular expression to look for: short for [`Pattern::regex`].
///
/// ```
/// use rejoinder_expect::{PatternSet, regex};
///
/// let set = PatternSet::new([regex(r"exit code: (\d+)")])?;
/// # Ok::<(), rejoinder_expect::PatternError>(())
/// ```
pub fn regex(text: impl Into<String>) -> Pattern {
    Pattern::regex(text)
}

/// A text for itself.
impl From<&str> for Pattern {
    fn from(text: &str) -> Pattern {
        Pattern::literal(text)
    }
}

/// A text for itself.
impl From<String> for Pattern {
    fn from(text: String) -> Pattern {
        Pattern::literal(text)
    }
}

/// A text for itself.
impl From<&String> for Pattern {
    fn from(text: &String) -> Pattern {
        Pattern::literal(text.as_str())
    }
}

/// Bytes for themselves.
impl From<&[u8]> for Pattern {
    fn from(bytes: &[u8]) -> Pattern {
        Pattern::bytes(bytes)
    }
}

/// Bytes for themselves.
impl<const N: usize> From<&[u8; N]> for Pattern {
    fn from(bytes: &[u8; N]) -> Pattern {
        Pattern::bytes(*bytes)
    }
}

impl From<&Pattern> for Pattern {
    fn from(pattern: &Pattern) -> Pattern {
        pattern.clone()
    }
}

/// Shows the pattern as its user wrote it: `/regex/`, `"text"` or `b"bytes"`, shortened when long.
impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Source::Regex(text) => {
                let (head, dots) = shorten(text);
                write!(f, "/{}{dots}/", head.escape_debug())
            }
            Source::Literal(text) => {
                let (head, dots) = shorten(text);
                write!(f, "\"{}{dots}\"", head.escape_debug())
            }
            Source::Bytes(bytes) => {
                let head = &bytes[..bytes.len().min(SHOWN)];
                let dots = if head.len() < bytes.len() { "…" } else { "" };
                write!(f, "b\"{}{dots}\"", head.escape_ascii())
            }
        }
    }
}

/// How much of a long pattern is shown, in bytes.
const SHOWN: usize = 60;

fn shorten(text: &str) -> (&str, &str) {
    if text.len() <= SHOWN {
        return (text, "");
    }
    (&text[..text.floor_char_boundary(SHOWN)], "…")
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = Pattern::from_source(self.source.clone()).flags == self.flags;
        write!(f, "{self}")?;
        if plain {
            Ok(())
        } else {
            write!(f, " {:?}", self.flags)
        }
    }
}
