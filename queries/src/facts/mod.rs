//! Fact tables: rows that never change, made from entries whenever they are asked for.
//!
//! To add one: a file here, with a list that says of each column its name, its type and where its cells come from; a
//! line in [`FACTS`]; its sentences in `words/`; a row in the test that looks for a value in every column.

mod anomalies;
mod body_json;
mod column;
mod config_signatures;
mod entry;
mod events;
mod filter;
mod literal;
mod metric_families;
mod pog_attempts;
mod reading;
mod recorded_blocks;
mod recorded_chain_events;
mod recorded_extrinsics;
mod row;
mod samples;
mod scrapes;
mod table;
mod wandb_configs;
mod wandb_history;
mod wandb_polls;

use std::fmt;

use annals_log::{Kind, ReadError};
use annals_projections::{Column, Evidence};

pub(crate) use entry::Entry;
use filter::EntryFilter;
pub(crate) use filter::Pushable;
pub(crate) use table::FactScan;

use crate::rows::Rows;

/// Every fact table.
pub(crate) const FACTS: &[&dyn FactTable] = &[
    &events::Events,
    &wandb_polls::WandbPolls,
    &wandb_history::WandbHistory,
    &wandb_configs::WandbConfigs,
    &config_signatures::ConfigSignatures,
    &recorded_blocks::RecordedBlocks,
    &recorded_chain_events::RecordedChainEvents,
    &recorded_extrinsics::RecordedExtrinsics,
    &anomalies::Anomalies,
    &pog_attempts::PogAttempts,
    &scrapes::Scrapes,
    &samples::Samples,
    &metric_families::MetricFamilies,
];

/// What makes rows of entries. The scan does the rest.
pub(crate) trait FactTable: fmt::Debug + Send + Sync + 'static {
    /// As in SQL.
    fn name(&self) -> &'static str;

    /// All columns, in the order of the list by which the walk adds its rows.
    fn columns(&self) -> Vec<Column>;

    /// The columns by which entries can be left out before they are read: none where a row follows from entries before
    /// its own.
    fn pushable(&self) -> Pushable;

    /// The only kinds of entry that have rows here; `None` for all kinds.
    fn kinds(&self) -> Option<&'static [Kind]> {
        None
    }

    /// What its rows follow from, without which no row means nothing.
    fn evidence(&self) -> Option<Evidence> {
        None
    }

    /// The rows of an entry follow from that entry alone, so that a scan may be cut into ranges that are walked apart.
    fn by_entry(&self) -> bool {
        false
    }

    /// Every entry has exactly one row.
    fn is_row_per_entry(&self) -> bool {
        false
    }

    /// Begins a walk over the entries in order. Rows that `filter` does not want may be left out.
    fn walk(&self, filter: &EntryFilter) -> Box<dyn Walk>;
}

/// A walk over the entries of a log, or of a part of it.
pub(crate) trait Walk {
    /// Adds the rows of an entry.
    ///
    /// # Errors
    /// A fault met while reading what the entry vouches for.
    fn take(&mut self, entry: &mut Entry<'_>, rows: &mut Rows) -> Result<(), ReadError>;

    /// Adds what can be said only now. Called once, when no filter left out the end.
    fn end(&mut self, _rows: &mut Rows) {}
}
