//! Content blocks: what a tool result is made of.

use serde::Serialize;
use serde_json::{Map, Value};

use super::resource::{Resource, ResourceBody};
use crate::revision::Revision;

/// One block of a result.
///
/// # Example
///
/// ```
/// use mcp_proto::Content;
///
/// let block = Content::text("$ ").with_priority(0.5);
/// assert_eq!(block.as_text(), Some("$ "));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Content {
    body: Body,
    annotations: Annotations,
    meta: Map<String, Value>,
}

#[derive(Clone, Debug, PartialEq)]
enum Body {
    Text(String),
    Image { data: String, mime_type: String },
    Audio { data: String, mime_type: String },
    Link(Box<Resource>),
    Embedded(Box<ResourceBody>),
}

/// Whom content is meant for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The person.
    User,
    /// The model.
    Assistant,
}

/// Hints about a content block.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Annotations {
    /// Whom it is meant for; empty means everyone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub audience: Vec<Role>,
    /// From 0 (may be left out) to 1 (required).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<f64>,
    /// ISO 8601 time of the last change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
}

impl Annotations {
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(crate) fn for_revision(&self, revision: Revision) -> Self {
        let mut annotations = self.clone();
        if !revision.has_titles() {
            annotations.last_modified = None;
        }
        annotations
    }
}

impl Content {
    /// Text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::from_body(Body::Text(text.into()))
    }

    /// A picture, in base64.
    pub fn image(base64: impl Into<String>, mime_type: impl Into<String>) -> Self {
        Self::from_body(Body::Image {
            data: base64.into(),
            mime_type: mime_type.into(),
        })
    }

    /// Sound, in base64. Clients of 2024-11-05 get a text that says what was left out.
    pub fn audio(base64: impl Into<String>, mime_type: impl Into<String>) -> Self {
        Self::from_body(Body::Audio {
            data: base64.into(),
            mime_type: mime_type.into(),
        })
    }

    /// A link to a resource. Clients before 2025-06-18 get its name and URI as text.
    pub fn resource_link(resource: Resource) -> Self {
        Self::from_body(Body::Link(Box::new(resource)))
    }

    /// A resource's contents.
    pub fn resource(contents: ResourceBody) -> Self {
        Self::from_body(Body::Embedded(Box::new(contents)))
    }

    /// Says whom the block is meant for.
    pub fn with_audience(mut self, audience: impl Into<Vec<Role>>) -> Self {
        self.annotations.audience = audience.into();
        self
    }

    /// Says how important the block is, from 0 to 1; other numbers are brought into that range.
    pub fn with_priority(mut self, priority: f64) -> Self {
        self.annotations.priority = (!priority.is_nan()).then(|| priority.clamp(0.0, 1.0));
        self
    }

    /// Says when the block's subject last changed (ISO 8601).
    pub fn with_last_modified(mut self, time: impl Into<String>) -> Self {
        self.annotations.last_modified = Some(time.into());
        self
    }

    /// Adds a `_meta` member to the block (2025-06-18 and newer).
    pub fn with_meta(mut self, key: impl Into<String>, value: Value) -> Self {
        self.meta.insert(key.into(), value);
        self
    }

    /// The text of a text block.
    pub fn as_text(&self) -> Option<&str> {
        match &self.body {
            Body::Text(text) => Some(text),
            _ => None,
        }
    }

    fn from_body(body: Body) -> Self {
        Self {
            body,
            annotations: Annotations::default(),
            meta: Map::new(),
        }
    }

    /// Writes the block as `revision` knows it.
    pub(crate) fn wire(&self, revision: Revision) -> Wire<'_> {
        let kind = match &self.body {
            Body::Text(text) => WireBody::Text { text: text.into() },
            Body::Image { data, mime_type } => WireBody::Image { data, mime_type },
            Body::Audio { data, mime_type } if revision.has_audio() => {
                WireBody::Audio { data, mime_type }
            }
            Body::Audio { data, mime_type } => WireBody::Text {
                text: format!(
                    "[{mime_type}, {} base64 characters, left out: this client speaks {revision}, \
                     which has no audio]",
                    data.len()
                )
                .into(),
            },
            Body::Link(resource) if revision.has_resource_links() => {
                WireBody::ResourceLink(resource.for_revision(revision))
            }
            Body::Link(resource) => WireBody::Text {
                text: format!("{}: {}", resource.name, resource.uri).into(),
            },
            Body::Embedded(resource) => WireBody::Resource {
                resource: resource.for_revision(revision),
            },
        };
        let annotations = self.annotations.for_revision(revision);
        Wire {
            kind,
            annotations: (!annotations.is_empty()).then_some(annotations),
            meta: (revision.has_titles() && !self.meta.is_empty()).then_some(&self.meta),
        }
    }
}

#[derive(Serialize)]
pub(crate) struct Wire<'a> {
    #[serde(flatten)]
    kind: WireBody<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    annotations: Option<Annotations>,
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    meta: Option<&'a Map<String, Value>>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum WireBody<'a> {
    Text {
        text: std::borrow::Cow<'a, str>,
    },
    #[serde(rename_all = "camelCase")]
    Image {
        data: &'a str,
        mime_type: &'a str,
    },
    #[serde(rename_all = "camelCase")]
    Audio {
        data: &'a str,
        mime_type: &'a str,
    },
    ResourceLink(Resource),
    Resource {
        resource: std::borrow::Cow<'a, ResourceBody>,
    },
}
