//! Resources that are watched: by whom, from when to when, and how many.

use mcp_proto::{Connection, Era, MAX_WATCHED, Outcome, ResourcesCapability, ServerCapabilities};
use serde_json::{Value, json};

use crate::offer::{ALL, NEW, OLD, full, full_catalogue};
use crate::support::{conforms, json as parsed, open_with, request, send, sends, server};

/// Promise: watching needs a capability of its own, and is the older era's as a method.
#[test]
fn subscribing_is_of_the_older_era_and_by_capability() {
    let params = json!({"uri": "log://today"});
    let unwatched = ServerCapabilities::new().with_resources(ResourcesCapability::default());
    for revision in ALL {
        let plain = server().with_capabilities(unwatched.clone());
        for (mut connection, has) in [
            (open_with(revision, plain, full_catalogue()), false),
            (full(revision), revision.era() == Era::Initialize),
        ] {
            let subscribe = request(revision, 1, "resources/subscribe", params.clone());
            let outcomes = connection.handle_frame(subscribe.to_string().as_bytes());
            let Outcome::Send(answer) = &outcomes[0] else {
                panic!("{outcomes:?}")
            };
            let code = parsed(answer)["error"]["code"].clone();
            assert_eq!(code.is_null(), has, "{revision} {code}");
            assert_eq!(outcomes.len() == 2, has, "{outcomes:?}");
        }
    }
}

fn subscribe(connection: &mut Connection, uri: &str) -> Vec<Outcome> {
    let message = request(OLD, "s", "resources/subscribe", json!({"uri": uri}));
    connection.handle_frame(message.to_string().as_bytes())
}

fn unsubscribe(connection: &mut Connection, uri: &str) -> Vec<Outcome> {
    let message = request(OLD, "u", "resources/unsubscribe", json!({"uri": uri}));
    connection.handle_frame(message.to_string().as_bytes())
}

fn listen(id: &str, uris: &[&str]) -> Value {
    let filter = json!({"notifications": {"resourceSubscriptions": uris}});
    request(NEW, id, "subscriptions/listen", filter)
}

/// What is to be watched, or not any more: `+uri` and `-uri`.
fn watches(outcomes: &[Outcome]) -> Vec<String> {
    let named = outcomes.iter().filter_map(|outcome| match outcome {
        Outcome::Watch(uri) => Some(format!("+{uri}")),
        Outcome::Unwatch(uri) => Some(format!("-{uri}")),
        _ => None,
    });
    named.collect()
}

/// Promise: a resource is to be watched from the first who asks, of either era, to the last who
/// is gone, and everybody who asked is told once.
#[test]
fn a_resource_is_watched_from_the_first_to_the_last() {
    let uri = "log://today";
    let mut connection = full(OLD);
    assert_eq!(watches(&subscribe(&mut connection, uri)), ["+log://today"]);
    assert!(
        watches(&subscribe(&mut connection, uri)).is_empty(),
        "twice"
    );
    let other =
        connection.handle_frame(listen("a", &[uri, uri, "log://h/1"]).to_string().as_bytes());
    assert_eq!(watches(&other), ["+log://h/1"]);

    let told: Vec<Value> = connection
        .resource_updated(uri)
        .iter()
        .map(parsed)
        .collect();
    assert_eq!(told.len(), 2);
    conforms(OLD, "ResourceUpdatedNotification", &told[0]);
    conforms(NEW, "ResourceUpdatedNotification", &told[1]);
    assert_eq!(told[0]["params"], json!({"uri": uri}));
    assert_eq!(
        told[1]["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"],
        "a"
    );
    assert!(connection.resource_updated("log://yesterday").is_empty());

    assert!(watches(&unsubscribe(&mut connection, uri)).is_empty());
    assert!(
        watches(&unsubscribe(&mut connection, uri)).is_empty(),
        "twice"
    );
    assert_eq!(connection.resource_updated(uri).len(), 1);
    let gone = crate::offer::cancel(&mut connection, "a");
    assert_eq!(watches(&gone), ["-log://today", "-log://h/1"]);
    assert!(connection.resource_updated(uri).is_empty());
    assert_eq!(watches(&subscribe(&mut connection, uri)), ["+log://today"]);
}

/// Promise: a new handshake forgets what the last one's client watched.
#[test]
fn a_new_handshake_watches_nothing() {
    let mut connection = full(OLD);
    subscribe(&mut connection, "log://today");
    let hello = json!({"protocolVersion": "2025-06-18", "capabilities": {}});
    let hello = request(OLD, "again", "initialize", hello);
    let outcomes = connection.handle_frame(hello.to_string().as_bytes());
    assert_eq!(watches(&outcomes), ["-log://today"]);
    let note = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    connection.handle_frame(note.to_string().as_bytes());
    assert!(connection.resource_updated("log://today").is_empty());
}

/// Promise: what can't be is not watched: refused in the older era, left out of what is
/// acknowledged in the newer.
#[test]
fn what_cannot_be_is_not_watched() {
    let mut connection = full(OLD);
    let refused = sends(subscribe(&mut connection, "file:///etc/passwd"));
    assert_eq!(refused[0]["error"]["code"], -32002);
    let listen = listen("a", &["file:///etc/passwd", "log://today"]);
    let outcomes = connection.handle_frame(listen.to_string().as_bytes());
    let Outcome::Send(ack) = &outcomes[0] else {
        panic!("{outcomes:?}")
    };
    let ack = parsed(ack);
    conforms(NEW, "SubscriptionsAcknowledgedNotification", &ack);
    let honoured = json!({"resourceSubscriptions": ["log://today"]});
    assert_eq!(ack["params"]["notifications"], honoured);
    assert_eq!(watches(&outcomes), ["+log://today"]);
}

/// Promise: one connection watches at most so many, counting every subscription's.
#[test]
fn watched_resources_are_bounded() {
    let mut connection = full(OLD);
    for index in 0..MAX_WATCHED - 1 {
        let outcomes = subscribe(&mut connection, &format!("log://h/{index}"));
        assert_eq!(outcomes.len(), 2);
    }
    let two = listen("two", &["log://h/0", "log://h/1"]);
    let refused = send(&mut connection, two);
    assert_eq!(refused["error"]["code"], -32602);
    assert_eq!(subscribe(&mut connection, "log://h/last").len(), 2);
    let refused = sends(subscribe(&mut connection, "log://h/more"));
    assert_eq!(refused[0]["error"]["code"], -32602);
    let again = sends(subscribe(&mut connection, "log://h/last"));
    assert_eq!(
        again[0]["result"],
        json!({}),
        "what is watched already is no more"
    );
    unsubscribe(&mut connection, "log://h/0");
    assert_eq!(subscribe(&mut connection, "log://h/more").len(), 2);
}
