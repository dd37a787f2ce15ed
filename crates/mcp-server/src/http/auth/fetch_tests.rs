//! Fetching from servers on this machine, well and badly behaved ones.

use std::net::SocketAddr;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;

/// Reads a request up to its empty line and answers it with these bytes.
async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, answer: &[u8]) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => request.push(byte),
            Err(_) => return,
        }
    }
    // A client that has seen enough hangs up.
    let _ = stream.write_all(answer).await;
    let _ = stream.shutdown().await;
}

/// A server that gives every request this answer.
async fn serve(text: impl Into<Vec<u8>>) -> SocketAddr {
    let text: Vec<u8> = text.into();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            answer(stream, &text).await;
        }
    });
    address
}

fn ok(body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}")
}

async fn fetch(address: SocketAddr) -> Result<Value> {
    let fetcher = Fetcher::new(false).unwrap();
    fetcher.json(&format!("http://{address}/keys")).await
}

#[track_caller]
fn said(fetched: Result<Value>) -> String {
    format!("{:#}", fetched.unwrap_err())
}

#[tokio::test]
async fn a_document_is_json_with_status_200() {
    assert_eq!(
        fetch(serve(ok("[1]")).await).await.unwrap(),
        serde_json::json!([1])
    );
    assert!(said(fetch(serve(ok("<html>")).await).await).contains("not JSON"));
    let missing = serve("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}").await;
    assert!(said(fetch(missing).await).contains("404"));
    assert!(fetch(serve("SSH-2.0-OpenSSH_9.2\r\n").await).await.is_err());
    let short = serve("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}").await;
    assert!(fetch(short).await.is_err());
}

/// Whoever can have the issuer redirect a request cannot have another's keys taken.
#[tokio::test]
async fn no_redirect_is_followed() {
    let target = serve(ok("[1]")).await;
    let redirect =
        format!("HTTP/1.1 302 Found\r\nLocation: http://{target}/\r\nContent-Length: 0\r\n\r\n");
    assert!(said(fetch(serve(redirect).await).await).contains("302"));
}

/// The limit holds with and without a length in the answer.
#[tokio::test]
async fn a_document_has_a_limit() {
    let string = |length: usize| format!("\"{}\"", "x".repeat(length - 2));
    assert!(fetch(serve(ok(&string(MAX_DOCUMENT))).await).await.is_ok());
    let over = string(MAX_DOCUMENT + 1);
    assert!(said(fetch(serve(ok(&over)).await).await).contains("more than"));
    let endless = serve(format!("HTTP/1.1 200 OK\r\n\r\n{over}")).await;
    assert!(said(fetch(endless).await).contains("more than"));
}

/// A server that takes the request and never answers is given up.
#[tokio::test(start_paused = true)]
async fn a_silent_server_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    assert!(said(fetch(address).await).contains("longer than 5s"));
}

/// Over TLS the server shows a certificate that is trusted, for the name that was
/// asked for.
#[tokio::test]
async fn a_certificate_is_checked() {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(aws_lc_rs::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(stream) = acceptor.accept(stream).await {
                answer(stream, ok("[1]").as_bytes()).await;
            }
        }
    });
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let trusting = Fetcher::trusting(roots).unwrap();
    let right = format!("https://localhost:{port}/");
    assert!(trusting.json(&right).await.is_ok());
    let other_name = format!("https://127.0.0.1:{port}/");
    assert!(trusting.json(&other_name).await.is_err());
    let strange = Fetcher::trusting(RootCertStore::empty()).unwrap();
    assert!(strange.json(&right).await.is_err());
}
