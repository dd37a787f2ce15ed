//! A session of the real server's: with one running it has resources, which some scenarios look at.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use super::server::command;
use crate::process;

/// Seconds after which a server that does not answer is ended.
const PATIENCE: &str = "60";

/// What the server is started with before its own arguments.
const CONFIG: [&str; 2] = ["--config", "/dev/null"];

/// A running session. Dropping it ends it, and every other one of the same home.
#[derive(Debug)]
pub(super) struct Session {
    program: PathBuf,
    place: PathBuf,
}

impl Session {
    /// Has a server start a program that waits, with its files in this directory. Over standard
    /// streams a server has the same sessions as one that listens.
    pub(super) fn start(program: &Path, place: &Path) -> anyhow::Result<Session> {
        let session = Session {
            program: program.to_owned(),
            place: place.to_owned(),
        };
        let mut server = command("timeout".as_ref(), place);
        server.arg(PATIENCE).arg(program).args(CONFIG);
        let line = process::shown(&server);
        let mut child = server
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot run `{line}`"))?;
        let mut input = child.stdin.take().context("standard input is piped")?;
        let output = child.stdout.take().context("standard output is piped")?;
        let mut answer = String::new();
        // A server that has ended already shows that by its silence.
        let _ = writeln!(input, "{}", request());
        BufReader::new(output)
            .read_line(&mut answer)
            .with_context(|| format!("cannot talk to `{line}`"))?;
        drop(input);
        child.wait().with_context(|| format!("`{line}` is lost"))?;
        let has_started = has_started(&answer);
        ensure!(has_started, "`{line}` starts no session: {answer}");
        Ok(session)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let mut end = command(&self.program, &self.place);
        end.args(CONFIG).args(["gc", "--all", "--force"]);
        if let Err(error) = process::output(&mut end) {
            eprintln!("    a session is left over: {error:#}");
        }
    }
}

/// A request of 2026-07-28, which needs nothing before it.
fn request() -> Value {
    json!({
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {
            "name": "start_process",
            "arguments": {"command": "cat", "timeout": 30},
            "_meta": {
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": {},
            },
        },
    })
}

/// Whether this is a result without a failure.
fn has_started(answer: &str) -> bool {
    let answer: Value = serde_json::from_str(answer).unwrap_or_default();
    let result = &answer["result"];
    result.is_object() && result["isError"] != true
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Neither a refusal nor silence is taken for a session.
    #[test]
    fn only_a_result_is_a_session() {
        assert!(has_started(r#"{"result":{"content":[]}}"#));
        for answer in [
            "",
            r#"{"result":{"content":[],"isError":true}}"#,
            r#"{"error":{"code":-32602}}"#,
        ] {
            assert!(!has_started(answer), "{answer}");
        }
        let error = Session::start(Path::new("true"), Path::new("/")).unwrap_err();
        assert!(error.to_string().contains("no session"), "{error:#}");
    }
}
