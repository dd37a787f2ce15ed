//! From a request or a notification to what is to be done about it.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use tracing::{debug, error};

use super::answer::{self, Addressee};
use super::in_flight::{InFlight, Kind, Progress, Refused};
use super::outcome::{Outcome, Outgoing, ToolCall};
use super::params::{Params, optional_object, optional_text, required_text};
use super::{Connection, Session};
use crate::catalogue::normalise_integers;
use crate::jsonrpc::{Notification, Request, RequestId, RpcError};
use crate::meta::{self, Claim, RequestContext, parse_log_level};
use crate::model::{ClientCapabilities, Implementation, LogLevel};
use crate::revision::{Era, Revision};
use crate::wire::Writer;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    Initialize,
    Ping,
    Discover,
    ListTools,
    CallTool,
    SetLogLevel,
    Listen,
}

impl Method {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "initialize" => Self::Initialize,
            "ping" => Self::Ping,
            "server/discover" => Self::Discover,
            "tools/list" => Self::ListTools,
            "tools/call" => Self::CallTool,
            "logging/setLevel" => Self::SetLogLevel,
            "subscriptions/listen" => Self::Listen,
            _ => return None,
        })
    }

    /// The one era that has the method, if not both.
    fn era(self) -> Option<Era> {
        match self {
            Self::Initialize | Self::Ping | Self::SetLogLevel => Some(Era::Initialize),
            Self::Discover | Self::Listen => Some(Era::Stateless),
            Self::ListTools | Self::CallTool => None,
        }
    }
}

/// A request with everything that is the same for each method made out.
struct Incoming<'a> {
    id: &'a RequestId,
    batch: Option<u64>,
    context: RequestContext,
    progress: Option<Progress>,
    log_level: Option<LogLevel>,
}

impl Connection {
    pub(super) fn handle_request(
        &mut self,
        request: &Request<'_>,
        batch: Option<u64>,
        outcomes: &mut Vec<Outcome>,
    ) {
        // The first of two requests with one id must not take the second's error for its answer,
        // so that error goes to nobody.
        if let Err(refused) = self.requests.admit(&request.id, self.server.max_in_flight) {
            let outgoing = self.refusal(&refused, &request.id);
            return self.send(outgoing, batch, outcomes);
        }
        let result = Params::read(request.params)
            .and_then(|params| self.dispatch(request, params, batch, outcomes));
        if let Err(error) = result {
            let bytes = answer::error(&Addressee::Id(&request.id), &error);
            let outgoing = Outgoing::new(bytes, None).with_status(error.http_status());
            self.send(outgoing, batch, outcomes);
        }
    }

    pub(super) fn handle_notification(
        &mut self,
        note: &Notification<'_>,
        outcomes: &mut Vec<Outcome>,
    ) {
        match note.method.as_ref() {
            "notifications/initialized" => self.initialized(outcomes),
            "notifications/cancelled" => self.cancelled(note.params, outcomes),
            method => debug!(method, "ignored a notification"),
        }
    }

    fn dispatch(
        &mut self,
        request: &Request<'_>,
        mut params: Params,
        batch: Option<u64>,
        outcomes: &mut Vec<Outcome>,
    ) -> Result<(), RpcError> {
        let name = request.method.as_ref();
        let method = Method::named(name).ok_or_else(|| unknown_method(name))?;
        let (context, log_level) = match method {
            Method::Initialize => (self.negotiate(&mut params, batch)?, None),
            _ => self.context(method, name, &params)?,
        };
        if method
            .era()
            .is_some_and(|era| era != context.revision.era())
        {
            return Err(RpcError::method_not_found(format!(
                "Method not found: {name} is not part of revision {}",
                context.revision
            )));
        }
        self.last_revision = Some(context.revision);
        let progress = params.meta.progress_token()?;
        let incoming = Incoming {
            id: &request.id,
            batch,
            context,
            progress: progress.map(|token| Progress { token, last: None }),
            log_level,
        };
        let outcome = match method {
            Method::Initialize => self.initialize(incoming),
            Method::Ping => self.reply(&incoming, |_| {}),
            Method::Discover => self.discover(&incoming),
            Method::ListTools => self.list_tools(&incoming, params)?,
            Method::CallTool => self.call_tool(incoming, params)?,
            Method::SetLogLevel => self.set_log_level(&incoming, params)?,
            Method::Listen => self.listen(&incoming, params)?,
        };
        match (outcome, batch) {
            (Outcome::Send(outgoing), Some(batch)) => {
                self.batches.add(batch, outgoing.as_bytes());
            }
            (outcome, _) => outcomes.push(outcome),
        }
        Ok(())
    }

    /// Who asks, and by which revision.
    fn context(
        &self,
        method: Method,
        name: &str,
        params: &Params,
    ) -> Result<(RequestContext, Option<LogLevel>), RpcError> {
        let stateless = params.meta.is_stateless() || method.era() == Some(Era::Stateless);
        if stateless {
            let Claim {
                client,
                capabilities,
                log_level,
            } = params.meta.claim(name)?;
            let context = RequestContext {
                revision: Revision::NEWEST_STATELESS,
                client,
                capabilities,
                trace: params.meta.trace(),
            };
            return Ok((context, log_level));
        }
        if let Some(session) = &self.session {
            let mut context = session.context.clone();
            context.trace = params.meta.trace();
            return Ok((context, None));
        }
        if method == Method::Ping {
            return Ok((RequestContext::unknown(), None));
        }
        Err(RpcError::missing_meta(format!(
            "Invalid params: `{name}` needs an `initialize` before it, or {} and {} in \
             `params._meta`",
            meta::PROTOCOL_VERSION,
            meta::CLIENT_CAPABILITIES
        )))
    }

    /// Settles the revision: the one that was asked for, or the newest with a handshake.
    fn negotiate(
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

    fn initialize(&mut self, incoming: Incoming<'_>) -> Outcome {
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

    fn discover(&self, incoming: &Incoming<'_>) -> Outcome {
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

    fn list_tools(&self, incoming: &Incoming<'_>, params: Params) -> Result<Outcome, RpcError> {
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

    fn call_tool(&mut self, incoming: Incoming<'_>, params: Params) -> Result<Outcome, RpcError> {
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

    fn set_log_level(
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
    fn listen(&mut self, incoming: &Incoming<'_>, params: Params) -> Result<Outcome, RpcError> {
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

    fn initialized(&mut self, outcomes: &mut Vec<Outcome>) {
        let Some(session) = self.session.as_mut().filter(|session| !session.ready) else {
            debug!("ignored notifications/initialized: there is no handshake to complete");
            return;
        };
        session.ready = true;
        outcomes.push(Outcome::Initialized(session.context.clone()));
    }

    fn cancelled(&mut self, params: Option<&str>, outcomes: &mut Vec<Outcome>) {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Cancelled<'a> {
            #[serde(borrow)]
            request_id: &'a RawValue,
            reason: Option<Value>,
        }
        let params = params.and_then(|text| serde_json::from_str::<Cancelled<'_>>(text).ok());
        let target = params.as_ref().and_then(|params| {
            let id = RequestId::parse(params.request_id.get()).ok()?;
            self.requests.key_of(&id)
        });
        // It may have crossed the answer on the wire, which is nobody's fault.
        let Some((key, params)) = target.zip(params) else {
            debug!("ignored a cancellation of no request in flight");
            return;
        };
        let Some(request) = self.requests.remove(key) else {
            return;
        };
        if matches!(request.kind, Kind::Call) {
            let reason = params
                .reason
                .and_then(|reason| reason.as_str().map(str::to_owned));
            outcomes.push(Outcome::Cancel { key, reason });
        }
        let rest = request.batch.and_then(|batch| self.batches.settle(batch));
        outcomes.extend(rest.map(Outcome::Send));
    }

    /// A response that is ready at once.
    fn reply(&self, incoming: &Incoming<'_>, members: impl FnOnce(&mut Writer)) -> Outcome {
        let revision = incoming.context.revision;
        let bytes = answer::result(&self.server, revision, incoming.id, members);
        Outcome::Send(Outgoing::new(bytes, None))
    }

    fn take(&mut self, incoming: Incoming<'_>, kind: Kind) -> super::RequestKey {
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

    fn refusal(&self, refused: &Refused, id: &RequestId) -> Outgoing {
        match refused {
            Refused::DuplicateId => {
                let error = RpcError::invalid_request(format!(
                    "Invalid request: a request with the id {id} is in flight; choose another id"
                ))
                .with_data(json!({"id": id}));
                self.error_to_nobody(&error)
            }
            Refused::TooMany => {
                let limit = self.server.max_in_flight;
                let error = RpcError::internal(format!(
                    "Internal error: {limit} requests are in flight, the most that one connection \
                     may have; wait for an answer and try again"
                ))
                .with_data(json!({"limit": limit}));
                Outgoing::new(answer::error(&Addressee::Id(id), &error), None)
            }
        }
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

fn unknown_method(name: &str) -> RpcError {
    let shown: String = name.chars().take(128).collect();
    RpcError::method_not_found(format!("Method not found: {shown}"))
}

fn into_object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}
