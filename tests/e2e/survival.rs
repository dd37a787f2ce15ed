//! Sessions that nothing ends by accident: servers that are killed, holders that
//! die or hang, directories in which something is wrong.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use mcp_server::client::StdioClient;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::processes::{is_alive, send};
use crate::support::{Answer, Directory, LEGACY, Server, command_in};

impl Server {
    /// Another server in the same home.
    fn next(&mut self) {
        let mut client = StdioClient::spawn(&mut command_in(&self.directory, "")).unwrap();
        client.initialize(LEGACY.parse().unwrap()).unwrap();
        self.client = client;
    }

    /// Kills the server, and starts the next.
    fn restart(&mut self) {
        send(self.pid(), Signal::SIGKILL);
        self.next();
    }

    /// What the list tells of a session.
    #[track_caller]
    fn listed(&mut self, name: &str) -> Value {
        let answer = self.ok("list_sessions", json!({}));
        let sessions = answer.data()["sessions"].as_array().unwrap().clone();
        let found = sessions.into_iter().find(|session| session["name"] == name);
        found.unwrap_or_else(|| panic!("{name} is not listed: {}", answer.text))
    }
}

/// Where sessions have their directories.
fn run(directory: &Directory) -> PathBuf {
    directory.path().join(".local/state/rejoinder/run")
}

/// The directory of the session with this name.
pub(crate) fn place(directory: &Directory, name: &str) -> PathBuf {
    let id = fs::read_link(run(directory).join(format!("names/local:{name}"))).unwrap();
    run(directory).join(id)
}

fn meta(place: &Path) -> Value {
    serde_json::from_slice(&fs::read(place.join("meta.json")).unwrap()).unwrap()
}

/// The process id of a session's holder.
pub(crate) fn holder(place: &Path) -> i64 {
    meta(place)["holder"]["pid"].as_i64().unwrap()
}

/// A server that is killed loses nothing: the next one lists the session with its
/// state, its unread bytes and its read position, and goes on at the same offset.
#[test]
fn the_next_server_goes_on_where_the_killed_one_stopped() {
    let mut server = Server::start();
    server.bash();
    let read = server.line("sh", "answer=42; echo read", r"read\nready> $");
    let input = json!({"session_id": "sh", "text": "echo unread", "press_enter": true});
    server.ok("send_input", input);
    let wait = json!({"session_ids": ["sh"], "for": "match", "pattern": "\nunread\nready> $"});
    server.ok("wait_for_sessions", wait);
    let before = server.listed("sh");
    server.restart();
    let after = server.listed("sh");
    assert_eq!(after["session_id"], before["session_id"]);
    assert_eq!(after["unread_bytes"], before["unread_bytes"]);
    let answer = server.ok("read_output", json!({"session_id": "sh"}));
    assert_eq!(
        answer.output(),
        "echo unread\nunread\nready> \n",
        "{}",
        answer.text
    );
    assert_eq!(
        answer.pos() - read.pos(),
        before["unread_bytes"].as_u64().unwrap()
    );
    server.line("sh", "echo still $answer", "still 42");
}

/// Neither does one whose whole process group is killed in the middle of a call.
#[test]
fn a_killed_process_group_takes_no_session_along() {
    let directory = Directory::new();
    let mut command = command_in(&directory, "");
    command.process_group(0);
    let client = StdioClient::spawn(&mut command).unwrap();
    let mut server = Server { client, directory };
    server.client.initialize(LEGACY.parse().unwrap()).unwrap();
    let pid = server.bash().status["pid"].as_i64().unwrap();
    let wait = json!({"session_id": "sh", "wait_for": "never", "timeout": 45});
    server.client.begin_call("read_output", wait, None).unwrap();
    server.ok("list_sessions", json!({}));
    let group = Pid::from_raw(i32::try_from(server.pid()).unwrap());
    killpg(group, Signal::SIGKILL).unwrap();
    server.next();
    assert!(is_alive(pid));
    server.line("sh", "echo alive", "alive\n");
}

/// Two servers of one user share the sessions; their readers have read positions
/// of their own, and names are not given twice.
#[test]
fn two_servers_share_the_sessions() {
    let mut one = Server::start();
    one.bash();
    let mut other = StdioClient::spawn(&mut command_in(&one.directory, "")).unwrap();
    other.initialize(LEGACY.parse().unwrap()).unwrap();
    one.line("sh", "echo first", "first\n");
    let mut call = |tool: &str, arguments: Value| Answer::of(other.call(tool, arguments).unwrap());
    let read = json!({"session_id": "sh", "reader": "other"});
    call("read_output", read.clone()).shows("\nfirst\n");
    let line = json!({"session_id": "sh", "text": "echo second", "press_enter": true,
                      "wait_for": "second\n", "reader": "other"});
    call("send_and_read", line).shows("\nsecond\n");
    one.ok("read_output", json!({"session_id": "sh"}))
        .shows("\nsecond\n");

    let taken = call("start_process", json!({"command": "cat", "name": "sh"}));
    assert_eq!(
        taken.error()["error_type"],
        "validation_error",
        "{}",
        taken.text
    );
    let names: Vec<String> = ["cat", "cat-2"]
        .map(|_| call("start_process", json!({"command": "cat"})).status["name"].to_string())
        .to_vec();
    assert_eq!(names, ["\"cat\"", "\"cat-2\""]);
    assert_eq!(one.listed("cat-2")["state"], "waiting:line");
}

/// What was typed while no server was there, by none, and what was printed then:
/// all of it is there for the next one. So is a program's end.
#[test]
fn a_program_may_end_while_no_server_is_there() {
    let mut server = Server::start();
    let gate = server.directory.path().join("gate");
    let script = format!(
        "echo waiting; until [ -e {} ]; do sleep 0.05; done; echo late words; exit 7",
        gate.display()
    );
    let pid = server.script("sh", &script, "waiting").status["pid"].clone();
    assert_eq!(pid, json!(null), "{pid}");
    send(server.pid(), Signal::SIGKILL);
    fs::write(&gate, "").unwrap();
    server.next();
    let end = server.end_of("sh");
    assert_eq!(end.output(), "late words\n", "{}", end.text);
    assert_eq!(end.status["exit_code"], 7, "{}", end.text);
}

/// A holder that dies takes its program along and leaves what that printed.
#[test]
fn a_session_whose_holder_dies_is_lost_and_can_be_read() {
    let mut server = Server::start();
    let script = "trap '' HUP TERM; (trap '' HUP; exec setsid sleep 1000) & \
                  echo pid=$$. daemon=$!.; echo last words; while :; do sleep 1000; done";
    let answer = server.script("sh", script, "last words");
    let pids = [answer.number("pid="), answer.number("daemon=")];
    server.ok("start_process", json!({"command": "cat"}));
    send(holder(&place(&server.directory, "sh")), Signal::SIGKILL);
    let answer = server.ok("read_output", json!({"session_id": "sh", "since": 0}));
    answer.shows("last words\n");
    assert_eq!(answer.status["state"], "lost", "{}", answer.text);
    for pid in pids {
        assert!(!is_alive(pid), "process {pid} is left");
    }
    let input = json!({"session_id": "sh", "text": "x"});
    let answer = server.fails("send_input", input, "session_exited");
    assert!(answer.text.contains("lost"), "{}", answer.text);
    assert_eq!(server.listed("sh")["state"], "lost");
    assert_eq!(server.listed("cat")["state"], "waiting:line");

    // Also for a server that was not there.
    server.restart();
    assert_eq!(server.listed("sh")["state"], "lost");
    let search = json!({"session_id": "sh", "pattern": "last words"});
    assert_eq!(server.ok("search_output", search).data()["total"], 1);
    server.ok("terminate_process", json!({"session_id": "sh"}));
}

/// A holder that hangs does not hang the server: lists come, and the session can
/// be ended with all it started.
#[test]
fn a_holder_that_hangs_can_be_ended() {
    let mut server = Server::start();
    let pid = server.bash().status["pid"].as_i64().unwrap();
    let hung = holder(&place(&server.directory, "sh"));
    send(hung, Signal::SIGSTOP);
    assert_eq!(server.listed("sh")["pid"].as_i64(), Some(pid));
    let read = json!({"session_id": "sh", "timeout": 0});
    let answer = server.fails("read_output", read, "execution_error");
    assert!(answer.text.contains("does not answer"), "{}", answer.text);
    server.ok(
        "terminate_process",
        json!({"session_id": "sh", "force": true}),
    );
    assert!(!is_alive(pid) && !is_alive(hung));
    assert_eq!(server.listed("sh")["state"], "lost");
}

/// What is wrong in the directory of sessions hinders nobody, and is cleared away
/// when it is nobody's.
#[test]
fn strange_directories_are_no_sessions() {
    let mut server = Server::start();
    server.bash();
    let run = run(&server.directory);
    let strange = |id: char| {
        let place = run.join(id.to_string().repeat(26));
        fs::create_dir(&place).unwrap();
        fs::set_permissions(&place, fs::Permissions::from_mode(0o700)).unwrap();
        place
    };
    // A socket file that nobody listens at, with the meta of a session that was.
    let dead = strange('1');
    let mut stale = meta(&place(&server.directory, "sh"));
    stale["id"] = json!("1".repeat(26));
    stale["name"] = json!("dead");
    // A process id that is somebody else's by now: this test's.
    stale["program"] = json!({"pid": std::process::id(), "start_time": 1});
    fs::write(dead.join("meta.json"), stale.to_string()).unwrap();
    fs::write(dead.join("status"), "").unwrap();
    drop(std::os::unix::net::UnixListener::bind(dead.join("socket")).unwrap());
    symlink("1".repeat(26), run.join("names/local:dead")).unwrap();
    // Half a meta.json, and nothing at all.
    fs::write(strange('2').join("meta.json"), "{\"id\": \"2222").unwrap();
    strange('3');
    // One of another user.
    let foreign = strange('4');
    fs::write(foreign.join("meta.json"), stale.to_string()).unwrap();
    nix::unistd::chown(&foreign, Some(65534.into()), None).unwrap();
    // A name without a session.
    symlink("5".repeat(26), run.join("names/local:gone")).unwrap();

    let sessions = server.ok("list_sessions", json!({})).data()["sessions"].clone();
    assert_eq!(sessions.as_array().unwrap().len(), 1, "{sessions}");
    let answer = server.call("read_output", json!({"session_id": "dead", "timeout": 0}));
    assert!(
        answer.result.is_error || answer.status["state"] == "lost",
        "{}",
        answer.text
    );
    server.fails(
        "read_output",
        json!({"session_id": "gone"}),
        "session_not_found",
    );
    let name = server.ok("start_process", json!({"command": "cat", "name": "gone"}));
    assert_eq!(name.status["name"], "gone");
    server.restart();
    server.line("sh", "echo alive", "alive\n");
    assert!(foreign.is_dir(), "what is another user's is left alone");
}

/// A directory that others can enter is not used.
#[test]
fn an_open_directory_is_refused() {
    let directory = Directory::new();
    let open = directory.path().join("open");
    fs::create_dir(&open).unwrap();
    fs::set_permissions(&open, fs::Permissions::from_mode(0o755)).unwrap();
    let config = format!("[sessions]\nrun_dir = {open:?}\n");
    let output = command_in(&directory, &config)
        .stderr(std::process::Stdio::piped())
        .output();
    let errors = String::from_utf8(output.unwrap().stderr).unwrap();
    assert!(errors.contains("may be entered by others"), "{errors}");
}

/// A home with a path longer than a socket's may be works like any other.
#[test]
fn long_paths_are_no_hindrance() {
    let directory = Directory::new();
    let long = directory.path().join("d".repeat(120));
    let config = format!("[sessions]\nrun_dir = {long:?}\n");
    let client = StdioClient::spawn(&mut command_in(&directory, &config)).unwrap();
    let mut server = Server { client, directory };
    server.client.initialize(LEGACY.parse().unwrap()).unwrap();
    server.bash();
    server.line("sh", "echo alive", "alive\n");
    server.ok("terminate_process", json!({"session_id": "sh"}));
}

/// People see the sessions as a table and as JSON, read their output, export
/// their transcripts, and end them.
#[test]
fn people_see_and_end_sessions() {
    let mut server = Server::start();
    server.bash();
    server.line("sh", "echo for people", "for people\n");
    let people = |arguments: &[&str]| {
        let output = server.directory.command().args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let table = people(&["sessions"]);
    assert!(table.starts_with("NAME  STATE"), "{table}");
    assert!(table.contains("bash --norc --noprofile"), "{table}");
    let json: Value = serde_json::from_str(&people(&["sessions", "--json"])).unwrap();
    assert_eq!(json["sessions"][0]["name"], "sh");
    assert!(people(&["logs", "sh"]).contains("\nfor people\n"));
    assert!(people(&["export", "sh"]).contains("\nfor people\n"));
    assert!(people(&["export", "sh", "--format", "html"]).starts_with("<!DOCTYPE html>"));
    let cast = people(&["export", "sh", "--format", "cast"]);
    assert!(cast.starts_with("{\"version\":3,"), "{cast}");
    assert!(people(&["gc", "--all"]).starts_with("1 sessions ended"));
    assert_eq!(people(&["sessions"]), "No sessions.\n");
}

/// A holder keeps nothing open that its server was started with, so whoever reads
/// the server's output sees its end.
#[test]
fn holders_keep_no_stream_open() {
    let directory = Directory::new();
    let requests = [
        json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion":
            LEGACY, "capabilities": {}, "clientInfo": {"name": "pipe", "version": "1"}}}),
        json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
        json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name":
            "start_process", "arguments": {"command": "cat"}}}),
    ];
    let lines: String = requests
        .iter()
        .map(|request| format!("{request}\n"))
        .collect();
    let input = directory.path().join("input");
    fs::write(&input, lines).unwrap();
    // The shell's pipeline ends when no process has its pipe open any more.
    let server = command_in(&directory, "");
    let program = server.get_program().to_owned();
    let output = Command::new("sh")
        .args(["-c", "\"$0\" --config config.toml 5>&1 <input | cat"])
        .arg(program)
        .current_dir(directory.path())
        .env("HOME", directory.path())
        .env_remove("XDG_RUNTIME_DIR")
        .env_remove("XDG_STATE_HOME")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), 2, "{text}");
    let next = directory.command().args(["sessions"]).output().unwrap();
    let table = String::from_utf8(next.stdout).unwrap();
    assert!(table.contains("waiting:line"), "{table}");
}

/// A disk that takes no more of the transcript stops the transcript and nothing else,
/// and it is told where.
#[test]
fn a_full_disk_stops_the_transcript_only() {
    let mut server = Server::after("ulimit -f 512;", "");
    server.bash();
    server.line("sh", "seq 100000", "100000\n");
    server.line("sh", "echo goes on", "goes on\n");
    let info = server.ok("get_session_info", json!({"session_id": "sh"}));
    let stopped = info.data()["transcript_stopped"]
        .as_str()
        .unwrap_or_default();
    assert!(stopped.starts_with("at byte "), "{}", info.text);
    let search = json!({"session_id": "sh", "pattern": "^1000$", "from": "transcript"});
    assert_eq!(server.ok("search_output", search).data()["total"], 1);
}
