//! What each method of the protocol answers.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use tracing::error;

use super::answer;
use super::dispatch::Incoming;
use super::in_flight::{InFlight, Kind};
use super::outcome::{Outcome, Outgoing, RequestKey, ToolCall};
use super::params::{Params, optional_object, optional_text, required_text};
use super::{Connection, Session};
use crate::catalogue::normalise_integers;
use crate::jsonrpc::{RequestId, RpcError};
use crate::meta::{self, RequestContext, parse_log_level};
use crate::model::{ClientCapabilities, Implementation};
use crate::revision::{Era, Revision};
use crate::wire::Writer;

impl Connection {
    /// Settles the revision: the one that was asked for, or the newest with a handshake.
    pub(super) fn negotiate(
        &self,
        params: &mut Params,
        batch: Option<u64>,
    ) -> Result<RequestContext, RpcError> {
        if batch.is_some() {
            return Err(RpcError::invalid_request(
                "Invalid request: `initialize` must not be part of a batch",
            ));
        }
        let requested = required_text(params.protocol_version.take(), "protocolVersion")?;
        let capabilities = optional_object(params.capabilities.take(), "capabilities")?;
        let client = params.client_info.take();
        Ok(RequestContext {
            revision: requested
                .parse()
                .ok()
                .filter(|revision: &Revision| revision.era() == Era::Initialize)
                .unwrap_or(Revision::NEWEST_INITIALIZE),
            client: client
                .as_ref()
                .and_then(Implementation::from_claim)
                .map(Arc::new),
            capabilities: Arc::new(ClientCapabilities::from_map(
                capabilities.unwrap_or_default(),
            )),
            trace: params.meta.trace(),
        })
    }

    pub(super) fn initialize(&mut self, incoming: Incoming<'_>) -> Outcome {
        let revision = incoming.context.revision;
        let server = Arc::clone(&self.server);
        let outcome = self.reply(&incoming, |out| {
            out.member("protocolVersion", revision.as_str());
            out.member("capabilities", &server.capabilities.to_json(revision));
            out.member("serverInfo", &server.info.for_revision(revision));
            if let Some(instructions) = &server.instructions {
                out.member("instructions", instructions);
            }
        });
        let mut context = incoming.context;
        context.trace = None;
        self.session = Some(Session {
            context,
            log_level: None,
            ready: false,
        });
        outcome
    }

    pub(super) fn discover(&self, incoming: &Incoming<'_>) -> Outcome {
        let server = &self.server;
        let revision = incoming.context.revision;
        let bytes = answer::discovery(server, revision, incoming.id, |out| {
            out.member("supportedVersions", &Revision::ALL.map(Revision::as_str));
            out.member("capabilities", &server.capabilities.to_json(revision));
            if let Some(instructions) = &server.instructions {
                out.member("instructions", instructions);
            }
            answer::cache_members(server.cache, revision, out);
        });
        Outcome::Send(Outgoing::new(bytes, None))
    }

    pub(super) fn list_tools(
        &self,
        incoming: &Incoming<'_>,
        params: Params,
    ) -> Result<Outcome, RpcError> {
        let revision = incoming.context.revision;
        let cursor = optional_text(params.cursor, "cursor")?;
        let page = self
            .catalogue
            .page(revision, cursor.as_deref())
            .map_err(|error| {
                RpcError::invalid_params(format!("Invalid cursor: {error}; list without a cursor"))
            })?;
        Ok(self.reply(incoming, |out| {
            out.raw_members(&page.members);
            answer::cache_members(self.server.cache, revision, out);
        }))
    }

    pub(super) fn call_tool(
        &mut self,
        incoming: Incoming<'_>,
        params: Params,
    ) -> Result<Outcome, RpcError> {
        let name = required_text(params.name, "name")?;
        let Some(tool) = self.catalogue.get(&name) else {
            return Err(self.unknown_tool(&name));
        };
        let arguments = optional_object(params.arguments, "arguments")?.unwrap_or_default();
        let mut arguments = Value::Object(arguments);
        let verdict = self.catalogue.validate(&name, &arguments);
        if let Err(problems) = &verdict
            && problems.is_server_fault()
        {
            error!(tool = name, %problems, "a tool has an unusable schema");
            return Err(RpcError::internal(format!(
                "Internal error: tool {name}: {problems}"
            )));
        }
        if verdict.is_ok() {
            normalise_integers(&mut arguments);
        }
        let name = tool.shared_name();
        let input_responses = optional_object(params.input_responses, "inputResponses")?;
        let request_state = optional_text(params.request_state, "requestState")?;
        let stateless = incoming.context.revision.era() == Era::Stateless;
        let progress_token = incoming.progress.as_ref().map(|state| state.token.clone());
        let context = incoming.context.clone();
        let key = self.take(incoming, Kind::Call);
        let call = ToolCall {
            key,
            name,
            arguments: into_object(arguments),
            progress_token,
            context,
            input_responses: input_responses.filter(|_| stateless),
            request_state: request_state.filter(|_| stateless),
        };
        Ok(match verdict {
            Ok(()) => Outcome::CallTool(call),
            Err(problems) => Outcome::InvalidArguments(call, problems),
        })
    }

    pub(super) fn set_log_level(
        &mut self,
        incoming: &Incoming<'_>,
        params: Params,
    ) -> Result<Outcome, RpcError> {
        if !self.server.capabilities.logging {
            return Err(RpcError::method_not_found(
                "Method not found: logging/setLevel, since this server declares no logging",
            ));
        }
        let level = parse_log_level(&params.level.unwrap_or_default())?;
        if let Some(session) = &mut self.session {
            session.log_level = Some(level);
        }
        Ok(self.reply(incoming, |_| {}))
    }

    /// Opens a stream of change notifications; its response comes when it ends.
    pub(super) fn listen(
        &mut self,
        incoming: &Incoming<'_>,
        params: Params,
    ) -> Result<Outcome, RpcError> {
        let filter = optional_object(params.notifications, "notifications")?.ok_or_else(|| {
            RpcError::invalid_params("Invalid params: `notifications` is missing")
        })?;
        let wants_tools = filter.get("toolsListChanged") == Some(&Value::Bool(true));
        let tools = wants_tools && self.server.capabilities.tools_list_changed;
        let request = InFlight {
            id: incoming.id.clone(),
            revision: incoming.context.revision,
            progress: None,
            log_level: None,
            batch: None,
            kind: Kind::Subscription { tools },
        };
        let key = self.requests.insert(request);
        let honoured = match tools {
            true => json!({"toolsListChanged": true}),
            false => json!({}),
        };
        let bytes = answer::notification("notifications/subscriptions/acknowledged", |out| {
            subscription_meta(incoming.id, out);
            out.member("notifications", &honoured);
        });
        Ok(Outcome::Send(Outgoing::new(bytes, Some(key))))
    }

    fn take(&mut self, incoming: Incoming<'_>, kind: Kind) -> RequestKey {
        if let Some(batch) = incoming.batch {
            self.batches.expect(batch);
        }
        self.requests.insert(InFlight {
            id: incoming.id.clone(),
            revision: incoming.context.revision,
            progress: incoming.progress,
            log_level: incoming.log_level,
            batch: incoming.batch,
            kind,
        })
    }

    fn unknown_tool(&self, name: &str) -> RpcError {
        let shown: String = name.chars().take(128).collect();
        let meant = self.catalogue.resembling(name);
        let hint = match &meant[..] {
            [] => String::new(),
            meant => format!(". Did you mean {}?", meant.join(" or ")),
        };
        RpcError::invalid_params(format!("Unknown tool: {shown}{hint}"))
            .with_data(json!({"tool": shown, "suggestions": meant}))
    }
}

/// Says on which subscription a notification is delivered.
pub(super) fn subscription_meta(id: &RequestId, out: &mut Writer) {
    out.open_member("_meta");
    out.member(meta::SUBSCRIPTION_ID, id);
    out.close();
}

fn into_object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}
