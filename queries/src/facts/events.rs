//! `events`: one row an entry.

use annals_log::json::{Object, Value};
use annals_log::{Hash, PayloadRef, ReadError};
use annals_projections::{Cell, CellType, Column};

use super::body_json::{self, number, text};
use super::{Entry, FactTable, Pushable, Walk};
use crate::rows::Rows;

/// The table.
#[derive(Debug)]
pub(super) struct Events;

impl FactTable for Events {
    fn name(&self) -> &'static str {
        "events"
    }

    fn columns(&self) -> &'static [Column] {
        const COLUMNS: &[Column] = &[
            Column::of("log_index", CellType::UInt),
            Column::of("recorded_at", CellType::Time),
            Column::of("fetched_at", CellType::Time),
            Column::nullable("observed_at", CellType::Time),
            Column::of("source", CellType::Text),
            Column::of("kind", CellType::Text),
            Column::of("schema", CellType::UInt),
            Column::of("native_id", CellType::Text),
            Column::nullable("block_number", CellType::UInt),
            Column::of("leaf_hash", CellType::Text),
            Column::of("entry_bytes", CellType::UInt),
            Column::of("attached", CellType::Text),
            Column::nullable("body", CellType::Text),
        ];
        COLUMNS
    }

    fn pushable(&self) -> Pushable {
        Pushable { index: "log_index", kind: "kind", source: "source", block: "block_number" }
    }

    fn is_row_per_entry(&self) -> bool {
        true
    }

    fn walk(&self) -> Box<dyn Walk> {
        Box::new(Self)
    }
}

impl Walk for Events {
    fn take(&mut self, entry: &mut Entry<'_>, rows: &mut Rows) -> Result<(), ReadError> {
        rows.push(|column| {
            let envelope = &entry.envelope;
            Ok(match column {
                "log_index" => entry.index.0.into(),
                "recorded_at" => Cell::Time(envelope.recorded_at_ms),
                "fetched_at" => Cell::Time(envelope.fetched_at_ms),
                "observed_at" => Cell::time(envelope.observed_at_ms),
                "source" => envelope.source.into(),
                "kind" => envelope.kind.to_string().into(),
                "schema" => u64::from(envelope.schema).into(),
                "native_id" => envelope.native_id.into(),
                "block_number" => Cell::of(envelope.block),
                "leaf_hash" => Hash::leaf(entry.bytes).to_string().into(),
                "entry_bytes" => (entry.bytes.len() as u64).into(),
                "attached" => attached(&envelope.attached).into(),
                "body" => Cell::of(body_json::of(entry)?),
                other => unreachable!("events has no column {other}"),
            })
        })
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
