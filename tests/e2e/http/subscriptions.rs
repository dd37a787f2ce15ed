//! `subscriptions/listen`, and the stream of a GET before it.

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use super::client::Request;
use super::server::{Server, modern};
use crate::processes::send;

/// Has the server read this configuration.
fn reconfigure(server: &Server, config: &str) {
    std::fs::write(server.directory.path().join("config.toml"), config).unwrap();
    send(server.pid(), Signal::SIGHUP);
}

fn listen(notifications: &Value) -> Request {
    modern(
        "subscriptions/listen",
        json!({"notifications": notifications}),
    )
}

fn tag(message: &Value) -> &Value {
    &message["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"]
}

/// What was asked for is acknowledged first; then each change is told, with the request's id; what
/// was not asked for is not.
#[test]
fn changes_are_told_to_those_who_asked() {
    let server = Server::start();
    let mut hears = server.stream(&listen(&json!({"toolsListChanged": true})));
    let mut deaf = server.stream(&listen(&json!({})));
    let acknowledged = hears.next();
    assert_eq!(
        acknowledged["method"],
        "notifications/subscriptions/acknowledged"
    );
    assert_eq!(
        acknowledged["params"]["notifications"]["toolsListChanged"],
        true
    );
    assert_eq!(tag(&acknowledged), 1, "{acknowledged}");
    deaf.next();
    for config in ["toolsets = []\n", "names = \"interactive-process\"\n"] {
        reconfigure(&server, config);
        let told = hears.next();
        assert_eq!(told["method"], "notifications/tools/list_changed", "{told}");
        assert_eq!(tag(&told), 1, "{told}");
    }
    server.terminate();
    assert_eq!(deaf.rest().len(), 1);
}

/// A server that stops ends each subscription with its response, and the stream with that.
#[test]
fn a_subscription_ends_in_good_order() {
    let mut server = Server::start();
    let mut events = server.stream(&listen(&json!({"toolsListChanged": true})));
    events.next();
    server.terminate();
    let last = events.rest();
    assert_eq!(last.len(), 1, "{last:?}");
    assert_eq!(
        (&last[0]["id"], last[0]["result"].is_object()),
        (&json!(1), true)
    );
    assert!(server.wait().success());
}

/// A stream on which nothing happens has a comment now and then.
#[test]
fn a_silent_stream_is_kept_alive() {
    let server = Server::with_config("[http]\nkeep_alive_s = 1\n");
    let mut events = server.stream(&listen(&json!({"toolsListChanged": true})));
    events.next();
    events.comment();
    events.comment();
    let session = server.session("2025-06-18");
    let mut stream = server.stream(&session.get(None));
    stream.comment();
    reconfigure(&server, "toolsets = []\n[http]\nkeep_alive_s = 1\n");
    let told = stream.next();
    assert_eq!(told["method"], "notifications/tools/list_changed", "{told}");
}

/// In the older revisions the stream of a GET hears of changes, each session by one stream.
#[test]
fn a_get_hears_of_changes() {
    let server = Server::start();
    for revision in ["2025-03-26", "2025-06-18", "2025-11-25"] {
        let session = server.session(revision);
        let mut replaced = server.stream(&session.get(None));
        let mut stream = server.stream(&session.get(None));
        assert_eq!(replaced.message(), None, "{revision}");
        reconfigure(&server, "toolsets = []\n");
        let told = stream.next();
        assert_eq!(told["method"], "notifications/tools/list_changed", "{told}");
        assert_eq!(tag(&told), &Value::Null);
        reconfigure(&server, "");
        stream.next();
        let ended = server.ask(&session.delete());
        assert_eq!(ended.status(), 204);
        assert_eq!(stream.message(), None, "{revision}");
    }
}

/// The stream of a GET ends when the server stops.
#[test]
fn a_get_ends_with_the_server() {
    let mut server = Server::start();
    let session = server.session("2025-11-25");
    let mut stream = server.stream(&session.get(None));
    drop(session);
    server.terminate();
    assert_eq!(stream.message(), None);
    assert!(server.wait().success());
}
