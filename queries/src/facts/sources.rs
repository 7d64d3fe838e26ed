//! `system.sources`: how far each source has been read.

use std::collections::BTreeMap;
use std::convert::Infallible;

use annals_log::ReadError;
use annals_projections::{Cell, CellType, Column};

use super::{Entry, FactTable, Pushable, Walk};
use crate::rows::Rows;

/// The table; a row a source, in the order of their names.
#[derive(Debug)]
pub(crate) struct Sources;

#[derive(Default)]
struct Source {
    entries: u64,
    batches: u64,
    cursor: Option<String>,
    log_index: u64,
    recorded_at_ms: i64,
}

#[derive(Default)]
struct SourcesWalk(BTreeMap<String, Source>);

impl FactTable for Sources {
    fn name(&self) -> &'static str {
        "sources"
    }

    fn columns(&self) -> &'static [Column] {
        const COLUMNS: &[Column] = &[
            Column::of("source", CellType::Text),
            Column::of("entries", CellType::UInt),
            Column::of("batches", CellType::UInt),
            Column::nullable("cursor", CellType::Text),
            Column::of("log_index", CellType::UInt),
            Column::of("recorded_at", CellType::Time),
        ];
        COLUMNS
    }

    fn pushable(&self) -> Pushable {
        Pushable { source: "source", ..Pushable::default() }
    }

    fn walk(&self) -> Box<dyn Walk> {
        Box::<SourcesWalk>::default()
    }
}

impl Walk for SourcesWalk {
    fn take(&mut self, entry: &mut Entry<'_>, _: &mut Rows) -> Result<(), ReadError> {
        let envelope = &entry.envelope;
        if !self.0.contains_key(envelope.source) {
            self.0.insert(envelope.source.to_owned(), Source::default());
        }
        let source = self.0.get_mut(envelope.source).expect("it was put there if it was not");
        source.entries += 1;
        (source.log_index, source.recorded_at_ms) = (entry.index.0, envelope.recorded_at_ms);
        if let Some(closes) = &envelope.closes {
            source.batches = closes.sequence;
            source.cursor = Some(String::from_utf8_lossy(closes.cursor).into_owned());
        }
        Ok(())
    }

    fn end(&mut self, rows: &mut Rows) {
        for (name, source) in &self.0 {
            let Ok(()) = rows.push::<Infallible>(|column| Ok(cell(name, source, column)));
        }
    }
}

fn cell(name: &str, source: &Source, column: &str) -> Cell {
    match column {
        "source" => name.into(),
        "entries" => source.entries.into(),
        "batches" => source.batches.into(),
        "cursor" => Cell::of(source.cursor.as_deref()),
        "log_index" => source.log_index.into(),
        "recorded_at" => Cell::Time(source.recorded_at_ms),
        other => unreachable!("sources has no column {other}"),
    }
}
