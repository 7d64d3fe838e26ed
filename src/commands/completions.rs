//! `annals completions`: what the tab key knows.

use std::io::Write as _;

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::cli::Cli;
use crate::failure::Failure;
use crate::terminal;

/// Print a script that lets a shell complete `annals`.
///
/// For bash: `annals completions bash > ~/.local/share/bash-completion/completions/annals`
#[derive(clap::Args)]
pub(crate) struct Completions {
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "annals", &mut script);
        Ok(terminal::out().write_all(&script)?)
    }
}
