//! Prompts that begin a piece of work, and the values that their arguments take.

use serde_json::{Value, json};

use crate::support::{Era, Server};

fn complete(server: &mut Server, reference: &Value, argument: &str, value: &str) -> Vec<String> {
    let result = server.request(
        "completion/complete",
        &json!({"ref": reference, "argument": {"name": argument, "value": value}}),
    );
    serde_json::from_value(result["completion"]["values"].clone()).unwrap()
}

fn guide(name: &str) -> Value {
    json!({"type": "ref/prompt", "name": name})
}

/// The guides are there in both eras, with arguments that say what they are.
#[test]
fn guides_are_listed() {
    for era in Era::BOTH {
        let mut server = Server::speaking(era, "", json!({}));
        let listed = server.request("prompts/list", &json!({}));
        let prompts = listed["prompts"].as_array().unwrap();
        let names: Vec<&str> = prompts
            .iter()
            .map(|prompt| prompt["name"].as_str().unwrap())
            .collect();
        let expected = [
            "connect_and_inspect_host",
            "debug_crash",
            "explore_database",
            "drive_installer",
            "take_over_session",
        ];
        assert_eq!(names, expected);
        for prompt in prompts {
            assert!(prompt["title"].is_string() && prompt["description"].is_string());
            for argument in prompt["arguments"].as_array().unwrap() {
                assert!(argument["title"].is_string() && argument["description"].is_string());
            }
        }
    }
}

/// A guide's first call can be made as it is written.
#[test]
fn a_guide_can_be_followed() {
    for era in Era::BOTH {
        let mut server = Server::speaking(era, "", json!({}));
        let path = server.directory.path().join("shop.db");
        let arguments = json!({"db_type": "sqlite", "database": path});
        std::fs::write(&path, "").unwrap();
        let result = server.request(
            "prompts/get",
            &json!({"name": "explore_database", "arguments": arguments}),
        );
        let message = &result["messages"][0];
        assert_eq!(message["role"], "user");
        let text = message["content"]["text"].as_str().unwrap();
        let (_, call) = text.split_once("start_process ").unwrap();
        let mut call: Value = serde_json::from_str(call.lines().next().unwrap()).unwrap();
        call["name"] = json!("db");
        let opened = server.ok("start_process", call);
        assert!(opened.text.contains("sqlite> "), "{}", opened.text);
        server.line("db", "create table t(a);", "readonly database");
    }
}

/// Taking over shows the session as it stands, as data in resources, and only one's own.
#[test]
fn a_session_is_taken_over() {
    for era in Era::BOTH {
        let mut server = Server::speaking(era, "", json!({}));
        server.bash();
        server.line("sh", "echo so far", "so far\nready> $");
        let arguments = json!({"session": "sh", "aim": "list\n\"files\""});
        let result = server.request(
            "prompts/get",
            &json!({"name": "take_over_session", "arguments": arguments}),
        );
        let messages = result["messages"].as_array().unwrap();
        let kinds: Vec<&str> = messages
            .iter()
            .map(|message| message["content"]["type"].as_str().unwrap())
            .collect();
        assert_eq!(kinds, ["text", "resource", "resource", "text"]);
        let text = messages[0]["content"]["text"].as_str().unwrap();
        assert!(text.contains(r#"- aim: "list\n\"files\"""#), "{text}");
        let info = &messages[1]["content"]["resource"];
        let facts: Value = serde_json::from_str(info["text"].as_str().unwrap()).unwrap();
        assert_eq!(facts["name"], "sh");
        let screen = &messages[2]["content"]["resource"];
        let id = facts["session_id"].as_str().unwrap();
        assert_eq!(screen["uri"], format!("session://{id}/screen"));
        assert!(
            screen["text"].as_str().unwrap().contains("so far"),
            "{screen}"
        );
        let nobody = json!({"name": "take_over_session", "arguments": {"session": "nobody"}});
        let error = server.refused("prompts/get", &nobody);
        assert_eq!(error.code, -32602);
    }
}

/// Sessions are found by the beginnings of their names and ids, and by near misses.
#[test]
fn sessions_are_completed() {
    for era in Era::BOTH {
        let mut server = Server::speaking(era, "", json!({}));
        server.program("worker", "cat", "");
        server.program("web", "cat", "");
        let info = server.ok("get_session_info", json!({"session_id": "web"}));
        let id = info.data()["session_id"].as_str().unwrap().to_owned();
        let template = json!({"type": "ref/resource", "uri": "session://{id}/screen"});
        let all = complete(&mut server, &template, "id", "");
        assert_eq!(all.len(), 4);
        assert_eq!(all[..2], ["web", "worker"]);
        assert_eq!(all[2], id);
        assert_eq!(
            complete(&mut server, &template, "id", &id[..20]),
            [id.as_str()]
        );
        let take_over = guide("take_over_session");
        assert_eq!(
            complete(&mut server, &take_over, "session", "wo")[0],
            "worker"
        );
        assert_eq!(
            complete(&mut server, &take_over, "session", "wroker")[0],
            "worker"
        );
        assert_eq!(complete(&mut server, &take_over, "aim", "w"), [""; 0]);
    }
}

/// Hosts are those that ssh knows, kinds of databases those there are, programs those that run.
#[test]
fn other_values_are_completed() {
    let mut server = Server::speaking(Era::Modern, "", json!({}));
    let ssh = server.directory.path().join(".ssh");
    std::fs::create_dir(&ssh).unwrap();
    std::fs::write(ssh.join("config"), "Host build-1 build-2\nHost *\n").unwrap();
    std::fs::write(ssh.join("known_hosts"), "git.example.com ssh-rsa AAAA\n").unwrap();
    let host = guide("connect_and_inspect_host");
    let hosts = complete(&mut server, &host, "host", "");
    assert_eq!(hosts, ["build-1", "build-2", "git.example.com"]);
    assert_eq!(
        complete(&mut server, &host, "host", "gti.ex"),
        ["git.example.com"]
    );
    assert_eq!(complete(&mut server, &host, "focus", "d"), ["disk"]);
    let database = guide("explore_database");
    assert_eq!(complete(&mut server, &database, "db_type", "my"), ["mysql"]);
    let installer = guide("drive_installer");
    assert_eq!(
        complete(&mut server, &installer, "command", "basenam")[0],
        "basename"
    );
}
