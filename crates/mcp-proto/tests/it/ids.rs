//! An id goes back exactly as it came, and equal numbers are one id.

use mcp_proto::{InvalidId, MAX_ID_BYTES, ProgressToken, RequestId};
use proptest::prelude::*;
use serde_json::json;

use crate::support::{fresh, send_text};

fn id(text: &str) -> RequestId {
    RequestId::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn ids_are_echoed_as_they_were_written() {
    for text in [
        "0",
        "-0",
        "7",
        "-7",
        "1.0",
        "1e3",
        "1E+3",
        "100e-2",
        "9007199254740993",
        "18446744073709551616",
        "123456789012345678901234567890",
        "-1.50e1",
        r#""""#,
        r#""7""#,
        r#""a\u0062\/""#,
        r#""ümlaut""#,
    ] {
        let frame = format!(r#"{{"jsonrpc":"2.0","id":{text},"method":"ping"}}"#);
        let mut connection = fresh();
        let mut outcomes = connection.handle_frame(frame.as_bytes());
        let mcp_proto::Outcome::Send(answer) = outcomes.remove(0) else {
            panic!("a ping is answered");
        };
        let expected = format!(r#"{{"jsonrpc":"2.0","id":{text},"result":{{}}}}"#);
        assert_eq!(String::from_utf8_lossy(answer.as_bytes()), expected);
    }
}

#[test]
fn numbers_are_equal_by_value_and_never_equal_to_strings() {
    assert_eq!(id("1"), id("1.0"));
    assert_eq!(id("100"), id("1e2"));
    assert_eq!(id("-0"), id("0"));
    assert_eq!(id("18446744073709551616"), id("18446744073709551616.0"));
    assert_ne!(id("9007199254740993"), id("9007199254740992"));
    assert_ne!(id("18446744073709551616"), id("18446744073709551617"));
    assert_ne!(id("1"), id(r#""1""#));
    assert_eq!(id(r#""ab""#), id(r#""a\u0062""#));
}

#[test]
fn what_is_no_id_is_refused_with_a_reason() {
    for (text, reason) in [
        ("null", InvalidId::WrongType),
        ("true", InvalidId::WrongType),
        ("[1]", InvalidId::WrongType),
        ("{}", InvalidId::WrongType),
        ("1.5", InvalidId::Fraction),
        ("1e-1", InvalidId::Fraction),
        ("1e-99999999999999999999", InvalidId::TooLong),
        ("1e99999999", InvalidId::TooLong),
        ("007", InvalidId::NotJson),
        ("+1", InvalidId::WrongType),
        ("1.", InvalidId::NotJson),
        ("", InvalidId::NotJson),
        (r#""open"#, InvalidId::NotJson),
    ] {
        assert_eq!(RequestId::parse(text), Err(reason), "{text}");
    }
}

#[test]
fn an_id_has_a_longest_length() {
    let longest = format!("\"{}\"", "x".repeat(MAX_ID_BYTES - 2));
    assert_eq!(id(&longest).to_string(), longest);
    let longer = format!("\"{}\"", "x".repeat(MAX_ID_BYTES - 1));
    assert_eq!(RequestId::parse(&longer), Err(InvalidId::TooLong));
    let frame = format!(r#"{{"jsonrpc":"2.0","id":{longer},"method":"ping"}}"#);
    let answer = send_text(&mut fresh(), &frame);
    assert_eq!(answer["error"]["code"], -32600);
    assert_eq!(answer["id"], json!(null));
}

#[test]
fn a_cancellation_finds_a_number_however_it_is_spelled() {
    use crate::support::{call, open, start};
    let revision = mcp_proto::Revision::V2025_11_25;
    let mut connection = open(revision);
    let call = start(&mut connection, call(revision, 3, "now", json!({})));
    let note = r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":3.0}}"#;
    let outcomes = connection.handle_frame(note.as_bytes());
    assert!(matches!(outcomes[..], [mcp_proto::Outcome::Cancel { key, .. }] if key == call.key));
}

proptest! {
    #[test]
    fn every_integer_survives(number in any::<i64>()) {
        let text = number.to_string();
        prop_assert_eq!(id(&text).to_string(), text.clone());
        prop_assert_eq!(id(&text).as_i64(), Some(number));
        prop_assert_eq!(serde_json::to_string(&id(&text)).unwrap(), text);
    }

    #[test]
    fn every_string_survives(string in any::<String>()) {
        prop_assume!(string.len() < MAX_ID_BYTES / 6 - 2);
        let text = serde_json::to_string(&string).unwrap();
        prop_assert_eq!(id(&text).to_string(), text.clone());
        let id = id(&text);
        prop_assert_eq!(id.as_str(), Some(string.as_str()));
        prop_assert_eq!(ProgressToken::parse(&text).unwrap().to_string(), text);
    }

    #[test]
    fn every_long_integer_survives(digits in "-?[1-9][0-9]{18,200}") {
        prop_assert_eq!(id(&digits).to_string(), digits.clone());
        prop_assert_eq!(id(&format!("{digits}.00")), id(&digits));
    }

    /// Whatever number JSON can write: it is an integer, or it is refused, and never a panic.
    #[test]
    fn numbers_are_integers_or_refused(text in "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,30})?([eE][+-]?[0-9]{1,25})?") {
        match RequestId::parse(&text) {
            Ok(id) => prop_assert_eq!(id.to_string(), text),
            Err(reason) => prop_assert!(
                matches!(reason, InvalidId::Fraction | InvalidId::TooLong), "{}", reason
            ),
        }
    }
}
