//! What the programs print: a function of a seed, so that the model knows every byte.

/// Numbered lines of a stream, `first` to before `first + count`, ending in `\n`.
///
/// No two lines are alike, within a stream or between streams, so that bytes that are lost, come
/// twice or come from elsewhere are seen as such. Lines have 20 to 160 bytes, now and then
/// characters of several bytes and escape sequences, which readers never see cut in half.
pub(crate) fn lines(seed: u64, first: u64, count: u64) -> Vec<u8> {
    let mut text = String::with_capacity(usize::try_from(count).unwrap_or_default() * 80);
    for number in first..first + count {
        line(seed, number, &mut text);
    }
    text.into_bytes()
}

fn line(seed: u64, number: u64, text: &mut String) {
    let mut random = fastrand::Rng::with_seed(seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let check = random.u32(..);
    text.push_str(&format!("{seed:x}:{number}:{check:08x} "));
    match random.u8(..16) {
        0 => text.push_str("\u{1b}[1;31mrouge\u{1b}[0m "),
        1 => text.push_str("naïveté 漢字 🦀 "),
        _ => {}
    }
    for _ in 0..random.usize(..100) {
        text.push(random.alphanumeric());
    }
    text.push('\n');
}

/// What a terminal makes of a program's line ends (`ONLCR`, termios(3)).
pub(crate) fn cooked(bytes: &[u8]) -> Vec<u8> {
    let mut cooked = Vec::with_capacity(bytes.len() + bytes.len() / 40);
    for &byte in bytes {
        if byte == b'\n' {
            cooked.push(b'\r');
        }
        cooked.push(byte);
    }
    cooked
}

/// A line to be typed, of this many characters, without its Enter.
pub(crate) fn typed(random: &mut fastrand::Rng, length: usize) -> String {
    std::iter::repeat_with(|| random.alphanumeric())
        .take(length)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream is the same however it is asked for.
    #[test]
    fn pieces_make_the_whole() {
        let whole = lines(7, 0, 50);
        assert_eq!([lines(7, 0, 20), lines(7, 20, 30)].concat(), whole);
        assert_ne!(lines(8, 0, 50), whole);
        assert_eq!(whole.iter().filter(|&&byte| byte == b'\n').count(), 50);
        assert_eq!(cooked(b"a\nb\n"), b"a\r\nb\r\n");
    }
}
