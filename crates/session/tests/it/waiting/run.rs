//! Runs a row of the table: a real program, what is told of it, and what was
//! to be told.

use std::process::Command;
use std::time::Duration;

use rejoinder_session::{
    Format, Input, InputPart, Interact, Interacted, Launch, Mode, PatternSpec, Read, ReturnedBy,
    SearchFrom, Session, State, Status, Termination, Wait, WaitingFor, Winsize, render,
};

use super::servers::Servers;
use super::table::{Row, Then};

/// How long anything may take before it counts as stuck.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a program at work is watched.
const WATCHED: Duration = Duration::from_millis(600);

/// Who reads.
const ME: &str = "me";

/// A user without rights, whom every system has.
const NOBODY: &str = "setpriv --reuid=65534 --regid=65534 --clear-groups";

/// What was told after one step of a row.
#[derive(Debug)]
pub(crate) struct Told {
    /// The row and the step.
    pub(crate) of: String,
    pub(crate) expected: State,
    pub(crate) told: State,
    /// What else was not as it was to be.
    pub(crate) wrong: Option<String>,
}

impl Told {
    pub(crate) fn is_right(&self) -> bool {
        self.expected == self.told && self.wrong.is_none()
    }
}

/// Runs a row, steps that may be repeated `repeat` times.
pub(crate) async fn run(row: &Row, servers: &Servers, repeat: usize) -> Vec<Told> {
    let home = tempfile::Builder::new()
        .prefix("waiting-")
        .tempdir()
        .unwrap();
    // Programs that give up their rights have to come here, too.
    let everybody = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(home.path(), everybody).unwrap();
    let dir = home.path().to_str().unwrap();
    let is_root = nix::unistd::geteuid().is_root();
    let mut env: Vec<(String, String)> = [
        (
            "PATH",
            "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin",
        ),
        ("TERM", "xterm-256color"),
        ("LC_ALL", "C.UTF-8"),
        ("HISTFILE", "/dev/null"),
        ("HOME", dir),
        ("DIR", dir),
        ("AS", if is_root { NOBODY } else { "" }),
    ]
    .iter()
    .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
    .collect();
    env.extend(servers.environment());
    for (name, content) in &row.files {
        std::fs::write(home.path().join(name), content).unwrap();
    }
    for line in &row.prepare {
        let done = Command::new("sh")
            .args(["-ec", line])
            .env_clear()
            .envs(env.iter().cloned())
            .current_dir(home.path())
            .output()
            .unwrap();
        assert!(done.status.success(), "{}: {line}: {done:?}", row.name);
    }
    let mut launch = Launch::new(ME, "sh", &["-c", &row.start]);
    launch.env = env;
    launch.size = Winsize::new(24, 100).unwrap();
    launch.mode = if row.in_pipes { Mode::Pipe } else { Mode::Pty };
    launch.cwd = Some(home.path().to_owned());
    let session = Session::start(&launch).unwrap();

    let mut told = Vec::new();
    for (number, step) in row.steps.iter().enumerate() {
        let times = if step.again { repeat } else { 1 };
        for _ in 0..times {
            let input = step.input.as_ref().map(|bytes| Input {
                parts: vec![InputPart::Text(bytes.clone())],
                timeout: PATIENCE,
                expect_state: None,
                actor: None,
            });
            let of = format!("{} / {}, step {}", row.section, row.name, number + 1);
            let input = input.map(|input| typed_as_keys(input, row.in_pipes));
            let answer = match &step.then {
                Then::Works => interact(&session, input, wait(WATCHED)).await,
                Then::Waits { .. } => interact(&session, input, wait(PATIENCE)).await,
                Then::Shows(text) => {
                    let shows = Wait {
                        patterns: vec![PatternSpec {
                            text: text.clone(),
                            literal: true,
                            case_sensitive: true,
                        }],
                        waiting: false,
                        ..wait(PATIENCE)
                    };
                    let answer = interact(&session, input, shows).await;
                    assert_eq!(
                        answer.returned_by,
                        Some(ReturnedBy::Match),
                        "{of}: {:?}",
                        output(&answer)
                    );
                    continue;
                }
            };
            told.push(compare(of, &step.then, &answer));
        }
    }
    let force = Termination {
        force: true,
        ..Termination::default()
    };
    session.terminate(force).await.unwrap();
    told
}

/// A carriage return is the Enter key, and an interrupt the interrupt key: while
/// the terminal edits lines, control characters of a text would be quoted.
fn typed_as_keys(input: Input, in_pipes: bool) -> Input {
    if in_pipes {
        return input;
    }
    let [InputPart::Text(bytes)] = &input.parts[..] else {
        return input;
    };
    let mut parts = Vec::new();
    for &byte in bytes {
        let key = match byte {
            b'\r' => Some("Enter"),
            0x03 => Some("C-c"),
            0x04 => Some("C-d"),
            0x1b => Some("Escape"),
            _ => None,
        };
        match (key, parts.last_mut()) {
            (Some(key), _) => parts.push(InputPart::Key(key.parse().unwrap())),
            (None, Some(InputPart::Text(text))) => text.push(byte),
            (None, _) => parts.push(InputPart::Text(vec![byte])),
        }
    }
    Input { parts, ..input }
}

fn wait(timeout: Duration) -> Wait {
    Wait {
        patterns: Vec::new(),
        take_match: false,
        from: SearchFrom::LastMatch,
        reader: ME.to_owned(),
        output: false,
        idle: None,
        waiting: true,
        timeout,
    }
}

async fn interact(session: &Session, input: Option<Input>, wait: Wait) -> Interacted {
    let reads = wait.waiting;
    let interact = Interact {
        input,
        wait: Some(wait),
        read: reads.then(|| Read::unread(ME)),
    };
    session.interact(interact).await.unwrap()
}

fn output(answer: &Interacted) -> String {
    let chunk = answer.output.as_ref();
    chunk.map_or(String::new(), |chunk| render(&chunk.bytes, Format::Text))
}

fn compare(of: String, then: &Then, answer: &Interacted) -> Told {
    let Status { state, hint, .. } = &answer.status;
    let text = output(answer);
    let mut wrong = None;
    let expected = match then {
        Then::Waits {
            state: expected,
            hint: wanted,
            shows,
        } => {
            let hint = hint.as_ref().map(ToString::to_string);
            if hint != *wanted {
                wrong = Some(format!("hint {hint:?}, not {wanted:?}"));
            }
            if shows
                .as_ref()
                .is_some_and(|shows| !text.contains(&shows.replace('\r', "")))
            {
                wrong = Some(format!("{shows:?} is not in its output"));
            }
            *expected
        }
        _ => {
            if answer.returned_by != Some(ReturnedBy::Timeout) {
                wrong = Some(format!("returned by {:?}", answer.returned_by));
            }
            State::Running
        }
    };
    let wrong = match (wrong, *state == expected) {
        (None, true) => None,
        (wrong, _) => Some(format!("{}; output {text:?}", wrong.unwrap_or_default())),
    };
    Told {
        of,
        expected,
        told: *state,
        wrong,
    }
}

/// The states that are told apart, in the order of a table of them.
#[allow(dead_code, reason = "the bench prints them")]
pub(crate) const STATES: [State; 4] = [
    State::Running,
    State::Waiting(WaitingFor::Line),
    State::Waiting(WaitingFor::Password),
    State::Waiting(WaitingFor::Raw),
];
