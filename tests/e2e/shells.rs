//! Conversations with bash and sh.

use serde_json::json;

use crate::support::Server;

#[test]
fn bash_keeps_its_state_between_calls() {
    let mut server = Server::start();
    server.bash();
    server.line("sh", "cd /usr && x=$((6 * 7))", "ready> $");
    let answer = server.line("sh", "pwd; echo \"x is $x\"", "ready> $");
    assert_eq!(
        answer.output(),
        "pwd; echo \"x is $x\"\n/usr\nx is 42\nready> \n"
    );
}

/// The classic trap: the pattern stands in the command that is typed.
#[test]
fn a_pattern_does_not_match_its_own_echo() {
    let mut server = Server::start();
    server.bash();
    let answer = server.line("sh", "read -t 0.3 -p '' x; echo DONE", "DONE");
    assert_eq!(
        answer.output().matches("DONE").count(),
        2,
        "{}",
        answer.text
    );
}

#[test]
fn without_a_pattern_a_reply_ends_when_the_shell_waits_again() {
    let mut server = Server::start();
    server.bash();
    let answer = server.ok(
        "send_and_read",
        json!({"session_id": "sh", "text": "sleep 0.4; echo hi; sleep 0.4; echo ho", "press_enter": true,
               "timeout": 45}),
    );
    assert_eq!(answer.status["returned_by"], "waiting", "{}", answer.text);
    assert_eq!(
        answer.output(),
        "sleep 0.4; echo hi; sleep 0.4; echo ho\nhi\nho\nready> \n"
    );
    answer.says("state=waiting:raw hint=shell:bash pos=");
    answer.says(" by=waiting]");
}

#[test]
fn sh_answers_too_and_exits_with_its_code() {
    let mut server = Server::start();
    server.program("dash", "sh", "[$#] $");
    server.line("dash", "echo $((40 + 2))", "42\n");
    let answer = server.ok(
        "send_and_read",
        json!({"session_id": "dash", "text": "exit 7", "press_enter": true}),
    );
    assert_eq!(answer.status["state"], "exited");
    assert_eq!(answer.status["exit_code"], 7);
    assert_eq!(answer.status["returned_by"], "exit");
    answer.says("state=exited exit=7");
}

#[test]
fn an_interrupt_stops_the_command_and_not_the_shell() {
    let mut server = Server::start();
    server.bash();
    server.line("sh", "sh -c 'echo st''arted; exec sleep 1000'", "started\n");
    server.ok("send_signal", json!({"session_id": "sh"}));
    let answer = server.ok(
        "read_output",
        json!({"session_id": "sh", "wait_for": "ready> $", "timeout": 20}),
    );
    assert_eq!(answer.status["returned_by"], "match", "{}", answer.text);
    server.line("sh", "echo code $?", "code 130");
}
