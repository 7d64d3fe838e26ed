//! The environment as the command line sees it: a variable that is set and empty, as `export ANNALS_DATA=$UNSET` leaves
//! it, is not set.

use std::ffi::OsStr;

use clap::Command;

/// Returns `command`, and those below it, without the variables that are empty now.
pub(crate) fn without_empty_variables(command: Command) -> Command {
    let is_empty = |name: &OsStr| std::env::var_os(name).is_some_and(|value| value.is_empty());
    command
        .mut_args(|arg| if arg.get_env().is_some_and(is_empty) { arg.env(None) } else { arg })
        .mut_subcommands(without_empty_variables)
}
