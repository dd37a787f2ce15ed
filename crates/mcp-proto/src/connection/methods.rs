//! What each method of the protocol answers.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value};
use tracing::error;

use super::answer;
use super::asking::{Again, Work};
use super::dispatch::Incoming;
use super::in_flight::{InFlight, Kind};
use super::outcome::{Input, Outcome, Outgoing, RequestKey, ToolCall};
use super::params::{Params, check_uri, optional_object, optional_text, required_text};
use super::queries::unknown;
use super::subscriptions::{ChangedList, Filter};
use super::{Connection, Session};
use crate::catalogue::{InvalidCursor, normalise_integers};
use crate::jsonrpc::{RequestId, RpcError};
use crate::meta::{self, RequestContext, parse_log_level};
use crate::model::{ClientCapabilities, Implementation, InputResponses};
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

    pub(super) fn initialize(
        &mut self,
        incoming: Incoming<'_>,
        after: &mut Vec<Outcome>,
    ) -> Outcome {
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
        if let Some(before) = self.session.take() {
            let uris: Vec<String> = before.subscribed.into_iter().collect();
            after.extend(self.unwatch(&uris));
        }
        self.session = Some(Session {
            context,
            log_level: None,
            ready: false,
            subscribed: BTreeSet::new(),
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

    pub(super) fn call_tool(
        &mut self,
        incoming: Incoming<'_>,
        mut params: Params,
    ) -> Result<Outcome, RpcError> {
        let name = required_text(params.name.take(), "name")?;
        let Some(tool) = self.catalogue.get(&name) else {
            return Err(self.unknown_tool(&name));
        };
        let arguments = optional_object(params.arguments.take(), "arguments")?.unwrap_or_default();
        let mut arguments = Value::Object(arguments);
        let text = incoming.text;
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
        let input = self.input(&incoming, params)?;
        let progress_token = incoming.progress.as_ref().map(|state| state.token.clone());
        let context = incoming.context.clone();
        let key = self.take(incoming, Kind::Tool);
        if verdict.is_ok() {
            self.keep_for_asking(key, &context, || {
                let work = Work::Tool {
                    name: Arc::clone(&name),
                    params: text.unwrap_or("{}").into(),
                };
                Again::new(work, &context, progress_token.as_ref())
            });
        }
        let call = ToolCall {
            key,
            name,
            arguments: into_object(arguments),
            progress_token,
            context,
            input,
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
        after: &mut Vec<Outcome>,
    ) -> Result<Outcome, RpcError> {
        let filter = optional_object(params.notifications, "notifications")?.ok_or_else(|| {
            RpcError::invalid_params("Invalid params: `notifications` is missing")
        })?;
        let filter = self.honoured(&filter)?;
        self.room_to_watch(&filter.uris)?;
        let honoured = filter.to_json();
        after.extend(self.watch(&filter.uris));
        let request = InFlight {
            id: incoming.id.clone(),
            revision: incoming.context.revision,
            progress: None,
            log_level: None,
            batch: None,
            capabilities: Arc::clone(&incoming.context.capabilities),
            kind: Kind::Subscription(filter),
            again: None,
        };
        let key = self.requests.insert(request);
        let bytes = answer::notification("notifications/subscriptions/acknowledged", |out| {
            subscription_meta(incoming.id, out);
            out.member("notifications", &honoured);
        });
        Ok(Outcome::Send(Outgoing::new(bytes, Some(key))))
    }

    /// Of what a client wants to hear, what this server can tell.
    fn honoured(&self, asked: &Map<String, Value>) -> Result<Filter, RpcError> {
        let flag = |name: &str, list: ChangedList| match asked.get(name) {
            None | Some(Value::Null | Value::Bool(false)) => Ok(false),
            Some(Value::Bool(true)) => Ok(self.announces(list)),
            Some(_) => Err(RpcError::invalid_params(format!(
                "Invalid params: `notifications.{name}` must be a boolean"
            ))),
        };
        let mut filter = Filter {
            tools: flag("toolsListChanged", ChangedList::Tools)?,
            prompts: flag("promptsListChanged", ChangedList::Prompts)?,
            resources: flag("resourcesListChanged", ChangedList::Resources)?,
            uris: Vec::new(),
        };
        let uris = match asked.get("resourceSubscriptions") {
            None | Some(Value::Null) => return Ok(filter),
            Some(Value::Array(uris)) => uris,
            Some(_) => return Err(not_uris()),
        };
        let declared = self.server.capabilities.resources;
        let can_watch = declared.is_some_and(|resources| resources.subscribe);
        for uri in uris {
            let uri = uri.as_str().ok_or_else(not_uris)?;
            check_uri(uri)?;
            let is_new = !filter.uris.iter().any(|known| known == uri);
            if can_watch && is_new && self.catalogue.may_have(uri) {
                filter.uris.push(uri.to_owned());
            }
        }
        Ok(filter)
    }

    /// What a client sends along when it calls again; the older era has no such thing.
    pub(super) fn input(&self, incoming: &Incoming<'_>, params: Params) -> Result<Input, RpcError> {
        if incoming.context.revision.era() == Era::Initialize {
            return Ok(Input::default());
        }
        let responses = optional_object(params.input_responses, "inputResponses")?;
        Ok(Input {
            responses: responses.map(InputResponses::from_map),
            state: optional_text(params.request_state, "requestState")?,
        })
    }

    /// Keeps a request such that it can be handed out once more, where the client doesn't make
    /// it again itself.
    pub(super) fn keep_for_asking(
        &mut self,
        key: RequestKey,
        context: &RequestContext,
        again: impl FnOnce() -> Box<Again>,
    ) {
        if context.revision.era() == Era::Stateless {
            return;
        }
        if let Some(request) = self.requests.get_mut(key) {
            request.again = Some(again());
        }
    }

    pub(super) fn take(&mut self, incoming: Incoming<'_>, kind: Kind) -> RequestKey {
        if let Some(batch) = incoming.batch {
            self.batches.expect(batch);
        }
        self.requests.insert(InFlight {
            id: incoming.id.clone(),
            revision: incoming.context.revision,
            progress: incoming.progress,
            log_level: incoming.log_level,
            batch: incoming.batch,
            capabilities: incoming.context.capabilities,
            kind,
            again: None,
        })
    }

    fn unknown_tool(&self, name: &str) -> RpcError {
        unknown("tool", name, &self.catalogue.resembling(name))
    }
}

/// Code -32602 for a cursor of no page.
pub(super) fn bad_cursor(error: InvalidCursor) -> RpcError {
    RpcError::invalid_params(format!("Invalid cursor: {error}; list without a cursor"))
}

fn not_uris() -> RpcError {
    RpcError::invalid_params(
        "Invalid params: `notifications.resourceSubscriptions` must be an array of strings",
    )
}

/// Says on which subscription a notification is delivered.
pub(super) fn subscription_meta(id: &RequestId, out: &mut Writer) {
    out.open_member("_meta");
    out.member(meta::SUBSCRIPTION_ID, id);
    out.close();
}

/// The arguments of a call that were found to be in order before.
pub(super) fn settled_arguments(member: Option<Value>) -> Map<String, Value> {
    let mut arguments = member.unwrap_or_default();
    normalise_integers(&mut arguments);
    into_object(arguments)
}

fn into_object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}
