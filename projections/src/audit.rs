//! Compares the state roots that a log has of its tables, and the saved state, with a fold of its entries.

use std::path::Path;

use annals_log::{Hash, Reader, TreeSize};

use crate::fold_root::KnownRoot;
use crate::projections::{ProjectionError, Projections};
use crate::recorded::{RecordedRoot, RecordedRoots, RetractedRoot};
use crate::saved::Saved;
use crate::unfit::Unfit;

/// The findings on recorded state roots and on saved tables.
#[derive(Debug, Default)]
pub struct StateAudit {
    /// How many roots the fold gives, too.
    pub right: u64,
    /// Roots that differ from the fold's, or name a policy that was not in force.
    pub wrong: Vec<RecordedRoot>,
    /// Roots of tables, or of versions of tables, that this build does not have.
    pub unchecked: Vec<RecordedRoot>,
    /// Roots that a later entry took back.
    pub retracted: Vec<RetractedRoot>,
    /// The finding on the saved tables.
    pub saved: SavedTables,
}

/// The finding on saved tables.
#[derive(Debug, Default)]
pub enum SavedTables {
    /// The caller named no folder, or nothing was saved in it.
    #[default]
    Absent,
    /// They equal the fold at this size.
    Right(TreeSize),
    /// They differ, or a file of ended rows is damaged; answers come from the log instead.
    Wrong {
        /// The size that they claim to be of.
        size: TreeSize,
        /// A description of what differs.
        what: String,
    },
    /// They could not be compared, and are not used for answers either.
    Unfit(Unfit),
}

impl StateAudit {
    /// Folds the first `size` entries of a log and compares, also with the tables that are saved in `folder`, if one is
    /// given. `progress` is called with the size reached.
    ///
    /// # Errors
    /// [`ProjectionError`]. A wrong root is a finding, not an error.
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
            // The tables were saved at a greater size than the one that is audited.
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
            // An honest root names neither a size after its own entry nor a policy that was not in force.
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
    // Schema 1 has no root of ended rows.
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
