//! The home that a run has to itself, its servers, and a watch over all its processes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use mcp_server::client::StdioClient;
use rejoinder_pty::ProcessTree;
use rejoinder_session::MARKER;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// The resident memory that a server may have, in KiB.
const SERVER_KIB: u64 = 256 * 1024;

/// The resident memory that a holder may have, in KiB: 16 MiB, and what the largest screen
/// takes (500 × 1,000 cells of 24 bytes, main and alternate, and the view last shown).
const HOLDER_KIB: u64 = (16 + 48) * 1024;

/// The descriptors that a server may have open besides one for each session.
const SERVER_DESCRIPTORS: usize = 64;

/// How long killed processes may take to go.
const GONE_WITHIN: Duration = Duration::from_secs(30);

/// How often processes that are to go are looked for.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// How long directories may take to go: abandoned ones are kept for a minute.
const CLEARED_WITHIN: Duration = Duration::from_secs(100);

/// Small rings, so that floods leave them; ended sessions go soon, so that they do not pile up.
const CONFIG: &str = "\
[limits]
ring_bytes = 131072
reap_after_s = 30
max_sessions = 64

[policy.rate_limit]
enabled = false
";

/// A directory that stands for a user's home.
#[derive(Debug)]
pub(crate) struct Home {
    dir: tempfile::TempDir,
    server: PathBuf,
    zombies: BTreeSet<i32>,
}

/// What a look at the processes showed.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Footprint {
    pub(crate) server_kib: u64,
    pub(crate) holder_kib: u64,
    pub(crate) descriptors: usize,
}

impl Footprint {
    /// The larger of each.
    pub(crate) fn max(self, other: Self) -> Self {
        Self {
            server_kib: self.server_kib.max(other.server_kib),
            holder_kib: self.holder_kib.max(other.holder_kib),
            descriptors: self.descriptors.max(other.descriptors),
        }
    }
}

impl Home {
    /// A new one, for this server.
    pub(crate) fn new(server: &Path) -> Result<Self> {
        let server = fs::canonicalize(server)
            .with_context(|| format!("there is no server at {}", server.display()))?;
        let dir = tempfile::Builder::new()
            .prefix("rejoinder-soak-")
            .tempdir()?;
        fs::write(dir.path().join("config.toml"), CONFIG)?;
        Ok(Self {
            dir,
            server,
            zombies: BTreeSet::new(),
        })
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Leaves it where it is, for a person to look at.
    pub(crate) fn keep(mut self) {
        self.dir.disable_cleanup(true);
    }

    /// Where living sessions have their directories.
    pub(crate) fn run(&self) -> PathBuf {
        self.path().join("state/rejoinder/run")
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.server);
        command
            .current_dir(self.path())
            .arg("--config")
            .arg(self.path().join("config.toml"))
            .env("HOME", self.path())
            .env("XDG_STATE_HOME", self.path().join("state"))
            .env("LC_ALL", "C.UTF-8")
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_RUNTIME_DIR")
            .stdin(Stdio::null());
        command
    }

    /// Starts a server.
    pub(crate) fn serve(&self) -> Result<StdioClient> {
        let mut client = StdioClient::spawn(&mut self.command())?;
        client.initialize("2025-11-25".parse()?)?;
        Ok(client)
    }

    /// Runs one of the commands for people.
    pub(crate) fn people(&self, arguments: &[&str]) -> Result<String> {
        let output = self
            .command()
            .args(arguments)
            .stderr(Stdio::piped())
            .output()?;
        ensure!(
            output.status.success(),
            "mcp-server {} failed: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(String::from_utf8(output.stdout)?)
    }

    /// The holder of a session.
    pub(crate) fn holder(&self, id: &str) -> Result<Pid> {
        let meta = fs::read(self.run().join(id).join("meta.json"))?;
        let meta: Value = serde_json::from_slice(&meta)?;
        let pid = meta["holder"]["pid"]
            .as_i64()
            .context("meta.json names no holder")?;
        Pid::from_raw(i32::try_from(pid)?).context("0 is no holder")
    }

    /// What is in a session's directory, for a report.
    pub(crate) fn describe(&self, id: &str) -> String {
        let place = self.run().join(id);
        let mut text = format!("{}\n", place.display());
        for entry in fs::read_dir(&place).into_iter().flatten().flatten() {
            let length = entry.metadata().map_or(0, |meta| meta.len());
            text.push_str(&format!("  {:?} {length} bytes\n", entry.file_name()));
        }
        for name in ["meta.json", "exit.json"] {
            if let Ok(content) = fs::read_to_string(place.join(name)) {
                text.push_str(&format!("  {name}: {}\n", content.trim()));
            }
        }
        text
    }

    /// Looks at the memory and descriptors of servers and holders, and for zombies.
    pub(crate) fn watch(&mut self, servers: &[u32], sessions: usize) -> Result<Footprint> {
        let mut footprint = Footprint::default();
        for pid in servers {
            let kib = resident(&pid.to_string()).unwrap_or_default();
            ensure!(kib <= SERVER_KIB, "server {pid} has {kib} KiB in memory");
            let open = fs::read_dir(format!("/proc/{pid}/fd"))?.count();
            let most = SERVER_DESCRIPTORS + 2 * sessions;
            ensure!(
                open <= most,
                "server {pid} has {open} descriptors open, for {sessions} sessions"
            );
            footprint = footprint.max(Footprint {
                server_kib: kib,
                holder_kib: 0,
                descriptors: open,
            });
        }
        let mut parents: BTreeSet<i32> = servers.iter().map(|pid| pid.cast_signed()).collect();
        for entry in fs::read_dir(self.run())?.flatten() {
            let id = entry.file_name().to_string_lossy().into_owned();
            let Ok(holder) = self.holder(&id) else {
                continue;
            };
            let pid = holder.as_raw_nonzero().get();
            if !is_holder(pid) {
                continue;
            }
            parents.insert(pid);
            let kib = resident(&pid.to_string()).unwrap_or_default();
            ensure!(
                kib <= HOLDER_KIB,
                "the holder of {id} ({pid}) has {kib} KiB in memory"
            );
            footprint = footprint.max(Footprint {
                holder_kib: kib,
                ..Footprint::default()
            });
        }
        self.look_for_zombies(&parents)?;
        Ok(footprint)
    }

    /// A process that has ended is a zombie for a moment; one that still is at the next look has
    /// been forgotten.
    fn look_for_zombies(&mut self, parents: &BTreeSet<i32>) -> Result<()> {
        let now: BTreeMap<i32, String> = zombies(parents);
        if let Some((pid, line)) = now.iter().find(|(pid, _)| self.zombies.contains(pid)) {
            bail!("process {pid} is a zombie that nobody reaps: {line}");
        }
        self.zombies = now.into_keys().collect();
        Ok(())
    }

    /// Ends all sessions, and checks that nothing of the run is left.
    pub(crate) fn clear(&self) -> Result<()> {
        let told = self.people(&["gc", "--all", "--force"])?;
        eprintln!("soak: {}", told.trim());
        gone(
            "processes of sessions and holders",
            GONE_WITHIN,
            LOOK_EVERY,
            || of_home(self.path()),
        )?;
        // What a killed server had only begun to start is cleared away when it is old enough.
        gone(
            "directories of sessions",
            CLEARED_WITHIN,
            Duration::from_secs(2),
            || {
                let names = self.directories();
                if !names.is_empty()
                    && let Err(error) = self.people(&["gc"])
                {
                    return vec![error.to_string()];
                }
                names
            },
        )
    }

    /// The directories of sessions.
    fn directories(&self) -> Vec<String> {
        let entries = fs::read_dir(self.run()).into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        names.filter(|name| name != "names").collect()
    }
}

/// Kills a process at once.
pub(crate) fn kill(pid: Pid) -> Result<()> {
    kill_process(pid, Signal::KILL).context("cannot kill a process")
}

/// Kills a server at once.
pub(crate) fn kill_server(client: &StdioClient) -> Result<()> {
    kill(Pid::from_raw(client.pid().cast_signed()).context("a server has a process id")?)
}

/// Waits until nothing of a session runs any more.
pub(crate) fn session_gone(id: &str) -> Result<()> {
    let tree = ProcessTree::marked(MARKER, id);
    gone(
        "processes of a session",
        GONE_WITHIN,
        LOOK_EVERY,
        || match tree.snapshot() {
            Ok(left) => left.iter().map(|process| format!("{process:?}")).collect(),
            Err(error) => vec![error.to_string()],
        },
    )
}

/// Waits until a look shows nothing more.
fn gone(
    what: &str,
    within: Duration,
    every: Duration,
    mut look: impl FnMut() -> Vec<String>,
) -> Result<()> {
    let deadline = Instant::now() + within;
    loop {
        let left = look();
        if left.is_empty() {
            return Ok(());
        }
        if Instant::now() > deadline {
            bail!("{what} are left: {}", left.join(", "));
        }
        // Processes that are not this one's children tell nobody of their end.
        rejoinder_pty::poll(&mut [], Some(every))?;
    }
}

/// A process's memory in KiB, `None` when it has gone.
fn resident(pid: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}

fn is_holder(pid: i32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/comm"))
        .is_ok_and(|name| name.starts_with("rejoinder-hold"))
}

/// The zombies whose parent is one of these.
fn zombies(parents: &BTreeSet<i32>) -> BTreeMap<i32, String> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
        else {
            continue;
        };
        let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else {
            continue;
        };
        // The name before the last parenthesis may have anything in it (proc_pid_stat(5)).
        let Some((_, rest)) = stat.rsplit_once(") ") else {
            continue;
        };
        let mut words = rest.split(' ');
        let (state, parent) = (words.next(), words.next());
        let parent = parent.and_then(|parent| parent.parse().ok());
        if state == Some("Z") && parent.is_some_and(|parent: i32| parents.contains(&parent)) {
            found.insert(pid, stat.trim().to_owned());
        }
    }
    found
}

/// The processes that work in this directory, which all sessions and servers of a home do, and the
/// holders whose files are in it.
fn of_home(home: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let process = entry.path();
        let works_here = fs::read_link(process.join("cwd")).is_ok_and(|cwd| cwd.starts_with(home));
        let open_here = || {
            let files = fs::read_dir(process.join("fd"))
                .into_iter()
                .flatten()
                .flatten();
            files
                .filter_map(|file| fs::read_link(file.path()).ok())
                .any(|file| file.starts_with(home))
        };
        let is_process = entry
            .file_name()
            .to_str()
            .is_some_and(|name| name.parse::<u32>().is_ok());
        if is_process && (works_here || open_here()) {
            let name = fs::read_to_string(process.join("comm")).unwrap_or_default();
            found.push(format!(
                "{} ({})",
                entry.file_name().to_string_lossy(),
                name.trim()
            ));
        }
    }
    found
}
