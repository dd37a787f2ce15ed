//! Promise: a command is run in whatever shell has the terminal, and its output,
//! exit code and directory are exact.

mod databases;
mod matrix;
mod places;
mod sequences;
mod settings;

use std::time::Duration;

use rejoinder_session::{
    Error, Input, Interact, Interacted, Launch, Ran, Read, RunRequest, SearchFrom, Session, Wait,
    Winsize,
};

use super::input::{ME, PATIENCE};

/// A session, and the home directory of its shell.
pub(crate) struct Place {
    pub(crate) session: Session,
    pub(crate) home: tempfile::TempDir,
}

/// Starts a program in a home directory of its own, which holds these files.
pub(crate) fn start(line: &str, integrate: bool, files: &[(&str, &str)]) -> Place {
    let home = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = home.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let mut words = line.split(' ');
    let program = words.next().unwrap();
    let args: Vec<&str> = words.collect();
    let mut launch = Launch::new(ME, program, &args);
    let home_text = home.path().to_str().unwrap().to_owned();
    launch.env = vec![
        (
            "PATH".to_owned(),
            "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin".to_owned(),
        ),
        ("TERM".to_owned(), "xterm-256color".to_owned()),
        ("LC_ALL".to_owned(), "C.UTF-8".to_owned()),
        ("HOME".to_owned(), home_text),
    ];
    launch.cwd = Some("/".into());
    launch.size = Winsize::new(24, 80).unwrap();
    launch.integrate = integrate;
    let session = Session::start(&launch).unwrap();
    Place { session, home }
}

impl Place {
    /// Runs a command to its end.
    #[track_caller]
    pub(crate) fn run(&self, command: &str) -> impl Future<Output = Shown> {
        let at = std::panic::Location::caller();
        let running = self.try_run(command, PATIENCE);
        let command = command.to_owned();
        async move {
            match running.await {
                Ok(ran) => Shown::of(ran),
                Err(error) => panic!("{at}: {command:?}: {error}"),
            }
        }
    }

    /// Runs a command for a time.
    pub(crate) fn try_run(
        &self,
        command: &str,
        timeout: Duration,
    ) -> impl Future<Output = Result<Ran, Error>> {
        let session = self.session.clone();
        let request = RunRequest {
            command: command.to_owned(),
            timeout,
            reader: ME.to_owned(),
        };
        async move { session.run(request).await }
    }

    /// Types a line and waits for the program to read again.
    pub(crate) async fn answer(&self, line: &str) -> Interacted {
        let interact = Interact {
            input: Some(Input::line(line)),
            wait: Some(Wait {
                patterns: Vec::new(),
                take_match: false,
                from: SearchFrom::Input,
                reader: ME.to_owned(),
                output: false,
                idle: None,
                waiting: true,
                timeout: PATIENCE,
            }),
            read: Some(Read::unread(ME)),
        };
        self.session.interact(interact).await.unwrap()
    }

    /// Types a line and waits for a pattern in what comes.
    pub(crate) async fn sees(&self, line: Option<&str>, pattern: &str) -> Interacted {
        let interact = Interact {
            input: line.map(Input::line),
            wait: Some(Wait {
                from: if line.is_some() {
                    SearchFrom::Input
                } else {
                    SearchFrom::LastMatch
                },
                ..Wait::for_pattern(ME, pattern, PATIENCE)
            }),
            read: Some(Read::unread(ME)),
        };
        let seen = self.session.interact(interact).await.unwrap();
        assert!(
            seen.matched.is_some(),
            "{pattern:?} is missing in {:?}",
            text(&seen)
        );
        seen
    }
}

pub(crate) fn text(interacted: &Interacted) -> String {
    let bytes = interacted
        .output
        .as_ref()
        .map_or(&b""[..], |output| &output.bytes[..]);
    String::from_utf8_lossy(bytes).into_owned()
}

/// What a command came to, in a form to compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) end: rejoinder_session::RunEnd,
    pub(crate) output: String,
    pub(crate) exit: Option<i32>,
    pub(crate) cwd: Option<String>,
    pub(crate) state: String,
}

impl Shown {
    fn of(ran: Ran) -> Self {
        Self {
            end: ran.end,
            output: String::from_utf8_lossy(&ran.output.bytes).into_owned(),
            exit: ran.exit_code,
            cwd: ran.cwd,
            state: ran.status.state.to_string(),
        }
    }
}
