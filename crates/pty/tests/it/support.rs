//! Helpers: shells to start, output to wait for, tests in a process of their
//! own.

use std::os::fd::AsFd;
use std::process::{Command as StdCommand, Stdio as StdStdio};
use std::time::Duration;

use rejoinder_pty::{Child, Command, Interest, Output, PollEntry, ProcessRef, ReadOutcome, poll};

/// A guard against hanging, not a measure.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// A shell that runs a script on a terminal that echoes nothing typed.
pub(crate) fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

pub(crate) fn python(script: &str) -> Command {
    let mut command = Command::new("python3");
    command.args(["-u", "-c", script]);
    command
}

pub(crate) fn start(command: &Command) -> Child {
    match command.spawn() {
        Ok(child) => child,
        Err(error) => panic!("{error}"),
    }
}

/// Everything printed until nobody has the other end open.
pub(crate) fn read_all(output: &Output) -> Vec<u8> {
    let mut seen = Vec::new();
    let mut buffer = [0; 65_536];
    loop {
        match output.read_timeout(&mut buffer, Some(PATIENCE)).unwrap() {
            ReadOutcome::Data(count) => seen.extend_from_slice(&buffer[..count]),
            ReadOutcome::Hangup | ReadOutcome::End => return seen,
            ReadOutcome::WouldBlock => panic!("no end of output after {}", show(&seen)),
        }
    }
}

pub(crate) fn read_all_text(output: &Output) -> String {
    String::from_utf8(read_all(output)).expect("the program prints UTF-8")
}

/// What is printed up to and including `needle`. Reads byte by byte, so that
/// what follows stays to be read.
pub(crate) fn read_until(output: &Output, needle: &str) -> String {
    let mut seen = Vec::new();
    while !seen.ends_with(needle.as_bytes()) {
        let mut byte = [0];
        match output.read_timeout(&mut byte, Some(PATIENCE)).unwrap() {
            ReadOutcome::Data(_) => seen.push(byte[0]),
            outcome => panic!("{outcome:?} before {needle:?}, after {}", show(&seen)),
        }
    }
    String::from_utf8_lossy(&seen).into_owned()
}

fn show(bytes: &[u8]) -> String {
    let tail = &bytes[bytes.len().saturating_sub(500)..];
    format!(
        "{} bytes, the last: {:?}",
        bytes.len(),
        String::from_utf8_lossy(tail)
    )
}

/// Types all of it; the program reads and is not waited for.
pub(crate) fn type_in(child: &Child, text: &str) {
    use std::io::Write;
    (&child.input).write_all(text.as_bytes()).unwrap();
}

/// Waits until a descriptor is readable.
pub(crate) fn wait_readable(fd: &impl AsFd) {
    let mut entries = [PollEntry::new(fd.as_fd(), Interest::READABLE)];
    assert_eq!(
        poll(&mut entries, Some(PATIENCE)).unwrap(),
        1,
        "nothing came"
    );
}

/// Waits until a process that need not be a child is gone or a zombie.
pub(crate) fn wait_gone(process: &ProcessRef) {
    match process.open() {
        Ok(Some(exit)) => wait_readable(&exit),
        Ok(None) => {}
        // Where there are no pidfds, as in valgrind.
        Err(error) if error.kind() == std::io::ErrorKind::Unsupported => {
            while process.is_alive() {
                std::thread::yield_now();
            }
        }
        Err(error) => panic!("{error}"),
    }
    assert!(!process.is_alive());
}

/// Something a program waits for without looking at a clock: it opens the
/// path for reading, and goes on when the test opens the gate.
pub(crate) struct Gate {
    directory: tempfile::TempDir,
}

impl Gate {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mode = nix::sys::stat::Mode::from_bits_truncate(0o666);
        nix::unistd::mkfifo(&directory.path().join("gate"), mode).unwrap();
        Self { directory }
    }

    pub(crate) fn path(&self) -> std::path::PathBuf {
        self.directory.path().join("gate")
    }

    /// Lets whoever waits go on; waits until somebody does.
    pub(crate) fn open(&self) {
        std::fs::File::options()
            .write(true)
            .open(self.path())
            .unwrap();
    }
}

/// Runs `body` in a process of its own, for tests that change what holds for
/// a whole process. `name` is the test's own path, as the test binary lists it.
pub(crate) fn in_own_process(name: &str, body: fn()) {
    in_own_process_under(&[], name, body);
}

/// The same, started by another program that makes its surroundings.
pub(crate) fn in_own_process_under(starter: &[&str], name: &str, body: fn()) {
    const MARK: &str = "REJOINDER_PTY_TEST_BODY";
    if std::env::var_os(MARK).is_some_and(|marked| *marked == *name) {
        return body();
    }
    let this = std::env::current_exe().unwrap();
    let this = this.to_str().expect("the build directory has a UTF-8 path");
    let test = [this, "--exact", name, "--nocapture", "--test-threads=1"];
    let line = [starter, &test].concat();
    let output = StdCommand::new(line[0])
        .args(&line[1..])
        .env(MARK, name)
        .stdin(StdStdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{}:\n{text}\n{errors}",
        output.status
    );
    assert!(
        text.contains("1 passed"),
        "no test is called {name}:\n{text}"
    );
}
