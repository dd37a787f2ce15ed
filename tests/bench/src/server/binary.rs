//! The server that is measured: finding it, and starting it.

use std::fs;
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
    /// Its configuration file.
    config: PathBuf,
}

impl Server {
    /// This one.
    pub(crate) fn at(path: PathBuf) -> Self {
        let state = std::env::temp_dir().join(format!("rejoinder-bench-{}", std::process::id()));
        Self {
            path,
            state,
            config: "/dev/null".into(),
        }
    }

    /// The same server and the same sessions, with this configuration (TOML) in place of the
    /// defaults, kept in a file of this name.
    pub(crate) fn configured(&self, name: &str, toml: &str) -> Result<Self> {
        let config = self.state.join(name);
        fs::create_dir_all(&self.state)
            .and_then(|()| fs::write(&config, toml))
            .with_context(|| format!("cannot write {}", config.display()))?;
        Ok(Self {
            path: self.path.clone(),
            state: self.state.clone(),
            config,
        })
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

    /// The command that starts it with its own configuration, whatever the user's says.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        self.settle(&mut command);
        command
    }

    /// The command that starts it with this soft limit of descriptors.
    pub(crate) fn command_with_descriptors(&self, soft: u64) -> Command {
        let mut command = Command::new("prlimit");
        command.arg(format!("--nofile={soft}:")).arg(&self.path);
        self.settle(&mut command);
        command
    }

    fn settle(&self, command: &mut Command) {
        command
            .arg("--config")
            .arg(&self.config)
            .env("XDG_STATE_HOME", &self.state)
            .env_remove("XDG_RUNTIME_DIR")
            .env_remove("REJOINDER_LOG");
    }

    /// Ends the sessions that servers have left, as servers do.
    pub(crate) fn clear_up_sessions(&self) -> Result<()> {
        let ended = self.command().args(["gc", "--all", "--force"]).output()?;
        ensure!(ended.status.success(), "the sessions cannot be ended");
        Ok(())
    }

    /// Ends the sessions, and removes what they wrote.
    pub(crate) fn clear_up(&self) -> Result<()> {
        self.clear_up_sessions()?;
        match fs::remove_dir_all(&self.state) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).context("the transcripts of the sessions cannot be removed")
            }
            _ => Ok(()),
        }
    }

    /// Starts it, with the connection opened by `initialize`.
    pub(crate) fn start(&self) -> Result<StdioClient> {
        let mut client = StdioClient::spawn(&mut self.command())?;
        client.initialize(super::LEGACY.parse()?)?;
        Ok(client)
    }
}
