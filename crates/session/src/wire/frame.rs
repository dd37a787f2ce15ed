//! Frames: a length of four bytes (little-endian, of what follows it), a kind of
//! one byte, a body.

use bytes::{Buf, BufMut, BytesMut};
use zeroize::Zeroize;

/// Bytes of a frame's kind and body at most: the largest ring there may be in
/// one answer would be refused by `max_bytes` long before.
pub(crate) const MAX_FRAME: usize = 64 << 20;

/// Bytes of the length in front of a frame.
const LENGTH: usize = 4;

/// One frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    /// What the body is.
    pub(crate) kind: u8,
    /// The body.
    pub(crate) body: BytesMut,
}

/// A frame says that it is larger than any may be; nothing behind it can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a frame of {0} bytes, where at most {MAX_FRAME} may be; the other side does not speak this protocol"
)]
pub(crate) struct TooLarge(usize);

impl Frame {
    /// Overwrites the body, which may have held a secret.
    pub(crate) fn wipe(mut self) {
        self.body.zeroize();
    }

    /// Appends the frame to what is to be sent.
    pub(crate) fn write(kind: u8, body: &[u8], out: &mut BytesMut) {
        out.reserve(LENGTH + 1 + body.len());
        // Bodies are made here, from values far smaller than four gigabytes.
        out.put_u32_le(u32::try_from(body.len() + 1).unwrap_or(u32::MAX));
        out.put_u8(kind);
        out.put_slice(body);
    }
}

/// Cuts a stream of bytes into frames, however the bytes come.
#[derive(Debug, Default)]
pub(crate) struct FrameReader {
    bytes: BytesMut,
}

impl FrameReader {
    /// Where to put bytes as they come.
    pub(crate) fn buffer(&mut self) -> &mut BytesMut {
        &mut self.bytes
    }

    /// The next whole frame; `None` until more bytes have come.
    pub(crate) fn next(&mut self) -> Result<Option<Frame>, TooLarge> {
        loop {
            let Some(length) = self.bytes.first_chunk::<LENGTH>() else {
                return Ok(None);
            };
            let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
            if length > MAX_FRAME {
                return Err(TooLarge(length));
            }
            if self.bytes.len() < LENGTH + length {
                self.bytes.reserve(LENGTH + length - self.bytes.len());
                return Ok(None);
            }
            self.bytes.advance(LENGTH);
            let mut frame = self.bytes.split_to(length);
            if frame.is_empty() {
                // Without even a kind: nothing that this version knows.
                continue;
            }
            let kind = frame.get_u8();
            return Ok(Some(Frame { kind, body: frame }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(reader: &mut FrameReader) -> Vec<Frame> {
        std::iter::from_fn(|| reader.next().unwrap()).collect()
    }

    proptest! {
        /// Promise: frames are the same however their bytes come.
        #[test]
        fn frames_do_not_depend_on_how_bytes_come(
            frames in prop::collection::vec((any::<u8>(), prop::collection::vec(any::<u8>(), 0..300)), 0..8),
            cut in 1..64_usize,
        ) {
            let mut bytes = BytesMut::new();
            for (kind, body) in &frames {
                Frame::write(*kind, body, &mut bytes);
            }
            let mut reader = FrameReader::default();
            let mut found = Vec::new();
            for piece in bytes.chunks(cut) {
                reader.buffer().extend_from_slice(piece);
                found.extend(read(&mut reader).into_iter().map(|frame| (frame.kind, frame.body.to_vec())));
            }
            prop_assert_eq!(found, frames);
        }
    }

    /// Promise: a length that no frame has is refused before anything is kept for it.
    #[test]
    fn huge_frames_are_refused() {
        let mut reader = FrameReader::default();
        let length = u32::try_from(MAX_FRAME + 1).unwrap();
        reader.buffer().extend_from_slice(&length.to_le_bytes());
        assert_eq!(reader.next(), Err(TooLarge(MAX_FRAME + 1)));
    }

    /// Promise: a frame of no bytes at all is stepped over.
    #[test]
    fn empty_frames_are_skipped() {
        let mut reader = FrameReader::default();
        reader.buffer().extend_from_slice(&[0; 4]);
        let mut bytes = BytesMut::new();
        Frame::write(7, b"x", &mut bytes);
        reader.buffer().extend_from_slice(&bytes);
        assert_eq!(read(&mut reader)[0].kind, 7);
    }
}
