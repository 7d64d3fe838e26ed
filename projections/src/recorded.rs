//! The state roots that a log has of its tables, and which of them were taken back.

use std::collections::BTreeMap;

use annals_log::{LogIndex, Payloads, ProjectionState, ReadError, Reader, TreeSize};

use crate::entry_view::EntryView;
use crate::root_told::RootTold;
use crate::worlds::{MEMORY_VERSION, tables};

/// A state root that the log has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedRoot {
    /// The entry that recorded it.
    pub log_index: LogIndex,
    /// The name of the table, or of the fold.
    pub table: String,
    /// The schema of the entry's body: before 2 it has no root of ended rows.
    pub schema: u16,
    /// The root, with size, version and policy.
    pub state: ProjectionState,
}

/// A state root that was taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetractedRoot {
    /// The root as it was recorded.
    pub root: RecordedRoot,
    /// The entry that takes it back.
    pub by: LogIndex,
    /// The reason it gives.
    pub why: String,
}

/// A state root that a log has, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedRoot {
    /// The root as it was recorded.
    pub root: RecordedRoot,
    /// The entry that takes it back, and the reason it gives.
    pub taken_back: Option<(LogIndex, String)>,
    /// Whether this build has the table, or the fold, in the version that the root is of, and so can compare it.
    pub is_known: bool,
}

/// All state roots of a log up to a size.
#[derive(Default)]
pub(crate) struct RecordedRoots {
    /// The roots that were not taken back, by the size that they are of.
    pub(crate) standing: BTreeMap<TreeSize, Vec<RecordedRoot>>,
    pub(crate) retracted: Vec<RetractedRoot>,
}

impl RecordedRoots {
    /// Reads the roots in the first `size` entries.
    ///
    /// # Errors
    /// A fault of the log.
    pub(crate) fn of(reader: &Reader, size: TreeSize) -> Result<Self, ReadError> {
        let (mut roots, mut retractions) = (BTreeMap::new(), Vec::new());
        each_root(reader, LogIndex(0)..size.next_index(), |log_index, told| {
            match told {
                RootTold::Recorded { table, schema, state } => {
                    roots.insert(log_index, RecordedRoot { log_index, table, schema, state });
                }
                RootTold::Retracted { of, why, .. } => retractions.push((of, log_index, why)),
            }
            true
        })?;
        let mut recorded = Self::default();
        for (of, by, why) in retractions {
            // A retraction counts only for a root that was recorded before it.
            if let Some(root) = roots.remove(&of).filter(|_| of < by) {
                recorded.retracted.push(RetractedRoot { root, by, why });
            }
        }
        for root in roots.into_values() {
            recorded.standing.entry(TreeSize(root.state.at_size)).or_default().push(root);
        }
        Ok(recorded)
    }

    /// Lists all of them in the order of their entries.
    fn into_list(self) -> Vec<ListedRoot> {
        let mut known: Vec<_> =
            tables().iter().map(|table| (table.schema().name, table.schema().version)).collect();
        known.push((ProjectionState::FOLD, MEMORY_VERSION));
        let listed = |root: RecordedRoot, taken_back| {
            let is_known = known.contains(&(root.table.as_str(), root.state.version));
            ListedRoot { root, taken_back, is_known }
        };
        let standing = self.standing.into_values().flatten().map(|root| listed(root, None));
        let retracted = self.retracted.into_iter();
        let retracted = retracted.map(|RetractedRoot { root, by, why }| listed(root, Some((by, why))));
        let mut list: Vec<_> = standing.chain(retracted).collect();
        list.sort_by_key(|listed| listed.root.log_index);
        list
    }

    /// Returns the newest root of a fold that no later entry took back.
    pub(crate) fn newest_fold(self) -> Option<ProjectionState> {
        let roots = self.standing.into_values().flatten();
        let is_fold = |root: &RecordedRoot| {
            root.table == ProjectionState::FOLD && root.state.at_size <= root.log_index.0
        };
        roots.filter(is_fold).max_by_key(|root| root.log_index).map(|root| root.state)
    }
}

impl ListedRoot {
    /// Lists the state roots of a log in the order of their entries. Reads every entry.
    ///
    /// # Errors
    /// A fault of the log.
    pub fn all(reader: &Reader) -> Result<Vec<Self>, ReadError> {
        RecordedRoots::of(reader, reader.size()).map(RecordedRoots::into_list)
    }
}

/// Finds the root of a fold that was recorded for `size`, in an entry after it.
///
/// # Errors
/// A fault of the log.
pub(crate) fn fold_recorded_at(
    reader: &Reader,
    size: TreeSize,
) -> Result<Option<(LogIndex, ProjectionState)>, ReadError> {
    let mut found = None;
    each_root(reader, size.next_index()..reader.size().next_index(), |index, told| {
        if let RootTold::Recorded { table, state, .. } = told
            && table == ProjectionState::FOLD
            && state.at_size == size.0
        {
            found = Some((index, state));
        }
        found.is_none()
    })?;
    Ok(found)
}

/// Calls `wants_more` with what each entry of `range` says of state roots, until it returns `false`.
fn each_root(
    reader: &Reader,
    range: std::ops::Range<LogIndex>,
    mut wants_more: impl FnMut(LogIndex, RootTold) -> bool,
) -> Result<(), ReadError> {
    let mut payloads = Payloads::of(reader);
    let mut scan = reader.scan(range.clone());
    while let Some(frame) = scan.next_frame()? {
        for (index, entry) in frame.entries().filter(|(index, _)| range.contains(index)) {
            let envelope = reader.envelope(index, entry)?;
            let mut entry = EntryView::of(index, &envelope, &frame, &mut payloads);
            if let Some(told) = RootTold::read(&mut entry)?
                && !wants_more(index, told)
            {
                return Ok(());
            }
        }
    }
    Ok(())
}
