//! `events`: one row an entry.

use annals_log::json::{Object, Value, number, text};
use annals_log::{Hash, PayloadRef, ReadError};
use annals_projections::CellType::{Text, UInt};
use annals_projections::{Cell, Column};

use super::column::FactColumn;
use super::filter::EntryFilter;
use super::row::FactRow;
use super::{Entry, FactTable, Pushable, Walk, body_json};
use crate::rows::Rows;

/// The table.
#[derive(Debug)]
pub(super) struct Events;

const COLUMNS: &[FactColumn<()>] = &[
    FactColumn::LOG_INDEX,
    FactColumn::RECORDED_AT,
    FactColumn::FETCHED_AT,
    FactColumn::OBSERVED_AT,
    FactColumn::SOURCE,
    FactColumn::KIND,
    FactColumn::of_entry("schema", UInt, |entry| u64::from(entry.envelope.schema).into()),
    FactColumn::NATIVE_ID,
    FactColumn::BLOCK_NUMBER,
    FactColumn::of_entry("leaf_hash", Text, |entry| Hash::leaf(entry.bytes).to_string().into()),
    FactColumn::of_entry("entry_bytes", UInt, |entry| (entry.bytes.len() as u64).into()),
    FactColumn::of_entry("attached", Text, |entry| attached(&entry.envelope.attached).into()),
    // Not looked for in the bytes of the body: digests are shown as hex, accounts as addresses, numbers by their digits
    // and texts with escapes, so what is like a pattern here may have none of its pieces there.
    FactColumn::read("body", Text, |row| Ok(Cell::of(body_json::of(row.entry)?))),
];

impl FactTable for Events {
    fn name(&self) -> &'static str {
        "events"
    }

    fn columns(&self) -> Vec<Column> {
        FactColumn::plain(COLUMNS)
    }

    fn pushable(&self) -> Pushable {
        FactColumn::pushable(COLUMNS)
    }

    fn is_row_per_entry(&self) -> bool {
        true
    }

    fn by_entry(&self) -> bool {
        true
    }

    fn walk(&self, _: &EntryFilter) -> Box<dyn Walk> {
        Box::new(Self)
    }
}

impl Walk for Events {
    fn take(&mut self, entry: &mut Entry<'_>, rows: &mut Rows) -> Result<(), ReadError> {
        let mut row = FactRow::of(entry, ());
        rows.try_push(COLUMNS, |column| column.cell(&mut row))
    }
}

/// `[{"sha256": ..., "length": ...}]`, in the order in which the entry vouches for them.
fn attached(payloads: &[PayloadRef]) -> String {
    let one = |payload: &PayloadRef| {
        let mut members = Object::default();
        members.insert("sha256".into(), text(&payload.digest().to_string()));
        members.insert("length".into(), number(payload.length.into()));
        Value::Object(members)
    };
    Value::List(payloads.iter().map(one).collect()).to_json()
}
