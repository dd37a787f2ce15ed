//! The `_meta` object of a request: who asks, by which revision, and how it wants to hear back.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, LazyLock};

use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::jsonrpc::{ProgressToken, RpcError, text_of};
use crate::model::{ClientCapabilities, Implementation, LogLevel};
use crate::revision::Revision;

pub(crate) const PROTOCOL_VERSION: &str = "io.modelcontextprotocol/protocolVersion";
pub(crate) const CLIENT_INFO: &str = "io.modelcontextprotocol/clientInfo";
pub(crate) const CLIENT_CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
pub(crate) const LOG_LEVEL: &str = "io.modelcontextprotocol/logLevel";
pub(crate) const SUBSCRIPTION_ID: &str = "io.modelcontextprotocol/subscriptionId";
pub(crate) const SERVER_INFO: &str = "io.modelcontextprotocol/serverInfo";
pub(crate) const PROGRESS_TOKEN: &str = "progressToken";

/// Trace context longer than this (bytes per key) is dropped, as W3C Trace Context allows.
const MAX_TRACE_BYTES: usize = 8192;

/// What is known about the sender of a request.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RequestContext {
    /// The revision by which the request is served.
    pub revision: Revision,
    /// What the client says it is; unverified, for display and logs.
    pub client: Option<Arc<Implementation>>,
    /// What the client can be asked for.
    pub capabilities: Arc<ClientCapabilities>,
    /// Trace context to continue, where the request carries one.
    pub trace: Option<Box<TraceContext>>,
}

impl RequestContext {
    /// Whether the client's user can be shown a form ([`crate::InputRequest::Form`]): the client
    /// declares it, and its revision has it.
    pub fn takes_forms(&self) -> bool {
        self.capabilities.elicitation_form() && self.revision.has_elicitation()
    }

    /// A client of which nothing is known: one that pings before it introduces itself.
    pub(crate) fn unknown() -> Self {
        Self {
            revision: Revision::NEWEST_INITIALIZE,
            client: None,
            capabilities: Arc::default(),
            trace: None,
        }
    }
}

/// Trace context of a request (W3C Trace Context and Baggage, as `_meta` keys).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TraceContext {
    /// `traceparent`.
    pub traceparent: Option<String>,
    /// `tracestate`.
    pub tracestate: Option<String>,
    /// `baggage`.
    pub baggage: Option<String>,
}

/// The `_meta` of a request: the keys that mean something here; others are skipped.
///
/// Every request of the stateless era carries the first three, so they are read into what they
/// mean and not into a [`Value`] first.
#[derive(Debug, Default)]
pub(crate) struct RequestMeta {
    version: Option<Version>,
    client: Option<Arc<Implementation>>,
    capabilities: Option<Declared>,
    log_level: Option<Value>,
    /// As JSON text, since a token is echoed exactly.
    progress_token: Option<Box<str>>,
    trace: TraceContext,
}

/// By which revision a request wants to be served.
#[derive(Debug, PartialEq)]
enum Version {
    /// The one there is.
    Newest,
    Other(Box<str>),
    /// No string.
    Wrong,
}

impl Version {
    fn read(raw: &RawValue) -> Self {
        match text_of(raw) {
            Some(text) if text == Revision::NEWEST_STATELESS.as_str() => Self::Newest,
            Some(text) => Self::Other(text.into()),
            None => Self::Wrong,
        }
    }
}

/// What the client of a request can be asked for.
#[derive(Debug)]
enum Declared {
    Capabilities(Arc<ClientCapabilities>),
    /// No object.
    Wrong,
}

impl Declared {
    fn read(raw: &RawValue) -> Result<Self, serde_json::Error> {
        /// What most clients declare.
        static NOTHING: LazyLock<Arc<ClientCapabilities>> = LazyLock::new(Arc::default);
        if raw.get() == "{}" {
            return Ok(Self::Capabilities(Arc::clone(&NOTHING)));
        }
        Ok(match serde_json::from_str(raw.get())? {
            Value::Object(declared) => {
                Self::Capabilities(Arc::new(ClientCapabilities::from_map(declared)))
            }
            _ => Self::Wrong,
        })
    }
}

/// Who asks, as a request of the stateless era says itself.
pub(crate) struct Claim {
    pub(crate) client: Option<Arc<Implementation>>,
    pub(crate) capabilities: Arc<ClientCapabilities>,
    pub(crate) log_level: Option<LogLevel>,
}

impl<'de> Deserialize<'de> for RequestMeta {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MetaVisitor)
    }
}

/// A key of an object, borrowed where nothing in it is escaped.
#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

struct MetaVisitor;

impl<'de> Visitor<'de> for MetaVisitor {
    type Value = RequestMeta;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object as `_meta`")
    }

    fn visit_unit<E>(self) -> Result<RequestMeta, E> {
        Ok(RequestMeta::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RequestMeta, A::Error> {
        let mut meta = RequestMeta::default();
        while let Some(Key(key)) = map.next_key()? {
            match key.as_ref() {
                PROTOCOL_VERSION => meta.version = Some(Version::read(map.next_value()?)),
                CLIENT_INFO => {
                    let raw = map.next_value::<&RawValue>()?;
                    meta.client = Implementation::from_claim_text(raw.get()).map(Arc::new);
                }
                CLIENT_CAPABILITIES => {
                    let declared = Declared::read(map.next_value()?);
                    meta.capabilities = Some(declared.map_err(A::Error::custom)?);
                }
                LOG_LEVEL => meta.log_level = Some(map.next_value()?),
                PROGRESS_TOKEN => {
                    meta.progress_token = Some(map.next_value::<&RawValue>()?.get().into());
                }
                "traceparent" => meta.trace.traceparent = trace_text(&map.next_value()?),
                "tracestate" => meta.trace.tracestate = trace_text(&map.next_value()?),
                "baggage" => meta.trace.baggage = trace_text(&map.next_value()?),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(meta)
    }
}

fn trace_text(value: &Value) -> Option<String> {
    let text = value
        .as_str()
        .filter(|text| text.len() <= MAX_TRACE_BYTES)?;
    Some(text.to_owned())
}

impl RequestMeta {
    /// Whether the request is of the stateless era. One of the required keys is enough: a
    /// request that has only one is a faulty one of that era, not one of the other.
    pub(crate) fn is_stateless(&self) -> bool {
        self.version.is_some() || self.capabilities.is_some()
    }

    /// Reads the keys that every request of the stateless era carries.
    pub(crate) fn claim(&self, method: &str) -> Result<Claim, RpcError> {
        let (Some(version), Some(capabilities)) = (&self.version, &self.capabilities) else {
            return Err(self.incomplete(method));
        };
        match version {
            Version::Newest => {}
            Version::Other(requested) => return Err(RpcError::unsupported_revision(requested)),
            Version::Wrong => {
                return Err(RpcError::missing_meta(format!(
                    "Invalid params: {PROTOCOL_VERSION} must be a string"
                )));
            }
        }
        let Declared::Capabilities(capabilities) = capabilities else {
            return Err(RpcError::missing_meta(format!(
                "Invalid params: {CLIENT_CAPABILITIES} must be an object"
            )));
        };
        let log_level = match &self.log_level {
            None | Some(Value::Null) => None,
            Some(level) => Some(parse_log_level(level)?),
        };
        Ok(Claim {
            client: self.client.clone(),
            capabilities: Arc::clone(capabilities),
            log_level,
        })
    }

    /// The token for progress, in either era.
    pub(crate) fn progress_token(&self) -> Result<Option<ProgressToken>, RpcError> {
        match self.progress_token.as_deref() {
            None | Some("null") => Ok(None),
            Some(token) => ProgressToken::parse(token).map(Some).map_err(|_| {
                RpcError::invalid_params("Invalid params: progressToken is a string or an integer")
            }),
        }
    }

    /// The trace context, if there is any.
    pub(crate) fn trace(&self) -> Option<Box<TraceContext>> {
        (self.trace != TraceContext::default()).then(|| Box::new(self.trace.clone()))
    }

    fn incomplete(&self, method: &str) -> RpcError {
        let keys = [
            (PROTOCOL_VERSION, self.version.is_some()),
            (CLIENT_CAPABILITIES, self.capabilities.is_some()),
        ];
        let missing: Vec<&str> = keys
            .into_iter()
            .filter_map(|(key, present)| (!present).then_some(key))
            .collect();
        RpcError::missing_meta(format!(
            "Invalid params: `{method}` needs {} in `params._meta`",
            missing.join(" and ")
        ))
    }
}

pub(crate) fn parse_log_level(level: &Value) -> Result<LogLevel, RpcError> {
    level
        .as_str()
        .and_then(|level| level.parse().ok())
        .ok_or_else(|| {
            RpcError::invalid_params(format!(
                "Invalid params: the log level must be one of {}",
                LogLevel::names()
            ))
        })
}
