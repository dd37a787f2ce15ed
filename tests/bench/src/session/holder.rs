//! A session as the measurements see it: started through a server, its holder found from outside.

use std::fs;

use anyhow::{Context, Result, ensure};
use mcp_server::client::StdioClient;
use serde_json::{Value, json};

/// A session in a holder.
#[derive(Debug)]
pub(super) struct Held {
    /// Its name.
    pub(super) name: String,
    /// The process id of its program.
    program: u64,
}

/// The arguments that start a `cat`.
pub(super) fn cat() -> Value {
    json!({"command": "cat", "timeout": 30, "record": true})
}

impl Held {
    /// Starts a program with these arguments of `start_process`.
    pub(super) fn start(client: &mut StdioClient, arguments: Value) -> Result<Self> {
        let started = client.call("start_process", arguments)?;
        ensure!(!started.is_error, "it does not start: {}", started.text());
        let status = &started.meta["rejoinder/status"];
        let name = status["name"].as_str().context("a session has a name")?;
        let program = status["pid"].as_u64().context("a program has a pid")?;
        Ok(Self {
            name: name.to_owned(),
            program,
        })
    }

    /// Ends the session, and takes it off the list.
    pub(super) fn end(self, client: &mut StdioClient) -> Result<()> {
        let ended = client.call(
            "terminate_process",
            json!({"session_id": self.name, "force": true}),
        )?;
        ensure!(!ended.is_error, "it does not end: {}", ended.text());
        Ok(())
    }

    /// The process id of its holder: the parent of its program.
    pub(super) fn pid(&self) -> Result<u32> {
        let path = format!("/proc/{}/stat", self.program);
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
        parent(&text).with_context(|| format!("{path} says {text:?}"))
    }
}

/// The fourth field of proc_pid_stat(5); the second, the name, may hold anything.
fn parent(stat: &str) -> Option<u32> {
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A name with blanks and parentheses does not shift the fields.
    #[test]
    fn the_parent_is_found_behind_any_name() {
        assert_eq!(parent("7 (cat) S 42 7 7 34816"), Some(42));
        assert_eq!(parent("7 (a) S 1 (b) R 43 7"), Some(43));
        assert_eq!(parent("7 (cat"), None);
    }
}
