//! `mcp-server export`: a session's transcript in another form.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use rejoinder_session::{ExportFormat, SessionId, Transcript, export};

use super::{find, on_sessions};
use crate::config::Config;

/// Exports a transcript.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The session's name or id, or the id of one that is over
    session: String,
    /// cast (asciicast v3), txt (text as it was seen), or html (one page)
    #[arg(long, default_value = "txt")]
    format: String,
    /// Write to this file, made for you alone [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Export {
    pub(crate) fn run(&self, config: &Config) -> Result<()> {
        let format: ExportFormat = self.format.parse()?;
        let id = self.id(config)?;
        let home = config.home()?;
        let mut transcript = Transcript::open(home.transcript_dir(), id)?;
        match &self.output {
            None => write(&mut transcript, format, std::io::stdout().lock()),
            Some(path) => write(&mut transcript, format, create(path)?),
        }
    }

    /// The session's id, also when only its transcript is left.
    fn id(&self, config: &Config) -> Result<SessionId> {
        if let Ok(id) = self.session.parse() {
            return Ok(id);
        }
        on_sessions(config, |sessions| async move {
            Ok(find(&sessions, &self.session).await?.identity().id)
        })
    }
}

fn create(path: &Path) -> Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = File::options();
    options.write(true).create(true).truncate(true).mode(0o600);
    options
        .open(path)
        .with_context(|| format!("cannot write {}", path.display()))
}

fn write(transcript: &mut Transcript, format: ExportFormat, out: impl Write) -> Result<()> {
    let mut out = BufWriter::new(out);
    export(transcript, format, &mut out)?;
    out.flush()?;
    Ok(())
}
