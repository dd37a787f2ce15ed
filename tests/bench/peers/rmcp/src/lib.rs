//! A server with one tool on `rmcp`, the official SDK.
//!
//! ```text
//! rmcp-peer WORKERS stdio|pipes|http|http-sessions
//! ```
//!
//! `WORKERS` threads run it, 0 being the one that starts it. Over HTTP it says `listening ADDRESS` and
//! serves until its standard input ends.

mod tool;

use axum::serve::ListenerExt;
use rmcp::ServiceExt;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::{
    StreamableHttpServerConfig, StreamableHttpService,
    io::{stdio, stdio_pipes},
};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

use tool::Echo;

/// Serves as the arguments say.
pub fn run() {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().expect("another argument");
    let workers = next().parse().expect("a number of threads");
    let transport = next();
    let runtime = runtime(workers);
    runtime.block_on(async {
        match transport.as_str() {
            "stdio" => {
                let service = Echo::new().serve(stdio()).await.expect("a client");
                service.waiting().await.expect("an end in good order");
            }
            "pipes" => {
                let service = Echo::new().serve(stdio_pipes()).await.expect("a client");
                service.waiting().await.expect("an end in good order");
            }
            "http" => http(false).await,
            "http-sessions" => http(true).await,
            other => panic!("no transport {other}"),
        }
    });
    // A read of standard input cannot be called off.
    runtime.shutdown_background();
}

/// One that does not start threads unless it should.
pub fn runtime(workers: usize) -> Runtime {
    let mut builder = match workers {
        0 => Builder::new_current_thread(),
        workers => {
            let mut builder = Builder::new_multi_thread();
            builder.worker_threads(workers);
            builder
        }
    };
    builder.enable_all().build().expect("a runtime")
}

/// Without sessions an answer is one JSON object, as the SDK offers it where nothing is streamed;
/// with sessions it is always a stream.
async fn http(sessions: bool) {
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(sessions)
        .with_json_response(true);
    let service: StreamableHttpService<Echo, LocalSessionManager> =
        StreamableHttpService::new(|| Ok(Echo::new()), Default::default(), config);
    let router = axum::Router::new().nest_service("/mcp", service);
    // An answer that takes several writes would wait for the client's acknowledgement else.
    let listener = listen().await.tap_io(|stream| {
        stream.set_nodelay(true).expect("a TCP connection");
    });
    tokio::select! {
        served = async { axum::serve(listener, router).await } => served.expect("it serves"),
        () = end_of_input() => {}
    }
}

/// Listens, and says where.
pub async fn listen() -> TcpListener {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    println!("listening {}", listener.local_addr().expect("an address"));
    listener
}

/// Waits for the end of standard input.
pub async fn end_of_input() {
    let mut rest = Vec::new();
    let _ = tokio::io::stdin().read_to_end(&mut rest).await;
}
