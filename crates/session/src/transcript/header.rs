//! The first line of an asciicast, and what a session says of itself there.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rejoinder_pty::Winsize;
use serde::{Deserialize, Serialize};

/// The environment variables that explain how a program printed, and hold no
/// secrets. Others are not written down.
const ENVIRONMENT: [&str; 7] = [
    "COLORTERM",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "NO_COLOR",
    "SHELL",
    "TERM",
];

/// The longest command, title or value that is written, in bytes.
const LONGEST: usize = 4096;

/// What a transcript says about its session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TranscriptHeader {
    /// The terminal's size; without one, players are told 80 by 24.
    pub size: Option<Winsize>,
    /// The terminal's type: `TERM`.
    pub term: Option<String>,
    /// The command line, for people. Whoever may read the file reads it.
    pub command: Option<String>,
    /// The session's name.
    pub title: Option<String>,
    /// The environment of the program, of which only `SHELL`, `TERM`, `LANG` and
    /// the like are written.
    pub env: Vec<(String, String)>,
    /// When the session started; written in whole seconds.
    pub started: SystemTime,
}

impl Default for TranscriptHeader {
    /// Nothing known, started at the beginning of 1970.
    fn default() -> Self {
        Self {
            size: None,
            term: None,
            command: None,
            title: None,
            env: Vec::new(),
            started: UNIX_EPOCH,
        }
    }
}

/// The header as the specification has it
/// (<https://docs.asciinema.org/manual/asciicast/v3/#header>).
#[derive(Serialize, Deserialize)]
struct Line {
    version: u32,
    term: Term,
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    env: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize)]
struct Term {
    cols: u16,
    rows: u16,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    term_type: Option<String>,
}

/// The version alone, to tell what kind of file it is when the rest differs.
#[derive(Deserialize)]
struct Version {
    version: u32,
}

impl TranscriptHeader {
    /// The line, without its end, for a segment that begins `elapsed` after the
    /// start, when the terminal had the size `size`.
    pub(crate) fn to_line(&self, size: Option<Winsize>, elapsed: Duration) -> String {
        let (cols, rows) = size.map_or((80, 24), |size| (size.cols(), size.rows()));
        let started = self.started.duration_since(UNIX_EPOCH).ok();
        let line = Line {
            version: 3,
            term: Term {
                cols,
                rows,
                term_type: self.term.as_deref().map(shortened),
            },
            timestamp: started.map(|since| since.saturating_add(elapsed).as_secs()),
            command: self.command.as_deref().map(shortened),
            title: self.title.as_deref().map(shortened),
            env: self
                .env
                .iter()
                .filter(|(name, _)| ENVIRONMENT.contains(&name.as_str()))
                .map(|(name, value)| (name.clone(), shortened(value)))
                .collect(),
        };
        serde_json::to_string(&line).expect("strings and numbers are JSON")
    }

    /// Reads the first line of a file; `Err` says why it is none of version 3.
    pub(crate) fn from_line(line: &[u8]) -> Result<TranscriptHeader, String> {
        let version: Version = serde_json::from_slice(line)
            .map_err(|_| "it does not begin with the header of an asciicast".to_owned())?;
        if version.version != 3 {
            return Err(format!(
                "it is an asciicast of version {}, not 3",
                version.version
            ));
        }
        let line: Line = serde_json::from_slice(line).map_err(|error| {
            format!("its header is not one of an asciicast of version 3: {error}")
        })?;
        Ok(TranscriptHeader {
            size: Winsize::new(line.term.rows.into(), line.term.cols.into()).ok(),
            term: line.term.term_type,
            command: line.command,
            title: line.title,
            env: line.env.into_iter().collect(),
            started: line
                .timestamp
                .and_then(|seconds| UNIX_EPOCH.checked_add(Duration::from_secs(seconds)))
                .unwrap_or(UNIX_EPOCH),
        })
    }
}

fn shortened(text: &str) -> String {
    text[..text.floor_char_boundary(LONGEST)].to_owned()
}
