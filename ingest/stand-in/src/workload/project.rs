//! A made-up W&B project, as a recorder hears of it minute by minute.

use std::cmp::Reverse;

use annals_ingest::Source as _;
use annals_ingest::sources::Wandb;
use annals_log::{Event, ListedRun, Payload, Policy, PollOutcome, PollScope, Validators, WandbPoll};

use super::dice::Dice;
use super::miner::Miner;
use super::mix::Shares;
use super::neuron::Subnet;
use super::run::{Run, Said};
use super::time::minute_ms;
use super::validator::Validator;

/// Uids below this are validators that vote on every uid.
const BIG_VALIDATORS: u16 = 12;
/// Uids below this are validators that the policy declares.
const DECLARED: u16 = 44;
/// Uids below this are validators.
const VALIDATORS: u16 = 52;
/// Uids below this have a run; the rest of the subnet is silent.
const RUNS: u16 = 252;
/// How many runs W&B puts on a page.
const PAGE_RUNS: usize = 50;
/// How many unchanged runs a poll of the most recent ones meets before it ends.
const UNCHANGED: usize = 4;
/// One poll in this many minutes goes through all runs.
const SWEEP_MINUTES: u64 = 60;
/// Minutes that are committed together once every run is there, as a large import does.
const MINUTES_PER_COMMIT: u64 = 20;
/// How far into its minute a poll has its answer.
const POLLED_MS: i64 = 30_000;
/// How far into its minute the history was asked for.
const ROWS_MS: i64 = 40_000;
/// How far into its last minute a portion is recorded.
const RECORDED_MS: i64 = 50_000;

/// The project, and how far it has been told.
pub(super) struct Project {
    shares: Shares,
    dice: Dice,
    subnet: Subnet,
    /// The runs in the order of their creation.
    runs: Vec<Run>,
    /// Places in `runs`: those of validators that vote on every uid, and the others.
    big: Vec<usize>,
    small: Vec<usize>,
    minute: u64,
    states: u64,
    portions: u64,
}

/// Events that are recorded at the same time.
pub(super) struct Portion {
    /// The events of each commit.
    pub(super) commits: Vec<Vec<Event>>,
    pub(super) recorded_at_ms: i64,
}

impl Project {
    pub(super) fn of(seed: u64, shares: Shares) -> Self {
        let mut dice = Dice::of(seed);
        let subnet = Subnet::of(seed, &mut dice);
        let (runs, big, small) = (Vec::new(), Vec::new(), Vec::new());
        Self { shares, dice, subnet, runs, big, small, minute: 0, states: 0, portions: 0 }
    }

    /// Returns the policy under which its validators count.
    pub(super) fn policy(&self) -> Policy {
        let declared = self.subnet.neurons[..usize::from(DECLARED)].iter();
        Policy {
            validators: Validators::Declared(declared.map(|neuron| neuron.hotkey.clone()).collect()),
            checklist_hotkey: self.subnet.neuron(0).hotkey.clone(),
            checklist_run: self.subnet.neuron(0).run_id.clone(),
            ..Policy::of_upstream(27)
        }
    }

    /// Returns what is recorded next: at least one event, and `entries_max` at most. Where the log ends shows in no
    /// portion but the last.
    pub(super) fn portion(&mut self, entries_max: u64) -> Portion {
        let is_growing = self.runs.len() < usize::from(RUNS);
        let minutes = if is_growing { 1 } else { MINUTES_PER_COMMIT };
        let recorded_at_ms = minute_ms(self.minute + minutes - 1) + RECORDED_MS;
        let (mut events, mut left) = (Vec::new(), entries_max);
        for _ in 0..minutes {
            let entries = left.min(self.shares.entries());
            if entries > 0 {
                self.tell_minute(entries, &mut events);
            }
            left -= entries;
        }
        self.portions += 1;
        // Later states are compressed against these, which are fetched each time: soonest where each has a frame alone.
        let commits =
            if is_growing { events.into_iter().map(|event| vec![event]).collect() } else { vec![events] };
        Portion { commits, recorded_at_ms }
    }

    /// Adds states, the poll that closes them, and rows; of a minute that is cut short the beginning, with its poll.
    fn tell_minute(&mut self, entries: u64, events: &mut Vec<Event>) {
        let polled_at_ms = minute_ms(self.minute) + POLLED_MS;
        let states = self.shares.states.min(entries - 1);
        let mut changed = Vec::new();
        for _ in 0..states {
            changed.push(self.next_state(&changed, polled_at_ms));
        }
        let is_sweep = (self.minute + 1).is_multiple_of(SWEEP_MINUTES);
        let scope = if is_sweep { PollScope::Sweep } else { PollScope::Recent };
        let met = match scope {
            PollScope::Sweep => (0..self.runs.len()).collect(),
            _ => self.recent(&changed, polled_at_ms),
        };
        for &place in met.iter().filter(|place| changed.contains(place)) {
            events.push(self.runs[place].state(&self.subnet, polled_at_ms, self.portions));
        }
        events.push(self.poll(scope, &met, polled_at_ms));
        for _ in states + 1..entries {
            let place = self.dice.place(self.runs.len());
            let asked_at_ms = minute_ms(self.minute) + ROWS_MS;
            events.push(self.runs[place].row(&self.subnet, asked_at_ms, &mut self.dice));
        }
        self.minute += 1;
    }

    /// Makes a run, or changes one that has no other state in this minute, and returns its place.
    fn next_state(&mut self, changed: &[usize], polled_at_ms: i64) -> usize {
        let number = self.states;
        self.states += 1;
        let is_big = number.is_multiple_of(self.shares.states_per_big_one);
        let (first, end, of) = match is_big {
            true => (0, BIG_VALIDATORS, &mut self.big),
            false => (BIG_VALIDATORS, RUNS, &mut self.small),
        };
        let grown = u16::try_from(of.len()).expect("there are fewer runs than uids");
        if first + grown < end {
            of.push(self.runs.len());
            return self.make_run(first + grown, changed.len(), polled_at_ms);
        }
        let others: Vec<usize> = of.iter().copied().filter(|place| !changed.contains(place)).collect();
        let place = *self.dice.pick(&others);
        self.runs[place].change(&self.subnet, VALIDATORS, &mut self.dice, polled_at_ms);
        place
    }

    fn make_run(&mut self, uid: u16, second: usize, polled_at_ms: i64) -> usize {
        let Self { subnet, dice, .. } = self;
        let said = match uid {
            ..BIG_VALIDATORS => Said::ByValidator(Validator::big(subnet, dice, polled_at_ms)),
            BIG_VALIDATORS..VALIDATORS => Said::ByValidator(Validator::small(subnet, dice, polled_at_ms)),
            VALIDATORS.. => Said::ByMiner(Miner::new(dice)),
        };
        // One a second, so that they stand in the order in which they are made.
        let second = i64::try_from(second).expect("a minute has few states");
        let created_at_ms = minute_ms(self.minute) + 1000 * second;
        self.runs.push(Run::new(self.subnet.neuron(uid), said, created_at_ms));
        self.runs.len() - 1
    }

    /// Returns the runs that changed and a few others, the last heard of first.
    fn recent(&mut self, changed: &[usize], polled_at_ms: i64) -> Vec<usize> {
        let mut places = changed.to_vec();
        for _ in 0..UNCHANGED {
            let place = self.dice.place(self.runs.len());
            if !places.contains(&place) {
                places.push(place);
            }
        }
        places.sort_by_key(|place| (Reverse(self.runs[*place].heartbeat_ms(polled_at_ms)), *place));
        places
    }

    /// Returns the event that closes a poll which met the runs at these places, and was complete, as all are.
    fn poll(&self, scope: PollScope, met: &[usize], polled_at_ms: i64) -> Event {
        let order = if scope == PollScope::Sweep { "+created_at" } else { "-heartbeat_at" };
        let list: Vec<ListedRun> = met.iter().map(|place| self.runs[*place].listed(polled_at_ms)).collect();
        let poll = WandbPoll {
            scope,
            asked: format!(r#"{{"entity":"neuralinternet","project":"opencompute","order":"{order}"}}"#),
            started_at_ms: polled_at_ms,
            finished_at_ms: polled_at_ms,
            pages: u32::try_from(list.len().div_ceil(PAGE_RUNS)).expect("there are fewer runs than uids"),
            outcome: PollOutcome::Complete,
            missing: Vec::new(),
            unreadable: Vec::new(),
        };
        let attached = vec![Payload::new(ListedRun::encode_list(&list))];
        Event { attached, ..Event::new(Wandb::NAME, "", polled_at_ms, &poll) }
    }
}
