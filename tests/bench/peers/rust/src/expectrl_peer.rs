//! The crate expectrl.

use std::process::Command;
use std::time::Duration;

use expectrl::process::Termios;
use expectrl::{Any, Captures, Eof, Error, Expect, Needle, Regex, Session};

use crate::{Hit, PONG, Peer};

pub(crate) struct Expectrl;

impl Peer for Expectrl {
    fn stream(&self, patterns: &[String], program: Command) -> Option<Hit> {
        let mut session = Session::spawn(program).expect("the program starts");
        session.set_expect_timeout(None);
        let found: Result<Captures, Error> = match patterns {
            [one] => session.expect(Regex(one.as_str())),
            several => {
                let needles = several
                    .iter()
                    .map(|pattern| Box::new(Regex(pattern.clone())) as Box<dyn Needle>);
                session.expect(Any::boxed(needles.collect()))
            }
        };
        let found = found.expect("a match");
        let text = found.get(0)?;
        // It does not tell which pattern matched, so this looks it up.
        let pattern = patterns.iter().position(|pattern| {
            let pattern = regex::bytes::Regex::new(pattern).expect("a valid pattern");
            pattern.is_match(text)
        })?;
        let start = found.before().len();
        Some(Hit {
            pattern,
            start,
            end: start + text.len(),
        })
    }

    fn conversation(&self) -> Box<dyn FnMut(&str)> {
        let mut session = Session::spawn(Command::new("cat")).expect("cat starts");
        session.set_echo(false).expect("echo is off");
        Box::new(move |line| {
            session.send_line(line).expect("it is taken");
            let found = session.expect(Regex(PONG)).expect("an answer");
            let text = found.get(0).expect("a match");
            assert!(
                text.strip_suffix(b"\r\n") == Some(line.as_bytes()),
                "other answer"
            );
        })
    }

    fn run(&self, program: Command) {
        let mut session = Session::spawn(program).expect("the program starts");
        session.expect(Eof).expect("its output ends");
        session.get_process().wait().expect("it ends");
    }

    fn wait(&self, program: Command, timeout: Duration) {
        let mut session = Session::spawn(program).expect("the program starts");
        session.set_expect_timeout(Some(timeout));
        let error = session.expect(Regex(PONG)).expect_err("nothing to find");
        assert!(matches!(error, Error::ExpectTimeout), "{error}");
    }
}
