//! `mcp-server demo`: the server at work, seen through the eyes of a client.
//!
//! The demo starts this same binary as a child, speaks MCP to it over pipes and
//! prints every call and its answer as they happen. The programs are real ones.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use rejoinder_pty::{Pid, ProcessRef, Signal};
use serde_json::{Value, json};

use crate::client::StdioClient;

mod needs;
mod remote;
mod screens;

/// An installer of the kind that asks before it acts.
const INSTALLER: &str = r#"
printf 'Example installer\n\nInstall into [/opt/example]: '
read -r directory
printf 'Start at boot? [y/N] '
read -r boot
printf 'Licence key: '
read -r key
for part in 25 50 75 100; do printf '\rInstalling %3d%%' "$part"; done
printf '\nInstalled into %s (boot: %s, key: %s).\n' "${directory:-/opt/example}" "${boot:-n}" "$key"
"#;

/// Runs the demo.
///
/// # Errors
///
/// When the server does not do what the demo shows.
pub(crate) fn run() -> Result<()> {
    needs::see_to()?;
    let binary = std::env::current_exe().context("cannot tell where this program is")?;
    let home = std::env::temp_dir().join(format!("rejoinder-demo-{}", std::process::id()));
    std::fs::create_dir_all(&home)?;
    let mut demo = Demo {
        client: connect(&binary, &home)?,
        binary,
        home,
    };
    let shown = demo.show();
    let cleared = demo.clear_up();
    shown.and(cleared)
}

/// The server, kept apart from the sessions that the user has.
fn command(binary: &Path, home: &Path) -> Command {
    let mut command = Command::new(binary);
    command
        .env("XDG_STATE_HOME", home)
        .env_remove("XDG_RUNTIME_DIR");
    command
}

fn connect(binary: &Path, home: &Path) -> Result<StdioClient> {
    StdioClient::spawn(&mut command(binary, home))
}

struct Demo {
    client: StdioClient,
    binary: PathBuf,
    home: PathBuf,
}

impl Demo {
    fn show(&mut self) -> Result<()> {
        let demo = self;
        demo.say("A client starts the server and opens the connection.");
        let server = demo.client.discover()?;
        println!(
            "  server/discover -> {} {}, revision {}",
            server.info["name"].as_str().unwrap_or("?"),
            server.info["version"].as_str().unwrap_or("?"),
            server.revision
        );
        demo.shell()?;
        demo.python()?;
        demo.installer()?;
        demo.form()?;
        demo.picture()?;
        demo.remote()?;
        demo.survival()?;
        demo.goodbye()
    }

    fn shell(&mut self) -> Result<()> {
        self.say("A shell: it keeps its state between calls.");
        self.call(
            "start_process",
            json!({"command": "bash --norc --noprofile", "name": "shell",
                   "env": {"PS1": "demo$ "}, "wait_for": "demo\\$ $"}),
        )?;
        self.call(
            "send_and_read",
            json!({"session_id": "shell", "text": "cd /tmp && answer=$((6 * 7)) && pwd", "press_enter": true, "wait_for": "demo\\$ $"}),
        )?;
        let answer = self.call(
            "send_and_read",
            json!({"session_id": "shell", "text": "echo the answer is $answer", "press_enter": true, "wait_for": "demo\\$ $"}),
        )?;
        ensure!(
            answer.contains("the answer is 42"),
            "the shell lost its state"
        );
        Ok(())
    }

    fn python(&mut self) -> Result<()> {
        self.say(
            "A Python REPL that asks for a password: the state says so, and nothing is shown.",
        );
        self.call(
            "start_process",
            json!({"command": "python3", "args": ["-q"], "name": "python",
                   "env": {"PYTHON_BASIC_REPL": "1"}, "wait_for": ">>> $"}),
        )?;
        let asked = self.call(
            "send_and_read",
            json!({"session_id": "python", "text": "import getpass; secret = getpass.getpass('Token: ')", "press_enter": true}),
        )?;
        ensure!(
            asked.contains("state=waiting:password"),
            "the password prompt was not noticed"
        );
        self.call(
            "send_and_read",
            json!({"session_id": "python", "text": "correct horse", "press_enter": true, "expect_state": "waiting:password", "wait_for": ">>> $"}),
        )?;
        let answer = self.call(
            "send_and_read",
            json!({"session_id": "python", "text": "len(secret)", "press_enter": true, "wait_for": ">>> $"}),
        )?;
        ensure!(answer.contains("13"), "Python did not get the password");
        Ok(())
    }

    fn installer(&mut self) -> Result<()> {
        self.say("An installer that asks three questions, answered in one call.");
        self.call(
            "start_process",
            json!({"command": "sh", "args": ["-c", INSTALLER], "name": "installer", "wait_for": "Install into"}),
        )?;
        self.call(
            "multi_step_automation",
            json!({"session_id": "installer", "steps": [
                {"name": "directory", "expect": "Install into .*: ", "respond": "/srv/example"},
                {"name": "boot", "expect": "\\[y/N\\] ", "respond": "y"},
                {"name": "mirror", "expect": "Choose a mirror", "respond": "1", "optional": true},
                {"name": "key", "expect": "key: ", "respond": "ABC-123"}
            ]}),
        )?;
        let end = self.call(
            "read_output",
            json!({"session_id": "installer", "until": "exit", "timeout": 20}),
        )?;
        ensure!(
            end.contains("Installed into /srv/example (boot: y, key: ABC-123)."),
            "the installer did not get its answers"
        );
        Ok(())
    }

    fn survival(&mut self) -> Result<()> {
        self.say("The server is killed with SIGKILL. The next one has the sessions still.");
        let line = json!({"session_id": "shell", "text": "answer=42", "press_enter": true,
                          "wait_for": "demo\\$ $"});
        self.call("send_and_read", line)?;
        let pid = Pid::from_raw(i32::try_from(self.client.pid())?);
        let server = ProcessRef::of(pid.context("the server has a process id")?)?;
        ensure!(server.signal(Signal::KILL)?, "the server is gone already");
        println!("\n  kill -9 {}", server.pid);
        self.client = connect(&self.binary, &self.home)?;
        self.client.discover()?;
        self.call("list_sessions", json!({}))?;
        let line = json!({"session_id": "shell", "text": "echo the answer is $answer",
                          "press_enter": true, "wait_for": "demo\\$ $"});
        let answer = self.call("send_and_read", line)?;
        ensure!(
            answer.contains("the answer is 42"),
            "the session did not survive its server"
        );
        Ok(())
    }

    /// Ends what is left of the sessions, and removes their directory.
    fn clear_up(&self) -> Result<()> {
        let mut end = command(&self.binary, &self.home);
        let ended = end.args(["gc", "--all", "--force"]).output()?;
        ensure!(ended.status.success(), "the sessions cannot be ended");
        std::fs::remove_dir_all(&self.home)?;
        Ok(())
    }

    fn goodbye(&mut self) -> Result<()> {
        self.say("What is there, and the end of it.");
        self.call("list_sessions", json!({}))?;
        self.call("terminate_process", json!({"session_id": "shell"}))?;
        println!(
            "\n== The client closes the connection; the server ends, and sessions that are left wait."
        );
        let pid = self.client.pid();
        let status = self.client.close()?;
        println!("  server {pid} ended: {status}");
        ensure!(status.success(), "the server did not end well");
        Ok(())
    }

    fn say(&mut self, what: &str) {
        println!("\n== {what}");
    }

    /// Makes a call and prints it and its answer.
    fn call(&mut self, tool: &str, arguments: Value) -> Result<String> {
        println!("\n  {tool} {arguments}");
        let started = Instant::now();
        let result = self.client.call(tool, arguments)?;
        let text = result.text();
        for line in text.lines() {
            println!("    | {line}");
        }
        println!("    ({:.1} ms)", started.elapsed().as_secs_f64() * 1000.0);
        ensure!(!result.is_error, "{tool} failed: {text}");
        Ok(text)
    }
}
