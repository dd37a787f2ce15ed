//! Programs that end, that will not end, and that leave something behind.

use nix::sys::signal::Signal;
use serde_json::json;

use crate::processes::{Lifeline, is_alive, peak_mib, send};
use crate::support::{Answer, READY, Server};

/// A child that prints a gigabyte: memory stays bounded, another session is
/// answered meanwhile, what is lost is counted, and the last line is not lost.
#[test]
fn a_flood_stays_in_bounds() {
    let mut server = Server::start();
    server.bash();
    let flood =
        "yes 0123456789012345678901234567890123456789 | head -c 1000000000; echo; echo THE END";
    let arguments = json!({"command": "sh", "args": ["-c", flood], "name": "flood", "timeout": 0});
    server.ok("start_process", arguments);
    for round in 0..50 {
        let text = format!("echo answer $(({round} + 1000))");
        let answer = server.line("sh", &text, &format!("answer {}\n", round + 1000));
        assert_ne!(answer.status["state"], "exited", "{}", answer.text);
    }
    let last = server.end_of("flood");
    assert!(last.output().ends_with("\nTHE END\n"), "{}", last.text);
    assert!(last.output().len() < 21_000, "{}", last.output().len());
    assert!(last.pos() > 1_000_000_000, "{}", last.status);
    let all = server.ok("read_output", json!({"session_id": "flood", "since": 0}));
    let dropped = all.status["dropped_bytes"].as_u64().unwrap();
    // On disk are the last 256 MiB at most, in memory the last one.
    assert!(
        (700_000_000..998_000_000).contains(&dropped),
        "{}",
        all.status
    );
    all.says(&format!("dropped={dropped}"));
    let peak = peak_mib(server.pid());
    assert!(peak < 64, "the server had {peak} MiB resident");
}

/// Waiting through a flood for what comes at its end costs no memory either; a
/// wait longer than a call may take goes on in the next call, from its `pos`.
#[test]
fn a_wait_through_a_flood_stays_in_bounds() {
    let mut server = Server::start();
    let flood =
        "yes 0123456789012345678901234567890123456789 | head -c 50000000; echo; echo THE END; cat";
    let arguments = json!({"command": "sh", "args": ["-c", flood], "name": "flood", "timeout": 0});
    let mut answer = server.ok("start_process", arguments);
    while answer.status["returned_by"] != "match" {
        let wait = json!({"session_id": "flood", "since": answer.pos(), "wait_for": "THE END\n", "timeout": 45});
        answer = server.ok("read_output", wait);
        assert_ne!(answer.status["state"], "exited", "{}", answer.status);
    }
    assert!(answer.output().ends_with("\nTHE END\n"), "{}", answer.text);
    let peak = peak_mib(server.pid());
    assert!(peak < 64, "the server had {peak} MiB resident");
}

/// A program that closes its terminal has not ended: calls return, its state is
/// not `exited`, and it can be ended.
#[test]
fn a_program_may_close_its_terminal_and_live_on() {
    let mut server = Server::start();
    let script = "trap '' HUP; echo pid=$$.; exec >&- 2>&- <&-; exec sleep 1000";
    let pid = server.script("quiet", script, r"pid=\d+\.").number("pid=");
    let answer = server.ok(
        "read_output",
        json!({"session_id": "quiet", "timeout": 0.2, "until": "exit"}),
    );
    assert_eq!(answer.status["state"], "running", "{}", answer.text);
    assert_eq!(answer.status["timed_out"], true, "{}", answer.text);
    let answer = server.call(
        "send_and_read",
        json!({"session_id": "quiet", "text": "x", "press_enter": true, "timeout": 0.2}),
    );
    assert_ne!(answer.status["state"], "exited", "{}", answer.text);
    assert!(is_alive(pid));
    let answer = server.ok("terminate_process", json!({"session_id": "quiet"}));
    assert_eq!(answer.status["signal"], "TERM", "{}", answer.text);
    assert!(!is_alive(pid));
}

/// TERM and HUP are asked first; who ignores them is killed after the grace period.
#[test]
fn who_ignores_term_is_killed_after_the_grace_period() {
    let mut server = Server::start();
    let script = "trap '' TERM HUP INT; echo pid=$$.; while :; do sleep 1000; done";
    let pid = server
        .script("stubborn", script, r"pid=\d+\.")
        .number("pid=");
    let answer = server.ok(
        "terminate_process",
        json!({"session_id": "stubborn", "grace_period": 0.2}),
    );
    answer.says("state=exited exit=signal:KILL");
    assert_eq!(answer.status["signal"], "KILL");
    assert!(!is_alive(pid));
    let again = server.ok("terminate_process", json!({"session_id": "stubborn"}));
    again.says("exit=signal:KILL");
}

/// A program that ends decently on TERM is given the time; its last words and
/// its exit code come back.
#[test]
fn who_ends_on_term_has_its_last_words() {
    let mut server = Server::start();
    let script =
        "trap 'echo tidying up; exit 9' TERM; trap '' HUP; echo up; while :; do sleep 0.1; done";
    server.script("decent", script, "up");
    let answer = server.ok(
        "terminate_process",
        json!({"session_id": "decent", "grace_period": 30}),
    );
    answer.shows("tidying up\n");
    assert_eq!(answer.status["exit_code"], 9, "{}", answer.text);
    let script = "trap '' TERM HUP; echo pid=$$.; exec sleep 1000";
    server.script("forced", script, "pid=");
    let answer = server.ok(
        "terminate_process",
        json!({"session_id": "forced", "force": true}),
    );
    assert_eq!(answer.status["signal"], "KILL", "{}", answer.text);
}

/// A stopped program takes no TERM before it is continued; it ends all the same.
#[test]
fn a_stopped_program_can_be_ended() {
    let mut server = Server::start();
    let pid = server
        .script("stopped", "echo pid=$$.; exec sleep 1000", r"pid=\d+\.")
        .number("pid=");
    server.ok(
        "send_signal",
        json!({"session_id": "stopped", "signal": "STOP"}),
    );
    let answer = server.ok(
        "terminate_process",
        json!({"session_id": "stopped", "grace_period": 30}),
    );
    assert_eq!(answer.status["state"], "exited", "{}", answer.text);
    assert_ne!(answer.status["signal"], "KILL", "{}", answer.text);
    assert!(!is_alive(pid));
}

/// A daemon keeps the terminal open after the program has ended: the session is
/// `exited` all the same, calls return, and the daemon ends with the session.
#[test]
fn a_daemon_on_the_terminal_does_not_hold_the_session() {
    let mut server = Server::start();
    let script =
        "setsid -f sh -c 'trap \"\" HUP; echo daemon=$$.; exec sleep 1000'; read x; exit 3";
    let daemon = server
        .script("parent", script, r"daemon=\d+\.")
        .number("daemon=");
    let answer = server.ok(
        "send_and_read",
        json!({"session_id": "parent", "text": "", "press_enter": true, "timeout": 30}),
    );
    assert_eq!(answer.status["returned_by"], "exit", "{}", answer.text);
    assert_eq!(answer.status["exit_code"], 3, "{}", answer.text);
    assert!(is_alive(daemon));
    let answer = server.ok(
        "read_output",
        json!({"session_id": "parent", "until": "exit", "timeout": 30}),
    );
    assert_eq!(answer.status["returned_by"], "exit", "{}", answer.text);
    server.ok("terminate_process", json!({"session_id": "parent"}));
    assert!(!is_alive(daemon));
}

/// A daemon that left the session and took nothing of its environment along ends
/// with it all the same: nobody but the session's holder adopts it.
#[test]
fn a_daemon_without_an_environment_ends_with_the_session() {
    let mut server = Server::start();
    let script = "exec env -i sh -c 'setsid -f sh -c \"trap \\\"\\\" HUP TERM; echo daemon=\\$\\$.; \
                  while :; do sleep 1000; done\"; read x; exit 3'";
    let daemon = server
        .script("parent", script, r"daemon=\d+\.")
        .number("daemon=");
    assert!(is_alive(daemon));
    server.ok(
        "terminate_process",
        json!({"session_id": "parent", "grace_period": 0.3}),
    );
    assert!(!is_alive(daemon));
}

/// Output printed just before the exit is there, every time.
#[test]
fn the_last_output_is_never_lost() {
    let mut server = Server::start();
    for mode in ["pty", "pipe"] {
        for round in 0..200 {
            let printed = format!("M{round}");
            let answer = server.ok(
                "start_process",
                json!({"command": "printf", "args": ["M%d", round.to_string()], "mode": mode, "timeout": 45}),
            );
            assert_eq!(
                answer.output(),
                format!("{printed}\n"),
                "{mode}: {}",
                answer.text
            );
            answer.says("state=exited exit=0");
            assert_eq!(answer.status["returned_by"], "exit", "{}", answer.text);
        }
    }
}

/// The same when much is printed at once, more than a terminal holds.
#[test]
fn much_output_before_the_exit_is_there_too() {
    let mut server = Server::start();
    for mode in ["pty", "pipe"] {
        let name = format!("seq-{mode}");
        let arguments = json!({"command": "seq 100000", "mode": mode, "name": name, "timeout": 0});
        server.ok("start_process", arguments);
        server.end_of(&name);
        let first = server.ok(
            "read_output",
            json!({"session_id": name, "since": 0, "max_lines": 3}),
        );
        assert_eq!(first.output(), "1\n2\n3\n");
        let last = server.ok(
            "read_output",
            json!({"session_id": name, "since": first.pos()}),
        );
        assert!(
            last.output().ends_with("\n99999\n100000\n"),
            "{}",
            last.text
        );
        assert_eq!(last.status["dropped_bytes"], 0);
    }
}

/// A program killed by somebody else ends its session, and the signal is named.
#[test]
fn a_kill_from_outside_is_seen() {
    let mut server = Server::start();
    let pid = server
        .script("victim", "echo pid=$$.; exec sleep 1000", r"pid=\d+\.")
        .number("pid=");
    let wait = json!({"session_id": "victim", "until": "exit", "timeout": 45});
    let wait = server.client.begin_call("read_output", wait, None).unwrap();
    send(pid, Signal::SIGKILL);
    let answer = Answer::of(server.client.finish_call(&wait).unwrap());
    answer.says("state=exited exit=signal:KILL");
    assert_eq!(answer.status["signal"], "KILL");
    assert_eq!(answer.status["exit_code"], json!(null));
}

/// A session that nobody calls is closed after its idle time; a lifetime ends it
/// in any case.
#[test]
fn idle_sessions_and_old_ones_are_closed() {
    for limit in ["idle_timeout", "lifetime"] {
        let mut server = Server::start();
        let lifeline = Lifeline::in_directory(server.directory.path());
        let script = format!("exec 9>{}; echo open; exec sleep 1000", lifeline.path());
        let answer = server.ok(
            "start_process",
            json!({"command": "sh", "args": ["-c", script], "name": "timed", "wait_for": "open", limit: 0.3}),
        );
        assert_eq!(answer.status["returned_by"], "match", "{}", answer.text);
        lifeline.await_end();
        let answer = server.end_of("timed");
        assert_ne!(answer.status["signal"], json!(null), "{}", answer.text);
    }
}

/// Signals reach the foreground program alone, or all of the session.
#[test]
fn signals_go_where_they_are_sent() {
    let mut server = Server::start();
    server.bash();
    server.line("sh", "sh -c 'echo st''arted; exec sleep 1000'", "started\n");
    server.ok("send_signal", json!({"session_id": "sh", "signal": "KILL"}));
    server.ok(
        "read_output",
        json!({"session_id": "sh", "wait_for": READY, "timeout": 30}),
    );
    server.line("sh", "echo code $?", "code 137");
    let script = "trap 'echo got usr1' USR1; echo ready; while :; do sleep 0.1; done";
    server.script("trap", script, "ready");
    server.ok(
        "send_signal",
        json!({"session_id": "trap", "signal": "USR1", "target": "session"}),
    );
    let answer = server.ok(
        "read_output",
        json!({"session_id": "trap", "wait_for": "got usr1", "timeout": 30}),
    );
    assert_eq!(answer.status["returned_by"], "match", "{}", answer.text);
    server.ok(
        "resize_pty",
        json!({"session_id": "sh", "rows": 40, "cols": 132}),
    );
    server.line("sh", "stty size", "40 132\n");
}

/// What a program prints after it has opened its terminal again is not lost.
#[test]
fn a_program_may_open_its_terminal_again() {
    let mut server = Server::start();
    let script = "echo before; exec >&- 2>&- <&-; sleep 0.3; echo and after >/dev/tty; exit 4";
    server.script("back", script, "before");
    let answer = server.end_of("back");
    assert_eq!(answer.status["exit_code"], 4);
    answer.shows("and after\n");
}

/// A call that waits is a call: the session is not idle under it.
#[test]
fn a_session_is_not_idle_while_a_call_waits() {
    let mut server = Server::start();
    let script = "echo open; sleep 2; echo closing; exec sleep 1000";
    let answer = server.ok(
        "start_process",
        json!({"command": "sh", "args": ["-c", script], "name": "timed", "wait_for": "closing",
               "idle_timeout": 0.5, "timeout": 45}),
    );
    assert_eq!(answer.status["returned_by"], "match", "{}", answer.text);
}
