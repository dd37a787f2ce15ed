//! The crate rexpect.

use std::process::Command;
use std::time::Duration;

use rexpect::ReadUntil;
use rexpect::error::Error;
use rexpect::reader::{Options, Regex};
use rexpect::session::{PtySession, spawn_with_options};

use crate::{Hit, PONG, Peer};

pub(crate) struct Rexpect;

fn start(program: Command, options: Options) -> PtySession {
    spawn_with_options(program, options).expect("the program starts")
}

impl Peer for Rexpect {
    fn stream(&self, patterns: &[String], program: Command) -> Option<Hit> {
        let mut session = start(program, Options::new());
        let (before, text) = match patterns {
            [one] => session.exp_regex(one),
            several => {
                let compiled = several
                    .iter()
                    .map(|pattern| ReadUntil::Regex(Regex::new(pattern).expect("a valid pattern")));
                session.exp_any(compiled.collect())
            }
        }
        .expect("a match");
        // It does not tell which pattern matched, so this looks it up. It makes a character of
        // every byte, so that characters count bytes.
        let pattern = patterns.iter().position(|pattern| {
            Regex::new(pattern)
                .expect("a valid pattern")
                .is_match(&text)
        })?;
        let start = before.chars().count();
        Some(Hit {
            pattern,
            start,
            end: start + text.chars().count(),
        })
    }

    fn conversation(&self) -> Box<dyn FnMut(&str)> {
        // It turns echo off after the fork, in the child: what is sent before that is echoed.
        let mut program = Command::new("sh");
        program.args(["-c", "echo ready; exec cat"]);
        let mut session = start(program, Options::new());
        session.exp_string("ready\r\n").expect("cat starts");
        Box::new(move |line| {
            session.send_line(line).expect("it is taken");
            let (_, text) = session.exp_regex(PONG).expect("an answer");
            assert!(text.strip_suffix("\r\n") == Some(line), "other answer");
        })
    }

    fn run(&self, program: Command) {
        let mut session = start(program, Options::new());
        session.exp_eof().expect("its output ends");
        session.process().wait().expect("it ends");
    }

    fn wait(&self, program: Command, timeout: Duration) {
        let options = Options::new().timeout_ms(Some(timeout.as_millis() as u64));
        let error = start(program, options)
            .exp_regex(PONG)
            .expect_err("nothing to find");
        assert!(matches!(error, Error::Timeout { .. }), "{error}");
    }
}
