//! Which toolsets are on, and whose names are listed.

use anyhow::{Result, bail};
use clap::ValueEnum;

use super::TOOLSETS;
use crate::profiles::Names;

/// Which toolsets are on, and whose names are listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Choice {
    on: [bool; TOOLSETS.len()],
    names: Names,
}

impl Choice {
    /// These toolsets, the default ones when `None`, by these names.
    ///
    /// # Errors
    ///
    /// When a toolset is not known, or no tool of the names' system is there.
    pub(crate) fn new(toolsets: Option<&[String]>, names: Names) -> Result<Self> {
        if !has_tools(names) {
            bail!("{}", nothing_to_list(names));
        }
        let mut choice = Self {
            on: TOOLSETS.map(|(_, by_default)| by_default),
            names,
        };
        if let Some(toolsets) = toolsets {
            choice.on = [false; TOOLSETS.len()];
            for toolset in toolsets {
                choice.set_toolset(toolset, true)?;
            }
        }
        Ok(choice)
    }

    /// Switches a toolset on or off.
    ///
    /// # Errors
    ///
    /// When the toolset is not known.
    pub(crate) fn set_toolset(&mut self, name: &str, on: bool) -> Result<()> {
        let Some(index) = TOOLSETS.iter().position(|(known, _)| *known == name) else {
            let known = TOOLSETS.map(|(name, _)| name).join(", ");
            bail!("there is no toolset `{name}`; there are: {known}");
        };
        self.on[index] = on;
        Ok(())
    }

    /// The toolsets, in the order of their listing, and whether each is on.
    pub(crate) fn toolsets(&self) -> impl Iterator<Item = (&'static str, bool)> + use<> {
        TOOLSETS.map(|(name, _)| name).into_iter().zip(self.on)
    }

    /// Whether this toolset is on.
    pub(crate) fn is_on(&self, toolset: &str) -> bool {
        self.toolsets().any(|it| it == (toolset, true))
    }

    /// Whose names are listed.
    pub(crate) fn names(&self) -> Names {
        self.names
    }
}

fn has_tools(names: Names) -> bool {
    names
        .profile()
        .is_none_or(|profile| !profile.aliases.is_empty())
}

/// Why these names cannot be listed, and which can.
fn nothing_to_list(names: Names) -> String {
    let toolsets = names.profile().map_or(&[][..], |profile| profile.toolsets);
    let can_be: Vec<&str> = Names::value_variants()
        .iter()
        .filter(|names| has_tools(**names))
        .map(|names| names.name())
        .collect();
    format!(
        "names: the tools of `{}` come with the toolset `{}`, which this server does not have; \
         it can list the names of: {}",
        names.name(),
        toolsets.join("`, `"),
        can_be.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(toolsets: Option<&[String]>, names: Names) -> String {
        Choice::new(toolsets, names).unwrap_err().to_string()
    }

    /// Promise: a list that would be empty for good is refused with what is missing.
    #[test]
    fn a_profile_without_tools_is_refused_with_its_toolset() {
        for (names, toolset) in [
            (Names::SshInteractive, "`ssh`"),
            (Names::SshSession, "`ssh`"),
            (Names::NetworkTools, "`network`"),
        ] {
            let message = refused(None, names);
            for words in [names.name(), toolset, "interactive-process"] {
                assert!(message.contains(words), "{words:?} is missing in {message}");
            }
        }
    }

    /// Promise: an unknown toolset is refused, and the default ones are on otherwise.
    #[test]
    fn toolsets_are_known_ones() {
        let weather = ["weather".to_owned()];
        assert!(refused(Some(&weather), Names::Canonical).contains("weather"));
        let by_default = Choice::new(None, Names::Canonical).unwrap();
        assert!(by_default.is_on("session"));
        let none = Choice::new(Some(&[]), Names::Canonical).unwrap();
        assert!(!none.is_on("session"));
        assert_ne!(by_default, none);
    }
}
