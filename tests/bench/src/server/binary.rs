//! The server that is measured: finding it, and starting it.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use mcp_server::client::StdioClient;
use serde_json::Value;

/// A server's binary.
#[derive(Debug)]
pub(crate) struct Server {
    path: PathBuf,
    /// Where its sessions are, apart from the user's own.
    state: PathBuf,
}

impl Server {
    /// This one.
    pub(crate) fn at(path: PathBuf) -> Self {
        let state = std::env::temp_dir().join(format!("rejoinder-bench-{}", std::process::id()));
        Self { path, state }
    }

    /// The workspace's, built for release where it is not up to date. Where it is stands in
    /// cargo's answer, wherever cargo is told to build.
    pub(crate) fn build() -> Result<Self> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .args(["build", "--release", "--locked", "--package", "mcp-server"])
            .args(["--bin", "mcp-server", "--message-format", "json"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stderr(Stdio::inherit())
            .output()
            .context("cannot run cargo")?;
        ensure!(output.status.success(), "the server cannot be built");
        let path = output
            .stdout
            .split(|&byte| byte == b'\n')
            .filter_map(|line| serde_json::from_slice::<Value>(line).ok())
            .filter(|message| message["target"]["name"] == "mcp-server")
            .find_map(|message| message["executable"].as_str().map(PathBuf::from))
            .context("cargo does not say where the server is")?;
        Ok(Self::at(path))
    }

    /// The binary and its size.
    pub(crate) fn describe(&self) -> String {
        let size = std::fs::metadata(&self.path).map_or(0, |file| file.len());
        format!("{}, {:.1} MB", self.path.display(), size as f64 / 1e6)
    }

    /// The command that starts it with the defaults, whatever the user's own configuration says.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        command
            .args(["--config", "/dev/null"])
            .env("XDG_STATE_HOME", &self.state)
            .env_remove("XDG_RUNTIME_DIR")
            .env_remove("REJOINDER_LOG");
        command
    }

    /// Ends the sessions that servers have left, as servers do.
    pub(crate) fn clear_up(&self) -> Result<()> {
        let ended = self.command().args(["gc", "--all", "--force"]).output()?;
        ensure!(ended.status.success(), "the sessions cannot be ended");
        Ok(())
    }

    /// Starts it, with the connection opened by `initialize`.
    pub(crate) fn start(&self) -> Result<StdioClient> {
        let mut client = StdioClient::spawn(&mut self.command())?;
        client.initialize(super::LEGACY.parse()?)?;
        Ok(client)
    }
}
