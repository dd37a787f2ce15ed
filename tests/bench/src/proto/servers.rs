//! The servers side by side: building them and starting them.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};

use crate::server::binary::Server;

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
    /// Whose end is the server's, unless it waits for a signal.
    stdin: Option<ChildStdin>,
    address: SocketAddr,
}

impl Served {
    /// Starts one of the servers with one tool and waits until it listens.
    pub(super) fn start(mut command: Command) -> Result<Self> {
        let mut child = spawn(command.stdout(Stdio::piped()))?;
        let says = child.stdout.take();
        Self::listening(child, says, "listening ")
    }

    /// Starts `mcp-server` and waits until it listens.
    pub(super) fn start_server(server: &Server) -> Result<Self> {
        let mut command = server.command();
        command.args(["serve", "--http", "127.0.0.1:0"]);
        let mut child = spawn(command.stderr(Stdio::piped()))?;
        let says = child.stderr.take();
        Self::listening(child, says, "mcp-server: listening on http://")
    }

    fn listening(mut child: Child, says: Option<impl Read>, before: &str) -> Result<Self> {
        let mut served = Self {
            stdin: child.stdin.take(),
            child,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
        };
        let mut line = String::new();
        BufReader::new(says.context("the child has no output")?).read_line(&mut line)?;
        let address = line.strip_prefix(before);
        let address = address.and_then(|rest| rest.trim().split('/').next());
        served.address = address
            .and_then(|address| address.parse().ok())
            .with_context(|| format!("the server said {line:?}"))?;
        Ok(served)
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }
}

fn spawn(command: &mut Command) -> Result<Child> {
    command
        .stdin(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {:?}", command.get_program()))
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stdin = None;
        // One that has ended, or is about to, hears nothing of it.
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        let _ = self.child.wait();
    }
}
