//! Who may talk to a server at all: exact lists of `Host` and `Origin`.
//!
//! A page on the web can make a browser send requests to a server on this machine, by its
//! address or under a name of the attacker's that resolves to it (DNS rebinding). Both are seen
//! in `Origin`, and the second in `Host` (2026-07-28, "Security & Endpoint").

use http::header::{HOST, ORIGIN};
use http::{HeaderMap, StatusCode, Uri};

use super::names::field_text;
use super::{Page, Refusal};

/// The hosts and origins that are served; all others are refused with 403.
///
/// A host is compared as a whole and without regard to case; nothing is resolved, and no suffix
/// is enough. A request without `Origin` doesn't come from a page and is judged by its host
/// alone.
///
/// # Example
///
/// ```
/// use http::{Request, Uri};
/// use mcp_proto::http::AccessRules;
///
/// let rules = AccessRules::loopback(8765)
///     .allow_host("tools.example.com")?
///     .allow_origin("https://console.example.com")?;
///
/// let request = |host: &str, origin: &str| {
///     Request::post("/mcp").header("Host", host).header("Origin", origin).body(()).unwrap()
/// };
/// let judge = |request: Request<()>| rules.check(request.uri(), request.headers());
/// assert!(judge(request("localhost:8765", "http://localhost:8765")).is_ok());
/// assert!(judge(request("Tools.Example.com", "https://console.example.com")).is_ok());
/// assert_eq!(judge(request("evil.example", "http://evil.example")).unwrap_err().status, 403);
/// assert_eq!(judge(request("localhost:8765", "null")).unwrap_err().status, 403);
/// # Ok::<(), mcp_proto::http::InvalidRule>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct AccessRules {
    hosts: Vec<Host<String>>,
    origins: Vec<Origin<String>>,
}

/// What was given as a host or an origin is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no {wanted}")]
pub struct InvalidRule {
    text: String,
    wanted: &'static str,
}

/// A host and the port, where one is named; compared without regard to case.
#[derive(Clone, Debug)]
struct Host<T> {
    name: T,
    port: Option<u16>,
}

/// The origin of a page, with the port that its scheme implies where none is named.
#[derive(Clone, Debug)]
struct Origin<T> {
    scheme: T,
    host: Host<T>,
}

const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

impl AccessRules {
    /// Rules that refuse everything.
    pub fn new() -> Self {
        Self::default()
    }

    /// The rules for a listener on a loopback address: hosts `localhost`, `127.0.0.1` and
    /// `[::1]` with any port, since a forwarded port keeps the name and changes the number; the
    /// origins of those three at `port` itself, over http.
    pub fn loopback(port: u16) -> Self {
        let origins = LOOPBACK.map(|name| Origin {
            scheme: "http".to_owned(),
            host: Host {
                name: name.to_owned(),
                port: Some(port),
            },
        });
        Self {
            origins: origins.into(),
            ..Self::unix()
        }
    }

    /// The rules for a listener on a Unix socket, which no browser reaches: the hosts of
    /// [`loopback`](Self::loopback), and no origin.
    pub fn unix() -> Self {
        let hosts = LOOPBACK.map(|name| Host {
            name: name.to_owned(),
            port: None,
        });
        Self {
            hosts: hosts.into(),
            origins: Vec::new(),
        }
    }

    /// Admits a host: `tools.example.com` with whatever port, `tools.example.com:8443` with that
    /// port alone. An IPv6 address stands in brackets.
    ///
    /// # Errors
    ///
    /// When the text is no host.
    pub fn allow_host(mut self, host: &str) -> Result<Self, InvalidRule> {
        let parsed = Host::parse(host).ok_or_else(|| InvalidRule {
            text: host.to_owned(),
            wanted: "host, such as `localhost`, `[::1]` or `tools.example.com:8443`",
        })?;
        self.hosts.push(parsed.to_owned());
        Ok(self)
    }

    /// Admits pages of an origin, such as `https://console.example.com`: scheme, host and, where
    /// it isn't the scheme's own, port.
    ///
    /// # Errors
    ///
    /// When the text is no such origin; `null`, which sandboxed and local pages send, is none.
    pub fn allow_origin(mut self, origin: &str) -> Result<Self, InvalidRule> {
        let parsed = Origin::parse(origin).ok_or_else(|| InvalidRule {
            text: origin.to_owned(),
            wanted: "origin, such as `https://console.example.com`",
        })?;
        self.origins.push(parsed.to_owned());
        Ok(self)
    }

    /// Judges a request by its head, whatever its method, and says which page it comes from, if
    /// it comes from one. To be asked before anything else.
    ///
    /// The host stands in `Host`, or in the request's target (HTTP/2, and HTTP/1.1 through a
    /// proxy); where it stands in both, both must be allowed.
    ///
    /// # Errors
    ///
    /// 403 for a host or origin that isn't allowed, or no host at all; 400 for several of either
    /// (RFC 9112, section 3.2).
    pub fn admit(&self, target: &Uri, headers: &HeaderMap) -> Result<Option<Page>, Refusal> {
        let host = single(headers, &HOST)?;
        let origin = single(headers, &ORIGIN)?;
        let authority = target.authority().map(http::uri::Authority::as_str);
        let mut named = host.into_iter().chain(authority).peekable();
        if named.peek().is_none() {
            return Err(forbidden("Host", None));
        }
        if let Some(other) = named.find(|host| !self.admits_host(host)) {
            return Err(forbidden("Host", Some(other)));
        }
        match origin {
            Some(origin) if !self.admits_origin(origin) => Err(forbidden("Origin", Some(origin))),
            // As it stands: a browser compares it letter by letter.
            _ => Ok(headers.get(ORIGIN).cloned().map(Page::admitted)),
        }
    }

    /// [`admit`](Self::admit), for who does not mind where a request comes from.
    ///
    /// # Errors
    ///
    /// The same.
    pub fn check(&self, target: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
        self.admit(target, headers).map(drop)
    }

    fn admits_host(&self, host: &str) -> bool {
        Host::parse(host).is_some_and(|host| {
            self.hosts
                .iter()
                .any(|rule| rule.is_named(&host) && (rule.port.is_none() || rule.port == host.port))
        })
    }

    fn admits_origin(&self, origin: &str) -> bool {
        Origin::parse(origin).is_some_and(|origin| {
            self.origins.iter().any(|rule| {
                rule.scheme.eq_ignore_ascii_case(origin.scheme)
                    && rule.host.is_named(&origin.host)
                    && rule.host.port == origin.host.port
            })
        })
    }
}

impl Host<String> {
    fn is_named(&self, other: &Host<&str>) -> bool {
        self.name.eq_ignore_ascii_case(other.name)
    }
}

impl<'a> Host<&'a str> {
    /// `uri-host [ ":" port ]` of RFC 9110, section 7.2, without escapes: a name with one is not
    /// on any list.
    fn parse(text: &'a str) -> Option<Self> {
        let name_end = match text.strip_prefix('[') {
            Some(address) => address.find(']')? + 2,
            None => text.find(':').unwrap_or(text.len()),
        };
        let (name, port) = text.split_at(name_end);
        let in_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        let in_address = |byte: u8| byte.is_ascii_hexdigit() || b"[]:.".contains(&byte);
        let fits = match name.starts_with('[') {
            true => name.bytes().all(in_address) && name.len() > 2,
            false => name.bytes().all(in_name) && !name.is_empty(),
        };
        let port = match port.strip_prefix(':') {
            None if port.is_empty() => None,
            Some("") | None => return None,
            Some(digits) => Some(parse_port(digits)?),
        };
        fits.then_some(Self { name, port })
    }

    fn to_owned(&self) -> Host<String> {
        Host {
            name: self.name.to_owned(),
            port: self.port,
        }
    }
}

impl<'a> Origin<&'a str> {
    /// The serialised origin of RFC 6454, section 6.2, other than `null`.
    fn parse(text: &'a str) -> Option<Self> {
        let (scheme, host) = text.split_once("://")?;
        let in_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
        if scheme.is_empty() || !scheme.bytes().all(in_scheme) {
            return None;
        }
        let mut host = Host::parse(host)?;
        let own_port = [("http", 80), ("https", 443)]
            .into_iter()
            .find_map(|(name, port)| scheme.eq_ignore_ascii_case(name).then_some(port));
        host.port = host.port.or(own_port);
        Some(Self { scheme, host })
    }

    fn to_owned(&self) -> Origin<String> {
        Origin {
            scheme: self.scheme.to_owned(),
            host: self.host.to_owned(),
        }
    }
}

/// Digits alone: a sign, which the number parser takes, is none.
fn parse_port(digits: &str) -> Option<u16> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| plain)
}

fn single<'a>(headers: &'a HeaderMap, name: &http::HeaderName) -> Result<Option<&'a str>, Refusal> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    match (field_text(value), values.next()) {
        (_, Some(_)) => Err(Refusal::invalid(
            StatusCode::BAD_REQUEST,
            format!("Invalid request: the header {name} stands twice"),
        )),
        (Some(text), None) => Ok(Some(text)),
        (None, None) => Err(forbidden(name.as_str(), None)),
    }
}

fn forbidden(header: &str, value: Option<&str>) -> Refusal {
    let value: String = value.unwrap_or("none").chars().take(128).collect();
    Refusal::invalid(
        StatusCode::FORBIDDEN,
        format!(
            "Forbidden: {header} `{value}` is not on this server's list; its configuration says \
             who may connect"
        ),
    )
}
