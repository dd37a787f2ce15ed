//! A server under test: started on a free port, ended with the run.

use std::fs::File;
use std::io::{BufRead, BufReader, PipeReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use anyhow::{Context, bail};

use crate::process;

/// How long a server may take to say where it listens.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server. Dropping it ends it; so does the end of this program, whatever ends it.
#[derive(Debug)]
pub(super) struct Server {
    child: Child,
    url: String,
}

impl Server {
    /// Starts a server with its files in this directory, and waits until it has said where it
    /// listens: a line with a word like `http://127.0.0.1:8765/mcp`, on either stream. All that it
    /// prints goes to `server.log` there.
    pub(super) fn start(
        program: &Path,
        arguments: &[&str],
        place: &Path,
    ) -> anyhow::Result<Server> {
        let (output, writer) = std::io::pipe().context("cannot make a pipe")?;
        let path = place.join("server.log");
        let log = File::create(&path).with_context(|| format!("cannot make {}", path.display()))?;

        let mut command = Command::new("setpriv");
        command
            .args(["--pdeathsig", "KILL"])
            .arg(program)
            .args(arguments)
            .env("HOME", place)
            .env_remove("XDG_RUNTIME_DIR")
            .env_remove("XDG_STATE_HOME")
            .env_remove("REJOINDER_CONFIG")
            .stdin(Stdio::null())
            .stdout(writer.try_clone().context("cannot share a pipe")?)
            .stderr(writer);
        let line = process::shown(&command);
        eprintln!("    $ {line}");
        let child = command
            .spawn()
            .with_context(|| format!("cannot run `{line}`"))?;
        // The command holds the pipe's other end, which would keep it from ever ending.
        drop(command);

        let mut server = Server {
            child,
            url: String::new(),
        };
        let (found, finds) = mpsc::channel();
        std::thread::spawn(move || copy(output, log, &found));
        match finds.recv_timeout(PATIENCE) {
            Ok(url) => server.url = url,
            Err(RecvTimeoutError::Disconnected) => {
                bail!(
                    "`{line}` ended without saying where it listens; see {}",
                    path.display()
                );
            }
            Err(RecvTimeoutError::Timeout) => {
                bail!(
                    "`{line}` has not said where it listens in {} s; see {}",
                    PATIENCE.as_secs(),
                    path.display()
                );
            }
        }
        Ok(server)
    }

    /// Where it listens.
    pub(super) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended by itself if this fails, and then there is nothing to wait for either.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Copies what the server prints to its log, and sends on the first URL in it.
fn copy(output: PipeReader, mut log: File, found: &mpsc::Sender<String>) {
    for line in BufReader::new(output).split(b'\n') {
        let Ok(mut line) = line else { return };
        if let Some(url) = url_in(&String::from_utf8_lossy(&line)) {
            // Only the first is waited for.
            let _ = found.send(url.to_owned());
        }
        line.push(b'\n');
        // A log that cannot be written must not keep the server from being read.
        let _ = log.write_all(&line);
    }
}

/// The word of a line that says where the server listens.
fn url_in(line: &str) -> Option<&str> {
    line.split_whitespace()
        .find(|word| word.starts_with("http://") && word.ends_with("/mcp"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The URL may stand alone or in a sentence; a line about something else is passed over.
    #[test]
    fn a_url_is_found_in_what_is_printed() {
        let url = "http://127.0.0.1:4711/mcp";
        assert_eq!(url_in(url), Some(url));
        assert_eq!(url_in("listening on http://127.0.0.1:4711/mcp"), Some(url));
        assert_eq!(url_in("see http://example.org/ for more"), None);
        assert_eq!(url_in(""), None);
    }

    /// A server is ended when it is dropped, and one that never listens is an error that shows it.
    #[test]
    fn a_server_ends_with_its_handle() {
        let place = std::env::temp_dir();
        let place = place.join(format!("rejoinder-xtask-{}", std::process::id()));
        std::fs::create_dir_all(&place).unwrap();
        let sh = Path::new("sh");
        let script = "echo listening on http://127.0.0.1:1/mcp >&2; exec sleep 600";
        let server = Server::start(sh, &["-c", script], &place).unwrap();
        assert_eq!(server.url(), "http://127.0.0.1:1/mcp");
        let process = format!("/proc/{}", server.child.id());
        assert!(Path::new(&process).exists());
        drop(server);
        assert!(!Path::new(&process).exists());

        let error = Server::start(sh, &["-c", "echo no"], &place).unwrap_err();
        assert!(error.to_string().contains("without saying"), "{error}");
        std::fs::remove_dir_all(&place).unwrap();
    }
}
