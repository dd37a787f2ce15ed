//! Where audit records go: a file, one JSON object a line, or the log.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;

use anyhow::{Context, Result};
use parking_lot::Mutex;
use rejoinder_policy::AuditRecord;

use crate::config::AuditConfig;

/// The record of what was asked for and what the policy said.
pub(crate) struct Audit {
    file: Option<Mutex<File>>,
}

impl Audit {
    /// Opens the file, if one is configured; only its owner may read it.
    pub(crate) fn open(config: &AuditConfig) -> Result<Self> {
        let Some(path) = &config.file else {
            return Ok(Self { file: None });
        };
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(path)
            .with_context(|| format!("cannot open the audit file {}", path.display()))?;
        Ok(Self {
            file: Some(Mutex::new(file)),
        })
    }

    /// Writes one record; when this fails, the call must not be carried out.
    pub(crate) fn write(&self, record: &AuditRecord) -> Result<()> {
        match &self.file {
            Some(file) => {
                let mut line = serde_json::to_vec(record)?;
                line.push(b'\n');
                file.lock().write_all(&line)?;
            }
            None if tracing::enabled!(target: "audit", tracing::Level::INFO) => {
                let record = serde_json::to_string(record)?;
                tracing::info!(target: "audit", "{record}");
            }
            None => {}
        }
        Ok(())
    }
}
