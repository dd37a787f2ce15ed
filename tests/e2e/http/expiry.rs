//! Streams that are open when the token expires that they were asked for with.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use nix::sys::signal::Signal;
use serde_json::{Value, json};

use super::client::Request;
use super::server::{Answer, Server, call, cat, modern, progressing, wait_for};
use crate::processes::send;
use crate::support::Directory;

const AUDIENCE: &str = "https://mcp.example.com/mcp";
const ISSUER: &str = "https://auth.example.com";

/// Seconds for which a short token is good: long enough to open streams with it.
const SHORT: u64 = 5;

/// A server that takes this issuer's tokens to the second.
struct Guarded {
    server: Server,
    key: Ed25519KeyPair,
}

fn base64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn now_s() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

impl Guarded {
    fn start() -> Self {
        let directory = Directory::new();
        let key = Ed25519KeyPair::generate().unwrap();
        let keys = directory.path().join("keys.json");
        let jwk = json!({"kty": "OKP", "crv": "Ed25519", "kid": "k", "use": "sig",
            "x": base64(key.public_key())});
        std::fs::write(&keys, json!({"keys": [jwk]}).to_string()).unwrap();
        let config = format!(
            "[http]\nkeep_alive_s = 1\n[http.auth]\nmode = \"oauth\"\n[http.auth.oauth]\n\
             issuer = {ISSUER:?}\naudience = {AUDIENCE:?}\nleeway_s = 0\njwks_file = {:?}\n",
            keys.to_str().unwrap()
        );
        let server = Server::in_directory(directory, &config);
        Self { server, key }
    }

    /// A token that is good for so many seconds, as the value of a header.
    fn token(&self, seconds: u64) -> String {
        let header = json!({"alg": "EdDSA", "kid": "k", "typ": "at+jwt"});
        let claims = json!({"iss": ISSUER, "aud": AUDIENCE, "sub": "alice",
            "exp": now_s() + seconds});
        let signed = format!(
            "{}.{}",
            base64(header.to_string()),
            base64(claims.to_string())
        );
        let signature = self.key.sign(signed.as_bytes());
        format!("Bearer {signed}.{}", base64(signature))
    }

    #[track_caller]
    fn call(&self, tool: &str, arguments: Value) {
        let call = call(tool, arguments).with("Authorization", &self.token(300));
        let answer = Answer::of(&self.server.ask(&call).json());
        assert!(!answer.is_error, "{answer:?}");
    }

    /// The challenge that a request is refused with.
    #[track_caller]
    fn refused(&self, request: &Request) -> String {
        let response = self.server.ask(request);
        assert_eq!(response.status(), 401, "{response:?}");
        response.head.header("www-authenticate").to_owned()
    }
}

fn listen() -> Request {
    let notifications = json!({"notifications": {"toolsListChanged": true}});
    modern("subscriptions/listen", notifications)
}

/// A subscription ends with its result when its token expires, and not before; whoever comes back
/// with that token is refused.
#[test]
fn a_subscription_ends_with_its_token() {
    let guarded = Guarded::start();
    let expires = now_s() + SHORT;
    let short = listen().with("Authorization", &guarded.token(SHORT));
    let lasting = listen().with("Authorization", &guarded.token(300));
    let mut lasts = guarded.server.stream(&lasting);
    lasts.next();
    let mut events = guarded.server.stream(&short);
    events.next();
    let last = events.rest();
    assert!(now_s() >= expires, "it ends too early");
    assert_eq!(last.len(), 1, "{last:?}");
    assert_eq!(
        (&last[0]["id"], last[0]["result"].is_object()),
        (&json!(1), true)
    );
    let challenge = guarded.refused(&short);
    assert!(challenge.contains("the token has expired"), "{challenge}");
    // The connection is good for a request with another token.
    let again = modern("tools/list", json!({})).with("Authorization", &guarded.token(300));
    assert_eq!(events.into_connection().ask(&again).status(), 200);
    lasts.comment();
}

/// The stream of a GET ends with its token, and goes on with the next one where it ended.
#[test]
fn the_stream_of_a_get_goes_on_with_the_next_token() {
    let guarded = Guarded::start();
    let server = &guarded.server;
    let lasting = guarded.token(300);
    let session = server.session_of("2025-11-25", &[("Authorization", &lasting)]);
    let with = |request: Request, token: &str| request.instead("Authorization", token);
    let short = with(session.get(None), &guarded.token(SHORT));
    let mut events = server.stream(&short);
    let primed = events.event().expect("the stream begins with an event");
    assert!(primed.data.is_empty(), "{primed:?}");
    assert_eq!(events.message(), None);
    let challenge = guarded.refused(&short);
    assert!(challenge.contains("the token has expired"), "{challenge}");
    std::fs::write(
        server.directory.path().join("config.toml"),
        "toolsets = []\n",
    )
    .unwrap();
    send(server.pid(), Signal::SIGHUP);
    let mut goes_on = server.stream(&session.get(Some(&events.last_id())));
    let told = goes_on.next();
    assert_eq!(told["method"], "notifications/tools/list_changed", "{told}");
}

/// A call that is under way when its token expires is answered, in either era.
#[test]
fn a_call_outlives_its_token() {
    let guarded = Guarded::start();
    let server = &guarded.server;
    guarded.call("start_process", cat());
    let lasting = guarded.token(300);
    let session = server.session_of("2025-11-25", &[("Authorization", &lasting)]);
    let short = guarded.token(SHORT);
    let with = |request: Request| request.instead("Authorization", &short);
    let waits = wait_for("at last");
    let mut calls = [
        server.stream(&with(progressing("read_output", waits.clone()))),
        server.stream(&with(session.progressing("p", "read_output", waits))),
    ];
    let mut expires = server.stream(&with(listen()));
    expires.next();
    assert_eq!(expires.rest().len(), 1);
    guarded.refused(&with(listen()));
    guarded.call(
        "send_input",
        json!({"session_id": "cat", "text": "at last", "press_enter": true}),
    );
    for events in &mut calls {
        let said = events.rest();
        let answer = Answer::of(said.last().expect("an answer"));
        assert!(answer.text.contains("at last"), "{answer:?}");
        assert_eq!(answer.status("returned_by"), "match", "{answer:?}");
    }
}
