//! Whole sequences, for `vte` to say what they mean.

use crate::lexer::Part;

/// Puts sequences together that are split between chunks.
///
/// Holds at most [`MAX_CONTROL_STRING`](crate::MAX_CONTROL_STRING) bytes, as long as one sequence
/// can get, and gives the memory of a long one back.
#[derive(Debug, Clone, Default)]
pub(crate) struct Assembler {
    parts: Vec<u8>,
}

/// Bytes of memory kept from one split sequence to the next.
const KEPT: usize = 256;

impl Assembler {
    /// Takes what the lexer found, and hands a sequence on when it is whole.
    ///
    /// A sequence that another one interrupts is handed on together with that one.
    #[inline]
    pub(crate) fn take(&mut self, bytes: &[u8], part: Part, whole: impl FnOnce(&[u8])) {
        match part {
            Part::Whole => return whole(bytes),
            Part::Piece => return self.parts.extend_from_slice(bytes),
            Part::Last => {
                self.parts.extend_from_slice(bytes);
                whole(&self.parts);
            }
            Part::Cut => {}
        }
        self.parts.clear();
        self.parts.shrink_to(KEPT);
    }
}

/// Has `vte` read a whole sequence.
pub(crate) fn interpret(sequence: &[u8], performer: &mut impl vte::Perform) {
    vte::Parser::new().advance(performer, sequence);
}

/// The final byte of a control sequence that nothing interrupts; none for any other sequence.
#[inline]
pub(crate) fn final_of_csi(sequence: &[u8]) -> Option<u8> {
    match sequence {
        [0x1B, b'[', parameters @ .., last @ 0x40..=0x7E]
            if parameters.iter().all(|byte| matches!(byte, 0x20..=0x3F)) =>
        {
            Some(*last)
        }
        _ => None,
    }
}
