//! The tool contract: names, results, status lines, limits.

use serde_json::json;

use crate::support::Server;

#[test]
fn the_tools_are_listed_within_their_budget() {
    let mut server = Server::start();
    let tools = server.client.list_tools().unwrap();
    let names: Vec<&str> = tools
        .iter()
        .filter_map(|tool| tool["name"].as_str())
        .collect();
    assert_eq!(
        names,
        [
            "start_process",
            "run_command",
            "send_and_read",
            "send_input",
            "read_output",
            "get_screen",
            "expect_and_respond",
            "multi_step_automation",
            "answer_prompts",
            "send_signal",
            "resize_pty",
            "search_output",
            "wait_for_sessions",
            "list_sessions",
            "get_session_info",
            "terminate_process",
            "server_info"
        ]
    );
    let bytes = serde_json::to_vec(&tools).unwrap().len();
    assert!(bytes < 12 * 1024, "tools/list has {bytes} bytes");
    // Rules that go without saying are not listed, and hold all the same.
    assert_eq!(tools[0]["inputSchema"]["additionalProperties"], json!(null));
    for wrong in [
        json!({"command": "true", "rows": 0}),
        json!({"command": "true", "row": 9}),
    ] {
        server.fails("start_process", wrong, "validation_error");
    }
    for tool in &tools {
        let description = tool["description"].as_str().unwrap();
        assert!(description.len() < 2048, "{}", tool["name"]);
    }
}

/// Each tool has a title, and hints that are true of it: what only looks changes nothing, what
/// types or starts may do anything.
#[test]
fn the_hints_are_true() {
    let mut server = Server::start();
    let looks = json!({"readOnlyHint": true, "openWorldHint": false});
    for tool in server.client.list_tools().unwrap() {
        assert!(tool["title"].is_string(), "{tool}");
        let expected = match tool["name"].as_str().unwrap() {
            "read_output" | "get_screen" | "search_output" | "wait_for_sessions"
            | "list_sessions" | "get_session_info" | "server_info" => looks.clone(),
            "resize_pty" => {
                json!({"destructiveHint": false, "idempotentHint": true, "openWorldHint": false})
            }
            "terminate_process" => json!({"idempotentHint": true, "openWorldHint": false}),
            _ => json!(null),
        };
        assert_eq!(tool["annotations"], expected, "{}", tool["name"]);
    }
}

/// The server has a picture that needs nothing fetched, and says that its list may change.
#[test]
fn the_server_introduces_itself() {
    let mut server = Server::greeted_by_nobody("");
    let hello = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {},
        "clientInfo": {"name": "e2e", "version": "1"}}});
    let answer = server.exchange(&hello.to_string());
    let result = &answer["result"];
    let declared = json!({
        "completions": {},
        "logging": {},
        "prompts": {},
        "resources": {"listChanged": true, "subscribe": true},
        "tools": {"listChanged": true},
    });
    assert_eq!(result["capabilities"], declared);
    let icon = &result["serverInfo"]["icons"][0];
    assert_eq!(icon["mimeType"], "image/svg+xml");
    let picture = icon["src"].as_str().unwrap();
    assert!(picture.starts_with("data:image/svg+xml,"), "{picture}");
    assert!(picture.len() < 300, "{}", picture.len());
    assert!(result["instructions"].as_str().unwrap().len() < 2048);
}

#[test]
fn long_output_is_cut_in_the_middle_and_the_rest_can_be_read() {
    let mut server = Server::start();
    server.bash();
    let answer = server.line("sh", "seq 100000", "100000\nready> $");
    assert!(answer.output().len() < 21_000, "{}", answer.output().len());
    assert!(answer.text.contains("\n1\n2\n3\n"));
    assert!(answer.text.contains("\n99999\n100000\nready> "));
    let truncated = answer.status["truncated_bytes"].as_u64().unwrap();
    assert!(
        answer
            .status_line()
            .contains(&format!("truncated={truncated}"))
    );
    let cut = answer
        .text
        .lines()
        .find(|line| line.starts_with("[… "))
        .unwrap();
    let since: u64 = cut
        .split("since=")
        .nth(1)
        .unwrap()
        .split(' ')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let more = server.ok(
        "read_output",
        json!({"session_id": "sh", "since": since, "max_lines": 200}),
    );
    let first = more.output().lines().next().unwrap();
    let before = answer
        .output()
        .lines()
        .take_while(|line| !line.starts_with("[… "))
        .last()
        .unwrap();
    assert_eq!(
        first.parse::<u32>().unwrap(),
        before.parse::<u32>().unwrap() + 1
    );
    assert_eq!(more.output().lines().count(), 200);
}
