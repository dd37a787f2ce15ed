//! What a server may ask back before it can answer: the user, the user's model, the client's
//! roots.
//!
//! There is one form for both eras, that of 2026-07-28: an answer that says what is needed, and
//! the same request again with the answers. Before that revision the server sent requests of its
//! own; [`crate::Connection`] does that for handlers that know the one form only.

use serde_json::{Map, Value, json};

use super::{ClientCapabilities, form};
use crate::revision::Revision;

/// Requests in one [`InputRequired`] at most.
pub const MAX_INPUT_REQUESTS: usize = 32;

/// Something that the client is asked for.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum InputRequest {
    /// The user fills in a form. Never ask for a secret like this: what is filled in passes
    /// through the client, and often the model.
    Form {
        /// Why it is asked.
        message: String,
        /// A JSON Schema of an object with primitive members, and choices, as 2025-11-25 has them
        /// ("Requested Schema"). A client of 2025-06-18 is shown the titles of a choice in the way
        /// of its own revision, and no defaults but those of a boolean. It cannot be asked to
        /// choose several values: what needs that fails, as where nothing can be asked.
        schema: Value,
    },
    /// The user visits a page, where what is filled in stays between the two.
    Url {
        /// Why the user is sent there.
        message: String,
        /// The page.
        url: String,
        /// Names this visit in [`crate::Connection::elicitation_completed`] (2025-11-25 alone).
        elicitation_id: String,
    },
    /// The user's model says something: the parameters of `sampling/createMessage`. With `tools`,
    /// `toolChoice` or an `includeContext` other than `none`, the client must declare that it can
    /// do this.
    Sampling(Map<String, Value>),
    /// The client lists its roots.
    Roots,
}

impl InputRequest {
    /// A form.
    ///
    /// # Example
    ///
    /// ```
    /// use mcp_proto::InputRequest;
    /// use serde_json::json;
    ///
    /// let question = InputRequest::form(
    ///     "Delete 3 files?",
    ///     json!({"type": "object", "properties": {"sure": {"type": "boolean"}}}),
    /// );
    /// assert!(matches!(question, InputRequest::Form { .. }));
    /// ```
    pub fn form(message: impl Into<String>, schema: Value) -> Self {
        Self::Form {
            message: message.into(),
            schema,
        }
    }

    /// The protocol's method for it.
    pub(crate) fn method(&self) -> &'static str {
        match self {
            Self::Form { .. } | Self::Url { .. } => "elicitation/create",
            Self::Sampling(_) => "sampling/createMessage",
            Self::Roots => "roots/list",
        }
    }

    /// The capability that the client has to declare, or `None` when it has.
    pub(crate) fn undeclared(
        &self,
        declared: &ClientCapabilities,
        revision: Revision,
    ) -> Option<(&'static str, Value)> {
        match self {
            Self::Form { .. } => (!(declared.elicitation_form() && revision.has_elicitation()))
                .then(|| ("elicitation", json!({"form": {}}))),
            Self::Url { .. } => (!(declared.elicitation_url() && revision.has_elicitation_modes()))
                .then(|| ("elicitation", json!({"url": {}}))),
            Self::Sampling(params) => sampling_undeclared(params, declared, revision),
            Self::Roots => (!declared.roots()).then(|| ("roots", json!({}))),
        }
    }

    /// What is asked here that no client of this revision can be asked, whatever it declares.
    pub(crate) fn unknown_to(&self, revision: Revision) -> Option<String> {
        let Self::Form { schema, .. } = self else {
            return None;
        };
        if revision.has_form_choices() {
            return None;
        }
        let fields: Vec<&str> = form::several(schema).collect();
        (!fields.is_empty()).then(|| {
            format!(
                "asks the user to choose several values ({}), which a client of revision \
                 {revision} cannot show; one of {} or later can",
                fields.join(", "),
                Revision::V2025_11_25
            )
        })
    }

    /// The parameters on the wire; `None` when it has none.
    pub(crate) fn params(&self, revision: Revision) -> Option<Value> {
        let mut params = Map::new();
        match self {
            Self::Form { message, schema } => {
                if revision.has_elicitation_modes() {
                    params.insert("mode".into(), "form".into());
                }
                params.insert("message".into(), message.as_str().into());
                let schema = form::of(schema, revision);
                params.insert("requestedSchema".into(), schema.into_owned());
            }
            Self::Url {
                message,
                url,
                elicitation_id,
            } => {
                params.insert("mode".into(), "url".into());
                params.insert("message".into(), message.as_str().into());
                params.insert("url".into(), url.as_str().into());
                // 2026-07-28 took the identifier away.
                if revision == Revision::V2025_11_25 {
                    params.insert("elicitationId".into(), elicitation_id.as_str().into());
                }
            }
            Self::Sampling(given) => params.clone_from(given),
            Self::Roots => return None,
        }
        Some(params.into())
    }
}

/// What sampling with these parameters takes beyond what the client declares: tools and the
/// context of servers are features of their own (2025-11-25, "Sampling").
fn sampling_undeclared(
    params: &Map<String, Value>,
    declared: &ClientCapabilities,
    revision: Revision,
) -> Option<(&'static str, Value)> {
    let mut missing = Map::new();
    let has_tools = params.contains_key("tools") || params.contains_key("toolChoice");
    if has_tools && !(declared.sampling_tools() && revision.has_sampling_tools()) {
        missing.insert("tools".into(), json!({}));
    }
    let context = params.get("includeContext").and_then(Value::as_str);
    let has_context = context.is_some_and(|context| context != "none");
    if has_context && revision.has_sampling_tools() && !declared.sampling_context() {
        missing.insert("context".into(), json!({}));
    }
    (!missing.is_empty() || !declared.sampling()).then(|| ("sampling", missing.into()))
}

/// A request cannot be answered before the client has answered these.
///
/// # Example
///
/// ```
/// use mcp_proto::{InputRequest, InputRequired};
/// use serde_json::json;
///
/// let schema = json!({"type": "object", "properties": {"name": {"type": "string"}}});
/// let needed = InputRequired::one("who", InputRequest::form("Your name?", schema))
///     .with_state("asked once");
/// assert_eq!(needed.requests[0].0, "who");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct InputRequired {
    /// What is asked, by names of the server's choice; at most [`MAX_INPUT_REQUESTS`].
    pub requests: Vec<(String, InputRequest)>,
    /// What the server wants to be told again along with the answers. It comes back by way of
    /// the client, who may change it: sign it ([`crate::StateSealer`]) where anything depends on
    /// it.
    pub state: Option<String>,
}

impl InputRequired {
    /// One thing is asked.
    pub fn one(name: impl Into<String>, request: InputRequest) -> Self {
        Self::default().with_request(name, request)
    }

    /// Nothing is asked; the client is to call again with this state.
    pub fn state(state: impl Into<String>) -> Self {
        Self::default().with_state(state)
    }

    /// Asks one thing more.
    pub fn with_request(mut self, name: impl Into<String>, request: InputRequest) -> Self {
        self.requests.push((name.into(), request));
        self
    }

    /// Sets what comes back along with the answers.
    pub fn with_state(mut self, state: impl Into<String>) -> Self {
        self.state = Some(state.into());
        self
    }
}

/// What the client answered, by the names under which it was asked.
///
/// It is a stranger's: members may be missing, and of any form.
///
/// # Example
///
/// ```
/// use mcp_proto::{Elicited, InputResponses};
/// use serde_json::json;
///
/// let came = json!({"sure": {"action": "accept", "content": {"sure": true}}, "odd": 5});
/// let answers = InputResponses::from_map(came.as_object().unwrap().clone());
/// let Some(Elicited::Accepted(form)) = answers.elicited("sure") else { panic!() };
/// assert_eq!(form["sure"], true);
/// assert_eq!(answers.elicited("odd"), None);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InputResponses(Map<String, Value>);

/// What the user made of a form or a page.
#[derive(Clone, Debug, PartialEq)]
pub enum Elicited {
    /// Filled in, with this content (empty for a page).
    Accepted(Map<String, Value>),
    /// Refused.
    Declined,
    /// Dismissed without a choice.
    Cancelled,
}

impl InputResponses {
    /// Takes the object as it came.
    pub fn from_map(answers: Map<String, Value>) -> Self {
        Self(answers)
    }

    /// The answer to a form or a page; `None` when there is none, or none that makes sense.
    pub fn elicited(&self, name: &str) -> Option<Elicited> {
        let answer = self.0.get(name)?.as_object()?;
        match answer.get("action")?.as_str()? {
            "accept" => {
                let content = match answer.get("content") {
                    None | Some(Value::Null) => Map::new(),
                    Some(Value::Object(content)) => content.clone(),
                    Some(_) => return None,
                };
                Some(Elicited::Accepted(content))
            }
            "decline" => Some(Elicited::Declined),
            "cancel" => Some(Elicited::Cancelled),
            _ => None,
        }
    }

    /// Any answer as it came: a `CreateMessageResult`, a `ListRootsResult`.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Whether nothing was answered.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Everything that was answered.
    pub fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }
}
