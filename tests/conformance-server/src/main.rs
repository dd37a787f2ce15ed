//! The `conformance-server` binary.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use conformance_server::cli::{self, Command};
use conformance_server::serve;

fn main() -> ExitCode {
    let done = match cli::parse(std::env::args_os()) {
        Ok(Command::Help) => {
            print!("{}", cli::HELP);
            Ok(())
        }
        Ok(Command::Serve(over)) => serve::run(&over),
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("conformance-server: {error:#}");
            ExitCode::FAILURE
        }
    }
}
