//! Transcripts for others: one asciicast, plain text, or a page to look at.

mod html;
mod page;
mod style;

use std::io::Write;
use std::num::NonZeroU16;
use std::str::FromStr;

use rejoinder_ansi::{
    LineConfig, LineResolver, MAX_COLUMNS, MAX_RECENT_LINES, ModeTracker, escape_hidden,
};
use rejoinder_pty::Winsize;

use crate::transcript::cursor::{Cursor, Entry, What};
use crate::transcript::encode::SIGNATURE;
use crate::transcript::{Transcript, TranscriptError, parse};

/// What a transcript is exported as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExportFormat {
    /// `cast`: one asciicast of version 3, of all segments.
    Cast,
    /// `txt`: text as a person would read it once it has scrolled by, without
    /// colours: a progress bar is one line. Hidden characters are escapes.
    Text,
    /// `html`: one page that needs nothing else, with colours and attributes,
    /// the screen's contents as they scrolled by.
    Html,
}

/// The text names no format of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the formats are cast, txt and html")]
pub struct InvalidExportFormat;

impl FromStr for ExportFormat {
    type Err = InvalidExportFormat;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "cast" => Ok(Self::Cast),
            "txt" => Ok(Self::Text),
            "html" => Ok(Self::Html),
            _ => Err(InvalidExportFormat),
        }
    }
}

/// Writes a transcript in another format; of one that grows, what is there now.
/// Memory is bounded whatever its size. `out` gets many small writes: give it a
/// buffer.
///
/// # Errors
///
/// When the transcript cannot be read, or `out` not be written.
///
/// # Example
///
/// ```
/// # use rejoinder_session::{ExportFormat, Recorder, SessionId, Transcript, export};
/// # use std::time::Instant;
/// # let dir = tempfile::tempdir()?;
/// # let dir = dir.path().join("t");
/// # let id = SessionId::random()?;
/// # let mut recorder =
/// #     Recorder::create(&dir, id, Default::default(), Default::default(), Instant::now())?;
/// recorder.output(b"\r 10%\r100%\r\n\x1b[32mdone\x1b[0m\r\n", Instant::now());
/// recorder.flush();
/// let mut text = Vec::new();
/// export(&mut Transcript::open(&dir, id)?, ExportFormat::Text, &mut text)?;
/// assert_eq!(text, b"100%\ndone\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn export(
    transcript: &mut Transcript,
    format: ExportFormat,
    out: &mut dyn Write,
) -> Result<(), TranscriptError> {
    match format {
        ExportFormat::Cast => cast(transcript, out),
        ExportFormat::Text => text(transcript, out),
        ExportFormat::Html => html::write(transcript, out),
    }
}

/// All lines of all segments behind the header of the first. An interval counts
/// from the event before, in whichever segment that is, so all stay right.
fn cast(transcript: &mut Transcript, out: &mut dyn Write) -> Result<(), TranscriptError> {
    let mut put = |line: &[u8]| {
        out.write_all(line)
            .and_then(|()| out.write_all(b"\n"))
            .map_err(TranscriptError::output)
    };
    for (index, segment) in transcript.segments()?.all().iter().enumerate() {
        if index == 0 {
            let mut whole = segment.lines_with_header();
            if let Some(header) = whole.next()? {
                put(header)?;
            }
        }
        let mut lines = segment.lines();
        loop {
            let position = lines.position();
            let Some(line) = lines.next()? else {
                break;
            };
            if let Err(why) = parse::line(line) {
                return Err(TranscriptError::broken(segment.path(), position, why));
            }
            // An event is UTF-8, or it would have been refused; what is left out is
            // a foreign comment that other programs would stumble over.
            let is_text = std::str::from_utf8(line).is_ok();
            if is_text && (index == 0 || line != SIGNATURE.as_bytes()) {
                put(line)?;
            }
        }
    }
    Ok(())
}

fn text(transcript: &mut Transcript, out: &mut dyn Write) -> Result<(), TranscriptError> {
    let mut put = |text: &str| {
        out.write_all(escape_hidden(text).as_bytes())
            .map_err(TranscriptError::output)
    };
    let mut lines = LineResolver::with_config(config(transcript.header().size));
    let mut modes = ModeTracker::new();
    let mut resized = None;
    let mut settled = String::new();
    let mut each = Each::new(transcript);
    while let Some(Entry { what, .. }) = each.next()? {
        match what {
            What::Output(bytes) => {
                lines.push(&bytes);
                modes.push(&bytes);
                lines.drain_settled(&mut settled);
                put(&settled)?;
                settled.clear();
            }
            What::Resize(size) => resized = Some(size),
            _ => {}
        }
        // A resolver knows one size. On the alternate screen, which will be gone,
        // the change can wait.
        if resized.is_some() && !modes.alternate_screen() {
            put(&lines.finish())?;
            lines = LineResolver::with_config(config(resized.take()));
        }
    }
    put(&lines.finish())
}

fn config(size: Option<Winsize>) -> LineConfig {
    let within = |cells: u16, most: usize| {
        NonZeroU16::new(cells).filter(|cells| usize::from(cells.get()) <= most)
    };
    let mut config = LineConfig::default();
    if let Some(size) = size {
        config.cols = within(size.cols(), MAX_COLUMNS);
        config.rows = within(size.rows(), MAX_RECENT_LINES);
    }
    config
}

/// The events of a transcript, one after the other.
struct Each<'a> {
    transcript: &'a mut Transcript,
    cursor: Cursor,
}

impl Each<'_> {
    fn new(transcript: &mut Transcript) -> Each<'_> {
        Each {
            cursor: Cursor::oldest(&transcript.segments),
            transcript,
        }
    }

    fn next(&mut self) -> Result<Option<Entry>, TranscriptError> {
        self.cursor.next(&mut self.transcript.segments)
    }
}
