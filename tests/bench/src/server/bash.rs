//! The same bash twice: on a bare PTY, and behind the server.
//!
//! Both are given lines whose answer does not stand in them, and both answers are checked. The
//! bare one shows the time that bash itself takes, for which no server can be blamed.

use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use mcp_server::client::StdioClient;
use rejoinder_pty::{Child, Command, Environment, ReadOutcome};
use serde_json::json;

/// A prompt that nothing else prints.
const PROMPT: &str = "ready> ";

/// How long an answer may take before bash is taken for hung.
const PATIENCE: Duration = Duration::from_secs(30);

/// A line to type, and the line that answers it.
#[derive(Debug)]
pub(crate) struct Question {
    line: String,
    answer: String,
}

impl Question {
    /// The question number `number`: a sum that bash has to work out.
    pub(crate) fn new(number: u32) -> Self {
        Self {
            line: format!("echo M$(({number}+1000))"),
            answer: format!("M{}", number + 1000),
        }
    }

    /// What is typed, without the newline.
    pub(crate) fn line(&self) -> &str {
        &self.line
    }

    /// What bash prints.
    pub(crate) fn answer(&self) -> &str {
        &self.answer
    }
}

/// A bash on a PTY of its own, driven with nothing in between.
#[derive(Debug)]
pub(crate) struct Bare {
    child: Child,
    buffer: Vec<u8>,
}

impl Bare {
    /// Starts it with the environment that the server would give it, and waits for its prompt.
    pub(crate) fn start() -> Result<Self> {
        let mut environment = Environment::allow_list([
            "HOME", "LANG", "LANGUAGE", "LC_*", "LOGNAME", "PATH", "SHELL", "TMPDIR", "TZ", "USER",
        ]);
        environment.set("TERM", "xterm-256color").set("PS1", PROMPT);
        let child = Command::new("bash")
            .args(["--norc", "--noprofile"])
            .environment(environment)
            .spawn()
            .context("cannot start bash")?;
        let mut bare = Self {
            child,
            buffer: Vec::new(),
        };
        bare.read_to_prompt()?;
        Ok(bare)
    }

    /// Types the line, reads up to the next prompt, and says how long it took.
    pub(crate) fn ask(&mut self, question: &Question) -> Result<Duration> {
        let line = format!("{}\r", question.line);
        let started = Instant::now();
        self.child.input.write_all(line.as_bytes())?;
        self.read_to_prompt()?;
        let took = started.elapsed();
        let output = String::from_utf8_lossy(&self.buffer);
        ensure!(
            output.contains(&format!("{}\r\n", question.answer)),
            "bash answered {} with {output:?}",
            question.line
        );
        Ok(took)
    }

    fn read_to_prompt(&mut self) -> Result<()> {
        self.buffer.clear();
        let mut chunk = [0; 4096];
        while !self.buffer.ends_with(PROMPT.as_bytes()) {
            match self.child.output.read_timeout(&mut chunk, Some(PATIENCE))? {
                ReadOutcome::Data(count) => self.buffer.extend_from_slice(&chunk[..count]),
                other => bail!("bash ended or hung: {other:?}"),
            }
        }
        Ok(())
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        // It may have ended already, which is as good.
        let _ = self.child.process.signal(rejoinder_pty::Signal::KILL);
        let _ = self.child.process.wait();
    }
}

/// A bash in a session of the server.
#[derive(Debug)]
pub(crate) struct Served {
    client: StdioClient,
    name: String,
}

impl Served {
    /// Starts it and waits for its prompt.
    pub(crate) fn start(mut client: StdioClient) -> Result<Self> {
        let started = client.call(
            "start_process",
            json!({"command": "bash --norc --noprofile", "env": {"PS1": PROMPT},
                   "wait_for": format!("{PROMPT}$"), "timeout": PATIENCE.as_secs()}),
        )?;
        let text = started.text();
        ensure!(
            !started.is_error && text.contains("by=match"),
            "no bash: {text}"
        );
        // Sessions of servers before this one may still be there, under names like it.
        let name = &started.meta["rejoinder/status"]["name"];
        let name = name.as_str().context("a session has a name")?.to_owned();
        Ok(Self { client, name })
    }

    /// Types the line, waits for the answer with the next prompt at its end, and says how long
    /// it took.
    pub(crate) fn ask(&mut self, question: &Question) -> Result<Duration> {
        let arguments = json!({
            "session_id": self.name, "text": question.line, "press_enter": true,
            "wait_for": format!("{PROMPT}$"), "timeout": PATIENCE.as_secs(),
        });
        let started = Instant::now();
        let result = self.client.call("send_and_read", arguments)?;
        let took = started.elapsed();
        let text = result.text();
        let answers = text.lines().filter(|line| *line == question.answer).count();
        ensure!(
            !result.is_error && answers == 1 && text.contains("by=match"),
            "the server answered {} with {text}",
            question.line
        );
        Ok(took)
    }

    /// The process id of the server.
    pub(crate) fn pid(&self) -> u32 {
        self.client.pid()
    }

    /// Ends bash and its session, which would outlive the server, and the server.
    pub(crate) fn end(mut self) -> Result<()> {
        let ended = self.client.call(
            "terminate_process",
            json!({"session_id": self.name, "force": true}),
        )?;
        ensure!(!ended.is_error, "bash does not end: {}", ended.text());
        self.client.close()?;
        Ok(())
    }

    /// The client.
    pub(crate) fn into_client(self) -> StdioClient {
        self.client
    }
}
