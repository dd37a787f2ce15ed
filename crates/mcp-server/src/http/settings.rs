//! `[http]` of the configuration: where the server listens, and what clients
//! over HTTP may use. Who they have to be is [`AuthConfig`]'s business.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, bail};
use http::Uri;
use serde::Deserialize;

pub use super::auth::config::{AuthConfig, AuthMode, OAuthConfig, OneOrMany};

/// Names of one list that may be configured.
const MAX_NAMES: usize = 1_024;

/// The server over Streamable HTTP.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpConfig {
    /// Addresses to listen on; `serve --http` names others. Beyond loopback only
    /// with authentication.
    pub listen: Vec<SocketAddr>,
    /// A Unix socket to listen on, for this user alone.
    pub unix: Option<PathBuf>,
    /// Values of `Host` that are answered, besides those of loopback: a name or
    /// address, with its port where that is not the scheme's own.
    pub allowed_hosts: Vec<String>,
    /// Values of `Origin` that are answered, besides those of loopback.
    pub allowed_origins: Vec<String>,
    /// Bytes that the body of a request may have; 1 KiB to 16 MiB.
    pub max_body_bytes: usize,
    /// Connections that may be open at once; 1 to 100,000.
    pub max_connections: usize,
    /// Event streams that may be open at once; 1 to 1,000,000.
    pub max_streams: usize,
    /// Seconds without an event after which a stream gets a comment, so that
    /// proxies keep it open; 1 to 3,600.
    pub keep_alive_s: u64,
    /// Seconds without a request or an open stream after which an HTTP session
    /// of the `initialize` era is forgotten; 10 to 604,800. Terminal sessions
    /// are not concerned.
    pub session_idle_s: u64,
    /// HTTP sessions of the `initialize` era that there may be at once; 1 to 100,000.
    pub max_sessions: usize,
    /// Seconds that requests in progress have to end once the server is told
    /// to stop; 0 to 3,600.
    pub drain_s: u64,
    /// Who may call.
    pub auth: AuthConfig,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            listen: Vec::new(),
            unix: None,
            allowed_hosts: Vec::new(),
            allowed_origins: Vec::new(),
            max_body_bytes: 4 << 20,
            max_connections: 1_024,
            max_streams: 4_096,
            keep_alive_s: 15,
            session_idle_s: 1_800,
            max_sessions: 1_024,
            drain_s: 10,
            auth: AuthConfig::default(),
        }
    }
}

impl HttpConfig {
    /// How long a stream is silent before it gets a comment.
    #[must_use]
    pub fn keep_alive(&self) -> Duration {
        Duration::from_secs(self.keep_alive_s)
    }

    /// How long an HTTP session is kept unused.
    #[must_use]
    pub fn session_idle(&self) -> Duration {
        Duration::from_secs(self.session_idle_s)
    }

    /// How long requests in progress have to end.
    #[must_use]
    pub fn drain(&self) -> Duration {
        Duration::from_secs(self.drain_s)
    }

    /// Checks every value, and that nobody beyond this machine can call without
    /// authentication. It is called again when addresses were added.
    ///
    /// # Errors
    ///
    /// When a value is out of range or does not go with another, naming its key,
    /// or an address beyond loopback would be open to everybody.
    pub fn check(&self) -> Result<()> {
        within("max_body_bytes", self.max_body_bytes, 1_024..=16 << 20)?;
        within("max_connections", self.max_connections, 1..=100_000)?;
        within("max_streams", self.max_streams, 1..=1_000_000)?;
        within("keep_alive_s", self.keep_alive_s, 1..=3_600)?;
        within("session_idle_s", self.session_idle_s, 10..=604_800)?;
        within("max_sessions", self.max_sessions, 1..=100_000)?;
        within("drain_s", self.drain_s, 0..=3_600)?;
        within(
            "allowed_hosts: its length",
            self.allowed_hosts.len(),
            0..=MAX_NAMES,
        )?;
        within(
            "allowed_origins: its length",
            self.allowed_origins.len(),
            0..=MAX_NAMES,
        )?;
        self.allowed_hosts
            .iter()
            .try_for_each(|it| check_host(it))?;
        self.allowed_origins
            .iter()
            .try_for_each(|it| check_origin(it))?;
        self.auth.check()?;
        self.check_exposure()
    }

    fn check_exposure(&self) -> Result<()> {
        if self.auth.mode() != AuthMode::None {
            return Ok(());
        }
        let Some(open) = self.listen.iter().find(|it| !is_loopback(it)) else {
            return Ok(());
        };
        bail!(
            "refusing to listen on {open} without authentication: whoever reaches it could run programs here; \
             set http.auth.mode to \"bearer\" or \"oauth\", or listen on 127.0.0.1:{}",
            open.port()
        );
    }
}

/// Whether only this machine reaches an address; nobody knows who reaches a wildcard.
fn is_loopback(address: &SocketAddr) -> bool {
    address.ip().to_canonical().is_loopback()
}

/// Fails when a value of `[http]` is out of its range.
pub(super) fn within<T>(key: &str, value: T, range: RangeInclusive<T>) -> Result<()>
where
    T: Copy + PartialOrd + std::fmt::Display,
{
    if !range.contains(&value) {
        bail!(
            "http.{key} is {value}; it takes {} to {}",
            range.start(),
            range.end()
        );
    }
    Ok(())
}

/// A name or address as it stands in `Host` (RFC 9110, section 7.2).
fn check_host(host: &str) -> Result<()> {
    let plain = host
        .parse::<http::uri::Authority>()
        .is_ok_and(|it| it.as_str() == host && !host.contains('@') && !it.host().contains('*'));
    if !plain {
        bail!(
            "http.allowed_hosts has {host:?}; it takes a host as it stands in a URL, such as \
             mcp.example.com or mcp.example.com:8765, compared as a whole"
        );
    }
    Ok(())
}

/// A scheme, a host and a port, as browsers write it (RFC 6454, section 6.2).
fn check_origin(origin: &str) -> Result<()> {
    let plain = origin.parse::<Uri>().is_ok_and(|uri| {
        let (scheme, authority) = (uri.scheme_str(), uri.authority());
        let (Some(scheme), Some(authority)) = (scheme, authority) else {
            return false;
        };
        format!("{scheme}://{authority}") == origin && !origin.contains(['@', '*'])
    });
    if !plain {
        bail!(
            "http.allowed_origins has {origin:?}; it takes an origin as browsers write it, such as \
             https://app.example.com, with nothing behind the host and port"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<()> {
        toml::from_str::<HttpConfig>(text)?.check()
    }

    fn message(text: &str) -> String {
        format!("{:#}", check(text).unwrap_err())
    }

    #[test]
    fn an_empty_section_is_the_default_and_right() {
        let config: HttpConfig = toml::from_str("").unwrap();
        config.check().unwrap();
        assert_eq!(config.max_body_bytes, 4 << 20);
        assert_eq!(config.keep_alive(), Duration::from_secs(15));
        assert!(config.listen.is_empty());
    }

    /// Every number is taken at both ends of its range, and refused beyond them
    /// with a message that names the key and the range.
    #[test]
    fn numbers_have_ranges() {
        let ranges = [
            ("max_body_bytes", 1_024, 16 << 20),
            ("max_connections", 1, 100_000),
            ("max_streams", 1, 1_000_000),
            ("keep_alive_s", 1, 3_600),
            ("session_idle_s", 10, 604_800),
            ("max_sessions", 1, 100_000),
            ("drain_s", 0, 3_600_u64),
        ];
        for (key, least, most) in ranges {
            check(&format!("{key} = {least}")).unwrap();
            check(&format!("{key} = {most}")).unwrap();
            let beyond = message(&format!("{key} = {}", most + 1));
            assert!(
                beyond.contains(&format!("http.{key} is {}", most + 1))
                    && beyond.contains(&format!("it takes {least} to {most}")),
                "{beyond}"
            );
            if least > 0 {
                assert!(check(&format!("{key} = {}", least - 1)).is_err(), "{key}");
            }
        }
        assert!(message("max_conections = 1").contains("max_conections"));
    }

    /// Nobody but this machine reaches a server without authentication.
    #[test]
    fn beyond_loopback_only_with_authentication() {
        for loopback in [
            "127.0.0.1:1",
            "127.9.9.9:1",
            "[::1]:1",
            "[::ffff:127.0.0.1]:1",
        ] {
            check(&format!("listen = [\"{loopback}\"]")).unwrap();
        }
        for open in [
            "0.0.0.0:8765",
            "[::]:8765",
            "192.168.1.2:8765",
            "[fe80::1]:8765",
        ] {
            let mixed = format!("listen = [\"127.0.0.1:1\", \"{open}\"]");
            let said = message(&mixed);
            assert!(
                said.contains("refusing to listen on") && said.contains("127.0.0.1:8765"),
                "{said}"
            );
            assert!(check(&format!("{mixed}\n[auth]\nmode = \"none\"")).is_err());
            check(&format!("{mixed}\n[auth]\nmode = \"bearer\"")).unwrap();
        }
    }

    /// Hosts and origins are compared whole: what could never be equal to a
    /// header, or looks like a pattern, is refused.
    #[test]
    fn hosts_and_origins_are_exact() {
        for host in [
            "mcp.example.com",
            "mcp.example.com:8765",
            "[2001:db8::1]:80",
            "10.0.0.1",
        ] {
            check(&format!("allowed_hosts = [\"{host}\"]")).unwrap();
        }
        for host in ["", "https://a", "a/b", "*.example.com", "u@a", "a b"] {
            assert!(message(&format!("allowed_hosts = [\"{host}\"]")).contains("allowed_hosts"));
        }
        for origin in [
            "https://a.example",
            "http://a.example:8080",
            "vscode-webview://x",
        ] {
            check(&format!("allowed_origins = [\"{origin}\"]")).unwrap();
        }
        for origin in [
            "",
            "a.example",
            "https://a.example/",
            "https://*",
            "null",
            "https://u@a",
        ] {
            assert!(message(&format!("allowed_origins = [\"{origin}\"]")).contains("origins"));
        }
        let many = |count| format!("allowed_hosts = {:?}", vec!["a"; count]);
        check(&many(MAX_NAMES)).unwrap();
        assert!(message(&many(MAX_NAMES + 1)).contains("length"));
    }
}
