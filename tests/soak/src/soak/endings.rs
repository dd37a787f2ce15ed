//! Ending sessions, and what has to be there afterwards.

use std::time::Instant;

use anyhow::{Result, ensure};
use serde_json::json;

use super::{PATIENCE, Past, Soak};
use crate::home::{kill, session_gone};
use crate::model::{Life, Program, Session};
use crate::play::{Order, Then};

impl Soak {
    /// Tells the program to end, and follows it to its end; now and then no server is there when
    /// it ends.
    pub(super) fn end_by_itself(&mut self, session: &mut Session) -> Result<()> {
        let code = session.part.code;
        match session.program {
            Program::Talker => {
                self.settle(session)?;
                let order = Order {
                    number: self.number(),
                    lines: self.random.u64(..3000),
                    then: Then::End(code),
                };
                self.order(session, &order)?;
            }
            Program::Brief => {}
            Program::Raw | Program::Cat | Program::EchoedCat => {
                self.quiesce(session)?;
                self.call(
                    "send_input",
                    json!({"session_id": session.name, "keys": ["C-d"]}),
                )?;
                session.life = Life::Ending(if session.program == Program::Raw {
                    code
                } else {
                    0
                });
            }
        }
        if self.random.u8(..4) == 0 {
            let which = self.random.usize(..self.servers.len());
            self.kill_server(which)?;
        }
        self.follow_to_end(session)
    }

    /// Waits for the end, and accounts for the exit and for every byte.
    pub(super) fn follow_to_end(&mut self, session: &mut Session) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        let answer = loop {
            let extra = json!({"until": "exit", "timeout": 40});
            let (_, answer) = self.read(session, "sync", None, &extra)?;
            if answer.status["state"] == "exited" {
                break answer;
            }
            ensure!(
                Instant::now() < deadline,
                "session {} does not end",
                session.name
            );
        };
        let Life::Ending(code) = session.life else {
            anyhow::bail!(
                "session {} ended though nobody told it to: {}",
                session.name,
                answer.text
            );
        };
        ensure!(
            answer.exit() == Some(code),
            "session {} ended with {:?} instead of {code}",
            session.name,
            answer.exit()
        );
        ensure!(
            session.is_quiet(),
            "session {} printed {} bytes, {} are there after its end",
            session.name,
            session.stream.len(),
            session.seen
        );
        self.counts.exits += 1;
        self.read_all(session)?;
        self.after_end(session)
    }

    /// Ends everything that a session started.
    pub(super) fn terminate(&mut self, session: &mut Session) -> Result<()> {
        let was_quiet = session.is_quiet();
        // An order under way may print what it would have.
        session.settle(session.unsure.is_some());
        session.life = Life::Terminated;
        self.current = Some(session.id.clone());
        let force = self.random.bool();
        let arguments = json!({"session_id": session.name, "force": force, "grace_period": 2});
        let answer = self.call("terminate_process", arguments)?;
        session.check_state(&answer.status)?;
        session_gone(&session.id)?;
        self.read_all(session)?;
        ensure!(
            !was_quiet || session.is_quiet(),
            "session {} had printed {} bytes, {} are there",
            session.name,
            session.stream.len(),
            session.seen
        );
        self.after_end(session)
    }

    /// Kills a holder: its programs go with it, its output stays as far as anybody saw it.
    pub(super) fn kill_holder(&mut self, session: &mut Session) -> Result<()> {
        self.current = Some(session.id.clone());
        session.settle(session.unsure.is_some());
        let holder = self.home.holder(&session.id)?;
        self.note(format!(
            "holder {} of {} is killed",
            holder.as_raw_nonzero(),
            session.name
        ));
        kill(holder)?;
        self.counts.holder_kills += 1;
        session.life = Life::Lost;
        session.readers.clear();
        if session.recorded {
            self.read_all(session)?;
        } else {
            let arguments = json!({"session_id": session.name, "timeout": 0, "since": 0});
            let answer = self.call("read_output", arguments)?;
            session.check_state(&answer.status)?;
        }
        session_gone(&session.id)?;
        self.call("terminate_process", json!({"session_id": session.name}))?;
        self.after_end(session)
    }

    fn after_end(&mut self, session: &Session) -> Result<()> {
        if session.life != Life::Lost {
            // Daemons of a program that ended by itself stay until they are ended, too.
            self.call("terminate_process", json!({"session_id": session.name}))?;
            session_gone(&session.id)?;
        }
        self.past.push(Past {
            name: session.name.clone(),
            at: Instant::now(),
            lost: session.life == Life::Lost,
        });
        self.current = None;
        Ok(())
    }
}
