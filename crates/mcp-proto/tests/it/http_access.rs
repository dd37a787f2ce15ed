//! Nobody but the hosts and pages on the list is served: DNS rebinding gets nowhere.

use http::{HeaderMap, HeaderValue, Uri, header};
use mcp_proto::http::AccessRules;

/// Judges a request with these hosts and origins; `target` is what stands in the request line.
fn check(rules: &AccessRules, target: &str, hosts: &[&str], origins: &[&str], status: u16) {
    let mut headers = HeaderMap::new();
    for host in hosts {
        headers.append(
            header::HOST,
            HeaderValue::from_bytes(host.as_bytes()).unwrap(),
        );
    }
    for origin in origins {
        let value = HeaderValue::from_bytes(origin.as_bytes()).unwrap();
        headers.append(header::ORIGIN, value);
    }
    let target: Uri = target.parse().unwrap();
    let judged = match rules.check(&target, &headers) {
        Ok(()) => 200,
        Err(refusal) => refusal.status.as_u16(),
    };
    assert_eq!(judged, status, "{target} {hosts:?} {origins:?}");
}

/// Guards: what a listener on loopback serves, and nothing else.
#[test]
fn a_loopback_listener_serves_its_own_names() {
    let rules = AccessRules::loopback(8765);
    let host = |host: &str, status| check(&rules, "/mcp", &[host], &[], status);
    host("localhost", 200);
    host("localhost:8765", 200);
    host("LocalHost:8765", 200);
    host("127.0.0.1:8765", 200);
    host("[::1]:8765", 200);
    // A forwarded port.
    host("localhost:9000", 200);
    host("evil.example.com", 403);
    host("evil.example.com:8765", 403);
    // Names that only look like the ones on the list.
    host("localhost.evil.example", 403);
    host("evil.localhost", 403);
    host("notlocalhost", 403);
    host("localhost.", 403);
    host("127.0.0.1.nip.io", 403);
    host("127.0.0.2", 403);
    host("127.1", 403);
    host("0.0.0.0:8765", 403);
    host("[::ffff:127.0.0.1]", 403);
    // What is no host.
    host("", 403);
    host("localhost:", 403);
    host("localhost:+80", 403);
    host("localhost:65536", 403);
    host("localhost:8765:8765", 403);
    host("evil@localhost:8765", 403);
    host("localhost:8765/evil", 403);
    host("localhost evil.example", 403);
    host("localhost,evil.example", 403);
    host("[::1", 403);
    host("[]", 403);
    host("l\u{f6}calhost", 403);
}

/// Guards: a page is served only from an origin on the list, and compared as a whole.
#[test]
fn a_loopback_listener_serves_its_own_pages() {
    let rules = AccessRules::loopback(8765);
    let page = |origin: &str, status| check(&rules, "/mcp", &["localhost:8765"], &[origin], status);
    page("http://localhost:8765", 200);
    page("HTTP://LOCALHOST:8765", 200);
    page("http://127.0.0.1:8765", 200);
    page("http://[::1]:8765", 200);
    page("http://localhost", 403);
    page("http://localhost:3000", 403);
    page("https://localhost:8765", 403);
    page("http://localhost:8765.evil.example", 403);
    page("http://localhost:8765/", 403);
    page("http://evil.example", 403);
    page("null", 403);
    page("", 403);
    page("localhost:8765", 403);
    page("://localhost:8765", 403);
    page("http://localhost:8765 http://localhost:8765", 403);
    page("http://l\u{f6}calhost:8765", 403);
}

/// Guards: a request without a host, or with more than one, is nobody's.
#[test]
fn one_host_and_at_most_one_origin() {
    let rules = AccessRules::loopback(8765);
    let (host, origin) = ("localhost:8765", "http://localhost:8765");
    check(&rules, "/mcp", &[], &[], 403);
    check(&rules, "/mcp", &[host, host], &[], 400);
    check(&rules, "/mcp", &[host, "evil.example"], &[], 400);
    check(&rules, "/mcp", &[host], &[origin, origin], 400);
    check(&rules, "/mcp", &[host], &[origin, "null"], 400);
}

/// Guards: the host of the request's target counts like the header's.
#[test]
fn a_target_names_a_host_too() {
    let rules = AccessRules::loopback(8765);
    check(&rules, "http://localhost:8765/mcp", &[], &[], 200);
    check(
        &rules,
        "http://localhost:8765/mcp",
        &["localhost:8765"],
        &[],
        200,
    );
    check(&rules, "http://evil.example/mcp", &[], &[], 403);
    check(
        &rules,
        "http://evil.example/mcp",
        &["localhost:8765"],
        &[],
        403,
    );
    check(
        &rules,
        "http://localhost:8765/mcp",
        &["evil.example"],
        &[],
        403,
    );
}

/// Guards: a Unix socket serves no page.
#[test]
fn a_unix_listener_serves_no_page() {
    let rules = AccessRules::unix();
    check(&rules, "/mcp", &["localhost"], &[], 200);
    check(&rules, "/mcp", &["localhost"], &["http://localhost"], 403);
    check(&rules, "/mcp", &["evil.example"], &[], 403);
}

/// Guards: what is put on the list is what is served.
#[test]
fn lists_are_exact() {
    let rules = AccessRules::new()
        .allow_host("Tools.example.com:8443")
        .unwrap()
        .allow_host("[2001:db8::1]")
        .unwrap()
        .allow_origin("https://console.example.com")
        .unwrap()
        .allow_origin("http://console.example.com:8080")
        .unwrap();
    let both = |host: &str, origin: &str, status| check(&rules, "/mcp", &[host], &[origin], status);
    both("tools.example.com:8443", "https://console.example.com", 200);
    both("[2001:DB8::1]:1", "https://console.example.com:443", 200);
    both(
        "tools.example.com:8443",
        "http://console.example.com:8080",
        200,
    );
    both("tools.example.com", "https://console.example.com", 403);
    both("tools.example.com:443", "https://console.example.com", 403);
    both("example.com:8443", "https://console.example.com", 403);
    both("tools.example.com:8443", "https://example.com", 403);
    both(
        "tools.example.com:8443",
        "https://console.example.com:8443",
        403,
    );
    both("tools.example.com:8443", "http://console.example.com", 403);
    check(&AccessRules::new(), "/mcp", &["localhost"], &[], 403);
}

/// Guards: a list with something on it that can't be matched is an error and not a surprise.
#[test]
fn what_is_no_host_or_origin_is_no_rule() {
    for host in [
        "",
        "*",
        "*.example.com",
        "http://localhost",
        "localhost:",
        "a b",
        "[::1",
    ] {
        assert!(AccessRules::new().allow_host(host).is_err(), "{host}");
    }
    for origin in [
        "",
        "*",
        "null",
        "localhost",
        "https://",
        "https://a/b",
        "https://*.a",
    ] {
        let error = AccessRules::new().allow_origin(origin).unwrap_err();
        assert!(error.to_string().contains("is no origin"), "{origin}");
    }
}
