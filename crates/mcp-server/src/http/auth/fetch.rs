//! Fetching small JSON documents from an authorization server: HTTP/1.1 over TLS
//! with the system's certificate authorities. No redirect is followed, no proxy is
//! used, and neither a slow nor a talkative server holds anybody up.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http::header::ACCEPT;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Empty, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;

/// How long one document may take, from the connection to its last byte.
pub(super) const FETCH_TIMEOUT: Duration = Duration::from_secs(5);

/// The largest document, in bytes.
pub(super) const MAX_DOCUMENT: usize = 256 * 1024;

/// A client that fetches documents.
#[derive(Debug, Clone)]
pub(super) struct Fetcher {
    client: Client<HttpsConnector<HttpConnector>, Empty<Bytes>>,
}

impl Fetcher {
    /// A client that trusts the certificate authorities that this system trusts.
    ///
    /// # Errors
    ///
    /// When the system has none, and `tls` says that they are needed.
    pub(super) fn new(tls: bool) -> Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if tls && roots.is_empty() {
            bail!(
                "no certificate authorities are found to check the issuer's certificate with; \
                 install this system's ca-certificates, or name a file of them in $SSL_CERT_FILE"
            );
        }
        Self::trusting(roots)
    }

    fn trusting(roots: RootCertStore) -> Result<Self> {
        let config = ClientConfig::builder_with_provider(aws_lc_rs::default_provider().into())
            .with_safe_default_protocol_versions()
            .context("TLS cannot be set up")?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(config)
            .https_or_http()
            .enable_http1()
            .build();
        let client = Client::builder(TokioExecutor::new())
            // Documents are minutes apart: no connection is worth keeping.
            .pool_max_idle_per_host(0)
            .build(connector);
        Ok(Self { client })
    }

    /// Fetches a document.
    ///
    /// # Errors
    ///
    /// When it does not come within [`FETCH_TIMEOUT`], with status 200, as JSON of at
    /// most [`MAX_DOCUMENT`] bytes.
    pub(super) async fn json(&self, uri: &str) -> Result<Value> {
        tokio::time::timeout(FETCH_TIMEOUT, self.fetch(uri))
            .await
            .unwrap_or_else(|_| bail!("it takes longer than {FETCH_TIMEOUT:?}"))
            .with_context(|| format!("cannot fetch {uri}"))
    }

    async fn fetch(&self, uri: &str) -> Result<Value> {
        let request = Request::get(uri)
            .header(ACCEPT, "application/json")
            .body(Empty::new())?;
        let response = self.client.request(request).await?;
        if response.status() != StatusCode::OK {
            bail!("it is answered {}", response.status());
        }
        let body = Limited::new(response.into_body(), MAX_DOCUMENT);
        let body = match body.collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) => {
                bail!("its body ends early, or has more than {MAX_DOCUMENT} bytes: {error}")
            }
        };
        serde_json::from_slice(&body).context("it is not JSON")
    }
}

#[cfg(test)]
#[path = "fetch_tests.rs"]
mod tests;
