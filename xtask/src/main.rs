//! The project's own commands, run as `cargo xtask <command>`.
//!
//! What continuous integration checks is what `cargo xtask ci` runs; there is no second list.
#![forbid(unsafe_code)]

mod bench;
mod ci;
mod cli;
mod conformance;
mod fuzz;
mod layers;
mod process;
mod sanitize;
mod setup;
mod soak;
mod workspace;

use std::process::ExitCode;

use cli::Command;
use workspace::Workspace;

fn main() -> ExitCode {
    let outcome = cli::parse(std::env::args_os()).and_then(run);
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Help => {
            print!("{}", cli::help());
            Ok(())
        }
        Command::Ci(steps) => ci::run(&Workspace::find()?, &steps),
        Command::Conformance(url) => conformance::run_against(&Workspace::find()?, &url),
        Command::Bench(args) => bench::run(&Workspace::find()?, &args),
        Command::Fuzz(args) => fuzz::run(&Workspace::find()?, &args),
        Command::Soak(args) => soak::run(&Workspace::find()?, &args),
        Command::Sanitize => sanitize::run(&Workspace::find()?),
    }
}
