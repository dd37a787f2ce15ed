//! A first look into the body of a POST: enough to know where it belongs, in one pass that keeps
//! slices of it.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::Refusal;
use crate::jsonrpc::{Message, RequestId, RpcError, brief, parse_message};
use crate::meta::{CLIENT_CAPABILITIES, PROTOCOL_VERSION};

/// What kind of message a body holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyKind {
    /// Wants an answer.
    Request,
    /// Is answered with 202 and nothing more.
    Notification,
    /// Answers a request of the server's; is answered with 202 and nothing more.
    Response,
    /// An array of messages, which 2025-03-26 has. What is in it hasn't been looked at.
    Batch,
}

/// What a look into the body of a POST shows. The connection that serves it reads it anew.
///
/// Values of another type than they should have are taken for absent, for the connection to
/// complain of. A member of `params` that stands twice is refused here, so that nobody is shown
/// the one and served by the other.
///
/// # Example
///
/// ```
/// use mcp_proto::http::{BodyKind, Peek};
///
/// let peek = Peek::read(
///     br#"{"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"name":"now","arguments":{}}}"#,
/// )
/// .unwrap();
/// assert_eq!(peek.kind, BodyKind::Request);
/// assert_eq!(peek.id, Some("\"a\""));
/// assert_eq!(peek.name.as_deref(), Some("now"));
/// assert!(!peek.is_stateless);
///
/// let refusal = Peek::read(b"{").unwrap_err();
/// assert_eq!((refusal.status.as_u16(), refusal.error.unwrap().code), (400, -32700));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Peek<'a> {
    /// Request, notification, response or batch.
    pub kind: BodyKind,
    /// The JSON text of the id of a request.
    pub id: Option<&'a str>,
    /// The method of a request or notification.
    pub method: Option<Cow<'a, str>>,
    /// `params.name`: a tool's or a prompt's.
    pub name: Option<Cow<'a, str>>,
    /// `params.uri`: a resource's.
    pub uri: Option<Cow<'a, str>>,
    /// The JSON text of `params.arguments`.
    pub arguments: Option<&'a str>,
    /// The revision that `params._meta` names (2026-07-28).
    pub revision: Option<Cow<'a, str>>,
    /// Whether `params._meta` has one of the keys that every request of the stateless era has.
    pub is_stateless: bool,
}

impl<'a> Peek<'a> {
    /// Looks into a body.
    ///
    /// # Errors
    ///
    /// 400 with -32700 for what isn't UTF-8 or JSON, with -32600 for JSON that is no JSON-RPC 2.0
    /// message, or one with a member of `params` that stands twice.
    pub fn read(body: &'a [u8]) -> Result<Self, Refusal> {
        let Ok(text) = std::str::from_utf8(body) else {
            return Self::irregular(body, None);
        };
        if text.trim_ascii_start().starts_with('[') {
            return Ok(Self::of_kind(BodyKind::Batch));
        }
        match serde_json::from_str::<Envelope<'a>>(text) {
            Ok(envelope) if envelope.is_call() => Ok(envelope.into_peek()),
            Ok(_) => Self::irregular(body, None),
            Err(error) => Self::irregular(body, Some(&error)),
        }
    }

    /// A body that is no plain request or notification: a response, or faulty. What is wrong is
    /// said by the one parser that decides about messages.
    fn irregular(body: &[u8], error: Option<&serde_json::Error>) -> Result<Self, Refusal> {
        let message = parse_message(body).map_err(|malformed| Refusal::malformed(*malformed))?;
        let id = match message {
            Message::Response(_) => return Ok(Self::of_kind(BodyKind::Response)),
            Message::Request(request) => Some(request.id.to_string()),
            Message::Notification(_) | Message::Batch => None,
        };
        let reason = error.map_or_else(|| "the body can't be read".to_owned(), brief);
        let error = RpcError::invalid_request(format!("Invalid request: {reason}"));
        Err(Refusal::bad_request(error).with_id(id.as_deref()))
    }

    fn of_kind(kind: BodyKind) -> Self {
        Self {
            kind,
            id: None,
            method: None,
            name: None,
            uri: None,
            arguments: None,
            revision: None,
            is_stateless: false,
        }
    }

    /// Whether it is a request by this name.
    pub(super) fn is_request(&self, method: &str) -> bool {
        self.kind == BodyKind::Request && self.method.as_deref() == Some(method)
    }
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    jsonrpc: Text<'a>,
    #[serde(borrow, default, deserialize_with = "present")]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    method: Text<'a>,
    #[serde(borrow, default)]
    params: Params<'a>,
    #[serde(borrow, default, deserialize_with = "present")]
    result: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    error: Option<&'a RawValue>,
}

impl<'a> Envelope<'a> {
    /// Whether it is a valid request or notification, as [`parse_message`] has it.
    fn is_call(&self) -> bool {
        self.jsonrpc.0.as_deref() == Some("2.0")
            && self.method.0.is_some()
            && self.result.is_none()
            && self.error.is_none()
            && self.id.is_none_or(|id| is_id(id.get()))
    }

    fn into_peek(self) -> Peek<'a> {
        Peek {
            kind: match self.id {
                Some(_) => BodyKind::Request,
                None => BodyKind::Notification,
            },
            id: self.id.map(RawValue::get),
            method: self.method.0,
            name: self.params.name.0,
            uri: self.params.uri.0,
            arguments: self.params.arguments.map(RawValue::get),
            revision: self.params.meta.revision.0,
            is_stateless: self.params.meta.is_stateless,
        }
    }
}

/// Small numbers, which nearly all ids are, are seen to be ids without making one.
fn is_id(json: &str) -> bool {
    let digits = (1..=15).contains(&json.len()) && json.bytes().all(|byte| byte.is_ascii_digit());
    digits || RequestId::parse(json).is_ok()
}

/// Keeps `null` apart from an absent member.
fn present<'de, D>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error>
where
    D: Deserializer<'de>,
{
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// A string, or `None` for a value of any other type.
#[derive(Default)]
struct Text<'a>(Option<Cow<'a, str>>);

#[derive(Default)]
struct Params<'a> {
    name: Text<'a>,
    uri: Text<'a>,
    arguments: Option<&'a RawValue>,
    meta: Meta<'a>,
}

#[derive(Default)]
struct Meta<'a> {
    revision: Text<'a>,
    is_stateless: bool,
}

/// Visits a value of whatever type; all types but the ones that a look is interested in give the
/// default.
macro_rules! lenient {
    ($type:ident, $visitor:ident, $($interesting:item)*) => {
        struct $visitor;

        impl<'de> Visitor<'de> for $visitor {
            type Value = $type<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }

            fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
                Ok($type::default())
            }

            fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
                Ok($type::default())
            }

            fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
                Ok($type::default())
            }

            fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
                Ok($type::default())
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok($type::default())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok($type::default())
            }

            $($interesting)*
        }

        impl<'de: 'a, 'a> Deserialize<'de> for $type<'a> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any($visitor)
            }
        }
    };
}

lenient! { Text, TextVisitor,
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Text(Some(Cow::Borrowed(text))))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Text(Some(Cow::Owned(text.to_owned()))))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Text::default())
    }
}

lenient! { Params, ParamsVisitor,
    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(Params::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut params = Params::default();
        let mut seen = [false; 4];
        while let Some(key) = map.next_key::<Text<'de>>()? {
            let index = match key.0.as_deref() {
                Some("name") => 0,
                Some("uri") => 1,
                Some("arguments") => 2,
                Some("_meta") => 3,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            if std::mem::replace(&mut seen[index], true) {
                const NAMES: [&str; 4] = ["name", "uri", "arguments", "_meta"];
                return Err(A::Error::duplicate_field(NAMES[index]));
            }
            match index {
                0 => params.name = map.next_value()?,
                1 => params.uri = map.next_value()?,
                2 => params.arguments = Some(map.next_value()?),
                _ => params.meta = map.next_value()?,
            }
        }
        Ok(params)
    }
}

lenient! { Meta, MetaVisitor,
    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(Meta::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut meta = Meta::default();
        while let Some(key) = map.next_key::<Text<'de>>()? {
            match key.0.as_deref() {
                Some(PROTOCOL_VERSION) => {
                    meta.revision = map.next_value()?;
                    meta.is_stateless = true;
                }
                Some(CLIENT_CAPABILITIES) => {
                    map.next_value::<IgnoredAny>()?;
                    meta.is_stateless = true;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(meta)
    }
}
