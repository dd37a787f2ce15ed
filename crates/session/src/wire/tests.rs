//! Conversations that were recorded once are understood for good.

use std::time::{Duration, SystemTime};

use bytes::BytesMut;
use rejoinder_expect::Offset;
use rejoinder_pty::{ExitStatus, Signal, Winsize};
use rejoinder_screen::{
    Cell, Colour, Cursor, CursorShape, Palette, Row, Size, Snapshot, Style, Underline, Width,
};

use super::frame::{Frame, FrameReader};
use super::{FromHolder, Hello, ToHolder, WireScreen};
use crate::answer::{
    Answer, Chunk, Followed, Group, Interacted, Matched, ReturnedBy, SeenScreen, Typed,
};
use crate::error::{Error, ErrorKind};
use crate::lease::{Actor, InputRecord};
use crate::request::{
    Follow, Input, InputPart, Interact, PatternSpec, Pause, Read, Request, ScreenLook, SearchFrom,
    Seen, SignalTarget, Termination, Wait,
};
use crate::secret::{Secret, SecretBytes};
use crate::shell::{CommandEnd, Ran, RunEnd, RunRequest};
use crate::state::{ForegroundProcess, Identity, Info, Limits, Mode, State, Status, WaitingFor};
use crate::waiting::Hint;

/// What a client said (`>`) and a holder (`<`) in version 1: a direction, a frame in
/// hexadecimal digits, what it means. Lines are added, never changed.
const VERSION_1: &str = include_str!("../../../../tests/data/wire/v1.txt");

fn all_requests() -> Vec<Request> {
    let interact = Interact {
        input: Some(Input {
            parts: vec![
                InputPart::Text(b"ls \xff".to_vec()),
                InputPart::Paste("a\nb".to_owned()),
                InputPart::Key("C-M-Left".parse().unwrap()),
                InputPart::Enter,
            ],
            timeout: Duration::from_millis(5500),
            expect_state: Some("waiting:line".to_owned()),
            actor: Some(Actor::Person("ada".to_owned())),
        }),
        wait: Some(Wait {
            patterns: vec![PatternSpec {
                text: r"\$ $".to_owned(),
                literal: false,
                case_sensitive: true,
            }],
            take_match: true,
            from: SearchFrom::Offset(Offset::new(1 << 40)),
            reader: "reader".to_owned(),
            output: true,
            idle: Some(Pause::AfterOutput(Duration::from_millis(150))),
            waiting: true,
            timeout: Duration::from_secs(45),
        }),
        read: Some(Read {
            reader: "reader".to_owned(),
            since: Some(Offset::new(77)),
            max_lines: 10,
            searched: true,
            noted: None,
        }),
    };
    vec![
        Request::Interact(Box::new(interact)),
        Request::Interact(Box::default()),
        Request::Info {
            reader: "reader".to_owned(),
            counts: true,
        },
        Request::Resize(Winsize::new(50, 132).unwrap()),
        Request::Signal {
            signal: Signal::TERM,
            target: SignalTarget::Session,
        },
        Request::Terminate(Termination {
            force: false,
            grace: Duration::from_secs(5),
            orphans: true,
        }),
        Request::Close,
        Request::Journal,
        Request::Release(Actor::Agent("agent".to_owned())),
        Request::Screen(ScreenLook {
            scrollback: 3,
            since: Some(7),
        }),
        Request::Run(RunRequest {
            command: "make\nmake test".to_owned(),
            timeout: Duration::from_secs(30),
            reader: "reader".to_owned(),
        }),
        Request::Follow(Follow {
            seen: Some(seen()),
            state: true,
            timeout: Duration::from_secs(600),
        }),
        Request::Follow(Follow {
            seen: None,
            state: false,
            timeout: Duration::from_millis(1500),
        }),
    ]
}

fn seen() -> Seen {
    Seen {
        end: Offset::new(4096),
        facts: 1 << 40,
    }
}

/// A request with a secret, under the number 80.
fn secret_request() -> Request {
    let secret = Secret {
        name: "db".to_owned(),
        value: SecretBytes::new(b"hunter2".to_vec().into()),
        prompts: vec!["^Token: $".to_owned()],
        programs: vec!["mysql*".to_owned()],
    };
    Request::Interact(Box::new(Interact {
        input: Some(Input {
            parts: vec![InputPart::Secret(Box::new(secret))],
            timeout: Duration::from_secs(5),
            expect_state: None,
            actor: None,
        }),
        ..Interact::default()
    }))
}

fn status(state: State) -> Status {
    Status {
        state,
        end: Offset::new(4096),
        oldest: Offset::new(96),
        hint: None,
    }
}

/// Of a program that waits, with what it seems to be.
fn hinted(state: State, hint: Hint) -> Status {
    Status {
        hint: Some(hint),
        ..status(state)
    }
}

fn all_answers() -> Vec<Result<Answer, Error>> {
    let interacted = Interacted {
        typed: Some(Typed {
            accepted: 5,
            of: 6,
            quoted: 1,
            left_out: 2,
        }),
        returned_by: Some(ReturnedBy::Match),
        matched: Some(Matched {
            index: 1,
            start: Offset::new(100),
            end: Offset::new(103),
            text: "a=1".to_owned(),
            groups: vec![Group {
                name: Some("value".to_owned()),
                text: None,
            }],
        }),
        output: Some(Chunk {
            start: Offset::new(96),
            end: Offset::new(103),
            bytes: b"\x1b[ma=1\xff".to_vec().into(),
            dropped: 96,
            more: 3993,
        }),
        status: status(State::Waiting(WaitingFor::Password)),
        ended: None,
    };
    let info = Info {
        identity: Identity {
            id: "0123456789abcdefghjkmnpqrs".parse().unwrap(),
            name: "bash-2".to_owned(),
            owner: "local".to_owned(),
            command: "bash".to_owned(),
            args: vec!["--norc".to_owned()],
            mode: Mode::Pty,
            pid: 4321,
            created_at: SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000),
            env_names: vec!["PS1".to_owned()],
        },
        status: status(State::Exited(ExitStatus::Signal {
            signal: Signal::KILL,
            core_dumped: false,
        })),
        last_activity: SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_001),
        idle_s: 0.5,
        unread_bytes: 12,
        title: Some("title".to_owned()),
        size: Some(Winsize::new(24, 80).unwrap()),
        cwd: Some("/tmp".to_owned()),
        foreground: Some(ForegroundProcess {
            pid: 4322,
            name: "vim".to_owned(),
        }),
        limits: Limits::default(),
        transcript: None,
        human_in_control: true,
    };
    let ended = CommandEnd {
        command: "sleep 60".to_owned(),
        exit_code: Some(130),
        cwd: Some("/tmp".to_owned()),
        duration: Duration::from_millis(2500),
    };
    let chunk = Chunk {
        start: Offset::new(96),
        end: Offset::new(103),
        bytes: b"ok\r\n".to_vec().into(),
        dropped: 0,
        more: 0,
    };
    let ran = Ran {
        end: RunEnd::Ended,
        exit_code: Some(2),
        cwd: Some("/usr".to_owned()),
        duration: Duration::from_millis(1500),
        output: chunk,
        status: status(State::Prompt),
        before: Some(ended.clone()),
    };
    let told = Interacted {
        typed: None,
        returned_by: Some(ReturnedBy::Waiting),
        matched: None,
        output: None,
        status: status(State::Prompt),
        ended: Some(ended),
    };
    let failed = Error::new(ErrorKind::Spawn, "cannot start", "look")
        .with_spawn_kind(rejoinder_pty::ErrorKind::NotFound);
    vec![
        Ok(Answer::Interacted(Box::new(interacted))),
        Ok(Answer::Info(Box::new(info))),
        Ok(Answer::Done(status(State::Exited(ExitStatus::Code(3))))),
        Ok(Answer::Done(status(State::Lost))),
        Ok(Answer::Journal(vec![InputRecord {
            at: SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_002),
            actor: Actor::Person("ada".to_owned()),
            bytes: 12,
        }])),
        Err(failed),
        Ok(Answer::Screen(Box::new(SeenScreen {
            screen: WireScreen::from(&screen()),
            changed: Some(vec![0, 1]),
            status: status(State::Running),
        }))),
        Ok(Answer::Done(hinted(
            State::Waiting(WaitingFor::Raw),
            Hint::Shell("bash".to_owned()),
        ))),
        Ok(Answer::Ran(Box::new(ran))),
        Ok(Answer::Interacted(Box::new(told))),
        Ok(Answer::Followed(Box::new(Followed {
            seen: seen(),
            status: status(State::Running),
        }))),
    ]
}

/// A screen with something of everything on it.
fn screen() -> Snapshot {
    let style = Style {
        foreground: Colour::Indexed(1),
        background: Colour::Rgb(1, 2, 3),
        underline_colour: Some(Colour::Default),
        bold: true,
        underline: Underline::Curly,
        ..Style::default()
    };
    let cell = |character, width, style| Cell {
        character,
        combining: None,
        width,
        style,
        link: None,
    };
    let row = Row {
        cells: vec![
            Cell {
                combining: Some("\u{301}".into()),
                link: Some("https://example.org".into()),
                ..cell('e', Width::Single, style)
            },
            cell('世', Width::Double, style),
            cell(' ', Width::Continuation, style),
            cell(' ', Width::Single, Style::default()),
        ],
        wrapped: true,
    };
    Snapshot {
        version: 8,
        offset: 4096,
        size: Size { rows: 1, cols: 4 },
        scrollback: vec![row.clone()],
        rows: vec![row],
        cursor: Cursor {
            row: 0,
            col: 3,
            visible: true,
            shape: CursorShape::Bar,
        },
        title: Some("title".to_owned()),
        alternate: true,
        reverse: false,
        palette: Palette {
            indexed: vec![(1, (255, 0, 0))],
            foreground: Some((1, 2, 3)),
            ..Palette::default()
        },
    }
}

/// Promise: a hint that this version does not know is none, and what it came
/// with is understood.
#[test]
fn a_hint_of_a_later_version_is_none() {
    let known = minicbor::to_vec(hinted(State::Running, Hint::Pager)).unwrap();
    let name = known
        .windows(5)
        .position(|bytes| bytes == b"pager")
        .unwrap();
    let mut later = known;
    later[name..name + 5].copy_from_slice(b"oracl");
    let read: Status = minicbor::decode(&later).unwrap();
    assert_eq!(read, status(State::Running));
}

/// Every kind of message there is, as frames with their meaning.
fn spoken() -> Vec<(char, Vec<u8>)> {
    let mut said = Vec::new();
    let mut say = |by: char, write: &dyn Fn(&mut BytesMut)| {
        let mut out = BytesMut::new();
        write(&mut out);
        said.push((by, out.to_vec()));
    };
    let hello = Hello {
        version: 1,
        program: "rejoinder 0.1.0".to_owned(),
    };
    say('>', &|out| hello.write(out));
    say('<', &|out| hello.write(out));
    for (token, request) in (0..).zip(all_requests()) {
        say('>', &|out| ToHolder::write_ask(token, &request, out));
    }
    say('>', &|out| ToHolder::write_forget(1, out));
    for (token, answer) in (0..).zip(all_answers()) {
        say('<', &|out| FromHolder::write_answer(token, &answer, out));
    }
    say('>', &|out| ToHolder::write_ask(80, &secret_request(), out));
    let denied = Err(Error::new(ErrorKind::PolicyDenied, "not here", "wait"));
    say('<', &|out| FromHolder::write_answer(80, &denied, out));
    said
}

fn frame(bytes: &[u8]) -> Frame {
    let mut reader = FrameReader::default();
    reader.buffer().extend_from_slice(bytes);
    reader.next().unwrap().expect("the frame is whole")
}

fn meaning(by: char, bytes: &[u8]) -> String {
    let frame = frame(bytes);
    let message = match by {
        '>' => format!(
            "{:?}",
            ToHolder::read(&frame).unwrap().expect("it is known")
        ),
        _ => format!(
            "{:?}",
            FromHolder::read(&frame).unwrap().expect("it is known")
        ),
    };
    message.replace('\n', " ")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// The words of `old` are among those of `new`, in the same order: fields that
/// came later may stand between them.
fn says_the_same(old: &str, new: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_alphanumeric() && c != '_')
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let new = words(new);
    let mut rest = new.iter();
    words(old)
        .iter()
        .all(|word| rest.any(|other| other == word))
}

/// Promise: what version 1 said is understood, whatever has been added since.
#[test]
fn version_1_is_understood() {
    let mut lines = VERSION_1.lines();
    let mut count = 0;
    while let Some(line) = lines.next() {
        let (by, digits) = line.split_once(' ').unwrap();
        let by = by.chars().next().unwrap();
        let old = lines.next().expect("a frame is followed by its meaning");
        let new = meaning(by, &unhex(digits));
        assert!(says_the_same(old, &new), "{old}\n is now\n{new}");
        count += 1;
    }
    assert!(count >= spoken().len(), "every kind of message is recorded");
}

/// Promise: what this version says is understood by it, and by version 1 as far
/// as that knew of it: no field has moved.
#[test]
fn nothing_has_moved_since_version_1() {
    let recorded: Vec<&str> = VERSION_1
        .lines()
        .filter(|line| line.starts_with(['<', '>']))
        .collect();
    for (by, bytes) in spoken() {
        let line = format!("{by} {}", hex(&bytes));
        let meant = meaning(by, &bytes);
        assert!(
            recorded.contains(&line.as_str()),
            "not as it was recorded; where something was added, add these lines:\n{line}\n  {meant}"
        );
    }
}

/// Promise: a request of a later version is answered as unknown, under its number.
#[test]
fn an_unknown_request_has_a_number() {
    let mut out = BytesMut::new();
    let body = minicbor::to_vec((7_u64, (99_u32, "later"))).unwrap();
    Frame::write(2, &body, &mut out);
    let message = ToHolder::read(&frame(&out)).unwrap();
    assert!(matches!(message, Some(ToHolder::Unknown(7))), "{message:?}");
    let mut out = BytesMut::new();
    Frame::write(200, b"later", &mut out);
    assert!(ToHolder::read(&frame(&out)).unwrap().is_none());
    assert!(FromHolder::read(&frame(&out)).unwrap().is_none());
}
