//! The whole program, as its users start it, and the rules of the house.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod answers;
mod commands;
mod golden;
mod house;
mod read_log;
mod sql;
