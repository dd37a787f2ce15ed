//! The command line.

use std::ffi::OsString;
use std::net::SocketAddr;

use anyhow::{Context, bail};
use lexopt::prelude::*;

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    /// Say how it is used.
    Help,
    /// Serve.
    Serve(Over),
}

/// What clients come by.
#[derive(Debug, PartialEq, Eq)]
pub enum Over {
    /// Streamable HTTP on this address.
    Http(SocketAddr),
    /// Standard input and output.
    Stdio,
}

/// The help text.
pub const HELP: &str = "\
Usage: conformance-server [OPTION]

Options:
    --listen ADDRESS:PORT   serve Streamable HTTP there; 127.0.0.1:0 unless given
    --stdio                 serve standard input and output instead
    -h, --help              this text

Over HTTP the first line of output is the URL.
";

/// Reads the command line, the program's name first.
///
/// # Errors
///
/// When it isn't one.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> anyhow::Result<Command> {
    let mut over = None;
    let mut parser = lexopt::Parser::from_iter(arguments);
    while let Some(argument) = parser.next()? {
        let next = match argument {
            Long("listen") => {
                let address = parser.value()?.string()?;
                let address = address
                    .parse()
                    .with_context(|| format!("{address:?} is no address such as 127.0.0.1:8080"))?;
                Over::Http(address)
            }
            Long("stdio") => Over::Stdio,
            Short('h') | Long("help") => return Ok(Command::Help),
            other => return Err(other.unexpected().into()),
        };
        if over.replace(next).is_some() {
            bail!("--listen and --stdio are given once, and not together");
        }
    }
    let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
    Ok(Command::Serve(over.unwrap_or(Over::Http(anywhere))))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Promise: a command line is understood whole or refused.
    #[test]
    fn command_lines_are_understood_or_refused() {
        let check = |words: &[&str], expected: Option<Command>| {
            let words = std::iter::once(&"conformance-server").chain(words);
            let found = parse(words.map(OsString::from));
            assert_eq!(found.ok(), expected);
        };
        let http = |port| Command::Serve(Over::Http(([127, 0, 0, 1], port).into()));
        check(&[], Some(http(0)));
        check(&["--listen", "127.0.0.1:80"], Some(http(80)));
        check(&["--stdio"], Some(Command::Serve(Over::Stdio)));
        check(&["--help"], Some(Command::Help));
        check(&["--listen", "localhost"], None);
        check(&["--stdio", "--listen", "127.0.0.1:0"], None);
        check(&["--http"], None);
    }
}
