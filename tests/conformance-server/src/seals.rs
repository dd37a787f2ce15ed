//! What a client carries from one round to the next, and can't change on the way.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::anyhow;
use mcp_proto::{RpcError, StateSealer};
use serde_json::{Value, json};

use crate::tools::Call;

/// How long a client may take over a round, in seconds: ten minutes.
const GOOD_FOR_S: u64 = 600;

/// Seals with a key that lasts as long as the process.
#[derive(Debug)]
pub(crate) struct Seals(StateSealer);

impl Seals {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|error| anyhow!("no randomness for a key: {error}"))?;
        Ok(Self(StateSealer::new(&key)))
    }

    /// Seals what a call wants to be told again when it is called once more.
    pub(crate) fn seal(&self, call: &Call, state: &Value) -> Result<String, RpcError> {
        let request = request(call);
        let request = [request[0].as_slice(), request[1].as_slice()];
        let payload = state.to_string();
        let principal = &call.requester.principal;
        self.0
            .seal(principal, &request, now() + GOOD_FOR_S, payload.as_bytes())
            .map_err(|error| RpcError::internal(format!("Internal error: {error}")))
    }

    /// Opens what came back with a call; `None` when nothing did.
    pub(crate) fn open(&self, call: &Call) -> Result<Option<Value>, RpcError> {
        let Some(state) = &call.call.input.state else {
            return Ok(None);
        };
        let request = request(call);
        let request = [request[0].as_slice(), request[1].as_slice()];
        let principal = &call.requester.principal;
        let payload = self
            .0
            .open(state, principal, &request, now())
            .map_err(|refused| RpcError::invalid_params(format!("Invalid params: {refused}")))?;
        serde_json::from_slice(&payload)
            .map(Some)
            .map_err(|error| RpcError::internal(format!("Internal error: {error}")))
    }
}

/// What a state is good for: this tool with these arguments.
fn request(call: &Call) -> [Vec<u8>; 2] {
    let asked = json!([call.call.name.as_ref(), call.call.arguments]);
    [b"tools/call".to_vec(), asked.to_string().into_bytes()]
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}
