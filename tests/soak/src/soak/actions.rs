//! What is done to sessions that live.

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use super::{LISTED_AFTER_END, LONGEST_STREAM, MOST_SESSIONS, Soak};
use crate::model::{DEFAULT_READER, Program, Session};
use crate::play::{Order, Then};
use crate::stream;

impl Soak {
    /// Does one thing.
    pub(super) fn act(&mut self) -> Result<()> {
        let room = self.sessions.len() < MOST_SESSIONS;
        match self.random.u16(..1000) {
            0..50 if room => return self.start(),
            50..90 => return self.start_brief(),
            90..115 => {
                let which = self.random.usize(..self.servers.len());
                return self.kill_server(which);
            }
            115..120 => return self.kill_in_start(),
            120..130 => return self.kill_in_wait(),
            130..135 => return self.stop_server(),
            135..145 => return self.other_server(),
            145..150 => {
                self.note("gc");
                return self.home.people(&["gc"]).map(drop);
            }
            150..200 => return self.check_list(),
            200..230 => return self.wait_for_several(),
            _ => {}
        }
        if self.sessions.is_empty() {
            return self.start();
        }
        let which = self.random.usize(..self.sessions.len());
        let mut session = self.sessions.swap_remove(which);
        let goes_on = self.act_on(&mut session)?;
        if goes_on {
            self.sessions.push(session);
        }
        Ok(())
    }

    /// Does something to a session; `false` when it has ended.
    fn act_on(&mut self, session: &mut Session) -> Result<bool> {
        let crowded = self.sessions.len() + 1 >= MOST_SESSIONS;
        let end = session.stream.len() > LONGEST_STREAM || (crowded && self.random.u8(..20) == 0);
        match self.random.u16(..1000) {
            _ if end => self.end_by_itself(session)?,
            0..15 => self.end_by_itself(session)?,
            15..25 => self.terminate(session)?,
            25..33 => self.kill_holder(session)?,
            33..300 => return self.talk(session).map(|()| true),
            300..310 => return self.flood(session).map(|()| true),
            310..330 => return self.kill_in_input(session).map(|()| true),
            330..360 => return self.search(session).map(|()| true),
            360..390 => return self.resize(session).map(|()| true),
            390..420 => return self.info(session).map(|()| true),
            420..440 => return self.read_all(session).map(|()| true),
            _ => return self.read_somewhere(session).map(|()| true),
        }
        Ok(false)
    }

    /// Gives an order that is sure to come through.
    pub(super) fn order(&mut self, session: &mut Session, order: &Order) -> Result<()> {
        self.type_all(
            session,
            &json!({"text": order.typed(), "press_enter": true}),
        )?;
        session.ordered(order);
        Ok(())
    }

    fn type_all(&mut self, session: &Session, input: &Value) -> Result<()> {
        self.current = Some(session.id.clone());
        let mut arguments = json!({"session_id": session.name, "timeout": 40});
        for (key, value) in input.as_object().into_iter().flatten() {
            arguments[key] = value.clone();
        }
        let answer = self.call("send_input", arguments)?;
        let text = input["text"].as_str().unwrap_or_default().len();
        let all = text + usize::from(input["press_enter"] == true);
        let accepted = answer.number("accepted_bytes")?;
        ensure!(
            accepted == all as u64,
            "{accepted} of {all} bytes were typed: {}",
            answer.text
        );
        Ok(())
    }

    /// Finds out whether an order came through that was given as a server died.
    pub(super) fn settle(&mut self, session: &mut Session) -> Result<()> {
        let Some((answer, _)) = &session.unsure else {
            return Ok(());
        };
        let first = String::from_utf8_lossy(answer);
        let first = first.lines().next().unwrap_or_default().to_owned();
        let base = session.stream.len() as u64;
        let order = Order {
            number: self.number(),
            lines: 0,
            then: Then::Wait,
        };
        self.type_all(
            session,
            &json!({"text": order.typed(), "press_enter": true}),
        )?;
        let wait = json!({"session_id": session.name, "since": base, "reader": "settle", "format": "raw",
                          "wait_for": format!(">{}\r?\n", order.number), "timeout": 45});
        let answer = self.call("read_output", wait)?;
        ensure!(
            answer.status["returned_by"] == "match",
            "no answer to an order: {}",
            answer.text
        );
        session.settle(answer.text.starts_with(&first));
        session.ordered(&order);
        // Compared byte by byte now that it is known what has to be there.
        self.read(session, "settle", Some(base), &json!({"timeout": 0}))?;
        self.quiesce(session)
    }

    /// Types, and now and then waits for the answer.
    fn talk(&mut self, session: &mut Session) -> Result<()> {
        match session.program {
            Program::Talker => {
                self.settle(session)?;
                let then = if self.random.u8(..20) == 0 {
                    Then::Daemon
                } else {
                    Then::Wait
                };
                let lines = self.random.u64(..400);
                let order = Order {
                    number: self.number(),
                    lines,
                    then,
                };
                self.order(session, &order)?;
                if self.random.bool() {
                    let reader = self.reader();
                    let wait =
                        json!({"wait_for": format!(">{}\r?\n", order.number), "timeout": 45});
                    // A reader that has seen it may not see it again.
                    if session.position(reader) + 100 < session.stream.len() as u64 {
                        let (_, answer) = self.read(session, reader, None, &wait)?;
                        ensure!(
                            answer.status["returned_by"] == "match",
                            "the end of order {} was not found: {}",
                            order.number,
                            answer.status
                        );
                    }
                }
                Ok(())
            }
            Program::Raw => {
                let length = self.random.usize(1..6000);
                let text = stream::typed(&mut self.random, length);
                self.type_all(session, &json!({"text": text}))?;
                session.stream.extend(text.as_bytes());
                Ok(())
            }
            Program::Cat | Program::EchoedCat => {
                let echoed = session.program == Program::EchoedCat;
                // Echo and answer of two lines at once would mix.
                self.quiesce(session)?;
                let longest = if echoed { 1000 } else { 14_000 };
                let length = self.random.usize(1..longest);
                let line = stream::typed(&mut self.random, length);
                self.type_all(session, &json!({"text": line, "press_enter": true}))?;
                for _ in 0..if echoed { 2 } else { 1 } {
                    session.stream.extend(line.as_bytes());
                    session.stream.extend(b"\r\n");
                }
                Ok(())
            }
            Program::Brief => Ok(()),
        }
    }

    /// Megabytes.
    fn flood(&mut self, session: &mut Session) -> Result<()> {
        if session.program != Program::Talker {
            return Ok(());
        }
        self.settle(session)?;
        let lines = self.random.u64(5000..50_000);
        let order = Order {
            number: self.number(),
            lines,
            then: Then::Wait,
        };
        self.counts.floods += 1;
        self.order(session, &order)
    }

    /// A server is killed when it has been told to type.
    fn kill_in_input(&mut self, session: &mut Session) -> Result<()> {
        if session.program != Program::Talker {
            return Ok(());
        }
        self.settle(session)?;
        self.quiesce(session)?;
        let order = Order {
            number: self.number(),
            lines: self.random.u64(..50),
            then: Then::Wait,
        };
        let input = json!({"session_id": session.name, "text": order.typed(), "press_enter": true});
        let which = self.random.usize(..self.servers.len());
        self.note(format!(
            "{} begins to type {input}",
            self.servers[which].pid()
        ));
        self.servers[which].begin_call("send_input", input, None)?;
        for _ in 0..self.random.u32(..60) {
            std::thread::yield_now();
        }
        self.kill_server(which)?;
        session.perhaps_ordered(&order);
        self.settle(session)
    }

    /// A server is killed while somebody waits.
    fn kill_in_wait(&mut self) -> Result<()> {
        let Some(session) = self.random.choice(&self.sessions) else {
            return Ok(());
        };
        let wait = json!({"session_id": session.name, "wait_for": "never printed", "reader": "waits", "timeout": 40});
        let which = self.random.usize(..self.servers.len());
        self.note(format!(
            "{} begins to wait {wait}",
            self.servers[which].pid()
        ));
        self.servers[which].begin_call("read_output", wait, None)?;
        self.kill_server(which)
    }

    /// A server's client goes, and the server with it.
    fn stop_server(&mut self) -> Result<()> {
        let which = self.random.usize(..self.servers.len());
        let mut server = self.servers.swap_remove(which);
        self.note(format!("server {} is left", server.pid()));
        let status = server.close()?;
        ensure!(
            status.success(),
            "a server that was left ended with {status}"
        );
        let next = self.home.serve()?;
        self.servers.push(next);
        Ok(())
    }

    /// A second server comes or goes.
    fn other_server(&mut self) -> Result<()> {
        if self.servers.len() > 1 {
            drop(self.servers.pop());
        } else {
            self.servers.push(self.home.serve()?);
        }
        Ok(())
    }

    fn reader(&mut self) -> &'static str {
        let readers = ["anna", "ben", "carla", DEFAULT_READER];
        readers[self.random.usize(..readers.len())]
    }

    fn read_somewhere(&mut self, session: &mut Session) -> Result<()> {
        let reader = self.reader();
        let since = (self.random.u8(..3) == 0).then(|| self.random.u64(..=session.seen));
        let mut extra = json!({"timeout": if self.random.u8(..10) == 0 { 0.05 } else { 0.0 }});
        if self.random.bool() {
            extra["max_bytes"] = json!(self.random.u32(256..100_000));
        }
        if self.random.bool() {
            extra["max_lines"] = json!(self.random.u32(1..300));
        }
        self.read(session, reader, since, &extra).map(drop)
    }

    fn resize(&mut self, session: &Session) -> Result<()> {
        if !session.pty {
            return Ok(());
        }
        let (rows, cols) = (self.random.u16(1..=500), self.random.u16(1..=1000));
        self.call(
            "resize_pty",
            json!({"session_id": session.name, "rows": rows, "cols": cols}),
        )?;
        let info = self.call("get_session_info", json!({"session_id": session.name}))?;
        ensure!(
            info.data["size"] == json!({"rows": rows, "cols": cols}),
            "the size is {} instead of {rows} × {cols}",
            info.data["size"]
        );
        Ok(())
    }

    fn info(&mut self, session: &mut Session) -> Result<()> {
        self.current = Some(session.id.clone());
        let info = self.call("get_session_info", json!({"session_id": session.name}))?;
        session.check_listed(&info.data)?;
        let pos = info.data["pos"].as_u64().context("no pos")?;
        ensure!(
            (session.seen..=session.stream.len() as u64).contains(&pos),
            "session {} is said to have printed {pos} bytes, {} were seen and {} are to come",
            session.name,
            session.seen,
            session.stream.len()
        );
        session.seen = pos;
        Ok(())
    }

    /// A line that was printed is found where it is.
    fn search(&mut self, session: &mut Session) -> Result<()> {
        if session.program != Program::Talker || session.next_line == 0 {
            return Ok(());
        }
        self.settle(session)?;
        self.quiesce(session)?;
        let number = self.random.u64(..session.next_line);
        let pattern = format!("^{:x}:{number}:", session.part.seed);
        let needle = format!("\n{:x}:{number}:", session.part.seed);
        let found = session
            .stream
            .windows(needle.len())
            .position(|window| window == needle.as_bytes());
        let offset = found.context("a stream has all of its lines")? as u64 + 1;
        let on_disk = session.recorded && self.random.bool();
        let from = if on_disk { "transcript" } else { "ring" };
        let answer = self.call(
            "search_output",
            json!({"session_id": session.name, "pattern": pattern, "from": from, "case_sensitive": true}),
        )?;
        let total = answer.data["total"].as_u64();
        let start = answer.data["start"].as_u64().context("no start")?;
        let expected = u64::from(start <= offset);
        // The first line of the ring may be the rest of one.
        ensure!(
            total == Some(expected) && !(on_disk && start > 0),
            "line {number} of {} at {offset} is found {total:?} times from {start} on in the {from}: {}",
            session.name,
            answer.text
        );
        if expected == 1 {
            let at = &answer.data["matches"][0]["offset"];
            ensure!(
                *at == json!(offset),
                "line {number} is found at {at}, it is at {offset}"
            );
        }
        Ok(())
    }

    /// Several sessions are told to print, and waited for together.
    fn wait_for_several(&mut self) -> Result<()> {
        let mut chosen = Vec::new();
        let mut others = Vec::new();
        for session in std::mem::take(&mut self.sessions) {
            if session.program == Program::Talker && chosen.len() < 4 {
                chosen.push(session);
            } else {
                others.push(session);
            }
        }
        self.sessions = others;
        let mut numbers = Vec::new();
        for session in &mut chosen {
            self.settle(session)?;
            let order = Order {
                number: self.number(),
                lines: self.random.u64(..200),
                then: Then::Wait,
            };
            self.order(session, &order)?;
            numbers.push(order.number.to_string());
        }
        if !chosen.is_empty() {
            let names: Vec<&str> = chosen.iter().map(|session| session.name.as_str()).collect();
            let wait = json!({"session_ids": names, "until": "all", "for": "match", "timeout": 45,
                              "pattern": format!(">({})\r?\n", numbers.join("|"))});
            let answer = self.call("wait_for_sessions", wait)?;
            ensure!(
                answer.data["timed_out"] == false,
                "a wait for several timed out: {}",
                answer.text
            );
        }
        self.sessions.append(&mut chosen);
        Ok(())
    }

    /// Every session is listed as it is, and no other.
    pub(super) fn check_list(&mut self) -> Result<()> {
        let list = self.call("list_sessions", json!({}))?;
        let listed = list.data["sessions"]
            .as_array()
            .cloned()
            .context("no list")?;
        let find = |name: &str| listed.iter().find(|facts| facts["name"] == name);
        for session in &self.sessions {
            self.current = Some(session.id.clone());
            let facts = find(&session.name);
            let facts = facts.with_context(|| format!("session {} is not listed", session.name))?;
            session
                .check_listed(facts)
                .with_context(|| format!("session {} is listed as {facts}", session.name))?;
        }
        self.current = None;
        let mut strays = Vec::new();
        for facts in &listed {
            let name = facts["name"].as_str().unwrap_or_default();
            let known = self.sessions.iter().any(|session| session.name == name);
            if known {
                continue;
            }
            if self.maybe.contains(name) {
                // One that has ended may go at any moment.
                if !matches!(facts["state"].as_str(), Some("exited" | "lost")) {
                    strays.push(name.to_owned());
                }
                continue;
            }
            let Some(past) = self.past.iter().find(|past| past.name == name) else {
                bail!("a session is listed that nobody started: {facts}");
            };
            let state = facts["state"].as_str().unwrap_or_default();
            ensure!(
                state == if past.lost { "lost" } else { "exited" },
                "session {name} has ended and is listed as {facts}"
            );
            ensure!(
                past.lost || past.at.elapsed() < LISTED_AFTER_END,
                "session {name} ended {:?} ago and is listed still",
                past.at.elapsed()
            );
        }
        self.past.retain(|past| find(&past.name).is_some());
        for name in strays {
            self.call(
                "terminate_process",
                json!({"session_id": name, "force": true}),
            )?;
        }
        Ok(())
    }
}
