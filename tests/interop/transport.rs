//! How a client reaches the server under test: it starts it and talks over its standard streams, or
//! it is told where a running one listens.

use std::io::{BufRead, BufReader, PipeReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::{Home, bounded, server};

/// How long the server may take to say where it listens.
const PATIENCE: Duration = Duration::from_secs(60);

/// The two transports of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    Stdio,
    Http,
}

/// A server for one test, with a home of its own. What is started in it ends with it.
pub(crate) struct Served {
    // Ended before the home is cleared away.
    listening: Option<Listening>,
    home: Home,
}

impl Served {
    /// Starts the server if it is not the client that does.
    pub(crate) fn over(transport: Transport) -> Self {
        let home = Home::new();
        let listening = match transport {
            Transport::Stdio => None,
            Transport::Http => Some(Listening::start(&home)),
        };
        Self { listening, home }
    }

    /// What a client is told: a URL, or a program and its arguments.
    pub(crate) fn target(&self) -> Vec<String> {
        match &self.listening {
            Some(listening) => vec![listening.url.clone()],
            None => server().to_vec(),
        }
    }

    /// Where the server listens, if it does.
    pub(crate) fn url(&self) -> Option<&str> {
        self.listening.as_ref().map(|server| server.url.as_str())
    }

    /// Has this command live where the server does, and whom it starts.
    pub(crate) fn house<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        self.home.house(command)
    }
}

/// A server that listens on a free port of the loopback.
struct Listening {
    child: Child,
    url: String,
}

impl Listening {
    fn start(home: &Home) -> Self {
        let (output, writer) = std::io::pipe().expect("a pipe can be made");
        let [program, arguments @ ..] = server();
        let mut command = bounded("setpriv".as_ref());
        command
            .args(["--pdeathsig", "KILL", &program])
            .args(arguments)
            .args(["serve", "--http", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(writer.try_clone().expect("a pipe can be shared"))
            .stderr(writer);
        let child = home
            .house(&mut command)
            .spawn()
            .expect("the server can be started");
        // The command holds the pipe's other end, which would keep it from ever ending.
        drop(command);

        let (found, finds) = mpsc::channel();
        std::thread::spawn(move || pass_on(output, &found));
        let mut listening = Self {
            child,
            url: String::new(),
        };
        let url = finds.recv_timeout(PATIENCE);
        listening.url = url.expect("the server says where it listens");
        listening
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let pid = i32::try_from(self.child.id()).expect("a process id is an i32");
        // It has ended by itself if this fails; either way there is a status to collect.
        let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
        let _ = self.child.wait();
    }
}

/// Shows what the server prints with the test's own output, and sends on the first URL in it.
fn pass_on(output: PipeReader, found: &mpsc::Sender<String>) {
    for line in BufReader::new(output).lines() {
        let Ok(line) = line else { return };
        eprintln!("server: {line}");
        let url = line
            .split_whitespace()
            .find(|word| word.starts_with("http://") && word.ends_with("/mcp"));
        if let Some(url) = url {
            // Only the first is waited for.
            let _ = found.send(url.to_owned());
        }
    }
}

/// A test of each mode of a client over each transport: `check(transport, mode, revision)`.
macro_rules! cells {
    ($($(#[$doc:meta])* $name:ident: $mode:expr => $revision:expr;)+) => {
        mod stdio {
            use super::*;
            $(
                $(#[$doc])*
                #[test]
                fn $name() {
                    check($crate::transport::Transport::Stdio, $mode, $revision);
                }
            )+
        }
        mod http {
            use super::*;
            $(
                $(#[$doc])*
                #[test]
                fn $name() {
                    check($crate::transport::Transport::Http, $mode, $revision);
                }
            )+
        }
    };
}
pub(crate) use cells;
