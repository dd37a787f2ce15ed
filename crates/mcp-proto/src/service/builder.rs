//! Putting a service together.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::call::CallContext;
use super::fields::Arguments;
use super::tool::{Erased, Tool, erase};
use super::{Completing, Prompting, Reading, ReadingFamily, Service};
use crate::catalogue::{Catalogue, CatalogueBuilder, InvalidEntry};
use crate::connection::Answer;
use crate::model::{
    Completion, CompletionRequest, Prompt, PromptsCapability, Resource, ResourceTemplate,
    ResourcesCapability, ToolDefinition,
};
use crate::server::Server;

/// Collects what a [`Service`] offers.
///
/// # Example
///
/// ```
/// use mcp_proto::{
///     Completion, Content, Implementation, Prompt, PromptArgument, PromptResult, Resource,
///     ResourceBody, ResourceContents, ResourceTemplate, Server, Service,
/// };
///
/// let service = Service::builder(Server::new(Implementation::new("logs", "1.0.0")))
///     .resource(Resource::new("log://today", "today"), |_| {
///         ResourceContents::one(ResourceBody::text("log://today", "All is well."))
///     })
///     .template(ResourceTemplate::new("log://{host}/{day}", "log"), |uri, named, _| {
///         ResourceContents::one(ResourceBody::text(uri, format!("{} is well.", named["host"])))
///     })
///     .prompt(
///         Prompt::new("explain").with_argument(PromptArgument::new("line").required()),
///         |arguments, _| {
///             PromptResult::user(Content::text(format!("Explain: {}", arguments["line"])))
///         },
///     )
///     .complete(|request| match request.argument.as_str() {
///         "host" => Completion::of(["web-1", "web-2"]),
///         _ => Completion::default(),
///     })
///     .build()?;
/// assert!(service.catalogue().may_have("log://web-1/2026-07-28"));
/// # Ok::<(), mcp_proto::InvalidEntry>(())
/// ```
pub struct ServiceBuilder {
    server: Server,
    catalogue: CatalogueBuilder,
    tools: HashMap<Arc<str>, Erased>,
    prompts: HashMap<String, Prompting>,
    resources: HashMap<String, Reading>,
    templates: Vec<(ResourceTemplate, ReadingFamily)>,
    completing: Option<Completing>,
}

impl ServiceBuilder {
    pub(super) fn new(server: Server) -> Self {
        Self {
            server,
            catalogue: Catalogue::builder(),
            tools: HashMap::new(),
            prompts: HashMap::new(),
            resources: HashMap::new(),
            templates: Vec::new(),
            completing: None,
        }
    }

    /// Adds a tool at the end of the list.
    pub fn tool<T: Tool>(self, tool: T) -> Self {
        let definition = tool.definition();
        self.function(definition, move |arguments, call| {
            tool.call(arguments, call)
        })
    }

    /// Adds a tool that is a function. The schema of its arguments is filled in from their type.
    pub fn function<A, R>(
        mut self,
        definition: ToolDefinition,
        call: impl Fn(A, &CallContext<'_>) -> R + Send + Sync + 'static,
    ) -> Self
    where
        A: Arguments,
        R: Into<Answer>,
    {
        let definition = definition.with_input_schema(A::schema());
        self.tools.insert(definition.shared_name(), erase(call));
        self.catalogue = self.catalogue.tool(definition);
        self
    }

    /// Adds a prompt at the end of the list; `get` is given its arguments by name.
    pub fn prompt<R: Into<Answer>>(
        mut self,
        prompt: Prompt,
        get: impl Fn(&BTreeMap<String, String>, &CallContext<'_>) -> R + Send + Sync + 'static,
    ) -> Self {
        let handler: Prompting = Box::new(move |arguments, call| get(arguments, call).into());
        self.prompts.insert(prompt.name.clone(), handler);
        self.catalogue = self.catalogue.prompt(prompt);
        self
    }

    /// Adds a resource at the end of the list.
    pub fn resource<R: Into<Answer>>(
        mut self,
        resource: Resource,
        read: impl Fn(&CallContext<'_>) -> R + Send + Sync + 'static,
    ) -> Self {
        let handler: Reading = Box::new(move |call| read(call).into());
        self.resources.insert(resource.uri.clone(), handler);
        self.catalogue = self.catalogue.resource(resource);
        self
    }

    /// Adds a family of resources; `read` is given the URI and what the names in the form stand
    /// for.
    pub fn template<R: Into<Answer>>(
        mut self,
        template: ResourceTemplate,
        read: impl Fn(&str, &BTreeMap<&str, String>, &CallContext<'_>) -> R + Send + Sync + 'static,
    ) -> Self {
        let handler: ReadingFamily =
            Box::new(move |uri, values, call| read(uri, values, call).into());
        self.templates.push((template.clone(), handler));
        self.catalogue = self.catalogue.template(template);
        self
    }

    /// Completes the arguments of prompts and the names in templates. Those that are asked for
    /// exist.
    pub fn complete(
        mut self,
        complete: impl Fn(&CompletionRequest) -> Completion + Send + Sync + 'static,
    ) -> Self {
        self.completing = Some(Box::new(complete));
        self
    }

    /// Sets how many items stand on one page of a list, as
    /// [`CatalogueBuilder::page_size`] does.
    pub fn page_size(mut self, items: usize) -> Self {
        self.catalogue = self.catalogue.page_size(items);
        self
    }

    /// Builds the service. What was added is declared among the server's capabilities, beside
    /// what the server declares itself.
    ///
    /// # Errors
    ///
    /// As [`CatalogueBuilder::build`].
    pub fn build(self) -> Result<Service, InvalidEntry> {
        let mut server = self.server;
        let declared = &mut server.capabilities;
        declared.tools = !self.tools.is_empty();
        declared.completions |= self.completing.is_some();
        if !self.prompts.is_empty() && declared.prompts.is_none() {
            declared.prompts = Some(PromptsCapability::default());
        }
        let has_resources = !(self.resources.is_empty() && self.templates.is_empty());
        if has_resources && declared.resources.is_none() {
            declared.resources = Some(ResourcesCapability::default());
        }
        Ok(Service {
            server: Arc::new(server),
            catalogue: Arc::new(self.catalogue.build()?),
            tools: self.tools,
            prompts: self.prompts,
            resources: self.resources,
            templates: self.templates,
            completing: self.completing,
        })
    }
}

impl std::fmt::Debug for ServiceBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServiceBuilder")
            .field("server", &self.server)
            .field("catalogue", &self.catalogue)
            .finish_non_exhaustive()
    }
}
