//! The server under test, and the few words the tests are written in.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use mcp_proto::{CallResult, Event, RpcError};
use mcp_server::client::StdioClient;
use serde_json::{Value, json};

/// What is said when sessions come and go, which may be at any time.
pub(crate) const LIST_CHANGED: &str = "notifications/resources/list_changed";

/// The newest revision of the `initialize` era.
pub(crate) const LEGACY: &str = "2025-11-25";

/// The prompt of [`Server::bash`], as a pattern.
pub(crate) const READY: &str = "ready> $";

/// The binary under test: the build that `REJOINDER_TEST_SERVER` names, or the one
/// that was made along with the tests.
pub(crate) fn binary() -> Command {
    let built = env!("CARGO_BIN_EXE_mcp-server").to_owned();
    let mut command = Command::new(std::env::var("REJOINDER_TEST_SERVER").unwrap_or(built));
    command.stderr(Stdio::inherit());
    command
}

/// How a client opens its connection, and what it sends with every request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Era {
    /// By `initialize` ([`LEGACY`]).
    Legacy,
    /// By nothing: 2026-07-28.
    Modern,
}

impl Era {
    pub(crate) const BOTH: [Self; 2] = [Self::Legacy, Self::Modern];
}

/// A running server, its client, and a directory that goes with them.
pub(crate) struct Server {
    pub(crate) client: StdioClient,
    pub(crate) directory: Directory,
}

/// An answer of a tool: its text, its status as data, whether it failed.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) text: String,
    pub(crate) status: Value,
    pub(crate) result: CallResult,
}

impl Server {
    /// A server with the default configuration and nothing of the user's own.
    pub(crate) fn start() -> Self {
        Self::with_config("")
    }

    /// A server with this configuration file.
    pub(crate) fn with_config(config: &str) -> Self {
        let mut server = Self::greeted_by_nobody(config);
        server.client.initialize(LEGACY.parse().unwrap()).unwrap();
        server
    }

    /// A server whose client speaks this era, and declares that it can be asked for these.
    pub(crate) fn speaking(era: Era, config: &str, capabilities: Value) -> Self {
        let mut server = Self::greeted_by_nobody(config);
        let Value::Object(capabilities) = capabilities else {
            panic!("capabilities are an object");
        };
        server.client.declare(capabilities);
        match era {
            Era::Legacy => server.client.initialize(LEGACY.parse().unwrap()).unwrap(),
            Era::Modern => server.client.discover().unwrap(),
        };
        server
    }

    /// Makes a request that has to succeed.
    #[track_caller]
    pub(crate) fn request(&mut self, method: &str, params: &Value) -> Value {
        let answer = self.client.request(method, params.as_object().unwrap());
        answer.unwrap().unwrap()
    }

    /// Makes a request that has to fail.
    #[track_caller]
    pub(crate) fn refused(&mut self, method: &str, params: &Value) -> RpcError {
        let answer = self.client.request(method, params.as_object().unwrap());
        answer.unwrap().unwrap_err()
    }

    /// Waits for a notification whose parameters are these, as far as they are given.
    #[track_caller]
    pub(crate) fn hears(&mut self, wanted: &str, with: &Value) -> Value {
        let with = with.as_object().unwrap();
        let event = self.client.wait_for(|event| match event {
            Event::Notification { method, params } => {
                method == wanted
                    && with
                        .iter()
                        .all(|(key, value)| params.get(key) == Some(value))
            }
            _ => false,
        });
        match event.unwrap() {
            Event::Notification { params, .. } => params,
            other => panic!("{other:?}"),
        }
    }

    /// A server that a shell starts once it has run `prelude`, which takes something away.
    pub(crate) fn after(prelude: &str, config: &str) -> Self {
        let directory = Directory::new();
        let server = command_in(&directory, config);
        let mut command = Command::new("sh");
        command
            .args(["-c", &format!("{prelude} exec \"$0\" \"$@\"")])
            .arg(server.get_program())
            .args(server.get_args())
            .current_dir(directory.path());
        for (name, value) in server.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let client = StdioClient::spawn(&mut command).unwrap();
        let mut server = Self { client, directory };
        server.client.initialize(LEGACY.parse().unwrap()).unwrap();
        server
    }

    /// A server that has not heard a word yet.
    pub(crate) fn greeted_by_nobody(config: &str) -> Self {
        let directory = Directory::new();
        let client = StdioClient::spawn(&mut command_in(&directory, config)).unwrap();
        Self { client, directory }
    }

    /// The server's process id.
    pub(crate) fn pid(&self) -> i64 {
        self.client.pid().into()
    }

    /// Calls a tool; a failed tool is an answer too.
    #[track_caller]
    pub(crate) fn call(&mut self, tool: &str, arguments: Value) -> Answer {
        Answer::of(self.client.call(tool, arguments).unwrap())
    }

    /// Calls a tool that has to succeed.
    #[track_caller]
    pub(crate) fn ok(&mut self, tool: &str, arguments: Value) -> Answer {
        let answer = self.call(tool, arguments);
        assert!(!answer.result.is_error, "{tool} failed: {}", answer.text);
        answer
    }

    /// Calls a tool that has to fail with this error type.
    #[track_caller]
    pub(crate) fn fails(&mut self, tool: &str, arguments: Value, error_type: &str) -> Answer {
        let answer = self.call(tool, arguments);
        assert!(answer.result.is_error, "{tool} succeeded: {}", answer.text);
        assert_eq!(answer.error()["error_type"], error_type, "{}", answer.text);
        answer
    }

    /// Starts a program and waits for a pattern in its first output.
    #[track_caller]
    pub(crate) fn program(&mut self, name: &str, command: &str, wait_for: &str) -> Answer {
        self.starts(json!({"command": command, "name": name, "wait_for": wait_for, "timeout": 30}))
    }

    /// Starts a shell script and waits for a pattern in its first output, though
    /// the script may read input meanwhile.
    #[track_caller]
    pub(crate) fn script(&mut self, name: &str, script: &str, wait_for: &str) -> Answer {
        let start = json!({"command": "sh", "args": ["-c", script], "name": name, "timeout": 0});
        self.ok("start_process", start);
        let read = json!({"session_id": name, "since": 0, "wait_for": wait_for, "timeout": 45});
        let answer = self.ok("read_output", read);
        assert_eq!(answer.status["returned_by"], "match", "{}", answer.text);
        answer
    }

    /// Starts a bash with a prompt that nothing else prints, named `sh`.
    #[track_caller]
    pub(crate) fn bash(&mut self) -> Answer {
        self.starts(json!({"command": "bash --norc --noprofile", "name": "sh",
                           "env": {"PS1": "ready> "}, "wait_for": READY, "timeout": 30}))
    }

    #[track_caller]
    fn starts(&mut self, arguments: Value) -> Answer {
        let answer = self.ok("start_process", arguments);
        assert_eq!(answer.status["returned_by"], "match", "{}", answer.text);
        answer
    }

    /// Types a line and waits for a pattern in the answer.
    #[track_caller]
    pub(crate) fn line(&mut self, session: &str, text: &str, wait_for: &str) -> Answer {
        self.types(
            json!({"session_id": session, "text": text, "press_enter": true, "wait_for": wait_for}),
        )
    }

    /// Types keys and waits for a pattern in the answer.
    #[track_caller]
    pub(crate) fn keys(&mut self, session: &str, keys: &[&str], wait_for: &str) -> Answer {
        self.types(json!({"session_id": session, "keys": keys, "wait_for": wait_for}))
    }

    #[track_caller]
    fn types(&mut self, mut arguments: Value) -> Answer {
        arguments["timeout"] = json!(30);
        let answer = self.ok("send_and_read", arguments);
        assert_eq!(answer.status["returned_by"], "match", "{}", answer.text);
        answer
    }

    /// Types what ends a program, and returns its last output.
    #[track_caller]
    pub(crate) fn leaves(&mut self, session: &str, mut input: Value) -> Answer {
        input["session_id"] = json!(session);
        self.ok("send_input", input);
        self.end_of(session)
    }

    /// Waits for a session's end, however long, and returns its last output.
    #[track_caller]
    pub(crate) fn end_of(&mut self, session: &str) -> Answer {
        loop {
            let arguments = json!({"session_id": session, "until": "exit", "timeout": 45});
            let answer = self.ok("read_output", arguments);
            if answer.status["state"] == "exited" {
                return answer;
            }
        }
    }

    /// A file with this content in the server's directory.
    pub(crate) fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.directory.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Sends a line as it is and returns the next frame that comes back.
    #[track_caller]
    pub(crate) fn exchange(&mut self, line: &str) -> Value {
        self.client.send(format!("{line}\n").as_bytes()).unwrap();
        self.next_frame()
    }

    /// The next frame of the server, but for announcements of sessions as resources, which come
    /// in their own time.
    #[track_caller]
    pub(crate) fn next_frame(&mut self) -> Value {
        loop {
            let frame = self.client.next_frame().unwrap();
            let frame = frame.expect("the server goes on");
            let frame: Value = serde_json::from_slice(&frame).unwrap();
            if frame["method"] != LIST_CHANGED {
                return frame;
            }
        }
    }
}

/// A home of a test's own, with all that servers leave there; the sessions in it
/// end with the test.
#[derive(Debug)]
pub(crate) struct Directory(tempfile::TempDir);

impl Directory {
    pub(crate) fn new() -> Self {
        Self(tempfile::TempDir::new().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// The binary, run here.
    pub(crate) fn command(&self) -> Command {
        let mut command = binary();
        command
            .current_dir(self.path())
            .env("HOME", self.path())
            .env("LC_ALL", "C.UTF-8")
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_RUNTIME_DIR")
            .env_remove("XDG_STATE_HOME");
        command
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        if self.path().join(".local/state/rejoinder/run").is_dir() {
            let mut ending = self.command();
            let ended = ending.args(["gc", "--all", "--force"]).output();
            if let Ok(output) = ended
                && !output.status.success()
                && !std::thread::panicking()
            {
                let errors = String::from_utf8_lossy(&output.stderr);
                panic!("the sessions of the test cannot be ended: {errors}");
            }
        }
    }
}

/// What came unasked, but for announcements of sessions as resources, which come with every one.
pub(crate) fn surprises(client: &mut StdioClient) -> Vec<Event> {
    let is_announcement = |event: &Event| matches!(event, Event::Notification { method, .. } if method == LIST_CHANGED);
    let mut events = client.take_events();
    events.retain(|event| !is_announcement(event));
    events
}

/// The command that starts a server in a directory, with a configuration file there.
pub(crate) fn command_in(directory: &Directory, config: &str) -> Command {
    let file = directory.path().join("config.toml");
    std::fs::write(&file, config).unwrap();
    let mut command = directory.command();
    command.arg("--config").arg(&file);
    command
}

impl Answer {
    /// What a result says.
    pub(crate) fn of(result: CallResult) -> Self {
        Self {
            text: result.text(),
            status: result
                .meta
                .get("rejoinder/status")
                .cloned()
                .unwrap_or_default(),
            result,
        }
    }

    /// The facts of a failure.
    pub(crate) fn error(&self) -> &Value {
        self.result
            .meta
            .get("rejoinder/error")
            .unwrap_or(&Value::Null)
    }

    /// The result as data.
    #[track_caller]
    pub(crate) fn data(&self) -> &Value {
        self.result
            .structured_content
            .as_ref()
            .expect("the tool returns data")
    }

    /// The output has this in it.
    #[track_caller]
    pub(crate) fn shows(&self, text: &str) {
        assert!(
            self.output().contains(text),
            "{text:?} is missing in: {}",
            self.text
        );
    }

    /// The status line has this in it.
    #[track_caller]
    pub(crate) fn says(&self, field: &str) {
        assert!(
            self.status_line().contains(field),
            "{field:?} is missing in: {}",
            self.text
        );
    }

    /// The output, without the status line.
    pub(crate) fn output(&self) -> &str {
        self.text
            .rsplit_once("[session=")
            .map_or("", |(output, _)| output)
    }

    /// The status line.
    pub(crate) fn status_line(&self) -> &str {
        self.text.lines().last().unwrap_or_default()
    }

    /// Where the next read starts.
    pub(crate) fn pos(&self) -> u64 {
        self.status["pos"].as_u64().unwrap_or_default()
    }

    /// The last number that the output gives behind this mark, a process id mostly.
    #[track_caller]
    pub(crate) fn number(&self, mark: &str) -> i64 {
        let (_, rest) = self.text.rsplit_once(mark).expect("the mark is printed");
        let digits = rest.split(|c: char| !c.is_ascii_digit()).next();
        digits
            .and_then(|digits| digits.parse().ok())
            .expect("a number follows the mark")
    }
}
