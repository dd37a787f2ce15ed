//! Programs that people run by hand: REPLs, key generators, pagers, editors,
//! full-screen monitors, debuggers.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use serde_json::json;

use crate::support::Server;

/// The prompt of Python's REPL.
const PYTHON: &str = ">>> $";

/// A REPL session: a block of several lines, an exception that is survived, and
/// the exit code in the end.
#[test]
fn python_takes_a_block_and_survives_an_exception() {
    let mut server = Server::start();
    server.program("py", "python3 -q", PYTHON);
    server.line("py", "def double(n):", r"\.\.\. $");
    server.line("py", "    return 2 * n", r"\.\.\. $");
    server.line("py", "", PYTHON);
    let answer = server.line("py", "double(21)", PYTHON);
    assert_eq!(answer.output(), "double(21)\n42\n>>> \n");
    let answer = server.line("py", "double()", PYTHON);
    answer.shows("TypeError: double() missing 1 required");
    let answer = server.line("py", "double('ab')", PYTHON);
    answer.shows("'abab'");
    let answer = server.leaves(
        "py",
        json!({"text": "raise SystemExit(3)", "press_enter": true}),
    );
    assert_eq!(answer.status["exit_code"], 3);
}

/// `waiting:password` is told from the terminal's modes; a reply ends there, and
/// `expect_state` keeps a secret from being typed anywhere else.
#[test]
fn a_password_goes_only_where_it_is_asked_for() {
    let mut server = Server::start();
    server.program("py", "python3 -q", PYTHON);
    server.line("py", "import getpass", PYTHON);
    let secret = json!({"session_id": "py", "text": "swordfish", "press_enter": true,
                        "expect_state": "waiting:password"});
    let refused = server.fails("send_input", secret.clone(), "execution_error");
    assert!(
        refused.text.contains("nothing was typed"),
        "{}",
        refused.text
    );
    let answer = server.ok(
        "send_and_read",
        json!({"session_id": "py", "text": "word = getpass.getpass('Your word? ')", "press_enter": true,
               "wait_for": "no such text", "timeout": 30}),
    );
    assert_eq!(
        answer.status["state"], "waiting:password",
        "{}",
        answer.text
    );
    assert_eq!(answer.status["returned_by"], "waiting", "{}", answer.text);
    assert!(
        answer.output().ends_with("Your word? \n"),
        "{}",
        answer.text
    );
    server.ok("send_input", secret);
    let answer = server.ok(
        "read_output",
        json!({"session_id": "py", "wait_for": PYTHON, "timeout": 30}),
    );
    assert_eq!(answer.status["returned_by"], "match", "{}", answer.text);
    assert!(!answer.text.contains("swordfish"), "{}", answer.text);
    let answer = server.line("py", "len(word), word == 'sword' + 'fish'", PYTHON);
    answer.shows("(9, True)");
}

/// A program without a prompt: only what it prints is there to wait for.
#[test]
fn bc_calculates_without_a_prompt() {
    let mut server = Server::start();
    let answer = server.ok("start_process", json!({"command": "bc -q", "timeout": 0}));
    assert_eq!(answer.status["name"], "bc");
    let answer = server.line("bc", "2^100", "1267650600228229401496703205376\n");
    assert_eq!(answer.output(), "2^100\n1267650600228229401496703205376\n");
    server.line("bc", "scale=5; 22/7", "3\\.14285\n");
    let answer = server.line("bc", "1/0", "zero");
    assert!(
        answer.output().to_lowercase().contains("divide by zero"),
        "{}",
        answer.text
    );
    let answer = server.leaves("bc", json!({"text": "quit", "press_enter": true}));
    answer.says("state=exited exit=0");
}

/// The key opens with the passphrase that was typed into the dialogue.
#[track_caller]
fn assert_key(server: &Server, name: &str, passphrase: &str) {
    let path = server.directory.path().join(name);
    assert!(path.with_extension("pub").exists());
    let shown = Command::new("ssh-keygen")
        .args(["-y", "-P", passphrase, "-f"])
        .arg(&path)
        .output()
        .unwrap();
    assert!(
        shown.status.success(),
        "{}",
        String::from_utf8_lossy(&shown.stderr)
    );
}

/// A dialogue prompt by prompt; the passphrase never comes back.
#[test]
fn ssh_keygen_is_answered_prompt_by_prompt() {
    let mut server = Server::start();
    let key = server.directory.path().join("first");
    server.ok(
        "start_process",
        json!({"command": "ssh-keygen -t ed25519", "name": "keygen", "timeout": 0}),
    );
    let prompts = [
        ("file in which to save the key", key.to_str().unwrap()),
        ("Enter passphrase", "correct horse"),
        ("same passphrase again", "correct horse"),
    ];
    for (prompt, response) in prompts {
        let answer = server.ok(
            "expect_and_respond",
            json!({"session_id": "keygen", "expect_pattern": prompt, "response": response}),
        );
        assert_eq!(answer.status["returned_by"], "match", "{}", answer.text);
    }
    let answer = server.end_of("keygen");
    answer.shows("Your identification has been saved");
    let all = server.ok("read_output", json!({"session_id": "keygen", "since": 0}));
    assert!(!all.text.contains("correct horse"), "{}", all.text);
    assert_key(&server, "first", "correct horse");
}

/// The same dialogue in one call, with the question that an existing file raises.
#[test]
fn ssh_keygen_is_answered_in_one_call() {
    let mut server = Server::start();
    let key = server.file("second", "an old key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    server.ok(
        "start_process",
        json!({"command": "ssh-keygen -t ed25519", "name": "keygen", "timeout": 0}),
    );
    let answer = server.ok(
        "multi_step_automation",
        json!({"session_id": "keygen", "steps": [
            {"name": "file", "expect": "save the key", "respond": key},
            {"name": "overwrite", "expect": r"overwrite \(y/n\)", "respond": "y", "optional": true},
            {"name": "passphrase", "expect": "enter passphrase", "respond": "battery staple"},
            {"name": "again", "expect": "same passphrase", "respond": "battery staple"},
            {"name": "saved", "expect": "public key has been saved"},
        ]}),
    );
    assert!(
        answer.text.contains("2. overwrite: done"),
        "{}",
        answer.text
    );
    assert!(answer.text.contains("5. saved: done"), "{}", answer.text);
    let answer = server.end_of("keygen");
    assert_eq!(answer.status["exit_code"], 0, "{}", answer.text);
    assert_key(&server, "second", "battery staple");
}

/// A pager is driven by keys and by its own search.
#[test]
fn less_turns_pages_and_searches() {
    let mut server = Server::start();
    let lines: String = (1..=500).map(|n| format!("line {n}\n")).collect();
    server.file("numbers.txt", &lines);
    let answer = server.program("pager", "less numbers.txt", "numbers.txt");
    answer.shows("line 23\n");
    assert!(!answer.output().contains("line 24\n"), "{}", answer.text);
    let answer = server.keys("pager", &["Space"], "line 46");
    answer.shows("line 24\n");
    let answer = server.line("pager", "/line 300", "line 322");
    assert!(!answer.output().contains("line 299\n"), "{}", answer.text);
    server.keys("pager", &["G"], r"line 500[\s\S]*\(END\)");
    let answer = server.leaves("pager", json!({"text": "q"}));
    answer.says("state=exited exit=0");
}

/// An editor takes text and keys in one go, and what was typed is in the file.
#[test]
fn vi_edits_a_file() {
    let mut server = Server::start();
    let note = server.file("note.txt", "alpha\nomega\n");
    server.program("editor", "vi -u NONE note.txt", "omega");
    let typed =
        json!({"session_id": "editor", "text": "obeta", "keys": ["Enter", "gamma", "Escape"]});
    server.fails("send_and_read", typed, "validation_error");
    let typed = json!({"session_id": "editor", "text": "obeta\rgamma", "keys": ["Escape"],
                       "wait_for": "gamma"});
    server.ok("send_and_read", typed);
    server.ok(
        "send_input",
        json!({"session_id": "editor", "keys": ["Up", "Down"]}),
    );
    let answer = server.leaves("editor", json!({"text": ":wq", "keys": ["Enter"]}));
    answer.says("state=exited exit=0");
    assert_eq!(
        std::fs::read_to_string(note).unwrap(),
        "alpha\nbeta\ngamma\nomega\n"
    );
}

/// A full-screen program that never stops printing is left by its key.
#[test]
fn top_runs_until_its_key() {
    let mut server = Server::start();
    let answer = server.program("top", "top -d 1", "load average");
    assert!(!answer.output().contains('\u{1b}'), "{}", answer.text);
    server.keys("top", &["h"], "Help for");
    server.keys("top", &["Escape"], r"(?i)tasks:");
    let answer = server.leaves("top", json!({"text": "q"}));
    answer.says("state=exited exit=0");
}

const SUM: &str = r#"#include <stdio.h>

static int add(int a, int b) {
    int sum = a + b;
    return sum;
}

int main(void) {
    printf("sum is %d\n", add(40, 2));
    return 0;
}
"#;

/// A debugger on a program of our own: a stop, its variables, its end.
#[test]
fn gdb_stops_at_a_breakpoint_and_shows_variables() {
    let mut server = Server::start();
    let source = server.file("sum.c", SUM);
    let built = Command::new("gcc")
        .args(["-g", "-O0", "-o"])
        .arg(source.with_extension(""))
        .arg(&source)
        .status()
        .unwrap();
    assert!(built.success());
    let prompt = r"\(gdb\) $";
    server.program("gdb", "gdb -q -nx ./sum", prompt);
    let answer = server.line("gdb", "break 5", prompt);
    answer.shows("Breakpoint 1 at ");
    let answer = server.line("gdb", "run", prompt);
    answer.shows("Breakpoint 1, add (a=40, b=2) at ");
    answer.shows("sum.c:5\n");
    let answer = server.line("gdb", "print sum", prompt);
    answer.shows("$1 = 42");
    let answer = server.line("gdb", "continue", prompt);
    answer.shows("sum is 42");
    answer.shows("exited normally");
    let answer = server.leaves("gdb", json!({"text": "quit", "press_enter": true}));
    answer.says("state=exited exit=0");
}
