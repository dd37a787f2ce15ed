//! The soak test, run as `cargo xtask soak`: sessions are started, driven, flooded, killed and
//! ended at random, and a model accounts for every byte that they print and every exit status.
//!
//! [`play`] is the programs in the sessions, [`stream`] what they print (so the model knows each
//! byte), [`model`] what has to hold, [`home`] the servers and processes, [`soak`] the actions.

#![forbid(unsafe_code)]

mod answer;
mod cli;
mod home;
mod model;
mod play;
mod soak;
mod stream;

use std::process::ExitCode;

use cli::Command;

fn main() -> ExitCode {
    let done = match cli::parse(std::env::args_os()) {
        Ok(Command::Help) => {
            print!("{}", cli::HELP);
            Ok(())
        }
        Ok(Command::Play(part)) => play::run(&part),
        Ok(Command::Soak(options)) => soak::run(&options),
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("rejoinder-soak: {error:#}");
            ExitCode::FAILURE
        }
    }
}
