//! Pages of allowed origins: what their browsers ask, and what they let through.

use serde_json::json;

use super::client::{Head, Request};
use super::principals::server_with;
use super::server::{Server, initialize, modern, progressing, wait_for};

const ORIGIN: &str = "https://app.example.com";
const CONFIG: &str = "[http]\nallowed_origins = [\"https://app.example.com\"]\nkeep_alive_s = 1\n";
const METADATA: &str = "/.well-known/oauth-protected-resource";

/// What a browser asks before a page's first request.
fn preflight(origin: &str) -> Request {
    Request::new("OPTIONS")
        .with("Origin", origin)
        .with("Access-Control-Request-Method", "POST")
        .with(
            "Access-Control-Request-Headers",
            "authorization,content-type,mcp-method,mcp-param-region,x-other",
        )
}

/// The names of the headers that are for browsers.
fn for_browsers(head: &Head) -> Vec<&str> {
    let names = [
        "access-control-allow-credentials",
        "access-control-allow-headers",
        "access-control-allow-methods",
        "access-control-allow-origin",
        "access-control-expose-headers",
        "access-control-max-age",
        "vary",
    ];
    let stands = |name: &&str| !head.header(name).is_empty();
    names.into_iter().filter(stands).collect()
}

/// A response that the page gets to read, and with it what it needs to go on.
#[track_caller]
fn is_shared(head: &Head) {
    assert_eq!(head.header("access-control-allow-origin"), ORIGIN);
    assert_eq!(head.header("vary"), "Origin");
    assert_eq!(
        head.header("access-control-expose-headers"),
        "Mcp-Session-Id, WWW-Authenticate"
    );
    assert_eq!(for_browsers(head).len(), 3, "{head:?}");
}

/// A preflight is answered for the page that asks, at the endpoint and at the documents, without a
/// token, and for no other page.
#[test]
fn preflights_are_answered_for_allowed_origins() {
    let server = server_with(CONFIG);
    let mut connection = server.connect();
    for (place, methods) in [
        ("/mcp", "POST, GET, DELETE"),
        (METADATA, "GET"),
        (&format!("{METADATA}/mcp"), "GET"),
    ] {
        let response = connection.ask(&preflight(ORIGIN).to(place));
        assert_eq!(
            (response.status(), response.body.len()),
            (204, 0),
            "{place}"
        );
        let head = &response.head;
        assert_eq!(head.header("access-control-allow-origin"), ORIGIN);
        assert_eq!(head.header("access-control-allow-methods"), methods);
        assert_eq!(head.header("access-control-max-age"), "7200");
        assert_eq!(head.header("vary"), "Origin");
        let headers = head.header("access-control-allow-headers");
        assert!(
            headers.contains("Authorization, Mcp-Session-Id"),
            "{headers}"
        );
        assert!(headers.ends_with(", mcp-param-region"), "{headers}");
        assert_eq!(for_browsers(head).len(), 5, "{head:?}");
        for foreign in [
            "https://evil.example",
            "null",
            "*",
            "https://app.example.com.evil",
        ] {
            let response = connection.ask(&preflight(foreign).to(place));
            assert_eq!(response.status(), 403, "{place} {foreign}");
            assert_eq!(for_browsers(&response.head), [""; 0], "{place} {foreign}");
        }
        let rebound = preflight(ORIGIN).to(place).instead("Host", "evil.example");
        assert_eq!(connection.ask(&rebound).status(), 403);
    }
}

/// Whatever a page's request is answered, the page gets to read it.
#[test]
fn a_page_reads_every_response() {
    let server = Server::with_config(CONFIG);
    let from_page = |request: Request| request.with("Origin", ORIGIN);
    for (request, status) in [
        (modern("tools/list", json!({})), 200),
        (Request::post(&initialize("2025-11-25")), 200),
        (modern("no/such", json!({})), 404),
        (modern("tools/list", json!({})).without("Accept"), 406),
        (Request::new("GET"), 405),
        (Request::new("PUT"), 405),
        // No preflight, as it does not say what for.
        (Request::new("OPTIONS"), 405),
        (Request::new("GET").to(METADATA), 404),
        (Request::new("POST").to(METADATA), 405),
    ] {
        let response = server.ask(&from_page(request.clone()));
        assert_eq!(response.status(), status, "{request:?}");
        is_shared(&response.head);
    }
    server.cat();
    let mut connection = server.connect();
    connection.send(&from_page(progressing("read_output", wait_for("never"))));
    let head = connection.head();
    assert_eq!(head.header("content-type"), "text/event-stream");
    is_shared(&head);
}

/// A page learns from a refusal that it needs a token, and whose.
#[test]
fn a_page_reads_its_challenge() {
    let server = server_with(CONFIG);
    let list = modern("tools/list", json!({})).with("Origin", ORIGIN);
    let response = server.ask(&list);
    assert_eq!(response.status(), 401);
    assert!(!response.head.header("www-authenticate").is_empty());
    is_shared(&response.head);
}

/// Who is no page is told nothing that is for pages.
#[test]
fn other_clients_see_no_difference() {
    let server = Server::with_config(CONFIG);
    let preflight = preflight(ORIGIN).without("Origin");
    for (request, status) in [
        (modern("tools/list", json!({})), 200),
        (preflight.clone(), 405),
        (preflight.to(METADATA), 405),
        (Request::new("GET").to(METADATA), 404),
    ] {
        let response = server.ask(&request);
        assert_eq!(response.status(), status, "{request:?}");
        assert_eq!(for_browsers(&response.head), [""; 0], "{request:?}");
    }
    let response = server.ask(&Request::new("OPTIONS").to(METADATA));
    assert_eq!(response.head.header("allow"), "GET,HEAD");
}
