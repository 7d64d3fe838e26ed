//! The W&B project as its readers see it: the runs that are there, each in its state as of the last complete poll.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use annals_log::json::{self, Value};
use annals_log::{ListedRun, Policy, PollOutcome, PollScope, WandbPoll};
use bincode::{Decode, Encode};

use super::change::{Change, PollSeen, RunChange};
use super::run::{Run, RunOrder};
use super::seen_run::SeenRun;
use super::standing::Rules;
use crate::worlds::chain::Chain;

/// What is held of a run id.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) seen: Arc<SeenRun>,
    /// Which project and which runs of it were asked for when a poll last told of it; `None` for a client's file.
    pub(crate) asked: Option<Arc<str>>,
    /// Whether it is still there. One that is gone is remembered, since it may come back as it was.
    pub(crate) is_listed: bool,
}

/// The polls of runs so far, as far as the tables depend on them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub(crate) struct Polls {
    /// One was complete: there is evidence.
    pub(crate) had_complete: bool,
    /// One of them asked for all runs there are: what is not held is known not to be there.
    pub(crate) had_all: bool,
    /// Since the last complete one, one broke off.
    pub(crate) failed: Option<FailedPoll>,
    /// Runs that were found gone: they wait for a complete one that asked for them.
    pub(crate) gone: BTreeSet<String>,
}

/// The last poll, which broke off.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct FailedPoll {
    pub(crate) log_index: u64,
    /// What it saw before it did; `None` where it did not go through the runs in upstream's order.
    pub(crate) listed: Option<BTreeSet<String>>,
}

/// A state that a poll saw which broke off.
#[derive(Debug, Clone)]
pub(crate) struct Postponed {
    pub(crate) run: Run,
    /// What that poll had asked for: only a complete one that asks the same makes it current.
    pub(crate) asked: Arc<str>,
}

/// A fold over run, poll and policy events.
pub(crate) struct Project {
    pub(crate) rules: Rules,
    pub(crate) held: BTreeMap<String, Held>,
    /// States that the poll in progress told.
    pub(crate) pending: BTreeMap<String, Run>,
    /// States of polls that broke off: they wait for a complete one.
    pub(crate) postponed: BTreeMap<String, Postponed>,
    pub(crate) polls: Polls,
    /// The runs that are there, in upstream's order.
    order: BTreeMap<RunOrder, Arc<SeenRun>>,
}

impl Project {
    /// A project of which nothing was told yet.
    pub(crate) fn begin(policy: Arc<Policy>) -> Self {
        Self {
            rules: Rules::of(policy, &Chain::default()),
            held: BTreeMap::new(),
            pending: BTreeMap::new(),
            postponed: BTreeMap::new(),
            polls: Polls::default(),
            order: BTreeMap::new(),
        }
    }

    /// Takes a state that the poll in progress told: it waits for the end of the poll.
    pub(crate) fn take_polled_state(&mut self, run: Run) {
        self.polls.gone.remove(&run.run_id);
        self.pending.insert(run.run_id.clone(), run);
    }

    /// The runs that are there, in upstream's order.
    pub(crate) fn runs(&self) -> impl Iterator<Item = (&RunOrder, &Arc<SeenRun>)> {
        self.order.iter()
    }

    /// A run that is there.
    pub(crate) fn run(&self, order: &RunOrder) -> Option<&Arc<SeenRun>> {
        self.order.get(order)
    }

    /// The run of this id, if it is there.
    pub(crate) fn run_by_id(&self, run_id: &str) -> Option<&Arc<SeenRun>> {
        self.held.get(run_id).filter(|held| held.is_listed).map(|held| &held.seen)
    }

    /// Whether the last poll broke off.
    pub(crate) fn is_partial(&self) -> bool {
        self.polls.failed.is_some()
    }

    /// After a sweep that broke off: what it saw, in upstream's order, each run as it was then.
    pub(crate) fn partial(&self) -> Option<BTreeMap<RunOrder, Arc<SeenRun>>> {
        let listed = self.polls.failed.as_ref()?.listed.as_ref()?;
        let newest = |run_id: &String| match self.postponed.get(run_id) {
            Some(postponed) => Some(Arc::new(self.see(postponed.run.clone()))),
            None => self.held.get(run_id).map(|held| Arc::clone(&held.seen)),
        };
        Some(listed.iter().filter_map(newest).map(|seen| (seen.run.order(), seen)).collect())
    }

    /// Goes on under a policy that was saved; the runs are put back after it.
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

    /// Judges every run by another policy.
    pub(crate) fn set_policy(&mut self, policy: Arc<Policy>, chain: &Chain) -> Vec<RunChange> {
        self.rules = Rules::of(policy, chain);
        self.judge_anew(|_| true)
    }

    /// Asks the chain whose runs count. Judges those whose hotkey does since, or does not any more; `None` when there is
    /// no such hotkey.
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

    /// A state from a client's file is what is known of its run until a poll tells of it: upstream reads the server.
    pub(crate) fn take_file_state(&mut self, run: Run) -> Change {
        if self.held.get(&run.run_id).is_some_and(|held| held.asked.is_some()) {
            return Change::default();
        }
        let held = Held { seen: Arc::new(self.see(run)), asked: None, is_listed: true };
        Change { runs: self.put(held).into_iter().collect(), ..Change::default() }
    }

    /// Takes the end of a poll; a poll of histories says nothing of which runs there are.
    pub(crate) fn take_poll(&mut self, index: u64, poll: &WandbPoll, list: Vec<ListedRun>) -> Change {
        if poll.scope == PollScope::History {
            return Change::default();
        }
        let listed: BTreeSet<String> = list.iter().map(|run| run.run_id.clone()).collect();
        let asked: Arc<str> = asked_for(&poll.asked).into();
        let finished_at_ms = poll.finished_at_ms;
        if poll.outcome == PollOutcome::Complete {
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

    /// A poll is whole: what waited for it takes effect. Says which runs are gone with it.
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
                    // A file's state is not what the server has; that is unknown without a node, and the file's stays.
                    let asked = held.asked.is_some().then(|| Arc::clone(asked));
                    next.insert(run_id.clone(), Held { asked, is_listed: true, ..held.clone() });
                }
                _ => {}
            }
        }
        // Who asked another project, or for other runs, knows nothing of this one.
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

    /// Takes the states that a complete poll makes current: its own, and those of polls before it that asked the same and
    /// broke off.
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

    /// Holds a run from now on. `None` when what is there is the same as before.
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
    /// Whether a poll that asked the same has nothing new to tell by listing it.
    fn is_told_by(&self, asked: &Arc<str>) -> bool {
        self.is_listed && self.asked.as_ref().is_none_or(|before| before == asked)
    }
}

/// Whether there was no filter.
fn asks_for_all(asked: &str) -> bool {
    let Ok(Value::Object(asked)) = json::parse(asked) else { return false };
    match asked.get("filters") {
        None | Some(Value::Null) => true,
        Some(Value::Text(filters)) => matches!(filters.as_str(), Some("" | "{}")),
        Some(_) => false,
    }
}

/// What a poll asked for, in whatever order it wanted the answer: two polls that agree in this tell of the same runs.
fn asked_for(asked: &str) -> String {
    match json::parse(asked) {
        Ok(Value::Object(mut asked)) => {
            asked.remove("order");
            asked.to_json()
        }
        _ => asked.to_owned(),
    }
}
