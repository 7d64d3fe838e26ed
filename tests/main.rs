//! The whole program, as its users start it, and the rules of the house.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod answers;
mod asking;
mod beginning;
mod commands;
mod computedb;
mod faults;
mod generate;
mod golden;
mod gpu;
mod hotkeys;
mod house;
mod metrics;
mod objects;
mod observe;
mod others;
mod policies;
mod policy_text;
mod program;
mod publish;
mod read_log;
mod readme;
mod scenarios;
mod serve_prometheus;
mod serve_wandb;
mod serving;
mod sn27_day;
mod sql;
mod story;
mod wandb;
