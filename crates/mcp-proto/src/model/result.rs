//! What a tool call gives back.

use serde_json::{Map, Value};

use super::content::Content;
use crate::revision::Revision;
use crate::wire::Writer;

/// The result of a tool call, written for each revision with the fields it knows.
///
/// # Example
///
/// ```
/// use mcp_proto::ToolResult;
/// use serde_json::json;
///
/// let result = ToolResult::text("2 sessions").with_structured(json!({"total": 2}));
/// assert!(!result.is_error);
/// let failed = ToolResult::error("no such session: ask list_sessions which there are");
/// assert!(failed.is_error);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ToolResult {
    /// What the model and the person see.
    pub content: Vec<Content>,
    /// The same as data, conforming to the tool's output schema. Nulls in it are kept.
    ///
    /// Clients before 2025-06-18 don't get it, and those before 2026-07-28 get it only when it is
    /// an object; when `content` is empty, all get its JSON as a text block.
    pub structured_content: Option<Value>,
    /// The call failed in a way that the model can act on.
    pub is_error: bool,
    /// Facts for programs, under prefixed keys.
    pub meta: Map<String, Value>,
}

impl ToolResult {
    /// A successful result of one text block.
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            content: vec![Content::text(text)],
            ..Self::default()
        }
    }

    /// A failed result of one text block.
    pub fn error(text: impl Into<String>) -> Self {
        Self {
            is_error: true,
            ..Self::text(text)
        }
    }

    /// A successful result of data.
    pub fn structured(value: Value) -> Self {
        Self::default().with_structured(value)
    }

    /// Adds the result as data.
    pub fn with_structured(mut self, value: Value) -> Self {
        self.structured_content = Some(value);
        self
    }

    /// Adds a block.
    pub fn with_content(mut self, content: Content) -> Self {
        self.content.push(content);
        self
    }

    /// Adds a `_meta` member.
    pub fn with_meta(mut self, key: impl Into<String>, value: Value) -> Self {
        self.meta.insert(key.into(), value);
        self
    }
}

/// Writes `content`, `structuredContent` and `isError`; `_meta` is the caller's, who has more to
/// put in it.
pub(crate) fn write_result_members(result: &ToolResult, revision: Revision, out: &mut Writer) {
    out.key("content");
    out.raw("[");
    for (index, block) in result.content.iter().enumerate() {
        if index > 0 {
            out.raw(",");
        }
        out.value(&block.wire(revision));
    }
    if let (true, Some(value)) = (result.content.is_empty(), &result.structured_content) {
        out.value(&Content::text(value.to_string()).wire(revision));
    }
    out.raw("]");
    if let Some(value) = &result.structured_content {
        let fits = revision.has_any_structured_value()
            || revision.has_structured_content() && value.is_object();
        if fits {
            out.member("structuredContent", value);
        }
    }
    if result.is_error {
        out.member("isError", &true);
    }
}
