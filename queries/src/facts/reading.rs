//! Walks the log for a fact table.

use std::fmt;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use annals_log::{LogIndex, Payloads, ReadError, Reader};
use datafusion::common::stats::Precision;
use datafusion::error::{DataFusionError, Result};
use memchr::memmem::Finder;

use super::filter::EntryFilter;
use super::{Entry, FactTable};
use crate::held::hold;
use crate::notes::Notes;
use crate::rows::Rows;
use crate::scan_exec::{Reading, Sink};

/// A scan of the log that makes the rows of one table.
pub(super) struct FactReading {
    pub(super) table: &'static dyn FactTable,
    pub(super) reader: Arc<Reader>,
    pub(super) filter: EntryFilter,
    /// Places of the columns that are wanted.
    pub(super) columns: Vec<usize>,
    /// Where to say what was not checked.
    pub(super) notes: Option<Arc<Notes>>,
}

impl fmt::Debug for FactReading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.table.name(), self.filter)
    }
}

impl Reading for FactReading {
    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }

    fn row_count(&self) -> Precision<usize> {
        match self.filter.count() {
            Some(count) if self.table.is_row_per_entry() => Precision::Exact(count),
            _ => Precision::Absent,
        }
    }

    fn read(&self, sink: &mut Sink) -> Result<()> {
        self.walk(sink).map_err(|error| DataFusionError::External(Box::new(error)))
    }
}

impl FactReading {
    /// A scan of the whole log checks the root by itself; before any other scan returns a row, the whole log is
    /// checked.
    fn hold(&self, range: &Range<LogIndex>, sink: &Sink) -> Result<(), ReadError> {
        let everything = LogIndex(0)..self.reader.size().next_index();
        // What the tables know of an empty part is vouched for, as all that they know.
        if range.is_empty() || *range == everything && sink.rows_left() == usize::MAX {
            return Ok(());
        }
        let part = format!("entries of {}", self.table.name());
        if let (Some(note), Some(notes)) = (hold(&self.reader, &part)?, &self.notes) {
            notes.push(note);
        }
        Ok(())
    }

    fn walk(&self, sink: &mut Sink) -> Result<(), ReadError> {
        let (entries_seen, payloads_read) = (sink.counter("entries_seen"), sink.counter("payloads_read"));
        let bodies_left_out = sink.counter("bodies_left_out");
        let in_body: Vec<Finder<'_>> = self.filter.in_body().map(Finder::new).collect();
        let mut payloads = Payloads::of(&self.reader);
        let mut walk = self.table.walk();
        let mut rows = Rows::new(&self.table.columns(), &self.columns);
        let range = self.filter.range(&self.reader)?;
        self.hold(&range, sink)?;
        let mut scan = self.reader.scan(range);
        while let Some(frame) = scan.next_frame()? {
            if sink.wants_more().is_break() {
                return Ok(());
            }
            for (index, bytes) in frame.entries() {
                let envelope = self.reader.envelope(index, bytes)?;
                if !self.filter.wants(index, &envelope) {
                    continue;
                }
                entries_seen.add(1);
                if self.table.kinds().is_some_and(|kinds| !kinds.contains(&envelope.kind)) {
                    continue;
                }
                let (payloads, payloads_read) = (&mut payloads, &payloads_read);
                let frame = &frame;
                let mut entry =
                    Entry { index, bytes, envelope, frame, payloads, payloads_read, seen_body: None };
                if !in_body.is_empty() && !entry.has_in_body(&in_body)? {
                    bodies_left_out.add(1);
                    continue;
                }
                walk.take(&mut entry, &mut rows)?;
                if hand_on(&mut rows, sink).is_break() {
                    return Ok(());
                }
            }
        }
        walk.end(&mut rows);
        let _ = sink.push(rows.take());
        Ok(())
    }
}

/// As soon as a batch is full, or there are as many rows as are wanted.
fn hand_on(rows: &mut Rows, sink: &mut Sink) -> ControlFlow<()> {
    if rows.is_full() || rows.count() >= sink.rows_left().min(sink.batch_rows()) {
        return sink.push(rows.take());
    }
    ControlFlow::Continue(())
}
