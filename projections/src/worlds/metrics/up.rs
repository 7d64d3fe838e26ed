//! `up`: which announced endpoints answer.

use std::collections::BTreeSet;

use annals_log::{Account, Announcement, ScrapeOutcome};

use super::fold::{Metrics, MetricsChange, ToldScrape};
use crate::evidence::Evidence;
use crate::rows::{Cell, CellSource, CellType, ColumnOf, Columns, Rows, TableSchema};
use crate::worlds::table::Table;

/// The table: a row for each hotkey and the target that it announces, and for each target that the operator named and
/// nobody announces. A row ends when the announcement does.
pub(crate) struct Up;

/// Whom a row is about.
struct Announcer<'a> {
    /// Empty for a target that nobody announces.
    hotkey: String,
    target: &'a str,
}

/// The last scrape.
struct Answered<'a> {
    announced: Option<&'a Announcement>,
    outcome: &'a ScrapeOutcome,
}

const COLUMNS: Columns<Announcer<'_>, Answered<'_>> = Columns {
    key: &[
        ColumnOf::of("hotkey", CellType::Text, |announcer| announcer.hotkey.as_str().into()),
        ColumnOf::of("target", CellType::Text, |announcer| announcer.target.into()),
    ],
    values: &[
        ColumnOf::of("up", CellType::Bool, |answered| Cell::Bool(answered.outcome.samples().is_some())),
        ColumnOf::of("outcome", CellType::Text, |answered| answered.outcome.name().into()),
        ColumnOf::nullable("netuid", CellType::UInt, |answered| {
            Cell::of(answered.announced.map(|announced| u64::from(announced.netuid)))
        }),
        ColumnOf::nullable("uid", CellType::Int, |answered| {
            Cell::of(answered.announced.and_then(|announced| announced.uid).map(i64::from))
        }),
        ColumnOf::nullable("announced_at_block", CellType::UInt, |answered| {
            Cell::of(answered.announced.map(|announced| announced.block))
        }),
    ],
    origin: &[],
};

const SCHEMA: TableSchema = TableSchema {
    name: "up",
    about: "Whether the metrics endpoint that each hotkey announces answers, as last scraped",
    version: 1,
    columns: &COLUMNS.plain::<{ COLUMNS.count() }>(),
    ending: &[],
    key_columns: COLUMNS.key.len(),
    origin_columns: COLUMNS.origin.len(),
    keeps_history: true,
    follows_chain_alone: false,
    evidence: &[Evidence::Scrapes],
};

impl CellSource for Announcer<'_> {
    type For<'a> = Announcer<'a>;
}

impl CellSource for Answered<'_> {
    type For<'a> = Answered<'a>;
}

impl Table for Up {
    type World = Metrics;

    fn schema(&self) -> &'static TableSchema {
        &SCHEMA
    }

    fn apply(&mut self, _: u64, change: &MetricsChange, world: &Metrics, rows: &mut Rows) {
        match change {
            MetricsChange::Scraped(told) => set(told, world, rows),
            MetricsChange::Announced(hotkeys) => {
                hotkeys.iter().for_each(|hotkey| keep_announced(*hotkey, world, rows));
            }
        }
    }
}

/// Sets the rows of all who announce the target. An announcement that ended while its target was asked has none.
fn set(told: &ToldScrape, world: &Metrics, rows: &mut Rows) {
    let target = told.target.as_str();
    let mut put = |hotkey: String, announced| {
        let answered = Answered { announced, outcome: &told.scrape.outcome };
        rows.set(COLUMNS.row(&Announcer { hotkey, target }, &answered, told.log_index));
    };
    if told.scrape.announced.is_empty() {
        put(String::new(), None);
    }
    for announced in &told.scrape.announced {
        if world.announced.get(&announced.hotkey).is_some_and(|now| now == target) {
            put(announced.hotkey.address(), Some(announced));
        }
    }
}

/// Ends the rows of a hotkey's endpoints but for the one that it announces now.
fn keep_announced(hotkey: Account, world: &Metrics, rows: &mut Rows) {
    let key_of = |target: &String| COLUMNS.key_of(&Announcer { hotkey: hotkey.address(), target });
    let kept: BTreeSet<_> = world.announced.get(&hotkey).map(key_of).into_iter().collect();
    rows.keep_under(&[hotkey.address().into()], &kept);
}
