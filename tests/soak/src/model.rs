//! What has to hold of one session.

use std::collections::HashMap;

use anyhow::{Result, bail, ensure};
use serde_json::Value;

use crate::answer::{Answer, Shown, check_read, exit_of};
use crate::play::{Order, Part, Then};
use crate::stream::cooked;

/// The reader that a call without one reads as: the client's name.
pub(crate) const DEFAULT_READER: &str = "rejoinder-client";

/// What runs in a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Program {
    Talker,
    Brief,
    Raw,
    /// cat(1), the terminal's echo off: every line once.
    Cat,
    /// cat(1) with echo: every line twice.
    EchoedCat,
}

/// How far a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Life {
    /// Its program runs.
    Running,
    /// The program was told to end so, or does so by itself.
    Ending(u32),
    /// It was ended from outside: no further byte, by one of these signals or as it would have.
    Terminated,
    /// Its holder was killed.
    Lost,
}

/// A session as it has to be.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) program: Program,
    pub(crate) part: Part,
    pub(crate) pty: bool,
    pub(crate) recorded: bool,
    pub(crate) life: Life,
    /// All that the program prints for what it was told.
    pub(crate) stream: Vec<u8>,
    /// What it prints in addition if an order came through that was given as its server died.
    pub(crate) unsure: Option<(Vec<u8>, u64)>,
    /// The next line of the talker's own stream.
    pub(crate) next_line: u64,
    /// The highest offset known to be printed.
    pub(crate) seen: u64,
    /// The next byte of each reader.
    pub(crate) readers: HashMap<String, u64>,
}

impl Session {
    /// Whether all was seen that has to come.
    pub(crate) fn is_quiet(&self) -> bool {
        self.unsure.is_none() && self.seen == self.stream.len() as u64
    }

    /// Bytes as they come out of the terminal.
    pub(crate) fn printed(&self, bytes: &[u8]) -> Vec<u8> {
        if self.pty {
            cooked(bytes)
        } else {
            bytes.to_vec()
        }
    }

    /// An order was given and came through.
    pub(crate) fn ordered(&mut self, order: &Order) {
        let answer = self.printed(&order.answer(self.part.seed, self.next_line));
        self.stream.extend(answer);
        self.next_line += order.lines;
        if let Then::End(code) = order.then {
            self.life = Life::Ending(code);
        }
    }

    /// An order was given, and may or may not have come through.
    pub(crate) fn perhaps_ordered(&mut self, order: &Order) {
        let answer = self.printed(&order.answer(self.part.seed, self.next_line));
        self.unsure = Some((answer, self.next_line + order.lines));
    }

    /// Settles what was unsure.
    pub(crate) fn settle(&mut self, came_through: bool) {
        if let Some((answer, next_line)) = self.unsure.take()
            && came_through
        {
            self.stream.extend(answer);
            self.next_line = next_line;
        }
    }

    /// Where a reader stands.
    pub(crate) fn position(&self, reader: &str) -> u64 {
        self.readers.get(reader).copied().unwrap_or_default()
    }

    /// A read in format `raw`, from `since` or on from where the reader stood.
    pub(crate) fn read(
        &mut self,
        answer: &Answer,
        reader: &str,
        since: Option<u64>,
    ) -> Result<Shown> {
        let wanted = since.unwrap_or_else(|| self.position(reader));
        let shown = check_read(answer, wanted, &self.stream)?;
        ensure!(
            shown.pos + shown.more >= self.seen,
            "{} bytes were there before, {} now",
            self.seen,
            shown.pos + shown.more
        );
        ensure!(
            shown.dropped == 0 || since.is_none() || !self.recorded,
            "{} bytes after {wanted} are dropped though they are on disk",
            shown.dropped
        );
        self.seen = shown.pos + shown.more;
        let position = self.readers.entry(reader.to_owned()).or_default();
        *position = (*position).max(shown.pos);
        self.check_state(&answer.status)?;
        Ok(shown)
    }

    /// The state and the exit that an answer or a list tells.
    pub(crate) fn check_state(&self, facts: &Value) -> Result<()> {
        let state = facts["state"].as_str().unwrap_or_default();
        let exit = exit_of(facts);
        let ok = match self.life {
            Life::Running => !matches!(state, "exited" | "lost"),
            Life::Ending(code) => state != "lost" && exit.is_none_or(|exit| exit == code),
            Life::Terminated => state == "exited" || state == "lost",
            Life::Lost => state == "lost",
        };
        if !ok {
            bail!(
                "{:?}, but the state is {state}, the exit {exit:?}",
                self.life
            );
        }
        Ok(())
    }

    /// What the list tells of it.
    pub(crate) fn check_listed(&self, facts: &Value) -> Result<()> {
        self.check_state(facts)?;
        let listed = |key: &str| facts[key].as_str().unwrap_or_default().to_owned();
        ensure!(
            listed("session_id") == self.id,
            "the id is {}",
            listed("session_id")
        );
        let unread = facts["unread_bytes"].as_u64().unwrap_or(u64::MAX);
        let printed = self.seen.checked_sub(self.position(DEFAULT_READER));
        if self.life != Life::Lost && self.is_quiet() {
            ensure!(
                Some(unread) == printed,
                "{unread} bytes unread, it has to be {printed:?}"
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::play::{Kind, greeting};
    use serde_json::json;

    fn talker() -> Session {
        let part = Part {
            kind: Kind::Talker,
            seed: 3,
            lines: 0,
            code: 0,
        };
        let stream = cooked(greeting(3).as_bytes());
        Session {
            name: "t".to_owned(),
            id: "i".to_owned(),
            program: Program::Talker,
            part,
            pty: true,
            recorded: true,
            life: Life::Running,
            unsure: None,
            next_line: 0,
            seen: stream.len() as u64,
            stream,
            readers: HashMap::new(),
        }
    }

    fn order(then: Then) -> Order {
        Order {
            number: 1,
            lines: 2,
            then,
        }
    }

    /// What an order prints is expected, and so is the end that it asks for.
    #[test]
    fn orders_are_expected() {
        let mut session = talker();
        assert!(session.is_quiet());
        session.ordered(&order(Then::End(3)));
        assert!(!session.is_quiet());
        assert!(session.stream.ends_with(b">1\r\n"));
        assert!(
            session
                .check_state(&json!({"state": "exited", "exit_code": 3}))
                .is_ok()
        );
        assert!(
            session
                .check_state(&json!({"state": "exited", "exit_code": 4}))
                .is_err()
        );
        assert!(session.check_state(&json!({"state": "lost"})).is_err());
    }

    /// What may have come through counts once that is known.
    #[test]
    fn what_is_unsure_is_settled() {
        for came_through in [false, true] {
            let mut session = talker();
            let before = session.stream.len();
            session.perhaps_ordered(&order(Then::Wait));
            assert!(!session.is_quiet());
            session.settle(came_through);
            assert_eq!(session.stream.len() > before, came_through);
            assert_eq!(session.next_line, if came_through { 2 } else { 0 });
        }
    }

    /// Bytes that were there stay there, and a reader's position is its own.
    #[test]
    fn reads_move_readers() {
        let mut session = talker();
        let whole = String::from_utf8(session.stream.clone()).unwrap();
        let length = whole.len() as u64;
        let answer = |pos: u64, more: u64, dropped: u64, body: &str| Answer {
            text: format!("{body}[session=t state=running]"),
            status: json!({"state": "running", "pos": pos, "more_bytes": more,
                           "dropped_bytes": dropped, "truncated_bytes": 0}),
            ..Answer::default()
        };
        assert!(session.read(&answer(0, 3, 0, ""), "a", None).is_err());
        session
            .read(&answer(length, 0, 0, &whole), "a", None)
            .unwrap();
        session.read(&answer(0, length, 0, ""), "b", None).unwrap();
        assert_eq!((session.position("a"), session.position("b")), (length, 0));
        session.read(&answer(length, 0, 0, ""), "a", None).unwrap();
        let dropped = answer(length, 0, length, "");
        assert!(session.read(&dropped, "b", Some(0)).is_err());
        session.recorded = false;
        session.read(&dropped, "b", Some(0)).unwrap();
    }

    /// A list that miscounts what is unread is found out.
    #[test]
    fn unread_bytes_are_exact() {
        let session = talker();
        let facts =
            |unread: u64| json!({"session_id": "i", "state": "running", "unread_bytes": unread});
        assert!(session.check_listed(&facts(session.seen)).is_ok());
        assert!(session.check_listed(&facts(session.seen - 1)).is_err());
        assert!(
            session
                .check_listed(&json!({"session_id": "j", "state": "running"}))
                .is_err()
        );
    }
}
