//! Whether the log's own word on its tables is right: every recorded state root against the fold.

use std::collections::BTreeMap;

use annals_log::{Hash, LogIndex, Payloads, ProjectionState, Reader, TreeSize};

use crate::projections::{ProjectionError, Projections};
use crate::told::Told;

/// What recorded state roots were found to be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StateAudit {
    /// The fold gives the same root.
    pub right: u64,
    /// It gives another.
    pub wrong: Vec<RecordedRoot>,
    /// Roots of tables, or versions of tables, that this annals does not have, or of a policy that did not hold.
    pub unchecked: Vec<RecordedRoot>,
}

/// A state root that the log has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedRoot {
    /// The entry that says it.
    pub log_index: LogIndex,
    /// Of which table, at which size, under which version.
    pub table: String,
    /// What it says.
    pub state: ProjectionState,
}

impl StateAudit {
    /// Folds the first `size` entries of a log and compares. `progress` is called with the size reached.
    ///
    /// # Errors
    /// [`ProjectionError`]; a root that is not right is none.
    pub fn of(
        reader: &Reader,
        size: TreeSize,
        mut progress: impl FnMut(TreeSize),
    ) -> Result<Self, ProjectionError> {
        let mut audit = Self::default();
        let mut tables = Projections::new(None);
        tables.forget_the_past();
        for (size, roots) in recorded(reader, size)? {
            tables.catch_up(reader, size, &mut progress)?;
            audit.compare(&mut tables, roots);
        }
        Ok(audit)
    }

    fn compare(&mut self, tables: &mut Projections, recorded: Vec<RecordedRoot>) {
        let policy = tables.policy().digest();
        let found = tables.state_roots();
        for recorded in recorded {
            let state = &recorded.state;
            let found = found.iter().find(|(schema, _)| {
                let is_this = (schema.name, schema.version) == (recorded.table.as_str(), state.version);
                is_this && state.policy_sha256 == policy.0
            });
            // Nobody knows a root at a size that is yet to come.
            let is_possible = state.at_size <= recorded.log_index.0;
            match found {
                _ if !is_possible => self.wrong.push(recorded),
                Some((_, root)) if *root == Hash(state.root) => self.right += 1,
                Some(_) => self.wrong.push(recorded),
                None => self.unchecked.push(recorded),
            }
        }
    }
}

/// All state roots of the first `size` entries, by the size at which they are to hold.
fn recorded(
    reader: &Reader,
    size: TreeSize,
) -> Result<BTreeMap<TreeSize, Vec<RecordedRoot>>, ProjectionError> {
    let mut roots: BTreeMap<TreeSize, Vec<RecordedRoot>> = BTreeMap::new();
    let mut payloads = Payloads::of(reader);
    let mut scan = reader.scan(LogIndex(0)..size.next_index());
    while let Some(frame) = scan.next_frame()? {
        for (log_index, entry) in frame.entries().filter(|(index, _)| *index < size.next_index()) {
            let envelope = reader.envelope(log_index, entry)?;
            if let Some((table, state)) = Told::state_root(&envelope, &frame, &mut payloads)? {
                let size = TreeSize(state.at_size);
                roots.entry(size).or_default().push(RecordedRoot { log_index, table, state });
            }
        }
    }
    Ok(roots)
}
