//! The runs that the server has now: those of a moment of the recording, and what writers have changed since.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use annals_log::json::{Text, Value};
use annals_log::{Clock, utc_text};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::exports::Export;
use super::history::{Rows, ServedRows};
use super::poll::{Poll, Runs};
use super::project_name::ProjectName;
use super::recording::Recording;
use super::run::ServedRun;

/// The moment of a recording that is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Moment {
    /// After the last poll.
    #[default]
    Last,
    /// After the last poll that ended at this time or before it, in milliseconds since 1970 UTC.
    At(i64),
    /// Each request for a first page of runs that has one is answered from the next poll, and from the last one for
    /// ever.
    Advance,
}

#[derive(Default)]
pub(super) struct State {
    recording: Recording,
    moment: Moment,
    /// The place of the poll that is served, when the moment advances; `None` before the first page of runs.
    place: Option<usize>,
    /// Whether a client was told a first page of runs since it moved.
    has_begun_a_listing: Cell<bool>,
    written: BTreeMap<ProjectName, BTreeMap<String, Written>>,
    written_rows: BTreeMap<(ProjectName, String), Rows>,
    /// All projects, in the order in which they came.
    names: Vec<ProjectName>,
    exports: BTreeMap<String, Vec<Export>>,
    /// The URL at which the server listens.
    pub(super) url: String,
    pub(super) clock: Clock,
}

enum Written {
    Run(Arc<ServedRun>),
    Deleted,
}

impl State {
    pub(super) fn new(recording: Recording, moment: Moment) -> Self {
        let projects = recording.polls.iter().flat_map(|poll| poll.projects.keys());
        let mut names: Vec<ProjectName> = Vec::new();
        for name in projects {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        Self { recording, moment, names, ..Self::default() }
    }

    /// A state in which nothing was recorded, with a project for writers.
    pub(super) fn of_writers(project: ProjectName, clock: Clock) -> Self {
        let written = BTreeMap::from([(project.clone(), BTreeMap::new())]);
        Self { written, names: vec![project], clock, ..Self::default() }
    }

    pub(super) fn export(&mut self, run_id: String, export: Export) {
        self.exports.entry(run_id).or_default().push(export);
    }

    pub(super) fn recording(&self) -> &Recording {
        &self.recording
    }

    /// `None` when the moment is before the first poll.
    pub(super) fn poll(&self) -> Option<&Poll> {
        let polls = &self.recording.polls;
        match self.moment {
            Moment::Last => polls.last(),
            Moment::At(ms) => polls[..polls.partition_point(|poll| poll.ended_at_ms <= ms)].last(),
            Moment::Advance => polls.get(self.place.unwrap_or(0)),
        }
    }

    /// Moves to the next poll, for a request for a first page of runs. Returns the place before, for `stay` when there
    /// is no such page.
    pub(super) fn advance(&mut self) -> Option<usize> {
        self.has_begun_a_listing.set(false);
        let last = self.recording.polls.len().saturating_sub(1);
        self.place.replace(self.place.map_or(0, |place| (place + 1).min(last)))
    }

    pub(super) fn stay(&mut self, place: Option<usize>) {
        self.place = place;
    }

    pub(super) fn began_a_listing(&self) {
        self.has_begun_a_listing.set(true);
    }

    pub(super) fn has_begun_a_listing(&self) -> bool {
        self.has_begun_a_listing.get()
    }

    /// Returns the time until which rows are served, in milliseconds: those that were fetched later are not there yet.
    fn rows_until_ms(&self) -> i64 {
        match self.moment {
            Moment::Last => i64::MAX,
            Moment::At(ms) => ms,
            Moment::Advance => {
                let next = self.recording.polls.get(self.place.unwrap_or(0) + 1);
                next.map_or(i64::MAX, |poll| poll.began_at_ms - 1)
            }
        }
    }

    pub(super) fn has_project(&self, project: &ProjectName) -> bool {
        self.recorded(project).is_some() || self.written.contains_key(project)
    }

    fn recorded(&self, project: &ProjectName) -> Option<&Runs> {
        self.poll()?.projects.get(project).map(|runs| &**runs)
    }

    /// Returns the runs of a project; `None` when there is no such project.
    pub(super) fn runs(&self, project: &ProjectName) -> Option<Cow<'_, Runs>> {
        let recorded = self.recorded(project);
        let Some(written) = self.written.get(project) else { return recorded.map(Cow::Borrowed) };
        let mut runs = recorded.cloned().unwrap_or_default();
        for (run_id, written) in written {
            match written {
                Written::Run(run) => runs.insert(run_id.clone(), Arc::clone(run)),
                Written::Deleted => runs.remove(run_id),
            };
        }
        Some(Cow::Owned(runs))
    }

    /// Returns how many runs all projects have.
    pub(super) fn all_runs(&self) -> usize {
        self.names.iter().filter_map(|project| self.runs(project)).map(|runs| runs.len()).sum()
    }

    pub(super) fn run(&self, project: &ProjectName, run_id: &str) -> Option<Arc<ServedRun>> {
        match self.written.get(project).and_then(|runs| runs.get(run_id)) {
            Some(Written::Run(run)) => Some(Arc::clone(run)),
            Some(Written::Deleted) => None,
            None => self.recorded(project)?.get(run_id).cloned(),
        }
    }

    /// Returns the run that has a node id.
    pub(super) fn run_of_node(&self, node_id: &str) -> Option<(ProjectName, Arc<ServedRun>)> {
        let is_it =
            |run: &ServedRun| run.field("id").and_then(Value::as_text).is_some_and(|id| *id == *node_id);
        self.names.iter().find_map(|project| {
            let written = self.written.get(project);
            let is_recorded = |run_id: &String| written.is_none_or(|written| !written.contains_key(run_id));
            let recorded = self.recorded(project).into_iter().flatten();
            let recorded = recorded.filter(|(run_id, _)| is_recorded(run_id)).map(|(_, run)| run);
            let written = written.into_iter().flatten().filter_map(|(_, written)| match written {
                Written::Run(run) => Some(run),
                Written::Deleted => None,
            });
            let run = recorded.chain(written).find(|run| is_it(run))?;
            Some((project.clone(), Arc::clone(run)))
        })
    }

    /// Returns the rows of a run: those that were fetched, exported and written.
    pub(super) fn rows(&self, project: &ProjectName, run_id: &str) -> ServedRows<'_> {
        let of_run = (project.clone(), run_id.to_owned());
        let recorded = self.recording.rows.get(&of_run).into_iter().map(|rows| (rows, self.rows_until_ms()));
        let exported = self.exports.get(run_id).into_iter().flatten().map(|export| &export.rows);
        let later = exported.chain(self.written_rows.get(&of_run)).map(|rows| (rows, i64::MAX));
        recorded
            .chain(later)
            .fold(ServedRows::default(), |served, (rows, until_ms)| served.with(rows, until_ms))
    }

    /// Returns the URLs of files with a run's rows, and the step after their last.
    pub(super) fn exports(&self, run_id: &str) -> (Vec<String>, u64) {
        let exports = self.exports.get(run_id).map(Vec::as_slice).unwrap_or_default();
        let urls = exports.iter().map(|export| format!("{}/exports/{}", self.url, export.file));
        let last_step = exports.iter().filter_map(|export| export.rows.last_step()).max();
        (urls.collect(), last_step.map_or(0, |step| step + 1))
    }

    pub(super) fn exported(&self, file: &str) -> Option<Arc<[u8]>> {
        let export = self.exports.values().flatten().find(|export| export.file == file)?;
        Some(Arc::clone(&export.bytes))
    }

    /// Takes a run from a writer. The run may be new, and so may its project.
    pub(super) fn write(&mut self, project: &ProjectName, run: ServedRun) {
        if !self.names.contains(project) {
            self.names.push(project.clone());
        }
        let runs = self.written.entry(project.clone()).or_default();
        runs.insert(run.run_id(), Written::Run(Arc::new(run)));
    }

    /// Takes rows that a writer logs, and returns how many of them are new. A row that comes again is kept once.
    pub(super) fn log(&mut self, project: &ProjectName, run_id: &str, lines: &[Text]) -> u64 {
        let since_ms = self.clock.now_ms();
        let of_run = (project.clone(), run_id.to_owned());
        let mut new = 0;
        for line in lines {
            new += u64::from(!self.rows(project, run_id).has(line));
            self.written_rows.entry(of_run.clone()).or_default().put(line.clone(), since_ms);
        }
        new
    }

    pub(super) fn delete(&mut self, project: &ProjectName, run_id: &str) {
        let runs = self.written.entry(project.clone()).or_default();
        runs.insert(run_id.to_owned(), Written::Deleted);
        self.written_rows.remove(&(project.clone(), run_id.to_owned()));
    }

    /// Returns the time as W&B writes it, to the second.
    pub(super) fn now(&self) -> String {
        utc_text(self.clock.now_ms() / 1000 * 1000)
    }

    /// Returns the user behind any key.
    pub(super) fn user(&self) -> &'static str {
        "stand-in"
    }

    /// Returns the entity whose projects are meant when a request names none.
    pub(super) fn entity(&self) -> String {
        self.names.first().map_or_else(|| self.user().to_owned(), |name| name.entity.clone())
    }

    /// Returns the number of a project, from 1.
    pub(super) fn project_number(&self, project: &ProjectName) -> usize {
        self.names.iter().take_while(|name| *name != project).count() + 1
    }

    pub(super) fn project_id(project: &ProjectName) -> String {
        BASE64_STANDARD.encode(format!("Project:v1:{}:{}", project.project, project.entity))
    }

    pub(super) fn run_node_id(project: &ProjectName, run_id: &str) -> String {
        BASE64_STANDARD.encode(format!("Run:v1:{run_id}:{}:{}", project.project, project.entity))
    }
}
