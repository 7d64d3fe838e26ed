//! Logs that `annals fixture generate` makes: the command from the outside, and what is in them.

mod as_recorded;
mod command;
mod folded;
mod made;
