//! Request ids and progress tokens: a string or an integer, echoed exactly as it came.
//!
//! JSON has one number type, so `1`, `1.0` and `1e0` are the same integer: they compare equal,
//! and each is sent back spelled as it was received. Integers of any size are kept digit for
//! digit (a JavaScript client may count in a `BigInt`, a database key may exceed 64 bits). A
//! number with a fraction is not an integer and is refused, as the Model Context Protocol asks
//! for "a string or integer", and so is `null`.

use std::fmt;
use std::hash::{Hash, Hasher};

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// The longest id or progress token accepted, in bytes of its JSON text: 1,024. Every request in
/// flight holds its id, so ids are bounded like everything else that input can grow.
pub const MAX_ID_BYTES: usize = 1024;

/// The id of a JSON-RPC request.
///
/// # Example
///
/// ```
/// use mcp_proto::RequestId;
///
/// let id = RequestId::parse("1.0").unwrap();
/// assert_eq!(id, RequestId::from(1));
/// assert_eq!(id.to_string(), "1.0");
/// assert!(RequestId::parse("1.5").is_err());
/// assert!(RequestId::parse("null").is_err());
/// ```
#[derive(Clone)]
pub struct RequestId {
    value: Value,
    /// The spelling that came in, where it is not the usual one.
    written: Option<Box<str>>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Value {
    Small(i64),
    /// Sign and digits of an integer beyond 64 bits, without leading zeros.
    Large(Box<str>),
    Text(Box<str>),
}

/// Why a JSON value is no request id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidId {
    /// Neither a string nor a number.
    #[error("an id is a string or an integer, not null, a boolean, an array or an object")]
    WrongType,
    /// A number that isn't an integer.
    #[error("an id that is a number must be an integer")]
    Fraction,
    /// Longer than [`MAX_ID_BYTES`].
    #[error("an id has at most {MAX_ID_BYTES} bytes")]
    TooLong,
    /// Not JSON.
    #[error("the id is not valid JSON")]
    NotJson,
}

impl RequestId {
    /// Reads an id from its JSON text.
    ///
    /// # Errors
    ///
    /// When the text is not a JSON string or integer of at most [`MAX_ID_BYTES`] bytes.
    pub fn parse(json: &str) -> Result<Self, InvalidId> {
        let json = json.trim_matches([' ', '\t', '\r', '\n']);
        if json.len() > MAX_ID_BYTES {
            return Err(InvalidId::TooLong);
        }
        match json.as_bytes().first() {
            Some(b'"') => Self::parse_text(json),
            Some(b'-' | b'0'..=b'9') => Self::parse_number(json),
            Some(_) => Err(InvalidId::WrongType),
            None => Err(InvalidId::NotJson),
        }
    }

    /// The id as a string, when it is one.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The id as a number, when it is one that fits.
    pub fn as_i64(&self) -> Option<i64> {
        match self.value {
            Value::Small(number) => Some(number),
            _ => None,
        }
    }

    fn parse_text(json: &str) -> Result<Self, InvalidId> {
        let text: String = serde_json::from_str(json).map_err(|_| InvalidId::NotJson)?;
        Ok(Self::from(text).with_spelling(json))
    }

    fn parse_number(json: &str) -> Result<Self, InvalidId> {
        // The common case, and the only one whose spelling need not be kept.
        if let Ok(number) = json.parse::<i64>() {
            let id = Self::from(number);
            return match Self::plain_spelling(json) {
                true => Ok(id),
                false => Ok(id.with_spelling(check_number(json)?)),
            };
        }
        let json = check_number(json)?;
        let digits = integer_digits(json)?;
        let value = digits
            .parse::<i64>()
            .map_or_else(|_| Value::Large(digits.into()), Value::Small);
        Ok(Self {
            value,
            written: Some(json.into()),
        })
    }

    /// Whether an `i64` spelled so is spelled as this crate would.
    fn plain_spelling(json: &str) -> bool {
        json == "0" || !json.trim_start_matches('-').starts_with('0')
    }

    fn with_spelling(mut self, json: &str) -> Self {
        if self.to_string() != json {
            self.written = Some(json.into());
        }
        self
    }
}

/// Refuses what Rust's number parsers accept and JSON doesn't (`007`, `+1`), and the reverse.
fn check_number(json: &str) -> Result<&str, InvalidId> {
    match serde_json::from_str::<&RawValue>(json) {
        Ok(_) => Ok(json),
        Err(_) => Err(InvalidId::NotJson),
    }
}

/// Writes a JSON number out as an integer, exactly, or says why it is none.
fn integer_digits(json: &str) -> Result<String, InvalidId> {
    let (sign, unsigned) = match json.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", json),
    };
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()),
        None => (unsigned, Some(0)),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut digits = format!("{whole}{fraction}");
    if digits.bytes().all(|digit| digit == b'0') {
        return Ok("0".to_owned());
    }
    let exponent = exponent.ok_or(InvalidId::TooLong)?;
    let shift = exponent.saturating_sub(fraction.len() as i64);
    if shift > MAX_ID_BYTES as i64 {
        return Err(InvalidId::TooLong);
    }
    if shift >= 0 {
        digits.extend(std::iter::repeat_n('0', shift as usize));
    } else {
        let dropped = usize::try_from(shift.unsigned_abs()).unwrap_or(usize::MAX);
        let kept = digits
            .len()
            .checked_sub(dropped)
            .ok_or(InvalidId::Fraction)?;
        if digits[kept..].bytes().any(|digit| digit != b'0') {
            return Err(InvalidId::Fraction);
        }
        digits.truncate(kept);
    }
    Ok(format!("{sign}{}", digits.trim_start_matches('0')))
}

impl From<i64> for RequestId {
    fn from(number: i64) -> Self {
        Self {
            value: Value::Small(number),
            written: None,
        }
    }
}

impl From<&str> for RequestId {
    fn from(text: &str) -> Self {
        Self {
            value: Value::Text(text.into()),
            written: None,
        }
    }
}

impl From<String> for RequestId {
    fn from(text: String) -> Self {
        Self {
            value: Value::Text(text.into()),
            written: None,
        }
    }
}

impl PartialEq for RequestId {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Eq for RequestId {}

impl Hash for RequestId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.value.hash(state);
    }
}

impl fmt::Display for RequestId {
    /// Writes the id as JSON, spelled as it came.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(written) = &self.written {
            return f.write_str(written);
        }
        match &self.value {
            Value::Small(number) => write!(f, "{number}"),
            Value::Large(digits) => f.write_str(digits),
            Value::Text(text) => {
                let json = serde_json::to_string(text).map_err(|_| fmt::Error)?;
                f.write_str(&json)
            }
        }
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestId({self})")
    }
}

impl Serialize for RequestId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (&self.written, &self.value) {
            (None, Value::Small(number)) => serializer.serialize_i64(*number),
            (None, Value::Text(text)) => serializer.serialize_str(text),
            _ => RawValue::from_string(self.to_string())
                .map_err(serde::ser::Error::custom)?
                .serialize(serializer),
        }
    }
}

/// The token under which a client wants to hear of a request's progress: like an id, a string or
/// an integer, and echoed exactly.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct ProgressToken(RequestId);

impl ProgressToken {
    /// Reads a token from its JSON text.
    ///
    /// # Errors
    ///
    /// As [`RequestId::parse`].
    pub fn parse(json: &str) -> Result<Self, InvalidId> {
        RequestId::parse(json).map(Self)
    }
}

impl<T: Into<RequestId>> From<T> for ProgressToken {
    fn from(value: T) -> Self {
        Self(value.into())
    }
}

impl fmt::Display for ProgressToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
