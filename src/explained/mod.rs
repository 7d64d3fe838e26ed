//! A cell explained: what was said, the rule that decided, and the entries that prove it.

mod evidence;
mod parts;
mod reasons;
mod relation;
mod rows;
mod rules;
mod scores;
mod stats;
mod stats_words;
mod table;
mod written;

pub(crate) use relation::{Given, Relation, relations};
pub(crate) use scores::ExplainedScores;
pub(crate) use stats::ExplainedStats;
pub(crate) use table::ExplainedTable;
