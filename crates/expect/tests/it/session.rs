//! Sessions with real programs. Each dialogue is held twice, blocking and async: `w!` is a call
//! in the one form and an awaited one in the other.

use rejoinder_expect::pty::{Command, Signal};
use rejoinder_expect::{
    AsyncSession, Commit, ErrorKind, Event, ExpectOptions, Key, Offset, Reply, Session,
    SessionOptions, TextFilter, regex,
};
use std::sync::mpsc;
use std::time::Duration;

/// Long enough for any program here on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn options() -> SessionOptions {
    SessionOptions {
        timeout: Some(PATIENCE),
        ..SessionOptions::default()
    }
}

pub(crate) fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", script])
        .env("TERM", "dumb")
        .env("PS1", "$ ");
    command
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

macro_rules! twins {
    ($(#[$doc:meta])* $name:ident, $command:expr, $options:expr, |$session:ident| $body:block) => {
        $(#[$doc])*
        mod $name {
            use super::*;

            #[test]
            fn blocking() {
                #[allow(unused_macros)]
                macro_rules! w { ($call:expr) => { $call } }
                let mut $session = Session::spawn_with(&$command, $options).expect("it starts");
                $body
            }

            #[test]
            fn on_tokio() {
                #[allow(unused_macros)]
                macro_rules! w { ($call:expr) => { $call.await } }
                runtime().block_on(async {
                    let mut $session =
                        AsyncSession::spawn_with(&$command, $options).expect("it starts");
                    $body
                });
            }
        }
    };
}

twins! {
    /// Guards: the everyday conversation, with groups and what came before.
    a_shell_answers, shell("exec sh -i"), options(), |s| {
        w!(s.expect("$ ")).expect("a prompt");
        w!(s.send_line("echo $((6 * 7)) apples")).expect("it reads");
        let found = w!(s.expect(regex(r"(?<count>\d+) (?<what>\w+)\r\n"))).expect("an answer");
        assert_eq!(found.named("count").as_deref(), Some("42"));
        assert_eq!(found.group(2).as_deref(), Some("apples"));
        assert_eq!(s.matched().as_deref(), Some("42 apples\r\n"));
        assert_eq!(s.captures().len(), 3);
        assert!(s.before().contains("echo"), "the echo came first: {:?}", s.before());
        w!(s.expect("$ ")).expect("a prompt");
        w!(s.send_line("exit 3")).expect("it reads");
        w!(s.expect_eof()).expect("it ends");
        assert_eq!(w!(s.wait()).expect("a status").code(), Some(3));
        assert!(s.has_ended());
    }
}

twins! {
    /// Guards: what a program printed is there however soon it has gone, and after the end a wait
    /// says so at once, again and again.
    last_words_are_kept, shell("echo last words"), options(), |s| {
        assert_eq!(w!(s.wait()).expect("a status").code(), Some(0));
        w!(s.expect("last")).expect("it was printed");
        let error = w!(s.expect("more")).expect_err("there is no more");
        assert_eq!(error.kind(), ErrorKind::Eof);
        assert_eq!(error.before().as_deref(), Some(" words\r\n"));
        assert_eq!(w!(s.expect_eof()).expect("it has ended").before(), " words\r\n");
    }
}

twins! {
    /// Guards: a timeout consumes nothing, and zero means "what is there".
    timeouts_consume_nothing, shell("echo one; read x; echo two; read x"), options(), |s| {
        let error = w!(s.expect_within(Duration::from_millis(1), "two")).expect_err("not yet");
        assert_eq!(error.kind(), ErrorKind::Timeout);
        w!(s.expect("one\r\n")).expect("still there");
        let soon = ExpectOptions::new().timeout(Duration::ZERO);
        let reply = w!(s.expect_with("two", soon)).expect("an answer");
        assert!(matches!(reply, Reply::Timeout(_)), "{reply:?}");
        w!(s.send_line("")).expect("it reads");
        w!(s.expect("two")).expect("now");
    }
}

twins! {
    /// Guards: the end and the timeout are answers, beside the patterns and in the order of list
    /// and place.
    answers_are_told_apart, shell("echo b a; read x"), options(), |s| {
        let first = w!(s.expect_any(["a", "b"])).expect("an answer");
        assert_eq!(first.pattern(), Some(1), "b came first");
        let second = w!(s.expect_any(["a", "b"])).expect("an answer");
        assert_eq!(second.pattern(), Some(0));
        let soon = ExpectOptions::new().timeout(Duration::from_millis(1));
        assert!(matches!(w!(s.expect_with("c", soon)), Ok(Reply::Timeout(_))));
        w!(s.send_line("")).expect("it reads");
        assert!(matches!(w!(s.expect_any(["c"])), Ok(Reply::Eof(_))));
    }
}

twins! {
    /// Guards: a pattern does not match the echo of what was sent, when asked not to.
    the_echo_is_left_out, shell("exec sh -i"), SessionOptions { skip_echo: true, ..options() }, |s| {
        w!(s.expect("$ ")).expect("a prompt");
        w!(s.send_line("x=ma; echo ${x}rk; echo end_mark")).expect("it reads");
        let found = w!(s.expect(regex(r"(end_)?mark"))).expect("an answer");
        assert_eq!(found.matched(), "mark");
        assert_eq!(found.before(), "");
    }
}

twins! {
    /// Guards: what a program with echo off prints is never taken for an echo.
    without_echo_nothing_is_left_out,
    shell("stty -echo; echo ready; read x; echo $x"),
    SessionOptions { skip_echo: true, ..options() }, |s| {
        w!(s.expect("ready\r\n")).expect("it is ready");
        w!(s.send_line("hello")).expect("it reads");
        w!(s.expect("hello")).expect("its answer");
    }
}

twins! {
    /// Guards: a line longer than the terminal's queue arrives whole.
    long_lines_arrive_whole, shell("stty -echo; echo ready; head -n 1 | wc -c"), options(), |s| {
        w!(s.expect("ready")).expect("it is ready");
        w!(s.send_line("x".repeat(100_000))).expect("it reads");
        w!(s.expect("100001")).expect("all of them");
    }
}

twins! {
    /// Guards: sending to a program that prints as much does not end in both waiting for each
    /// other.
    sending_reads_meanwhile, shell("stty raw -echo; echo ready; exec cat"), options(), |s| {
        w!(s.expect("ready\n")).expect("it is ready");
        let text = "0123456789abcde\n".repeat(64 * 1024);
        w!(s.send(&text)).expect("cat takes it all");
        w!(s.send("DONE")).expect("cat takes it");
        let found = w!(s.expect("DONE")).expect("cat gives it all back");
        assert_eq!(found.place().before_len(), text.len() as u64);
    }
}

twins! {
    /// Guards: output without end takes bounded memory, and the prompt behind it is found.
    floods_take_bounded_memory,
    shell("stty raw; head -c 30000000 /dev/zero | tr '\\0' x; printf 'DONE-42$ '; read x"),
    SessionOptions { window: 64 << 10, ..options() }, |s| {
        let found = w!(s.expect(regex(r"DONE-(\d+)\$ "))).expect("a prompt");
        assert_eq!(found.group(1).as_deref(), Some("42"));
        assert_eq!(found.place().before_len(), 30_000_000);
        assert!(found.before_bytes().len() >= 60_000, "the window's worth is there");
        assert!(s.ring().memory() <= 128 << 10);
        assert_eq!(s.ring().end() - s.ring().start() + s.ring().dropped(), s.ring().end().get());
    }
}

twins! {
    /// Guards: a daemon that keeps the terminal open does not keep a session from ending.
    a_daemon_does_not_keep_the_session, shell("sleep 600 & echo started"), options(), |s| {
        assert_eq!(w!(s.expect_eof()).expect("it ends").before(), "started\r\n");
        assert_eq!(w!(s.wait()).expect("a status").code(), Some(0));
    }
}

twins! {
    /// Guards: a closed terminal is not the end; it may be opened again.
    a_closed_terminal_may_be_opened_again,
    shell("t=$(tty); echo one; exec <&- >&- 2>&-; : $(ls /); echo two > $t"), options(), |s| {
        w!(s.expect("one")).expect("before it closes");
        w!(s.expect("two")).expect("after it opens again");
        w!(s.expect_eof()).expect("it ends");
    }
}

twins! {
    /// Guards: passwords stay out of the transcript, everything else is in it.
    secrets_stay_out_of_the_transcript,
    shell("stty -echo; printf 'password: '; read p; stty echo; echo \"got ${#p}\""), options(),
    |s| {
        let (log, events) = mpsc::channel();
        s.on_transcript(move |event| {
            let line = match event {
                Event::Output(at, bytes) => format!("{at}<{}", String::from_utf8_lossy(bytes)),
                Event::Input(bytes) => format!(">{}", String::from_utf8_lossy(bytes)),
                Event::Secret(len) => format!(">secret of {len}"),
                _ => String::new(),
            };
            let _ = log.send(line);
        });
        w!(s.expect("password: ")).expect("it asks");
        w!(s.send_secret("hunter2")).expect("it reads");
        w!(s.expect("got 7")).expect("it counts");
        let log = events.try_iter().collect::<Vec<_>>().join("|");
        assert!(log.contains("0<password: "), "{log}");
        assert!(log.contains(">secret of 8"), "{log}");
        assert!(!log.contains("hunter2"), "{log}");
    }
}

twins! {
    /// Guards: keys, control characters, signals and the window's size reach the program.
    keys_signals_and_sizes_arrive, {
        let mut python = Command::new("python3");
        python.args(["-c", SIGNAL_TELLER]);
        python
    }, options(), |s| {
        w!(s.expect("ready\r\n")).expect("it is ready");
        w!(s.send_control('c')).expect("it reads");
        w!(s.expect("int\r\n")).expect("Control-C interrupts");
        w!(s.send_keys([Key::Char('o'), Key::Char('k'), Key::Backspace, Key::Enter])).expect("it reads");
        w!(s.expect("<o>")).expect("Backspace rubs out, Enter ends the line");
        s.resize(40, 100).expect("a size");
        w!(s.expect("40 100")).expect("the new size");
        s.signal(Signal::INT).expect("a signal");
        w!(s.expect("int\r\n")).expect("the signal");
        assert_eq!(w!(s.send_control('1')).expect_err("no such key").kind(), ErrorKind::Key);
        w!(s.send_control('d')).expect("it reads");
        w!(s.expect_eof()).expect("the end of input ends it");
    }
}

twins! {
    /// Guards: a wait that is to see no further back than so far does not, and what was passed
    /// over is not found later.
    looking_back_can_be_bounded, shell("echo prompt; echo prompt; echo end; read x"), options(), |s| {
        w!(s.expect_with("end", ExpectOptions::new())).expect("an answer");
        let none = ExpectOptions::new().timeout(Duration::ZERO);
        w!(s.expect_with("prompt", none)).expect("an answer");
        assert!(s.matched().is_none(), "behind the last match");
        w!(s.send_line("")).expect("it reads");
        w!(s.expect_eof()).expect("it ends");
        let near = ExpectOptions::new().lookback(2);
        let reply = w!(s.expect_with(regex("."), near)).expect("an answer");
        assert_eq!(reply.pattern(), Some(0));
        assert_eq!(s.matched().as_deref(), Some("\r"), "{reply:?}");
    }
}

/// Takes out what stands between ESC and a letter, and carriage returns.
#[derive(Default)]
struct NoSequences {
    inside: bool,
}

impl TextFilter for NoSequences {
    fn feed(&mut self, at: Offset, raw: &[u8], emit: &mut dyn FnMut(Offset, &[u8])) {
        for (index, byte) in raw.iter().enumerate() {
            match byte {
                0x1b => self.inside = true,
                _ if self.inside => self.inside = !byte.is_ascii_alphabetic(),
                b'\r' => {}
                _ => emit(at + index as u64, &raw[index..=index]),
            }
        }
    }
}

twins! {
    /// Guards: text is matched across escape sequences, its groups and what came before are text,
    /// and its place is in the stream; also when the filter comes after some output.
    text_is_matched_across_sequences,
    shell(r"printf 'one \033[1mtwo\033[0m\n'; read x; printf 'th\033[3mree=\033[4m%s\033[0m$ ' 42; read x"),
    options(), |s| {
        w!(s.expect("one")).expect("raw so far");
        s.set_text_filter(NoSequences::default());
        let found = w!(s.expect("two\n")).expect("in the text");
        assert_eq!((&*found.before(), &*found.matched()), (" ", "two\n"));
        assert_eq!((found.place().start().get(), found.place().len()), (8, 9));
        w!(s.send_line("")).expect("it reads");
        let found = w!(s.expect(regex(r"(\w+)=(?<value>\d+)\$ "))).expect("in the text");
        assert_eq!(found.group(1).as_deref(), Some("three"));
        assert_eq!(found.named("value").as_deref(), Some("42"));
        let soon = ExpectOptions::new().timeout(Duration::ZERO);
        let reply = w!(s.expect_with("more", soon)).expect("an answer");
        assert_eq!(reply.before(), "");
        w!(s.send_line("")).expect("it reads");
        w!(s.expect_eof()).expect("it ends");
    }
}

twins! {
    /// Guards: a match that grows is taken when it has stopped growing.
    settled_matches_are_whole, shell("printf 12; printf 34; echo; read x"), options(), |s| {
        let settle = Commit::Settle(Duration::from_millis(1));
        let found = w!(s.expect_with(regex(r"\d+\s"), ExpectOptions::new().commit(settle)));
        assert_eq!(found.expect("an answer").before(), "");
        assert_eq!(s.matched().as_deref(), Some("1234\r"));
    }
}

twins! {
    /// Guards: Python's REPL can be talked to.
    python_answers, {
        let mut python = Command::new("python3");
        python.args(["-q", "-i", "-c", "import sys"]).env("TERM", "dumb").env("PYTHON_BASIC_REPL", "1");
        python
    }, options(), |s| {
        w!(s.expect(">>> ")).expect("a prompt");
        w!(s.send_line("sum(range(10))")).expect("it reads");
        assert_eq!(w!(s.expect(regex(r"\n(\d+)\r\n"))).expect("a sum").group(1).as_deref(), Some("45"));
        w!(s.expect(">>> ")).expect("a prompt");
        w!(s.send_line("import getpass; getpass.getpass('word: ')")).expect("it reads");
        w!(s.expect("\r\nword: ")).expect("it asks");
        w!(s.send_secret("abc")).expect("it reads");
        w!(s.expect("'abc'")).expect("it tells");
    }
}

/// Tells every signal and line it gets.
const SIGNAL_TELLER: &str = r#"
import os, signal, sys
def winch(*_):
    size = os.get_terminal_size(0)
    print(size.lines, size.columns, flush=True)
signal.signal(signal.SIGWINCH, winch)
signal.signal(signal.SIGINT, lambda *_: print("int", flush=True))
print("ready", flush=True)
for line in sys.stdin:
    print("<" + line.strip() + ">", flush=True)
"#;

/// Guards: what cannot be started is an error that says what.
#[test]
fn programs_that_cannot_be_started_say_why() {
    let kind_and_text = |line: &str| {
        let error = Session::spawn(line).expect_err("it cannot start");
        (error.kind(), error.to_string())
    };
    let (kind, text) = kind_and_text("no-such-program-anywhere --help");
    assert_eq!(kind, ErrorKind::Spawn);
    assert!(text.contains("no-such-program-anywhere"), "{text}");
    assert_eq!(kind_and_text("").0, ErrorKind::Spawn);
    assert_eq!(kind_and_text("echo 'open").0, ErrorKind::Spawn);
}

/// Guards: a pattern that is not valid, or too large, is an error and the session goes on.
#[test]
fn bad_patterns_leave_the_session_untouched() {
    let mut session = Session::spawn("echo fine").expect("it starts");
    assert_eq!(
        session.expect(regex("(")).expect_err("not valid").kind(),
        ErrorKind::Pattern
    );
    let large = regex(r"\pL{1000}{1000}");
    assert_eq!(
        session.expect(large).expect_err("too large").kind(),
        ErrorKind::Pattern
    );
    session.expect("fine").expect("untouched");
}

/// Guards: a program that does not read makes sending fail in time, and says how much was taken.
#[test]
fn input_that_is_not_taken_is_an_error_in_time() {
    let options = SessionOptions {
        timeout: Some(Duration::from_millis(50)),
        ..options()
    };
    let mut session = Session::spawn_with(&shell("stty raw -echo; echo ready; sleep 600"), options)
        .expect("it starts");
    session
        .expect_within(PATIENCE, "ready")
        .expect("it is ready");
    let error = session.send("x".repeat(1 << 20)).expect_err("nobody reads");
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.to_string().contains("of 1048576 bytes"), "{error}");
}
