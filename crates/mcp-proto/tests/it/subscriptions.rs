//! Announcements that the tool list changed, in both eras.

use std::sync::Arc;

use mcp_proto::{Catalogue, Implementation, Revision, Server, ToolDefinition};
use serde_json::{Value, json};

use crate::support::{
    conforms, fresh, json as parsed, open, open_with, request, send, sends, tools,
};

const NEW: Revision = Revision::V2026_07_28;

fn other_tools() -> Arc<Catalogue> {
    Arc::new(
        Catalogue::builder()
            .tool(ToolDefinition::new("other", "Another."))
            .build()
            .unwrap(),
    )
}

fn listen(id: &str, filter: Value) -> Value {
    request(
        NEW,
        id,
        "subscriptions/listen",
        json!({"notifications": filter}),
    )
}

#[test]
fn a_subscription_is_acknowledged_told_and_ended() {
    let mut connection = fresh();
    let filter = json!({"toolsListChanged": true, "promptsListChanged": true, "resourceSubscriptions": ["a:b"]});
    let ack = send(&mut connection, listen("s1", filter));
    conforms(NEW, "SubscriptionsAcknowledgedNotification", &ack);
    assert_eq!(
        ack["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"],
        "s1"
    );
    assert_eq!(
        ack["params"]["notifications"],
        json!({"toolsListChanged": true})
    );

    let told: Vec<Value> = connection
        .set_catalogue(other_tools())
        .iter()
        .map(parsed)
        .collect();
    assert_eq!(told.len(), 1);
    conforms(NEW, "ToolListChangedNotification", &told[0]);
    assert_eq!(
        told[0]["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"],
        "s1"
    );
    let listed = send(&mut connection, request(NEW, 1, "tools/list", json!({})));
    assert_eq!(listed["result"]["tools"][0]["name"], "other");

    let farewell: Vec<Value> = connection.end_subscriptions().iter().map(parsed).collect();
    conforms(NEW, "SubscriptionsListenResult", &farewell[0]["result"]);
    assert_eq!(farewell[0]["id"], "s1");
    assert_eq!(farewell[1]["params"]["requestId"], "s1");
    assert_eq!(connection.in_flight(), 0);
}

#[test]
fn who_did_not_ask_is_not_told() {
    let mut connection = fresh();
    let refused = send(
        &mut connection,
        listen("s", json!({"toolsListChanged": "yes"})),
    );
    assert_eq!(refused["error"]["code"], -32602);
    for filter in [json!({}), json!({"toolsListChanged": false})] {
        let ack = send(&mut connection, listen("s", filter));
        assert_eq!(ack["params"]["notifications"], json!({}));
        assert!(connection.set_catalogue(other_tools()).is_empty());
        connection.end_subscriptions();
    }
}

#[test]
fn several_subscriptions_are_each_told() {
    let mut connection = fresh();
    for id in ["a", "b"] {
        send(
            &mut connection,
            listen(id, json!({"toolsListChanged": true})),
        );
    }
    let told = connection.set_catalogue(other_tools());
    let ids: Vec<Value> = told
        .iter()
        .map(|note| {
            parsed(note)["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"].clone()
        })
        .collect();
    assert_eq!(ids, ["a", "b"]);
}

#[test]
fn a_cancelled_subscription_is_over_without_an_answer() {
    let mut connection = fresh();
    send(
        &mut connection,
        listen("s", json!({"toolsListChanged": true})),
    );
    let cancel = json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": "s"}});
    assert!(sends(connection.handle_frame(cancel.to_string().as_bytes())).is_empty());
    assert_eq!(connection.in_flight(), 0);
    assert!(connection.set_catalogue(other_tools()).is_empty());
    assert!(connection.end_subscriptions().is_empty());
}

#[test]
fn a_subscription_needs_a_filter() {
    let answer = send(
        &mut fresh(),
        request(NEW, 1, "subscriptions/listen", json!({})),
    );
    assert_eq!(answer["error"]["code"], -32602);
}

#[test]
fn sessions_of_the_older_era_are_told_unasked() {
    let mut connection = open(Revision::V2025_03_26);
    let told = connection.set_catalogue(other_tools());
    let note = json!({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"});
    assert_eq!(told.iter().map(parsed).collect::<Vec<_>>(), [note]);
    let same = Arc::clone(connection.catalogue());
    assert!(connection.set_catalogue(same).is_empty(), "nothing changed");
}

#[test]
fn a_server_that_declares_no_announcements_makes_none() {
    let plain = || Server::new(Implementation::new("plain", "1"));
    let mut connection = open_with(Revision::V2025_11_25, plain(), tools());
    let ack = send(
        &mut connection,
        listen("s", json!({"toolsListChanged": true})),
    );
    assert_eq!(ack["params"]["notifications"], json!({}));
    assert!(connection.set_catalogue(other_tools()).is_empty());
}
