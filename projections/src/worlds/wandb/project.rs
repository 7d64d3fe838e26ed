//! The W&B project as its readers see it: the runs that are there, each as of the last complete poll.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use annals_log::json::{self, Value};
use annals_log::{ListedRun, Policy, PollOutcome, PollScope, WandbPoll};
use bincode::{Decode, Encode};

use super::change::{Change, PollSeen, RunChange};
use super::poll_marks::{PollMark, PollMarks};
use super::run::{Run, RunOrder};
use super::seen_run::SeenRun;
use super::standing::Rules;
use crate::worlds::chain::Chain;

/// The last state of a run id.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) seen: Arc<SeenRun>,
    /// The project and filter of the poll that told of it last; `None` for a client's file.
    pub(crate) asked: Option<Arc<str>>,
    /// Whether the run is still there. One that is gone is remembered, since it may come back unchanged.
    pub(crate) is_listed: bool,
}

/// The polls of runs so far, as far as tables depend on them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub(crate) struct Polls {
    /// Whether one was complete: then there is evidence.
    pub(crate) had_complete: bool,
    /// Whether a complete one asked for all runs: then a run that is not held does not exist.
    pub(crate) had_all: bool,
    /// The last poll, if it broke off.
    pub(crate) failed: Option<FailedPoll>,
    /// Runs that were found gone: they wait for a complete poll that asks for them.
    pub(crate) gone: BTreeSet<String>,
}

/// A poll that broke off.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct FailedPoll {
    pub(crate) log_index: u64,
    /// The runs that it saw before; `None` when it did not go through them in upstream's order.
    pub(crate) listed: Option<BTreeSet<String>>,
}

/// A state of a run that was told by a poll that broke off.
#[derive(Debug, Clone)]
pub(crate) struct Postponed {
    pub(crate) run: Run,
    /// The project and filter of that poll: only a complete poll that asks the same makes the state current.
    pub(crate) asked: Arc<str>,
}

/// A fold over run, poll and policy events.
pub(crate) struct Project {
    pub(crate) rules: Rules,
    pub(crate) held: BTreeMap<String, Held>,
    /// States that the poll in progress has told.
    pub(crate) pending: BTreeMap<String, Run>,
    /// States of polls that broke off: they wait for a complete one.
    pub(crate) postponed: BTreeMap<String, Postponed>,
    pub(crate) polls: Polls,
    pub(crate) poll_marks: PollMarks,
    /// The runs that are there, in upstream's order.
    order: BTreeMap<RunOrder, Arc<SeenRun>>,
}

impl Project {
    /// Begins a project without runs.
    pub(crate) fn begin(policy: Arc<Policy>) -> Self {
        Self {
            rules: Rules::of(policy, &Chain::default()),
            held: BTreeMap::new(),
            pending: BTreeMap::new(),
            postponed: BTreeMap::new(),
            polls: Polls::default(),
            poll_marks: PollMarks::default(),
            order: BTreeMap::new(),
        }
    }

    /// Keeps a state that the poll in progress told; it waits for the end of the poll.
    pub(crate) fn take_polled_state(&mut self, run: Run) {
        self.polls.gone.remove(&run.run_id);
        self.pending.insert(run.run_id.clone(), run);
    }

    /// Returns the runs that are there, in upstream's order.
    pub(crate) fn runs(&self) -> impl Iterator<Item = (&RunOrder, &Arc<SeenRun>)> {
        self.order.iter()
    }

    /// Returns the run at this place in the order, if it is there.
    pub(crate) fn run(&self, order: &RunOrder) -> Option<&Arc<SeenRun>> {
        self.order.get(order)
    }

    /// Returns the run of this id, if it is there.
    pub(crate) fn run_by_id(&self, run_id: &str) -> Option<&Arc<SeenRun>> {
        self.held.get(run_id).filter(|held| held.is_listed).map(|held| &held.seen)
    }

    /// Whether the last poll broke off.
    pub(crate) fn is_partial(&self) -> bool {
        self.polls.failed.is_some()
    }

    /// Returns the runs that the last poll saw, if it was a sweep that broke off: in upstream's order, each as it was
    /// then.
    pub(crate) fn partial(&self) -> Option<BTreeMap<RunOrder, Arc<SeenRun>>> {
        let listed = self.polls.failed.as_ref()?.listed.as_ref()?;
        let newest = |run_id: &String| match self.postponed.get(run_id) {
            Some(postponed) => Some(Arc::new(self.see(postponed.run.clone()))),
            None => self.held.get(run_id).map(|held| Arc::clone(&held.seen)),
        };
        Some(listed.iter().filter_map(newest).map(|seen| (seen.run.order(), seen)).collect())
    }

    /// Continues under a saved policy; call it before the runs are put back.
    pub(crate) fn resume(&mut self, policy: Arc<Policy>, chain: &Chain) {
        self.rules = Rules::of(policy, chain);
    }

    /// Puts back a run that was saved.
    pub(crate) fn restore(&mut self, run: Run, asked: Option<Arc<str>>, is_listed: bool) {
        let seen = Arc::new(self.see(run));
        if is_listed {
            self.order.insert(seen.run.order(), Arc::clone(&seen));
        }
        self.held.insert(seen.run.run_id.clone(), Held { seen, asked, is_listed });
    }

    fn see(&self, run: Run) -> SeenRun {
        SeenRun::of(run, &self.rules)
    }

    /// Sets the policy and judges every run by it.
    pub(crate) fn set_policy(&mut self, policy: Arc<Policy>, chain: &Chain) -> Vec<RunChange> {
        self.rules = Rules::of(policy, chain);
        self.judge_anew(|_| true)
    }

    /// Asks the chain who is valid, and judges the runs of hotkeys that became valid or no longer are; `None` when
    /// there is no such hotkey.
    pub(crate) fn follow(&mut self, chain: &Chain) -> Option<Vec<RunChange>> {
        let moved = self.rules.follow(chain);
        let is_of_moved = |run: &Run| run.config.hotkey.as_ref().is_some_and(|hotkey| moved.contains(hotkey));
        (!moved.is_empty()).then(|| self.judge_anew(is_of_moved))
    }

    fn judge_anew(&mut self, is_meant: impl Fn(&Run) -> bool) -> Vec<RunChange> {
        let meant = self.held.values().filter(|held| is_meant(&held.seen.run));
        let meant: Vec<Held> = meant.cloned().collect();
        let judged = |held: Held| {
            let seen = Arc::new(self.see(held.seen.run.clone()));
            self.put(Held { seen, ..held })
        };
        meant.into_iter().filter_map(judged).collect()
    }

    /// Takes a state from a client's file. It holds until a poll tells of the run, since upstream reads the server.
    pub(crate) fn take_file_state(&mut self, run: Run) -> Change {
        if self.held.get(&run.run_id).is_some_and(|held| held.asked.is_some()) {
            return Change::default();
        }
        let held = Held { seen: Arc::new(self.see(run)), asked: None, is_listed: true };
        Change { runs: self.put(held).into_iter().collect(), ..Change::default() }
    }

    /// Takes the end of a poll. A poll of histories says nothing about which runs there are.
    pub(crate) fn take_poll(&mut self, index: u64, poll: &WandbPoll, list: Vec<ListedRun>) -> Change {
        if poll.scope == PollScope::History {
            return Change::default();
        }
        let listed: BTreeSet<String> = list.iter().map(|run| run.run_id.clone()).collect();
        let asked: Arc<str> = asked_for(&poll.asked).into();
        let finished_at_ms = poll.finished_at_ms;
        let is_complete = poll.outcome == PollOutcome::Complete;
        self.poll_marks.push(PollMark { log_index: index, finished_at_ms, is_complete });
        if is_complete {
            let (runs, gone) = self.settle(&asked, &listed);
            self.polls.had_complete = true;
            self.polls.had_all |= poll.scope == PollScope::Sweep && asks_for_all(&poll.asked);
            self.polls.failed = None;
            let poll = Some(PollSeen { finished_at_ms, list, gone });
            return Change { runs, poll, ..Change::default() };
        }
        for (run_id, run) in std::mem::take(&mut self.pending) {
            self.postponed.insert(run_id, Postponed { run, asked: Arc::clone(&asked) });
        }
        let listed = (poll.scope == PollScope::Sweep).then_some(listed);
        self.polls.failed = Some(FailedPoll { log_index: index, listed });
        let poll = Some(PollSeen { finished_at_ms, list, gone: Vec::new() });
        Change { poll, ..Change::default() }
    }

    /// Puts into effect what waited for a complete poll. Returns the changes, and which runs are gone.
    fn settle(&mut self, asked: &Arc<str>, listed: &BTreeSet<String>) -> (Vec<RunChange>, Vec<String>) {
        let mut next: BTreeMap<String, Held> = BTreeMap::new();
        for run in self.waiting_for(asked) {
            let run_id = run.run_id.clone();
            let held =
                Held { seen: Arc::new(self.see(run)), asked: Some(Arc::clone(asked)), is_listed: true };
            next.insert(run_id, held);
        }
        for run_id in listed {
            match self.held.get(run_id) {
                Some(held) if !next.contains_key(run_id) && !held.is_told_by(asked) => {
                    // A run of a file stays one of a file: the server's state of it is unknown until a poll tells it.
                    let asked = held.asked.is_some().then(|| Arc::clone(asked));
                    next.insert(run_id.clone(), Held { asked, is_listed: true, ..held.clone() });
                }
                _ => {}
            }
        }
        // A poll of another project or filter says nothing about this run.
        let is_meant = |run_id: &String| {
            let held = next.get(run_id).or_else(|| self.held.get(run_id));
            held.is_some_and(|held| held.asked.as_ref() == Some(asked)) && !listed.contains(run_id)
        };
        let (gone, waiting): (BTreeSet<_>, BTreeSet<_>) =
            std::mem::take(&mut self.polls.gone).into_iter().partition(is_meant);
        self.polls.gone = waiting;
        for run_id in &gone {
            if let Some(held) = next.remove(run_id).or_else(|| self.held.get(run_id).cloned()) {
                next.insert(run_id.clone(), Held { is_listed: false, ..held });
            }
        }
        let changes = next.into_values().filter_map(|held| self.put(held)).collect();
        (changes, gone.into_iter().collect())
    }

    /// Takes the states that a complete poll makes current: its own, and those of earlier polls that asked the same
    /// and broke off.
    fn waiting_for(&mut self, asked: &Arc<str>) -> Vec<Run> {
        let mut waiting = BTreeMap::new();
        for (run_id, postponed) in std::mem::take(&mut self.postponed) {
            if postponed.asked == *asked {
                waiting.insert(run_id, postponed.run);
            } else {
                self.postponed.insert(run_id, postponed);
            }
        }
        waiting.extend(std::mem::take(&mut self.pending));
        waiting.into_values().collect()
    }

    /// Holds a run. Returns the change, `None` when there is none.
    fn put(&mut self, held: Held) -> Option<RunChange> {
        let new = held.is_listed.then(|| Arc::clone(&held.seen));
        let before = self.held.insert(held.seen.run.run_id.clone(), held);
        let old = before.filter(|before| before.is_listed).map(|before| before.seen);
        if let (Some(old), Some(new)) = (&old, &new)
            && Arc::ptr_eq(old, new)
        {
            return None;
        }
        old.iter().for_each(|old| drop(self.order.remove(&old.run.order())));
        new.iter().for_each(|new| drop(self.order.insert(new.run.order(), Arc::clone(new))));
        (old.is_some() || new.is_some()).then_some(RunChange { is_anew: false, old, new })
    }
}

impl Held {
    /// Whether a poll that lists the run, with this project and filter, tells nothing new.
    fn is_told_by(&self, asked: &Arc<str>) -> bool {
        self.is_listed && self.asked.as_ref().is_none_or(|before| before == asked)
    }
}

/// Whether a poll that asked this had no filter.
fn asks_for_all(asked: &str) -> bool {
    let Ok(Value::Object(asked)) = json::parse(asked) else { return false };
    match asked.get("filters") {
        None | Some(Value::Null) => true,
        Some(Value::Text(filters)) => matches!(filters.as_str(), Some("" | "{}")),
        Some(_) => false,
    }
}

/// Returns what a poll asked for, without the order of the answer: polls that agree in this tell of the same runs.
fn asked_for(asked: &str) -> String {
    match json::parse(asked) {
        Ok(Value::Object(mut asked)) => {
            asked.remove("order");
            asked.to_json()
        }
        _ => asked.to_owned(),
    }
}
