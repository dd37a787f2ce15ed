//! The tools, by theme, and how one is run.

pub(crate) mod content;

mod asking;
mod lists;
mod reports;
mod rounds;
mod schemas;

use std::collections::HashMap;
use std::sync::Arc;

use mcp_proto::{Answer, CatalogueBuilder, InputResponses, ToolCall, ToolDefinition};
use mcp_server::serve::{Requester, Work};
use serde_json::{Value, json};

use crate::Fixture;
pub(crate) use reports::Slow;

/// A tool being called.
pub(crate) struct Call {
    pub(crate) fixture: Arc<Fixture>,
    pub(crate) call: ToolCall,
    pub(crate) requester: Requester,
}

/// Runs a tool.
pub(crate) type Run = Arc<dyn Fn(Call) -> Work + Send + Sync>;

/// A tool and what it does.
struct Tool {
    definition: ToolDefinition,
    shown: Shown,
    run: Run,
}

/// Where a tool is found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// On the list.
    Always,
    /// On the list now and then.
    Sometimes,
    /// Not on the list; it can be called all the same.
    Never,
}

impl Call {
    /// A text among the arguments; the schema saw to it that it is there.
    fn text(&self, name: &str) -> &str {
        let value = self.call.arguments.get(name).and_then(Value::as_str);
        value.unwrap_or_default()
    }

    /// What the client answered to what was asked in earlier rounds.
    fn responses(&self) -> Option<&InputResponses> {
        self.call.input.responses.as_ref()
    }
}

impl Tool {
    /// A tool without parameters, which ignores what it is given.
    fn new<A, F>(
        name: &'static str,
        description: &'static str,
        run: impl Fn(Call) -> F + Send + Sync + 'static,
    ) -> Self
    where
        A: Into<Answer>,
        F: Future<Output = A> + Send + 'static,
    {
        let run = move |call| -> Work {
            let work = run(call);
            Box::pin(async move { work.await.into() })
        };
        Self {
            definition: ToolDefinition::new(name, description)
                .with_input_schema(json!({"type": "object", "properties": {}})),
            shown: Shown::Always,
            run: Arc::new(run),
        }
    }

    /// Sets the schema of what it is given.
    fn with_schema(mut self, schema: Value) -> Self {
        self.definition = self.definition.with_input_schema(schema);
        self
    }

    /// Sets where it is found.
    fn shown(mut self, shown: Shown) -> Self {
        self.shown = shown;
        self
    }
}

/// All of them, in the order of the list. The suite calls the first without arguments.
fn all() -> impl Iterator<Item = Tool> {
    let mut tools = content::tools();
    tools.extend(reports::tools());
    tools.extend(asking::tools());
    tools.extend(rounds::tools());
    tools.extend(lists::tools());
    tools.extend(schemas::tools());
    tools.into_iter()
}

/// Lists the tools, with those that come and go or without them.
pub(crate) fn offer(builder: CatalogueBuilder, with_sometimes: bool) -> CatalogueBuilder {
    all().fold(builder, |builder, tool| match tool.shown {
        Shown::Always => builder.tool(tool.definition),
        Shown::Sometimes if with_sometimes => builder.tool(tool.definition),
        Shown::Sometimes => builder,
        Shown::Never => builder.unlisted(tool.definition),
    })
}

/// How each is run.
pub(crate) fn by_name() -> HashMap<Arc<str>, Run> {
    let tools = all().map(|tool| (tool.definition.name().into(), tool.run));
    tools.collect()
}
