//! Who a client is, and that nobody learns of another's sessions.

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use super::client::Request;
use super::server::{Answer, Server, call, cat, initialize, modern, request};
use crate::support::Directory;

pub(super) const ANN: &str = "ann-aaaaaaaaaaaaaaaaaaaaaaaaaaaa";
pub(super) const BOB: &str = "bob-bbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/// An id that no session has.
const NOBODYS: &str = "0123456789abcdef0123456789abcdef";

/// A server to which two clients have a token each.
pub(super) fn server() -> Server {
    server_with("")
}

/// The same with this configuration beside.
pub(super) fn server_with(config: &str) -> Server {
    let directory = Directory::new();
    let tokens = directory.path().join("tokens");
    std::fs::write(&tokens, format!("ann {ANN}\nbob {BOB}\n")).unwrap();
    std::fs::set_permissions(&tokens, std::fs::Permissions::from_mode(0o600)).unwrap();
    let config = format!(
        "{config}[http.auth]\nmode = \"bearer\"\ntoken_file = {:?}\n",
        tokens.to_str().unwrap()
    );
    Server::in_directory(directory, &config)
}

pub(super) fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

fn call_as(server: &Server, token: &str, tool: &str, arguments: Value) -> Answer {
    let call = call(tool, arguments).with("Authorization", &bearer(token));
    Answer::of(&server.ask(&call).json())
}

/// What a client is told of a session is the same whether it is another's or nobody's.
#[test]
fn anothers_sessions_are_as_unknown_as_none() {
    let server = server();
    let mine = call_as(&server, ANN, "start_process", cat());
    let id = mine.status("session_id").as_str().unwrap().to_owned();
    let listed = |token: &str| call_as(&server, token, "list_sessions", json!({})).text;
    assert!(listed(ANN).contains("cat "), "{}", listed(ANN));
    assert!(listed(BOB).contains("No sessions"), "{}", listed(BOB));
    for (tool, rest) in [
        ("read_output", json!({})),
        ("send_input", json!({"text": "x"})),
        ("get_screen", json!({})),
        ("search_output", json!({"pattern": "x"})),
        ("terminate_process", json!({})),
    ] {
        let told = |session: &str| {
            let mut arguments = rest.clone();
            arguments["session_id"] = json!(session);
            let answer = call_as(&server, BOB, tool, arguments);
            assert_eq!(
                answer.error_type(),
                "session_not_found",
                "{tool}: {answer:?}"
            );
            answer.text.replace(session, "ID")
        };
        assert_eq!(told(&id), told(NOBODYS), "{tool}");
        assert_eq!(told("cat"), told("dog"), "{tool}");
    }
    // The name is another's for either of them.
    let his = call_as(&server, BOB, "start_process", cat());
    assert!(
        !his.is_error && his.status("session_id") != mine.status("session_id"),
        "{his:?}"
    );
    assert_eq!(his.status("name"), "cat");
    let answer = call_as(
        &server,
        ANN,
        "read_output",
        json!({"session_id": id, "timeout": 0}),
    );
    assert!(!answer.is_error, "{answer:?}");
}

/// The id of another's HTTP session opens nothing.
#[test]
fn anothers_http_session_is_unknown() {
    let server = server();
    let (ann, bob) = (bearer(ANN), bearer(BOB));
    let session = server.session_of("2025-11-25", &[("Authorization", &ann)]);
    let list = request(json!(1), "tools/list", json!({}));
    let stolen = |request: Request| request.instead("Authorization", &bob);
    for request in [
        session.post(&list),
        session.get(None),
        session.get(Some("1-0")),
        session.delete(),
    ] {
        let response = server.ask(&stolen(request.clone()));
        let nobodys = server.ask(&stolen(request).instead("Mcp-Session-Id", NOBODYS));
        assert_eq!(response.status(), 404, "{response:?}");
        assert_eq!(response.body, nobodys.body);
    }
    assert_eq!(server.ask(&session.post(&list)).status(), 200);
}

/// Without a token, or with one that is none, nothing is served, whatever is asked.
#[test]
fn everything_needs_a_token() {
    let server = server();
    let list = modern("tools/list", json!({}));
    for request in [
        list.clone(),
        Request::post(&initialize("2025-11-25")),
        Request::new("GET"),
        Request::new("DELETE"),
        Request::new("PUT"),
        list.clone().with_body(b"{"),
    ] {
        let response = server.ask(&request);
        assert_eq!(response.status(), 401, "{response:?}");
        assert_eq!(
            response.head.header("www-authenticate"),
            "Bearer realm=\"rejoinder\""
        );
        let wrong = request.with("Authorization", &bearer(&ANN.replace("ann", "eve")));
        let response = server.ask(&wrong);
        assert_eq!(response.status(), 401);
        let challenge = response.head.header("www-authenticate");
        assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
    }
    let right = list.clone().with("Authorization", &bearer(ANN));
    assert_eq!(server.ask(&right).status(), 200);
    let twice = right.with("Authorization", &bearer(ANN));
    assert_eq!(server.ask(&twice).status(), 400);
    let in_url = list.to(&format!("/mcp?access_token={ANN}"));
    assert_eq!(server.ask(&in_url).status(), 401);
}

/// Clients of OAuth learn where to turn, from the challenge and at both places.
#[test]
fn oauth_clients_are_led_to_their_issuer() {
    let directory = Directory::new();
    let keys = directory.path().join("keys.json");
    let key = json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "k", "use": "sig",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]});
    std::fs::write(&keys, key.to_string()).unwrap();
    let config = format!(
        "[http.auth]\nmode = \"oauth\"\n[http.auth.oauth]\nissuer = \"https://auth.example.com\"\n\
         audience = \"https://mcp.example.com/mcp\"\nrequired_scopes = [\"mcp:use\"]\njwks_file = {:?}\n",
        keys.to_str().unwrap()
    );
    let server = Server::in_directory(directory, &config);
    for place in [
        "/.well-known/oauth-protected-resource",
        "/.well-known/oauth-protected-resource/mcp",
    ] {
        let response = server.ask(&Request::new("GET").to(place));
        assert_eq!(response.status(), 200, "{response:?}");
        assert_eq!(response.head.header("content-type"), "application/json");
        let metadata = response.json();
        assert_eq!(metadata["resource"], "https://mcp.example.com/mcp");
        assert_eq!(
            metadata["authorization_servers"],
            json!(["https://auth.example.com"])
        );
        assert_eq!(metadata["scopes_supported"], json!(["mcp:use"]));
    }
    let response = server.ask(&modern("tools/list", json!({})));
    assert_eq!(response.status(), 401);
    let challenge = response.head.header("www-authenticate");
    let metadata = "https://mcp.example.com/.well-known/oauth-protected-resource/mcp";
    assert!(
        challenge.contains(&format!("resource_metadata=\"{metadata}\"")),
        "{challenge}"
    );
    assert!(challenge.contains("scope=\"mcp:use\""), "{challenge}");
}

/// A server whose clients show no OAuth token has no such document.
#[test]
fn without_oauth_there_is_no_metadata() {
    let server = Server::start();
    let request = Request::new("GET").to("/.well-known/oauth-protected-resource");
    assert_eq!(server.ask(&request).status(), 404);
}
