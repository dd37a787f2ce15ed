//! Finding the clients and the server, and running the one on the other.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use mcp_server::client::StdioClient;
use serde_json::Value;
use tempfile::TempDir;

/// The newest revision of the `initialize` era, which clients of that era propose.
pub(crate) const LEGACY: &str = "2025-11-25";

/// The revision of the era without a handshake.
pub(crate) const MODERN: &str = "2026-07-28";

/// Seconds after which a client that hangs is ended; its own limits are well below.
const PATIENCE: &str = "300";

/// What `cargo xtask setup` has put here, below the workspace wherever cargo builds.
#[track_caller]
pub(crate) fn installed(path: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target");
    let path = target.join(path);
    assert!(
        path.exists(),
        "{} is missing: `cargo xtask setup` installs it",
        path.display()
    );
    path
}

/// The server under test with its arguments: the build that `REJOINDER_TEST_SERVER` names, or the
/// one of this test run; its configuration is `server.toml`, whoever runs the test.
pub(crate) fn server() -> [String; 3] {
    let built = env!("CARGO_BIN_EXE_mcp-server").to_owned();
    let program = std::env::var("REJOINDER_TEST_SERVER").unwrap_or(built);
    let config = beside("server.toml").display().to_string();
    [program, "--config".to_owned(), config]
}

/// A home for clients and servers of one test; the sessions in it end with it.
pub(crate) struct Home(TempDir);

impl Home {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().expect("a directory for the test's files"))
    }

    /// Has this command, and what it starts, live here.
    pub(crate) fn house<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("HOME", self.0.path())
            .env_remove("XDG_RUNTIME_DIR")
            .env_remove("XDG_STATE_HOME")
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let [program, arguments @ ..] = server();
        let mut end = Command::new(program);
        end.args(arguments).args(["gc", "--all", "--force"]);
        let ended = self.house(&mut end).output();
        let well = ended.is_ok_and(|output| output.status.success());
        assert!(
            well || std::thread::panicking(),
            "the sessions of the test cannot be ended"
        );
    }
}

/// A command that is ended should it hang.
pub(crate) fn bounded(program: &Path) -> Command {
    let mut command = Command::new("timeout");
    command
        .args(["--kill-after=10", PATIENCE])
        .arg(program)
        .env_remove("REJOINDER_CONFIG")
        .env_remove("REJOINDER_LOG");
    command
}

/// A file beside this one: a client's script, or the server's configuration.
pub(crate) fn beside(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/interop")
        .join(name)
}

/// Runs a client's script and returns what the client saw.
#[track_caller]
pub(crate) fn seen(client: &mut Command) -> Value {
    let output = client.output().expect("the client starts");
    assert!(output.status.success(), "{}", shown(&output));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{error}: {}", shown(&output));
    })
}

/// The names of the tools, as the project's own client gets them.
pub(crate) fn tool_names() -> Vec<String> {
    let names = list_tools().expect("the server lists its tools");
    assert!(
        names.iter().any(|name| name == "start_process"),
        "{names:?}"
    );
    names
}

fn list_tools() -> anyhow::Result<Vec<String>> {
    let [program, arguments @ ..] = server();
    let mut client = StdioClient::spawn(Command::new(program).args(arguments))?;
    client.initialize(LEGACY.parse()?)?;
    Ok(client.list_tools()?.iter().map(name).collect())
}

/// The name of a listed tool.
pub(crate) fn name(tool: &Value) -> String {
    tool["name"].as_str().expect("a tool has a name").to_owned()
}

/// The text of a result.
#[track_caller]
pub(crate) fn text(result: &Value) -> &str {
    let text = result["content"][0]["text"].as_str();
    text.unwrap_or_else(|| panic!("no text in {result}"))
}

/// The facts about the session that a result has for programs.
pub(crate) fn status(result: &Value) -> &Value {
    &result["_meta"]["rejoinder/status"]
}

/// What a client printed, for messages.
pub(crate) fn shown(output: &Output) -> String {
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    format!(
        "{}\n--- stdout\n{stdout}\n--- stderr\n{stderr}",
        output.status
    )
}

/// A client that is not installed is a failure that says what to do, and never a pass.
#[test]
#[should_panic(expected = "`cargo xtask setup` installs it")]
fn a_missing_client_fails_its_test() {
    installed("npm/no-such-client");
}
