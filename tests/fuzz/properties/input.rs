//! An input's parts, and the ways to cut a stream.

/// An input whose front says how the rest is to be used.
pub(crate) struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next byte; 0 where the input has ended.
    pub(crate) fn byte(&mut self) -> u8 {
        match self.0.split_first() {
            Some((&byte, rest)) => {
                self.0 = rest;
                byte
            }
            None => 0,
        }
    }

    /// The next line, without its end.
    pub(crate) fn line(&mut self) -> &'a [u8] {
        let end = self.0.iter().position(|&byte| byte == b'\n');
        let (line, rest) = self.0.split_at(end.unwrap_or(self.0.len()));
        self.0 = rest.get(1..).unwrap_or_default();
        line
    }

    /// All that is left, but not more than `most` bytes of it.
    pub(crate) fn rest(self, most: usize) -> &'a [u8] {
        &self.0[..self.0.len().min(most)]
    }
}

/// The ways of cutting that every stream parser is tried with: whole, byte by byte, and into
/// pieces of lengths that `seed` decides.
pub(crate) fn cuttings(bytes: &[u8], seed: u8) -> [Vec<&[u8]>; 3] {
    [vec![bytes], bytes.chunks(1).collect(), pieces(bytes, seed)]
}

/// Pieces of 1 to 2, 4, … or 256 bytes, by the lowest three bits of `seed`; which, by all of it.
pub(crate) fn pieces(mut bytes: &[u8], seed: u8) -> Vec<&[u8]> {
    let mut lengths = lengths(seed);
    let mut pieces = Vec::new();
    while !bytes.is_empty() {
        let (piece, rest) = bytes.split_at(lengths.next().unwrap_or(1).min(bytes.len()));
        pieces.push(piece);
        bytes = rest;
    }
    pieces
}

/// An endless sequence of lengths, the same for the same seed.
pub(crate) fn lengths(seed: u8) -> impl Iterator<Item = usize> {
    let most = 2_usize << (seed & 7);
    let mut state = u32::from(seed);
    std::iter::repeat_with(move || {
        // The linear congruential generator of Numerical Recipes, whose high bits are the good
        // ones.
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        1 + (state >> 16) as usize % most
    })
}
