//! Starting sessions.

use std::collections::HashMap;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::Soak;
use crate::model::{DEFAULT_READER, Life, Program, Session};
use crate::play::{Kind, Part, greeting};
use crate::stream;

impl Soak {
    /// Starts a session of any kind; one that ends by itself is followed to its end.
    pub(super) fn start(&mut self) -> Result<()> {
        let program = match self.random.u8(..10) {
            0..5 => Program::Talker,
            5 | 6 => Program::Brief,
            7 => Program::Raw,
            8 => Program::Cat,
            _ => Program::EchoedCat,
        };
        let mut session = self.started(program)?;
        if program == Program::Brief {
            return self.follow_to_end(&mut session);
        }
        self.quiesce(&mut session)?;
        self.sessions.push(session);
        Ok(())
    }

    /// Starts short-lived programs one after the other.
    pub(super) fn start_brief(&mut self) -> Result<()> {
        let mut session = self.started(Program::Brief)?;
        self.follow_to_end(&mut session)
    }

    fn started(&mut self, program: Program) -> Result<Session> {
        let pty = match program {
            Program::Talker | Program::Brief => self.random.u8(..4) > 0,
            _ => true,
        };
        let part = self.part(program);
        let name = format!(
            "{}-{}",
            format!("{program:?}").to_lowercase(),
            self.number()
        );
        let mut arguments = self.command(program, &part);
        let recorded = self.random.u8(..8) > 0;
        for (key, value) in [
            ("name", json!(name)),
            ("mode", json!(if pty { "pty" } else { "pipe" })),
            ("rows", json!(self.random.u16(1..200))),
            ("cols", json!(self.random.u16(1..300))),
            ("timeout", json!(if self.random.bool() { 0.0 } else { 2.0 })),
            ("idle_timeout", json!(900)),
            ("record", json!(recorded)),
        ] {
            arguments[key] = value;
        }
        let answer = self.call("start_process", arguments)?;
        self.counts.sessions += 1;
        let mut session = Session {
            id: answer.status["session_id"]
                .as_str()
                .context("no id")?
                .to_owned(),
            name,
            program,
            pty,
            recorded,
            life: match program {
                Program::Brief => Life::Ending(part.code),
                _ => Life::Running,
            },
            stream: Vec::new(),
            unsure: None,
            next_line: part.lines,
            seen: 0,
            readers: HashMap::new(),
            part,
        };
        let first = match program {
            Program::Talker => {
                let lines = stream::lines(session.part.seed, 0, session.part.lines);
                [greeting(session.part.seed).into_bytes(), lines].concat()
            }
            Program::Brief => stream::lines(session.part.seed, 0, session.part.lines),
            Program::Cat | Program::EchoedCat => b"ready\n".to_vec(),
            // In raw mode the line end stays as it is.
            Program::Raw => Vec::new(),
        };
        session.stream = session.printed(&first);
        if program == Program::Raw {
            session.stream = greeting(session.part.seed).into_bytes();
        }
        session.check_state(&answer.status)?;
        let pos = answer.number("pos")?;
        ensure!(
            pos + answer.number("more_bytes")? <= session.stream.len() as u64,
            "session {} printed more than it has to: {}",
            session.name,
            answer.text
        );
        session.seen = pos;
        session.readers.insert(DEFAULT_READER.to_owned(), pos);
        Ok(session)
    }

    fn part(&mut self, program: Program) -> Part {
        let code = match self.random.u8(..8) {
            0..4 => 0,
            4 | 5 => self.random.u32(1..256),
            6 => 256 + 9,
            _ => 256 + 10,
        };
        let (kind, lines) = match program {
            Program::Brief => (
                Kind::Brief,
                self.random.choice([0, 1, 1, 2, 40, 3000]).unwrap_or(1),
            ),
            Program::Raw => (Kind::Raw, 0),
            _ => (Kind::Talker, self.random.u64(..60)),
        };
        Part {
            kind,
            seed: self.random.u64(..),
            lines,
            code,
        }
    }

    fn command(&self, program: Program, part: &Part) -> Value {
        let shell = |line: &str| json!({"command": "sh", "args": ["-c", line]});
        match program {
            Program::Cat => shell("stty -echo; echo ready; exec cat"),
            Program::EchoedCat => shell("echo ready; exec cat"),
            _ => {
                let [seed, lines] = [part.seed, part.lines].map(|number| number.to_string());
                json!({
                    "command": self.player,
                    "args": ["play", part.kind.name(), seed, lines, part.code.to_string()],
                })
            }
        }
    }

    /// A server is killed while it starts a session.
    pub(super) fn kill_in_start(&mut self) -> Result<()> {
        let name = format!("maybe-{}", self.number());
        let part = Part {
            kind: Kind::Talker,
            seed: 1,
            lines: 3,
            code: 0,
        };
        let mut arguments = self.command(Program::Talker, &part);
        arguments["name"] = json!(name);
        arguments["idle_timeout"] = json!(900);
        let which = self.random.usize(..self.servers.len());
        self.note(format!(
            "{} begins to start {name}",
            self.servers[which].pid()
        ));
        self.servers[which].begin_call("start_process", arguments, None)?;
        self.maybe.insert(name);
        for _ in 0..self.random.u32(..200) {
            std::thread::yield_now();
        }
        self.kill_server(which)
    }
}
