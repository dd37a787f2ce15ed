//! The servers side by side: building them and starting them.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use anyhow::{Context, Result, ensure};

/// The release of `rmcp` that is measured, for the tables; its manifest says the same.
const RMCP: &str = "rmcp 3.11.0";

/// Both servers run on the thread that starts them.
const WORKERS: &str = "0";

/// One of the servers, in one of the ways to run it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The project's, each call a task.
    Ours,
    /// The project's over standard input and output without a runtime: read, answer, write.
    OursBlocking,
    /// `rmcp` on its faster standard input and output (`stdio_pipes`); over HTTP without sessions,
    /// an answer being one JSON object.
    Rmcp,
    /// `rmcp` on `stdio`, as its examples have it.
    RmcpStdio,
    /// `rmcp` over HTTP with sessions, whose answers are streams.
    RmcpSessions,
    /// What sends back what it gets.
    Floor,
}

impl Kind {
    pub(super) fn name(self) -> String {
        match self {
            Kind::Ours => "mcp-proto".to_owned(),
            Kind::OursBlocking => "mcp-proto, blocking".to_owned(),
            Kind::Rmcp => RMCP.to_owned(),
            Kind::RmcpStdio => format!("{RMCP}, stdio()"),
            Kind::RmcpSessions => format!("{RMCP}, sessions"),
            Kind::Floor => "floor: what comes goes back".to_owned(),
        }
    }
}

/// Where the programs are.
#[derive(Debug)]
pub(super) struct Programs {
    ours: PathBuf,
    peers: PathBuf,
}

impl Programs {
    /// Builds what is not up to date, all of it below cargo's target folder.
    pub(super) fn build() -> Result<Self> {
        let me = std::env::current_exe().context("cannot find this program")?;
        let ours = me.parent().context("this program is in no folder")?;
        let target = ours.parent().context("this program is in no folder")?;
        let peers = target.join("bench-peers");
        cargo(&["--package", "rejoinder-bench-ours"])?;
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/rmcp/Cargo.toml");
        let folder = peers.to_str().context("cargo's folder has an odd name")?;
        cargo(&["--manifest-path", manifest, "--target-dir", folder])?;
        Ok(Self {
            ours: ours.to_owned(),
            peers: peers.join("release"),
        })
    }

    /// What is measured, in one line.
    pub(super) fn describe(&self) -> String {
        format!("a server with one tool, beside the same on {RMCP}; one thread each")
    }

    /// The server over standard input and output.
    pub(super) fn over_stdio(&self, kind: Kind) -> Command {
        match kind {
            Kind::Ours => self.ours("rejoinder-bench-ours", "stdio"),
            Kind::OursBlocking => self.ours("rejoinder-bench-ours", "blocking"),
            Kind::Rmcp | Kind::RmcpSessions => self.rmcp("rmcp-peer", "pipes"),
            Kind::RmcpStdio => self.rmcp("rmcp-peer", "stdio"),
            Kind::Floor => Command::new("cat"),
        }
    }

    /// The same, counting its allocations.
    pub(super) fn counted(&self, kind: Kind) -> Command {
        match kind {
            Kind::Ours | Kind::OursBlocking => self.ours("rejoinder-bench-ours-counted", "stdio"),
            _ => self.rmcp("rmcp-peer-counted", "pipes"),
        }
    }

    /// The server over HTTP.
    pub(super) fn over_http(&self, kind: Kind) -> Command {
        match kind {
            Kind::Ours | Kind::OursBlocking => self.ours("rejoinder-bench-ours", "http"),
            Kind::Rmcp | Kind::RmcpStdio => self.rmcp("rmcp-peer", "http"),
            Kind::RmcpSessions => self.rmcp("rmcp-peer", "http-sessions"),
            Kind::Floor => Command::new(self.peers.join("http-floor")),
        }
    }

    fn ours(&self, program: &str, transport: &str) -> Command {
        command(&self.ours.join(program), transport)
    }

    fn rmcp(&self, program: &str, transport: &str) -> Command {
        command(&self.peers.join(program), transport)
    }
}

fn command(program: &Path, transport: &str) -> Command {
    let mut command = Command::new(program);
    command.args([WORKERS, transport]);
    command
}

fn cargo(what: &[&str]) -> Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--release", "--locked", "--quiet"])
        .args(what)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .context("cannot run cargo")?;
    ensure!(status.success(), "the servers cannot be built: {what:?}");
    Ok(())
}

/// A server that serves HTTP until this is dropped.
#[derive(Debug)]
pub(super) struct Served {
    child: Child,
    /// Whose end is the server's.
    stdin: Option<ChildStdin>,
    address: SocketAddr,
}

impl Served {
    /// Starts it and waits until it listens.
    pub(super) fn start(mut command: Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {:?}", command.get_program()))?;
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().context("the child has no output")?;
        let mut served = Self {
            child,
            stdin,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
        };
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let address = line.trim().strip_prefix("listening ");
        served.address = address
            .and_then(|address| address.parse().ok())
            .with_context(|| format!("{:?} said {line:?}", command.get_program()))?;
        Ok(served)
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stdin = None;
        // It ends by itself; where it cannot be waited for it has ended.
        let _ = self.child.wait();
    }
}
