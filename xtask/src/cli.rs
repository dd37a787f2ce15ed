//! The command line: which command is meant, and the help text.

use std::ffi::OsString;

use anyhow::bail;
use lexopt::prelude::*;

use crate::ci::Step;

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Help,
    /// The steps to run, in this order.
    Ci(Vec<Step>),
    /// Where the server listens that the conformance suite is run against.
    Conformance(String),
    /// What to measure, passed on as it is.
    Bench(Vec<OsString>),
    /// What to fuzz, passed on as it is.
    Fuzz(Vec<OsString>),
    /// How long to soak and from which seed, passed on as it is.
    Soak(Vec<OsString>),
    /// The tests of the crate that has `unsafe` code, under sanitizers.
    Sanitize,
}

/// Reads the arguments, the program's own name first.
pub(crate) fn parse(args: impl IntoIterator<Item = OsString>) -> anyhow::Result<Command> {
    let mut parser = lexopt::Parser::from_iter(args);
    let command = match parser.next()? {
        None | Some(Short('h') | Long("help")) => return Ok(Command::Help),
        Some(Value(command)) => command.string()?,
        Some(other) => return Err(other.unexpected().into()),
    };
    match command.as_str() {
        "help" => Ok(Command::Help),
        "ci" => parse_ci(&mut parser),
        "conformance" => parse_conformance(&mut parser),
        "bench" => Ok(Command::Bench(parser.raw_args()?.collect())),
        "fuzz" => Ok(Command::Fuzz(parser.raw_args()?.collect())),
        "soak" => Ok(Command::Soak(parser.raw_args()?.collect())),
        "sanitize" => nothing_more(&mut parser, Command::Sanitize),
        name => match Step::from_name(name) {
            Some(step) => nothing_more(&mut parser, Command::Ci(vec![step])),
            None => bail!("there is no command `{name}`; `cargo xtask help` lists them"),
        },
    }
}

fn parse_ci(parser: &mut lexopt::Parser) -> anyhow::Result<Command> {
    let mut only = Vec::new();
    while let Some(arg) = parser.next()? {
        match arg {
            Long("only") => {
                let name = parser.value()?.string()?;
                match Step::from_name(&name) {
                    Some(step) => only.push(step),
                    None => bail!("there is no step `{name}`; `cargo xtask help` lists them"),
                }
            }
            Short('h') | Long("help") => return Ok(Command::Help),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Command::Ci(if only.is_empty() {
        Step::ALL.to_vec()
    } else {
        only
    }))
}

/// The step, or a run against a server that is running already.
fn parse_conformance(parser: &mut lexopt::Parser) -> anyhow::Result<Command> {
    let mut command = Command::Ci(vec![Step::Conformance]);
    while let Some(arg) = parser.next()? {
        match arg {
            Long("url") => {
                let url = parser.value()?.string()?;
                if !url.starts_with("http://") {
                    bail!("`{url}` is not where a server listens, like http://127.0.0.1:8765/mcp");
                }
                command = Command::Conformance(url);
            }
            Short('h') | Long("help") => return Ok(Command::Help),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(command)
}

fn nothing_more(parser: &mut lexopt::Parser, command: Command) -> anyhow::Result<Command> {
    match parser.next()? {
        None => Ok(command),
        Some(Short('h') | Long("help")) => Ok(Command::Help),
        Some(other) => Err(other.unexpected().into()),
    }
}

/// The help text.
pub(crate) fn help() -> String {
    let steps: String = Step::ALL
        .iter()
        .map(|step| format!("    {:<11} {}\n", step.name(), step.summary()))
        .collect();
    format!(
        "\
Usage: cargo xtask <command>

Commands:
    ci [--only STEP]...       run every step below in order, stop at the first that fails
    <STEP>                    run one step
    conformance --url URL     run the conformance suite against a server that is running
    bench [WHAT] [--quick]    measure: server, expect, session, proto, strip, transcript, waiting, commands, calls
    fuzz [TARGET] [--seconds N]
                              fuzz one target or all of them, 60 s each (see tests/fuzz)
    soak [--minutes N] [--seed S]
                              drive, kill and flood sessions at random, every byte checked
    sanitize                  run the tests of the crate that has unsafe code under
                              AddressSanitizer and valgrind
    help                      this text

Steps:
{steps}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> anyhow::Result<Command> {
        parse(
            ["xtask"]
                .into_iter()
                .chain(line.split_whitespace())
                .map(OsString::from),
        )
    }

    /// Every step is a command of its own, and `ci` alone means all of them.
    #[test]
    fn steps_are_commands() {
        for step in Step::ALL {
            let alone = Command::Ci(vec![*step]);
            assert_eq!(parsed(step.name()).unwrap(), alone, "{}", step.name());
            assert!(help().contains(step.name()));
        }
        assert_eq!(parsed("ci").unwrap(), Command::Ci(Step::ALL.to_vec()));
        assert_eq!(
            parsed("ci --only clippy --only=fmt").unwrap(),
            Command::Ci(vec![Step::Clippy, Step::Fmt])
        );
    }

    /// What comes after `bench` belongs to the benchmarks.
    #[test]
    fn bench_passes_its_arguments_on() {
        let args = ["server", "--quick", "--only", "x"]
            .map(OsString::from)
            .to_vec();
        assert_eq!(
            parsed("bench server --quick --only x").unwrap(),
            Command::Bench(args)
        );
    }

    /// So does what comes after `fuzz` and `soak`; `sanitize` takes nothing.
    #[test]
    fn fuzz_passes_its_arguments_on() {
        let args = ["x", "--seconds", "5"].map(OsString::from).to_vec();
        assert_eq!(parsed("fuzz x --seconds 5").unwrap(), Command::Fuzz(args));
        let args = ["--minutes", "30"].map(OsString::from).to_vec();
        assert_eq!(parsed("soak --minutes 30").unwrap(), Command::Soak(args));
        assert_eq!(parsed("sanitize").unwrap(), Command::Sanitize);
        assert!(parsed("sanitize x").is_err());
    }

    /// The conformance suite is a step, or runs against the server that is named.
    #[test]
    fn conformance_may_name_a_server() {
        let url = "http://127.0.0.1:8765/mcp";
        assert_eq!(
            parsed(&format!("conformance --url {url}")).unwrap(),
            Command::Conformance(url.to_owned())
        );
        let help = parsed("conformance --help").unwrap();
        assert_eq!(help, Command::Help);
    }

    /// A mistyped command is refused before anything runs.
    #[test]
    fn mistakes_are_refused() {
        for line in [
            "cy",
            "ci --onyl fmt",
            "ci --only",
            "ci --only x",
            "fmt x",
            "setup --now",
            "conformance --url",
            "conformance --url localhost",
            "conformance x",
            "-x",
        ] {
            assert!(parsed(line).is_err(), "{line}");
        }
    }
}
