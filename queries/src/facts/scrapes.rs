//! `scrapes`: every scrape of a metrics endpoint, whatever came of it.

use annals_log::json::texts;
use annals_log::{Announcement, Fact as _, Kind, ReadError, Scrape};
use annals_projections::CellType::{Float, Int, Text, Time, UInt};
use annals_projections::{Cell, Column, Evidence};

use super::column::FactColumn;
use super::filter::EntryFilter;
use super::row::FactRow;
use super::{Entry, FactTable, Pushable, Walk};
use crate::rows::Rows;

/// The table. Of a target that several announced, `hotkey`, `uid`, `netuid` and `announced_at_block` are those of the
/// oldest announcement; `hotkeys` has all.
#[derive(Debug)]
pub(super) struct Scrapes;

const COLUMNS: &[FactColumn<Scrape>] = &[
    FactColumn::LOG_INDEX,
    FactColumn::RECORDED_AT,
    FactColumn::FETCHED_AT,
    FactColumn::TARGET,
    FactColumn::nullable("outcome", Text, |scrape| scrape.outcome.name().into()),
    FactColumn::nullable("detail", Text, |scrape| Cell::of(scrape.outcome.detail())),
    FactColumn::nullable("line", UInt, |scrape| Cell::of(scrape.outcome.line())),
    FactColumn::nullable("refused_by", Text, |scrape| Cell::of(scrape.outcome.rule())),
    FactColumn::nullable("sample_count", UInt, |scrape| Cell::of(scrape.outcome.samples())),
    FactColumn::nullable("due_at", Time, |scrape| Cell::Time(scrape.due_at_ms)),
    FactColumn::nullable("began_at", Time, |scrape| Cell::Time(scrape.began_at_ms)),
    FactColumn::nullable("duration_ms", Float, |scrape| milliseconds(scrape.duration_us)),
    FactColumn::nullable("first_byte_ms", Float, |scrape| {
        scrape.first_byte_us.map_or(Cell::Null, milliseconds)
    }),
    FactColumn::nullable("status", UInt, |scrape| Cell::of(scrape.status.map(u64::from))),
    FactColumn::nullable("content_type", Text, |scrape| Cell::of(scrape.content_type.as_deref())),
    FactColumn::nullable("wire_bytes", UInt, |scrape| scrape.wire_bytes.into()),
    FactColumn::nullable("body_bytes", UInt, |scrape| scrape.body_bytes.into()),
    FactColumn::nullable_of_entry("body_sha256", Text, |entry| {
        Cell::of(entry.envelope.attached.last().map(|body| body.digest().to_string()))
    }),
    FactColumn::nullable("address", Text, |scrape| Cell::of(scrape.address.as_deref())),
    FactColumn::nullable("hotkey", Text, |scrape| {
        Cell::of(first(scrape).map(|announced| announced.hotkey.address()))
    }),
    FactColumn::nullable("uid", Int, |scrape| {
        Cell::of(first(scrape).and_then(|announced| announced.uid).map(i64::from))
    }),
    FactColumn::nullable("netuid", UInt, |scrape| {
        Cell::of(first(scrape).map(|announced| u64::from(announced.netuid)))
    }),
    FactColumn::nullable("announced_at_block", UInt, |scrape| {
        Cell::of(first(scrape).map(|announced| announced.block))
    }),
    FactColumn::nullable("hotkeys", Text, |scrape| {
        let hotkeys: Vec<_> = scrape.announced.iter().map(|announced| announced.hotkey.address()).collect();
        texts(&hotkeys).to_json().into()
    }),
];

impl FactTable for Scrapes {
    fn name(&self) -> &'static str {
        "scrapes"
    }

    fn columns(&self) -> Vec<Column> {
        FactColumn::plain(COLUMNS)
    }

    fn pushable(&self) -> Pushable {
        FactColumn::pushable(COLUMNS)
    }

    fn evidence(&self) -> Option<Evidence> {
        Some(Evidence::Scrapes)
    }

    fn kinds(&self) -> Option<&'static [Kind]> {
        Some(&[Scrape::KIND])
    }

    fn by_entry(&self) -> bool {
        true
    }

    fn walk(&self, _: &EntryFilter) -> Box<dyn Walk> {
        Box::new(Self)
    }
}

impl Walk for Scrapes {
    fn take(&mut self, entry: &mut Entry<'_>, rows: &mut Rows) -> Result<(), ReadError> {
        let mut scrape = FactRow::fact(entry);
        rows.try_push(COLUMNS, |column| column.cell(&mut scrape))
    }
}

/// The oldest announcement of the target.
pub(super) fn first(scrape: &Scrape) -> Option<&Announcement> {
    scrape.announced.first()
}

fn milliseconds(us: u64) -> Cell {
    (us as f64 / 1e3).into()
}
