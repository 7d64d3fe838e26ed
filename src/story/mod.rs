//! Stories in TOML of runs of W&B, and the recordings that are made of them.

mod act;
mod checked;
mod entry;
mod file;
mod json;
mod mistake;
mod moments;
mod persons;
mod policy;
mod polls;
mod publish;
mod recording;
mod runs;
mod writer;

pub(crate) use checked::Story;
pub(crate) use recording::record;

/// A story with comments, which is made as it stands.
pub(crate) const EXAMPLE: &str = include_str!("example.toml");
