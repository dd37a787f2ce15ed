//! The HTTP status of an answer, by era and error; the values that headers carry.

use mcp_proto::http::{InvalidSessionId, SessionId, answer_status, decode_value, encode_value};
use mcp_proto::{Era, Outcome, Revision, RpcError};
use proptest::prelude::*;
use serde_json::json;

use crate::support::{fresh, open};

/// Sends a request of a revision and compares the code and the status of its answer.
fn check(revision: Revision, method: &str, params: serde_json::Value, code: i64, status: u16) {
    let mut connection = match revision.era() {
        Era::Initialize => open(revision),
        Era::Stateless => fresh(),
    };
    let frame = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
    let outcomes = connection.handle_frame(frame.to_string().as_bytes());
    let [Outcome::Send(answer)] = &outcomes[..] else {
        panic!("{method} of {revision}: {outcomes:?}");
    };
    let said: serde_json::Value = serde_json::from_slice(answer.as_bytes()).unwrap();
    let said_code = said["error"]["code"].as_i64().unwrap_or(0);
    assert_eq!(said_code, code, "{method} of {revision}: {said}");
    assert_eq!(
        answer_status(revision.era(), answer),
        status,
        "{method} of {revision}: {said}"
    );
}

/// Guards: in 2026-07-28, 404 for methods, 400 for `_meta` and revisions, 200 for everything else;
/// -32602 about a tool's name is not 400.
#[test]
fn statuses_of_the_stateless_era() {
    let revision = Revision::V2026_07_28;
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {}
    });
    let with_meta = |mut params: serde_json::Value| {
        params["_meta"] = meta.clone();
        params
    };
    let check = |method: &str, params, code, status| check(revision, method, params, code, status);
    check("tools/list", with_meta(json!({})), 0, 200);
    check("tools/list", with_meta(json!({"cursor": "?"})), -32602, 200);
    check(
        "tools/call",
        with_meta(json!({"name": "none"})),
        -32602,
        200,
    );
    check("tools/call", with_meta(json!({})), -32602, 200);
    for method in ["no/such", "initialize", "ping", "logging/setLevel"] {
        check(method, with_meta(json!({})), -32601, 404);
    }
    check("server/discover", json!({}), -32602, 400);
    let unknown = json!({"_meta": {
        "io.modelcontextprotocol/protocolVersion": "v999.0.0",
        "io.modelcontextprotocol/clientCapabilities": {}
    }});
    check("server/discover", unknown, -32022, 400);
}

/// Guards: in a session 404 would mean that the session is gone, so no answer has it.
#[test]
fn statuses_of_the_era_of_initialize() {
    for revision in Revision::ALL
        .into_iter()
        .filter(|one| one.era() == Era::Initialize)
    {
        let check =
            |method: &str, params, code, status| check(revision, method, params, code, status);
        check("ping", json!({}), 0, 200);
        check("no/such", json!({}), -32601, 200);
        check("tools/call", json!({"name": "none"}), -32602, 200);
    }
}

/// Guards: the errors that the binding gives a status of their own, and what is in them.
#[test]
fn errors_of_the_binding() {
    let mismatch = RpcError::header_mismatch("Mcp-Name header is missing");
    assert_eq!((mismatch.code, mismatch.http_status()), (-32020, 400));
    assert_eq!(
        mismatch.message,
        "Header mismatch: Mcp-Name header is missing"
    );

    let missing = RpcError::missing_client_capability(&json!({"sampling": {}, "roots": {}}));
    assert_eq!((missing.code, missing.http_status()), (-32021, 400));
    assert_eq!(
        missing.data,
        Some(json!({"requiredCapabilities": {"sampling": {}, "roots": {}}}))
    );
    assert!(missing.message.contains("sampling and roots"), "{missing}");
}

/// Guards: the examples of the specification's table, "Value Encoding".
#[test]
fn values_are_encoded_as_in_the_table() {
    for (value, encoded) in [
        ("us-west1", "us-west1"),
        ("Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?="),
        (" padded ", "=?base64?IHBhZGRlZCA=?="),
        ("line1\nline2", "=?base64?bGluZTEKbGluZTI=?="),
        ("=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="),
        ("", ""),
        ("a b", "a b"),
        ("\tindented", "=?base64?CWluZGVudGVk?="),
        ("\u{7f}", "=?base64?fw==?="),
    ] {
        assert_eq!(encode_value(value), encoded);
        assert_eq!(decode_value(encoded).as_deref(), Ok(value));
    }
}

/// Guards: what only looks encoded is taken as it is, what is encoded wrongly is refused.
#[test]
fn only_whole_marks_are_marks() {
    for plain in [
        "=?base64?SGVsbG8=",
        "SGVsbG8=?=",
        "=?Base64?SGVsbG8=?=",
        "=?base64?=",
        "x=?base64?SGVsbG8=?=",
    ] {
        assert_eq!(decode_value(plain).as_deref(), Ok(plain));
    }
    assert_eq!(decode_value("=?base64??=").as_deref(), Ok(""));
    for faulty in [
        "=?base64?SGVsbG8?=",
        "=?base64?SGVs bG8=?=",
        "=?base64?SGVsbG8_?=",
        // The last digit has bits that no byte is made of.
        "=?base64?SGVsbG9=?=",
        "=?base64?/w==?=",
    ] {
        assert!(decode_value(faulty).is_err(), "{faulty}");
    }
}

/// Guards: one text is one session, so that another spelling can't stand for it.
#[test]
fn session_ids_have_one_spelling() {
    let id = SessionId::from_random(*b"0123456789abcdef");
    let text = id.to_string();
    assert_eq!(text, "30313233343536373839616263646566");
    assert_eq!(text.len(), SessionId::LEN);
    assert_eq!(id.to_header(), text);
    assert_eq!(text.parse(), Ok(id));
    for other in [
        "",
        "3",
        &text.to_uppercase(),
        &format!("{text}0"),
        &text.replace("30", "+0"),
    ] {
        if *other != text {
            assert_eq!(other.parse::<SessionId>(), Err(InvalidSessionId), "{other}");
        }
    }
    assert!(!format!("{id:?}").contains(&text));
}

proptest! {
    /// Guards: whatever a value is, its header is plain ASCII and gives it back.
    #[test]
    fn every_value_survives_its_header(value in any::<String>()) {
        let encoded = encode_value(&value);
        prop_assert!(encoded.bytes().all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte)));
        let trimmed = encoded.trim_matches([' ', '\t']);
        prop_assert_eq!(&decode_value(trimmed).unwrap(), &value);
    }

    #[test]
    fn every_session_id_survives_its_text(bytes in any::<[u8; 16]>()) {
        let id = SessionId::from_random(bytes);
        prop_assert_eq!(id.to_string().parse(), Ok(id));
    }
}
