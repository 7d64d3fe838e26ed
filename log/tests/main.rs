//! The log as its users have it: whole folders, real files.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod advance;
mod append;
mod batches;
mod beyond;
mod clock;
mod exposition;
mod faults;
mod folders;
mod follow;
mod forgotten;
mod golden;
mod hotkeys;
mod index;
mod json_oracle;
mod meddled;
mod open;
mod payloads;
mod proofs;
mod published;
mod readers;
mod scratch;
mod verify;
mod writers;
