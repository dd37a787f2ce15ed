//! What a server offers and what a client can be asked for.

use serde_json::{Map, Value, json};

use crate::revision::Revision;

/// What a server declares that it offers. Methods that belong to an undeclared capability are
/// answered with "method not found".
///
/// Tools are offered unless it is said that there are none; a [`crate::Catalogue`] may be empty.
///
/// # Example
///
/// ```
/// use mcp_proto::{ResourcesCapability, ServerCapabilities};
///
/// let declared = ServerCapabilities::new()
///     .with_completions()
///     .with_resources(ResourcesCapability { subscribe: true, list_changed: true });
/// assert!(declared.tools && declared.prompts.is_none());
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ServerCapabilities {
    /// The server has tools.
    pub tools: bool,
    /// The server announces changes of its tool list.
    pub tools_list_changed: bool,
    /// The server has resources.
    pub resources: Option<ResourcesCapability>,
    /// The server has prompts, and announces changes of their list when this is true.
    pub prompts: Option<PromptsCapability>,
    /// The server completes values (2025-03-26 and newer; before that without a word of it).
    pub completions: bool,
    /// The server sends log messages to clients that ask for them.
    pub logging: bool,
    /// Non-standard features, by name.
    pub experimental: Map<String, Value>,
    /// Extensions (2026-07-28), by identifier.
    pub extensions: Map<String, Value>,
}

/// What can be done with the resources of a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ResourcesCapability {
    /// Clients may ask to be told when one changes.
    pub subscribe: bool,
    /// The server announces changes of the list.
    pub list_changed: bool,
}

/// What can be done with the prompts of a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PromptsCapability {
    /// The server announces changes of the list.
    pub list_changed: bool,
}

impl Default for ServerCapabilities {
    /// Tools and nothing else.
    fn default() -> Self {
        Self {
            tools: true,
            tools_list_changed: false,
            resources: None,
            prompts: None,
            completions: false,
            logging: false,
            experimental: Map::new(),
            extensions: Map::new(),
        }
    }
}

impl ServerCapabilities {
    /// Tools and nothing else.
    pub fn new() -> Self {
        Self::default()
    }

    /// Declares that there are no tools.
    pub fn without_tools(mut self) -> Self {
        self.tools = false;
        self
    }

    /// Declares that changes of the tool list are announced.
    pub fn with_tools_list_changed(mut self) -> Self {
        self.tools_list_changed = true;
        self
    }

    /// Declares resources.
    pub fn with_resources(mut self, resources: ResourcesCapability) -> Self {
        self.resources = Some(resources);
        self
    }

    /// Declares prompts.
    pub fn with_prompts(mut self, prompts: PromptsCapability) -> Self {
        self.prompts = Some(prompts);
        self
    }

    /// Declares completion of values.
    pub fn with_completions(mut self) -> Self {
        self.completions = true;
        self
    }

    /// Declares log messages.
    pub fn with_logging(mut self) -> Self {
        self.logging = true;
        self
    }

    pub(crate) fn to_json(&self, revision: Revision) -> Value {
        let mut object = Map::new();
        if !self.experimental.is_empty() {
            object.insert("experimental".into(), self.experimental.clone().into());
        }
        if self.logging {
            object.insert("logging".into(), json!({}));
        }
        if self.completions && revision.has_completions_capability() {
            object.insert("completions".into(), json!({}));
        }
        if let Some(prompts) = self.prompts {
            let flags = [("listChanged", prompts.list_changed)];
            object.insert("prompts".into(), set_flags(&flags));
        }
        if let Some(resources) = self.resources {
            let flags = [
                ("subscribe", resources.subscribe),
                ("listChanged", resources.list_changed),
            ];
            object.insert("resources".into(), set_flags(&flags));
        }
        if self.tools {
            let flags = [("listChanged", self.tools_list_changed)];
            object.insert("tools".into(), set_flags(&flags));
        }
        if revision >= Revision::V2026_07_28 && !self.extensions.is_empty() {
            object.insert("extensions".into(), self.extensions.clone().into());
        }
        object.into()
    }
}

/// The flags that are set, as an object.
fn set_flags(flags: &[(&str, bool)]) -> Value {
    let set = flags.iter().filter(|(_, set)| *set);
    set.map(|(name, _)| ((*name).to_owned(), true.into()))
        .collect::<Map<String, Value>>()
        .into()
}

/// What a client declares that it can be asked for.
///
/// # Example
///
/// ```
/// use mcp_proto::ClientCapabilities;
/// use serde_json::json;
///
/// let declared = json!({"elicitation": {}, "sampling": {"tools": {}}});
/// let client = ClientCapabilities::from_map(declared.as_object().unwrap().clone());
/// assert!(client.elicitation_form() && !client.elicitation_url());
/// assert!(client.sampling_tools());
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClientCapabilities(Map<String, Value>);

impl ClientCapabilities {
    /// Reads the declared object.
    pub fn from_map(declared: Map<String, Value>) -> Self {
        Self(declared)
    }

    /// Whether a form may be shown to the user. A bare `elicitation: {}` means forms.
    pub fn elicitation_form(&self) -> bool {
        match self.0.get("elicitation") {
            Some(Value::Object(modes)) => modes.contains_key("form") || !modes.contains_key("url"),
            _ => false,
        }
    }

    /// Whether the user may be sent to a URL.
    pub fn elicitation_url(&self) -> bool {
        matches!(self.0.get("elicitation"), Some(Value::Object(modes)) if modes.contains_key("url"))
    }

    /// Whether the client lists its roots.
    pub fn roots(&self) -> bool {
        self.0.get("roots").is_some_and(Value::is_object)
    }

    /// Whether the client samples from a language model.
    pub fn sampling(&self) -> bool {
        self.0.get("sampling").is_some_and(Value::is_object)
    }

    /// Whether the model may be given tools while it is sampled from.
    pub fn sampling_tools(&self) -> bool {
        self.sampling_feature("tools")
    }

    /// Whether the model may be shown what servers offer as context while it is sampled from.
    pub fn sampling_context(&self) -> bool {
        self.sampling_feature("context")
    }

    fn sampling_feature(&self, name: &str) -> bool {
        let sampling = self.0.get("sampling").and_then(Value::as_object);
        sampling.is_some_and(|features| features.get(name).is_some_and(Value::is_object))
    }

    /// Everything that was declared.
    pub fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }
}
