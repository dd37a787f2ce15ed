//! A person's agreement, asked for by a form in either era.

use mcp_proto::Event;
use serde_json::{Map, Value, json};

use crate::support::{Answer, Era, Server};

const CONFIG: &str = r#"
[[policy.argv.ask]]
name = "make-files"
program = "touch"
reason = "it makes a file"
"#;

/// A client that can show forms.
fn asking(era: Era, config: &str) -> Server {
    Server::speaking(era, config, json!({"elicitation": {}}))
}

fn touch(name: &str) -> Value {
    json!({"command": "touch", "args": [name], "wait_for": "never", "timeout": 20})
}

/// Gives the question an answer, and returns the call's.
type Reply = Box<dyn FnOnce(&mut Server, Value) -> Answer>;

/// A question as it came, and what is needed to answer it.
struct Question {
    params: Value,
    /// The state, in the newer era.
    state: Option<String>,
    answer: Reply,
}

/// Calls a tool that makes the server ask.
#[track_caller]
fn ask(server: &mut Server, era: Era, tool: &'static str, arguments: Value) -> Question {
    let call = server
        .client
        .begin_call(tool, arguments.clone(), None)
        .unwrap();
    let event = server.client.wait_for(|event| match event {
        Event::Asked { .. } => true,
        Event::InputRequired { id, .. } => *id == call,
        Event::ToolResult { id, result } if *id == call => panic!("not asked: {result:?}"),
        _ => false,
    });
    match (era, event.unwrap()) {
        (Era::Legacy, Event::Asked { id, method, params }) => {
            assert_eq!(method, "elicitation/create");
            Question {
                params,
                state: None,
                answer: Box::new(move |server, answer| {
                    server.client.respond(&id, &answer).unwrap();
                    Answer::of(server.client.finish_call(&call).unwrap())
                }),
            }
        }
        (
            Era::Modern,
            Event::InputRequired {
                requests, state, ..
            },
        ) => {
            assert_eq!(requests["approval"]["method"], "elicitation/create");
            let again = state.clone();
            Question {
                params: requests["approval"]["params"].clone(),
                state,
                answer: Box::new(move |server, answer| {
                    let call = answer_with(server, tool, arguments, answer, again.as_deref());
                    Answer::of(server.client.finish_call(&call).unwrap())
                }),
            }
        }
        (_, other) => panic!("{other:?}"),
    }
}

/// Calls again with an answer and a state.
fn answer_with(
    server: &mut Server,
    tool: &str,
    arguments: Value,
    answer: Value,
    state: Option<&str>,
) -> mcp_proto::RequestId {
    let mut responses = Map::new();
    responses.insert("approval".to_owned(), answer);
    let begun = server
        .client
        .begin_call_again(tool, arguments, responses, state);
    begun.unwrap()
}

fn yes() -> Value {
    json!({"action": "accept", "content": {"approve": true}})
}

/// What was agreed to is done, and not before; the records name the agreement.
#[test]
fn what_is_agreed_to_is_done() {
    for era in Era::BOTH {
        let directory = tempfile::TempDir::new().unwrap();
        let audit = directory.path().join("audit.jsonl");
        let mut server = asking(era, &format!("[audit]\nfile = {audit:?}\n{CONFIG}"));
        let made = server.directory.path().join("made");
        let question = ask(&mut server, era, "start_process", touch("made"));
        assert!(!made.exists());
        let message = question.params["message"].as_str().unwrap();
        for words in ["touch made", "argv.ask:make-files", "it makes a file"] {
            assert!(message.contains(words), "{message}");
        }
        let schema = &question.params["requestedSchema"];
        assert_eq!(schema["properties"].as_object().unwrap().len(), 1);
        assert_eq!(schema["properties"]["approve"]["type"], "boolean");
        let answer = (question.answer)(&mut server, yes());
        assert!(!answer.result.is_error, "{}", answer.text);
        assert!(made.exists());
        let text = std::fs::read_to_string(&audit).unwrap();
        let records: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let decisions: Vec<&Value> = records.iter().map(|it| &it["decision"]).collect();
        assert_eq!(decisions, ["ask", "allow"]);
        assert_eq!(records[0]["approval"], records[1]["approval"]);
        assert_eq!(records[1]["approval"].as_str().unwrap().len(), 16);
        assert_eq!(records[1]["rule"], "argv.ask:make-files");
    }
}

/// A no is a no, and says that a person said it.
#[test]
fn what_is_refused_is_not_done() {
    for era in Era::BOTH {
        let mut server = asking(era, CONFIG);
        for (answer, says) in [
            (json!({"action": "decline"}), "said no"),
            (
                json!({"action": "accept", "content": {"approve": false}}),
                "said no",
            ),
            (json!({"action": "cancel"}), "made no choice"),
        ] {
            let question = ask(&mut server, era, "start_process", touch("never"));
            let answer = (question.answer)(&mut server, answer);
            assert!(answer.result.is_error, "{}", answer.text);
            assert_eq!(answer.error()["error_type"], "policy_denied");
            assert!(answer.text.contains(says), "{}", answer.text);
        }
        assert!(!server.directory.path().join("never").exists());
        assert_eq!(server.ok("list_sessions", json!({})).data()["total"], 0);
    }
}

/// An agreement cannot be used twice, nor for anything else, nor made up.
#[test]
fn an_agreement_is_good_once_for_one_thing() {
    let mut server = asking(Era::Modern, CONFIG);
    let question = ask(&mut server, Era::Modern, "start_process", touch("one"));
    let state = question.state.clone().unwrap();
    let asks_again = |server: &mut Server, arguments: Value, state: &str| {
        let call = answer_with(server, "start_process", arguments, yes(), Some(state));
        let event = server.client.wait_for(|event| match event {
            Event::InputRequired { id, .. } | Event::ToolResult { id, .. } => *id == call,
            _ => false,
        });
        let event = event.unwrap();
        assert!(matches!(event, Event::InputRequired { .. }), "{event:?}");
    };
    asks_again(&mut server, touch("two"), &state);
    asks_again(&mut server, touch("one"), "made up");
    let answer = (question.answer)(&mut server, yes());
    assert!(!answer.result.is_error, "{}", answer.text);
    std::fs::remove_file(server.directory.path().join("one")).unwrap();
    asks_again(&mut server, touch("one"), &state);
    assert!(!server.directory.path().join("one").exists());
    assert!(!server.directory.path().join("two").exists());
}

/// Shell lines that are asked about are asked about in running shells, too, each for itself.
#[test]
fn shell_lines_are_asked_about() {
    for era in Era::BOTH {
        let mut server = asking(era, "[policy.shell]\nlines = \"ask\"\n");
        server.bash();
        let command = json!({"session_id": "sh", "commands": ["echo one", "echo two"]});
        let question = ask(&mut server, era, "run_command", command);
        let message = question.params["message"].as_str().unwrap();
        assert!(
            message.contains("  | echo one\n  | echo two\n"),
            "{message}"
        );
        assert!(message.contains("In session:\n  | sh\n"), "{message}");
        let answer = (question.answer)(&mut server, yes());
        assert!(
            answer.text.contains("one") && answer.text.contains("two"),
            "{}",
            answer.text
        );
    }
}

/// Who cannot show a form is told that an agreement is needed, as ever.
#[test]
fn without_forms_it_is_told() {
    for era in Era::BOTH {
        for capabilities in [json!({}), json!({"elicitation": {"url": {}}})] {
            let mut server = Server::speaking(era, CONFIG, capabilities);
            server.fails("start_process", touch("never"), "approval_required");
        }
    }
}
