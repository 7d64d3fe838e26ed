//! What a poll told, and how all stands behind it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use annals_log::json::Value;

use super::project_name::{ProjectName, variables_of};
use super::run::ServedRun;
use crate::raw::Exchange;
use crate::source::Source as _;
use crate::sources::Wandb;
use crate::wandb_exchange::{Operation, Page, single_run, text_of};

/// Runs by their ids.
pub(super) type Runs = BTreeMap<String, Arc<ServedRun>>;

/// All projects as they were after a poll.
#[derive(Debug, Clone, Default)]
pub(super) struct Poll {
    /// When its first answer was had.
    pub(super) began_at_ms: i64,
    /// When its last answer was had.
    pub(super) ended_at_ms: i64,
    pub(super) projects: BTreeMap<ProjectName, Arc<Runs>>,
}

/// What one poll told.
#[derive(Default)]
pub(super) struct PollInProgress {
    began_at_ms: Option<i64>,
    ended_at_ms: i64,
    /// Whose list it is, when it is a sweep.
    swept: Option<Question>,
    has_failed: bool,
    /// The last page says that there is another one.
    has_next: bool,
    told: Vec<Told>,
}

/// Runs as they were read last: most of a run is the same from poll to poll, and is kept once.
pub(super) type ReadLast = BTreeMap<(ProjectName, String), Arc<ServedRun>>;

/// For which runs of which project was asked, in whatever order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Question {
    project: ProjectName,
    /// As JSON.
    filters: String,
}

struct Told {
    project: ProjectName,
    run_id: String,
    /// `None` when the server does not have it.
    run: Option<Arc<ServedRun>>,
    /// Whose list it was in; none when it was asked for by its id.
    listed: Option<Question>,
}

impl PollInProgress {
    pub(super) fn ended_at_ms(&self) -> i64 {
        self.ended_at_ms
    }

    pub(super) fn take(&mut self, exchange: &Exchange, read_last: &mut ReadLast) {
        self.began_at_ms.get_or_insert(exchange.fetched_at_ms);
        self.ended_at_ms = exchange.fetched_at_ms;
        let Some(project) = ProjectName::asked_by(exchange) else { return };
        let text = text_of(exchange);
        match Operation::of(&exchange.request, Wandb::NAME) {
            Ok(Operation::Runs(asked)) => {
                let question = Question { project, filters: filters_of(exchange) };
                if asked.is_first && asked.order == "+created_at" {
                    self.swept = Some(question.clone());
                }
                let Ok(page) = text.and_then(Page::read) else {
                    self.has_failed = true;
                    return;
                };
                self.has_next = page.has_next;
                for node in page.nodes {
                    self.take_node(&question.project, node, Some(&question), read_last);
                }
            }
            Ok(Operation::Run { run_id }) => match text.and_then(single_run) {
                Ok(Some(node)) => self.take_node(&project, node, None, read_last),
                Ok(None) => self.told.push(Told { project, run_id, run: None, listed: None }),
                Err(_) => {}
            },
            _ => {}
        }
    }

    /// What cannot be read is no run.
    fn take_node(
        &mut self,
        project: &ProjectName,
        node: &str,
        listed: Option<&Question>,
        read_last: &mut ReadLast,
    ) {
        let Ok(run) = ServedRun::read(node) else { return };
        let run_id = run.run_id();
        if run_id.is_empty() {
            return;
        }
        let of_run = (project.clone(), run_id);
        let run = match read_last.get(&of_run) {
            Some(last) => run.sharing(last),
            None => Arc::new(run),
        };
        read_last.insert(of_run.clone(), Arc::clone(&run));
        let (project, run_id) = of_run;
        self.told.push(Told { project, run_id, run: Some(run), listed: listed.cloned() });
    }
}

/// No filter is written in three ways.
fn filters_of(exchange: &Exchange) -> String {
    let filters = variables_of(exchange).and_then(|mut variables| variables.remove("filters"));
    let is_some = |filters: &Value| filters.as_text().is_some_and(|text| *text != *"{}");
    filters
        .filter(|filters| filters.is_truthy() && is_some(filters))
        .map_or_else(String::new, |filters| filters.to_json())
}

/// How all stands behind the polls so far, and who told of which run.
#[derive(Default)]
pub(super) struct Standing {
    projects: BTreeMap<ProjectName, Arc<Runs>>,
    /// The runs that are in the answers to a question since its last whole sweep.
    listed: BTreeMap<Question, BTreeSet<String>>,
}

impl Standing {
    /// All as it stands behind the next poll. A sweep that is whole tells which runs there are, to its question: those
    /// that were in the answers to that one before, and to no other. All else tells of single runs.
    pub(super) fn behind(&mut self, poll: PollInProgress) -> Poll {
        let before = self.projects.clone();
        if let Some(swept) = poll.swept.filter(|_| !poll.has_failed && !poll.has_next) {
            self.sweep(swept);
        }
        for told in poll.told {
            let known = before.get(&told.project).and_then(|runs| runs.get(&told.run_id));
            self.take(told, known);
        }
        let ended_at_ms = poll.ended_at_ms;
        let began_at_ms = poll.began_at_ms.unwrap_or(ended_at_ms);
        Poll { began_at_ms, ended_at_ms, projects: self.projects.clone() }
    }

    fn sweep(&mut self, swept: Question) {
        // A project whose list is empty is there.
        let runs = Arc::make_mut(self.projects.entry(swept.project.clone()).or_default());
        let listed = self.listed.remove(&swept).unwrap_or_default();
        let others = self.listed.iter().filter(|(question, _)| question.project == swept.project);
        let others: Vec<_> = others.map(|(_, listed)| listed).collect();
        let gone = listed.iter().filter(|run_id| !others.iter().any(|listed| listed.contains(*run_id)));
        gone.for_each(|run_id| drop(runs.remove(run_id)));
        self.listed.insert(swept, BTreeSet::new());
    }

    fn take(&mut self, told: Told, known: Option<&Arc<ServedRun>>) {
        let Told { project, run_id, run, listed } = told;
        let runs = Arc::make_mut(self.projects.entry(project).or_default());
        // A run that comes twice is as it came last.
        let known = runs.get(&run_id).or(known);
        let run = run.map(|run| match known {
            Some(known) => run.after(known),
            None => run,
        });
        if let Some(question) = listed {
            self.listed.entry(question).or_default().insert(run_id.clone());
        }
        match run {
            Some(run) => runs.insert(run_id, run),
            None => runs.remove(&run_id),
        };
    }
}
