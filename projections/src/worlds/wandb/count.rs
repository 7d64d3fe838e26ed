//! Counts votes and picks the entry that upstream picks for each uid (`get_stats_allocated`, `pick_dominant_dict`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::ballot::{Entry, Verdict};
use super::change::{Cast, RunChange};
use super::project::Project;
use super::run::RunOrder;
use super::seen_run::SeenRun;
use crate::upstream::python::{self, Exception, Hashable, Scalar};

/// The place where upstream first meets a uid key: its dicts keep this order.
pub(crate) type Appearance = (RunOrder, usize);

/// The votes that upstream appends, by uid key, and their results.
#[derive(Default)]
pub(crate) struct Count {
    contests: BTreeMap<String, Contest>,
    /// Uid keys with a result, by the integer that Python reads in them; upstream keeps the one it met last.
    uids: BTreeMap<String, BTreeSet<(Appearance, String)>>,
    /// Exceptions that upstream raises, in the order in which it would come to them.
    crashes: BTreeMap<(Phase, Appearance), Crash>,
    /// Integers whose result the last change may have changed.
    changed: BTreeSet<String>,
}

/// Upstream picks an entry for every uid key before it makes integers of the texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    Picking,
    Numbering,
}

/// An exception that ends upstream's whole call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Crash {
    pub(crate) exception: Exception,
    pub(crate) uid_key: String,
    /// The run whose entry raises it.
    pub(crate) offender: RunOrder,
}

#[derive(Default)]
struct Contest {
    /// Place of the vote in its run.
    votes: BTreeMap<RunOrder, usize>,
    /// The integer and the appearance that it is known by in `uids`.
    known_as: Option<(String, Appearance)>,
    crash: Option<(Phase, Appearance)>,
}

/// The entry that was picked, and how.
#[derive(Debug, Clone)]
pub(crate) struct Dominant {
    /// The uid as the validator wrote it.
    pub(crate) uid_key: String,
    pub(crate) seen: Arc<SeenRun>,
    pub(crate) entry: Entry,
    /// Entries with the same GPU name, GPU count and score.
    pub(crate) votes: usize,
    /// All entries that were compared.
    pub(crate) entries: usize,
    /// Combinations with as many votes.
    pub(crate) candidates: usize,
    pub(crate) rule: Rule,
    /// Two candidates have the same score, too: the order of runs decided.
    pub(crate) is_order_tie: bool,
}

/// The rule that decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// There is one entry.
    Only,
    /// One combination has the most votes.
    Majority,
    /// Several have the most votes, and one of them the highest score.
    Score,
    /// Several have the highest score, too, and upstream meets one of them first.
    Order,
}

struct Ballotted<'a> {
    seen: &'a Arc<SeenRun>,
    entry: &'a Entry,
}

type Combination<'a> = [Hashable<'a>; 3];

impl Count {
    /// Follows a change of runs; `project` is as it is after the change.
    pub(crate) fn apply(&mut self, runs: &[RunChange], project: &Project) {
        self.changed.clear();
        let flag = project.rules.policy.flag;
        let mut touched = BTreeSet::new();
        for run in runs {
            let votes = run.votes();
            // A policy may change the flag, and with it which votes are let in: it touches all votes.
            for (uid_key, (old, new)) in votes {
                let contest = self.contests.entry(uid_key.to_owned()).or_default();
                if let (Some(seen), Some(_)) = (&run.old, old) {
                    contest.votes.remove(&seen.run.order());
                }
                if let (Some(seen), Some(cast)) = (&run.new, new)
                    && seen.standing.counts(flag)
                    && is_appended(&cast)
                {
                    contest.votes.insert(seen.run.order(), cast.place);
                }
                touched.insert(uid_key.to_owned());
            }
        }
        touched.into_iter().for_each(|uid_key| self.decide(&uid_key, project));
    }

    /// Counts from the start, over the runs that are there.
    pub(crate) fn restore(&mut self, project: &Project) {
        let runs = project.runs().map(|(_, seen)| RunChange {
            is_anew: true,
            old: None,
            new: Some(Arc::clone(seen)),
        });
        self.apply(&runs.collect::<Vec<_>>(), project);
    }

    /// Returns the integers whose result the last change may have changed, and the result.
    pub(crate) fn changes<'a>(
        &'a self,
        project: &'a Project,
    ) -> impl Iterator<Item = (&'a str, Option<Dominant>)> {
        self.changed.iter().map(|uid| (uid.as_str(), self.dominant(uid, project)))
    }

    /// Returns the integers alone.
    pub(crate) fn changed(&self) -> impl Iterator<Item = &str> {
        self.changed.iter().map(String::as_str)
    }

    /// Returns the exception that upstream's call ends with, `None` when it returns.
    pub(crate) fn crash(&self) -> Option<&Crash> {
        self.crashes.first_key_value().map(|(_, crash)| crash)
    }

    /// Returns the entry that upstream picks for an integer.
    pub(crate) fn dominant(&self, uid: &str, project: &Project) -> Option<Dominant> {
        let (_, uid_key) = self.uids.get(uid)?.last()?;
        let entries = self.contests[uid_key].entries(project);
        pick(uid_key, &entries).ok().flatten()
    }

    /// Picks again for a uid key whose votes changed.
    fn decide(&mut self, uid_key: &str, project: &Project) {
        self.forget(uid_key);
        let contest = self.contests.get_mut(uid_key).expect("it was touched just now");
        let Some((first, &place)) = contest.votes.first_key_value() else {
            self.contests.remove(uid_key);
            return;
        };
        let appearance = (first.clone(), place);
        let entries = contest.entries(project);
        let has_result = matches!(pick(uid_key, &entries), Ok(Some(_)));
        let uid = python::int(uid_key);
        let raised = match pick_raises(&entries) {
            Some((exception, offender)) => Some((Phase::Picking, exception, offender)),
            None if has_result && uid.is_none() => {
                Some((Phase::Numbering, Exception::Value, appearance.0.clone()))
            }
            None => None,
        };
        if let Some((phase, exception, offender)) = raised {
            let at = (phase, appearance.clone());
            contest.crash = Some(at.clone());
            self.crashes.insert(at, Crash { exception, uid_key: uid_key.to_owned(), offender });
        }
        if let (Some(uid), true) = (uid, has_result) {
            contest.known_as = Some((uid.clone(), appearance.clone()));
            self.uids.entry(uid.clone()).or_default().insert((appearance, uid_key.to_owned()));
            self.changed.insert(uid);
        }
    }

    /// Removes what was noted of a uid key when it was last decided.
    fn forget(&mut self, uid_key: &str) {
        let contest = self.contests.get_mut(uid_key).expect("it was touched just now");
        if let Some(at) = contest.crash.take() {
            self.crashes.remove(&at);
        }
        if let Some((uid, appearance)) = contest.known_as.take() {
            let keys = self.uids.get_mut(&uid).expect("a contest is known as what it was noted under");
            keys.remove(&(appearance, uid_key.to_owned()));
            if keys.is_empty() {
                self.uids.remove(&uid);
            }
            self.changed.insert(uid);
        }
    }
}

impl Contest {
    /// Returns the entries that are compared; upstream appended those whose score equals 0, too, and drops them first.
    fn entries<'a>(&self, project: &'a Project) -> Vec<Ballotted<'a>> {
        let entry_of = |(order, &place): (&RunOrder, &usize)| {
            let seen = project.run(order)?;
            let vote = seen.run.config.stats.as_ref()?.votes.get(place)?;
            let is_counted = seen.verdicts.get(place) == Some(&Verdict::Counted);
            is_counted.then_some(Ballotted { seen, entry: vote.entry.as_ref()? })
        };
        self.votes.iter().filter_map(entry_of).collect()
    }
}

/// Whether upstream appends the vote to its dict, where it stays even if the next line raises.
fn is_appended(cast: &Cast<'_>) -> bool {
    matches!(cast.verdict, Verdict::Counted | Verdict::ScoreZero)
}

/// Returns what picking among these entries raises, and for which run: specs that are not a dict come first, then
/// values that have no hash, then scores that do not compare. Upstream never looks into a single entry.
fn pick_raises(entries: &[Ballotted<'_>]) -> Option<(Exception, RunOrder)> {
    if entries.len() < 2 {
        return None;
    }
    if let Some(offender) = entries.iter().find(|ballotted| ballotted.entry.specs.name_and_count().is_none())
    {
        return Some((Exception::Attribute, offender.seen.run.order()));
    }
    for ballotted in entries {
        if let Some(Err(exception)) = combination(ballotted.entry) {
            return Some((exception, ballotted.seen.run.order()));
        }
    }
    let combinations = combinations(entries).ok()?;
    highest(&most_frequent(&combinations), entries).err()
}

/// Picks an entry as upstream does, leaving out entries whose specs are not a dict.
///
/// # Errors
/// The exception that the other entries raise.
fn pick(uid_key: &str, entries: &[Ballotted<'_>]) -> Result<Option<Dominant>, Exception> {
    let dominant = |chosen: &Ballotted<'_>, votes, candidates, rule| Dominant {
        uid_key: uid_key.to_owned(),
        seen: Arc::clone(chosen.seen),
        entry: chosen.entry.clone(),
        votes,
        entries: entries.len(),
        candidates,
        rule,
        is_order_tie: rule == Rule::Order,
    };
    if let [only] = entries {
        return Ok(Some(dominant(only, 1, 1, Rule::Only)));
    }
    let combinations = combinations(entries)?;
    let top = most_frequent(&combinations);
    let Some(&(first, votes)) = top.first() else { return Ok(None) };
    if top.len() == 1 {
        return Ok(Some(dominant(&entries[first], votes, 1, Rule::Majority)));
    }
    let (chosen, is_tie) = highest(&top, entries).map_err(|(exception, _)| exception)?;
    let rule = if is_tie { Rule::Order } else { Rule::Score };
    Ok(Some(dominant(&entries[chosen], votes, top.len(), rule)))
}

/// Returns GPU name, GPU count and score of each entry that has specs, with its place.
fn combinations<'a>(entries: &[Ballotted<'a>]) -> Result<Vec<(usize, Combination<'a>)>, Exception> {
    let all = entries.iter().enumerate();
    all.filter_map(|(place, ballotted)| Some((place, combination(ballotted.entry)?)))
        .map(|(place, combination)| Ok((place, combination?)))
        .collect()
}

fn combination(entry: &Entry) -> Option<Result<Combination<'_>, Exception>> {
    let (gpu_name, num_gpus) = entry.specs.name_and_count()?;
    let score = entry.score.as_ref().unwrap_or(&Scalar::Null);
    let combination = || Ok([gpu_name.hashable()?, num_gpus.hashable()?, score.hashable()?]);
    Some(combination())
}

/// Returns the combinations with the most votes, in the order in which they first appear: the place of the first
/// vote, and the number of votes.
fn most_frequent(combinations: &[(usize, Combination<'_>)]) -> Vec<(usize, usize)> {
    let mut counts: Vec<(usize, &Combination<'_>, usize)> = Vec::new();
    for (place, combination) in combinations {
        match counts.iter_mut().find(|(_, known, _)| *known == combination) {
            Some((_, _, count)) => *count += 1,
            None => counts.push((*place, combination, 1)),
        }
    }
    let most = counts.iter().map(|&(_, _, count)| count).max().unwrap_or(0);
    counts
        .into_iter()
        .filter(|&(_, _, count)| count == most)
        .map(|(place, _, count)| (place, count))
        .collect()
}

/// Returns the place of the first candidate with the highest score, as Python's `max` finds it, and whether another
/// one has the same score.
///
/// # Errors
/// The exception of a comparison, and the entry that it was raised at.
fn highest(
    candidates: &[(usize, usize)],
    entries: &[Ballotted<'_>],
) -> Result<(usize, bool), (Exception, RunOrder)> {
    let score = |place: usize| entries[place].entry.score.as_ref().unwrap_or(&Scalar::Null);
    let Some((&(mut chosen, _), rest)) = candidates.split_first() else {
        unreachable!("whoever compares has two candidates at least")
    };
    for &(place, _) in rest {
        let is_greater = score(place)
            .is_greater(score(chosen))
            .map_err(|exception| (exception, entries[place].seen.run.order()))?;
        if is_greater {
            chosen = place;
        }
    }
    let is_tie = candidates
        .iter()
        .any(|&(place, _)| place != chosen && score(place).hashable() == score(chosen).hashable());
    Ok((chosen, is_tie))
}

impl Rule {
    /// Returns the word that SQL shows.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Only => "only_entry",
            Self::Majority => "most_votes",
            Self::Score => "highest_score",
            Self::Order => "first_run",
        }
    }
}
