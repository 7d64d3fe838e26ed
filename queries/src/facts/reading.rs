//! Walks the log for a fact table.

use std::fmt;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use annals_log::{Frame, LogIndex, Lookups, NamedFrames, Payloads, ReadError, Reader};
use datafusion::common::stats::Precision;
use datafusion::error::{DataFusionError, Result};
use datafusion::physical_plan::metrics::Count;
use memchr::memmem::Finder;

use super::filter::EntryFilter;
use super::{Entry, FactTable, Walk};
use crate::held::hold;
use crate::notes::Notes;
use crate::rows::Rows;
use crate::scan_exec::{Reading, Sink};

/// A scan of the log that makes the rows of one table.
pub(super) struct FactReading {
    pub(super) table: &'static dyn FactTable,
    pub(super) reader: Arc<Reader>,
    /// The log's index, where it may be asked.
    pub(super) lookups: Option<Lookups>,
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
    /// Whether the scan checks the root by itself, or reads nothing: what the tables know of an empty part is vouched
    /// for, as all that they know.
    fn is_held(&self, range: &Range<LogIndex>, sink: &Sink) -> bool {
        let everything = LogIndex(0)..self.reader.size().next_index();
        range.is_empty() || *range == everything && sink.rows_left() == usize::MAX
    }

    /// Checks the whole log, before a part of it returns a row.
    fn hold_all(&self) -> Result<(), ReadError> {
        let part = format!("entries of {}", self.table.name());
        if let (Some(note), Some(notes)) = (hold(&self.reader, &part)?, &self.notes) {
            notes.push(note);
        }
        Ok(())
    }

    fn walk(&self, sink: &mut Sink) -> Result<(), ReadError> {
        let mut taking = Taking::begin(self, sink);
        let mut range = self.filter.range(&self.reader)?;
        if let Some(mut named) = self.named(&range) {
            self.hold_all()?;
            while let Some(frame) = named.next_frame()? {
                if taking.take(&frame, &range, sink)?.is_break() {
                    return Ok(());
                }
            }
            // What the index has not come to yet is scanned for.
            range.start = range.start.max(named.through().next_index()).min(range.end);
        } else if !self.is_held(&range, sink) {
            self.hold_all()?;
        }
        let mut scan = self.reader.scan(range.clone());
        while let Some(frame) = scan.next_frame()? {
            if taking.take(&frame, &range, sink)?.is_break() {
                return Ok(());
            }
        }
        taking.end(sink);
        Ok(())
    }

    /// The frames that the log's index names, where there is one and the filter has a term for it.
    fn named(&self, range: &Range<LogIndex>) -> Option<NamedFrames> {
        let term = self.filter.term()?;
        self.reader.named_frames(self.lookups.as_ref()?, term, range.clone())
    }
}

/// A walk for a table that is under way.
struct Taking<'a> {
    reading: &'a FactReading,
    in_body: Vec<Finder<'a>>,
    payloads: Payloads,
    walk: Box<dyn Walk>,
    rows: Rows,
    frames_read: Count,
    entries_seen: Count,
    payloads_read: Count,
    bodies_left_out: Count,
}

impl<'a> Taking<'a> {
    fn begin(reading: &'a FactReading, sink: &Sink) -> Self {
        Self {
            reading,
            in_body: reading.filter.in_body().map(Finder::new).collect(),
            payloads: Payloads::of(&reading.reader),
            walk: reading.table.walk(&reading.filter),
            rows: Rows::new(&reading.table.columns(), &reading.columns),
            frames_read: sink.counter("frames_read"),
            entries_seen: sink.counter("entries_seen"),
            payloads_read: sink.counter("payloads_read"),
            bodies_left_out: sink.counter("bodies_left_out"),
        }
    }

    /// Makes the rows of those entries of a frame that are wanted and lie in `range`. `Break`: nobody wants more.
    fn take(
        &mut self,
        frame: &Frame<'_>,
        range: &Range<LogIndex>,
        sink: &mut Sink,
    ) -> Result<ControlFlow<()>, ReadError> {
        let FactReading { table, reader, filter, .. } = self.reading;
        if sink.wants_more().is_break() {
            return Ok(ControlFlow::Break(()));
        }
        self.frames_read.add(1);
        for (index, bytes) in frame.entries().filter(|(index, _)| range.contains(index)) {
            let envelope = reader.envelope(index, bytes)?;
            if !filter.wants(index, &envelope) {
                continue;
            }
            self.entries_seen.add(1);
            if table.kinds().is_some_and(|kinds| !kinds.contains(&envelope.kind)) {
                continue;
            }
            let (payloads, payloads_read) = (&mut self.payloads, &self.payloads_read);
            let mut entry = Entry { index, bytes, envelope, frame, payloads, payloads_read, seen_body: None };
            if !self.in_body.is_empty() && !entry.has_in_body(&self.in_body)? {
                self.bodies_left_out.add(1);
                continue;
            }
            self.walk.take(&mut entry, &mut self.rows)?;
            if hand_on(&mut self.rows, sink).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn end(mut self, sink: &mut Sink) {
        self.walk.end(&mut self.rows);
        let _ = sink.push(self.rows.take());
    }
}

/// As soon as a batch is full, or there are as many rows as are wanted.
fn hand_on(rows: &mut Rows, sink: &mut Sink) -> ControlFlow<()> {
    if rows.is_full() || rows.count() >= sink.rows_left().min(sink.batch_rows()) {
        return sink.push(rows.take());
    }
    ControlFlow::Continue(())
}
