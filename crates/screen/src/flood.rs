//! Leaves out what would scroll by unseen.
//!
//! The emulator shows less than 100 MB/s, a terminal can carry more. When so much text has come since
//! the last look that the first of it has left the screen and the scrollback again, that part
//! need not be shown: the result is the same, byte for byte of it, which the tests check against
//! an emulator that was fed everything.
//!
//! Why it is the same. Look at a stretch of output that has text and control characters in it,
//! and of sequences only those that set the rendition (SGR) or erase in the line (EL), while the
//! scrolling region is the whole screen. After as many line feeds as the screen has rows, the
//! cursor stands in the last row, wherever it stood before; from then on each line feed adds a
//! fresh row at the bottom and what is written depends only on the rendition, modes that the
//! stretch cannot change, and the cursor's column. After the screen's rows and the rows of the
//! scrollback have been filled once more, nothing from before is left. So it is enough to feed
//! the last lines, that many and [one screen more](needed), from the first column, which is where
//! a carriage return and a line feed have left the cursor, with the rendition brought up to date
//! before. The saved cursor and the other screen are not touched by
//! such a stretch. What REP would repeat is the last character written; the lines fed have one.

use crate::emulator::Emulator;
use crate::scrollback::MAX_SCROLLBACK_ROWS;
use memchr::{memchr_iter, memchr3, memrchr_iter};

const ESC: u8 = 0x1B;
const BEL: u8 = 0x07;
const CAN: u8 = 0x18;
const SUB: u8 = 0x1A;
/// Shift out and shift in: change the character set.
const SO: u8 = 0x0E;
const SI: u8 = 0x0F;

/// Line feeds left out have to be more than this to be worth the search.
const WORTH: usize = 64;

/// Line feeds of a stretch that have to be fed: to reach the last row, to fill the screen, to
/// fill the scrollback.
fn needed(rows: u16) -> usize {
    2 * usize::from(rows) + MAX_SCROLLBACK_ROWS + 2
}

/// Feeds `bytes`, which begin and end between two sequences, to the emulator, and leaves out what
/// would not be seen. Returns how many bytes are dealt with: all, or with `keep_last` those before
/// the last lines that can still be left out when more has come.
pub(crate) fn feed(emulator: &mut Emulator, bytes: &[u8], keep_last: bool) -> usize {
    let needed = needed(emulator.size().rows);
    let mut fed = 0;
    let mut at = 0;
    while at < bytes.len() {
        let stretch = &bytes[at..at + stretch_length(&bytes[at..])];
        let end = at + stretch.len();
        let feeds = memchr_iter(b'\n', stretch).count();
        if feeds > needed + WORTH {
            // The region may have changed in what comes before.
            emulator.feed(&bytes[fed..at]);
            fed = at;
            let last = memchr_iter(b'\n', stretch).nth(feeds - needed - 1);
            let cut = last.map_or(0, |last| line_start(&stretch[..=last]));
            if cut > 0 && emulator.scrolls_everything() && writes(&stretch[cut..]) {
                emulator.feed(b"\r");
                for rendition in renditions(&stretch[..cut]) {
                    emulator.feed(rendition);
                }
                fed = at + cut;
            }
        }
        if keep_last && end == bytes.len() {
            emulator.feed(&bytes[fed..fed.max(at)]);
            return fed.max(at);
        }
        at = end + barrier_length(&bytes[end..]);
    }
    emulator.feed(&bytes[fed..]);
    bytes.len()
}

/// The end of the last line that ended with a carriage return and a line feed, so that the next
/// one begins in the first column; 0 where none did.
fn line_start(lines: &[u8]) -> usize {
    memrchr_iter(b'\n', lines)
        .find(|&n| n > 0 && lines[n - 1] == b'\r')
        .map_or(0, |n| n + 1)
}

/// Bytes before the first that can change more than text and rendition.
fn stretch_length(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(n) = memchr3(ESC, SO, SI, &bytes[at..]) {
        at += n;
        match neutral(&bytes[at..]) {
            Some((length, _)) => at += length,
            None => return at,
        }
    }
    bytes.len()
}

/// Bytes of what ended a stretch: a control character, or a sequence as far as it goes.
fn barrier_length(bytes: &[u8]) -> usize {
    if bytes.first() != Some(&ESC) {
        return bytes.len().min(1);
    }
    // The byte behind ESC, a space for any intermediate one.
    let mut within = None;
    for (n, &byte) in bytes.iter().enumerate().skip(1) {
        match (within, byte) {
            (_, ESC) => return n,
            (_, CAN | SUB) => return n + 1,
            (Some(b']'), BEL) => return n + 1,
            (Some(b']'), _) => {}
            (Some(b'['), 0x40..=0x7E) | (Some(b' '), 0x30..=0x7E) => return n + 1,
            (None, b'[' | b']') => within = Some(byte),
            (None, 0x20..=0x2F) => within = Some(b' '),
            (None, 0x30..=0x7E) => return n + 1,
            _ => {}
        }
    }
    bytes.len()
}

/// The length and the final byte of an SGR or EL sequence at the front.
fn neutral(bytes: &[u8]) -> Option<(usize, u8)> {
    let parameters = bytes.strip_prefix(b"\x1b[")?;
    let n = parameters
        .iter()
        .position(|byte| !matches!(byte, b'0'..=b';'))?;
    let last = parameters[n];
    matches!(last, b'm' | b'K').then_some((n + 3, last))
}

/// The SGR sequences of a stretch from its last reset on.
fn renditions(stretch: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(n) = memchr::memchr(ESC, &stretch[at..]) {
        at += n;
        let Some((length, last)) = neutral(&stretch[at..]) else {
            break;
        };
        let sequence = &stretch[at..at + length];
        if matches!(sequence, b"\x1b[m" | b"\x1b[0m") {
            found.clear();
        }
        if last == b'm' {
            found.push(sequence);
        }
        at += length;
    }
    found
}

/// Whether the stretch has a visible ASCII character in it.
fn writes(stretch: &[u8]) -> bool {
    let mut at = 0;
    while let Some(&byte) = stretch.get(at) {
        at += match neutral(&stretch[at..]) {
            Some((length, _)) => length,
            None if matches!(byte, 0x21..=0x7E) => return true,
            None => 1,
        };
    }
    false
}
