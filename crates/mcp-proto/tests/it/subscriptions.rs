//! Announcements that lists changed, in both eras.

use std::sync::Arc;

use mcp_proto::{
    Catalogue, ChangedList, Era, Implementation, Outgoing, Revision, Server, ToolDefinition,
};
use serde_json::{Value, json};

use crate::offer::{full, full_catalogue};
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

/// Promise: every list's changes are announced to who asked for them, and to nobody else, in both
/// eras.
#[test]
fn each_list_is_announced_to_who_asked_for_it() {
    let lists = [
        (
            ChangedList::Tools,
            "toolsListChanged",
            "ToolListChangedNotification",
        ),
        (
            ChangedList::Prompts,
            "promptsListChanged",
            "PromptListChangedNotification",
        ),
        (
            ChangedList::Resources,
            "resourcesListChanged",
            "ResourceListChangedNotification",
        ),
    ];
    for revision in Revision::ALL {
        for (list, flag, definition) in lists {
            let mut connection = full(revision);
            for (_, flag, _) in lists {
                let ack = send(&mut connection, listen(flag, json!({flag: true})));
                conforms(NEW, "SubscriptionsAcknowledgedNotification", &ack);
            }
            let told: Vec<Value> = connection.list_changed(list).iter().map(parsed).collect();
            let unasked = usize::from(revision.era() == Era::Initialize);
            assert_eq!(told.len(), 1 + unasked, "{revision} {list:?}");
            if unasked == 1 {
                conforms(revision, definition, &told[0]);
                assert!(told[0].get("params").is_none());
            }
            let tagged = &told[unasked];
            conforms(NEW, definition, tagged);
            assert_eq!(
                tagged["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"],
                flag
            );
        }
    }
}

/// Promise: another catalogue is announced by the lists that differ.
#[test]
fn another_catalogue_is_announced_by_what_differs() {
    let methods = |told: Vec<Outgoing>| -> Vec<String> {
        let method = |note: &Outgoing| parsed(note)["method"].as_str().unwrap().to_owned();
        told.iter().map(method).collect()
    };
    let mut connection = full(Revision::V2025_06_18);
    let same = connection.set_catalogue(Arc::new(full_catalogue()));
    assert_eq!(methods(same), ["notifications/tools/list_changed"]);
    let all = [
        "notifications/tools/list_changed",
        "notifications/prompts/list_changed",
        "notifications/resources/list_changed",
    ];
    assert_eq!(methods(connection.set_catalogue(other_tools())), all);
}

/// Promise: what isn't declared is neither acknowledged nor announced.
#[test]
fn undeclared_lists_are_not_announced() {
    let mut connection = open(Revision::V2025_11_25);
    let filter = json!({"promptsListChanged": true, "resourcesListChanged": true, "resourceSubscriptions": ["log://today"]});
    let ack = send(&mut connection, listen("s", filter));
    assert_eq!(ack["params"]["notifications"], json!({}));
    assert!(connection.list_changed(ChangedList::Prompts).is_empty());
    assert!(connection.list_changed(ChangedList::Resources).is_empty());
    assert!(connection.resource_updated("log://today").is_empty());
    for filter in [
        json!({"resourceSubscriptions": "log://today"}),
        json!({"resourceSubscriptions": [5]}),
        json!({"promptsListChanged": 1}),
    ] {
        let refused = send(&mut full(NEW), listen("s", filter));
        assert_eq!(refused["error"]["code"], -32602);
    }
}

/// Promise: before the handshake is complete, nothing is announced to its client.
#[test]
fn nothing_is_announced_before_the_handshake_is_complete() {
    let mut connection = fresh();
    let hello = json!({"protocolVersion": "2025-11-25", "capabilities": {}});
    let hello = request(Revision::V2025_11_25, 1, "initialize", hello);
    send(&mut connection, hello);
    assert!(connection.list_changed(ChangedList::Tools).is_empty());
}

/// Promise: a subscription is of the newer era alone and no member of a batch, whose answers it
/// would mix with its own.
#[test]
fn a_subscription_is_no_member_of_a_batch() {
    let mut connection = open(Revision::V2025_03_26);
    let batch = json!([listen("s", json!({"toolsListChanged": true}))]);
    let answers = send(&mut connection, batch);
    assert_eq!(answers[0]["error"]["code"], -32600);
    assert_eq!(connection.in_flight(), 0);
}
