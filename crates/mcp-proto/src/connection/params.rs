//! The parameters of every method, read in one pass.
//!
//! Which era a request belongs to stands in its `_meta`, and which members it has follows from
//! its method; members may come in any order. One struct with all members is read once, whatever
//! the order, and the arguments of a call are parsed straight into the value that the tool gets.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::jsonrpc::{RpcError, brief};
use crate::meta::RequestMeta;

/// The longest URI of a resource in a request, in bytes: 8,192, somewhat more than what HTTP asks
/// everyone to take (RFC 9110, section 4.1).
pub const MAX_URI_BYTES: usize = 8_192;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Params {
    #[serde(rename = "_meta")]
    pub(super) meta: RequestMeta,
    // initialize
    pub(super) protocol_version: Option<Value>,
    pub(super) capabilities: Option<Value>,
    pub(super) client_info: Option<Value>,
    // lists
    pub(super) cursor: Option<Value>,
    // tools/call, prompts/get
    pub(super) name: Option<Value>,
    pub(super) arguments: Option<Value>,
    // tools/call, prompts/get, resources/read
    pub(super) input_responses: Option<Value>,
    pub(super) request_state: Option<Value>,
    // resources/read, resources/subscribe, resources/unsubscribe
    pub(super) uri: Option<Value>,
    // completion/complete
    #[serde(rename = "ref")]
    pub(super) reference: Option<Value>,
    pub(super) argument: Option<Value>,
    pub(super) context: Option<Value>,
    // logging/setLevel
    pub(super) level: Option<Value>,
    // subscriptions/listen
    pub(super) notifications: Option<Value>,
}

impl Params {
    /// Reads the JSON text of `params`.
    pub(super) fn read(text: Option<&str>) -> Result<Self, RpcError> {
        let Some(text) = text else {
            return Ok(Self::default());
        };
        // An array would be taken for the members in order.
        if !text.starts_with('{') {
            return Err(RpcError::invalid_params(
                "Invalid params: `params` must be an object",
            ));
        }
        serde_json::from_str(text)
            .map_err(|error| RpcError::invalid_params(format!("Invalid params: {}", brief(&error))))
    }
}

/// A member that may be absent (or null, which is taken for absent) but else is a string.
pub(super) fn optional_text(member: Option<Value>, name: &str) -> Result<Option<String>, RpcError> {
    match member {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(RpcError::invalid_params(format!(
            "Invalid params: `{name}` must be a string"
        ))),
    }
}

/// A member that must be a string.
pub(super) fn required_text(member: Option<Value>, name: &str) -> Result<String, RpcError> {
    optional_text(member, name)?
        .ok_or_else(|| RpcError::invalid_params(format!("Invalid params: `{name}` is missing")))
}

/// The `uri` of a resource, which is kept while its request is in flight or its changes are told.
pub(super) fn required_uri(member: Option<Value>) -> Result<String, RpcError> {
    let uri = required_text(member, "uri")?;
    check_uri(&uri)?;
    Ok(uri)
}

/// Refuses a URI that is too long to be kept.
pub(super) fn check_uri(uri: &str) -> Result<(), RpcError> {
    if uri.len() <= MAX_URI_BYTES {
        return Ok(());
    }
    Err(RpcError::invalid_params(format!(
        "Invalid params: a resource's URI has at most {MAX_URI_BYTES} bytes"
    )))
}

/// A member that may be absent (or null) but else is an object.
pub(super) fn optional_object(
    member: Option<Value>,
    name: &str,
) -> Result<Option<Map<String, Value>>, RpcError> {
    match member {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(_) => Err(RpcError::invalid_params(format!(
            "Invalid params: `{name}` must be an object"
        ))),
    }
}
