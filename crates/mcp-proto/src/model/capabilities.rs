//! What a server offers and what a client can be asked for.

use serde_json::{Map, Value, json};

use crate::revision::Revision;

/// What a server declares that it offers. Methods that belong to an undeclared capability are
/// answered with "method not found".
///
/// Tools are always offered: a [`crate::Catalogue`] may be empty.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ServerCapabilities {
    /// The server announces changes of its tool list.
    pub tools_list_changed: bool,
    /// The server sends log messages to clients that ask for them.
    pub logging: bool,
    /// Non-standard features, by name.
    pub experimental: Map<String, Value>,
    /// Extensions (2026-07-28), by identifier.
    pub extensions: Map<String, Value>,
}

impl ServerCapabilities {
    /// Tools only.
    pub fn new() -> Self {
        Self::default()
    }

    /// Declares that changes of the tool list are announced.
    pub fn with_tools_list_changed(mut self) -> Self {
        self.tools_list_changed = true;
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
        let tools = match self.tools_list_changed {
            true => json!({"listChanged": true}),
            false => json!({}),
        };
        object.insert("tools".into(), tools);
        if revision >= Revision::V2026_07_28 && !self.extensions.is_empty() {
            object.insert("extensions".into(), self.extensions.clone().into());
        }
        object.into()
    }
}

/// What a client declares that it can be asked for.
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

    /// Everything that was declared.
    pub fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }
}
