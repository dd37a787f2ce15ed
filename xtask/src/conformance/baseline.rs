//! What a server is known not to pass: by revision and scenario, check by check, with the reason.
//!
//! ```toml
//! [2026-07-28.tools-call-image]
//! failing = ["tools-call-image"]
//! reason = "has no tool test_image_content"
//! ```
//!
//! A check is listed when it is anything but passed. The list has to be the whole truth: a check
//! that fails and is not listed is an error, and so is one that is listed and passes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, ensure};

use super::suite::Revision;

/// The checks that are known not to pass, by scenario.
pub(super) type Known = BTreeMap<String, BTreeSet<String>>;

/// A server's baseline.
#[derive(Debug, Default)]
pub(super) struct Baseline {
    legacy: Known,
    modern: Known,
}

impl Baseline {
    /// Reads a file.
    pub(super) fn read(path: &Path) -> anyhow::Result<Baseline> {
        let text =
            fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        Baseline::parse(&text).with_context(|| format!("{} is no baseline", path.display()))
    }

    fn parse(text: &str) -> anyhow::Result<Baseline> {
        let mut revisions: toml::Table = text.parse()?;
        let [legacy, modern] =
            Revision::ALL.map(|revision| match revisions.remove(revision.name()) {
                Some(scenarios) => known(scenarios).context(revision.name()),
                None => Ok(Known::new()),
            });
        if let Some(name) = revisions.keys().next() {
            anyhow::bail!("there is no revision `{name}`");
        }
        Ok(Baseline {
            legacy: legacy?,
            modern: modern?,
        })
    }

    /// What is known not to pass of this revision's scenarios.
    pub(super) fn of(&self, revision: Revision) -> &Known {
        match revision {
            Revision::Legacy => &self.legacy,
            Revision::Modern => &self.modern,
        }
    }
}

fn known(scenarios: toml::Value) -> anyhow::Result<Known> {
    let scenarios: toml::Table = scenarios.try_into()?;
    scenarios
        .into_iter()
        .map(|(scenario, entry)| {
            let checks = failing(entry).context(scenario.clone())?;
            Ok((scenario, checks))
        })
        .collect()
}

/// The checks of one entry.
fn failing(entry: toml::Value) -> anyhow::Result<BTreeSet<String>> {
    let mut entry: toml::Table = entry.try_into()?;
    let reason = entry.remove("reason").context("`reason` is missing")?;
    let reason: String = reason.try_into().context("`reason` is a text")?;
    ensure!(!reason.trim().is_empty(), "`reason` is empty");
    let checks = entry.remove("failing").context("`failing` is missing")?;
    let checks: Vec<String> = checks.try_into().context("`failing` is a list of texts")?;
    ensure!(!checks.is_empty(), "`failing` is empty");
    ensure!(
        entry.is_empty(),
        "there is more than `failing` and `reason`"
    );
    Ok(checks.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Revisions and scenarios are looked up by name.
    #[test]
    fn entries_belong_to_a_revision() {
        let text = "[2026-07-28.caching]\nfailing = [\"b\", \"a\"]\nreason = \"none yet\"\n";
        let baseline = Baseline::parse(text).unwrap();
        assert_eq!(baseline.of(Revision::Legacy), &Known::new());
        let checks = ["a", "b"].map(str::to_owned).into();
        let expected = [("caching".to_owned(), checks)].into();
        assert_eq!(baseline.of(Revision::Modern), &expected);
    }

    /// An entry says why it is there, and nothing is passed over.
    #[test]
    fn entries_without_a_reason_are_refused() {
        for (text, part) in [
            ("[2026-07-28.x]\nfailing = [\"a\"]\n", "reason"),
            (
                "[2026-07-28.x]\nfailing = [\"a\"]\nreason = \" \"\n",
                "reason",
            ),
            ("[2026-07-28.x]\nreason = \"why\"\n", "failing"),
            (
                "[2026-07-28.x]\nfailing = []\nreason = \"why\"\n",
                "failing",
            ),
            (
                "[2026-07-28.x]\nfailing = [\"a\"]\nreason = \"why\"\nuntil = 1\n",
                "more than",
            ),
            ("[2026-07-29.x]\n", "no revision"),
        ] {
            let error = format!("{:#}", Baseline::parse(text).unwrap_err());
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
