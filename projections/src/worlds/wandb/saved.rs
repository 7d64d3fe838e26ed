//! The lists that W&B remembers: runs that are held, that the poll in progress told, or that wait for a complete poll.

use std::io;
use std::sync::Arc;

use annals_log::encode;
use bincode::{Decode, Encode};

use super::project::{Postponed, Project};
use super::run::Run;
use crate::unfit::Unfit;
use crate::worlds::saved_lists::SavedLists;

/// The lists of a saved state, which nothing vouches for yet.
pub(crate) struct SavedRuns {
    held: Vec<SavedRun>,
    pending: Vec<Run>,
    postponed: Vec<(String, Run)>,
}

#[derive(Encode, Decode)]
struct SavedRun {
    run: Run,
    asked: Option<String>,
    is_listed: bool,
}

impl SavedRuns {
    pub(super) const LISTS: usize = 3;

    pub(super) fn counts(project: &Project) -> Vec<u64> {
        let counts = [project.held.len(), project.pending.len(), project.postponed.len()];
        counts.map(|count| count as u64).to_vec()
    }

    /// Calls `block` with each item, encoded.
    ///
    /// # Errors
    /// The first error of `block`.
    pub(super) fn write(project: &Project, block: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        for held in project.held.values() {
            let asked = held.asked.as_ref().map(ToString::to_string);
            block(&encode(&SavedRun { run: held.seen.run.clone(), asked, is_listed: held.is_listed }))?;
        }
        project.pending.values().try_for_each(|run| block(&encode(run)))?;
        for postponed in project.postponed.values() {
            block(&encode(&(postponed.asked.to_string(), postponed.run.clone())))?;
        }
        Ok(())
    }

    /// Reads the lists.
    ///
    /// # Errors
    /// `Damaged`, `Io`.
    pub(super) fn read(lists: &mut SavedLists<'_>) -> Result<Self, Unfit> {
        Ok(Self { held: lists.next()?, pending: lists.next()?, postponed: lists.next()? })
    }

    /// Puts the runs back; call it after [`Project::resume`].
    pub(super) fn restore(self, project: &mut Project) {
        for SavedRun { run, asked, is_listed } in self.held {
            project.restore(run, asked.map(Arc::from), is_listed);
        }
        for run in self.pending {
            project.pending.insert(run.run_id.clone(), run);
        }
        for (asked, run) in self.postponed {
            let postponed = Postponed { run, asked: asked.into() };
            project.postponed.insert(postponed.run.run_id.clone(), postponed);
        }
    }
}
