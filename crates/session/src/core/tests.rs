//! The state machine under virtual time: what ends a wait, and what is read.

use std::time::Duration;

use proptest::prelude::*;
use rejoinder_pty::ExitStatus;

use super::*;
use crate::answer::ReturnedBy;
use crate::request::{PatternSpec, Pause, Wait};

mod waiting;

const READER: &str = "me";

/// A core with a clock that only moves when told to.
struct Bench {
    core: Core,
    now: Instant,
    next: u64,
}

impl Bench {
    fn new() -> Self {
        let now = Instant::now();
        Self {
            core: Core::new(1 << 16),
            now,
            next: 0,
        }
    }

    fn print(&mut self, text: &str) {
        self.core.output(text.as_bytes(), self.now);
        self.core.output_paused(self.now);
    }

    fn begin(&mut self, wait: Wait) -> Token {
        self.begin_with(wait, None)
    }

    fn begin_with(&mut self, wait: Wait, typed: Option<TypedInput>) -> Token {
        let token = Token(self.next);
        self.next += 1;
        let interact = Interact {
            input: None,
            wait: Some(wait),
            read: Some(Read::unread(READER)),
        };
        let checked = Checked::new(interact).unwrap();
        self.core.begin(token, checked, typed, self.now);
        token
    }

    /// Lets time pass, doing whatever falls due on the way.
    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(due) = self.core.poll_timeout().filter(|&due| due <= end) {
            assert!(due >= self.now, "a timer in the past would spin");
            self.now = due;
            if self.core.wants_look(self.now) {
                self.core.terminal(None, self.now);
            }
            self.core.handle_timeout(self.now);
        }
        self.now = end;
    }

    fn answer(&mut self) -> Option<Interacted> {
        self.core.poll_answer().map(|(_, answer)| answer.unwrap())
    }

    fn ended_by(&mut self) -> Option<ReturnedBy> {
        self.answer().and_then(|answer| answer.returned_by)
    }
}

fn wait() -> Wait {
    Wait {
        patterns: Vec::new(),
        take_match: true,
        from: SearchFrom::LastMatch,
        reader: READER.to_owned(),
        output: false,
        idle: None,
        waiting: false,
        timeout: Duration::from_secs(10),
    }
}

fn pattern(text: &str) -> Wait {
    Wait {
        patterns: vec![PatternSpec {
            text: text.to_owned(),
            literal: false,
            case_sensitive: true,
        }],
        ..wait()
    }
}

fn read_of(answer: &Interacted) -> String {
    let chunk = answer.output.as_ref().unwrap();
    String::from_utf8(chunk.bytes.to_vec()).unwrap()
}

#[test]
fn a_wait_ends_with_its_match_and_the_next_search_starts_behind_it() {
    let mut bench = Bench::new();
    bench.print("login: ");
    bench.begin(pattern("login: $"));
    assert_eq!(bench.ended_by(), Some(ReturnedBy::Match));
    bench.begin(pattern("login: $"));
    assert_eq!(bench.answer().map(|answer| answer.returned_by), None);
    bench.print("\r\nlogin: ");
    let answer = bench.answer().unwrap();
    assert_eq!(answer.matched.unwrap().start, Offset::new(9));
}

#[test]
fn a_match_that_was_only_looked_for_can_be_taken_later_but_not_what_is_before_it() {
    let mut bench = Bench::new();
    bench.print("old> new> ");
    bench.begin(Wait {
        take_match: false,
        ..pattern("new> $")
    });
    assert_eq!(bench.ended_by(), Some(ReturnedBy::Match));
    bench.begin(pattern("[a-z]+> "));
    assert_eq!(bench.answer().unwrap().matched.unwrap().text, "new> ");
}

#[test]
fn a_match_is_found_across_escape_sequences_and_told_in_bytes_of_output() {
    let mut bench = Bench::new();
    bench.begin(pattern("user@host"));
    bench.print("\x1b[1muser");
    bench.print("\x1b[0m@\x1b]0;title\x07host$ ");
    let matched = bench.answer().unwrap().matched.unwrap();
    assert_eq!(matched.text, "user@host");
    assert_eq!(matched.start, Offset::new(4));
}

#[test]
fn a_newline_in_a_pattern_is_the_end_of_a_line_as_terminals_print_it() {
    for (text, literal) in [("END\\n", false), ("END\\r\\n", false), ("END\n", true)] {
        let mut bench = Bench::new();
        bench.print("line END\r\nnext");
        let mut wait = pattern(text);
        wait.patterns[0].literal = literal;
        bench.begin(wait);
        assert_eq!(bench.ended_by(), Some(ReturnedBy::Match), "{text}");
    }
}

/// Promise: the carriage return with which a line editor ends stands in no pattern's way.
#[test]
fn a_carriage_return_at_the_start_of_a_line_is_nothing() {
    let mut bench = Bench::new();
    bench.begin(pattern(r"echo a\nout\n\$ $"));
    bench.print("$ echo a\r\n\x1b[?2004l\rout\r\n\x1b[?2004h$ ");
    assert_eq!(bench.ended_by(), Some(ReturnedBy::Match));
}

#[test]
fn the_echo_of_what_was_typed_is_no_match() {
    let mut bench = Bench::new();
    let typed = TypedInput {
        at: Offset::new(0),
        bytes: b"echo DONE\r".to_vec(),
        may_echo: true,
        typed: Typed {
            accepted: 10,
            of: 10,
            ..Typed::default()
        },
    };
    let wait = Wait {
        from: SearchFrom::Input,
        ..pattern("DONE")
    };
    bench.begin_with(wait, Some(typed));
    bench.print("echo DO");
    bench.print("NE\r\n");
    assert!(bench.answer().is_none());
    bench.print("DONE\r\n");
    assert_eq!(
        bench.answer().unwrap().matched.unwrap().start,
        Offset::new(11)
    );
}

#[test]
fn an_echo_behind_a_prompt_that_was_on_its_way_is_no_match_either() {
    let mut bench = Bench::new();
    let typed = TypedInput {
        at: Offset::new(0),
        bytes: b"expr 6 '*' 7\r".to_vec(),
        may_echo: true,
        typed: Typed {
            accepted: 13,
            of: 13,
            ..Typed::default()
        },
    };
    let wait = Wait {
        from: SearchFrom::Input,
        ..pattern("[0-9]+\n")
    };
    bench.begin_with(wait, Some(typed));
    bench.print("$ expr 6 '*' 7\r\n");
    assert!(bench.answer().is_none());
    bench.print("42\r\n$ ");
    assert_eq!(bench.answer().unwrap().matched.unwrap().text, "42\n");
}

#[test]
fn where_nothing_echoes_the_answer_may_look_like_the_input() {
    let mut bench = Bench::new();
    let typed = TypedInput {
        at: Offset::new(0),
        bytes: b"hello\n".to_vec(),
        may_echo: false,
        typed: Typed {
            accepted: 6,
            of: 6,
            ..Typed::default()
        },
    };
    let wait = Wait {
        from: SearchFrom::Input,
        ..pattern("hello")
    };
    bench.begin_with(wait, Some(typed));
    bench.print("hello\n");
    assert_eq!(bench.ended_by(), Some(ReturnedBy::Match));
}

#[test]
fn a_timeout_is_an_answer_with_what_there_is() {
    let mut bench = Bench::new();
    bench.begin(pattern("never"));
    bench.print("partial");
    bench.pass(Duration::from_millis(9_999));
    assert!(bench.answer().is_none());
    bench.pass(Duration::from_millis(1));
    let answer = bench.answer().unwrap();
    assert_eq!(answer.returned_by, Some(ReturnedBy::Timeout));
    assert_eq!(read_of(&answer), "partial");
}

#[test]
fn a_pause_counts_from_the_last_output_and_only_once_there_was_some() {
    let mut bench = Bench::new();
    bench.begin(Wait {
        idle: Some(Pause::AfterOutput(Duration::from_millis(150))),
        ..wait()
    });
    bench.pass(Duration::from_secs(2));
    assert!(bench.answer().is_none());
    bench.print("a");
    bench.pass(Duration::from_millis(100));
    bench.print("b");
    bench.pass(Duration::from_millis(149));
    assert!(bench.answer().is_none());
    bench.pass(Duration::from_millis(1));
    let answer = bench.answer().unwrap();
    assert_eq!(answer.returned_by, Some(ReturnedBy::Idle));
    assert_eq!(read_of(&answer), "ab");
}

#[test]
fn quiet_counts_from_the_start_of_the_wait_when_nothing_comes() {
    let mut bench = Bench::new();
    bench.print("old");
    bench.pass(Duration::from_secs(60));
    bench.begin(Wait {
        idle: Some(Pause::Quiet(Duration::from_millis(150))),
        ..wait()
    });
    bench.pass(Duration::from_millis(149));
    assert!(bench.answer().is_none());
    bench.pass(Duration::from_millis(1));
    assert_eq!(bench.ended_by(), Some(ReturnedBy::Idle));
}

#[test]
fn the_programs_end_ends_every_wait_but_a_match_in_its_last_words_counts() {
    let mut bench = Bench::new();
    bench.begin(pattern("bye$"));
    bench.begin(pattern("never"));
    bench.core.output(b"bye", bench.now);
    bench.core.exited(ExitStatus::Code(3), bench.now);
    let mut ended = [bench.ended_by(), bench.ended_by()];
    ended.sort_by_key(|by| *by == Some(ReturnedBy::Exit));
    assert_eq!(ended, [Some(ReturnedBy::Match), Some(ReturnedBy::Exit)]);
}

#[test]
fn a_forgotten_wait_is_not_answered() {
    let mut bench = Bench::new();
    let token = bench.begin(pattern("x"));
    bench.core.forget(token);
    bench.print("x");
    assert!(bench.answer().is_none());
    assert_eq!(bench.core.poll_timeout(), None);
}

#[test]
fn a_reader_that_fell_behind_is_told_what_it_lost() {
    let mut bench = Bench::new();
    for _ in 0..100 {
        bench.print(&"x".repeat(4096));
    }
    bench.begin(Wait {
        output: true,
        ..wait()
    });
    let chunk = bench.answer().unwrap().output.unwrap();
    assert_eq!(chunk.dropped + chunk.bytes.len() as u64, 409_600);
    assert!(chunk.dropped > 0 && chunk.bytes.len() >= 1 << 16);
}

#[test]
fn half_an_escape_sequence_waits_for_its_other_half() {
    let mut bench = Bench::new();
    bench.print("green\x1b[3");
    bench.begin(Wait {
        output: true,
        ..wait()
    });
    assert_eq!(read_of(&bench.answer().unwrap()), "green");
    bench.print("2m!");
    bench.begin(Wait {
        output: true,
        ..wait()
    });
    assert_eq!(read_of(&bench.answer().unwrap()), "\x1b[32m!");
}

#[test]
fn a_bad_pattern_is_an_error_that_names_it() {
    let interact = Interact {
        input: None,
        wait: Some(pattern("(")),
        read: None,
    };
    let error = Checked::new(interact).unwrap_err();
    assert_eq!(error.kind(), crate::ErrorKind::BadPattern);
}

proptest! {
    /// Lines read a few at a time are all the lines there are, whatever the chunks.
    #[test]
    fn reading_by_lines_loses_nothing(
        lines in prop::collection::vec("[a-z]{0,20}", 1..40),
        at_once in 1_usize..7,
        cuts in prop::collection::vec(1_usize..30, 1..10),
    ) {
        let text: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
        let mut bench = Bench::new();
        let mut rest = text.as_str();
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (now, later) = rest.split_at((*cut).min(rest.len()));
            bench.print(now);
            rest = later;
        }
        let mut read = String::new();
        loop {
            let interact = Interact {
                input: None,
                wait: None,
                read: Some(Read { max_lines: at_once, ..Read::unread(READER) }),
            };
            let checked = Checked::new(interact).unwrap();
            bench.core.begin(Token(1), checked, None, bench.now);
            let chunk = bench.answer().unwrap().output.unwrap();
            if chunk.bytes.is_empty() {
                break;
            }
            prop_assert!(chunk.bytes.iter().filter(|&&b| b == b'\n').count() <= at_once);
            prop_assert_eq!(chunk.end.get() + chunk.more, text.len() as u64);
            read.push_str(std::str::from_utf8(&chunk.bytes).unwrap());
        }
        prop_assert_eq!(read, text);
    }
}
