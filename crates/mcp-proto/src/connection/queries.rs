//! Resources, prompts and completion: what is answered here, and what is handed out.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::answer;
use super::asking::{Again, Work};
use super::dispatch::Incoming;
use super::in_flight::Kind;
use super::methods::bad_cursor;
use super::outcome::{Outcome, Query, QueryKind};
use super::params::{Params, optional_object, optional_text, required_text, required_uri};
use super::{Connection, Session};
use crate::catalogue::{List, near_matches};
use crate::jsonrpc::RpcError;
use crate::model::{CompletionRequest, CompletionTarget};

/// A completion's value is at most this long, in bytes; there is nothing to complete beyond.
const MAX_VALUE_BYTES: usize = 4096;

impl Connection {
    /// A list that stands in the catalogue.
    pub(super) fn list(
        &self,
        list: List,
        incoming: &Incoming<'_>,
        params: Params,
    ) -> Result<Outcome, RpcError> {
        let revision = incoming.context.revision;
        let cursor = optional_text(params.cursor, "cursor")?;
        let page = self.catalogue.page(list, revision, cursor.as_deref());
        let page = page.map_err(bad_cursor)?;
        Ok(self.reply(incoming, |out| {
            out.raw_members(&page.members);
            answer::cache_members(self.server.cache, revision, out);
        }))
    }

    pub(super) fn list_resources(
        &mut self,
        incoming: Incoming<'_>,
        params: Params,
    ) -> Result<Outcome, RpcError> {
        if !self.catalogue.has_dynamic_resources() {
            return self.list(List::Resources, &incoming, params);
        }
        let cursor = optional_text(params.cursor, "cursor")?;
        let kind = Kind::ListResources { cursor };
        self.query(incoming, kind, QueryKind::ListResources, Params::default())
    }

    pub(super) fn read_resource(
        &mut self,
        incoming: Incoming<'_>,
        mut params: Params,
    ) -> Result<Outcome, RpcError> {
        let uri = required_uri(params.uri.take())?;
        let is_retry = params.input_responses.is_some() || params.request_state.is_some();
        let kind = Kind::ReadResource {
            uri: uri.clone(),
            is_retry,
        };
        self.query(incoming, kind, QueryKind::ReadResource { uri }, params)
    }

    /// `resources/subscribe`, which the older era has.
    pub(super) fn subscribe(
        &mut self,
        incoming: &Incoming<'_>,
        params: Params,
        outcomes: &mut Vec<Outcome>,
    ) -> Result<Outcome, RpcError> {
        let uri = required_uri(params.uri)?;
        if !self.catalogue.may_have(&uri) {
            let error = RpcError::resource_not_found(&uri);
            return Err(error.for_revision(incoming.context.revision).into_owned());
        }
        let subscribed = |session: &Session| session.subscribed.contains(&uri);
        if self.session.as_ref().is_some_and(subscribed) {
            return Ok(self.reply(incoming, |_| {}));
        }
        let uris = [uri];
        self.room_to_watch(&uris)?;
        outcomes.extend(self.watch(&uris));
        if let Some(session) = &mut self.session {
            session.subscribed.extend(uris);
        }
        Ok(self.reply(incoming, |_| {}))
    }

    /// `resources/unsubscribe`; of what isn't subscribed to, nothing is left to undo.
    pub(super) fn unsubscribe(
        &mut self,
        incoming: &Incoming<'_>,
        params: Params,
        outcomes: &mut Vec<Outcome>,
    ) -> Result<Outcome, RpcError> {
        let uri = required_text(params.uri, "uri")?;
        let subscribed = self.session.as_mut();
        if subscribed.is_some_and(|session| session.subscribed.remove(&uri)) {
            outcomes.extend(self.unwatch(&[uri]));
        }
        Ok(self.reply(incoming, |_| {}))
    }

    pub(super) fn get_prompt(
        &mut self,
        incoming: Incoming<'_>,
        mut params: Params,
    ) -> Result<Outcome, RpcError> {
        let name = required_text(params.name.take(), "name")?;
        let arguments = optional_object(params.arguments.take(), "arguments")?.unwrap_or_default();
        self.check_prompt(&name, &arguments)?;
        let kind = QueryKind::GetPrompt { name, arguments };
        self.query(incoming, Kind::GetPrompt, kind, params)
    }

    fn check_prompt(&self, name: &str, arguments: &Map<String, Value>) -> Result<(), RpcError> {
        let Some(prompt) = self.catalogue.prompt(name) else {
            let names = self.catalogue.prompts().iter().map(|it| it.name.as_str());
            return Err(unknown("prompt", name, &near_matches(name, names)));
        };
        let known = |name: &str| prompt.arguments.iter().any(|it| it.name == name);
        for (argument, value) in arguments {
            if !known(argument) {
                let names = prompt.arguments.iter().map(|it| it.name.as_str());
                let meant = near_matches(argument, names);
                return Err(unknown("prompt argument", argument, &meant));
            }
            if !value.is_string() {
                return Err(RpcError::invalid_params(format!(
                    "Invalid params: the prompt argument `{argument}` must be a string"
                )));
            }
        }
        let missing = prompt
            .arguments
            .iter()
            .find(|it| it.required && !arguments.contains_key(&it.name));
        match missing {
            Some(missing) => Err(RpcError::invalid_params(format!(
                "Invalid params: the prompt {name} needs the argument `{}`",
                missing.name
            ))),
            None => Ok(()),
        }
    }

    pub(super) fn complete(
        &mut self,
        incoming: Incoming<'_>,
        mut params: Params,
    ) -> Result<Outcome, RpcError> {
        let request = self.completion_request(&mut params)?;
        self.query(
            incoming,
            Kind::Complete,
            QueryKind::Complete(request),
            Params::default(),
        )
    }

    fn completion_request(&self, params: &mut Params) -> Result<CompletionRequest, RpcError> {
        let mut reference = required_object(params.reference.take(), "ref")?;
        let mut argument = required_object(params.argument.take(), "argument")?;
        let kind = required_text(reference.remove("type"), "ref.type")?;
        let target = match kind.as_str() {
            "ref/prompt" => {
                CompletionTarget::Prompt(required_text(reference.remove("name"), "ref.name")?)
            }
            "ref/resource" => {
                CompletionTarget::Resource(required_text(reference.remove("uri"), "ref.uri")?)
            }
            _ => {
                return Err(RpcError::invalid_params(
                    "Invalid params: `ref.type` must be \"ref/prompt\" or \"ref/resource\"",
                ));
            }
        };
        let request = CompletionRequest {
            target,
            argument: required_text(argument.remove("name"), "argument.name")?,
            value: required_text(argument.remove("value"), "argument.value")?,
            settled: settled(params.context.take())?,
        };
        if request.value.len() > MAX_VALUE_BYTES {
            return Err(RpcError::invalid_params(format!(
                "Invalid params: `argument.value` has more than {MAX_VALUE_BYTES} bytes"
            )));
        }
        self.check_completion(&request)?;
        Ok(request)
    }

    fn check_completion(&self, request: &CompletionRequest) -> Result<(), RpcError> {
        let argument = request.argument.as_str();
        let (noun, name, names): (&str, &str, Option<Vec<&str>>) = match &request.target {
            CompletionTarget::Prompt(name) => {
                let prompt = self.catalogue.prompt(name);
                (
                    "prompt",
                    name,
                    prompt.map(|it| it.arguments.iter().map(|it| it.name.as_str()).collect()),
                )
            }
            CompletionTarget::Resource(uri) => {
                let mut templates = self.catalogue.templates().iter();
                let template = templates.find(|it| it.uri_template == *uri);
                ("resource template", uri, template.map(|it| it.variables()))
            }
        };
        let Some(names) = names else {
            return Err(unknown(noun, name, &[]));
        };
        if names.contains(&argument) {
            return Ok(());
        }
        let meant = near_matches(argument, names.into_iter());
        Err(unknown("argument", argument, &meant))
    }

    /// Hands a query out.
    fn query(
        &mut self,
        incoming: Incoming<'_>,
        kind: Kind,
        asks: QueryKind,
        params: Params,
    ) -> Result<Outcome, RpcError> {
        let input = self.input(&incoming, params)?;
        let context = incoming.context.clone();
        let progress_token = incoming.progress.as_ref().map(|state| state.token.clone());
        let can_ask = matches!(kind, Kind::ReadResource { .. } | Kind::GetPrompt);
        let key = self.take(incoming, kind);
        if can_ask {
            self.keep_for_asking(key, &context, || {
                let work = Work::Query(asks.clone());
                Again::new(work, &context, progress_token.as_ref())
            });
        }
        Ok(Outcome::Query(Query {
            key,
            kind: asks,
            progress_token,
            context,
            input,
        }))
    }
}

fn settled(context: Option<Value>) -> Result<BTreeMap<String, String>, RpcError> {
    let mut context = optional_object(context, "context")?.unwrap_or_default();
    let arguments = optional_object(context.remove("arguments"), "context.arguments")?;
    arguments
        .unwrap_or_default()
        .into_iter()
        .map(|(name, value)| match value {
            Value::String(value) => Ok((name, value)),
            _ => Err(RpcError::invalid_params(format!(
                "Invalid params: `context.arguments.{name}` must be a string"
            ))),
        })
        .collect()
}

fn required_object(member: Option<Value>, name: &str) -> Result<Map<String, Value>, RpcError> {
    optional_object(member, name)?
        .ok_or_else(|| RpcError::invalid_params(format!("Invalid params: `{name}` is missing")))
}

/// Code -32602 for a name that isn't known, with those that were probably meant.
pub(super) fn unknown(noun: &str, name: &str, meant: &[String]) -> RpcError {
    let shown: String = name.chars().take(128).collect();
    let hint = match meant {
        [] => String::new(),
        meant => format!(". Did you mean {}?", meant.join(" or ")),
    };
    RpcError::invalid_params(format!("Unknown {noun}: {shown}{hint}")).with_data(json!({
        "name": shown,
        "suggestions": meant,
    }))
}
