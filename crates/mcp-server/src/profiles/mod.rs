//! The names, parameters and results of the systems that this server replaces.
//!
//! A profile is a table of aliases. An alias is no tool: it translates a call into the
//! arguments of a canonical tool, which passes the one pipeline like any other call, and
//! tells its result as the replaced system did, as a JSON object in one text block.
//!
//! [`table`] has the profiles, one row an alias; [`parameters`] what they take,
//! [`arguments`] how that becomes a canonical call, [`results`] how the result is told.
//! Which names are listed, and which of several that share a name is called, is the
//! registry's decision.

pub(crate) mod arguments;
pub(crate) mod parameters;
pub(crate) mod results;
mod table;

use clap::ValueEnum;
use mcp_proto::{ToolDefinition, ToolResult};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::tools::schema;
use arguments::Translation;
use results::Told;
pub(crate) use table::PROFILES;

/// Whose names `tools/list` shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Names {
    /// This server's own.
    #[default]
    Canonical,
    /// `create_interactive_session`, `expect_and_respond`, …
    InteractiveAutomation,
    /// `start_process` with `initial_output`, `read_output` with `has_more`, …
    InteractiveProcess,
    /// `open_connection`, `execute_command`, …
    SshInteractive,
    /// `ssh_session_open`, `ssh_session_command`, …
    SshSession,
    /// `NmapTool`, `PingTool`, …
    NetworkTools,
}

impl Names {
    /// The name that configurations have for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Canonical => "canonical",
            Self::InteractiveAutomation => "interactive-automation",
            Self::InteractiveProcess => "interactive-process",
            Self::SshInteractive => "ssh-interactive",
            Self::SshSession => "ssh-session",
            Self::NetworkTools => "network-tools",
        }
    }

    /// The profile; the canonical names are none.
    pub(crate) fn profile(self) -> Option<&'static Profile> {
        PROFILES.iter().find(|profile| profile.names == self)
    }
}

/// The tools of one system.
pub(crate) struct Profile {
    /// What it is called.
    pub(crate) names: Names,
    /// The toolsets that its tools come with.
    pub(crate) toolsets: &'static [&'static str],
    /// What a model is told of the system as a whole.
    pub(crate) instructions: &'static str,
    /// Its tools whose toolset there is, in the order of the listing.
    pub(crate) aliases: &'static [Alias],
}

/// One tool of a system that is replaced.
pub(crate) struct Alias {
    /// What it is called there.
    pub(crate) name: &'static str,
    /// The canonical tool that serves it.
    pub(crate) serves: &'static str,
    /// Its name for people.
    pub(crate) title: &'static str,
    /// What it does, for the model.
    pub(crate) description: &'static str,
    /// What it takes.
    pub(crate) takes: Takes,
    /// How that becomes the canonical tool's arguments.
    pub(crate) translation: Translation,
    /// The arguments that the result repeats, by the alias's names for them.
    pub(crate) repeats: &'static [&'static str],
    /// How the canonical tool's result is told.
    pub(crate) tell: fn(&Told) -> Value,
}

/// The parameters of an alias.
pub(crate) enum Takes {
    /// These and no others.
    Only(fn() -> Value),
    /// These are listed. The canonical tool has all of them by the same names, and its
    /// others are taken as well.
    Among(fn() -> Value),
}

impl Alias {
    /// The tool as clients see it: with the hints of the one that serves it.
    pub(crate) fn describe(&self, canonical: &ToolDefinition) -> ToolDefinition {
        let (listed, whole) = match self.takes {
            Takes::Only(schema) => (schema(), schema()),
            Takes::Among(schema) => (schema(), canonical.input_schema().clone()),
        };
        ToolDefinition::new(self.name, self.description)
            .with_title(self.title)
            .with_input_schema(whole)
            .with_listed_schemas(schema::listed(&listed), schema::data())
            .with_annotations(|_| canonical.annotations())
    }

    /// Makes a call's arguments those of the canonical tool. Returns the ones that the
    /// result repeats.
    pub(crate) fn translate(&self, arguments: &mut Map<String, Value>) -> Map<String, Value> {
        let repeated = self
            .repeats
            .iter()
            .filter_map(|&name| Some((name.to_owned(), arguments.get(name)?.clone())))
            .collect();
        self.translation.apply(arguments);
        repeated
    }

    /// The canonical tool's result as the replaced system tells it. `repeated` is from
    /// [`Alias::translate`].
    pub(crate) fn tell(&self, repeated: Map<String, Value>, result: ToolResult) -> ToolResult {
        let told = Told::new(repeated, result, self.translation.renamed);
        let object = (self.tell)(&told);
        told.into_result(&object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Promise: the configuration, the command line and the code have the same words.
    #[test]
    fn every_profile_has_one_name() {
        for names in Names::value_variants() {
            let read: Names = serde_json::from_value(names.name().into()).unwrap();
            assert_eq!(read, *names);
            let argument = names.to_possible_value().unwrap();
            assert_eq!(argument.get_name(), names.name());
            assert_eq!(names.profile().is_none(), *names == Names::Canonical);
        }
    }
}
