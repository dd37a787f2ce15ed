//! Resources: what a server has to be read, by URI.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Annotations, Icon};
use crate::revision::Revision;
use crate::server::CachePolicy;

/// A resource as it is listed or linked to.
///
/// # Example
///
/// ```
/// use mcp_proto::Resource;
///
/// let log = Resource::new("log://today", "today")
///     .with_title("Today's log")
///     .with_mime_type("text/plain");
/// assert_eq!(log.uri, "log://today");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// Where it is, by any scheme (RFC 3986).
    pub uri: String,
    /// Its name for programs.
    pub name: String,
    /// Its name for people (2025-06-18 and newer).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its media type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// Hints for whoever shows it.
    #[serde(skip_serializing_if = "Annotations::is_empty")]
    pub annotations: Annotations,
    /// Its size in bytes, before any encoding.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Pictures of it (2025-11-25 and newer).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub icons: Vec<Icon>,
    /// Facts for programs, under prefixed keys (2025-06-18 and newer).
    #[serde(rename = "_meta", skip_serializing_if = "Map::is_empty")]
    pub meta: Map<String, Value>,
}

text_setters!(Resource {
    /// Sets the name for people.
    with_title => title,
    /// Sets what it is.
    with_description => description,
    /// Sets the media type.
    with_mime_type => mime_type,
});

impl Resource {
    /// A resource with its URI and its name for programs.
    pub fn new(uri: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            uri: uri.into(),
            name: name.into(),
            ..Self::default()
        }
    }

    /// Sets hints for whoever shows it.
    pub fn with_annotations(mut self, annotations: Annotations) -> Self {
        self.annotations = annotations;
        self
    }

    /// The resource with the fields that `revision` knows.
    pub(crate) fn for_revision(&self, revision: Revision) -> Self {
        let mut resource = self.clone();
        if !revision.has_titles() {
            resource.title = None;
            resource.meta.clear();
        }
        if !revision.has_icons() {
            resource.icons.clear();
        }
        resource.annotations = resource.annotations.for_revision(revision);
        resource
    }
}

/// A resource's contents.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceBody {
    uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    mime_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    blob: Option<String>,
    #[serde(rename = "_meta", skip_serializing_if = "Map::is_empty")]
    meta: Map<String, Value>,
}

impl ResourceBody {
    /// Contents that are text.
    pub fn text(uri: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            uri: uri.into(),
            mime_type: None,
            text: Some(text.into()),
            blob: None,
            meta: Map::new(),
        }
    }

    /// Contents that are bytes, in base64 (RFC 4648, section 4).
    pub fn blob(uri: impl Into<String>, base64: impl Into<String>) -> Self {
        Self {
            text: None,
            blob: Some(base64.into()),
            ..Self::text(uri, "")
        }
    }

    /// Sets the media type.
    pub fn with_mime_type(mut self, mime_type: impl Into<String>) -> Self {
        self.mime_type = Some(mime_type.into());
        self
    }

    /// Adds a `_meta` member (2025-06-18 and newer).
    pub fn with_meta(mut self, key: impl Into<String>, value: Value) -> Self {
        self.meta.insert(key.into(), value);
        self
    }

    pub(crate) fn for_revision(&self, revision: Revision) -> std::borrow::Cow<'_, Self> {
        if revision.has_titles() || self.meta.is_empty() {
            return std::borrow::Cow::Borrowed(self);
        }
        let mut body = self.clone();
        body.meta.clear();
        std::borrow::Cow::Owned(body)
    }
}

/// What reading a resource gives back: one body, or several where a URI stands for a collection.
///
/// # Example
///
/// ```
/// use mcp_proto::{CachePolicy, ResourceBody, ResourceContents};
///
/// let body = ResourceBody::text("log://today", "All is well.").with_mime_type("text/plain");
/// let contents = ResourceContents::one(body)
///     .with_body(ResourceBody::blob("log://today/raw", "QWxsIGlzIHdlbGwu"))
///     .with_cache(CachePolicy { ttl_ms: 1_000, public: false });
/// assert_eq!(contents.bodies.len(), 2);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ResourceContents {
    /// The bodies; never empty for a resource that exists.
    pub bodies: Vec<ResourceBody>,
    /// How long this may be kept (2026-07-28); not at all when `None`.
    pub cache: Option<CachePolicy>,
}

impl ResourceContents {
    /// One body.
    pub fn one(body: ResourceBody) -> Self {
        Self {
            bodies: vec![body],
            cache: None,
        }
    }

    /// Adds a body.
    pub fn with_body(mut self, body: ResourceBody) -> Self {
        self.bodies.push(body);
        self
    }

    /// Says how long, and for whom, this may be kept.
    pub fn with_cache(mut self, cache: CachePolicy) -> Self {
        self.cache = Some(cache);
        self
    }
}
