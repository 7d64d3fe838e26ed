//! What a poll told, and the projects as they were after it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use annals_ingest::sources::Wandb;
use annals_ingest::wandb_exchange::{Operation, Page, single_run, text_of};
use annals_ingest::{Exchange, Source as _};
use annals_log::json::Value;

use super::project_name::{ProjectName, variables_of};
use super::run::ServedRun;

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
    /// The question whose list it is, when it is a sweep.
    swept: Option<Question>,
    has_failed: bool,
    /// The last page says that there is another one.
    has_next: bool,
    told: Vec<Told>,
}

/// Runs as they were read last: most of a run is the same from poll to poll, and is kept once.
pub(super) type ReadLast = BTreeMap<(ProjectName, String), Arc<ServedRun>>;

/// The project and the runs that were asked for, in any order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Question {
    project: ProjectName,
    /// The filters as JSON; empty for none.
    filters: String,
}

struct Told {
    project: ProjectName,
    run_id: String,
    /// `None` when the server does not have the run.
    run: Option<Arc<ServedRun>>,
    /// The question whose list it was in; `None` when it was asked for by its id.
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

    /// Takes the node of a run. One that cannot be read is left out.
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

/// Returns the filters of a request as JSON. Clients write no filter in three ways: here it is empty.
fn filters_of(exchange: &Exchange) -> String {
    let filters = variables_of(exchange).and_then(|mut variables| variables.remove("filters"));
    let is_some = |filters: &Value| filters.as_text().is_some_and(|text| *text != *"{}");
    filters
        .filter(|filters| filters.is_truthy() && is_some(filters))
        .map_or_else(String::new, |filters| filters.to_json())
}

/// The projects as they are after the polls so far, and the questions that each run answered.
#[derive(Default)]
pub(super) struct Standing {
    projects: BTreeMap<ProjectName, Arc<Runs>>,
    /// By question, the runs that its answers have listed since its last whole sweep.
    listed: BTreeMap<Question, BTreeSet<String>>,
}

impl Standing {
    /// Returns the projects as they are after the next poll. A whole sweep tells which runs there are for its question:
    /// a run that was listed for this question before, and for no other, is gone. All else tells of single runs.
    pub(super) fn after(&mut self, poll: PollInProgress) -> Poll {
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
        // A project is there even if its list is empty.
        let runs = Arc::make_mut(self.projects.entry(swept.project.clone()).or_default());
        let listed = self.listed.remove(&swept).unwrap_or_default();
        let others = self.listed.iter().filter(|(question, _)| question.project == swept.project);
        let others: Vec<_> = others.map(|(_, listed)| listed).collect();
        let gone = listed.iter().filter(|run_id| !others.iter().any(|listed| listed.contains(*run_id)));
        for run_id in gone {
            runs.remove(run_id);
        }
        self.listed.insert(swept, BTreeSet::new());
    }

    fn take(&mut self, told: Told, known: Option<&Arc<ServedRun>>) {
        let Told { project, run_id, run, listed } = told;
        let runs = Arc::make_mut(self.projects.entry(project).or_default());
        // Of a run that comes twice, the later one counts.
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
