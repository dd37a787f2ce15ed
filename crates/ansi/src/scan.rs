//! Bytes by class, sixty-four at a time.
//!
//! The stripper looks at its input through a window of 64 bytes and asks for two bit masks: where
//! text ends, and where the parameters of a control sequence end. With them a short sequence is
//! a shift and a count of zeros, not a loop with a branch that no predictor can guess. `wide`
//! turns the tests into the vector instructions of the target (a search function per run, as
//! `memchr` offers it, costs more than the runs of coloured output are long).

use wide::u8x16;

/// Bytes in a window.
pub(crate) const WINDOW: usize = 64;

/// Whether the byte is a control character that counts as text: `\b \t \n \r`.
#[inline(always)]
pub(crate) const fn is_text_control(byte: u8) -> bool {
    matches!(byte, 0x08..=0x0A | 0x0D)
}

/// Whether the byte ends a run of text: `ESC`, any other control character that does not count
/// as text, DEL, and 0xC2, which begins the UTF-8 form of the C1 controls.
#[inline(always)]
pub(crate) const fn ends_text(byte: u8) -> bool {
    (byte < 0x20 && !is_text_control(byte)) || byte == 0x7F || byte == 0xC2
}

/// One bit for each byte of the window for which [`ends_text`] holds; bit 0 is the first byte.
#[inline(always)]
pub(crate) fn text_ends(window: &[u8; WINDOW]) -> u64 {
    let is = u8x16::splat;
    mask(window, |bytes| {
        let control = bytes.min(is(0x1F)).simd_eq(bytes);
        let from_backspace = bytes - is(0x08);
        let kept = from_backspace.min(is(2)).simd_eq(from_backspace) | bytes.simd_eq(is(b'\r'));
        (control & !kept) | bytes.simd_eq(is(0x7F)) | bytes.simd_eq(is(0xC2))
    })
}

/// One bit for each byte of the window that is no parameter or intermediate byte (0x20 to 0x3F,
/// ECMA-48 section 5.4).
#[inline(always)]
pub(crate) fn parameter_ends(window: &[u8; WINDOW]) -> u64 {
    let is = u8x16::splat;
    !mask(window, |bytes| {
        let from_space = bytes - is(0x20);
        from_space.min(is(0x1F)).simd_eq(from_space)
    })
}

#[inline(always)]
fn mask(window: &[u8; WINDOW], test: impl Fn(u8x16) -> u8x16) -> u64 {
    let mut mask = 0;
    for (n, block) in window.as_chunks::<16>().0.iter().enumerate() {
        mask |= u64::from(test(u8x16::new(*block)).to_bitmask() as u16) << (16 * n);
    }
    mask
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Guards that the vector tests agree with the scalar ones for every byte in every lane.
    #[test]
    fn masks_agree_with_the_definitions() {
        for lane in 0..WINDOW {
            for byte in 0..=u8::MAX {
                let mut window = [b'x'; WINDOW];
                window[lane] = byte;
                assert_eq!(
                    text_ends(&window),
                    u64::from(ends_text(byte)) << lane,
                    "{byte:#x}"
                );
                window = [b'0'; WINDOW];
                window[lane] = byte;
                let ends = !(0x20..0x40).contains(&byte);
                assert_eq!(
                    parameter_ends(&window),
                    u64::from(ends) << lane,
                    "{byte:#x}"
                );
            }
        }
    }
}
