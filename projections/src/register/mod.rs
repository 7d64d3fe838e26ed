//! The register: what every entry leaves, whatever its world. It says how far each source was read, where the entries
//! of each kind lie, and which times were covered, so that no question about them walks the log.

mod coverage;
mod registration;
mod saved;
mod source;
mod span;

use std::collections::BTreeMap;

use annals_log::{Kind, LOG_SOURCE};

use coverage::CoverageFold;
pub(crate) use registration::Registration;
pub(crate) use saved::{RegisterHead, SavedRegister};
pub use source::SourceRead;
pub use span::Span;

use crate::rows::{ClosedTable, TableSnapshot};

/// A fold over all entries.
#[derive(Default)]
pub(crate) struct Register {
    sources: BTreeMap<String, SourceRead>,
    /// By the number of the kind.
    kinds: BTreeMap<u16, Span>,
    coverage: CoverageFold,
}

/// The register at one size of the log. It stays as it is while the log goes on.
#[derive(Debug, Clone)]
pub struct RegisterSnapshot {
    /// The sources by name.
    pub sources: BTreeMap<String, SourceRead>,
    kinds: BTreeMap<u16, Span>,
    /// The times that were covered, in the order of their entries; the last one, which the next entry may end, as the
    /// current row.
    pub coverage: TableSnapshot,
}

impl Register {
    /// Takes what the next entries leave.
    pub(crate) fn take(&mut self, entries: Registration) {
        for (name, source) in entries.sources {
            match self.sources.get_mut(&name) {
                Some(before) => before.go_on(source),
                None => drop(self.sources.insert(name, source)),
            }
        }
        for (kind, span) in entries.kinds {
            self.kinds.entry(kind).and_modify(|before| before.go_on(span)).or_insert(span);
        }
        self.coverage.take(entries.looks, entries.last);
    }

    /// Whether any source but the log itself has told something from entry `index` on.
    pub(crate) fn is_told_since(&self, index: u64) -> bool {
        self.sources.iter().any(|(name, source)| name != LOG_SOURCE && source.log_index >= index)
    }

    /// Returns the table of covered times, which is kept where the ended rows of other tables are.
    pub(crate) fn covered(&self) -> &ClosedTable {
        &self.coverage.rows
    }

    pub(crate) fn covered_mut(&mut self) -> &mut ClosedTable {
        &mut self.coverage.rows
    }

    pub(crate) fn snapshot(&self) -> RegisterSnapshot {
        RegisterSnapshot {
            sources: self.sources.clone(),
            kinds: self.kinds.clone(),
            coverage: self.coverage.snapshot(),
        }
    }
}

impl RegisterSnapshot {
    /// Returns where the entries of these kinds lie; `None` when the log has none of them.
    pub fn span_of(&self, kinds: &[Kind]) -> Option<Span> {
        let spans = kinds.iter().filter_map(|kind| self.kinds.get(&kind.0));
        spans.copied().reduce(Span::joined)
    }
}
