//! Matching what a person would read instead of the bytes a program sent.
//!
//! A prompt may be cut up by colours and cursor movements, and then no pattern for its text
//! matches the raw stream. [`TextRing`] holds the stream with these taken out, under offsets of
//! its own, and translates what was found there back to places in the raw stream. What counts as
//! text is decided by a [`TextFilter`], so that any stripper can be plugged in.

use crate::{Match, Offset, Ring};
use std::collections::VecDeque;
use std::fmt;

/// Takes out of a stream what is not text.
///
/// The filter sees the stream once, in order, in pieces cut anywhere, and keeps between them
/// what it needs to know.
///
/// # Example
///
/// A filter that drops carriage returns:
///
/// ```
/// use rejoinder_expect::{Offset, TextFilter};
///
/// struct NoReturns;
///
/// impl TextFilter for NoReturns {
///     fn feed(&mut self, at: Offset, raw: &[u8], emit: &mut dyn FnMut(Offset, &[u8])) {
///         let mut from = 0;
///         for piece in raw.split_inclusive(|&byte| byte == b'\r') {
///             emit(at + from as u64, piece.strip_suffix(b"\r").unwrap_or(piece));
///             from += piece.len();
///         }
///     }
/// }
/// ```
pub trait TextFilter {
    /// Takes the next piece of the stream, which begins at `at`, and calls `emit` for every run
    /// of text in it, in order, with the offset of the run's first byte in the raw stream.
    ///
    /// Within a run, each byte of text stands for one raw byte. Text that was held back earlier
    /// is emitted under the offset it had.
    fn feed(&mut self, at: Offset, raw: &[u8], emit: &mut dyn FnMut(Offset, &[u8]));
}

impl<F: TextFilter + ?Sized> TextFilter for Box<F> {
    fn feed(&mut self, at: Offset, raw: &[u8], emit: &mut dyn FnMut(Offset, &[u8])) {
        (**self).feed(at, raw, emit);
    }
}

/// The text of a stream, and where in the stream it came from.
///
/// Feed it from the raw [`Ring`] after every read, and let searches run on
/// [`TextRing::ring`]. Offsets in there count bytes of text; [`TextRing::to_raw`] turns a match
/// into the same match with raw offsets.
///
/// # Example
///
/// ```
/// use rejoinder_expect::{Edge, Offset, PatternSet, Ring, Search, TextFilter, TextRing};
/// use std::time::Instant;
///
/// /// Drops the one escape sequence that this example's program sends.
/// struct NoBold;
///
/// impl TextFilter for NoBold {
///     fn feed(&mut self, at: Offset, raw: &[u8], emit: &mut dyn FnMut(Offset, &[u8])) {
///         match raw.strip_prefix(b"\x1b[1m") {
///             Some(rest) => emit(at + 4, rest),
///             None => emit(at, raw),
///         }
///     }
/// }
///
/// let mut raw = Ring::new();
/// let mut text = TextRing::new(NoBold, raw.end(), Ring::DEFAULT_WINDOW);
/// let set = PatternSet::new(["user$ "])?;
/// let mut search = Search::new(&set, Offset::ZERO);
///
/// for piece in [&b"us"[..], b"\x1b[1mer$ "] {
///     raw.push(piece);
///     text.feed(&raw);
/// }
/// let found = search.advance(text.ring(), Edge::Drained, Instant::now()).unwrap();
/// assert_eq!(found.text(text.ring()), b"user$ ");
/// assert_eq!(text.to_raw(&found).text(&raw), b"us\x1b[1mer$ ");
/// // Offsets lead both ways: `er` begins at 2 in the text and at 6 in the stream.
/// assert_eq!(text.text_offset(Offset::new(6)), Offset::new(2));
/// assert_eq!(text.raw_start(Offset::new(2)), Offset::new(6));
/// assert_eq!(text.raw_end(Offset::new(2)), Offset::new(2));
/// let _: &NoBold = text.filter();
/// # Ok::<(), rejoinder_expect::PatternError>(())
/// ```
pub struct TextRing<F> {
    filter: F,
    text: Ring,
    /// The raw offset from which the filter has been fed, and the one up to which it has.
    base: Offset,
    fed: Offset,
    /// Where in the raw stream the text comes from, in order.
    runs: VecDeque<Run>,
    most_runs: usize,
}

/// Text from `text` on up to the next run lies in the raw stream from `raw` on.
#[derive(Clone, Copy, Debug)]
struct Run {
    text: Offset,
    raw: Offset,
}

impl<F: TextFilter> TextRing<F> {
    /// The text of what a stream brings from `from` on; at least the last `window` bytes of text
    /// are kept.
    ///
    /// Where the text comes from is remembered for as many runs as a sixteenth of the window, so
    /// that a stream of nothing but escape sequences takes no more memory than the window.
    pub fn new(filter: F, from: Offset, window: usize) -> TextRing<F> {
        let text = Ring::with_window(window);
        let most_runs = (text.window() / 16).max(64);
        TextRing {
            filter,
            text,
            base: from,
            fed: from,
            runs: VecDeque::new(),
            most_runs,
        }
    }

    /// Takes in what the raw ring holds beyond what was taken in before.
    ///
    /// To be called after every read, as what has left the raw ring is gone.
    pub fn feed(&mut self, raw: &Ring) {
        self.fed = self.fed.max(raw.start());
        let (text, runs) = (&mut self.text, &mut self.runs);
        let mut emit = |at: Offset, piece: &[u8]| {
            if piece.is_empty() {
                return;
            }
            let here = text.end();
            let goes_on = runs
                .back()
                .is_some_and(|run| run.raw + (here - run.text) == at);
            if !goes_on {
                runs.push_back(Run {
                    text: here,
                    raw: at,
                });
            }
            text.push(piece);
        };
        let fresh = raw.slice(self.fed..raw.end());
        if !fresh.is_empty() {
            self.filter.feed(self.fed, fresh, &mut emit);
        }
        self.fed = raw.end().max(self.fed);
        while self.runs.len() > self.most_runs
            || self
                .runs
                .get(1)
                .is_some_and(|run| run.text <= self.text.start())
        {
            self.runs.pop_front();
        }
    }

    /// The text, for a [`Search`](crate::Search) to run on.
    pub fn ring(&self) -> &Ring {
        &self.text
    }

    /// The filter.
    pub fn filter(&self) -> &F {
        &self.filter
    }

    /// The offset in the text that belongs to a raw offset: that of the first byte of text at or
    /// behind it. For a search from a known place in the raw stream.
    pub fn text_offset(&self, raw: Offset) -> Offset {
        let index = self.runs.partition_point(|run| run.raw <= raw);
        let Some(run) = index.checked_sub(1).map(|index| self.runs[index]) else {
            return self.runs.front().map_or(self.text.end(), |run| run.text);
        };
        let end = self
            .runs
            .get(index)
            .map_or(self.text.end(), |next| next.text);
        (run.text + (raw - run.raw)).min(end)
    }

    /// The raw offset of the byte of text at `text`.
    pub fn raw_start(&self, text: Offset) -> Offset {
        let index = self.runs.partition_point(|run| run.text <= text);
        match index.checked_sub(1).map(|index| self.runs[index]) {
            Some(run) => run.raw + (text - run.text),
            None => self.runs.front().map_or(self.fed, |run| run.raw),
        }
    }

    /// The raw offset just behind the last byte of text before `text`; where the feeding began
    /// when there is none.
    pub fn raw_end(&self, text: Offset) -> Offset {
        match text.get().checked_sub(1) {
            Some(last) => self.raw_start(Offset::new(last)) + 1,
            None => self.base,
        }
    }

    /// A match in the text as a match in the raw stream: same pattern, same groups, raw offsets.
    #[must_use]
    pub fn to_raw(&self, found: &Match) -> Match {
        found.relocated(|start| self.raw_start(start), |end| self.raw_end(end))
    }
}

impl<F> fmt::Debug for TextRing<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextRing")
            .field("text", &self.text)
            .field("fed", &self.fed)
            .field("runs", &self.runs.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Edge, PatternSet, Search, regex};
    use std::time::Instant;

    /// Takes out `<…>`, however it is cut up.
    #[derive(Default)]
    struct NoTags {
        inside: bool,
    }

    impl TextFilter for NoTags {
        fn feed(&mut self, at: Offset, raw: &[u8], emit: &mut dyn FnMut(Offset, &[u8])) {
            for (index, byte) in raw.iter().enumerate() {
                match byte {
                    b'<' => self.inside = true,
                    b'>' => self.inside = false,
                    _ if self.inside => {}
                    _ => emit(at + index as u64, &raw[index..=index]),
                }
            }
        }
    }

    /// Guards: matches in the text are found whatever lies between and however it is cut, and
    /// every offset leads back to the raw byte.
    #[test]
    fn a_match_across_markup_leads_back_to_raw_bytes() {
        let stream = b"<a>he<b>llo <cc>wor<d>ld<e>!<f>";
        for chunk in 1..=stream.len() {
            let mut raw = Ring::new();
            let mut text = TextRing::new(NoTags::default(), Offset::ZERO, 1024);
            for piece in stream.chunks(chunk) {
                raw.push(piece);
                text.feed(&raw);
            }
            assert_eq!(text.ring().as_bytes(), b"hello world!");
            let set = PatternSet::new([regex(r"l(l)o (?<w>w\w+)")]).expect("valid");
            let found = Search::new(&set, Offset::ZERO)
                .advance(text.ring(), Edge::Drained, Instant::now())
                .expect("it is in the text");
            assert_eq!(found.text(text.ring()), b"llo world");
            let in_raw = text.to_raw(&found);
            assert_eq!(in_raw.text(&raw), b"llo <cc>wor<d>ld");
            assert_eq!(in_raw.named("w", &raw), Some(&b"wor<d>ld"[..]));
            assert_eq!(in_raw.group(1, &raw), Some(&b"l"[..]));
            assert_eq!(in_raw.before(&raw), b"<a>he<b>");
            assert_eq!(text.text_offset(in_raw.end()), found.end());
        }
    }

    /// Guards: offsets translate both ways, and never past what is there.
    #[test]
    fn offsets_translate_both_ways() {
        let mut raw = Ring::new();
        let mut text = TextRing::new(NoTags::default(), Offset::ZERO, 1024);
        raw.push(b"ab<x>cd<y>");
        text.feed(&raw);
        let to_raw = |at| text.raw_start(Offset::new(at)).get();
        assert_eq!([to_raw(0), to_raw(1), to_raw(2), to_raw(3)], [0, 1, 5, 6]);
        let to_text = |at| text.text_offset(Offset::new(at)).get();
        assert_eq!(
            (0..=10).map(to_text).collect::<Vec<_>>(),
            [0, 1, 2, 2, 2, 2, 3, 4, 4, 4, 4]
        );
    }

    /// Guards: a stream that changes between text and markup at every byte takes bounded memory.
    #[test]
    fn runs_are_bounded() {
        let mut raw = Ring::with_window(4096);
        let mut text = TextRing::new(NoTags::default(), Offset::ZERO, 4096);
        for _ in 0..10_000 {
            raw.push(b"a<>");
            text.feed(&raw);
        }
        assert_eq!(text.ring().end(), Offset::new(10_000));
        assert_eq!(text.runs.len(), 256);
        assert_eq!(text.raw_start(Offset::new(9_999)), Offset::new(29_997));
    }
}
