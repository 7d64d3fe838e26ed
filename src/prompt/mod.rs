//! The prompt: `annals query` without a question, on a terminal.
//!
//! It is: a loop that reads lines, joins them to statements, and answers each as `annals query` does, all of them on
//! one size of the log. It is not: a shell that writes; nothing but the history is kept.

mod completing;
mod conversation;
mod history;
mod known;
mod lines;
mod orders;
mod statements;
mod words;

use std::io::IsTerminal as _;

pub(crate) use conversation::run;

use crate::terminal;

/// Whether somebody sits there to ask and to read.
pub(crate) fn is_possible() -> bool {
    std::io::stdin().is_terminal() && terminal::is_watched()
}
