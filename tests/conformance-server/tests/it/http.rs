//! Over Streamable HTTP: what happens when clients go away, and when the server does.

use std::net::SocketAddr;
use std::sync::Arc;

use conformance_server::Fixture;
use mcp_proto::{Answer, RpcError};
use mcp_server::http;
use mcp_server::http::auth::Authenticator;
use mcp_server::http::settings::HttpConfig;
use mcp_server::serve::Stop;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::Notify;

/// The fixture on a port of its own.
struct Server {
    address: SocketAddr,
    stop: Arc<Notify>,
}

struct WhenTold(Arc<Notify>);

impl Stop for WhenTold {
    async fn requested(&mut self) {
        self.0.notified().await;
    }

    async fn let_go(&mut self) {}

    fn last_answer(&self) -> Answer {
        RpcError::internal("stopped").into()
    }
}

impl Server {
    async fn start() -> Self {
        let config = HttpConfig {
            listen: vec![([127, 0, 0, 1], 0).into()],
            ..HttpConfig::default()
        };
        let authenticator = Authenticator::new(&config).expect("nobody has to sign in");
        let bound = http::bind(config).await.expect("there is a port");
        let url = bound.urls().remove(0);
        let address = url.trim_start_matches("http://").trim_end_matches("/mcp");
        let address = address.parse().expect("the URL has an address");
        let stop = Arc::new(Notify::new());
        let told = WhenTold(Arc::clone(&stop));
        let fixture = Fixture::new().expect("there is randomness");
        tokio::spawn(bound.serve(fixture, authenticator, told));
        Self { address, stop }
    }

    /// Sends a POST with these headers beside those that each has.
    async fn post(&self, headers: &[(&str, &str)], body: &Value) -> BufReader<TcpStream> {
        let stream = TcpStream::connect(self.address).await.expect("it listens");
        let mut stream = BufReader::new(stream);
        let body = body.to_string();
        let mut head = format!(
            "POST /mcp HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n\
             Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n",
            self.address,
            body.len()
        );
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let request = format!("{head}\r\n{body}");
        stream
            .write_all(request.as_bytes())
            .await
            .expect("it reads");
        stream
    }

    /// Sends a request of 2026-07-28.
    async fn ask(&self, method: &str, params: &Value) -> BufReader<TcpStream> {
        let body = request(method, params);
        let name = params["name"].as_str().unwrap_or_default();
        let mut headers = vec![
            ("MCP-Protocol-Version", "2026-07-28"),
            ("Mcp-Method", method),
        ];
        headers.extend((!name.is_empty()).then_some(("Mcp-Name", name)));
        self.post(&headers, &body).await
    }

    /// Returns once `test_given_up` says this.
    async fn given_up(&self, expected: &str) {
        loop {
            let mut stream = self
                .ask("tools/call", &json!({"name": "test_given_up"}))
                .await;
            if all(&mut stream).await.contains(&format!("\"{expected}\"")) {
                return;
            }
        }
    }
}

fn request(method: &str, params: &Value) -> Value {
    let mut params = params.clone();
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "progressToken": "t",
    });
    json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
}

/// Everything until the response ends.
async fn all(stream: &mut BufReader<TcpStream>) -> String {
    let mut text = String::new();
    stream
        .read_to_string(&mut text)
        .await
        .expect("it ends well");
    text
}

/// The next event's JSON.
async fn event(stream: &mut BufReader<TcpStream>) -> Value {
    loop {
        let mut line = String::new();
        let read = stream.read_line(&mut line).await.expect("it goes on");
        assert_ne!(read, 0, "an event was expected");
        if let Some(data) = line.strip_prefix("data: ") {
            return serde_json::from_str(data).expect("an event is JSON");
        }
    }
}

/// Promise: a client of 2026-07-28 that closes the connection of its request has given the request
/// up, and its work is dropped.
#[tokio::test]
async fn going_away_is_giving_up() {
    let server = Server::start().await;
    let stream = server
        .ask("tools/call", &json!({"name": "test_slow"}))
        .await;
    server.given_up("0 of 1").await;
    drop(stream);
    server.given_up("1 of 1").await;
}

/// Promise: a client of 2025-11-25 that loses a connection has given nothing up.
#[tokio::test]
async fn an_older_client_may_lose_a_connection() {
    let server = Server::start().await;
    let params = json!({
        "protocolVersion": "2025-11-25",
        "clientInfo": {"name": "it", "version": "1"},
        "capabilities": {},
    });
    let body = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params});
    let answer = all(&mut server.post(&[], &body).await).await;
    let session = answer
        .lines()
        .find_map(|line| line.strip_prefix("mcp-session-id: "))
        .expect("there is a session");
    let headers = [("Mcp-Session-Id", session)];

    let params = json!({"name": "test_slow"});
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params});
    let stream = server.post(&headers, &call).await;
    server.given_up("0 of 1").await;
    drop(stream);
    let cancelled = json!({
        "jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 2},
    });
    all(&mut server.post(&headers, &cancelled).await).await;
    server.given_up("0 of 1").await;

    let cancelled = json!({
        "jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1},
    });
    all(&mut server.post(&headers, &cancelled).await).await;
    server.given_up("1 of 1").await;
}

/// Promise: all that a call reports comes before its result, on the same stream, which ends then.
#[tokio::test]
async fn progress_and_result_share_a_stream() {
    let server = Server::start().await;
    let params = json!({"name": "test_tool_with_progress"});
    let mut stream = server.ask("tools/call", &params).await;
    for expected in [0, 50, 100] {
        assert_eq!(event(&mut stream).await["params"]["progress"], expected);
    }
    assert_eq!(event(&mut stream).await["id"], 1);
    assert!(!all(&mut stream).await.contains("data"));
}

/// Promise: a header that stands twice is refused, also when both say the same: somebody on the
/// way may have read the other.
#[tokio::test]
async fn headers_stand_once() {
    let server = Server::start().await;
    let good = [
        ("MCP-Protocol-Version", "2026-07-28"),
        ("Mcp-Method", "tools/call"),
        ("Mcp-Name", "test_simple_text"),
    ];
    let body = request("tools/call", &json!({"name": "test_simple_text"}));
    let answer = all(&mut server.post(&good, &body).await).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    for twice in good {
        let mut headers = good.to_vec();
        headers.push(twice);
        let answer = all(&mut server.post(&headers, &body).await).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        assert!(answer.contains("-32020"), "{answer}");
    }
}

/// Promise: a stream of changes brings what was asked for and ends with a result when the server
/// stops.
#[tokio::test]
async fn a_subscription_ends_in_good_order() {
    let server = Server::start().await;
    let params = json!({"notifications": {"toolsListChanged": true}});
    let mut stream = server.ask("subscriptions/listen", &params).await;
    let acknowledged = event(&mut stream).await;
    assert_eq!(
        acknowledged["method"],
        "notifications/subscriptions/acknowledged"
    );
    for other in ["test_trigger_prompt_change", "test_trigger_tool_change"] {
        all(&mut server.ask("tools/call", &json!({"name": other})).await).await;
    }
    let changed = event(&mut stream).await;
    assert_eq!(changed["method"], "notifications/tools/list_changed");
    server.stop.notify_one();
    let end = event(&mut stream).await;
    assert_eq!(end["id"], 1);
    assert_eq!(end["result"]["resultType"], "complete");
}
