//! The tools that sessions are measured beside: finding or making them, and driving them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use mcp_server::client::StdioClient;
use serde_json::json;

use crate::server::bash::Question;

/// The release of `pty-mcp` (PyPI) that is measured.
const PTY_MCP: &str = "0.2.0";

/// The release of `tmux-mcp-rs` (crates.io) that is measured.
const TMUX_MCP: &str = "0.6.0";

/// A revision that both of them know.
const REVISION: &str = "2025-06-18";

/// A prompt that nothing else prints.
const PROMPT: &str = "ready> ";

/// How long an answer may take, in milliseconds.
const PATIENCE_MS: u64 = 30_000;

/// Where the tools are.
#[derive(Debug)]
pub(super) struct Peers {
    /// The folder that everything is built in.
    pub(super) target: PathBuf,
    pty_mcp: PathBuf,
    tmux_mcp: PathBuf,
}

impl Peers {
    /// Installs what is missing below cargo's target folder; tmux is a package of the system.
    pub(super) fn prepare() -> Result<Self> {
        let me = std::env::current_exe().context("cannot find this program")?;
        let target = me.ancestors().nth(2);
        let target = target.context("this program is not in a target folder")?;
        let tmux = Command::new("tmux")
            .arg("-V")
            .stdout(Stdio::null())
            .status();
        ensure!(
            tmux.is_ok_and(|status| status.success()),
            "tmux is not there to compare with; on Debian: apt-get install tmux"
        );
        Ok(Self {
            pty_mcp: install_pty_mcp(&target.join("bench-venv"))?,
            tmux_mcp: install_tmux_mcp(&target.join("tools"))?,
            target: target.to_owned(),
        })
    }
}

fn install_pty_mcp(folder: &Path) -> Result<PathBuf> {
    let python = folder.join("bin/python");
    let check =
        format!("import importlib.metadata as m; assert m.version('pty-mcp') == {PTY_MCP:?}");
    let is_there = || {
        let mut command = Command::new(&python);
        let status = command.args(["-c", &check]).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    };
    if !is_there() {
        eprintln!("    installing pty-mcp {PTY_MCP} in {}", folder.display());
        let mut venv = Command::new("python3");
        let made = venv.args(["-m", "venv"]).arg(folder).status();
        ensure!(
            made.is_ok_and(|status| status.success()),
            "there is no Python to run pty-mcp with; on Debian: apt-get install python3-venv"
        );
        Command::new(&python)
            .args(["-m", "pip", "install", "--quiet"])
            .arg(format!("pty-mcp=={PTY_MCP}"))
            .status()
            .context("cannot run pip")?;
        ensure!(is_there(), "pty-mcp {PTY_MCP} cannot be installed");
    }
    Ok(folder.join("bin/pty-mcp"))
}

fn install_tmux_mcp(folder: &Path) -> Result<PathBuf> {
    let program = folder.join("bin/tmux-mcp-rs");
    let is_there = || {
        let output = Command::new(&program).arg("--version").output();
        output.is_ok_and(|output| {
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            text.split_whitespace().any(|word| word == TMUX_MCP)
        })
    };
    if !is_there() {
        eprintln!("    installing tmux-mcp-rs {TMUX_MCP}, which takes some minutes");
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let status = Command::new(cargo)
            .args(["install", "--locked", "--quiet", "--force", "--root"])
            .arg(folder)
            .arg(format!("tmux-mcp-rs@{TMUX_MCP}"))
            .env_remove("CARGO_TARGET_DIR")
            .env_remove("RUSTFLAGS")
            .status()
            .context("cannot run cargo")?;
        ensure!(
            status.success() && is_there(),
            "tmux-mcp-rs {TMUX_MCP} cannot be installed"
        );
    }
    Ok(program)
}

/// A tmux server of its own, which nobody else's sessions are in.
#[derive(Debug)]
pub(super) struct Tmux {
    socket: PathBuf,
}

impl Tmux {
    /// Starts it, with one session that keeps it running.
    pub(super) fn start(name: &str) -> Result<Self> {
        let file = format!("rejoinder-bench-{}-{name}", std::process::id());
        let tmux = Self {
            socket: std::env::temp_dir().join(file),
        };
        tmux.run(&["new-session", "-d", "-s", "keep", "cat"])?;
        Ok(tmux)
    }

    /// Runs one command of tmux, and says how long that took.
    pub(super) fn run(&self, words: &[&str]) -> Result<Duration> {
        let started = Instant::now();
        let output = Command::new("tmux")
            .args(["-f", "/dev/null", "-S"])
            .arg(&self.socket)
            .args(words)
            .env_remove("TMUX")
            .output()
            .context("cannot run tmux")?;
        let took = started.elapsed();
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "tmux {words:?} failed: {said}");
        Ok(took)
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        // Where it cannot be told to end it has ended.
        let _ = self.run(&["kill-server"]);
        let _ = std::fs::remove_file(&self.socket);
    }
}

/// A bash in a session of `pty-mcp`.
#[derive(Debug)]
pub(super) struct PtyMcp {
    client: StdioClient,
    session: String,
}

impl PtyMcp {
    /// Starts it, and waits for the prompt.
    pub(super) fn start(peers: &Peers) -> Result<Self> {
        let mut command = Command::new(&peers.pty_mcp);
        let mut client = StdioClient::spawn(command.stderr(Stdio::null()))?;
        client.initialize(REVISION.parse()?)?;
        let spawned = client.call(
            "pty_spawn",
            json!({"command": "bash --norc --noprofile", "owner": "bench",
                   "env": {"TERM": "dumb"}}),
        )?;
        let session = spawned.text().trim().to_owned();
        // It passes no PS1 on, so the prompt is set by typing, in two parts, so that the echo is
        // not taken for it.
        let set = json!({"session_id": session, "owner": "bench", "data": "PS1='rea''dy> '\n",
                         "patterns": [PROMPT], "timeout_ms": PATIENCE_MS});
        let prompted = client.call("pty_prompt", set)?;
        let text = prompted.text();
        ensure!(
            !prompted.is_error && text.contains(PROMPT),
            "pty-mcp has no bash: {text}"
        );
        Ok(Self { client, session })
    }

    /// Types a line and waits for the prompt after the answer.
    pub(super) fn ask(&mut self, question: &Question) -> Result<Duration> {
        let arguments = json!({
            "session_id": self.session, "owner": "bench",
            "data": format!("{}\n", question.line()),
            "patterns": [PROMPT], "timeout_ms": PATIENCE_MS,
        });
        let started = Instant::now();
        let result = self.client.call("pty_prompt", arguments)?;
        let took = started.elapsed();
        let text = result.text();
        ensure!(
            !result.is_error && text.contains(question.answer()),
            "pty-mcp answered {} with {text}",
            question.line()
        );
        Ok(took)
    }
}

/// A shell in a pane of tmux, behind `tmux-mcp-rs`.
#[derive(Debug)]
pub(super) struct TmuxMcp {
    client: StdioClient,
    pane: String,
    _tmux: Tmux,
}

impl TmuxMcp {
    /// Starts it on a tmux of its own.
    pub(super) fn start(peers: &Peers) -> Result<Self> {
        let tmux = Tmux::start("mcp")?;
        let mut command = Command::new(&peers.tmux_mcp);
        command
            .arg("--socket")
            .arg(&tmux.socket)
            .env("SHELL", "/bin/bash")
            .env_remove("TMUX")
            .stderr(Stdio::null());
        let mut client = StdioClient::spawn(&mut command)?;
        client.initialize(REVISION.parse()?)?;
        tmux.run(&["new-session", "-d", "-s", "sh", "bash --norc --noprofile"])?;
        let windows = client.call("list-panes", json!({"windowId": "@1"}))?;
        let text = windows.text();
        let pane = pane(&text).with_context(|| format!("there is no pane: {text}"))?;
        Ok(Self {
            client,
            pane,
            _tmux: tmux,
        })
    }

    /// Types a line, and looks at the pane until the answer is there: the result of
    /// `execute-command` has the exit code only.
    pub(super) fn ask(&mut self, question: &Question) -> Result<Duration> {
        let started = Instant::now();
        let sent = self.client.call(
            "send-keys",
            json!({"paneId": self.pane, "keys": question.line(), "literal": true, "enter": true}),
        )?;
        ensure!(!sent.is_error, "tmux-mcp-rs types nothing: {}", sent.text());
        loop {
            let seen = self
                .client
                .call("capture-pane", json!({"paneId": self.pane}))?;
            let took = started.elapsed();
            let text = seen.text();
            ensure!(!seen.is_error, "tmux-mcp-rs sees nothing: {text}");
            if text.contains(question.answer()) {
                return Ok(took);
            }
            ensure!(
                took < Duration::from_millis(PATIENCE_MS),
                "tmux-mcp-rs never saw the answer of {}: {text}",
                question.line()
            );
        }
    }
}

/// The first pane's id in a text: `%` and digits.
fn pane(text: &str) -> Option<String> {
    let (_, rest) = text.split_once('%')?;
    let end = rest.find(|c: char| !c.is_ascii_digit());
    let digits = &rest[..end.unwrap_or(rest.len())];
    (!digits.is_empty()).then(|| format!("%{digits}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A pane is found wherever it stands, and nothing is taken for one.
    #[test]
    fn panes_are_found() {
        assert_eq!(pane("[{\"id\":\"%12\"}]").as_deref(), Some("%12"));
        assert_eq!(pane("%3").as_deref(), Some("%3"));
        assert_eq!(pane("100%"), None);
        assert_eq!(pane("@1"), None);
    }
}
