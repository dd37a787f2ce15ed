//! Toolsets and names that are switched while the server runs.

use mcp_proto::Event;
use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::processes::send;
use crate::support::{Answer, LIST_CHANGED, Server};

/// Has the server read this configuration.
fn reconfigure(server: &Server, config: &str) {
    server.file("config.toml", config);
    send(server.pid(), Signal::SIGHUP);
}

/// The same, and waits until the client is told that the tools are others.
#[track_caller]
fn switch(server: &mut Server, config: &str) {
    reconfigure(server, config);
    loop {
        match server.client.next_event().unwrap() {
            Event::ToolsChanged => return,
            // A session's start is told in its own time.
            Event::Notification { method, .. } if method == LIST_CHANGED => {}
            event => panic!("{event:?}"),
        }
    }
}

fn names(server: &mut Server) -> Vec<String> {
    let tools = server.client.list_tools().unwrap();
    let name = |tool: &Value| tool["name"].as_str().unwrap().to_owned();
    tools.iter().map(name).collect()
}

/// SIGHUP switches names and toolsets; clients are told, the sessions stay, and a tool that
/// is off is as unknown as one that never was.
#[test]
fn a_hangup_switches_names_and_toolsets() {
    let mut server = Server::with_config("");
    server.bash();
    let canonical = names(&mut server);

    switch(&mut server, "names = \"interactive-process\"\n");
    let listed = names(&mut server);
    assert_eq!((listed.len(), listed[1].as_str()), (8, "send_input"));
    let sessions = server.call("list_sessions", json!({}));
    let sessions: Value = serde_json::from_str(&sessions.text).unwrap();
    assert_eq!(sessions["sessions"][0]["name"], "sh", "{sessions}");
    let info = server.ok("server_info", json!({}));
    assert_eq!(info.data()["names"], "interactive-process");
    assert_eq!(
        info.data()["toolsets"],
        json!({"on": ["session"], "off": []})
    );

    switch(&mut server, "toolsets = []\n");
    assert!(names(&mut server).is_empty());
    for tool in ["list_sessions", "destroy_session", "no_such_tool"] {
        let unknown = server.client.call(tool, json!({})).unwrap_err();
        assert!(unknown.to_string().contains(tool), "{unknown}");
    }

    switch(&mut server, "");
    assert_eq!(names(&mut server), canonical);
    server.line("sh", "echo $((6 * 7))", "42\nready> $");
}

/// A subscription of the stateless era is told as well, with its tag.
#[test]
fn a_subscription_is_told_of_a_switch() {
    let mut server = Server::greeted_by_nobody("");
    server.client.discover().unwrap();
    let listen = json!({"jsonrpc": "2.0", "id": "s1", "method": "subscriptions/listen", "params": {
        "_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28",
                  "io.modelcontextprotocol/clientCapabilities": {}},
        "notifications": {"toolsListChanged": true}}});
    let acknowledged = server.exchange(&listen.to_string());
    assert_eq!(
        acknowledged["params"]["notifications"]["toolsListChanged"], true,
        "{acknowledged}"
    );
    reconfigure(&server, "toolsets = []\n");
    let told = server.next_frame();
    assert_eq!(told["method"], "notifications/tools/list_changed", "{told}");
    let tag = &told["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"];
    assert_eq!(tag, "s1", "{told}");
    assert!(names(&mut server).is_empty());
}

/// A call that is under way when its tool is switched off comes to its end.
#[test]
fn a_call_under_way_outlives_its_toolset() {
    let mut server = Server::with_config("");
    let shell = server.bash().status["pid"].as_i64().unwrap();
    let wait = json!({"session_id": "sh", "until": "exit", "timeout": 45});
    let wait = server.client.begin_call("read_output", wait, None).unwrap();
    server.ok("list_sessions", json!({}));
    switch(&mut server, "toolsets = []\n");
    send(shell, Signal::SIGKILL);
    let answer = Answer::of(server.client.finish_call(&wait).unwrap());
    assert_eq!(answer.status["returned_by"], "exit", "{}", answer.text);
}
