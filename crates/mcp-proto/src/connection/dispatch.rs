//! From a request to the method that answers it: by which revision, for whom, or why not.

use serde_json::json;

use super::Connection;
use super::answer::{self, Addressee};
use super::in_flight::{Progress, Refused};
use super::outcome::{Outcome, Outgoing};
use super::params::Params;
use crate::catalogue::List;
use crate::jsonrpc::{Request, RequestId, RpcError};
use crate::meta::{self, Claim, RequestContext};
use crate::model::{LogLevel, ServerCapabilities};
use crate::revision::{Era, Revision};
use crate::wire::Writer;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    Initialize,
    Ping,
    Discover,
    ListTools,
    CallTool,
    ListResources,
    ListTemplates,
    ReadResource,
    Subscribe,
    Unsubscribe,
    ListPrompts,
    GetPrompt,
    Complete,
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
            "resources/list" => Self::ListResources,
            "resources/templates/list" => Self::ListTemplates,
            "resources/read" => Self::ReadResource,
            "resources/subscribe" => Self::Subscribe,
            "resources/unsubscribe" => Self::Unsubscribe,
            "prompts/list" => Self::ListPrompts,
            "prompts/get" => Self::GetPrompt,
            "completion/complete" => Self::Complete,
            "logging/setLevel" => Self::SetLogLevel,
            "subscriptions/listen" => Self::Listen,
            _ => return None,
        })
    }

    /// The one era that has the method, if not both.
    fn era(self) -> Option<Era> {
        match self {
            Self::Initialize
            | Self::Ping
            | Self::SetLogLevel
            | Self::Subscribe
            | Self::Unsubscribe => Some(Era::Initialize),
            Self::Discover | Self::Listen => Some(Era::Stateless),
            _ => None,
        }
    }

    /// Whether a server with these capabilities has the method.
    fn is_declared(self, declared: &ServerCapabilities) -> bool {
        match self {
            Self::ListTools | Self::CallTool => declared.tools,
            Self::ListResources | Self::ListTemplates | Self::ReadResource => {
                declared.resources.is_some()
            }
            Self::Subscribe | Self::Unsubscribe => {
                declared.resources.is_some_and(|it| it.subscribe)
            }
            Self::ListPrompts | Self::GetPrompt => declared.prompts.is_some(),
            Self::Complete => declared.completions,
            Self::SetLogLevel => declared.logging,
            _ => true,
        }
    }
}

/// A request with everything that is the same for each method made out.
pub(super) struct Incoming<'a> {
    pub(super) id: &'a RequestId,
    /// The JSON text of `params`.
    pub(super) text: Option<&'a str>,
    pub(super) batch: Option<u64>,
    pub(super) context: RequestContext,
    pub(super) progress: Option<Progress>,
    pub(super) log_level: Option<LogLevel>,
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
            // With the `_meta` of 2026-07-28 it is a method that this revision doesn't have.
            Method::Initialize if !params.meta.is_stateless() => {
                (self.negotiate(&mut params, batch)?, None)
            }
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
        if batch.is_some() && !context.revision.has_batches() {
            return Err(RpcError::invalid_request(format!(
                "Invalid request: a request of revision {} must not be part of a batch",
                context.revision
            )));
        }
        if !method.is_declared(&self.server.capabilities) {
            return Err(RpcError::method_not_found(format!(
                "Method not found: {name}, since this server does not declare it"
            )));
        }
        self.last_revision = Some(context.revision);
        let progress = params.meta.progress_token()?;
        let incoming = Incoming {
            id: &request.id,
            text: request.params,
            batch,
            context,
            progress: progress.map(|token| Progress { token, last: None }),
            log_level,
        };
        // What is to be done once the answer is out.
        let mut after = Vec::new();
        let outcome = match method {
            Method::Initialize => self.initialize(incoming, &mut after),
            Method::Ping => self.reply(&incoming, |_| {}),
            Method::Discover => self.discover(&incoming),
            Method::ListTools => self.list(List::Tools, &incoming, params)?,
            Method::CallTool => self.call_tool(incoming, params)?,
            Method::ListResources => self.list_resources(incoming, params)?,
            Method::ListTemplates => self.list(List::Templates, &incoming, params)?,
            Method::ReadResource => self.read_resource(incoming, params)?,
            Method::Subscribe => self.subscribe(&incoming, params, &mut after)?,
            Method::Unsubscribe => self.unsubscribe(&incoming, params, &mut after)?,
            Method::ListPrompts => self.list(List::Prompts, &incoming, params)?,
            Method::GetPrompt => self.get_prompt(incoming, params)?,
            Method::Complete => self.complete(incoming, params)?,
            Method::SetLogLevel => self.set_log_level(&incoming, params)?,
            Method::Listen => self.listen(&incoming, params, &mut after)?,
        };
        match (outcome, batch) {
            (Outcome::Send(outgoing), Some(batch)) => {
                self.batches.add(batch, outgoing.as_bytes());
            }
            (outcome, _) => outcomes.push(outcome),
        }
        outcomes.append(&mut after);
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

    /// A response that is ready at once.
    pub(super) fn reply(
        &self,
        incoming: &Incoming<'_>,
        members: impl FnOnce(&mut Writer),
    ) -> Outcome {
        let revision = incoming.context.revision;
        let bytes = answer::result(&self.server, revision, incoming.id, members);
        Outcome::Send(Outgoing::new(bytes, None))
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
}

fn unknown_method(name: &str) -> RpcError {
    let shown: String = name.chars().take(128).collect();
    RpcError::method_not_found(format!("Method not found: {shown}"))
}
