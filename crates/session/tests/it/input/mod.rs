//! Typing into real programs, and the few words its tests are written in.

mod leases;
mod typing;

use std::time::Duration;

use rejoinder_session::{
    Actor, Error, Input, InputPart, Interact, Interacted, Key, Launch, Matched, Read, SearchFrom,
    Session, Termination, Typed, Wait,
};

/// How long anything may take before a test counts as stuck.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The reader of all tests.
pub(crate) const ME: &str = "me";

/// Starts a program with what it needs of the environment.
pub(crate) fn start(program: &str, args: &[&str]) -> Session {
    let mut launch = Launch::new(ME, program, args);
    launch.env = [
        "PATH=/usr/local/bin:/usr/bin:/bin",
        "TERM=xterm-256color",
        "LC_ALL=C.UTF-8",
        "PS1=ready> ",
        "HOME=/",
    ]
    .iter()
    .filter_map(|pair| pair.split_once('='))
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect();
    launch.size = rejoinder_session::Winsize::new(24, 200).unwrap();
    Session::start(&launch).unwrap()
}

/// Starts a Python program.
pub(crate) fn python(source: &str) -> Session {
    start("python3", &["-u", "-c", source])
}

/// Something to type, all of it or nothing within the patience of a test.
pub(crate) fn input(parts: Vec<InputPart>) -> Input {
    Input {
        parts,
        timeout: PATIENCE,
        expect_state: None,
        actor: None,
    }
}

pub(crate) fn text(text: impl AsRef<[u8]>) -> InputPart {
    InputPart::Text(text.as_ref().to_vec())
}

pub(crate) fn key(name: &str) -> InputPart {
    InputPart::Key(name.parse::<Key>().unwrap())
}

pub(crate) fn by(actor: Actor, parts: Vec<InputPart>) -> Input {
    Input {
        actor: Some(actor),
        ..input(parts)
    }
}

/// Types, and says what came of it.
pub(crate) async fn types(session: &Session, input: Input) -> Result<Typed, Error> {
    let interact = Interact {
        input: Some(input),
        ..Interact::default()
    };
    session
        .interact(interact)
        .await
        .map(|answer| answer.typed.unwrap())
}

/// Types all of these pieces.
#[track_caller]
pub(crate) fn all(typed: Result<Typed, Error>) -> Typed {
    let typed = typed.unwrap();
    assert_eq!(typed.accepted, typed.of);
    typed
}

/// Waits for a pattern in the output that was not matched yet.
pub(crate) async fn sees(session: &Session, pattern: &str) -> Matched {
    let answer = waits(session, pattern).await;
    let output = answer.output.unwrap();
    answer.matched.unwrap_or_else(|| {
        panic!(
            "{pattern:?} is missing in: {}",
            String::from_utf8_lossy(&output.bytes)
        )
    })
}

async fn waits(session: &Session, pattern: &str) -> Interacted {
    let wait = Wait {
        from: SearchFrom::LastMatch,
        ..Wait::for_pattern(ME, pattern, PATIENCE)
    };
    session
        .interact(Interact {
            wait: Some(wait),
            read: Some(Read {
                searched: true,
                noted: None,
                ..Read::unread(ME)
            }),
            ..Interact::default()
        })
        .await
        .unwrap()
}

/// Ends the session.
pub(crate) async fn ends(session: &Session) {
    session
        .terminate(Termination {
            force: true,
            ..Termination::default()
        })
        .await
        .unwrap();
}
