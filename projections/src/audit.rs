//! Whether the log's own word on its tables is right, and what was saved of them: every recorded state root, and the saved state,
//! against the fold.

use std::path::Path;

use annals_log::{Hash, Reader, TreeSize};

use crate::fold_root::KnownRoot;
use crate::projections::{ProjectionError, Projections};
use crate::recorded::{RecordedRoot, RecordedRoots, RetractedRoot};
use crate::saved::Saved;
use crate::unfit::Unfit;

/// What recorded state roots, and saved tables, were found to be.
#[derive(Debug, Default)]
pub struct StateAudit {
    /// The fold gives the same root.
    pub right: u64,
    /// It gives another, or the policy that they name did not hold.
    pub wrong: Vec<RecordedRoot>,
    /// Roots of tables, or versions of tables, that this annals does not have.
    pub unchecked: Vec<RecordedRoot>,
    /// Roots that the log itself took back.
    pub retracted: Vec<RetractedRoot>,
    /// The saved tables.
    pub saved: SavedTables,
}

/// What saved tables were found to be.
#[derive(Debug, Default)]
pub enum SavedTables {
    /// Nobody asked for them, or nothing was saved.
    #[default]
    Absent,
    /// They are what the fold gives at this size.
    Right(TreeSize),
    /// They are not, or a file of rows that stood is not what was written; what is answered comes from the log.
    Wrong {
        /// The size that they claim to stand at.
        size: TreeSize,
        /// What differs.
        what: String,
    },
    /// They could not be compared, and are not used either.
    Unfit(Unfit),
}

impl StateAudit {
    /// Folds the first `size` entries of a log and compares; also the tables that are saved in `folder`, where one is given.
    /// `progress` is called with the size reached.
    ///
    /// # Errors
    /// [`ProjectionError`]; a root that is not right is an answer.
    pub fn of(
        reader: &Reader,
        size: TreeSize,
        folder: Option<&Path>,
        mut progress: impl FnMut(TreeSize),
    ) -> Result<Self, ProjectionError> {
        let RecordedRoots { mut standing, retracted } = RecordedRoots::of(reader, size)?;
        let mut audit = Self { retracted, ..Self::default() };
        let saved = folder.map(|folder| Saved::read(folder, &mut reader.clone()));
        let mut saved = match saved {
            // Saved since the size that is looked at.
            Some(Ok(saved)) => Some(saved).filter(|saved| saved.position() <= size),
            Some(Err(Unfit::Absent)) | None => None,
            Some(Err(unfit)) => {
                audit.saved = SavedTables::Unfit(unfit);
                None
            }
        };
        if let Some(saved) = &saved {
            standing.entry(saved.position()).or_default();
        }
        let mut tables = Projections::new(None);
        tables.forget_the_past();
        for (at, roots) in standing {
            tables.catch_up(reader, at.min(size), &mut progress)?;
            audit.compare(&mut tables, roots);
            if let Some(saved) = saved.take_if(|saved| saved.position() == at) {
                audit.saved = compare_saved(saved, &mut tables);
            }
        }
        Ok(audit)
    }

    fn compare(&mut self, tables: &mut Projections, recorded: Vec<RecordedRoot>) {
        if recorded.is_empty() {
            return;
        }
        let policy = tables.policy().digest();
        let found = tables.named_roots();
        for recorded in recorded {
            let state = &recorded.state;
            // Nobody knows a root at a size that is yet to come, nor records one under a policy that does not hold.
            let is_possible = state.at_size <= recorded.log_index.0 && state.policy_sha256 == policy.0;
            let known = found
                .iter()
                .find(|(name, version, _)| (*name, *version) == (recorded.table.as_str(), state.version));
            match known {
                _ if !is_possible => self.wrong.push(recorded),
                Some((.., known)) if is_same(*known, &recorded) => self.right += 1,
                Some(_) => self.wrong.push(recorded),
                None => self.unchecked.push(recorded),
            }
        }
    }
}

fn is_same(known: KnownRoot, recorded: &RecordedRoot) -> bool {
    // Schema 1 did not say what stood.
    let is_past_same = recorded.schema < 2 || known.past == recorded.state.past;
    known.root == recorded.state.root && is_past_same
}

fn compare_saved(mut saved: Saved, tables: &mut Projections) -> SavedTables {
    let size = saved.position();
    let root: Hash = tables.fold_root();
    if saved.root() != root {
        return SavedTables::Wrong { size, what: "they are not what the entries give".to_owned() };
    }
    match saved.damaged_files().into_iter().next() {
        Some(what) => SavedTables::Wrong { size, what },
        None => SavedTables::Right(size),
    }
}
