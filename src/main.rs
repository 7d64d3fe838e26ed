//! annals: the flight recorder of a compute subnet.

use std::process::ExitCode;

use clap::Parser as _;

mod cli;
mod commands;
mod failure;
mod progress;
mod recording;

fn main() -> ExitCode {
    match cli::Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("annals: {failure}");
            failure.exit_code()
        }
    }
}
