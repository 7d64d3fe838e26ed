//! `samples_latest`: what each target told last.

use super::fold::{GoodScrape, Metrics, MetricsChange, Standing};
use crate::evidence::Evidence;
use crate::rows::{Cell, CellSource, CellType, ColumnOf, Columns, Rows, TableSchema};
use crate::worlds::table::Table;

/// The table: a row for each target that ever gave samples, which points to the last scrape that did.
pub(crate) struct SamplesLatest;

/// A target.
struct Of<'a>(&'a str);

/// How it stands.
struct Last<'a> {
    good: &'a GoodScrape,
    absent_since: Option<u64>,
}

const COLUMNS: Columns<Of<'_>, Last<'_>> = Columns {
    key: &[ColumnOf::of("target", CellType::Text, |of| of.0.into())],
    values: &[
        ColumnOf::of("scrape", CellType::UInt, |last| last.good.log_index.into()),
        ColumnOf::of("scraped_at", CellType::Time, |last| Cell::Time(last.good.scraped_at_ms)),
        ColumnOf::of("sample_count", CellType::UInt, |last| last.good.samples.into()),
        ColumnOf::of("body_sha256", CellType::Text, |last| {
            annals_log::Hash(last.good.body).to_string().into()
        }),
        ColumnOf::nullable("absent_since", CellType::UInt, |last| Cell::of(last.absent_since)),
    ],
    origin: &[],
};

const SCHEMA: TableSchema = TableSchema {
    name: "samples_latest",
    about: "The last scrape of each target that gave samples, and the first after it that gave none",
    version: 1,
    columns: &COLUMNS.plain::<{ COLUMNS.count() }>(),
    ending: &[],
    key_columns: COLUMNS.key.len(),
    origin_columns: COLUMNS.origin.len(),
    keeps_history: false,
    follows_chain_alone: false,
    evidence: &[Evidence::Scrapes],
};

impl CellSource for Of<'_> {
    type For<'a> = Of<'a>;
}

impl CellSource for Last<'_> {
    type For<'a> = Last<'a>;
}

impl Table for SamplesLatest {
    type World = Metrics;

    fn schema(&self) -> &'static TableSchema {
        &SCHEMA
    }

    fn apply(&mut self, _: u64, change: &MetricsChange, world: &Metrics, rows: &mut Rows) {
        let MetricsChange::Scraped(told) = change else { return };
        let Some(Standing { good: Some(good), absent_since }) = world.standing.get(&told.target) else {
            return;
        };
        // A failure after a failure says nothing new.
        if absent_since.is_none_or(|since| since == told.log_index) {
            let last = Last { good, absent_since: *absent_since };
            rows.set(COLUMNS.row(&Of(&told.target), &last, told.log_index));
        }
    }
}
