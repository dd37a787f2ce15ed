//! The server's own end, and clients that go away or fall silent.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Stdio};
use std::time::Duration;

use mcp_proto::{Event, ProgressToken};
use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::processes::{Lifeline, is_alive, peak_mib, send};
use crate::support::{Answer, Directory, Server, command_in};

/// Sessions that end with their server.
const TIED: &str = "[sessions]\noutlive_server = false\n";

/// A server with a stubborn program, a daemon of its own kind, and a call that
/// waits; all of them have to be gone when it is.
struct Household {
    server: Server,
    pids: Vec<i64>,
}

impl Household {
    fn new() -> Self {
        let mut server = Server::with_config(TIED);
        let shell = server.bash().status["pid"].as_i64().unwrap();
        let script = "trap '' TERM HUP INT; echo pid=$$.; while :; do sleep 1000; done";
        let stubborn = server
            .script("stubborn", script, r"pid=\d+\.")
            .number("pid=");
        let script = "env -i /usr/bin/setsid -f /bin/sh -c \
                      'trap \"\" HUP TERM; echo daemon=$$.; while :; do sleep 1000; done'; read x; exit 0";
        let daemon = server
            .script("parent", script, r"daemon=\d+\.")
            .number("daemon=");
        server.leaves("parent", json!({"press_enter": true}));
        let wait = json!({"session_id": "stubborn", "until": "exit", "timeout": 45});
        server.client.begin_call("read_output", wait, None).unwrap();
        server.ok("list_sessions", json!({}));
        let pids = vec![shell, stubborn, daemon];
        assert!(pids.iter().all(|&pid| is_alive(pid)));
        Self { server, pids }
    }

    /// The server has ended in good order, and nothing is left.
    #[track_caller]
    fn assert_gone(mut self) {
        let status = self.server.client.close().unwrap();
        assert!(status.success(), "{status}");
        for pid in self.pids {
            assert!(!is_alive(pid), "process {pid} is left");
        }
    }
}

#[test]
fn the_end_of_input_ends_everything() {
    let mut household = Household::new();
    household.server.client.close_input();
    household.assert_gone();
}

/// Each of the signals ends the server though its input stays open.
#[test]
fn signals_end_everything() {
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let mut household = Household::new();
        send(household.server.pid(), signal);
        while household.server.client.next_frame().unwrap().is_some() {}
        household.assert_gone();
    }
}

/// A call that waits when the server ends is answered.
#[test]
fn a_waiting_call_is_answered_at_the_end() {
    let mut server = Server::with_config(TIED);
    server.bash();
    let wait = json!({"session_id": "sh", "until": "exit", "timeout": 45});
    let token = ProgressToken::from("waiting");
    let wait = server
        .client
        .begin_call("read_output", wait, Some(&token))
        .unwrap();
    let is_progress = |event: &Event| matches!(event, Event::Progress { .. });
    server.client.wait_for(is_progress).unwrap();
    server.client.close_input();
    let answer = Answer::of(server.client.finish_call(&wait).unwrap());
    assert_eq!(answer.status["state"], "exited", "{}", answer.text);
}

/// A server driven without the usual client, so that its ends can be let go of.
struct Bare {
    child: Child,
    directory: Directory,
}

impl Bare {
    fn start() -> Self {
        let directory = Directory::new();
        let child = command_in(&directory, TIED)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut bare = Self { child, directory };
        let params = json!({"protocolVersion": "2025-11-25", "capabilities": {},
                            "clientInfo": {"name": "bare", "version": "1"}});
        bare.send("initialize", &params);
        bare
    }

    fn send(&mut self, method: &str, params: &Value) {
        let request = request(method, params);
        let input = self.child.stdin.as_mut().unwrap();
        writeln!(input, "{request}").unwrap();
    }

    fn call(&mut self, tool: &str, arguments: &Value) {
        let input = self.child.stdin.as_mut().unwrap();
        writeln!(input, "{}", call(tool, arguments)).unwrap();
    }
}

fn request(method: &str, params: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": params.to_string(), "method": method, "params": params})
}

fn call(tool: &str, arguments: &Value) -> Value {
    request("tools/call", &json!({"name": tool, "arguments": arguments}))
}

/// A client that dies in the middle of a call takes its server and its sessions
/// with it.
#[test]
fn a_client_that_disappears_leaves_nothing_behind() {
    let mut bare = Bare::start();
    let lifeline = Lifeline::in_directory(bare.directory.path());
    let script = format!("exec 9>{}; echo open; exec sleep 1000", lifeline.path());
    bare.call(
        "start_process",
        &json!({"command": "sh", "args": ["-c", script], "name": "left", "wait_for": "open"}),
    );
    let mut output = BufReader::new(bare.child.stdout.take().unwrap());
    for _ in 0..2 {
        output.read_line(&mut String::new()).unwrap();
    }
    bare.call(
        "read_output",
        &json!({"session_id": "left", "until": "exit", "timeout": 45}),
    );
    drop(bare.child.stdin.take());
    drop(output);
    lifeline.await_end();
    bare.child.wait().unwrap();
}

/// A client that goes on asking and reads no answer: the server stops reading
/// before its memory goes, and still obeys a signal.
#[test]
fn a_client_that_reads_nothing_costs_no_memory() {
    let mut bare = Bare::start();
    let script = "seq 200000; exec sleep 1000";
    bare.call(
        "start_process",
        &json!({"command": "sh", "args": ["-c", script], "name": "big", "wait_for": "200000"}),
    );
    let mut output = BufReader::new(bare.child.stdout.take().unwrap());
    for _ in 0..2 {
        output.read_line(&mut String::new()).unwrap();
    }
    let lifeline = Lifeline::in_directory(bare.directory.path());
    let touch = format!("exec 9>{}", lifeline.path());
    let mut input = bare.child.stdin.take().unwrap();
    // A server that has stopped reading holds up whoever writes to it.
    let asking = std::thread::spawn(move || -> std::io::Result<()> {
        for round in 0..300 {
            let reader = round.to_string();
            let read = json!({"session_id": "big", "reader": reader,
                              "max_bytes": 1_048_576, "format": "raw"});
            writeln!(input, "{}", call("read_output", &read))?;
        }
        // A server that took all of these calls would come to this one, and open
        // the lifeline; one that has stopped reading never does.
        let start = json!({"command": "sh", "args": ["-c", touch]});
        writeln!(input, "{}", call("start_process", &start))
    });
    lifeline.is_touched_within(Duration::from_secs(3));
    let pid = i64::from(bare.child.id());
    let peak = peak_mib(pid);
    send(pid, Signal::SIGTERM);
    let status = bare.child.wait().unwrap();
    // It may have written everything, or found nobody to write to.
    drop(asking.join().unwrap());
    assert!(status.success(), "{status}");
    drop(output);
    assert!(peak < 256, "the server had {peak} MiB resident");
}
