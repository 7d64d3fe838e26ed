//! annals: the flight recorder of a compute subnet.

use std::process::ExitCode;

mod answer_file;
mod asking;
mod beginning;
mod cli;
mod commands;
mod denied;
mod environment;
mod explained;
mod failure;
mod feeds;
mod fixture;
mod following;
mod form;
mod hotkey;
mod inputs;
mod kept_answers;
mod logging;
mod node;
mod observed;
mod output;
mod policy_file;
mod process;
mod progress;
mod prompt;
mod proving;
mod reading;
mod ready_file;
mod recording;
mod secret_file;
mod settings;
mod stopping;
mod story;
mod tables;
mod tables_page;
mod terminal;
mod verified;
mod wandb;

use failure::Failure;

/// The fold makes and drops many small values, on two threads: glibc's takes a quarter longer over a whole log.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    process::prepare();
    let answered = cli::Cli::of_process().run();
    match answered.and_then(|()| terminal::finish().map_err(Failure::Internal)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            terminal::say(&failure.to_string());
            failure.exit_code()
        }
    }
}
