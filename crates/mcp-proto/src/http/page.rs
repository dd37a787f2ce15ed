//! What a browser wants to hear before it lets a page of another origin talk to a server: the
//! "CORS protocol" of the Fetch standard.
//!
//! A browser asks first (a *preflight*), and hands a response over only where that names the
//! page's origin. Tokens are sent by the page itself and are no cookies, so credentials are never
//! allowed. Who may talk to the server at all is the business of [`AccessRules`], which make the
//! only pages there are: no other origin is ever named.
//!
//! [`AccessRules`]: super::AccessRules

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method};

/// The fields that a client of any revision sends and that a browser asks about, but for those of
/// parameters.
const ALLOWED_HEADERS: &str = "Content-Type, Accept, Authorization, Mcp-Session-Id, \
     MCP-Protocol-Version, Mcp-Method, Mcp-Name, Last-Event-ID";

/// The fields of a response that a client reads and that a browser would keep from it.
const EXPOSED_HEADERS: &str = "Mcp-Session-Id, WWW-Authenticate";

/// Seconds for which a browser may go by the answer to a preflight: two hours, the most that
/// Chromium takes. Every request itself is judged anew.
const MAX_AGE_S: &str = "7200";

/// How the names of parameters' fields begin.
const PARAMETER: &str = "mcp-param-";

/// The page that a request comes from, which [`AccessRules::admit`](super::AccessRules::admit)
/// let in.
///
/// # Example
///
/// ```
/// use http::{HeaderMap, Request};
/// use mcp_proto::http::{AccessRules, ENDPOINT_METHODS};
///
/// let rules = AccessRules::loopback(8765).allow_origin("https://console.example.com")?;
/// let request = Request::options("/mcp")
///     .header("Host", "localhost:8765")
///     .header("Origin", "https://console.example.com")
///     .header("Access-Control-Request-Method", "POST")
///     .body(())
///     .unwrap();
/// let page = rules.admit(request.uri(), request.headers()).unwrap().unwrap();
/// let headers = page.preflight(request.method(), request.headers(), ENDPOINT_METHODS).unwrap();
/// assert_eq!(headers["access-control-allow-origin"], "https://console.example.com");
/// assert_eq!(headers["access-control-allow-methods"], "POST, GET, DELETE");
///
/// let mut response = HeaderMap::new();
/// page.share(&mut response);
/// assert_eq!(response["vary"], "Origin");
/// # Ok::<(), mcp_proto::http::InvalidRule>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    origin: HeaderValue,
}

impl Page {
    /// The page of an origin that may talk to the server.
    pub(super) fn admitted(origin: HeaderValue) -> Self {
        Self { origin }
    }

    /// The headers of the answer, 204 without a body, to a request that is a preflight for a
    /// resource with these methods; `None` where it is none. It is to be answered before
    /// authentication: a browser sends no token along.
    ///
    /// Of the headers that the browser asks for, those of the protocol are allowed, among them
    /// any `Mcp-Param-…`. The answer is longer than the request by the protocol's own names at
    /// most.
    pub fn preflight(
        &self,
        method: &Method,
        headers: &HeaderMap,
        methods: &'static str,
    ) -> Option<HeaderMap> {
        if *method != Method::OPTIONS || !headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD) {
            return None;
        }
        let mut answer = HeaderMap::with_capacity(5);
        self.name(&mut answer);
        let methods = HeaderValue::from_static(methods);
        let max_age = HeaderValue::from_static(MAX_AGE_S);
        answer.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
        answer.insert(ACCESS_CONTROL_ALLOW_HEADERS, allowed_headers(headers));
        answer.insert(ACCESS_CONTROL_MAX_AGE, max_age);
        Some(answer)
    }

    /// Lets the page read a response with these headers, whatever it says.
    pub fn share(&self, headers: &mut HeaderMap) {
        self.name(headers);
        let exposed = HeaderValue::from_static(EXPOSED_HEADERS);
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }

    fn name(&self, headers: &mut HeaderMap) {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, self.origin.clone());
        headers.append(VARY, HeaderValue::from_static("Origin"));
    }
}

/// The protocol's own fields, and those of parameters that are asked for.
fn allowed_headers(asked: &HeaderMap) -> HeaderValue {
    let mut allowed = ALLOWED_HEADERS.to_owned();
    let asked = asked.get_all(ACCESS_CONTROL_REQUEST_HEADERS).iter();
    let names = asked
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .map(|name| name.trim_matches([' ', '\t']));
    for name in names.filter_map(|name| name.parse::<HeaderName>().ok()) {
        if name.as_str().starts_with(PARAMETER) {
            allowed.push_str(", ");
            allowed.push_str(name.as_str());
        }
    }
    HeaderValue::try_from(allowed).unwrap_or(HeaderValue::from_static(ALLOWED_HEADERS))
}
