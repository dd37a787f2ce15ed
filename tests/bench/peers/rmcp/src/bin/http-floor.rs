//! What no server over HTTP gets below: hyper, which sends every body back as it came.
//!
//! `http-floor` says `listening ADDRESS` and serves until its standard input ends.

use std::convert::Infallible;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rmcp_peer::{end_of_input, listen, runtime};

fn main() {
    let runtime = runtime(0);
    runtime.block_on(async {
        let listener = listen().await;
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.expect("a connection");
                stream.set_nodelay(true).expect("a TCP connection");
                // A client that goes ends its connection, which is no fault.
                tokio::spawn(async move {
                    let service = service_fn(echo);
                    let _ = http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        end_of_input().await;
    });
    runtime.shutdown_background();
}

async fn echo(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let body = request.into_body().collect().await;
    let bytes = body.map(|body| body.to_bytes()).unwrap_or_default();
    let mut response = Response::new(Full::new(bytes));
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    Ok(response)
}
