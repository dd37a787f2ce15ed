//! The tools there are, the sets they belong to, and which of them are on.

use std::sync::Arc;

use anyhow::{Result, bail};
use mcp_proto::{Catalogue, Tool};
use serde_json::{Map, Value};

use crate::failure::Failure;
use crate::server::Server;
use crate::tools::answer_prompts::AnswerPrompts;
use crate::tools::expect_and_respond::ExpectAndRespond;
use crate::tools::get_screen::GetScreen;
use crate::tools::inspect::{GetSessionInfo, ListSessions};
use crate::tools::manage::{ResizePty, SendSignal, TerminateProcess};
use crate::tools::multi_step::MultiStepAutomation;
use crate::tools::run_command::RunCommand;
use crate::tools::schema;
use crate::tools::search_output::SearchOutput;
use crate::tools::server_info::ServerInfo;
use crate::tools::start_process::StartProcess;
use crate::tools::type_and_read::{ReadOutput, SendAndRead, SendInput};
use crate::tools::wait_for_sessions::WaitForSessions;
use crate::tools::{Act, Parsed};

/// The toolsets, in the order of their listing, and whether each is on by default.
pub(crate) const TOOLSETS: [(&str, bool); 1] = [("session", true)];

/// The toolsets, and whether each is on when these are chosen; the default ones
/// are when `None`.
pub(crate) fn toolsets(chosen: Option<&[String]>) -> impl Iterator<Item = (&'static str, bool)> {
    TOOLSETS.iter().map(move |&(name, by_default)| {
        let on = chosen.map_or(by_default, |chosen| chosen.iter().any(|it| it == name));
        (name, on)
    })
}

type Parse = fn(Map<String, Value>, &Server) -> Result<Box<dyn Parsed>, Failure>;

/// A tool, its toolset, and how its arguments are read.
struct Entry {
    toolset: &'static str,
    tool: fn() -> Tool,
    parse: Parse,
}

fn entry<T: Act>(toolset: &'static str) -> Entry {
    Entry {
        toolset,
        tool: T::describe,
        parse: |arguments, server| Ok(Box::new(T::parse(arguments, server)?)),
    }
}

/// Every tool, in the order of the listing.
fn entries() -> Vec<Entry> {
    vec![
        entry::<StartProcess>("session"),
        entry::<RunCommand>("session"),
        entry::<SendAndRead>("session"),
        entry::<SendInput>("session"),
        entry::<ReadOutput>("session"),
        entry::<GetScreen>("session"),
        entry::<ExpectAndRespond>("session"),
        entry::<MultiStepAutomation>("session"),
        entry::<AnswerPrompts>("session"),
        entry::<SendSignal>("session"),
        entry::<ResizePty>("session"),
        entry::<SearchOutput>("session"),
        entry::<WaitForSessions>("session"),
        entry::<ListSessions>("session"),
        entry::<GetSessionInfo>("session"),
        entry::<TerminateProcess>("session"),
        entry::<ServerInfo>("session"),
    ]
}

/// The tools that are on.
pub(crate) struct Registry {
    catalogue: Arc<Catalogue>,
    parsers: Vec<(String, Parse)>,
}

impl Registry {
    /// The tools of these toolsets; of the default ones when `None`.
    ///
    /// # Errors
    ///
    /// When a toolset is not known.
    pub(crate) fn new(toolsets: Option<&[String]>) -> Result<Self> {
        let known: Vec<&str> = TOOLSETS.iter().map(|(name, _)| *name).collect();
        if let Some(unknown) = toolsets
            .unwrap_or_default()
            .iter()
            .find(|name| !known.contains(&name.as_str()))
        {
            bail!(
                "there is no toolset `{unknown}`; there are: {}",
                known.join(", ")
            );
        }
        let on = |toolset: &str| self::toolsets(toolsets).any(|it| it == (toolset, true));
        let mut catalogue = Catalogue::builder();
        let mut parsers = Vec::new();
        for entry in entries().into_iter().filter(|entry| on(entry.toolset)) {
            let tool = (entry.tool)();
            parsers.push((tool.name().to_owned(), entry.parse));
            let listed = schema::listed(tool.input_schema());
            catalogue = catalogue.tool(tool.with_listed_schemas(listed, schema::data()));
        }
        Ok(Self {
            catalogue: Arc::new(catalogue.build()?),
            parsers,
        })
    }

    /// What clients are told of the tools.
    pub(crate) fn catalogue(&self) -> Arc<Catalogue> {
        Arc::clone(&self.catalogue)
    }

    /// How a tool's arguments are read, if the tool is on.
    pub(crate) fn parser(&self, name: &str) -> Option<Parse> {
        self.parsers
            .iter()
            .find(|(tool, _)| tool == name)
            .map(|(_, parse)| *parse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Promise: what the benchmark of `mcp-proto` says of our schemas is said of those that are
    /// served, and the largest is among them.
    #[test]
    fn the_largest_schema_is_measured() {
        let measured = include_str!("../../mcp-proto/benches/common/schemas.json");
        let measured: Map<String, Value> = serde_json::from_str(measured).unwrap();
        let tools: Vec<Tool> = entries().iter().map(|entry| (entry.tool)()).collect();
        let size = |tool: &&Tool| tool.input_schema().to_string().len();
        let largest = tools.iter().max_by_key(size).unwrap();
        assert!(measured.contains_key(largest.name()), "{}", largest.name());
        for (name, measured) in measured {
            let tool = tools.iter().find(|tool| tool.name() == name).unwrap();
            let schema = tool.input_schema();
            assert_eq!(measured, *schema, "the schema of {name} is now {schema}");
        }
    }
}
