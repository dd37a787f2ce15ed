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
            out.truncate(out.len() - end_mark_len(&out[START.len()..]));
        }
    }
    out.extend_from_slice(END);
    out
}

/// Length of the end mark that `text` ends in, 0 where it ends in none.
fn end_mark_len(text: &[u8]) -> usize {
    let mark = [END, END_C1, END_8BIT]
        .into_iter()
        .find(|mark| text.ends_with(mark));
    match mark {
        Some(END_8BIT) if ends_in_character(&text[..=text.len() - END_8BIT.len()]) => 0,
        Some(mark) => mark.len(),
        None => 0,
    }
}

/// Whether the last byte is part of a UTF-8 character: of `\u{db}`, 0x9B is no control.
fn ends_in_character(text: &[u8]) -> bool {
    (2..=text.len().min(4)).any(|len| std::str::from_utf8(&text[text.len() - len..]).is_ok())
}
