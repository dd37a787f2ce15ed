//! The recorder: what happens in a session, as an asciicast on disk.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use rejoinder_expect::Offset;
use rejoinder_pty::{ExitStatus, Winsize};

use crate::SessionId;
use crate::transcript::encode::{CORE_DUMPED, Encoder, OFFSET, SIGNAL, SIGNATURE};
use crate::transcript::segments::Segments;
use crate::transcript::{Stopped, TranscriptError, TranscriptHeader, TranscriptLimits};

/// Output that is gathered into one event and written at once, in bytes.
const PIECE: usize = 64 * 1024;

/// Output that comes later than this after the first byte of an event is an
/// event of its own, and what is pending so long is due to be written.
const GATHER: Duration = Duration::from_millis(50);

/// How often the file says its offset, in bytes of the file.
const OFFSET_EVERY: usize = 64 * 1024;

/// What a buffer keeps of its memory while output pauses, in bytes.
const KEPT: usize = 8 * 1024;

/// The longest label of a mark, in bytes.
const LONGEST_LABEL: usize = 256;

/// Records a session.
///
/// A recorder has no clock: every method that needs the time is told it. None of
/// them fails. When the disk is full, or writing fails in another way, recording
/// stops for good with a whole line, and [`Recorder::stopped`] says where and
/// why; the session is not disturbed.
///
/// Output is gathered, and written when 64 KiB have come. What is gathered is
/// written by [`Recorder::flush`] too, which is to be called before the file is
/// read, and either whenever output pauses or when [`Recorder::poll_timeout`]
/// says so. Dropping a recorder writes the rest.
///
/// A process that records should ignore `SIGXFSZ`: where the size of files is
/// limited, that signal would end it.
///
/// # Example
///
/// ```
/// use rejoinder_session::{Recorder, SessionId, Transcript, TranscriptHeader};
/// use std::time::Instant;
///
/// let dir = tempfile::tempdir()?;
/// let id = SessionId::random()?;
/// let start = Instant::now();
/// let header = TranscriptHeader::default();
/// let mut recorder = Recorder::create(&dir.path().join("t"), id, header, Default::default(), start)?;
/// recorder.output(b"Password: ", Instant::now());
/// recorder.input(9, "agent", Instant::now());
/// recorder.flush();
///
/// let mut transcript = Transcript::open(&dir.path().join("t"), id)?;
/// assert_eq!(transcript.tail(100)?.bytes, "Password: ");
/// assert_eq!(transcript.notes()?.marks[0].label, "input 9 bytes by agent");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Recorder {
    header: TranscriptHeader,
    start: Instant,
    size: Option<Winsize>,
    encoder: Encoder,
    segments: Segments,
    /// How much output makes an event.
    piece: usize,
    /// Output that is in no event yet.
    pending: Vec<u8>,
    /// When the first byte of it came, and how much of it was there before and
    /// is kept back because it ends within a character.
    pending_since: Instant,
    kept_back: usize,
    /// Lines that are not in the file yet.
    lines: Vec<u8>,
    /// Bytes of lines since the last one that said the offset.
    since_offset: usize,
    /// The next event has to be told where it starts.
    says_offset: bool,
    /// Where `pending` starts.
    encoded: Offset,
    /// The file is complete up to here.
    written: Offset,
    stopped: Option<Stopped>,
}

impl Recorder {
    /// Begins a transcript of a session, in a directory that is made if need be
    /// (with mode 0700; the file has 0600). `now` is the start of the session.
    ///
    /// # Errors
    ///
    /// When the directory is not private, the file is there already, or the
    /// system refuses.
    pub fn create(
        dir: &Path,
        id: SessionId,
        header: TranscriptHeader,
        limits: TranscriptLimits,
        now: Instant,
    ) -> Result<Recorder, TranscriptError> {
        let mut segments = Segments::create(dir, id, limits)?;
        let least = usize::try_from(limits.effective_segment_bytes()).unwrap_or(usize::MAX);
        let mut head = Vec::new();
        begin_segment(
            &header,
            header.size,
            Duration::ZERO,
            Offset::ZERO,
            &mut head,
        );
        if let Err(error) = segments.append(&head) {
            let path = segments.path().to_owned();
            let _ = std::fs::remove_file(&path);
            return Err(TranscriptError::io(
                &path,
                "the transcript cannot be begun",
                error,
            ));
        }
        Ok(Recorder {
            size: header.size,
            header,
            start: now,
            encoder: Encoder::default(),
            segments,
            piece: PIECE.min(least / 32),
            pending: Vec::new(),
            pending_since: now,
            kept_back: 0,
            lines: Vec::new(),
            since_offset: 0,
            says_offset: false,
            encoded: Offset::ZERO,
            written: Offset::ZERO,
            stopped: None,
        })
    }

    /// The program printed this.
    pub fn output(&mut self, bytes: &[u8], now: Instant) {
        if self.stopped.is_some() {
            self.encoded += bytes.len() as u64;
            return;
        }
        if self.pending.len() > self.kept_back
            && now.saturating_duration_since(self.pending_since) >= GATHER
        {
            self.end_event(false);
        }
        if self.pending.len() == self.kept_back {
            self.pending_since = now;
        }
        let mut rest = bytes;
        while !rest.is_empty() && self.stopped.is_none() {
            let room = self.piece - self.pending.len();
            let (piece, after) = rest.split_at(room.min(rest.len()));
            self.pending.extend_from_slice(piece);
            rest = after;
            if self.pending.len() >= self.piece {
                self.end_event(false);
                self.write();
                self.pending_since = now;
            }
        }
        self.encoded += rest.len() as u64;
    }

    /// The terminal has another size now.
    pub fn resize(&mut self, size: Winsize, now: Instant) {
        self.size = Some(size);
        self.event("", 'r', &format!("{}x{}", size.cols(), size.rows()), now);
    }

    /// Somebody typed: how many bytes and who, never what.
    pub fn input(&mut self, bytes: u64, actor: &str, now: Instant) {
        let noun = if bytes == 1 { "byte" } else { "bytes" };
        self.mark(&format!("input {bytes} {noun} by {actor}"), now);
    }

    /// Something that is worth finding again; labels are cut at 256 bytes.
    pub fn mark(&mut self, label: &str, now: Instant) {
        let label = &label[..label.floor_char_boundary(LONGEST_LABEL)];
        self.event("", 'm', label, now);
    }

    /// The program has ended and its output is complete. Players know a signal
    /// by the number that shells give it, 128 and its own.
    pub fn exit(&mut self, status: ExitStatus, now: Instant) {
        self.end_event(true);
        let (remark, number) = match status {
            ExitStatus::Code(code) => (String::new(), code),
            ExitStatus::Signal {
                signal,
                core_dumped,
            } => {
                let core = if core_dumped { CORE_DUMPED } else { "" };
                let remark = format!("{SIGNAL}{signal}{core}\n");
                (remark, 128 + signal.number())
            }
        };
        self.event(&remark, 'x', &number.to_string(), now);
        self.flush();
    }

    /// Writes what has been gathered, but for the beginning of a character at the
    /// end, which waits for the rest of it.
    pub fn flush(&mut self) {
        self.end_event(false);
        self.write();
        // A session at rest should cost next to nothing.
        self.pending.shrink_to(KEPT);
        self.lines.shrink_to(KEPT);
    }

    /// When [`Recorder::handle_timeout`] is due; never while nothing is pending.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let pending = self.pending.len() > self.kept_back || !self.lines.is_empty();
        pending.then(|| self.pending_since + GATHER)
    }

    /// Writes what has been pending for long enough.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.poll_timeout().is_some_and(|due| due <= now) {
            self.flush();
        }
    }

    /// The oldest offset that is still on disk: what came before was removed
    /// because the transcript became too large.
    #[must_use]
    pub fn first(&self) -> Offset {
        self.segments.first()
    }

    /// The end of all output that was given, recorded or not.
    #[must_use]
    pub fn end(&self) -> Offset {
        self.encoded + self.pending.len() as u64
    }

    /// The file that is being written.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.segments.path()
    }

    /// Where and why recording ended before the session, if it did.
    #[must_use]
    pub fn stopped(&self) -> Option<&Stopped> {
        self.stopped.as_ref()
    }

    /// Makes an event of the pending output. What may be the beginning of a
    /// character stays, unless this is `the_end`.
    fn end_event(&mut self, the_end: bool) {
        let kept_back = if the_end {
            0
        } else {
            incomplete_character(&self.pending)
        };
        let len = self.pending.len() - kept_back;
        self.kept_back = kept_back;
        if len == 0 || self.stopped.is_some() {
            return;
        }
        let before = self.lines.len();
        self.say_offset();
        let at = self.pending_since.saturating_duration_since(self.start);
        let exact = self
            .encoder
            .output(&self.pending[..len], at, &mut self.lines);
        self.pending.drain(..len);
        let start = self.encoded;
        self.encoded += len as u64;
        self.says_offset = !exact;
        self.place(before, start);
    }

    /// Appends an event that is not output, and before it a comment on it.
    fn event(&mut self, remark: &str, code: char, text: &str, now: Instant) {
        // Half a character that is kept back comes after the event.
        self.end_event(false);
        if self.stopped.is_some() {
            return;
        }
        if self.lines.is_empty() {
            self.pending_since = now;
        }
        let before = self.lines.len();
        let at = now.saturating_duration_since(self.start);
        self.lines.extend_from_slice(remark.as_bytes());
        self.encoder.event(code, text, at, &mut self.lines);
        self.place(before, self.encoded);
    }

    fn say_offset(&mut self) {
        if self.says_offset || self.since_offset >= OFFSET_EVERY {
            let line = format!("{OFFSET}{}\n", self.encoded);
            self.lines.extend_from_slice(line.as_bytes());
            self.since_offset = 0;
            self.says_offset = false;
        }
    }

    /// Sees to it that the lines from `before` on, whose output starts at
    /// `start`, find room in a segment.
    fn place(&mut self, before: usize, start: Offset) {
        let len = self.lines.len() - before;
        self.since_offset += len;
        if !self.segments.is_full_with(before, len) {
            return;
        }
        let event = self.lines.split_off(before);
        self.write_up_to(start);
        if self.stopped.is_some() {
            return;
        }
        if let Err(error) = self.segments.rotate(start) {
            self.stop(&error);
            return;
        }
        let elapsed = self.encoder.last();
        begin_segment(&self.header, self.size, elapsed, start, &mut self.lines);
        self.lines.extend_from_slice(&event);
        self.since_offset = self.lines.len();
    }

    fn write(&mut self) {
        self.write_up_to(self.encoded);
    }

    /// Writes the lines, which hold the output up to `end`.
    fn write_up_to(&mut self, end: Offset) {
        if self.lines.is_empty() {
            return;
        }
        let result = self.segments.append(&self.lines);
        self.lines.clear();
        match result {
            Ok(()) => self.written = end,
            Err(error) => self.stop(&error),
        }
    }

    fn stop(&mut self, error: &io::Error) {
        let reason = format!("{}: {error}", self.segments.path().display());
        self.segments.close(self.written, &error.to_string());
        self.encoded = self.end();
        self.pending = Vec::new();
        self.lines = Vec::new();
        self.kept_back = 0;
        self.stopped = Some(Stopped {
            at: self.written,
            reason,
        });
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.end_event(true);
        self.write();
    }
}

/// The lines that every segment begins with.
fn begin_segment(
    header: &TranscriptHeader,
    size: Option<Winsize>,
    elapsed: Duration,
    first: Offset,
    out: &mut Vec<u8>,
) {
    let line = header.to_line(size, elapsed);
    let lines = format!("{line}\n{SIGNATURE}\n{OFFSET}{first}\n");
    out.extend_from_slice(lines.as_bytes());
}

/// Bytes at the end that begin a character and do not end it.
fn incomplete_character(bytes: &[u8]) -> usize {
    let begins_only = |len: usize| {
        let end = std::str::from_utf8(&bytes[bytes.len() - len..]);
        end.is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
    };
    let longest = bytes.len().min(3);
    (1..=longest)
        .rev()
        .find(|&len| begins_only(len))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Transcript;

    /// Guards: when the disk is full, the session is not disturbed, what was
    /// written before can be read, and where and why it stopped is told.
    #[test]
    fn a_full_disk_ends_the_recording_alone() {
        let parent = tempfile::tempdir().unwrap();
        let dir = parent.path().join("transcripts");
        let (id, now) = (SessionId::random().unwrap(), Instant::now());
        let (header, limits) = (TranscriptHeader::default(), TranscriptLimits::default());
        let mut recorder = Recorder::create(&dir, id, header, limits, now).unwrap();
        recorder.output(b"before", now);
        recorder.flush();
        let full = std::fs::File::options().write(true).open("/dev/full");
        recorder.segments.redirect(full.unwrap());
        recorder.output(b"lost", now);
        assert_eq!(recorder.stopped(), None, "nothing was written yet");
        recorder.flush();
        let stopped = recorder.stopped().unwrap().clone();
        assert_eq!(stopped.at, Offset::new(6));
        assert!(
            stopped.reason.contains("No space left"),
            "{}",
            stopped.reason
        );
        recorder.output(&[b'x'; 200_000], now);
        recorder.input(1, "agent", now);
        recorder.exit(ExitStatus::Code(0), now);
        assert_eq!(recorder.end(), Offset::new(200_010));
        assert_eq!(recorder.poll_timeout(), None);
        assert_eq!(recorder.stopped(), Some(&stopped));
        drop(recorder);
        let mut transcript = Transcript::open(&dir, id).unwrap();
        assert_eq!(transcript.read(Offset::ZERO, 100).unwrap().bytes, "before");
    }

    /// Guards: buffers have a limit while output floods, and shrink when it pauses,
    /// also when every byte needs the longest escape.
    #[test]
    fn a_recorder_at_rest_is_small() {
        let parent = tempfile::tempdir().unwrap();
        let dir = parent.path().join("transcripts");
        let (id, now) = (SessionId::random().unwrap(), Instant::now());
        let (header, limits) = (TranscriptHeader::default(), TranscriptLimits::default());
        let mut recorder = Recorder::create(&dir, id, header, limits, now).unwrap();
        for _ in 0..20 {
            recorder.output(&[0xFF; 100_000], now);
            assert!(recorder.pending.capacity() <= 2 * PIECE);
            assert!(recorder.lines.capacity() <= 32 * PIECE);
        }
        recorder.flush();
        assert!(recorder.pending.capacity() + recorder.lines.capacity() <= 2 * KEPT);
    }

    /// Guards: what is kept back is exactly the beginning of a character.
    #[test]
    fn only_what_may_become_a_character_is_kept_back() {
        for (bytes, kept) in [
            (&b""[..], 0),
            (b"ab", 0),
            (b"a\xc3", 1),
            (b"a\xe2\x82", 2),
            (b"\xf0\x9f\x98", 3),
            ("é€😀".as_bytes(), 0),
            (b"a\xff", 0),
            (b"a\xc0", 0),
            (b"\xed\xa0", 0),
            (b"\x80\x80\x80", 0),
            (b"\xe2\x82\xe2\x82", 2),
        ] {
            assert_eq!(incomplete_character(bytes), kept, "{bytes:?}");
        }
    }
}
