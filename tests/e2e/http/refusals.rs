//! Requests that are turned away before anybody looks at what they want.

use serde_json::json;

use super::client::{Request, Response};
use super::server::{Server, call, modern};

fn list() -> Request {
    modern("tools/list", json!({}))
}

/// Pages of the web are refused, by their origin or by the name under which they found us.
#[test]
fn hosts_and_origins_are_listed() {
    let server = Server::with_config(
        "[http]\nallowed_hosts = [\"mcp.example.com\"]\nallowed_origins = [\"https://app.example.com\"]\n",
    );
    let port = server.address.port();
    let mut connection = server.connect();
    let mut status = |request: &Request| connection.ask(request).status();
    let own = format!("localhost:{port}");
    for host in [
        "localhost",
        "127.0.0.1:1",
        "[::1]:9",
        "mcp.example.com",
        "MCP.example.com:1",
        &own,
    ] {
        assert_eq!(status(&list().instead("Host", host)), 200, "{host}");
    }
    for host in [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "",
        "a b",
    ] {
        assert_eq!(status(&list().instead("Host", host)), 403, "{host}");
        let metadata = Request::new("GET").to("/.well-known/oauth-protected-resource");
        assert_eq!(status(&metadata.instead("Host", host)), 403, "{host}");
    }
    for origin in [&format!("http://{own}"), "https://app.example.com"] {
        assert_eq!(status(&list().with("Origin", origin)), 200, "{origin}");
    }
    for origin in [
        "null",
        "https://evil.example",
        "http://localhost:1",
        "https://localhost",
    ] {
        assert_eq!(status(&list().with("Origin", origin)), 403, "{origin}");
        assert_eq!(
            status(&Request::new("GET").with("Origin", origin)),
            403,
            "{origin}"
        );
    }
}

/// A header that may stand once stands once.
#[test]
fn headers_do_not_stand_twice() {
    let server = Server::start();
    for (name, value) in [
        ("Host", "localhost"),
        ("Origin", "null"),
        ("Content-Type", "application/json"),
        ("MCP-Protocol-Version", "2026-07-28"),
        ("Mcp-Method", "tools/list"),
        ("Mcp-Session-Id", "a"),
        ("Content-Length", "1"),
    ] {
        let twice = list().with(name, value);
        let twice = match name {
            "Origin" | "Mcp-Session-Id" => twice.with(name, value),
            _ => twice,
        };
        let response = server.ask(&twice);
        assert_eq!(response.status(), 400, "{name}: {response:?}");
    }
}

/// The kinds of content that a message may have, and a client has to take.
#[test]
fn content_is_negotiated() {
    let server = Server::start();
    let mut connection = server.connect();
    for (name, value, expected) in [
        ("Content-Type", "text/plain", 415),
        ("Content-Type", "application/json; charset=utf-8", 200),
        ("Accept", "application/json", 406),
        ("Accept", "text/event-stream", 406),
        ("Accept", "*/*", 200),
    ] {
        let status = connection.ask(&list().instead(name, value)).status();
        assert_eq!(status, expected, "{name}: {value}");
    }
    assert_eq!(connection.ask(&list().without("Accept")).status(), 406);
    assert_eq!(connection.ask(&list().to("/other")).status(), 404);
}

/// A list request whose body has this many bytes.
fn of_length(bytes: usize) -> Request {
    let list = list();
    let text = modern("tools/list", json!({"pad": ""})).bytes();
    let body = text.windows(4).position(|it| it == b"\r\n\r\n").unwrap() + 4;
    let pad = "x".repeat(bytes - (text.len() - body));
    let padded = modern("tools/list", json!({"pad": pad})).bytes();
    let body = padded.windows(4).position(|it| it == b"\r\n\r\n").unwrap() + 4;
    assert_eq!(padded.len() - body, bytes);
    list.with_body(&padded[body..])
}

/// A body has so many bytes and not one more, whether it says so beforehand or not.
#[test]
fn bodies_have_a_limit() {
    const LIMIT: usize = 100_000;
    let server = Server::with_config(&format!("[http]\nmax_body_bytes = {LIMIT}\n"));
    let (fits, too_long) = (of_length(LIMIT), of_length(LIMIT + 1));
    assert_eq!(server.ask(&fits).status(), 200);
    assert_eq!(server.ask(&too_long).status(), 413);
    let chunked = |request: &Request| -> Response {
        let mut connection = server.connect();
        // The server may answer, and hear no more, before all is written.
        let _ = connection.try_write(&request.chunked(1000));
        connection.response()
    };
    assert_eq!(chunked(&fits).status(), 200);
    assert_eq!(chunked(&too_long).status(), 413);
    let mut connection = server.connect();
    let declared = list().with("Content-Length", "99999999999").bytes();
    let own = declared
        .windows(18)
        .rposition(|it| it == b"\r\nContent-Length: ")
        .unwrap();
    connection.write(&declared[..own]);
    connection.write(b"\r\n\r\n");
    assert_eq!(connection.response().status(), 413);
}

/// Who is refused in the middle of a long body is told so, on a connection that stays.
#[test]
fn the_reason_gets_through_a_long_body() {
    let server = Server::start();
    let mut connection = server.connect();
    let long = of_length(12 << 20);
    for (request, status) in [
        (long.clone(), 413),
        (of_length(3 << 20).instead("Host", "evil.example"), 403),
        (
            of_length(3 << 20).instead("Content-Type", "text/plain"),
            415,
        ),
        (list(), 200),
    ] {
        assert_eq!(connection.ask(&request).status(), status);
    }
    connection.write(&long.chunked(1 << 20));
    assert_eq!(connection.response().status(), 413);
    assert_eq!(connection.ask(&list()).status(), 200);
}

/// A client that waits to be asked for its body is asked for it, or refused without it.
#[test]
fn a_body_may_wait_to_be_asked_for() {
    let server = Server::start();
    let expecting = list().with("Expect", "100-continue");
    let bytes = expecting.bytes();
    let body = bytes.windows(4).position(|it| it == b"\r\n\r\n").unwrap() + 4;
    let mut connection = server.connect();
    connection.write(&bytes[..body]);
    assert_eq!(connection.head().status, 100);
    connection.write(&bytes[body..]);
    assert_eq!(connection.response().status(), 200);
    let refused = expecting.instead("Host", "evil.example").bytes();
    let body = refused.windows(4).position(|it| it == b"\r\n\r\n").unwrap() + 4;
    let mut connection = server.connect();
    connection.write(&refused[..body]);
    assert_eq!(connection.response().status(), 403);
}

/// A head has a limit too.
#[test]
fn heads_have_a_limit() {
    let server = Server::start();
    let padded = |bytes: usize| list().with("X-Pad", &"x".repeat(bytes));
    assert_eq!(server.ask(&padded(32 * 1024)).status(), 200);
    let mut connection = server.connect();
    let _ = connection.try_write(&padded(128 * 1024).bytes());
    assert_eq!(connection.head().status, 431);
    assert_eq!(server.ask(&call("list_sessions", json!({}))).status(), 200);
}
