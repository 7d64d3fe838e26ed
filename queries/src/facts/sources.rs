//! `system.sources`: how far each source has been read.

use std::collections::BTreeMap;

use annals_log::ReadError;
use annals_projections::CellType::{Text, Time, UInt};
use annals_projections::{Cell, Column};

use super::filter::EntryKey;
use super::{Entry, FactTable, Pushable, Walk};
use crate::rows::{RowColumn, Rows};

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

/// A source by its name.
type NamedSource = (String, Source);

const SOURCE: RowColumn<NamedSource> = RowColumn::of("source", Text, |(name, _)| name.as_str().into());

const COLUMNS: &[RowColumn<NamedSource>] = &[
    SOURCE,
    RowColumn::of("entries", UInt, |(_, source)| source.entries.into()),
    RowColumn::of("batches", UInt, |(_, source)| source.batches.into()),
    RowColumn::nullable("cursor", Text, |(_, source)| Cell::of(source.cursor.as_deref())),
    RowColumn::of("log_index", UInt, |(_, source)| source.log_index.into()),
    RowColumn::of("recorded_at", Time, |(_, source)| Cell::Time(source.recorded_at_ms)),
];

#[derive(Default)]
struct SourcesWalk(BTreeMap<String, Source>);

impl FactTable for Sources {
    fn name(&self) -> &'static str {
        "sources"
    }

    fn columns(&self) -> Vec<Column> {
        RowColumn::plain(COLUMNS)
    }

    fn pushable(&self) -> Pushable {
        // A row follows from the entries of its source alone.
        let mut pushable = Pushable::default();
        pushable.add(SOURCE.name(), EntryKey::Source);
        pushable
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
        for source in std::mem::take(&mut self.0) {
            rows.push(COLUMNS, &source);
        }
    }
}
