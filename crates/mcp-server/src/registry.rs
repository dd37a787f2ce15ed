//! The tools there are, the sets they belong to, and which of them are on, by whose names.
//!
//! What is on can be switched while the server runs; whoever shows the tools to clients
//! watches [`Registry::catalogues`].

mod choice;
mod table;

use std::sync::Arc;

use anyhow::Result;
use mcp_proto::{Catalogue, ToolDefinition};
use parking_lot::RwLock;
use serde_json::{Map, Value};
use tokio::sync::watch;

use crate::failure::Failure;
use crate::server::Server;
use crate::tools::answer_prompts::AnswerPrompts;
use crate::tools::expect_and_respond::ExpectAndRespond;
use crate::tools::get_screen::GetScreen;
use crate::tools::inspect::{GetSessionInfo, ListSessions};
use crate::tools::manage::{ResizePty, SendSignal, TerminateProcess};
use crate::tools::multi_step::MultiStepAutomation;
use crate::tools::run_command::RunCommand;
use crate::tools::search_output::SearchOutput;
use crate::tools::server_info::ServerInfo;
use crate::tools::start_process::StartProcess;
use crate::tools::type_and_read::{ReadOutput, SendAndRead, SendInput};
use crate::tools::wait_for_sessions::WaitForSessions;
use crate::tools::{Act, Parsed};
pub(crate) use choice::Choice;
pub(crate) use table::Callable;
use table::Table;

/// The toolsets, in the order of their listing, and whether each is on by default.
pub(crate) const TOOLSETS: [(&str, bool); 1] = [("session", true)];

/// How a tool's arguments are read.
pub(crate) type Parse = fn(Map<String, Value>, &Server) -> Result<Box<dyn Parsed>, Failure>;

/// A tool, its toolset, and how its arguments are read.
struct Entry {
    toolset: &'static str,
    tool: fn() -> ToolDefinition,
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

/// The tools that are on, and what they are called.
pub(crate) struct Registry {
    table: RwLock<Arc<Table>>,
    catalogues: watch::Sender<Arc<Catalogue>>,
}

impl Registry {
    /// The tools of this choice.
    ///
    /// # Errors
    ///
    /// When a tool cannot stand in a catalogue, which is a fault of this program.
    pub(crate) fn new(choice: Choice) -> Result<Self> {
        let table = Table::new(choice)?;
        let (catalogues, _) = watch::channel(Arc::clone(table.catalogue()));
        Ok(Self {
            table: RwLock::new(Arc::new(table)),
            catalogues,
        })
    }

    /// What clients are told of the tools, now and after each switch.
    pub(crate) fn catalogues(&self) -> watch::Receiver<Arc<Catalogue>> {
        self.catalogues.subscribe()
    }

    /// What is on now.
    pub(crate) fn choice(&self) -> Choice {
        self.table.read().choice().clone()
    }

    /// What a name stands for, if its tool is on.
    pub(crate) fn callable(&self, name: &str) -> Option<Callable> {
        self.table.read().callable(name).cloned()
    }

    /// Has these tools on from now on; calls under way are not touched. Returns whether
    /// anything is different.
    ///
    /// # Errors
    ///
    /// As [`Registry::new`]; then everything stays as it was.
    pub(crate) fn switch(&self, choice: Choice) -> Result<bool> {
        let mut table = self.table.write();
        if *table.choice() == choice {
            return Ok(false);
        }
        let next = Table::new(choice)?;
        self.catalogues.send_replace(Arc::clone(next.catalogue()));
        *table = Arc::new(next);
        Ok(true)
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
        let tools: Vec<ToolDefinition> = entries().iter().map(|entry| (entry.tool)()).collect();
        let size = |tool: &&ToolDefinition| tool.input_schema().to_string().len();
        let largest = tools.iter().max_by_key(size).unwrap();
        assert!(measured.contains_key(largest.name()), "{}", largest.name());
        for (name, measured) in measured {
            let tool = tools.iter().find(|tool| tool.name() == name).unwrap();
            let schema = tool.input_schema();
            assert_eq!(measured, *schema, "the schema of {name} is now {schema}");
        }
    }
}
