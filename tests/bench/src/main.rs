//! The project's measurements, run as `cargo xtask bench <SUITE>`.
//!
//! Each suite is a module with one function that measures and returns a [`report::Report`]; what
//! a number is worth is decided by [`stats`], how it is shown by [`report`]. Every answer that is
//! timed is checked as well: a fast wrong answer ends the run.

#![forbid(unsafe_code)]

mod cli;
mod report;
mod stats;

mod expect;
mod proto;
mod server;
mod session;

use std::process::ExitCode;

use cli::Command;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("rejoinder-bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<()> {
    if std::env::args_os()
        .nth(1)
        .is_some_and(|word| word == expect::ours::COMMAND)
    {
        return expect::ours::run(std::env::args().skip(2));
    }
    let Command::Measure { suites, options } = cli::parse(std::env::args_os())? else {
        print!("{}", cli::help());
        return Ok(());
    };
    for suite in suites {
        let report = suite.run(&options)?;
        if options.json {
            println!("{}", report.to_json());
        } else {
            print!("{report}");
        }
    }
    Ok(())
}
