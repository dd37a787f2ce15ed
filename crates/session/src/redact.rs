//! Secrets in a program's output, masked before anybody sees it.
//!
//! A value that was given to the program is looked for in the stream of its output, and every byte
//! of it is replaced by an asterisk: of the same length, so that no offset moves. The
//! answer does not depend on how the stream comes in pieces: an end that may be the beginning of a
//! value is held back until more comes, or until [`Redactor::release`] says that nothing will for
//! now.
//!
//! What a program does to a value before it prints it (encodes it, wraps it, colours a part of it)
//! hides it from this search. It is a help against accidents and no boundary.

use memchr::memmem;
use zeroize::{Zeroize, Zeroizing};

/// What stands for each byte of a value.
pub(crate) const MASK: u8 = b'*';

/// Values shorter than this many bytes are not masked: they would be found in ordinary text.
pub(crate) const SHORTEST: usize = 4;

/// Lines of values that one session looks for at most.
pub(crate) const MAX_NEEDLES: usize = 1024;

/// More values than one session can keep secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooMany;

/// Finds and masks values in a stream. Without values it hands the stream through untouched.
#[derive(Default)]
pub(crate) struct Redactor {
    /// A terminal changes the line ends of what is printed, so a value of several lines is looked
    /// for line by line.
    needles: Vec<Zeroizing<Vec<u8>>>,
    /// The end of the stream as far as it may be the beginning of a value, and what comes behind.
    tail: Zeroizing<Vec<u8>>,
    /// For each byte of `tail`, whether it is part of a value.
    found: Vec<bool>,
    /// Bytes of `tail` that were handed out already.
    shown: usize,
    out: Vec<u8>,
}

impl Redactor {
    /// From here on this value is masked.
    pub(crate) fn add(&mut self, value: &[u8]) -> Result<(), TooMany> {
        let lines = value.split(|byte| matches!(byte, b'\n' | b'\r'));
        for line in lines.filter(|line| line.len() >= SHORTEST) {
            if self.needles.iter().any(|known| known.as_slice() == line) {
                continue;
            }
            if self.needles.len() >= MAX_NEEDLES {
                return Err(TooMany);
            }
            self.needles.push(Zeroizing::new(line.to_vec()));
        }
        Ok(())
    }

    /// The next piece of the stream, masked, as far as it can be told by now.
    pub(crate) fn push<'a>(&'a mut self, bytes: &'a [u8]) -> &'a [u8] {
        if self.needles.is_empty() {
            return bytes;
        }
        self.tail.extend_from_slice(bytes);
        self.found.resize(self.tail.len(), false);
        for needle in &self.needles {
            mark(&self.tail, needle, &mut self.found);
        }
        let kept = self
            .needles
            .iter()
            .map(|needle| unfinished(&self.tail, needle));
        let kept = kept.max().unwrap_or(0);
        let end = self.tail.len() - kept;
        self.out.clear();
        if self.shown < end {
            self.hand_out(self.shown, end);
            self.shown = end;
        }
        self.tail[..end].zeroize();
        self.tail.drain(..end);
        self.found.drain(..end);
        self.shown -= end;
        &self.out
    }

    /// Whether something is held back.
    pub(crate) fn holds_back(&self) -> bool {
        self.shown < self.tail.len()
    }

    /// What was held back, as no more comes for now. So much of a value that it cannot be ordinary
    /// text is masked, though its end is missing; should the end still come, that is masked, too.
    pub(crate) fn release(&mut self) -> &[u8] {
        self.out.clear();
        for needle in &self.needles {
            let begun = unfinished(&self.tail, needle);
            if begun >= SHORTEST {
                let start = self.tail.len() - begun;
                self.found[start..].fill(true);
            }
        }
        self.hand_out(self.shown, self.tail.len());
        self.shown = self.tail.len();
        &self.out
    }

    fn hand_out(&mut self, from: usize, to: usize) {
        let stream = self.tail[from..to].iter().zip(&self.found[from..to]);
        self.out
            .extend(stream.map(|(&byte, &found)| if found { MASK } else { byte }));
    }
}

/// Marks every place where the needle stands, also those that overlap.
fn mark(haystack: &[u8], needle: &[u8], found: &mut [bool]) {
    let finder = memmem::Finder::new(needle);
    let mut from = 0;
    while let Some(at) = finder.find(&haystack[from..]) {
        let start = from + at;
        found[start..start + needle.len()].fill(true);
        from = start + 1;
    }
}

/// How many bytes at the end of the haystack are the beginning of the needle, and not all of it.
fn unfinished(haystack: &[u8], needle: &[u8]) -> usize {
    let longest = haystack.len().min(needle.len() - 1);
    let ends_with = |&length: &usize| haystack.ends_with(&needle[..length]);
    (1..=longest).rev().find(ends_with).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn redactor(values: &[&[u8]]) -> Redactor {
        let mut redactor = Redactor::default();
        for value in values {
            redactor.add(value).unwrap();
        }
        redactor
    }

    fn masked(values: &[&[u8]], pieces: &[&[u8]]) -> String {
        let mut redactor = redactor(values);
        let mut out = Vec::new();
        for piece in pieces {
            out.extend_from_slice(redactor.push(piece));
        }
        out.extend_from_slice(redactor.release());
        String::from_utf8(out).unwrap()
    }

    /// What a mask of the whole stream at once would be, found without any cleverness.
    fn oracle(values: &[Vec<u8>], stream: &[u8]) -> Vec<u8> {
        let mut out = stream.to_vec();
        for value in values.iter().filter(|value| value.len() >= SHORTEST) {
            for start in 0..=stream.len().saturating_sub(value.len()) {
                if stream[start..].starts_with(value) {
                    out[start..start + value.len()].fill(MASK);
                }
            }
        }
        out
    }

    #[test]
    fn values_are_masked_wherever_they_stand() {
        let check = |values: &[&[u8]], stream: &str, expected: &str| {
            assert_eq!(masked(values, &[stream.as_bytes()]), expected, "{stream}");
        };
        check(&[b"swordfish"], "it is swordfish!", "it is *********!");
        check(&[b"abab"], "xabababx", "x******x");
        check(&[b"abcd", b"cdef"], "abcdef", "******");
        check(&[b"abc"], "abc is too short", "abc is too short");
        check(
            &[b"line one\nline two"],
            "line one\r\nline two\r\n",
            "********\r\n********\r\n",
        );
        check(&[], "swordfish", "swordfish");
    }

    /// Promise: what may be the beginning of a value waits for what comes next, and no longer than
    /// until nothing does.
    #[test]
    fn a_beginning_is_held_back() {
        let mut redactor = redactor(&[b"$ecret"]);
        assert_eq!(redactor.push(b"ready $"), b"ready ");
        assert!(redactor.holds_back());
        assert_eq!(redactor.release(), b"$");
        assert!(!redactor.holds_back());
        assert_eq!(
            redactor.push(b"ecret."),
            b"*****.",
            "the value goes on from what was shown"
        );
        assert_eq!(redactor.push(b"$ecr"), b"");
        assert_eq!(redactor.release(), b"****", "this much is no accident");
        assert_eq!(redactor.push(b"et"), b"**");
        assert_eq!(redactor.push(b"$e"), b"");
        assert_eq!(redactor.push(b"lse"), b"$else");
    }

    #[test]
    fn there_is_a_limit_on_values() {
        let lines: Vec<String> = (0..MAX_NEEDLES).map(|n| format!("line {n:04}")).collect();
        let mut redactor = redactor(&[lines.join("\n").as_bytes()]);
        assert_eq!(redactor.add(b"line 0000"), Ok(()), "this one is known");
        assert_eq!(redactor.add(b"one more"), Err(TooMany));
    }

    fn word() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(prop::sample::select(b"ab".to_vec()), 1..8)
    }

    proptest! {
        /// Promise: the mask does not depend on how the stream comes in pieces, and moves nothing.
        #[test]
        fn the_mask_does_not_depend_on_the_pieces(
            values in prop::collection::vec(word(), 0..4),
            stream in prop::collection::vec(prop::sample::select(b"abc".to_vec()), 0..200),
            cuts in prop::collection::vec(0..200_usize, 0..20),
        ) {
            let mut redactor = Redactor::default();
            for value in &values {
                redactor.add(value).unwrap();
            }
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(stream.len())).collect();
            cuts.extend([0, stream.len()]);
            cuts.sort_unstable();
            let mut out = Vec::new();
            for piece in cuts.windows(2) {
                out.extend_from_slice(redactor.push(&stream[piece[0]..piece[1]]));
            }
            let told = out.len();
            let expected = oracle(&values, &stream);
            prop_assert_eq!(&out[..], &expected[..told]);
            out.extend_from_slice(redactor.release());
            prop_assert_eq!(out.len(), stream.len());
            let longest = values.iter().map(Vec::len).max().unwrap_or(0);
            prop_assert!(stream.len() - told < longest.max(1), "no more is held back than a value");
        }

        /// Promise: when pauses fall anywhere, everything is still shown once and in place, and of
        /// a value at most the first three bytes.
        #[test]
        fn pauses_show_little(
            value in prop::collection::vec(prop::sample::select(b"ab".to_vec()), 4..8),
            stream in prop::collection::vec(prop::sample::select(b"abc".to_vec()), 0..100),
            pauses in prop::collection::vec(any::<bool>(), 100),
        ) {
            let mut redactor = redactor(&[&value]);
            let mut out = Vec::new();
            for (byte, pause) in stream.iter().zip(pauses) {
                out.extend_from_slice(redactor.push(&[*byte]));
                if pause {
                    out.extend_from_slice(redactor.release());
                }
            }
            out.extend_from_slice(redactor.release());
            prop_assert_eq!(out.len(), stream.len());
            for start in 0..stream.len() {
                if stream[start..].starts_with(&value) {
                    let shown = &out[start + SHORTEST - 1..start + value.len()];
                    prop_assert!(shown.iter().all(|&byte| byte == MASK), "{out:?}");
                }
            }
        }
    }
}
