//! Where escape sequences begin and end.
//!
//! One small state machine, shared by the stripper, the resolver and the mode tracker. It knows
//! the boundaries of every sequence of ECMA-48 and of the DEC parser that vt100.net describes
//! (the grammar that the `vte` crate implements, and the tests compare against `vte`), and
//! leaves the meaning of a sequence to others.

/// The most bytes an escape or control sequence (`ESC …`, `CSI …`) may have, introducer included.
///
/// What follows an unfinished sequence of this length is text again. Real sequences stay far
/// below: 32 parameters of five digits each are 200 bytes.
pub const MAX_CONTROL_SEQUENCE: usize = 1024;

/// The most bytes a control string (OSC, DCS, APC, PM, SOS) may have, introducer included.
///
/// What follows an unterminated string of this length is text again. kitty's parser draws the
/// line at the same 256 KiB; longer strings in the wild are inline images only.
pub const MAX_CONTROL_STRING: usize = 256 * 1024;

/// What the 8-bit control characters U+0080 to U+009F mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum C1 {
    /// The character is removed and starts nothing; a byte of 0x80 to 0x9F outside a UTF-8
    /// character is malformed text and stays. This is how current UTF-8 terminals act, and it
    /// never swallows text.
    #[default]
    Ignore,
    /// Both forms, the UTF-8 encoded character and the single byte outside a UTF-8 character, act
    /// as their two-byte twins do: 0x9B is `ESC [`, 0x9D is `ESC ]`, 0x9C is `ESC \`
    /// (ECMA-48 section 5.3). For programs that answer `S8C1T` or run in an 8-bit locale.
    Interpret,
}
