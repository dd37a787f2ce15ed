//! Prompts: conversations that a server offers to be begun.

use serde::Serialize;
use serde_json::{Map, Value};

use super::content::Content;
use super::{Icon, Role};
use crate::revision::Revision;

/// A prompt as it is listed.
///
/// # Example
///
/// ```
/// use mcp_proto::{Prompt, PromptArgument};
///
/// let review = Prompt::new("review")
///     .with_description("Reviews a file.")
///     .with_argument(PromptArgument::new("path").required());
/// assert_eq!(review.arguments[0].name, "path");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Prompt {
    /// Its name for programs.
    pub name: String,
    /// Its name for people (2025-06-18 and newer).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What it takes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<PromptArgument>,
    /// Pictures of it (2025-11-25 and newer).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub icons: Vec<Icon>,
    /// Facts for programs, under prefixed keys (2025-06-18 and newer).
    #[serde(rename = "_meta", skip_serializing_if = "Map::is_empty")]
    pub meta: Map<String, Value>,
}

/// What a prompt takes: a text.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PromptArgument {
    /// Its name for programs.
    pub name: String,
    /// Its name for people (2025-06-18 and newer).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether the prompt needs it; requests without it are refused.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
}

text_setters!(Prompt {
    /// Sets the name for people.
    with_title => title,
    /// Sets what it is for.
    with_description => description,
});

impl Prompt {
    /// A prompt without arguments.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }

    /// Adds an argument.
    pub fn with_argument(mut self, argument: PromptArgument) -> Self {
        self.arguments.push(argument);
        self
    }

    pub(crate) fn for_revision(&self, revision: Revision) -> Self {
        let mut prompt = self.clone();
        if !revision.has_titles() {
            prompt.title = None;
            prompt.meta.clear();
            for argument in &mut prompt.arguments {
                argument.title = None;
            }
        }
        if !revision.has_icons() {
            prompt.icons.clear();
        }
        prompt
    }
}

text_setters!(PromptArgument {
    /// Sets the name for people.
    with_title => title,
    /// Sets what it is.
    with_description => description,
});

impl PromptArgument {
    /// An argument that may be left out.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }

    /// The prompt needs it.
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }
}

/// One message of a prompt.
#[derive(Clone, Debug, PartialEq)]
pub struct PromptMessage {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: Content,
}

/// What getting a prompt gives back.
///
/// # Example
///
/// ```
/// use mcp_proto::{Content, PromptResult, Role};
///
/// let review = PromptResult::user(Content::text("Review a.rs."))
///     .with_message(Role::Assistant, Content::text("What matters most?"))
///     .with_description("A review, begun.");
/// assert_eq!(review.messages.len(), 2);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct PromptResult {
    /// What it is for, with these arguments.
    pub description: Option<String>,
    /// The conversation so far.
    pub messages: Vec<PromptMessage>,
    /// Facts for programs, under prefixed keys.
    pub meta: Map<String, Value>,
}

impl PromptResult {
    /// A conversation that begins with what the user says.
    pub fn user(content: Content) -> Self {
        Self::default().with_message(Role::User, content)
    }

    /// Adds a message.
    pub fn with_message(mut self, role: Role, content: Content) -> Self {
        self.messages.push(PromptMessage { role, content });
        self
    }

    /// Sets what it is for.
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }
}
