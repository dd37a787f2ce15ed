//! What an agent reads after typing: how much was taken, what happened to bytes
//! that mean something to the terminal, and what to do about the rest.

use serde_json::json;

use crate::support::{READY, Server};

/// Reads lines and shows each as it came.
const SHOW: &str = "stty -echo; echo reading; exec python3 -c \
    'import sys\nfor line in sys.stdin.buffer: print(\"got\", repr(line), flush=True)'";

/// A control byte in a text is data, and the answer says which way a key goes.
#[test]
fn control_bytes_of_a_text_arrive_and_keys_act() {
    let mut server = Server::start();
    server.script("show", SHOW, "reading");
    let answer = server.ok(
        "send_input",
        json!({"session_id": "show", "text": "a\u{3}b\u{4}", "press_enter": true}),
    );
    answer.shows("Typed 5 bytes.");
    answer.shows("2 control bytes went to the program as data; to press a key, use `keys`.");
    assert_eq!(answer.status["accepted_bytes"], 5);
    let answer = server.ok(
        "read_output",
        json!({"session_id": "show", "wait_for": "got .*", "timeout": 30}),
    );
    answer.shows(r"got b'a\x03b\x04\n'");
    server.keys("show", &["C-c"], "KeyboardInterrupt");
}

/// Where the terminal cannot quote, the byte is named and nothing is typed.
#[test]
fn a_byte_that_would_act_is_refused_where_it_cannot_be_quoted() {
    let mut server = Server::start();
    let script = SHOW.replace("-echo", "-echo lnext undef");
    server.script("show", &script, "reading");
    let refused = server.fails(
        "send_and_read",
        json!({"session_id": "show", "text": "a\u{4}", "press_enter": true}),
        "validation_error",
    );
    for words in ["0x04", "end-of-file", "nothing was typed", "C-d"] {
        assert!(refused.text.contains(words), "{words}: {}", refused.text);
    }
    server.ok(
        "send_input",
        json!({"session_id": "show", "text": "b", "press_enter": true}),
    );
    let answer = server.ok(
        "read_output",
        json!({"session_id": "show", "wait_for": "got .*", "timeout": 30}),
    );
    answer.shows(r"got b'b\n'");
}

/// A program that does not read: the call returns when its timeout passes, and
/// says what to do; the session is as good as before.
#[test]
fn a_full_terminal_is_told_with_what_is_left_to_send() {
    let mut server = Server::start();
    server.script(
        "busy",
        "trap 'echo woken' INT; stty -echo; echo busy; sleep 600; wc -c",
        "busy",
    );
    let line = "x".repeat(99) + "\n";
    let text = line.repeat(10_000);
    let answer = server.ok(
        "send_input",
        json!({"session_id": "busy", "text": text, "timeout": 0.2}),
    );
    let accepted = answer.status["accepted_bytes"].as_u64().unwrap();
    assert!(accepted < 1_000_000, "{}", answer.text);
    answer.shows(&format!("The terminal took {accepted} of 1000000 bytes"));
    answer.shows(&format!(
        "send the last {} when it does",
        1_000_000 - accepted
    ));
    server.ok("send_signal", json!({"session_id": "busy"}));
    let answer = server.ok(
        "read_output",
        json!({"session_id": "busy", "wait_for": "woken", "timeout": 30}),
    );
    assert_eq!(answer.status["returned_by"], "match", "{}", answer.text);
    let rest = text.split_at(accepted as usize).1;
    let answer = server.ok(
        "send_input",
        json!({"session_id": "busy", "text": rest, "keys": ["C-d"]}),
    );
    assert_eq!(answer.status["accepted_bytes"], rest.len() as u64 + 1);
    let last = server.end_of("busy");
    // The interrupt threw away what the terminal had kept, as at any terminal.
    let counted: u64 = last.output().trim().parse().unwrap();
    assert!(
        counted >= rest.len() as u64 && counted <= 1_000_000,
        "{counted}"
    );
}

/// A paste is text in the program's editor, whatever is in it, and its Enter
/// comes after it.
#[test]
fn a_paste_is_pasted_and_then_entered() {
    let mut server = Server::start();
    server.bash();
    let answer = server.ok(
        "send_and_read",
        json!({"session_id": "sh", "paste": true, "press_enter": true, "timeout": 30,
               "text": "echo first\u{1b}[201~\necho sec\u{3}ond", "wait_for": "\nsecond\n"}),
    );
    assert_eq!(answer.status["returned_by"], "match", "{}", answer.text);
    answer.shows("7 control characters left out of the paste");
    answer.shows("\nfirst\nsecond\n");
    server.line("sh", "echo $((40 + 2))", READY).shows("42");
}

/// The session's details say who typed last and how much, not what.
#[test]
fn the_last_inputs_are_listed_without_their_content() {
    let mut server = Server::start();
    server.bash();
    server.line("sh", "echo hidden-word", READY);
    let info = server.ok("get_session_info", json!({"session_id": "sh"}));
    let facts = info.data();
    assert_eq!(facts["human_in_control"], false);
    let inputs = facts["last_inputs"].as_array().unwrap();
    assert_eq!(inputs.len(), 1);
    assert_eq!(inputs[0]["bytes"], "echo hidden-word\r".len());
    assert_eq!(inputs[0]["is_person"], false);
    assert!(!facts.to_string().contains("hidden-word"));
}
