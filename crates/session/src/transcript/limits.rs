//! How large a transcript may become, and where it ended when that was too large
//! for the disk.

use rejoinder_expect::Offset;

/// How large a transcript may become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TranscriptLimits {
    /// A segment that would become larger is followed by a new one; in bytes, at
    /// least 64 KiB and at most half of `max_bytes`.
    pub segment_bytes: u64,
    /// All segments of a session together, in bytes; the oldest are removed.
    pub max_bytes: u64,
}

impl Default for TranscriptLimits {
    /// Segments of 64 MiB, 256 MiB in all.
    fn default() -> Self {
        Self {
            segment_bytes: 64 << 20,
            max_bytes: 256 << 20,
        }
    }
}

impl TranscriptLimits {
    /// The least that a segment can be: an event, with every byte escaped, fits
    /// in it several times.
    const LEAST: u64 = 64 << 10;

    /// The size that segments really have.
    pub(crate) fn effective_segment_bytes(self) -> u64 {
        self.segment_bytes.min(self.max_bytes / 2).max(Self::LEAST)
    }
}

/// Where and why a recording ended before its session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stopped {
    /// The recording is complete up to here.
    pub at: Offset,
    /// What the system said, and to which file.
    pub reason: String,
}
