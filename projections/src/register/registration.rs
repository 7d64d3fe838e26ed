//! Reads what entries leave to the register, on another thread than the fold's.

use std::collections::BTreeMap;

use annals_log::{EventView, Fact as _, ReadError, RecorderStarted, RecorderStopped, WandbHistoryRow};

use super::coverage::{HistoryStep, Last, Look};
use super::source::SourceRead;
use super::span::Span;
use crate::entry_view::EntryView;

/// The part of the register that consecutive entries make.
#[derive(Default)]
pub(crate) struct Registration {
    pub(super) sources: BTreeMap<String, SourceRead>,
    pub(super) kinds: BTreeMap<u16, Span>,
    /// In the order of the entries.
    pub(super) looks: Vec<Look>,
    /// The last of the entries.
    pub(super) last: Option<Last>,
}

impl Registration {
    /// Adds the next entry.
    ///
    /// # Errors
    /// A fault of the log.
    pub(crate) fn add(&mut self, entry: &mut EntryView<'_>) -> Result<(), ReadError> {
        let (index, envelope) = (entry.index, entry.envelope);
        match self.sources.get_mut(envelope.source) {
            Some(source) => source.add(index, envelope),
            None => drop(self.sources.insert(envelope.source.to_owned(), SourceRead::of(index, envelope))),
        }
        let span = Span::of(index.0);
        self.kinds.entry(envelope.kind.0).and_modify(|before| before.go_on(span)).or_insert(span);
        self.look(entry)?;
        let ends_session = envelope.kind == RecorderStopped::KIND;
        self.last = Some(Last { index: index.0, recorded_at_ms: envelope.recorded_at_ms, ends_session });
        Ok(())
    }

    fn look(&mut self, entry: &mut EntryView<'_>) -> Result<(), ReadError> {
        let (index, envelope) = (entry.index.0, entry.envelope);
        if envelope.kind == RecorderStarted::KIND {
            let recorded_at_ms = envelope.recorded_at_ms;
            self.looks.push(Look::Started { index, recorded_at_ms, last: self.last });
        }
        if envelope.kind == WandbHistoryRow::KIND {
            let row: Option<WandbHistoryRow> = entry.fact()?;
            if let Some(step) = row.and_then(|row| row.step) {
                let (source, run_id) = (envelope.source.to_owned(), envelope.native_id.to_owned());
                let at_ms = envelope.observed_at_ms.unwrap_or(envelope.fetched_at_ms);
                self.looks.push(Look::Step(HistoryStep { index, source, run_id, step, at_ms }));
            }
        }
        if let Some(row) = envelope.kind.row()
            && row.covers()
        {
            let body = entry.body()?;
            for covered in row.covered(&EventView::of(envelope, &body)) {
                self.looks.push(Look::Covered { index, source: envelope.source.to_owned(), covered });
            }
        }
        Ok(())
    }
}
