//! Reading what a server sends.

use serde_json::{Map, Value};
use tracing::debug;

use super::event::{CallResult, Event, ServerDescription};
use super::{Client, Pending, begin_message, end_message, into_map};
use crate::jsonrpc::{
    Message, Notification, ProgressToken, Request, RequestId, Response, RpcError, code,
    parse_message,
};
use crate::meta;
use crate::revision::{Era, Revision};
use crate::wire::Writer;

impl Client {
    /// Takes one message from the server, without its newline.
    pub fn handle_frame(&mut self, frame: &[u8]) -> Event {
        match parse_message(frame) {
            Ok(Message::Response(response)) => self.handle_response(response),
            Ok(Message::Notification(note)) => handle_notification(&note),
            Ok(Message::Request(request)) => self.handle_request(&request),
            Ok(Message::Batch) | Err(_) => {
                debug!("ignored a frame that is no message");
                Event::Ignored
            }
        }
    }

    /// A server may ping, and ask for what was declared.
    fn handle_request(&self, request: &Request<'_>) -> Event {
        let feature = match request.method.as_ref() {
            "elicitation/create" => "elicitation",
            "sampling/createMessage" => "sampling",
            "roots/list" => "roots",
            _ => return Event::Send(answer(request)),
        };
        if !self.capabilities.contains_key(feature) {
            return Event::Send(answer(request));
        }
        let params = request
            .params
            .and_then(|text| serde_json::from_str(text).ok());
        Event::Asked {
            id: request.id.clone(),
            method: request.method.clone().into_owned(),
            params: Value::Object(into_map(params.unwrap_or_default())),
        }
    }

    fn handle_response(&mut self, response: Response<'_>) -> Event {
        let Some(id) = response.id else {
            return match response.outcome {
                Err(error) => Event::Failed { id: None, error },
                Ok(_) => Event::Ignored,
            };
        };
        let Some(purpose) = self.pending.remove(&id) else {
            debug!(%id, "ignored a response to no request in flight");
            return Event::Ignored;
        };
        let result = match response.outcome {
            Ok(result) => serde_json::from_str::<Value>(result).ok().map(into_map),
            Err(error) => return self.handle_error(id, error, purpose),
        };
        match result {
            Some(result) => self.handle_result(id, result, purpose),
            None => failed(id, "the result cannot be read"),
        }
    }

    fn handle_result(
        &mut self,
        id: RequestId,
        mut result: Map<String, Value>,
        purpose: Pending,
    ) -> Event {
        match result.get("resultType").and_then(Value::as_str) {
            None | Some("complete") => {}
            Some("input_required") => return input_required(id, result),
            Some(_) => return failed(id, "the result is of an unknown type"),
        }
        match purpose {
            Pending::Initialize => self.initialized(id, result),
            Pending::Discover { fall_back } => self.discovered(id, result, fall_back),
            Pending::ListTools => Event::Tools {
                id,
                next_cursor: take_text(&mut result, "nextCursor"),
                tools: match result.remove("tools") {
                    Some(Value::Array(tools)) => tools,
                    _ => Vec::new(),
                },
            },
            Pending::CallTool => Event::ToolResult {
                id,
                result: CallResult::read(result),
            },
            Pending::Other => Event::Done {
                id,
                result: result.into(),
            },
        }
    }

    /// A server that answers discovery by anything but the errors of the newer era is of the
    /// older one.
    fn handle_error(&mut self, id: RequestId, error: RpcError, purpose: Pending) -> Event {
        let Pending::Discover { fall_back: true } = purpose else {
            return Event::Failed {
                id: Some(id),
                error,
            };
        };
        let recognised = [code::MISSING_CLIENT_CAPABILITY, code::HEADER_MISMATCH];
        if recognised.contains(&error.code) {
            return Event::Failed {
                id: Some(id),
                error,
            };
        }
        let supported = error.data.as_ref().and_then(|data| data.get("supported"));
        let revision = match (error.code, supported) {
            (code::UNSUPPORTED_REVISION, Some(supported)) => newest_handshake(supported),
            (code::UNSUPPORTED_REVISION, None) => None,
            _ => Some(Revision::NEWEST_INITIALIZE),
        };
        match revision {
            Some(revision) => Event::Send(self.initialize(revision).1),
            None => Event::Failed {
                id: Some(id),
                error,
            },
        }
    }

    fn initialized(&mut self, id: RequestId, mut result: Map<String, Value>) -> Event {
        let version = take_text(&mut result, "protocolVersion").unwrap_or_default();
        let revision = match version.parse::<Revision>() {
            Ok(revision) if revision.era() == Era::Initialize => revision,
            _ => {
                return failed(
                    id,
                    &format!("the server speaks {version}, which is unknown here"),
                );
            }
        };
        self.revision = Some(revision);
        Event::Ready {
            server: ServerDescription {
                revision,
                info: result.remove("serverInfo").unwrap_or_default(),
                capabilities: result.remove("capabilities").unwrap_or_default(),
                instructions: take_text(&mut result, "instructions"),
            },
            reply: Some(end_message(begin_message("notifications/initialized"))),
        }
    }

    fn discovered(
        &mut self,
        id: RequestId,
        mut result: Map<String, Value>,
        fall_back: bool,
    ) -> Event {
        let revision = Revision::NEWEST_STATELESS;
        let supported = result.remove("supportedVersions").unwrap_or_default();
        let speaks = |text: &str| strings(&supported).any(|version| version == text);
        if !speaks(revision.as_str()) {
            return match newest_handshake(&supported).filter(|_| fall_back) {
                Some(revision) => Event::Send(self.initialize(revision).1),
                None => failed(id, "there is no revision that both sides speak"),
            };
        }
        let info = match result.remove("_meta") {
            Some(Value::Object(mut meta)) => meta.remove(meta::SERVER_INFO).unwrap_or_default(),
            _ => Value::Null,
        };
        self.revision = Some(revision);
        Event::Ready {
            server: ServerDescription {
                revision,
                info,
                capabilities: result.remove("capabilities").unwrap_or_default(),
                instructions: take_text(&mut result, "instructions"),
            },
            reply: None,
        }
    }
}

fn handle_notification(note: &Notification<'_>) -> Event {
    let params = note.params.and_then(|text| serde_json::from_str(text).ok());
    let mut params = into_map(params.unwrap_or_default());
    let event = match note.method.as_ref() {
        "notifications/progress" => progress(&mut params, note.params),
        "notifications/message" => log(&mut params),
        "notifications/tools/list_changed" => Some(Event::ToolsChanged),
        _ => None,
    };
    event.unwrap_or_else(|| Event::Notification {
        method: note.method.clone().into_owned(),
        params: params.into(),
    })
}

fn progress(params: &mut Map<String, Value>, text: Option<&str>) -> Option<Event> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Token<'a> {
        #[serde(borrow)]
        progress_token: &'a serde_json::value::RawValue,
    }
    // Read from the text, since a token is compared exactly.
    let token: Token<'_> = serde_json::from_str(text?).ok()?;
    Some(Event::Progress {
        token: ProgressToken::parse(token.progress_token.get()).ok()?,
        progress: params.get("progress")?.as_f64()?,
        total: params.get("total").and_then(Value::as_f64),
        message: take_text(params, "message"),
    })
}

fn log(params: &mut Map<String, Value>) -> Option<Event> {
    let level = params.get("level")?.as_str()?.parse().ok()?;
    Some(Event::Log {
        level,
        logger: take_text(params, "logger"),
        data: params.remove("data").unwrap_or_default(),
    })
}

fn input_required(id: RequestId, mut result: Map<String, Value>) -> Event {
    Event::InputRequired {
        id,
        requests: into_map(result.remove("inputRequests").unwrap_or_default()),
        state: take_text(&mut result, "requestState"),
    }
}

/// The answer to a ping; whatever else is asked, this client can't do.
fn answer(request: &Request<'_>) -> Vec<u8> {
    let mut out = Writer::with_capacity(128);
    out.open();
    out.member("jsonrpc", "2.0");
    out.member("id", &request.id);
    match request.method.as_ref() {
        "ping" => out.raw_member("result", "{}"),
        method => {
            let error = RpcError::method_not_found(format!("Method not found: {method}"));
            out.member("error", &error);
        }
    }
    end_message(out)
}

fn failed(id: RequestId, reason: &str) -> Event {
    Event::Failed {
        id: Some(id),
        error: RpcError::internal(reason),
    }
}

fn newest_handshake(supported: &Value) -> Option<Revision> {
    strings(supported)
        .filter_map(|version| version.parse::<Revision>().ok())
        .filter(|revision| revision.era() == Era::Initialize)
        .max()
}

fn strings(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

fn take_text(object: &mut Map<String, Value>, key: &str) -> Option<String> {
    match object.remove(key) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}
