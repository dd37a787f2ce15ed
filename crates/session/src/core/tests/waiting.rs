//! Waits for a program that waits itself.

use super::*;
use crate::waiting::{LineModes, Reader, STALE, Sighting};

/// What a look at a program shows that is inside a read of its terminal.
fn reading() -> Look {
    Look {
        sighting: Sighting {
            modes: Some(LineModes {
                canonical: true,
                echo: true,
                icrnl: true,
            }),
            reader: Some(Reader {
                name: "dash".to_owned(),
                in_read: true,
                tick: None,
                has_other_sources: false,
            }),
            ..Sighting::default()
        },
        input_taken: Some(true),
        cost: Duration::ZERO,
    }
}

fn for_waiting() -> Wait {
    Wait {
        waiting: true,
        ..wait()
    }
}

impl Bench {
    /// Lets time pass until a look is due, and gives it this to see.
    fn look(&mut self, look: &Look) {
        self.now = self.core.poll_timeout().expect("something is due");
        assert!(self.core.wants_look(self.now));
        self.core.terminal(Some(look), self.now);
    }
}

#[test]
fn a_program_that_waits_ends_the_wait_when_it_was_seen_twice() {
    let mut bench = Bench::new();
    bench.print("$ ");
    bench.begin(for_waiting());
    bench.look(&reading());
    assert!(bench.answer().is_none(), "seen once");
    bench.look(&reading());
    let answer = bench.answer().unwrap();
    assert_eq!(answer.returned_by, Some(ReturnedBy::Waiting));
    assert_eq!(answer.status.state.name(), "waiting:line");
    assert_eq!(answer.status.hint.unwrap().to_string(), "shell:dash");
    bench.print("more");
    assert_eq!(bench.core.status().state, State::Running);
    assert_eq!(bench.core.status().hint, None);
}

#[test]
fn output_between_two_looks_begins_anew() {
    let mut bench = Bench::new();
    bench.begin(for_waiting());
    bench.print("a");
    for _ in 0..20 {
        bench.look(&reading());
        bench.print("b");
    }
    assert!(bench.answer().is_none());
}

#[test]
fn a_program_that_has_not_read_its_input_does_not_wait() {
    let mut bench = Bench::new();
    bench.print("$ ");
    bench.core.typing(bench.now);
    bench.begin(for_waiting());
    let unread = Look {
        input_taken: Some(false),
        ..reading()
    };
    for _ in 0..10 {
        bench.look(&unread);
    }
    assert!(bench.answer().is_none());
    bench.look(&reading());
    bench.look(&reading());
    assert_eq!(bench.ended_by(), Some(ReturnedBy::Waiting));
}

#[test]
fn where_nobody_knows_of_the_input_an_answer_or_time_has_to_show_it() {
    let unknown = Look {
        input_taken: None,
        ..reading()
    };
    let mut bench = Bench::new();
    bench.core.typing(bench.now);
    let typed = bench.now;
    bench.begin(for_waiting());
    while bench.answer().is_none() {
        bench.look(&unknown);
    }
    assert!(bench.now >= typed + STALE);
    bench.core.typing(bench.now);
    bench.print("answer");
    bench.begin(for_waiting());
    bench.look(&unknown);
    bench.look(&unknown);
    assert_eq!(bench.ended_by(), Some(ReturnedBy::Waiting));
}

#[test]
fn nothing_is_looked_at_while_nobody_wants_to_know() {
    let mut bench = Bench::new();
    bench.print("$ ");
    bench.core.typing(bench.now);
    assert_eq!(bench.core.poll_timeout(), None);
    bench.begin(pattern("never"));
    assert_eq!(
        bench.core.poll_timeout(),
        Some(bench.now + Duration::from_secs(10))
    );
}
