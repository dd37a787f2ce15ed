//! What a server offers: tools found by name, their arguments checked; tools, prompts, resources
//! and templates listed page by page.

mod arguments;
mod builder;
mod describe;
mod dynamic;
mod listing;
mod mirrored;
mod near;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use jsonschema::Validator;
use serde_json::Value;

pub(crate) use arguments::normalise_integers;
pub use arguments::{ArgumentProblem, InvalidArguments, MAX_PROBLEMS};
pub use builder::{CatalogueBuilder, InvalidEntry};
pub(crate) use dynamic::dynamic_page;
pub use listing::InvalidCursor;
pub(crate) use listing::{List, Page};
pub use mirrored::{MirroredParameter, MirroredType};
pub(crate) use near::near_matches;

use crate::model::{Prompt, Resource, ResourceTemplate, ToolDefinition};
use crate::revision::Revision;
use arguments::{compile, validate};
use listing::Listing;

/// Items on one page of a list unless told otherwise: 1,000, so that a client sees one page.
pub const DEFAULT_PAGE_SIZE: usize = 1000;

/// What a server offers, shared between connections: an ordered set of tools, and of prompts,
/// resources and resource templates where it has them.
///
/// Everything is listed in the order it was added. Nothing is computed when it is built: the text
/// of a list is written once per revision when the first client asks, a tool's schema is compiled
/// when it is first called.
///
/// # Example
///
/// ```
/// use mcp_proto::{Catalogue, ToolDefinition};
/// use serde_json::json;
///
/// let catalogue = Catalogue::builder()
///     .tool(ToolDefinition::new("now", "Tells the time."))
///     .unlisted(ToolDefinition::new("time", "An older name of `now`."))
///     .build()
///     .unwrap();
/// assert!(catalogue.get("time").is_some());
/// assert_eq!(catalogue.listed().count(), 1);
/// let problems = catalogue.validate("now", &json!({"zone": "UTC"})).unwrap_err();
/// assert_eq!(problems.to_string(), "/zone: no such property; this tool takes none");
/// ```
pub struct Catalogue {
    entries: Vec<Entry>,
    by_name: HashMap<Arc<str>, usize>,
    prompts: Vec<Prompt>,
    resources: Vec<Resource>,
    templates: Vec<ResourceTemplate>,
    dynamic_resources: bool,
    page_size: usize,
    listing: Listing,
}

struct Entry {
    tool: ToolDefinition,
    listed: bool,
    input: OnceLock<Result<Validator, String>>,
    output: OnceLock<Result<Validator, String>>,
    mirrored: Vec<MirroredParameter>,
}

impl Catalogue {
    /// Starts a catalogue.
    pub fn builder() -> CatalogueBuilder {
        CatalogueBuilder::default()
    }

    /// The tool of this name, listed or not.
    pub fn get(&self, name: &str) -> Option<&ToolDefinition> {
        self.entry(name).map(|entry| &entry.tool)
    }

    /// The tools that `tools/list` shows, in its order.
    pub fn listed(&self) -> impl Iterator<Item = &ToolDefinition> {
        self.entries
            .iter()
            .filter(|entry| entry.listed)
            .map(|entry| &entry.tool)
    }

    /// The parameters of a tool that clients of 2026-07-28 repeat in HTTP headers, in the schema's
    /// order; none for an unknown tool.
    pub fn mirrored(&self, tool: &str) -> &[MirroredParameter] {
        self.entry(tool).map_or(&[], |entry| &entry.mirrored)
    }

    /// Checks arguments against the tool's input schema. An unknown tool accepts nothing.
    ///
    /// # Errors
    ///
    /// [`InvalidArguments`] with each problem's path, rule and remedy.
    pub fn validate(&self, tool: &str, arguments: &Value) -> Result<(), InvalidArguments> {
        match self.entry(tool) {
            Some(entry) => entry.validate_input(arguments),
            None => Err(InvalidArguments::broken(format!(
                "there is no tool `{tool}`"
            ))),
        }
    }

    /// Checks a structured result against the tool's output schema, for tests and debug builds:
    /// the protocol obliges a server to conform to the schemas that it publishes.
    ///
    /// # Errors
    ///
    /// As [`validate`](Self::validate). A tool without output schema accepts everything.
    pub fn validate_output(&self, tool: &str, result: &Value) -> Result<(), InvalidArguments> {
        match self.entry(tool) {
            Some(entry) => entry.validate_output(result),
            None => Err(InvalidArguments::broken(format!(
                "there is no tool `{tool}`"
            ))),
        }
    }

    /// Compiles every schema now; for a test that all are valid.
    ///
    /// # Errors
    ///
    /// The first tool with an invalid schema, or one with a reference outside itself.
    pub fn check_schemas(&self) -> Result<(), InvalidEntry> {
        for entry in &self.entries {
            let output = entry.tool.output_schema().map(|_| entry.output());
            for compiled in [Some(entry.input()), output].into_iter().flatten() {
                if let Err(reason) = compiled {
                    return Err(InvalidEntry::new("tool", entry.tool.name(), reason));
                }
            }
        }
        Ok(())
    }

    /// The prompts, in their order.
    pub fn prompts(&self) -> &[Prompt] {
        &self.prompts
    }

    /// The prompt of this name.
    pub fn prompt(&self, name: &str) -> Option<&Prompt> {
        self.prompts.iter().find(|prompt| prompt.name == name)
    }

    /// The resources that are always there.
    pub fn resources(&self) -> &[Resource] {
        &self.resources
    }

    /// The families of resources.
    pub fn templates(&self) -> &[ResourceTemplate] {
        &self.templates
    }

    /// Whether a URI may name a resource: it is one of those that are always there, or has the
    /// form of a template.
    pub fn may_have(&self, uri: &str) -> bool {
        self.resources.iter().any(|resource| resource.uri == uri)
            || self
                .templates
                .iter()
                .any(|template| template.matches(uri).is_some())
    }

    pub(crate) fn has_dynamic_resources(&self) -> bool {
        self.dynamic_resources
    }

    /// Listed names that resemble `name`, best first.
    pub(crate) fn resembling(&self, name: &str) -> Vec<String> {
        near_matches(name, self.listed().map(ToolDefinition::name))
    }

    pub(crate) fn page(
        &self,
        list: List,
        revision: Revision,
        cursor: Option<&str>,
    ) -> Result<&Page, InvalidCursor> {
        self.listing.page(self, list, revision, cursor)
    }

    pub(crate) fn page_size(&self) -> usize {
        self.page_size
    }

    fn entry(&self, name: &str) -> Option<&Entry> {
        self.by_name.get(name).map(|index| &self.entries[*index])
    }
}

impl Entry {
    fn input(&self) -> &Result<Validator, String> {
        self.input.get_or_init(|| compile(self.tool.input_schema()))
    }

    fn output(&self) -> &Result<Validator, String> {
        let schema = self.tool.output_schema().unwrap_or(&Value::Bool(true));
        self.output.get_or_init(|| compile(schema))
    }

    fn validate_input(&self, arguments: &Value) -> Result<(), InvalidArguments> {
        match self.input() {
            Ok(validator) => validate(validator, self.tool.input_schema(), arguments),
            Err(reason) => Err(InvalidArguments::broken(reason.clone())),
        }
    }

    fn validate_output(&self, result: &Value) -> Result<(), InvalidArguments> {
        match (self.tool.output_schema(), self.output()) {
            (None, _) => Ok(()),
            (Some(schema), Ok(validator)) => validate(validator, schema, result),
            (Some(_), Err(reason)) => Err(InvalidArguments::broken(reason.clone())),
        }
    }
}

impl fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Catalogue")
            .field("tools", &self.entries.len())
            .field("listed", &self.listed().count())
            .field("prompts", &self.prompts.len())
            .field("resources", &self.resources.len())
            .field("templates", &self.templates.len())
            .field("page_size", &self.page_size)
            .finish()
    }
}

/// 2025-11-25, "Tool Names".
fn is_tool_name(name: &str) -> bool {
    (1..=128).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}
