//! What a browser is told on behalf of a page.

use http::{HeaderMap, Method, Request};
use mcp_proto::http::{AccessRules, ENDPOINT_METHODS, Page};

const ORIGIN: &str = "https://console.example.com";

/// The page of a request with these headers, and the headers.
fn page(headers: &[(&str, &str)]) -> (Option<Page>, HeaderMap) {
    let mut request = Request::options("/mcp").header("Host", "localhost");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(()).unwrap();
    let rules = AccessRules::loopback(8765).allow_origin(ORIGIN).unwrap();
    let page = rules.admit(request.uri(), request.headers()).unwrap();
    (page, request.headers().clone())
}

fn value<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

/// The headers that a page may send when its browser asks for these.
fn allowed(asked: &[&str]) -> String {
    let mut headers = vec![
        ("Origin", ORIGIN),
        ("Access-Control-Request-Method", "POST"),
    ];
    headers.extend(
        asked
            .iter()
            .map(|list| ("Access-Control-Request-Headers", *list)),
    );
    let (page, headers) = page(&headers);
    let preflight = page
        .unwrap()
        .preflight(&Method::OPTIONS, &headers, ENDPOINT_METHODS);
    value(&preflight.unwrap(), "access-control-allow-headers").to_owned()
}

/// Promise: the answer names the page's origin as it stands, never all of them, and neither
/// cookies nor a method that the endpoint does not have.
#[test]
fn a_preflight_is_answered_for_its_own_page() {
    for origin in [
        ORIGIN,
        "HTTPS://Console.Example.com:443",
        "http://127.0.0.1:8765",
    ] {
        let (page, headers) = page(&[
            ("Origin", origin),
            ("Access-Control-Request-Method", "DELETE"),
        ]);
        let preflight = page
            .unwrap()
            .preflight(&Method::OPTIONS, &headers, ENDPOINT_METHODS)
            .unwrap();
        let value = |name| value(&preflight, name);
        assert_eq!(value("access-control-allow-origin"), origin);
        assert_eq!(value("access-control-allow-methods"), "POST, GET, DELETE");
        assert_eq!(value("access-control-max-age"), "7200");
        assert_eq!(value("vary"), "Origin");
        assert_eq!(value("access-control-allow-credentials"), "");
        assert_eq!(preflight.len(), 5);
    }
}

/// Promise: the protocol's headers are allowed whatever is asked for; of others, those of
/// parameters, when they are asked for.
#[test]
fn headers_of_the_protocol_are_allowed() {
    let own = allowed(&[]);
    let names: Vec<&str> = own.split(", ").collect();
    assert_eq!(
        names,
        [
            "Content-Type",
            "Accept",
            "Authorization",
            "Mcp-Session-Id",
            "MCP-Protocol-Version",
            "Mcp-Method",
            "Mcp-Name",
            "Last-Event-ID"
        ]
    );
    for (asked, more) in [
        (&["content-type,x-other,mcp-name"][..], ""),
        (&["mcp-param"], ""),
        (&["x-mcp-param-a"], ""),
        (&["mcp-param-a b", "*", ""], ""),
        (&["mcp-param-region"], ", mcp-param-region"),
        (
            &["accept, MCP-Param-A ,\tmcp-param-b", "mcp-param-c"],
            ", mcp-param-a, mcp-param-b, mcp-param-c",
        ),
    ] {
        assert_eq!(allowed(asked), format!("{own}{more}"), "{asked:?}");
    }
}

/// Promise: what is no preflight is not answered as one.
#[test]
fn other_requests_are_no_preflights() {
    let (page_, headers) = page(&[("Origin", ORIGIN)]);
    let page_ = page_.unwrap();
    assert_eq!(
        page_.preflight(&Method::OPTIONS, &headers, ENDPOINT_METHODS),
        None
    );
    let (_, asks) = page(&[("Access-Control-Request-Method", "POST")]);
    for method in [Method::POST, Method::GET, Method::DELETE, Method::HEAD] {
        assert_eq!(page_.preflight(&method, &asks, ENDPOINT_METHODS), None);
    }
    assert_eq!(page(&[("Access-Control-Request-Method", "POST")]).0, None);
}

/// Promise: a response says whom it is for, beside whatever it says already.
#[test]
fn a_response_is_shared_with_its_page() {
    let mut headers = HeaderMap::new();
    headers.insert("vary", "Accept".parse().unwrap());
    page(&[("Origin", ORIGIN)]).0.unwrap().share(&mut headers);
    assert_eq!(value(&headers, "access-control-allow-origin"), ORIGIN);
    assert_eq!(
        value(&headers, "access-control-expose-headers"),
        "Mcp-Session-Id, WWW-Authenticate"
    );
    let vary: Vec<_> = headers.get_all("vary").iter().collect();
    assert_eq!(vary, ["Accept", "Origin"]);
    assert_eq!(headers.len(), 4);
}
