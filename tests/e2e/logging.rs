//! Log messages to clients: what comes, from which level on, and what never does.

use std::time::Duration;

use mcp_proto::{Event, LogLevel};
use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::processes::send;
use crate::support::{Answer, Era, Server, surprises};
use crate::survival::{holder, place};
use crate::vault::{VALUE, Vault};

const NO_CURL: &str = r#"
[[policy.argv.deny]]
name = "no-curl"
program = "curl"
reason = "this machine stays off the network"

[[policy.argv.ask]]
name = "make-files"
program = "touch"
reason = "it makes a file"
"#;

/// A message: its severity, who writes it, and what it says.
type Message = (LogLevel, String, Value);

fn server(era: Era, level: LogLevel) -> Server {
    let mut server = Server::speaking(era, NO_CURL, json!({"elicitation": {}}));
    server.client.set_log_level(level).unwrap();
    server
}

/// The messages among what came.
fn messages(events: Vec<Event>) -> Vec<Message> {
    let message = |event| match event {
        Event::Log {
            level,
            logger,
            data,
        } => Some((level, logger.unwrap_or_default(), data)),
        _ => None,
    };
    events.into_iter().filter_map(message).collect()
}

/// Calls a tool: what it answers, and what was said before that. Nothing is said afterwards, or the
/// next call would hear it.
#[track_caller]
fn call(server: &mut Server, tool: &str, arguments: Value) -> (Answer, Vec<Message>) {
    let answer = server.call(tool, arguments);
    (answer, messages(server.client.take_events()))
}

/// The severities, the writers and the events of messages.
fn heads(messages: &[Message]) -> Vec<(LogLevel, &str, &str)> {
    messages
        .iter()
        .map(|(level, logger, data)| (*level, &**logger, data["event"].as_str().unwrap()))
        .collect()
}

/// The one message of this kind.
#[track_caller]
fn one<'a>(messages: &'a [Message], event: &str) -> &'a Value {
    let mut found = messages.iter().filter(|(.., data)| data["event"] == event);
    let (.., data) = found.next().expect("there is one");
    assert!(found.next().is_none(), "{messages:?}");
    data
}

/// From each level on a client hears what belongs there, of its own calls, before their answers.
#[test]
fn levels_filter() {
    const DONE: (LogLevel, &str, &str) = (LogLevel::Debug, "calls", "done");
    const STARTED: (LogLevel, &str, &str) = (LogLevel::Info, "sessions", "started");
    const REFUSED: (LogLevel, &str, &str) = (LogLevel::Warning, "policy", "refused");
    for era in Era::BOTH {
        for level in [
            LogLevel::Debug,
            LogLevel::Info,
            LogLevel::Warning,
            LogLevel::Error,
        ] {
            let mut server = server(era, level);
            let expect = |heard: &[Message], all: &[(LogLevel, &str, &str)]| {
                let all: Vec<_> = all.iter().copied().filter(|it| it.0 >= level).collect();
                assert_eq!(heads(heard), all, "{era:?} {level}: {heard:?}");
            };
            let start = json!({"command": "cat -u", "name": "it", "timeout": 30});
            let (answer, heard) = call(&mut server, "start_process", start);
            expect(&heard, &[STARTED, DONE]);
            let id = &answer.status["session_id"];
            if level <= LogLevel::Info {
                let started =
                    json!({"event": "started", "session_id": id, "name": "it", "program": "cat"});
                assert_eq!(*one(&heard, "started"), started);
            }
            if level == LogLevel::Debug {
                let done = one(&heard, "done");
                assert_eq!(done["tool"], "start_process");
                assert_eq!(done["session_id"], *id);
                assert_eq!(done["returned_by"], answer.status["returned_by"]);
                assert!(done["duration_ms"].is_u64(), "{done}");
                assert!(done.get("error_type").is_none(), "{done}");
            }
            let denied = json!({"command": "curl", "args": ["http://example.com"]});
            let (_, heard) = call(&mut server, "start_process", denied);
            expect(&heard, &[REFUSED, DONE]);
            if level <= LogLevel::Warning {
                let refused = json!({"event": "refused", "tool": "start_process",
                    "rule": "argv.deny:no-curl", "error_type": "policy_denied"});
                assert_eq!(*one(&heard, "refused"), refused);
            }
            // What fails before anything is done, too.
            let (_, heard) = call(&mut server, "send_input", json!({"session_id": 7}));
            expect(&heard, &[DONE]);
            let (_, heard) = call(
                &mut server,
                "send_input",
                json!({"session_id": "it", "secret": "none"}),
            );
            expect(&heard, &[DONE]);
            let (_, heard) = call(&mut server, "list_sessions", json!({}));
            expect(&heard, &[DONE]);
        }
    }
}

/// A call that fails says of which kind that is and, where it got as far, of which session.
#[test]
fn a_failed_call_says_why() {
    for era in Era::BOTH {
        let mut server = server(era, LogLevel::Debug);
        let id = server.program("it", "cat", "").status["session_id"].clone();
        server.client.take_events();
        for (tool, arguments, error_type, session) in [
            (
                "send_input",
                json!({"session_id": 7}),
                "validation_error",
                Value::Null,
            ),
            (
                "read_output",
                json!({"session_id": "nobody"}),
                "session_not_found",
                Value::Null,
            ),
            (
                "send_input",
                json!({"session_id": "it", "text": "x", "expect_state": "waiting:password"}),
                "execution_error",
                id,
            ),
        ] {
            let (answer, heard) = call(&mut server, tool, arguments);
            assert_eq!(answer.error()["error_type"], error_type, "{}", answer.text);
            let done = one(&heard, "done");
            assert_eq!(done["tool"], tool);
            assert_eq!(done["error_type"], error_type);
            assert_eq!(done["session_id"], session);
        }
    }
}

/// A call by another system's name says by which, as audit records do.
#[test]
fn other_names_are_told_with_the_tool() {
    let mut server = server(Era::Modern, LogLevel::Debug);
    let start = json!({"command": "cat", "session_name": "it"});
    let (answer, heard) = call(&mut server, "create_interactive_session", start);
    assert!(!answer.result.is_error, "{}", answer.text);
    let done = one(&heard, "done");
    assert_eq!(done["tool"], "start_process");
    assert_eq!(done["called_as"], "create_interactive_session");
    assert_eq!(one(&heard, "started")["name"], "it");
}

/// Without a level nothing is said, whatever happens.
#[test]
fn nothing_comes_without_a_level() {
    for era in Era::BOTH {
        let mut server = Server::speaking(era, NO_CURL, json!({}));
        server.program("it", "cat", "");
        server.fails("start_process", json!({"command": "curl"}), "policy_denied");
        server.fails("send_input", json!({"session_id": 7}), "validation_error");
        server.leaves("it", json!({"keys": ["C-d"]}));
        assert_eq!(surprises(&mut server.client), [], "{era:?}");
    }
}

/// That a session ended is told once, with its exit code or its signal, by the call that shows it
/// first.
#[test]
fn an_end_is_told_once() {
    for era in Era::BOTH {
        let mut server = server(era, LogLevel::Info);
        for (name, script, how) in [
            ("one", "read x; exit 3", json!({"exit_code": 3})),
            ("two", "read x; kill -KILL $$", json!({"signal": "KILL"})),
        ] {
            let start =
                json!({"command": "sh", "args": ["-c", script], "name": name, "timeout": 30});
            let (answer, _) = call(&mut server, "start_process", start);
            let id = answer.status["session_id"].clone();
            let input = json!({"session_id": id, "text": "x", "press_enter": true});
            let (_, mut heard) = call(&mut server, "send_input", input);
            server.end_of(id.as_str().unwrap());
            heard.extend(messages(server.client.take_events()));
            let mut ended = json!({"event": "ended", "session_id": id, "name": name});
            for (fact, value) in how.as_object().unwrap() {
                ended[fact] = value.clone();
            }
            assert_eq!(heard, [(LogLevel::Info, "sessions".to_owned(), ended)]);
            for (tool, arguments) in [
                ("read_output", json!({"session_id": id})),
                ("list_sessions", json!({})),
                (
                    "wait_for_sessions",
                    json!({"session_ids": [id], "for": "exit"}),
                ),
                ("terminate_process", json!({"session_id": id})),
            ] {
                let (_, heard) = call(&mut server, tool, arguments);
                assert_eq!(heard, [], "{tool}");
            }
        }
    }
}

/// A call that waits for several sessions tells the end of each.
#[test]
fn the_end_of_several_is_told() {
    let mut server = server(Era::Modern, LogLevel::Info);
    server.program("one", "sh -c 'read x; exit 4'", "");
    server.program("two", "sh -c 'read x; kill -TERM $$; sleep 60'", "");
    for session in ["one", "two"] {
        let input = json!({"session_id": session, "text": "x", "press_enter": true, "timeout": 0});
        server.ok("send_input", input);
    }
    let wait = json!({"session_ids": ["one", "two"], "until": "all", "for": "exit", "timeout": 45});
    let answer = server.ok("wait_for_sessions", wait);
    assert_eq!(answer.data()["timed_out"], false, "{}", answer.text);
    let heard = messages(server.client.take_events());
    let ends: Vec<&Value> = heard
        .iter()
        .map(|(.., data)| data)
        .filter(|data| data["event"] == "ended")
        .collect();
    assert_eq!(ends.len(), 2, "{heard:?}");
    let of = |name: &str| *ends.iter().find(|data| data["name"] == name).unwrap();
    assert_eq!(of("one")["exit_code"], 4);
    assert_eq!(of("two")["signal"], "TERM");
}

/// A person would want to know that a session's holder died, or that its transcript stopped.
#[test]
fn what_a_person_would_want_to_know_is_a_warning() {
    let mut server = Server::after("ulimit -f 512;", "");
    server.client.set_log_level(LogLevel::Warning).unwrap();
    server.bash();
    server.line("sh", "seq 100000", "100000\n");
    for news in [1, 0] {
        let (info, heard) = call(&mut server, "get_session_info", json!({"session_id": "sh"}));
        assert_eq!(heard.len(), news, "{heard:?}");
        if news == 1 {
            let stopped = one(&heard, "transcript_stopped");
            assert_eq!(stopped["session_id"], info.data()["session_id"]);
            assert_eq!(stopped["reason"], info.data()["transcript_stopped"]);
        }
    }
    send(holder(&place(&server.directory, "sh")), Signal::SIGKILL);
    let read = json!({"session_id": "sh", "since": 0});
    let (answer, heard) = call(&mut server, "read_output", read);
    assert_eq!(answer.status["state"], "lost", "{}", answer.text);
    assert_eq!(heads(&heard), [(LogLevel::Warning, "sessions", "lost")]);
    assert_eq!(one(&heard, "lost")["name"], "sh");
}

/// That a person is asked is told before the question, by which rule.
#[test]
fn a_question_is_told() {
    for era in Era::BOTH {
        let mut server = server(era, LogLevel::Notice);
        let touch = json!({"command": "touch", "args": ["never"]});
        let call = server.client.begin_call("start_process", touch, None);
        let call = call.unwrap();
        let asked = server.client.wait_for(|event| match event {
            Event::Asked { .. } => true,
            Event::InputRequired { id, .. } => *id == call,
            _ => false,
        });
        asked.unwrap();
        let heard = messages(server.client.take_events());
        assert_eq!(heads(&heard), [(LogLevel::Notice, "policy", "asks")]);
        assert_eq!(one(&heard, "asks")["rule"], "argv.ask:make-files");
    }
}

/// A level that is set while a call is worked on counts for the rest of it.
#[test]
fn the_level_changes_under_way() {
    let mut server = Server::speaking(Era::Legacy, "", json!({}));
    server.program("it", "cat", "");
    let wait = json!({"session_id": "it", "wait_for": "go on", "timeout": 45});
    let wait = server.client.begin_call("read_output", wait, None).unwrap();
    server.client.set_log_level(LogLevel::Debug).unwrap();
    let input = json!({"session_id": "it", "text": "go on", "press_enter": true});
    server.ok("send_input", input);
    Answer::of(server.client.finish_call(&wait).unwrap());
    let heard = messages(server.client.take_events());
    let tools: Vec<&Value> = heard.iter().map(|(.., data)| &data["tool"]).collect();
    assert!(tools.contains(&&json!("read_output")), "{heard:?}");
    server.client.set_log_level(LogLevel::Emergency).unwrap();
    let (_, heard) = call(&mut server, "list_sessions", json!({}));
    assert_eq!(heard, []);
}

/// No message has anything that was typed or printed in it, be it a secret or not.
#[test]
fn what_is_typed_or_printed_is_never_told() {
    let vault = Vault::new();
    for era in Era::BOTH {
        let mut server = Server::speaking(era, &vault.config(""), json!({}));
        server.client.set_log_level(LogLevel::Debug).unwrap();
        let script = "stty -echo; printf 'Word? '; read -r word; stty echo; \
                      echo printed-words $word; read -r line; exit 5";
        let start = json!({"command": "sh", "args": ["-c", script], "name": "it",
            "env": {"MARK": "of-the-environment"}, "wait_for": "Word\\? $", "timeout": 45});
        let mut heard = call(&mut server, "start_process", start).1;
        for (tool, arguments) in [
            (
                "send_and_read",
                json!({"session_id": "it", "secret": "word", "press_enter": true,
                       "wait_for": "printed-words", "timeout": 45}),
            ),
            (
                "search_output",
                json!({"session_id": "it", "pattern": "printed"}),
            ),
            ("get_screen", json!({"session_id": "it"})),
            ("get_session_info", json!({"session_id": "it"})),
            (
                "send_input",
                json!({"session_id": "it", "text": "typed-words", "press_enter": true}),
            ),
            (
                "read_output",
                json!({"session_id": "it", "until": "exit", "timeout": 45}),
            ),
            (
                "send_input",
                json!({"session_id": "it", "text": "typed-words"}),
            ),
            ("list_sessions", json!({})),
        ] {
            let said = call(&mut server, tool, arguments).1;
            assert_eq!(one(&said, "done")["tool"], tool);
            heard.extend(said);
        }
        let all = format!("{heard:?}");
        for words in [
            VALUE,
            "***",
            "printed",
            "typed-words",
            "of-the-environment",
            "stty",
            "Word",
        ] {
            assert!(!all.contains(words), "{words:?} is in {all}");
        }
        assert_eq!(one(&heard, "ended")["exit_code"], 5);
    }
}

/// How long calls take is how long they take.
#[test]
fn durations_are_told_in_milliseconds() {
    let mut server = server(Era::Legacy, LogLevel::Debug);
    server.program("it", "cat", "");
    server.client.take_events();
    let wait = json!({"session_id": "it", "wait_for": "never", "timeout": 1});
    let (_, heard) = call(&mut server, "read_output", wait);
    let done = one(&heard, "done");
    let took = Duration::from_millis(done["duration_ms"].as_u64().unwrap());
    assert!(took >= Duration::from_secs(1), "{took:?}");
    assert!(took < Duration::from_secs(60), "{took:?}");
    assert_eq!(done["returned_by"], "timeout");
}
