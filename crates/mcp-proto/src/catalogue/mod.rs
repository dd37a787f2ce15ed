//! The tools of a server: found by name, listed page by page, their arguments checked.

mod arguments;
mod describe;
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
pub use listing::InvalidCursor;
pub(crate) use listing::Page;
pub use mirrored::{MirroredParameter, MirroredType};
pub(crate) use near::near_matches;

use crate::model::Tool;
use crate::revision::Revision;
use arguments::{compile, validate};
use listing::Listing;
use mirrored::mirrored_parameters;

/// Tools on one page of `tools/list` unless told otherwise: 1,000, so that a client sees one page.
pub const DEFAULT_PAGE_SIZE: usize = 1000;

/// An ordered set of tools, shared between connections.
///
/// Tools are listed in the order they were added. Nothing is computed when it is built: the text
/// of `tools/list` is written once per revision when the first client asks, a tool's schema is
/// compiled when it is first called.
///
/// # Example
///
/// ```
/// use mcp_proto::{Catalogue, Tool};
/// use serde_json::json;
///
/// let catalogue = Catalogue::builder()
///     .tool(Tool::new("now", "Tells the time."))
///     .unlisted(Tool::new("time", "An older name of `now`."))
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
    page_size: usize,
    listing: Listing,
}

struct Entry {
    tool: Tool,
    listed: bool,
    input: OnceLock<Result<Validator, String>>,
    output: OnceLock<Result<Validator, String>>,
    mirrored: Vec<MirroredParameter>,
}

/// Collects the tools of a [`Catalogue`].
#[derive(Debug, Default)]
pub struct CatalogueBuilder {
    tools: Vec<(Tool, bool)>,
    page_size: Option<usize>,
}

/// A tool can't stand in a catalogue.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("tool `{tool}`: {reason}")]
pub struct InvalidTool {
    tool: String,
    reason: String,
}

impl InvalidTool {
    /// The tool's name.
    pub fn tool(&self) -> &str {
        &self.tool
    }
}

impl CatalogueBuilder {
    /// Adds a tool at the end of the list.
    pub fn tool(mut self, tool: Tool) -> Self {
        self.tools.push((tool, true));
        self
    }

    /// Adds several tools at the end of the list.
    pub fn tools(mut self, tools: impl IntoIterator<Item = Tool>) -> Self {
        self.tools
            .extend(tools.into_iter().map(|tool| (tool, true)));
        self
    }

    /// Adds a tool that can be called but is not listed: an alias, an older name.
    pub fn unlisted(mut self, tool: Tool) -> Self {
        self.tools.push((tool, false));
        self
    }

    /// Sets how many tools stand on one page of `tools/list`; at least 1, by default
    /// [`DEFAULT_PAGE_SIZE`].
    pub fn page_size(mut self, tools: usize) -> Self {
        self.page_size = Some(tools.max(1));
        self
    }

    /// Builds the catalogue.
    ///
    /// # Errors
    ///
    /// When two tools have one name, a name has other characters than `A-Z a-z 0-9 _ - .` or
    /// not 1 to 128 of them, an input schema's root lacks `"type": "object"`, or an
    /// `x-mcp-header` in one is not as 2026-07-28 has it ("Custom Headers from Tool
    /// Parameters"). Whether schemas are valid is seen when they are used, or by
    /// [`Catalogue::check_schemas`].
    pub fn build(self) -> Result<Catalogue, InvalidTool> {
        let mut by_name = HashMap::with_capacity(self.tools.len());
        let mut entries = Vec::with_capacity(self.tools.len());
        for (tool, listed) in self.tools {
            let refuse = |reason: &str| InvalidTool {
                tool: tool.name().to_owned(),
                reason: reason.to_owned(),
            };
            if !is_tool_name(tool.name()) {
                return Err(refuse(
                    "a name has 1 to 128 of the characters A-Z a-z 0-9 _ - .",
                ));
            }
            if tool.input_schema().get("type").and_then(Value::as_str) != Some("object") {
                return Err(refuse(
                    "the root of an input schema needs \"type\": \"object\"",
                ));
            }
            let mirrored =
                mirrored_parameters(tool.input_schema()).map_err(|reason| refuse(&reason))?;
            if mirrored_parameters(tool.listed_input_schema()).as_ref() != Ok(&mirrored) {
                return Err(refuse(
                    "the input schema that is listed needs each x-mcp-header of the whole one, and \
                     no other",
                ));
            }
            if by_name.insert(tool.shared_name(), entries.len()).is_some() {
                return Err(refuse("there is another tool of this name"));
            }
            entries.push(Entry {
                tool,
                listed,
                input: OnceLock::new(),
                output: OnceLock::new(),
                mirrored,
            });
        }
        Ok(Catalogue {
            entries,
            by_name,
            page_size: self.page_size.unwrap_or(DEFAULT_PAGE_SIZE),
            listing: Listing::default(),
        })
    }
}

impl Catalogue {
    /// Starts a catalogue.
    pub fn builder() -> CatalogueBuilder {
        CatalogueBuilder::default()
    }

    /// The tool of this name, listed or not.
    pub fn get(&self, name: &str) -> Option<&Tool> {
        self.entry(name).map(|entry| &entry.tool)
    }

    /// The tools that `tools/list` shows, in its order.
    pub fn listed(&self) -> impl Iterator<Item = &Tool> {
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
    pub fn check_schemas(&self) -> Result<(), InvalidTool> {
        for entry in &self.entries {
            let output = entry.tool.output_schema().map(|_| entry.output());
            for compiled in [Some(entry.input()), output].into_iter().flatten() {
                if let Err(reason) = compiled {
                    return Err(InvalidTool {
                        tool: entry.tool.name().to_owned(),
                        reason: reason.clone(),
                    });
                }
            }
        }
        Ok(())
    }

    /// Listed names that resemble `name`, best first.
    pub(crate) fn resembling(&self, name: &str) -> Vec<String> {
        near_matches(name, self.listed().map(Tool::name))
    }

    pub(crate) fn page(
        &self,
        revision: Revision,
        cursor: Option<&str>,
    ) -> Result<&Page, InvalidCursor> {
        self.listing.page(self, revision, cursor)
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
