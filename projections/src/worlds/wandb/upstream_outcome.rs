//! `upstream_outcome`: how each of upstream's readers would end, had it been called after the last poll.

use std::collections::{BTreeMap, BTreeSet};

use super::change::Change;
use super::project::Project;
use super::run::{Reading, Run, RunOrder};
use super::seen_run::SeenRun;
use super::standing::{MINER, Rules, VALIDATOR};
use super::world::Wandb;
use crate::evidence::Evidence;
use crate::rows::{Cell, CellSource, CellType, ColumnOf, Columns, NewRow, Rows, TableSchema};
use crate::upstream::python::Exception;
use crate::worlds::table::Table;

/// The key is the name of upstream's method.
const COLUMNS: Columns<&str, Outcome> = Columns {
    key: &[ColumnOf::of("function", CellType::Text, |&function| function.into())],
    values: &[
        ColumnOf::of("outcome", CellType::Text, |outcome| outcome.outcome.into()),
        ColumnOf::nullable("exception", CellType::Text, |outcome| {
            Cell::of(outcome.exception.map(Exception::as_str))
        }),
        ColumnOf::nullable("run_id", CellType::Text, |outcome| {
            Cell::of(outcome.run.as_ref().map(|run| run.run_id.as_str()))
        }),
        ColumnOf::nullable("uid_key", CellType::Text, |outcome| Cell::of(outcome.uid_key.as_deref())),
        ColumnOf::nullable("returns", CellType::Text, |outcome| Cell::of(outcome.returns.as_deref())),
    ],
    origin: &[],
};

const SCHEMA: TableSchema = TableSchema {
    name: "upstream_outcome",
    about: "Whether each of upstream's readers returns, and what it raises where it does not",
    version: 2,
    columns: &COLUMNS.plain::<{ COLUMNS.count() }>(),
    ending: &[],
    key_columns: COLUMNS.key.len(),
    origin_columns: COLUMNS.origin.len(),
    keeps_history: true,
    follows_chain_alone: false,
    evidence: &[Evidence::Polls],
};

/// One of upstream's methods (`compute/wandb/wandb.py`) that go through the runs of a filter.
struct Reader {
    function: &'static str,
    role: &'static str,
    /// Whether a run has the field that the filter asks for.
    has_field: fn(&Run, &Rules) -> bool,
}

const SPECS: &str = "get_miner_specs";
const STATS: &str = "get_stats_allocated";
const FIXED_RUN: &str = "get_penalized_hotkeys_checklist";

const READERS: [Reader; 5] = [
    Reader {
        function: "get_allocated_hotkeys",
        role: VALIDATOR,
        has_field: |run, _| run.config.allocated_hotkeys.is_some(),
    },
    Reader {
        function: "get_penalized_hotkeys",
        role: VALIDATOR,
        has_field: |run, _| run.config.penalized_hotkeys.is_some(),
    },
    Reader {
        function: "get_penalized_hotkeys_checklist_bak",
        role: VALIDATOR,
        has_field: |run, rules| {
            let is_by_checker = run.config.hotkey.as_ref() == Some(&rules.policy.checklist_hotkey);
            run.config.penalized_hotkeys_checklist.is_some() && is_by_checker
        },
    },
    Reader { function: STATS, role: VALIDATOR, has_field: |run, _| run.config.stats.is_some() },
    Reader { function: SPECS, role: MINER, has_field: |_, _| true },
];

/// The runs that each reader asks for, and those of them on which its W&B client gives up.
#[derive(Default)]
pub(crate) struct UpstreamOutcome {
    asked: BTreeMap<&'static str, BTreeSet<RunOrder>>,
    unreadable: BTreeMap<&'static str, BTreeSet<RunOrder>>,
}

/// How a call ends.
struct Outcome {
    outcome: &'static str,
    exception: Option<Exception>,
    uid_key: Option<String>,
    run: Option<RunOrder>,
    returns: Option<String>,
}

impl Table for UpstreamOutcome {
    type World = Wandb;

    fn schema(&self) -> &'static TableSchema {
        &SCHEMA
    }

    fn apply(&mut self, index: u64, change: &Change, world: &Wandb, rows: &mut Rows) {
        if !change.is_of_project() {
            return;
        }
        if change.is_policy {
            self.restore(world);
        } else {
            for run in &change.runs {
                run.old.iter().for_each(|old| self.drop_run(old));
                run.new.iter().for_each(|new| self.add_run(new, &world.project.rules));
            }
        }
        for reader in &READERS {
            rows.set(self.outcome(reader, world).row(reader.function, index, &world.project));
        }
        rows.set(fixed_run(&world.project).row(FIXED_RUN, index, &world.project));
    }

    fn restore(&mut self, world: &Wandb) {
        *self = Self::default();
        world.project.runs().for_each(|(_, seen)| self.add_run(seen, &world.project.rules));
    }
}

impl UpstreamOutcome {
    fn add_run(&mut self, seen: &SeenRun, rules: &Rules) {
        for reader in &READERS {
            if rules.asks_for(&seen.run, reader.role) && (reader.has_field)(&seen.run, rules) {
                self.asked.entry(reader.function).or_default().insert(seen.run.order());
                if seen.run.reading == Reading::RawControls {
                    self.unreadable.entry(reader.function).or_default().insert(seen.run.order());
                }
            }
        }
    }

    fn drop_run(&mut self, seen: &SeenRun) {
        let order = seen.run.order();
        for runs in self.asked.values_mut().chain(self.unreadable.values_mut()) {
            runs.remove(&order);
        }
    }

    fn outcome(&self, reader: &Reader, world: &Wandb) -> Outcome {
        // Each reader first asks how many runs there are, and returns if there are none.
        if self.asked.get(reader.function).is_none_or(BTreeSet::is_empty) {
            return Outcome::returned(&world.project);
        }
        // Only the specs' reader catches what is raised on the way, and returns what it has.
        let outcome = if reader.function == SPECS { "partial" } else { "raises" };
        let raised = |exception, run, uid_key| Outcome {
            outcome,
            exception: Some(exception),
            run,
            uid_key,
            returns: None,
        };
        if world.project.is_partial() {
            return raised(Exception::Comm, None, None);
        }
        if let Some(first) = self.unreadable.get(reader.function).and_then(BTreeSet::first) {
            return raised(Exception::JsonDecode, Some(first.clone()), None);
        }
        match world.count.crash().filter(|_| reader.function == STATS) {
            Some(crash) => raised(crash.exception, Some(crash.offender.clone()), Some(crash.uid_key.clone())),
            None => Outcome::returned(&world.project),
        }
    }
}

/// Returns how `get_penalized_hotkeys_checklist` ends: it reads one run by its id, whoever signed it, and returns
/// whatever is there, `None` included.
fn fixed_run(project: &Project) -> Outcome {
    let ended =
        |outcome, exception, run, returns| Outcome { outcome, exception, uid_key: None, run, returns };
    let run_id = &project.rules.policy.checklist_run;
    let Some(seen) = project.run_by_id(run_id) else {
        return match project.polls.had_all || project.held.contains_key(run_id) {
            true => ended("raises", Some(Exception::Comm), None, None),
            false => ended("unknown", None, None, None),
        };
    };
    let order = Some(seen.run.order());
    if seen.run.reading != Reading::Sound {
        return ended("raises", Some(Exception::JsonDecode), order, None);
    }
    let returns = match &seen.run.config.penalized_hotkeys_checklist {
        Some(list) => list.not_a_list.clone(),
        None => Some("null".to_owned()),
    };
    ended("returns", None, order, returns)
}

impl Outcome {
    /// Makes the outcome of a call that returns; it is unknown before there is any evidence.
    fn returned(project: &Project) -> Self {
        let is_unknown = !project.polls.had_complete && project.held.is_empty();
        let outcome = if is_unknown { "unknown" } else { "returns" };
        Self { outcome, exception: None, uid_key: None, run: None, returns: None }
    }

    /// Makes the row. Its entry is that of the run it names, otherwise of the poll that broke off, otherwise of the
    /// change.
    fn row(&self, function: &'static str, index: u64, project: &Project) -> NewRow {
        let of_run = self.run.as_ref().and_then(|order| project.run(order)).map(|seen| seen.run.log_index);
        let of_poll = match (&project.polls.failed, self.exception) {
            (Some(failed), Some(Exception::Comm)) => Some(failed.log_index),
            _ => None,
        };
        COLUMNS.row(&function, self, of_run.or(of_poll).unwrap_or(index))
    }
}

impl CellSource for Outcome {
    type For<'a> = Self;
}
