//! The lists that W&B remembers: runs that are held, that the poll in progress told, or that wait for a complete poll;
//! and the polls.

use std::io;
use std::sync::Arc;

use annals_log::encode;
use bincode::{Decode, Encode};

use super::poll_marks::{PollMark, PollMarks};
use super::project::{Postponed, Project};
use super::run::Run;
use crate::unfit::Unfit;
use crate::worlds::saved_lists::SavedLists;

/// The lists of a saved state, which nothing vouches for yet.
pub(crate) struct SavedRuns {
    held: Vec<SavedRun>,
    pending: Vec<Run>,
    postponed: Vec<(String, Run)>,
    poll_marks: Vec<PollMark>,
}

#[derive(Encode, Decode)]
struct SavedRun {
    run: Run,
    asked: Option<String>,
    is_listed: bool,
}

impl SavedRuns {
    pub(super) const LISTS: usize = 4;

    pub(super) fn counts(project: &Project) -> Vec<u64> {
        let (pending, postponed) = (project.pending.len(), project.postponed.len());
        let counts = [project.held.len(), pending, postponed, project.poll_marks.all().len()];
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
        project.poll_marks.all().iter().try_for_each(|mark| block(&encode(mark)))
    }

    /// Reads the lists.
    ///
    /// # Errors
    /// `Damaged`, `Io`.
    pub(super) fn read(lists: &mut SavedLists<'_>) -> Result<Self, Unfit> {
        let (held, pending, postponed) = (lists.next()?, lists.next()?, lists.next()?);
        Ok(Self { held, pending, postponed, poll_marks: lists.next()? })
    }

    /// Puts everything back; call it after [`Project::resume`].
    pub(super) fn restore(self, project: &mut Project) {
        project.poll_marks = PollMarks::of(self.poll_marks);
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
