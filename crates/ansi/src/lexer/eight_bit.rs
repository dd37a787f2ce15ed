//! [`C1::Interpret`](super::C1::Interpret): controls as single bytes and as UTF-8 characters.
//!
//! A byte of 0x80 to 0x9F is a control only where it does not continue a UTF-8 character, so this
//! mode follows the characters, byte by byte.

use super::{C1, C1_LEAD, ESC, Lexer, Sink, State};
use crate::scan;

const CSI: u8 = 0x9B;
const OSC: u8 = 0x9D;
const DCS: u8 = 0x90;
const SOS: u8 = 0x98;
const PM: u8 = 0x9E;
const APC: u8 = 0x9F;
/// String terminator.
const ST: u8 = 0x9C;

impl Lexer {
    /// [`Lexer::ground`] for [`C1::Interpret`].
    pub(super) fn ground_8bit<S: Sink>(
        &mut self,
        input: &[u8],
        start: usize,
        sink: &mut S,
    ) -> usize {
        let mut text = start;
        for at in start..input.len() {
            let byte = input[at];
            match self.utf8.next(byte) {
                Byte::C1 => {
                    sink.text(input, text, at);
                    self.interpret(byte, sink);
                    return at + 1;
                }
                Byte::EncodedC1 => {
                    // The first byte is none of this text when it was the last of a sequence
                    // that was cut off at its limit.
                    sink.text(input, text, at.saturating_sub(1).max(text));
                    self.interpret(byte, sink);
                    return at + 1;
                }
                Byte::Other if byte == ESC => {
                    sink.text(input, text, at);
                    return self.begin_escape(input, at, sink);
                }
                Byte::Other if byte != C1_LEAD && scan::ends_text(byte) => {
                    sink.text(input, text, at);
                    sink.control(byte);
                    text = at + 1;
                }
                Byte::Other => {}
            }
        }
        self.held = input.last() == Some(&C1_LEAD);
        sink.text(input, text, input.len() - usize::from(self.held));
        input.len()
    }

    /// Where a control string ends, single-byte terminator included.
    pub(super) fn string_end_8bit(&mut self, bytes: &[u8]) -> Option<usize> {
        let osc = self.state == State::Osc;
        bytes.iter().position(|&byte| match self.utf8.next(byte) {
            Byte::C1 | Byte::EncodedC1 => byte == ST,
            Byte::Other => super::ends_string(byte, osc),
        })
    }

    /// Whether `byte`, the next of an escape or control sequence, is a C1 control.
    pub(super) fn is_c1_in_sequence(&mut self, byte: u8) -> bool {
        self.c1 == C1::Interpret && self.utf8.next(byte) != Byte::Other
    }

    /// Acts on a C1 control as on its two-byte twin.
    pub(super) fn interpret<S: Sink>(&mut self, control: u8, sink: &mut S) {
        self.utf8 = Utf8::default();
        self.length = 2;
        self.state = match control {
            CSI => State::Csi,
            OSC => State::Osc,
            DCS | SOS | PM | APC => State::String,
            _ => State::Ground,
        };
        if self.state == State::Ground {
            sink.control(control);
        }
    }
}

/// What a byte is, given those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Byte {
    /// A C1 control as a single byte.
    C1,
    /// The second byte of a C1 control in UTF-8.
    EncodedC1,
    /// Anything else.
    Other,
}

/// Where in a UTF-8 character the stream stands.
#[derive(Debug, Clone, Default)]
pub(super) struct Utf8 {
    /// Bytes that the character still needs.
    needs: u8,
    /// The values that the next of them may have (Unicode 16, table 3-7).
    low: u8,
    high: u8,
    /// The character began with [`C1_LEAD`].
    c1_lead: bool,
}

impl Utf8 {
    pub(super) fn next(&mut self, byte: u8) -> Byte {
        if self.needs > 0 && (self.low..=self.high).contains(&byte) {
            let encoded = self.c1_lead && super::is_c1(byte);
            *self = Self {
                needs: self.needs - 1,
                low: 0x80,
                high: 0xBF,
                c1_lead: false,
            };
            return if encoded {
                Byte::EncodedC1
            } else {
                Byte::Other
            };
        }
        let (needs, low, high) = match byte {
            0xC2..=0xDF => (1, 0x80, 0xBF),
            0xE0 => (2, 0xA0, 0xBF),
            0xED => (2, 0x80, 0x9F),
            0xE1..=0xEF => (2, 0x80, 0xBF),
            0xF0 => (3, 0x90, 0xBF),
            0xF4 => (3, 0x80, 0x8F),
            0xF1..=0xF3 => (3, 0x80, 0xBF),
            _ => (0, 0, 0),
        };
        *self = Self {
            needs,
            low,
            high,
            c1_lead: byte == C1_LEAD,
        };
        if super::is_c1(byte) {
            Byte::C1
        } else {
            Byte::Other
        }
    }
}
