//! The command line: which suites, and how thoroughly.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::bail;
use lexopt::prelude::*;

use crate::report::Report;

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Help,
    /// Run these suites, in this order.
    Measure {
        suites: Vec<Suite>,
        options: Options,
    },
}

/// How to measure.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// Few repetitions, to see whether everything works and roughly where things stand.
    pub(crate) quick: bool,
    /// One JSON object per suite instead of a table.
    pub(crate) json: bool,
    /// The server to measure instead of this workspace's release build.
    pub(crate) server: Option<PathBuf>,
}

/// A set of measurements that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Suite {
    /// The server's process, as a client meets it.
    Server,
    /// Sessions of the expect library, beside other tools.
    Expect,
    /// Sessions of the server in their holders, beside tmux and other servers.
    Session,
    /// The protocol, beside the official SDK.
    Proto,
}

impl Suite {
    /// All of them, in the order in which they run when none is named.
    const ALL: &[Suite] = &[Suite::Server, Suite::Expect, Suite::Session, Suite::Proto];

    fn name(self) -> &'static str {
        match self {
            Suite::Server => "server",
            Suite::Expect => "expect",
            Suite::Session => "session",
            Suite::Proto => "proto",
        }
    }

    fn summary(self) -> &'static str {
        match self {
            Suite::Server => "round trips, start, memory and tools/list of the server",
            Suite::Expect => "streams, dialogues and the engine, beside pexpect, Expect and others",
            Suite::Session => {
                "holders: round trips, start, rest, numbers, output, floods; beside tmux"
            }
            Suite::Proto => "calls over stdio and HTTP, allocations, streams, schemas; beside rmcp",
        }
    }

    /// Measures.
    pub(crate) fn run(self, options: &Options) -> anyhow::Result<Report> {
        match self {
            Suite::Server => crate::server::run(options),
            Suite::Expect => crate::expect::run(options),
            Suite::Session => crate::session::run(options),
            Suite::Proto => crate::proto::run(options),
        }
    }
}

/// Reads the arguments, the program's own name first.
pub(crate) fn parse(args: impl IntoIterator<Item = OsString>) -> anyhow::Result<Command> {
    let mut parser = lexopt::Parser::from_iter(args);
    let mut suites = Vec::new();
    let mut options = Options::default();
    while let Some(arg) = parser.next()? {
        match arg {
            Short('h') | Long("help") => return Ok(Command::Help),
            Long("quick") => options.quick = true,
            Long("json") => options.json = true,
            Long("server") => options.server = Some(parser.value()?.into()),
            Value(name) => {
                let name = name.string()?;
                match Suite::ALL.iter().find(|suite| suite.name() == name) {
                    Some(suite) => suites.push(*suite),
                    None => bail!("there is no suite `{name}`; `--help` lists them"),
                }
            }
            other => return Err(other.unexpected().into()),
        }
    }
    if suites.is_empty() {
        suites = Suite::ALL.to_vec();
    }
    Ok(Command::Measure { suites, options })
}

/// The help text.
pub(crate) fn help() -> String {
    let suites: String = Suite::ALL
        .iter()
        .map(|suite| format!("    {:<9} {}\n", suite.name(), suite.summary()))
        .collect();
    format!(
        "\
Usage: cargo xtask bench [SUITE]... [OPTION]...

Suites; all of them when none is named:
{suites}
Options:
    --quick         few repetitions
    --json          one JSON object per suite, times in seconds
    --server PATH   measure this server instead of the workspace's release build
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> anyhow::Result<Command> {
        parse(
            ["rejoinder-bench"]
                .into_iter()
                .chain(line.split_whitespace())
                .map(OsString::from),
        )
    }

    /// A suite is found by its name, and none means all.
    #[test]
    fn suites_and_options() {
        for suite in Suite::ALL {
            let command = parsed(&format!("{} --quick --server /x", suite.name())).unwrap();
            let expected = Command::Measure {
                suites: vec![*suite],
                options: Options {
                    quick: true,
                    json: false,
                    server: Some("/x".into()),
                },
            };
            assert_eq!(command, expected);
            assert!(help().contains(suite.name()));
        }
        let expected = Command::Measure {
            suites: Suite::ALL.to_vec(),
            options: Options {
                json: true,
                ..Options::default()
            },
        };
        assert_eq!(parsed("--json").unwrap(), expected);
    }

    /// A mistyped word is refused before minutes of measuring the wrong thing.
    #[test]
    fn mistakes_are_refused() {
        for line in ["servre", "--fast", "--server", "server --json=yes"] {
            assert!(parsed(line).is_err(), "{line}");
        }
    }
}
