//! Sessions over small logs, as their users have them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod arguments;
mod block_moments;
mod bodies;
mod chain;
mod columns;
mod dialect;
mod evidence;
mod facts;
mod functions;
mod gate;
mod limits;
mod lookups;
mod prefilter;
mod prepared;
mod recorded_chain;
mod refusals;
mod scores;
mod scrapes;
mod scratch;
mod state_tables;
mod streams;
mod system;
mod words;
