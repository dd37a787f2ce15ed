//! The names that can be called under one choice, and what each stands for.

use std::collections::HashMap;
use std::sync::Arc;

use mcp_proto::{Catalogue, InvalidEntry, ToolDefinition, ToolResult};
use serde_json::{Map, Value};

use super::{Choice, Parse, entries};
use crate::call_log::Named;
use crate::guides;
use crate::profiles::{Alias, PROFILES};
use crate::resources;
use crate::tools::schema;

/// What a name stands for.
#[derive(Clone)]
pub(crate) struct Callable {
    /// The canonical tool.
    pub(crate) tool: Arc<str>,
    /// How its arguments are read.
    pub(crate) parse: Parse,
    /// How a call by another system's name is translated.
    alias: Option<&'static Alias>,
}

impl Callable {
    /// The tool, and the name it was called by.
    pub(crate) fn named<'a>(&'a self, called_as: &'a str) -> Named<'a> {
        Named {
            tool: &self.tool,
            called_as,
        }
    }

    /// Makes the arguments of a call those of the canonical tool.
    pub(crate) fn translate(&self, arguments: &mut Map<String, Value>) -> Translated {
        let alias = self.alias;
        Translated(alias.map(|alias| (alias, alias.translate(arguments))))
    }
}

/// What is remembered of a call until its result is told.
#[derive(Default)]
pub(crate) struct Translated(Option<(&'static Alias, Map<String, Value>)>);

impl Translated {
    /// The result as it belongs to the name that was called.
    pub(crate) fn tell(self, result: ToolResult) -> ToolResult {
        match self.0 {
            Some((alias, repeated)) => alias.tell(repeated, result),
            None => result,
        }
    }
}

/// The names that can be called.
pub(super) struct Table {
    choice: Choice,
    catalogue: Arc<Catalogue>,
    callables: HashMap<Arc<str>, Callable>,
}

impl Table {
    /// Every name of every profile. One that several have means what it means among the
    /// names that are listed, else among the canonical ones, else in the first profile.
    pub(super) fn new(choice: Choice) -> Result<Self, InvalidEntry> {
        let canonical: Vec<(ToolDefinition, Parse)> = entries()
            .into_iter()
            .filter(|entry| choice.is_on(entry.toolset))
            .map(|entry| ((entry.tool)(), entry.parse))
            .collect();
        let listed = choice.names().profile();
        let mut shelf = Shelf::default();
        if let Some(profile) = listed {
            shelf.add_aliases(profile.aliases, &canonical, true);
        }
        for (tool, parse) in &canonical {
            let short = schema::listed(tool.input_schema());
            let shown = tool.clone().with_listed_schemas(short, schema::data());
            shelf.add(shown, tool.name(), *parse, None, listed.is_none());
        }
        for profile in PROFILES {
            shelf.add_aliases(profile.aliases, &canonical, false);
        }
        Ok(Self {
            choice,
            catalogue: Arc::new(shelf.catalogue()?),
            callables: shelf.callables,
        })
    }

    pub(super) fn choice(&self) -> &Choice {
        &self.choice
    }

    pub(super) fn catalogue(&self) -> &Arc<Catalogue> {
        &self.catalogue
    }

    pub(super) fn callable(&self, name: &str) -> Option<&Callable> {
        self.callables.get(name)
    }
}

/// A table in the making: of tools with one name the first stays.
#[derive(Default)]
struct Shelf {
    tools: Vec<(ToolDefinition, bool)>,
    callables: HashMap<Arc<str>, Callable>,
}

impl Shelf {
    fn add_aliases(
        &mut self,
        aliases: &'static [Alias],
        canonical: &[(ToolDefinition, Parse)],
        listed: bool,
    ) {
        for alias in aliases {
            let serves = canonical
                .iter()
                .find(|(tool, _)| tool.name() == alias.serves);
            if let Some((tool, parse)) = serves {
                let shown = alias.describe(tool);
                self.add(shown, alias.serves, *parse, Some(alias), listed);
            }
        }
    }

    fn add(
        &mut self,
        shown: ToolDefinition,
        tool: &str,
        parse: Parse,
        alias: Option<&'static Alias>,
        listed: bool,
    ) {
        if self.callables.contains_key(shown.name()) {
            return;
        }
        let callable = Callable {
            tool: tool.into(),
            parse,
            alias,
        };
        self.callables.insert(shown.name().into(), callable);
        self.tools.push((shown, listed));
    }

    fn catalogue(&mut self) -> Result<Catalogue, InvalidEntry> {
        let mut catalogue = guides::offered(resources::offered(Catalogue::builder()));
        for (tool, listed) in self.tools.drain(..) {
            catalogue = match listed {
                true => catalogue.tool(tool),
                false => catalogue.unlisted(tool),
            };
        }
        catalogue.build()
    }
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;
    use crate::profiles::{Names, Takes};

    fn table(names: Names) -> Table {
        Table::new(Choice::new(None, names).unwrap()).unwrap()
    }

    fn listed(table: &Table) -> Vec<&str> {
        table.catalogue.listed().map(ToolDefinition::name).collect()
    }

    fn those_with_tools() -> impl Iterator<Item = Names> {
        let all = Names::value_variants().iter().copied();
        all.filter(|names| Choice::new(None, *names).is_ok())
    }

    /// Promise: a profile lists its own tools in its own order, and every name of every
    /// other can be called.
    #[test]
    fn every_name_can_be_called_in_every_profile() {
        let canonical = table(Names::Canonical);
        for names in those_with_tools() {
            let table = table(names);
            if let Some(profile) = names.profile() {
                let own: Vec<&str> = profile.aliases.iter().map(|alias| alias.name).collect();
                assert_eq!(listed(&table), own);
            }
            let aliases = PROFILES.iter().flat_map(|profile| profile.aliases);
            let all = aliases.map(|alias| alias.name).chain(listed(&canonical));
            for name in all {
                assert!(table.callable(name).is_some(), "{name} in {}", names.name());
                assert!(table.catalogue.get(name).is_some(), "{name}");
            }
        }
    }

    /// Promise: a shared name belongs to the names listed, then to the canonical ones,
    /// then to the first profile that has it.
    #[test]
    fn a_shared_name_belongs_to_the_names_that_are_listed() {
        let title = |names, name: &str| {
            let alias = table(names).callable(name).unwrap().alias;
            alias.map(|alias| alias.description)
        };
        let described = |names: Names, name: &str| {
            let aliases = names.profile().unwrap().aliases;
            aliases
                .iter()
                .find(|alias| alias.name == name)
                .map(|alias| alias.description)
        };
        use Names::{Canonical, InteractiveAutomation, InteractiveProcess};
        for names in [InteractiveAutomation, InteractiveProcess] {
            assert_eq!(
                title(names, "list_sessions"),
                described(names, "list_sessions")
            );
            assert_eq!(title(names, "get_screen"), None);
        }
        assert_eq!(title(Canonical, "list_sessions"), None);
        assert_eq!(title(InteractiveAutomation, "start_process"), None);
        assert_eq!(title(InteractiveProcess, "multi_step_automation"), None);
        for names in [Canonical, InteractiveProcess] {
            assert_eq!(
                title(names, "destroy_session"),
                described(InteractiveAutomation, "destroy_session")
            );
        }
    }

    /// Promise: every schema compiles, and a list shows no parameter that is not taken.
    #[test]
    fn the_schemas_of_all_names_are_sound() {
        for names in those_with_tools() {
            table(names).catalogue.check_schemas().unwrap();
        }
        let canonical = table(Names::Canonical);
        for alias in PROFILES.iter().flat_map(|profile| profile.aliases) {
            let Takes::Among(shown) = alias.takes else {
                continue;
            };
            let (shown, serves) = (shown(), canonical.catalogue.get(alias.serves).unwrap());
            let taken = &serves.input_schema()["properties"];
            let properties = shown["properties"].as_object().unwrap();
            for name in properties.keys() {
                assert!(taken.get(name).is_some(), "{name} of {}", alias.name);
            }
            assert_eq!(shown.get("required"), serves.input_schema().get("required"));
        }
    }

    /// Promise: a tool whose toolset is off has no name in any system.
    #[test]
    fn a_toolset_that_is_off_takes_its_aliases_with_it() {
        for names in those_with_tools() {
            let choice = Choice::new(Some(&[]), names).unwrap();
            let table = Table::new(choice).unwrap();
            assert!(listed(&table).is_empty());
            assert!(table.callables.is_empty());
        }
    }
}
