//! Values in `Mcp-Name` and `Mcp-Param-…`: plain, or in Base64 (2026-07-28, "Value Encoding").

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const PREFIX: &str = "=?base64?";
const SUFFIX: &str = "?=";

/// A value says that it is Base64 and isn't, or doesn't hold UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its Base64 is malformed or holds no UTF-8")]
pub struct InvalidValue;

/// Reads a header's value: what stands between `=?base64?` and `?=` is decoded, anything else is
/// taken as it is.
///
/// # Errors
///
/// When what stands between the marks is no padded, canonical Base64 (RFC 4648, section 4) of
/// UTF-8.
///
/// # Example
///
/// ```
/// use mcp_proto::http::decode_value;
///
/// assert_eq!(decode_value("us-west1").unwrap(), "us-west1");
/// assert_eq!(decode_value("=?base64?SGVsbG8sIOS4lueVjA==?=").unwrap(), "Hello, 世界");
/// assert!(decode_value("=?base64?SGVsbG8?=").is_err());
/// ```
pub fn decode_value(value: &str) -> Result<Cow<'_, str>, InvalidValue> {
    let Some(encoded) = enclosed(value) else {
        return Ok(Cow::Borrowed(value));
    };
    let bytes = STANDARD.decode(encoded).map_err(|_| InvalidValue)?;
    let text = String::from_utf8(bytes).map_err(|_| InvalidValue)?;
    Ok(Cow::Owned(text))
}

/// Writes a value for a header, as a client does: as it is where that is safe, else in Base64.
///
/// # Example
///
/// ```
/// use mcp_proto::http::encode_value;
///
/// assert_eq!(encode_value("us-west1"), "us-west1");
/// assert_eq!(encode_value(" padded "), "=?base64?IHBhZGRlZCA=?=");
/// ```
pub fn encode_value(value: &str) -> Cow<'_, str> {
    let plain = value
        .bytes()
        .all(|byte| matches!(byte, b'\t' | b' '..=b'~'))
        && value.trim_matches([' ', '\t']).len() == value.len()
        && enclosed(value).is_none();
    match plain {
        true => Cow::Borrowed(value),
        false => Cow::Owned(format!("{PREFIX}{}{SUFFIX}", STANDARD.encode(value))),
    }
}

/// What stands between the marks; `None` for a plain value.
fn enclosed(value: &str) -> Option<&str> {
    value.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)
}
