//! The beginning and the end of a transcript, as it stands on disk.

use crate::transcript::lines::Position;
use crate::transcript::{Transcript, TranscriptError};

/// What is shown of a transcript that may be too long to be shown whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Excerpt {
    /// Whole lines from the beginning, the header first: all of them, where nothing is left out.
    pub head: String,
    /// Bytes on disk between the two.
    pub left_out: u64,
    /// Whole lines up to the end.
    pub tail: String,
}

impl Transcript {
    /// The lines of the asciicast, as many as fit in `max_bytes`: the first quarter and the last
    /// three quarters of these, cut at line ends. Of several segments, the header of the oldest
    /// alone is there.
    ///
    /// # Errors
    ///
    /// As [`Transcript::end`].
    pub fn excerpt(&mut self, max_bytes: usize) -> Result<Excerpt, TranscriptError> {
        let segments = self.segments()?.all().to_vec();
        let (Some(oldest), Some(newest)) = (segments.first(), segments.last()) else {
            return Ok(Excerpt::default());
        };
        let lengths: u64 = segments.iter().map(|segment| segment.length()).sum();
        let mut excerpt = Excerpt::default();
        if lengths <= max_bytes as u64 {
            for (index, segment) in segments.iter().enumerate() {
                let mut lines = match index {
                    0 => segment.lines_with_header(),
                    _ => segment.lines(),
                };
                while let Some(line) = lines.next()? {
                    put(line, &mut excerpt.head);
                }
            }
            return Ok(excerpt);
        }
        let quarter = max_bytes / 4;
        let mut lines = oldest.lines_with_header();
        while let Some(line) = lines.next()? {
            if excerpt.head.len() + line.len() >= quarter {
                break;
            }
            put(line, &mut excerpt.head);
        }
        let from = newest.length().saturating_sub((max_bytes - quarter) as u64);
        // The rest of a line, most likely; a line that starts just there is lost with it.
        let is_within = from > newest.body;
        let mut lines = newest.lines_from(Position::at(from.max(newest.body)));
        if is_within {
            lines.next()?;
        }
        while let Some(line) = lines.next()? {
            put(line, &mut excerpt.tail);
        }
        let shown = (excerpt.head.len() + excerpt.tail.len()) as u64;
        excerpt.left_out = lengths.saturating_sub(shown);
        Ok(excerpt)
    }
}

/// Appends a line. One that is no text is a foreign comment, which is left out.
fn put(line: &[u8], out: &mut String) {
    if let Ok(line) = std::str::from_utf8(line) {
        out.push_str(line);
        out.push('\n');
    }
}
