//! Bracketed paste: text that a program takes as text, whatever is in it.

/// Marks around pasted text ("XTerm Control Sequences", "Bracketed Paste Mode").
const START: &[u8] = b"\x1b[200~";
const END: &[u8] = b"\x1b[201~";
/// The end mark with CSI in its 8-bit forms: one byte, and one character of UTF-8.
const END_8BIT: &[u8] = b"\x9b201~";
const END_C1: &[u8] = b"\xc2\x9b201~";

/// `text` between the marks of a bracketed paste, every end mark within taken out.
///
/// A program that asked for it (`CSI ? 2004 h`) inserts what comes between the marks and acts on
/// none of it, so an end mark inside would let the rest of the text be typed as commands. End
/// marks in all their forms go, those that come about by removing another one, too. Everything
/// else is left as it is, line ends included.
///
/// # Example
/// ```
/// use rejoinder_ansi::bracketed_paste;
///
/// assert_eq!(bracketed_paste(b"a\x1b[201~\nb"), b"\x1b[200~a\nb\x1b[201~");
/// ```
pub fn bracketed_paste(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(START.len() + text.len() + END.len());
    out.extend_from_slice(START);
    for &byte in text {
        out.push(byte);
        // A mark ends in `~` and is complete as soon as that is written: looking back there finds
        // those that removal has put together, in one pass.
        if byte == b'~' {
            let written = &out[START.len()..];
            let mark = [END_C1, END_8BIT, END]
                .into_iter()
                .find(|mark| written.ends_with(mark));
            out.truncate(out.len() - mark.map_or(0, <[u8]>::len));
        }
    }
    out.extend_from_slice(END);
    out
}
