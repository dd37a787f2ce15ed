//! Putting a catalogue together.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use serde_json::Value;

use super::listing::Listing;
use super::mirrored::mirrored_parameters;
use super::{Catalogue, DEFAULT_PAGE_SIZE, Entry, is_tool_name};
use crate::model::{Prompt, Resource, ResourceTemplate, ToolDefinition};

/// Collects what a [`Catalogue`] has.
///
/// # Example
///
/// ```
/// use mcp_proto::{Catalogue, Prompt, ResourceTemplate, ToolDefinition};
///
/// let catalogue = Catalogue::builder()
///     .tool(ToolDefinition::new("now", "Tells the time."))
///     .prompt(Prompt::new("plan"))
///     .template(ResourceTemplate::new("log://{day}", "log"))
///     .dynamic_resources()
///     .build()?;
/// assert!(catalogue.may_have("log://monday"));
/// # Ok::<(), mcp_proto::InvalidEntry>(())
/// ```
#[derive(Debug, Default)]
pub struct CatalogueBuilder {
    tools: Vec<(ToolDefinition, bool)>,
    prompts: Vec<Prompt>,
    resources: Vec<Resource>,
    templates: Vec<ResourceTemplate>,
    dynamic_resources: bool,
    page_size: Option<usize>,
}

/// A tool, a prompt, a resource or a template can't stand in a catalogue.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{noun} `{name}`: {reason}")]
pub struct InvalidEntry {
    pub(super) noun: &'static str,
    pub(super) name: String,
    pub(super) reason: String,
}

impl InvalidEntry {
    pub(super) fn new(noun: &'static str, name: &str, reason: &str) -> Self {
        Self {
            noun,
            name: name.to_owned(),
            reason: reason.to_owned(),
        }
    }

    /// The name of the tool or prompt, the URI of the resource or the form of the template.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl CatalogueBuilder {
    /// Adds a tool at the end of the list.
    pub fn tool(mut self, tool: ToolDefinition) -> Self {
        self.tools.push((tool, true));
        self
    }

    /// Adds several tools at the end of the list.
    pub fn tools(mut self, tools: impl IntoIterator<Item = ToolDefinition>) -> Self {
        self.tools
            .extend(tools.into_iter().map(|tool| (tool, true)));
        self
    }

    /// Adds a tool that can be called but is not listed: an alias, an older name.
    pub fn unlisted(mut self, tool: ToolDefinition) -> Self {
        self.tools.push((tool, false));
        self
    }

    /// Adds a prompt at the end of the list.
    pub fn prompt(mut self, prompt: Prompt) -> Self {
        self.prompts.push(prompt);
        self
    }

    /// Adds a resource that is always there.
    pub fn resource(mut self, resource: Resource) -> Self {
        self.resources.push(resource);
        self
    }

    /// Adds a family of resources.
    pub fn template(mut self, template: ResourceTemplate) -> Self {
        self.templates.push(template);
        self
    }

    /// Says that resources come and go: each `resources/list` becomes a
    /// [`crate::QueryKind::ListResources`] instead of being answered by what was added here.
    /// Those that can be watched have the form of a template.
    pub fn dynamic_resources(mut self) -> Self {
        self.dynamic_resources = true;
        self
    }

    /// Sets how many items stand on one page of a list; at least 1, by default
    /// [`DEFAULT_PAGE_SIZE`].
    pub fn page_size(mut self, items: usize) -> Self {
        self.page_size = Some(items.max(1));
        self
    }

    /// Builds the catalogue.
    ///
    /// # Errors
    ///
    /// When two tools have one name, a name has other characters than `A-Z a-z 0-9 _ - .` or
    /// not 1 to 128 of them, an input schema's root lacks `"type": "object"`, or an
    /// `x-mcp-header` in one is not as 2026-07-28 has it ("Custom Headers from Tool
    /// Parameters"); when two prompts or two arguments of one have one name, two resources one
    /// URI, or a template's form can't be used. Whether schemas are valid is seen when they are
    /// used, or by [`Catalogue::check_schemas`].
    pub fn build(self) -> Result<Catalogue, InvalidEntry> {
        let mut by_name = HashMap::with_capacity(self.tools.len());
        let mut entries = Vec::with_capacity(self.tools.len());
        for (tool, listed) in self.tools {
            let refuse = |reason: &str| InvalidEntry::new("tool", tool.name(), reason);
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
        check_prompts(&self.prompts)?;
        check_resources(&self.resources, &self.templates)?;
        Ok(Catalogue {
            entries,
            by_name,
            prompts: self.prompts,
            resources: self.resources,
            templates: self.templates,
            dynamic_resources: self.dynamic_resources,
            page_size: self.page_size.unwrap_or(DEFAULT_PAGE_SIZE),
            listing: Listing::default(),
        })
    }
}

fn check_prompts(prompts: &[Prompt]) -> Result<(), InvalidEntry> {
    let mut names = HashSet::new();
    for prompt in prompts {
        let refuse = |reason: &str| InvalidEntry::new("prompt", &prompt.name, reason);
        if prompt.name.is_empty() {
            return Err(refuse("a name has at least one character"));
        }
        if !names.insert(&prompt.name) {
            return Err(refuse("there is another prompt of this name"));
        }
        let mut arguments = HashSet::new();
        if !prompt.arguments.iter().all(|it| arguments.insert(&it.name)) {
            return Err(refuse("two of its arguments have one name"));
        }
    }
    Ok(())
}

fn check_resources(
    resources: &[Resource],
    templates: &[ResourceTemplate],
) -> Result<(), InvalidEntry> {
    let mut uris = HashSet::new();
    for resource in resources {
        if !uris.insert(&resource.uri) {
            let reason = "there is another resource of this URI";
            return Err(InvalidEntry::new("resource", &resource.uri, reason));
        }
    }
    let mut forms = HashSet::new();
    for template in templates {
        let form = &template.uri_template;
        let twice = (!forms.insert(form)).then_some("there is another template of this form");
        if let Some(reason) = template.fault().or(twice) {
            return Err(InvalidEntry::new("template", form, reason));
        }
    }
    Ok(())
}
