//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use lexopt::prelude::*;

use crate::play::{Kind, Part};

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Help,
    Soak(Options),
    /// Be the program in a session.
    Play(Part),
}

/// How to soak.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// How long actions are drawn.
    pub(crate) time: Duration,
    /// What the actions and all output follow from.
    pub(crate) seed: u64,
    /// The server to soak instead of this workspace's release build.
    pub(crate) server: Option<PathBuf>,
}

/// The help text.
pub(crate) const HELP: &str = "\
Usage: cargo xtask soak [OPTION]...

Options:
    --minutes N     how long, fractions allowed; 5 unless given
    --seed S        repeat the actions of an earlier run
    --server PATH   soak this server instead of the workspace's release build
";

/// The longest run, in minutes: a week.
const MOST_MINUTES: f64 = 7.0 * 24.0 * 60.0;

/// Reads the arguments, the program's own name first.
pub(crate) fn parse(args: impl IntoIterator<Item = OsString>) -> anyhow::Result<Command> {
    let mut parser = lexopt::Parser::from_iter(args);
    let mut options = Options {
        time: Duration::from_secs(300),
        seed: fastrand::u64(..),
        server: None,
    };
    while let Some(arg) = parser.next()? {
        match arg {
            Short('h') | Long("help") => return Ok(Command::Help),
            Long("minutes") => {
                let minutes: f64 = parser.value()?.parse()?;
                if !(0.0..=MOST_MINUTES).contains(&minutes) {
                    bail!("--minutes takes 0 to {MOST_MINUTES}, not {minutes}");
                }
                options.time = Duration::from_secs_f64(minutes * 60.0);
            }
            Long("seed") => options.seed = parser.value()?.parse()?,
            Long("server") => options.server = Some(parser.value()?.into()),
            Value(word) if word == "play" => return part(&mut parser).map(Command::Play),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Command::Soak(options))
}

fn part(parser: &mut lexopt::Parser) -> anyhow::Result<Part> {
    let mut words = parser.raw_args()?.map(ValueExt::string);
    let mut next = move || {
        words
            .next()
            .context("`play` wants KIND SEED LINES CODE")?
            .map_err(anyhow::Error::from)
    };
    let name = next()?;
    Ok(Part {
        kind: Kind::from_name(&name).with_context(|| format!("there is no program `{name}`"))?,
        seed: next()?.parse()?,
        lines: next()?.parse()?,
        code: next()?.parse()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> anyhow::Result<Command> {
        let words = ["rejoinder-soak"]
            .into_iter()
            .chain(line.split_whitespace());
        parse(words.map(OsString::from))
    }

    /// A run can be repeated by its seed.
    #[test]
    fn options() {
        let options = Options {
            time: Duration::from_secs(90),
            seed: 7,
            server: Some("/x".into()),
        };
        let line = "--minutes 1.5 --seed 7 --server /x";
        assert_eq!(parsed(line).unwrap(), Command::Soak(options));
        assert_eq!(parsed("--help").unwrap(), Command::Help);
    }

    /// Mistakes are refused before minutes are spent.
    #[test]
    fn mistakes_are_refused() {
        for line in [
            "--minutes -1",
            "--minutes x",
            "--seed",
            "5",
            "play nothing 1 1 1",
            "play talker",
        ] {
            assert!(parsed(line).is_err(), "{line}");
        }
    }
}
