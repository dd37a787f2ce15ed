//! Transcripts on disk: what is recorded is what is read.

mod disk_full;
mod excerpts;
mod export;
mod files;
mod offsets;
mod reading;
mod search;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use rejoinder_session::{
    Recorder, SessionId, Transcript, TranscriptHeader, TranscriptLimits, Winsize,
};
use tempfile::TempDir;

/// The smallest limits there are: segments of 64 KiB, four of them.
const SMALL: TranscriptLimits = TranscriptLimits {
    segment_bytes: 64 << 10,
    max_bytes: 256 << 10,
};

/// A transcript in a directory of its own.
struct Bench {
    parent: TempDir,
    id: SessionId,
    start: Instant,
}

impl Bench {
    fn new() -> Bench {
        Bench {
            parent: tempfile::tempdir().unwrap(),
            id: SessionId::random().unwrap(),
            start: Instant::now(),
        }
    }

    fn dir(&self) -> PathBuf {
        self.parent.path().join("transcripts")
    }

    fn at(&self, milliseconds: u64) -> Instant {
        self.start + Duration::from_millis(milliseconds)
    }

    fn recorder(&self) -> Recorder {
        self.recorder_within(TranscriptLimits::default())
    }

    fn recorder_within(&self, limits: TranscriptLimits) -> Recorder {
        let header = TranscriptHeader {
            size: Winsize::new(24, 80).ok(),
            title: Some("bash-1".to_owned()),
            ..TranscriptHeader::default()
        };
        Recorder::create(&self.dir(), self.id, header, limits, self.start).unwrap()
    }

    /// Records this and nothing else.
    fn record(&self, bytes: &[u8]) {
        let mut recorder = self.recorder();
        recorder.output(bytes, self.start);
        recorder.flush();
    }

    fn transcript(&self) -> Transcript {
        Transcript::open(&self.dir(), self.id).unwrap()
    }

    fn path(&self) -> PathBuf {
        self.dir().join(format!("{}.cast", self.id))
    }

    fn file(&self) -> String {
        std::fs::read_to_string(self.path()).unwrap()
    }
}

/// Output of the kind that makes files large: lines that tell where they are.
fn log(bytes: usize) -> Vec<u8> {
    let lines = (0..).flat_map(|i| format!("{i:08} compiling crate number {i}\r\n").into_bytes());
    lines.take(bytes).collect()
}
