//! The id of a session over HTTP, in the era of `initialize`.

use std::fmt;
use std::fmt::Write as _;
use std::str::FromStr;

use http::HeaderValue;

/// The id of a session: 128 bits, written as 32 lower-case hexadecimal digits.
///
/// It is what a client shows to be served in a session, so it is made of random bytes and never
/// logged: its `Debug` form shows the first four digits alone.
///
/// # Example
///
/// ```
/// use mcp_proto::http::SessionId;
///
/// // Sixteen bytes from the system's random number generator.
/// let id = SessionId::from_random([0xab; 16]);
/// assert_eq!(id.to_string(), "abababababababababababababababab");
/// assert_eq!(id.to_string().parse(), Ok(id));
/// assert_eq!(format!("{id:?}"), "SessionId(abab…)");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId([u8; 16]);

/// The text is no session id of this server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a session id has {} lower-case hexadecimal digits", SessionId::LEN)]
pub struct InvalidSessionId;

impl SessionId {
    /// How long the text of an id is, in bytes.
    pub const LEN: usize = 32;

    /// Makes an id of 16 bytes, which must be random and secret.
    pub const fn from_random(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The value of the header `Mcp-Session-Id`.
    pub fn to_header(self) -> HeaderValue {
        HeaderValue::try_from(self.to_string()).expect("hexadecimal digits may stand in a header")
    }
}

impl FromStr for SessionId {
    type Err = InvalidSessionId;

    /// Reads the one way to write an id.
    fn from_str(text: &str) -> Result<Self, InvalidSessionId> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Ok(byte - b'0'),
            b'a'..=b'f' => Ok(byte - b'a' + 10),
            _ => Err(InvalidSessionId),
        };
        if text.len() != Self::LEN {
            return Err(InvalidSessionId);
        }
        let mut bytes = [0; 16];
        for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = digit(digits[0])? << 4 | digit(digits[1])?;
        }
        Ok(Self(bytes))
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(Self::LEN);
        for byte in self.0 {
            write!(text, "{byte:02x}")?;
        }
        f.write_str(&text)
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second, ..] = self.0;
        write!(f, "SessionId({first:02x}{second:02x}…)")
    }
}
