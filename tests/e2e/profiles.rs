//! The names of the systems that this server replaces: every one of them over real
//! programs, in every profile.

use serde_json::{Value, json};

use crate::support::{Answer, Server};

/// The profiles that have tools.
const PROFILES: [&str; 3] = ["canonical", "interactive-automation", "interactive-process"];

/// A dialogue that ends by itself.
const GREETER: &str = "sh -c 'printf \"name: \"; read name; printf \"hello $name, word: \"; read word; \
                       printf \"code: \"; read code; exit $code'";

/// A server that lists these names.
fn server(names: &str) -> Server {
    Server::with_config(&format!("names = {names:?}\n"))
}

/// What a call says by another system's name: one text block that is an object, and
/// nothing else that a client could show instead; it failed exactly if the object says so.
#[track_caller]
fn call(server: &mut Server, tool: &str, arguments: Value) -> Value {
    let answer = server.call(tool, arguments);
    let object = object(&answer);
    let failed = object["success"] == false || object.get("error").is_some();
    assert_eq!(answer.result.is_error, failed, "{tool}: {}", answer.text);
    object
}

#[track_caller]
fn object(answer: &Answer) -> Value {
    let result = &answer.result;
    assert_eq!(result.content.len(), 1, "{}", answer.text);
    assert_eq!(result.structured_content, None, "{}", answer.text);
    let object: Value = serde_json::from_str(&answer.text).unwrap();
    assert!(object.is_object(), "{object}");
    object
}

/// The members of an object.
fn keys(object: &Value) -> Vec<&str> {
    let members = object.as_object().unwrap();
    let mut keys: Vec<&str> = members.keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

/// Starts a program by interactive-automation's name for it, which no other profile has.
#[track_caller]
fn create(server: &mut Server, command: &str) -> String {
    let created = call(
        server,
        "create_interactive_session",
        json!({"command": command, "session_name": "the greeter", "environment": {"A": "1"},
               "working_directory": "/", "timeout": 60}),
    );
    assert_eq!(created["success"], true, "{created}");
    assert_eq!(
        (&created["command"], &created["timeout"]),
        (&json!(command), &json!(60))
    );
    assert!(created["pid"].is_u64(), "{created}");
    created["session_id"].as_str().unwrap().to_owned()
}

/// The names that interactive-automation alone has mean the same in every profile, and
/// their parameters reach the session.
#[test]
fn sessions_are_created_and_destroyed_in_every_profile() {
    for names in PROFILES {
        let mut server = server(names);
        let arguments = json!({"command": "sh -c 'pwd; echo A=$A; cat'", "session_name": "my cat",
            "environment": {"A": "1"}, "working_directory": "/usr"});
        let created = call(&mut server, "create_interactive_session", arguments);
        let output = created["initial_output"].as_str().unwrap();
        assert!("/usr\nA=1\n".starts_with(output), "{created}");
        assert_eq!(
            (&created["session_name"], &created["timeout"]),
            (&json!("my_cat"), &json!(3600))
        );
        assert!(created["state"].is_string(), "{created}");
        let id = &created["session_id"];
        let wait = json!({"session_ids": [id], "for": "waiting", "timeout": 45});
        server.ok("wait_for_sessions", wait);
        for line in ["^/usr$", "^A=1$"] {
            let search = json!({"session_id": id, "pattern": line});
            let found = server.ok("search_output", search);
            assert_eq!(found.data()["total"], 1, "{line}: {}", found.text);
        }
        let info = server.ok("server_info", json!({}));
        assert_eq!(info.data()["names"], names);

        // People's names need not differ.
        let again = json!({"command": "cat", "session_name": "my cat"});
        let again = call(&mut server, "create_interactive_session", again);
        assert_eq!(again["session_name"], "my_cat-2", "{again}");

        let destroyed = call(&mut server, "destroy_session", json!({"session_id": id}));
        assert_eq!(destroyed["success"], true, "{destroyed}");
        assert_eq!(&destroyed["session_id"], id);
        let nobody = call(
            &mut server,
            "destroy_session",
            json!({"session_id": "nobody"}),
        );
        assert_eq!(nobody["success"], false);
        assert_eq!(nobody["error_type"], "session_not_found", "{nobody}");
        assert!(
            nobody["message"].as_str().unwrap().contains("nobody"),
            "{nobody}"
        );
    }
}

/// Prompts are answered one by one and in a row, and every outcome is told.
#[test]
fn a_dialogue_is_held_as_in_interactive_automation() {
    let mut server = server("interactive-automation");
    let id = create(&mut server, GREETER);
    let first = json!({"session_id": id, "expect_pattern": "NAME: ", "response": "ann"});
    let first = call(&mut server, "expect_and_respond", first);
    assert_eq!(
        first,
        json!({"success": true, "matched_pattern": "NAME: ", "matched_index": 0, "before": "",
               "after": "name: ", "response_sent": "ann"})
    );
    let listed = call(&mut server, "list_sessions", json!({}));
    assert_eq!(
        (&listed["success"], &listed["total_sessions"]),
        (&json!(true), &json!(1))
    );
    let session = &listed["sessions"][0];
    assert_eq!(session["session_id"], json!(id));
    assert!(session["created_at"].as_f64() > Some(1.6e9), "{session}");
    assert!(
        session["command"]
            .as_str()
            .unwrap()
            .starts_with("sh -c printf"),
        "{session}"
    );

    let never = json!({"session_id": id, "expect_pattern": "never", "response": "", "timeout": 1});
    let never = call(&mut server, "expect_and_respond", never);
    assert_eq!(never["reason"], "timeout", "{never}");
    assert!(
        never["before"].as_str().unwrap().contains("word: "),
        "{never}"
    );

    let steps = json!([{"name": "word", "expect": "word: ", "respond": "secret"},
                       {"expect": "overwrite", "respond": "y", "optional": true},
                       {"expect": "code: ", "respond": "3"}]);
    let steps = json!({"session_id": id, "steps": steps});
    let stepped = call(&mut server, "multi_step_automation", steps);
    assert_eq!(stepped["success"], true, "{stepped}");
    assert_eq!(
        (&stepped["total_steps"], &stepped["successful_steps"]),
        (&json!(3), &json!(2))
    );
    let results = stepped["step_results"].as_array().unwrap();
    assert_eq!(results[0]["step_name"], "word");
    assert_eq!(results[0]["response_sent"], "secret");
    assert_eq!(
        (&results[1]["success"], &results[1]["reason"]),
        (&json!(false), &json!("skipped"))
    );
    assert_eq!(results[2]["after"], "code: ");

    let ended = json!({"session_id": id, "expect_pattern": "more", "response": "x"});
    let ended = call(&mut server, "expect_and_respond", ended);
    assert_eq!(
        (&ended["reason"], &ended["exit_code"]),
        (&json!("process_ended"), &json!(3))
    );
    let listed = call(&mut server, "list_sessions", json!({}));
    assert_eq!(listed["sessions"][0]["state"], "terminated", "{listed}");
}

/// A dialogue that stops says where, and what came before is not lost.
#[test]
fn a_dialogue_that_stops_is_told_as_far_as_it_came() {
    let mut server = server("interactive-automation");
    let id = create(&mut server, GREETER);
    let steps = json!([{"expect": "name: ", "respond": "ann"},
                       {"expect": "never", "respond": "x", "timeout": 1}]);
    let steps = json!({"session_id": id, "steps": steps});
    let stopped = call(&mut server, "multi_step_automation", steps);
    assert_eq!(stopped["success"], false);
    let results = stopped["step_results"].as_array().unwrap();
    assert_eq!(
        (&results[0]["success"], &results[1]["reason"]),
        (&json!(true), &json!("timeout"))
    );
    let error = stopped["error"].as_str().unwrap();
    assert!(error.contains("step 2 of 2"), "{stopped}");
}

/// A shell is started, typed into, read, resized, listed and ended by interactive-process's
/// eight names, with exactly the members that its users know.
#[test]
fn a_program_is_driven_as_in_interactive_process() {
    let mut server = server("interactive-process");
    let start = json!({"command": "bash --norc --noprofile", "args": [], "name": "my shell",
                       "env": {"PS1": "ready> "}, "cwd": "/"});
    let started = call(&mut server, "start_process", start);
    assert_eq!(keys(&started), ["initial_output", "pid", "session_id"]);
    assert_eq!(started["initial_output"], "ready> ");
    let id = started["session_id"].clone();

    let typed = json!({"session_id": id, "text": "pwd", "press_enter": true});
    let read = call(&mut server, "send_and_read", typed);
    assert_eq!(
        read,
        json!({"output": "pwd\n/\nready> ", "has_more": false, "lines_returned": 3,
               "bytes_returned": 13})
    );
    let typed =
        json!({"session_id": id, "text": "printf '\\033[1m%s\\n' a b c", "press_enter": true});
    let sent = call(&mut server, "send_input", typed);
    assert_eq!(sent["success"], true, "{sent}");
    let mut output = String::new();
    while !output.ends_with("c\nready> ") {
        let read = json!({"session_id": id, "max_lines": 1});
        let read = call(&mut server, "read_output", read);
        assert!(read["lines_returned"].as_u64() <= Some(1), "{read}");
        output.push_str(read["output"].as_str().unwrap());
    }
    assert!(!output.contains('\u{1b}'), "{output:?}");
    let nothing = json!({"session_id": id, "timeout": 0});
    assert_eq!(
        call(&mut server, "read_output", nothing),
        json!({"output": "", "has_more": false, "lines_returned": 0, "bytes_returned": 0})
    );

    let resized = json!({"session_id": id, "rows": 30, "cols": 100});
    assert_eq!(call(&mut server, "resize_pty", resized)["success"], true);
    let size = json!({"session_id": id, "text": "stty size", "press_enter": true});
    let size = call(&mut server, "send_and_read", size);
    // The shell draws its prompt anew when its terminal changes.
    let output = size["output"].as_str().unwrap();
    assert!(output.ends_with("stty size\n30 100\nready> "), "{output:?}");

    let info = call(&mut server, "get_session_info", json!({"session_id": id}));
    let facts = [
        "args",
        "command",
        "created_at",
        "exit_code",
        "id",
        "mode",
        "name",
        "pid",
        "status",
    ];
    assert_eq!(keys(&info), facts);
    assert_eq!((&info["id"], &info["name"]), (&id, &json!("my_shell")));
    assert_eq!(
        (&info["status"], &info["exit_code"]),
        (&json!("running"), &Value::Null)
    );
    assert_eq!(
        (&info["pid"], &info["mode"]),
        (&started["pid"], &json!("pty"))
    );

    let ended = json!({"session_id": id, "force": true});
    assert_eq!(
        call(&mut server, "terminate_process", ended)["success"],
        true
    );
    let listed = call(&mut server, "list_sessions", json!({}));
    let sessions = listed["sessions"].as_array().unwrap();
    assert_eq!((sessions.len(), keys(&sessions[0])), (1, facts.to_vec()));
    assert_eq!(sessions[0]["status"], "exited");
}

/// What goes wrong is an object too, whichever part of the pipeline finds it, and speaks
/// of the parameters that the caller knows.
#[test]
fn failures_are_objects_with_the_callers_words() {
    for names in PROFILES {
        let config = "[[policy.argv.deny]]\nname = \"no-ssh\"\nprogram = \"ssh\"\n";
        let mut server = Server::with_config(&format!("names = {names:?}\n{config}"));
        for (arguments, error_type, says) in [
            (json!({}), "validation_error", "`command`"),
            (
                json!({"command": "ls", "timeout": 29}),
                "validation_error",
                "/timeout",
            ),
            (
                json!({"command": "ls", "timeout": 7201}),
                "validation_error",
                "/timeout",
            ),
            (
                json!({"command": "ls", "cwd": "/"}),
                "validation_error",
                "/cwd: no such property",
            ),
            (
                json!({"command": "ls", "working_directory": "/no/such"}),
                "not_found",
                "/working_directory: ",
            ),
            (
                json!({"command": "no-such-program-anywhere"}),
                "not_found",
                "no-such-program-anywhere",
            ),
            (json!({"command": "ssh host"}), "policy_denied", "ssh"),
        ] {
            let failed = call(&mut server, "create_interactive_session", arguments);
            assert_eq!(failed["error_type"], error_type, "{failed}");
            let error = failed["error"].as_str().unwrap();
            assert!(error.contains(says), "{says:?} is missing in {failed}");
        }
    }
    let mut server = server("interactive-process");
    for tool in [
        "read_output",
        "get_session_info",
        "terminate_process",
        "resize_pty",
    ] {
        let failed = call(&mut server, tool, json!({"session_id": "nobody"}));
        assert_eq!(
            failed["error_type"], "session_not_found",
            "{tool}: {failed}"
        );
    }
}

/// A name that several systems have follows the profile that is chosen; where that does
/// not have it, it is the canonical one.
#[test]
fn shared_names_follow_the_profile() {
    let mut canonical = server("canonical");
    assert_eq!(canonical.ok("list_sessions", json!({})).data()["total"], 0);

    let mut automation = server("interactive-automation");
    automation.bash();
    let answer = automation.line("sh", "echo $((6 * 7))", "42\nready> $");
    answer.says("session=sh");
    let listed = call(&mut automation, "list_sessions", json!({}));
    assert_eq!(listed["total_sessions"], 1, "{listed}");

    let mut process = server("interactive-process");
    let start =
        json!({"command": "bash --norc --noprofile", "name": "sh", "env": {"PS1": "ready> "}});
    call(&mut process, "start_process", start);
    let steps = json!([{"expect": "ready> ", "respond": "exit 4"}]);
    let answer = process.ok(
        "multi_step_automation",
        json!({"session_id": "sh", "steps": steps}),
    );
    answer.says("session=sh");
    let waited = process.ok("wait_for_sessions", json!({"session_ids": ["sh"]}));
    assert_eq!(waited.data()["sessions"][0]["exit"], "4");
    let listed = call(&mut process, "list_sessions", json!({}));
    assert_eq!(listed["sessions"][0]["exit_code"], 4, "{listed}");
}

/// A profile lists its own names alone, each with a title and within the limits; what a
/// model is told of the server speaks of them.
#[test]
fn a_profile_lists_its_own_names() {
    for (names, count, first) in [
        ("interactive-automation", 5, "create_interactive_session"),
        ("interactive-process", 8, "start_process"),
    ] {
        let mut server = Server::greeted_by_nobody(&format!("names = {names:?}\n"));
        let description = server.client.discover().unwrap();
        assert!(description.instructions.unwrap().contains(first));
        let tools = server.client.list_tools().unwrap();
        assert_eq!((tools.len(), &tools[0]["name"]), (count, &json!(first)));
        for tool in &tools {
            assert!(tool["title"].is_string(), "{tool}");
            assert!(tool["description"].as_str().unwrap().len() < 2048, "{tool}");
            assert_eq!(tool["outputSchema"], Value::Null, "{tool}");
        }
        assert_eq!(tools, server.client.list_tools().unwrap());
    }
}

/// The record of a call has the tool that it was, and the name that it was called by.
#[test]
fn the_record_has_both_names() {
    let directory = tempfile::TempDir::new().unwrap();
    let file = directory.path().join("audit.jsonl");
    let config = format!("names = \"interactive-automation\"\n[audit]\nfile = {file:?}\n");
    let mut server = Server::with_config(&config);
    let id = create(&mut server, "cat");
    call(&mut server, "destroy_session", json!({"session_id": id}));
    call(&mut server, "list_sessions", json!({}));
    call(&mut server, "create_interactive_session", json!({}));
    let text = std::fs::read_to_string(&file).unwrap();
    let names: Vec<[Value; 2]> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .map(|record: Value| [record["tool"].clone(), record["called_as"].clone()])
        .collect();
    assert_eq!(
        json!(names),
        json!([
            ["start_process", "create_interactive_session"],
            ["terminate_process", "destroy_session"],
            ["list_sessions", null],
            ["start_process", "create_interactive_session"],
        ])
    );
}
