//! Text and short whole sequences, by bit masks over windows of 64 bytes.

use super::{C1_LEAD, ESC, Part, Sink, is_c1};
use crate::scan::{self, WINDOW};

/// Reads text and whole sequences from `at` on, and returns where the byte-by-byte machine has
/// to take over: at a sequence that is longer than a window, odd or not yet complete, or less
/// than a window before the end.
#[inline]
pub(super) fn ground<S: Sink>(input: &[u8], mut at: usize, sink: &mut S) -> usize {
    let mut text = at;
    while let Some(window) = input[at..].first_chunk::<WINDOW>() {
        let ends = scan::text_ends(window);
        if ends == 0 {
            at += WINDOW;
            continue;
        }
        let parameter_ends = scan::parameter_ends(window);
        let mut left = ends;
        let read = loop {
            if left == 0 {
                break WINDOW;
            }
            let n = left.trailing_zeros() as usize;
            let next = window.get(n + 1).copied();
            let end = match (window[n], next) {
                (ESC, _) => {
                    sink.text(input, text, at + n);
                    text = at + n;
                    let Some(end) = sequence_end(window, parameter_ends, n) else {
                        break n;
                    };
                    sink.sequence(&input[text..at + end], Part::Whole);
                    end
                }
                (C1_LEAD, None) => break n,
                (C1_LEAD, Some(next)) if is_c1(next) => {
                    sink.text(input, text, at + n);
                    sink.control(next);
                    n + 2
                }
                (C1_LEAD, Some(_)) => {
                    left &= left - 1;
                    continue;
                }
                (byte, _) => {
                    sink.text(input, text, at + n);
                    sink.control(byte);
                    n + 1
                }
            };
            text = at + end;
            left = if end < WINDOW {
                ends & (u64::MAX << end)
            } else {
                0
            };
        };
        if read == 0 {
            break;
        }
        at += read;
    }
    sink.text(input, text, at);
    at
}

/// Where the sequence that the ESC at `start` begins ends in the window; none where it is a
/// control string, has other bytes in it than it should, or goes on after the window.
#[inline(always)]
fn sequence_end(window: &[u8; WINDOW], parameter_ends: u64, start: usize) -> Option<usize> {
    match window.get(start + 1)? {
        b'[' if start + 2 < WINDOW => {
            let n = (parameter_ends & (u64::MAX << (start + 2))).trailing_zeros() as usize;
            matches!(window.get(n)?, 0x40..=0x7E).then_some(n + 1)
        }
        0x20..=0x2F => matches!(window.get(start + 2)?, 0x30..=0x7E).then_some(start + 3),
        b'[' | b']' | b'P' | b'X' | b'^' | b'_' => None,
        0x30..=0x7E => Some(start + 2),
        _ => None,
    }
}
