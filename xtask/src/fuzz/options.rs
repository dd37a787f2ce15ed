//! What is to be fuzzed, and for how long.

use std::collections::BTreeSet;
use std::ffi::OsString;

use anyhow::{Context, bail};
use lexopt::prelude::*;

/// How long each target runs unless told otherwise, in seconds.
const SECONDS: u32 = 60;

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Options {
    /// The targets, in order.
    pub(super) targets: Vec<String>,
    /// How long each runs, in seconds; at least 1.
    pub(super) seconds: u32,
}

impl Options {
    /// Reads the arguments behind `fuzz`; `None` when they ask for help.
    pub(super) fn parse(
        args: &[OsString],
        known: &BTreeSet<String>,
    ) -> anyhow::Result<Option<Options>> {
        let mut parser = lexopt::Parser::from_args(args.iter().cloned());
        let mut targets = Vec::new();
        let mut seconds = SECONDS;
        while let Some(arg) = parser.next()? {
            match arg {
                Long("seconds") => seconds = parser.value()?.parse().context("--seconds")?,
                Short('h') | Long("help") => return Ok(None),
                Value(target) => {
                    let target = target.string()?;
                    if !known.contains(&target) {
                        bail!("there is no target `{target}`; there are {}", list(known));
                    }
                    targets.push(target);
                }
                other => return Err(other.unexpected().into()),
            }
        }
        if seconds == 0 {
            // The fuzzer takes it for no limit at all.
            bail!("--seconds is at least 1");
        }
        if targets.is_empty() {
            targets.extend(known.iter().cloned());
        }
        Ok(Some(Options { targets, seconds }))
    }
}

/// The help text.
pub(super) fn help(known: &BTreeSet<String>) -> String {
    format!(
        "\
Usage: cargo xtask fuzz [TARGET]... [--seconds N]

Runs the targets one after the other, all of them unless some are named, each for N seconds
({SECONDS} unless told otherwise). Targets: {}.
",
        list(known)
    )
}

fn list(known: &BTreeSet<String>) -> String {
    let names: Vec<&str> = known.iter().map(String::as_str).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> anyhow::Result<Option<Options>> {
        let args: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
        let known = ["one", "two"].map(str::to_owned).into();
        Options::parse(&args, &known)
    }

    /// All targets run unless some are named.
    #[test]
    fn targets_are_all_or_those_named() {
        let options = |targets: &[&str], seconds| {
            let targets = targets.iter().map(ToString::to_string).collect();
            Some(Options { targets, seconds })
        };
        assert_eq!(parsed("").unwrap(), options(&["one", "two"], SECONDS));
        assert_eq!(parsed("two --seconds 5").unwrap(), options(&["two"], 5));
        assert_eq!(parsed("one --help").unwrap(), None);
    }

    /// A mistake is refused before anything is built.
    #[test]
    fn mistakes_are_refused() {
        for line in [
            "three",
            "--seconds",
            "--seconds x",
            "--seconds 0",
            "--runs 3",
        ] {
            assert!(parsed(line).is_err(), "{line}");
        }
    }
}
