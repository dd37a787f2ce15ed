//! A run: servers, sessions, actions drawn at random, and what is told of it.

mod actions;
mod endings;
mod starts;

use std::collections::{BTreeSet, VecDeque};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use mcp_server::client::StdioClient;
use serde_json::{Value, json};

use crate::answer::{Answer, Shown};
use crate::cli::Options;
use crate::home::{Footprint, Home, kill_server};
use crate::model::Session;

/// Sessions at once.
const MOST_SESSIONS: usize = 20;

/// A session that has printed so much is ended, to bound the model's memory.
const LONGEST_STREAM: usize = 12 << 20;

/// Actions that a report shows.
const JOURNAL: usize = 200;

/// How often progress is told and processes are looked at.
const TELL_EVERY: Duration = Duration::from_secs(10);

/// The longest that output may take to come that has to come.
const PATIENCE: Duration = Duration::from_secs(180);

/// How long an ended session may be listed: the time it lingers, and then some.
const LISTED_AFTER_END: Duration = Duration::from_secs(150);

/// A session that was checked to its end.
#[derive(Debug)]
struct Past {
    name: String,
    at: Instant,
    lost: bool,
}

#[derive(Debug, Default)]
struct Counts {
    actions: u64,
    calls: u64,
    sessions: u64,
    server_kills: u64,
    holder_kills: u64,
    bytes: u64,
    exits: u64,
    floods: u64,
}

pub(crate) struct Soak {
    home: Home,
    player: PathBuf,
    random: fastrand::Rng,
    servers: Vec<StdioClient>,
    sessions: Vec<Session>,
    past: Vec<Past>,
    /// Names of sessions whose start was cut short.
    maybe: BTreeSet<String>,
    journal: VecDeque<String>,
    current: Option<String>,
    counts: Counts,
    peak: Footprint,
    next: u64,
}

/// Runs until the time is up, or until something is not as it has to be.
pub(crate) fn run(options: &Options) -> Result<()> {
    let player = std::env::current_exe()?;
    let built = player.with_file_name("mcp-server");
    let home = Home::new(options.server.as_deref().unwrap_or(&built))?;
    eprintln!("soak: seed {}, in {}", options.seed, home.path().display());
    let mut soak = Soak {
        home,
        player,
        random: fastrand::Rng::with_seed(options.seed),
        servers: Vec::new(),
        sessions: Vec::new(),
        past: Vec::new(),
        maybe: BTreeSet::new(),
        journal: VecDeque::new(),
        current: None,
        counts: Counts::default(),
        peak: Footprint::default(),
        next: 0,
    };
    let done = soak.run(options.time);
    soak.tell();
    match done {
        Ok(()) => {
            eprintln!("soak: clean");
            Ok(())
        }
        Err(error) => {
            soak.report(options.seed);
            let place = soak.home.path().display().to_string();
            soak.servers.clear();
            soak.home.keep();
            Err(error.context(format!("seed {}, left in {place}", options.seed)))
        }
    }
}

impl Soak {
    fn run(&mut self, time: Duration) -> Result<()> {
        let end = Instant::now() + time;
        let mut tell_at = Instant::now() + TELL_EVERY;
        self.servers.push(self.home.serve()?);
        while Instant::now() < end {
            self.act()?;
            self.counts.actions += 1;
            if Instant::now() >= tell_at {
                self.watch()?;
                self.tell();
                tell_at = Instant::now() + TELL_EVERY;
            }
        }
        self.note("end");
        while let Some(mut session) = self.sessions.pop() {
            self.end_by_itself(&mut session)?;
        }
        self.check_list()?;
        self.watch()?;
        for server in self.servers.drain(..) {
            let pid = server.pid();
            let status = { server }.close()?;
            ensure!(status.success(), "server {pid} ended with {status}");
        }
        self.home.clear()
    }

    fn watch(&mut self) -> Result<()> {
        let pids: Vec<u32> = self.servers.iter().map(StdioClient::pid).collect();
        let sessions = self.sessions.len() + self.past.len() + self.maybe.len();
        let footprint = self.home.watch(&pids, sessions)?;
        self.peak = self.peak.max(footprint);
        Ok(())
    }

    fn tell(&self) {
        let Counts {
            actions,
            calls,
            sessions,
            server_kills,
            holder_kills,
            bytes,
            exits,
            floods,
        } = self.counts;
        eprintln!(
            "soak: {actions} actions, {calls} calls, {sessions} sessions ({} now), {exits} exits, \
             {floods} floods, {server_kills} servers and {holder_kills} holders killed, \
             {:.1} MB checked; at most {} KiB in a server, {} in a holder, {} descriptors",
            self.sessions.len(),
            bytes as f64 / 1e6,
            self.peak.server_kib,
            self.peak.holder_kib,
            self.peak.descriptors,
        );
    }

    fn report(&self, seed: u64) {
        eprintln!("soak: seed {seed}; the last actions:");
        for line in &self.journal {
            eprintln!("  {line}");
        }
        if let Some(id) = &self.current {
            eprintln!("the session's directory: {}", self.home.describe(id));
        }
        if let Ok(list) = self.home.people(&["sessions"]) {
            eprintln!("{list}");
        }
    }

    fn note(&mut self, what: impl Into<String>) {
        if self.journal.len() == JOURNAL {
            self.journal.pop_front();
        }
        self.journal.push_back(what.into());
    }

    /// A number that nothing else has.
    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// Calls a tool of one of the servers; it has to succeed.
    fn call(&mut self, tool: &str, arguments: Value) -> Result<Answer> {
        let which = self.random.usize(..self.servers.len());
        let mut shown = arguments.to_string();
        shown.truncate(shown.floor_char_boundary(300));
        self.note(format!("{} {tool} {shown}", self.servers[which].pid()));
        self.counts.calls += 1;
        let result = self.servers[which].call(tool, arguments)?;
        let answer = Answer::of(&result);
        if let Some(error) = &answer.error {
            bail!("{tool} failed ({error}): {}", answer.text);
        }
        Ok(answer)
    }

    /// A read in format `raw`, compared with the model.
    fn read(
        &mut self,
        session: &mut Session,
        reader: &str,
        since: Option<u64>,
        extra: &Value,
    ) -> Result<(Shown, Answer)> {
        self.current = Some(session.id.clone());
        let mut arguments = json!({"session_id": session.name, "reader": reader, "format": "raw"});
        if let Some(since) = since {
            arguments["since"] = json!(since);
        }
        for (key, value) in extra.as_object().into_iter().flatten() {
            arguments[key] = value.clone();
        }
        let answer = self.call("read_output", arguments)?;
        let shown = session.read(&answer, reader, since).with_context(|| {
            format!(
                "session {} read by {reader} from {since:?}: {}",
                session.name, answer.status
            )
        })?;
        self.counts.bytes += shown.checked;
        Ok((shown, answer))
    }

    /// Reads until all is there that has to come.
    fn quiesce(&mut self, session: &mut Session) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while session.seen < session.stream.len() as u64 {
            let (shown, _) = self.read(session, "sync", None, &json!({"timeout": 10}))?;
            ensure!(
                Instant::now() < deadline,
                "session {} has printed {} of {} bytes and no more comes",
                session.name,
                shown.pos + shown.more,
                session.stream.len()
            );
        }
        Ok(())
    }

    /// Reads all that was ever printed, from the ring and from disk.
    fn read_all(&mut self, session: &mut Session) -> Result<()> {
        let mut at = 0;
        loop {
            let extra = json!({"timeout": 0, "max_bytes": 1 << 20});
            let (shown, _) = self.read(session, "all", Some(at), &extra)?;
            if shown.more == 0 && shown.gap.is_none() {
                ensure!(
                    shown.pos == session.seen,
                    "the last byte read is at {}, not {}",
                    shown.pos,
                    session.seen
                );
                return Ok(());
            }
            let next = shown.gap.unwrap_or(shown.pos);
            ensure!(next > at, "reading from {at} comes no further: {shown:?}");
            at = next;
        }
    }

    /// Starts another server in place of one that has gone.
    fn replace_server(&mut self, which: usize) -> Result<()> {
        let gone = self.servers.swap_remove(which);
        let pid = gone.pid();
        drop(gone);
        let next = self.home.serve()?;
        self.note(format!("server {} after {pid}", next.pid()));
        self.servers.push(next);
        Ok(())
    }

    fn kill_server(&mut self, which: usize) -> Result<()> {
        let server = &self.servers[which];
        let pid = server.pid();
        kill_server(server)?;
        self.counts.server_kills += 1;
        self.note(format!("server {pid} is killed"));
        self.replace_server(which)
    }
}
