//! The tools side by side: finding or making them, and running one measurement with one of them.

use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

/// A script beside this package.
macro_rules! script {
    ($name:literal) => {
        concat!(env!("CARGO_MANIFEST_DIR"), "/peers/", $name)
    };
}

/// The release of pexpect that is measured.
const PEXPECT: &str = "4.9.0";

/// One way to wait for output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Peer {
    /// A loop of reads and nothing else.
    Raw,
    /// The blocking session.
    Blocking,
    /// The tokio session.
    Tokio,
    /// All that arrived searched again after each read, with the crate regex.
    Naive,
    Expectrl,
    Rexpect,
    Tcl,
    /// As it comes.
    Pexpect,
    /// With a search window, large reads, and no delay before it sends.
    PexpectTuned,
}

impl Peer {
    /// All of them, in the order of the tables.
    pub(super) const ALL: [Peer; 9] = [
        Peer::Raw,
        Peer::Blocking,
        Peer::Tokio,
        Peer::Naive,
        Peer::Expectrl,
        Peer::Rexpect,
        Peer::Tcl,
        Peer::Pexpect,
        Peer::PexpectTuned,
    ];

    /// What is measured for the project.
    pub(super) const OURS: [Peer; 2] = [Peer::Blocking, Peer::Tokio];

    pub(super) fn name(self) -> &'static str {
        match self {
            Peer::Raw => "raw read loop",
            Peer::Blocking => "rejoinder, blocking",
            Peer::Tokio => "rejoinder, tokio",
            Peer::Naive => "regex over all that came",
            Peer::Expectrl => "expectrl 0.9.0",
            Peer::Rexpect => "rexpect 0.7.1",
            Peer::Tcl => "Tcl Expect",
            Peer::Pexpect => "pexpect 4.9.0",
            Peer::PexpectTuned => "pexpect 4.9.0, tuned",
        }
    }
}

/// Where the tools are.
#[derive(Debug)]
pub(super) struct Tools {
    /// The folder that everything is built in.
    pub(super) target: PathBuf,
    ours: PathBuf,
    rust: PathBuf,
    python: PathBuf,
}

/// What a measurement answered: numbers by name, several where it took several samples.
#[derive(Debug)]
pub(super) struct Figures(HashMap<String, Vec<f64>>);

impl Figures {
    /// The only number of that name.
    pub(super) fn one(&self, name: &str) -> Result<f64> {
        match self.0.get(name).map(Vec::as_slice) {
            Some(&[number]) => Ok(number),
            other => bail!("expected one `{name}`, not {other:?}"),
        }
    }

    /// The number of that name, if there is one.
    pub(super) fn get(&self, name: &str) -> Option<f64> {
        self.0.get(name)?.first().copied()
    }

    /// All samples.
    pub(super) fn samples(self, count: usize) -> Result<Vec<f64>> {
        let samples = self.0.into_iter().find(|(name, _)| name == "sample");
        let samples = samples.map(|(_, samples)| samples).unwrap_or_default();
        ensure!(
            samples.len() == count,
            "{} samples of {count}",
            samples.len()
        );
        Ok(samples)
    }
}

impl Tools {
    /// Builds and installs what is missing, all of it below cargo's target folder, except for
    /// Tcl Expect, which is a package of the system.
    pub(super) fn prepare() -> Result<Tools> {
        let ours = std::env::current_exe().context("cannot find this program")?;
        let target = ours
            .ancestors()
            .nth(2)
            .context("this program is not in a target folder")?
            .to_owned();
        let expect = Command::new("expect")
            .arg("-v")
            .stdout(Stdio::null())
            .status();
        ensure!(
            expect.is_ok_and(|status| status.success()),
            "Tcl Expect is not there to compare with; on Debian: apt-get install expect"
        );
        Ok(Tools {
            rust: build_rust(&target.join("bench-peers"))?,
            python: install_pexpect(&target.join("bench-venv"))?,
            ours,
            target,
        })
    }

    fn command(&self, peer: Peer) -> Command {
        let (program, words): (&Path, &[&str]) = match peer {
            Peer::Raw => (&self.rust, &["raw"]),
            Peer::Naive => (&self.rust, &["naive"]),
            Peer::Expectrl => (&self.rust, &["expectrl"]),
            Peer::Rexpect => (&self.rust, &["rexpect"]),
            Peer::Blocking => (&self.ours, &[super::ours::COMMAND, "blocking"]),
            Peer::Tokio => (&self.ours, &[super::ours::COMMAND, "tokio"]),
            Peer::Tcl => (Path::new("expect"), &[script!("expect_peer.tcl")]),
            Peer::Pexpect => (&self.python, &[script!("pexpect_peer.py"), "pexpect"]),
            Peer::PexpectTuned => (&self.python, &[script!("pexpect_peer.py"), "pexpect-tuned"]),
        };
        let mut command = Command::new(program);
        command.args(words);
        command
    }

    /// One measurement, `None` when it took longer than `limit`.
    pub(super) fn run<S: AsRef<std::ffi::OsStr>>(
        &self,
        peer: Peer,
        arguments: &[S],
        limit: Duration,
    ) -> Result<Option<Figures>> {
        let mut command = self.command(peer);
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let mut child = command
            .spawn()
            .with_context(|| format!("cannot start {}", peer.name()))?;
        let mut output = child.stdout.take().context("its output is a pipe")?;
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            let mut text = String::new();
            let outcome = output.read_to_string(&mut text).map(|_| text);
            // Nobody listens any more when the limit was reached.
            let _ = sender.send(outcome);
        });
        let Ok(text) = receiver.recv_timeout(limit) else {
            child.kill().context("cannot end what takes too long")?;
            child.wait()?;
            return Ok(None);
        };
        let status = child.wait()?;
        ensure!(status.success(), "{} failed: {status}", peer.name());
        let mut figures: HashMap<String, Vec<f64>> = HashMap::new();
        for line in text?.lines() {
            let (name, number) = line
                .split_once(' ')
                .and_then(|(name, number)| Some((name, number.parse().ok()?)))
                .with_context(|| format!("{} said {line:?}", peer.name()))?;
            figures.entry(name.to_owned()).or_default().push(number);
        }
        Ok(Some(Figures(figures)))
    }
}

fn build_rust(folder: &Path) -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--release", "--locked", "--quiet"])
        .args([
            "--manifest-path",
            script!("rust/Cargo.toml"),
            "--target-dir",
        ])
        .arg(folder)
        .status()
        .context("cannot run cargo")?;
    ensure!(status.success(), "the peers in Rust cannot be built");
    Ok(folder.join("release/expect-peers"))
}

fn install_pexpect(folder: &Path) -> Result<PathBuf> {
    let python = folder.join("bin/python");
    let check = format!("import pexpect; assert pexpect.__version__[:5] == {PEXPECT:?}[:5]");
    let is_there = || {
        let check = Command::new(&python)
            .args(["-c", &check])
            .stderr(Stdio::null())
            .status();
        check.is_ok_and(|status| status.success())
    };
    if is_there() {
        return Ok(python);
    }
    eprintln!("    installing pexpect {PEXPECT} in {}", folder.display());
    let made = Command::new("python3")
        .args(["-m", "venv"])
        .arg(folder)
        .status();
    ensure!(
        made.is_ok_and(|status| status.success()),
        "there is no Python to run pexpect with; on Debian: apt-get install python3-venv"
    );
    let package = format!("pexpect=={PEXPECT}");
    Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", &package])
        .status()
        .context("cannot run pip")?;
    ensure!(is_there(), "pexpect {PEXPECT} cannot be installed");
    Ok(python)
}
