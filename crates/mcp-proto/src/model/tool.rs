//! Tools: what a server offers to be called.

use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::Icon;
use crate::revision::Revision;
use crate::wire::Writer;

/// A tool as clients see it.
///
/// # Example
///
/// ```
/// use mcp_proto::ToolDefinition;
/// use serde_json::json;
///
/// let tool = ToolDefinition::new("resize_pty", "Changes the size of a session's terminal.")
///     .with_title("Resize a terminal")
///     .with_input_schema(json!({
///         "type": "object",
///         "properties": {"rows": {"type": "integer", "minimum": 1, "maximum": 500}},
///         "required": ["rows"],
///         "additionalProperties": false
///     }))
///     .with_annotations(|hints| hints.idempotent(true).open_world(false));
/// assert_eq!(tool.name(), "resize_pty");
/// ```
#[derive(Clone, Debug)]
pub struct ToolDefinition {
    name: Arc<str>,
    title: Option<String>,
    description: String,
    input_schema: Value,
    output_schema: Option<Value>,
    listed: Option<Box<Listed>>,
    annotations: ToolAnnotations,
    icons: Vec<Icon>,
    meta: Map<String, Value>,
}

/// Hints about what a tool does. A hint that isn't set is not sent, and a client assumes the
/// worst: not read-only, destructive, not idempotent, open-world.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolAnnotations {
    #[serde(rename = "readOnlyHint", skip_serializing_if = "Option::is_none")]
    read_only: Option<bool>,
    #[serde(rename = "destructiveHint", skip_serializing_if = "Option::is_none")]
    destructive: Option<bool>,
    #[serde(rename = "idempotentHint", skip_serializing_if = "Option::is_none")]
    idempotent: Option<bool>,
    #[serde(rename = "openWorldHint", skip_serializing_if = "Option::is_none")]
    open_world: Option<bool>,
}

impl ToolAnnotations {
    /// It changes nothing.
    pub fn read_only(mut self, yes: bool) -> Self {
        self.read_only = Some(yes);
        self
    }

    /// It may destroy something (as against only adding).
    pub fn destructive(mut self, yes: bool) -> Self {
        self.destructive = Some(yes);
        self
    }

    /// Calling it again with the same arguments changes nothing more.
    pub fn idempotent(mut self, yes: bool) -> Self {
        self.idempotent = Some(yes);
        self
    }

    /// It deals with things outside a closed domain, such as the network.
    pub fn open_world(mut self, yes: bool) -> Self {
        self.open_world = Some(yes);
        self
    }
}

/// The schemas as they are listed, where those are not the whole ones.
#[derive(Clone, Debug, PartialEq)]
struct Listed {
    input: Value,
    output: Value,
}

impl ToolDefinition {
    /// A tool without parameters, until it is given an input schema.
    ///
    /// Names should have 1 to 128 of the characters `A-Z a-z 0-9 _ - .`
    /// (2025-11-25, "Tool Names"); [`crate::CatalogueBuilder::build`] checks.
    pub fn new(name: impl Into<Arc<str>>, description: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            title: None,
            description: description.into(),
            input_schema: json!({"type": "object", "additionalProperties": false}),
            output_schema: None,
            listed: None,
            annotations: ToolAnnotations::default(),
            icons: Vec::new(),
            meta: Map::new(),
        }
    }

    /// Sets the name for people.
    pub fn with_title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Sets the JSON Schema (2020-12) of the arguments. Its root must have `"type": "object"`.
    pub fn with_input_schema(mut self, schema: Value) -> Self {
        self.input_schema = schema;
        self
    }

    /// Sets the JSON Schema (2020-12) of the structured result. Clients before 2026-07-28 see it
    /// only when its root has `"type": "object"`, which is all those revisions allow.
    pub fn with_output_schema(mut self, schema: Value) -> Self {
        self.output_schema = Some(schema);
        self
    }

    /// Sets shorter forms of both schemas for `tools/list`, where every byte stands before a
    /// model. What is checked are the whole ones: a shorter form leaves rules out and must not
    /// add any.
    ///
    /// # Example
    ///
    /// ```
    /// use mcp_proto::ToolDefinition;
    /// use serde_json::json;
    ///
    /// let tool = ToolDefinition::new("add", "Adds")
    ///     .with_input_schema(json!({
    ///         "type": "object",
    ///         "properties": {"a": {"type": "integer", "minimum": 0}},
    ///         "additionalProperties": false
    ///     }))
    ///     .with_listed_schemas(
    ///         json!({"type": "object", "properties": {"a": {"type": "integer"}}}),
    ///         json!({"type": "object"}),
    ///     );
    /// assert_eq!(tool.input_schema()["additionalProperties"], false);
    /// ```
    pub fn with_listed_schemas(mut self, input: Value, output: Value) -> Self {
        self.listed = Some(Box::new(Listed { input, output }));
        self
    }

    /// Sets hints about what the tool does.
    pub fn with_annotations(
        mut self,
        set: impl FnOnce(ToolAnnotations) -> ToolAnnotations,
    ) -> Self {
        self.annotations = set(self.annotations);
        self
    }

    /// Adds a picture.
    pub fn with_icon(mut self, icon: Icon) -> Self {
        self.icons.push(icon);
        self
    }

    /// Adds a `_meta` member (2025-06-18 and newer).
    pub fn with_meta(mut self, key: impl Into<String>, value: Value) -> Self {
        self.meta.insert(key.into(), value);
        self
    }

    /// The name it is called by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name, shared.
    pub(crate) fn shared_name(&self) -> Arc<str> {
        Arc::clone(&self.name)
    }

    /// What it does, for the model.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// The schema of its arguments.
    pub fn input_schema(&self) -> &Value {
        &self.input_schema
    }

    /// The schema of its arguments as clients see it.
    pub(crate) fn listed_input_schema(&self) -> &Value {
        let listed = self.listed.as_deref();
        listed.map_or(&self.input_schema, |listed| &listed.input)
    }

    /// The schema of its structured result.
    pub fn output_schema(&self) -> Option<&Value> {
        self.output_schema.as_ref()
    }

    /// The hints about what it does.
    pub fn annotations(&self) -> ToolAnnotations {
        self.annotations
    }
}

/// Writes a tool with the fields that `revision` knows.
pub(crate) fn write_tool(tool: &ToolDefinition, revision: Revision, out: &mut Writer) {
    out.open();
    out.member("name", tool.name());
    if let (true, Some(title)) = (revision.has_titles(), &tool.title) {
        out.member("title", title);
    }
    out.member("description", &tool.description);
    let listed = tool.listed.as_deref();
    out.member("inputSchema", tool.listed_input_schema());
    if let Some(schema) = &tool.output_schema {
        let schema = listed.map_or(schema, |listed| &listed.output);
        let is_object = schema.get("type").and_then(Value::as_str) == Some("object");
        let fits =
            revision.has_any_structured_value() || revision.has_structured_content() && is_object;
        if fits {
            out.member("outputSchema", schema);
        }
    }
    if revision.has_tool_annotations() {
        write_annotations(tool, revision, out);
    }
    if revision.has_icons() && !tool.icons.is_empty() {
        out.member("icons", &tool.icons);
    }
    if revision.has_titles() && !tool.meta.is_empty() {
        out.member("_meta", &tool.meta);
    }
    out.close();
}

/// The title stands among the annotations in the one revision that has it nowhere else.
fn write_annotations(tool: &ToolDefinition, revision: Revision, out: &mut Writer) {
    #[derive(Serialize)]
    struct Titled<'a> {
        #[serde(skip_serializing_if = "Option::is_none")]
        title: Option<&'a str>,
        #[serde(flatten)]
        hints: ToolAnnotations,
    }
    let title = match revision.has_titles() {
        true => None,
        false => tool.title.as_deref(),
    };
    if title.is_none() && tool.annotations == ToolAnnotations::default() {
        return;
    }
    let hints = tool.annotations;
    out.member("annotations", &Titled { title, hints });
}
