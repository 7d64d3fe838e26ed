//! When each target is asked: in every interval at the target's own moment, and no network faster than it may be.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::Arc;

use annals_log::Hash;

use super::target::{Target, To};

/// The least time between two scrapes of posted targets in one /24 or /64: whoever posts the address of another, again
/// and again with other ports, has us knock there no more than about once a second.
const NETWORK_PAUSE_MS: i64 = 1_000;

/// The moments of all targets. It has no clock: all times are given, in milliseconds since 1970 UTC.
pub(super) struct Schedule {
    interval_ms: i64,
    /// Recorders with other seeds ask at other moments.
    seed: Hash,
    standing: BTreeMap<String, Standing>,
    /// The targets that wait, with the moment at which they may begin: those that have waited longer come first.
    waiting: BTreeSet<(i64, i64, String)>,
    /// When each network may be asked again.
    free_at: HashMap<Network, i64>,
}

/// A target that is to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) target: Arc<Target>,
    pub(super) due_at_ms: i64,
}

struct Standing {
    target: Arc<Target>,
    due_at_ms: i64,
    is_asked: bool,
}

/// A /24, or a /64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Network {
    V4([u8; 3]),
    V6([u16; 4]),
}

impl Schedule {
    /// Returns a schedule without targets.
    pub(super) fn new(interval_ms: i64, seed: Hash) -> Self {
        let (standing, waiting, free_at) = Default::default();
        Self { interval_ms, seed, standing, waiting, free_at }
    }

    /// Follows a new list of targets. What is asked now is asked to its end; a new target comes at its moment, or at
    /// once if `is_at_once`.
    pub(super) fn follow(&mut self, targets: Vec<Target>, now_ms: i64, is_at_once: bool) {
        let names: BTreeSet<_> = targets.iter().map(|target| target.name.clone()).collect();
        self.standing.retain(|name, _| names.contains(name));
        self.waiting.retain(|(_, _, name)| names.contains(name));
        for target in targets {
            let target = Arc::new(target);
            if let Some(standing) = self.standing.get_mut(&target.name) {
                standing.target = target;
                continue;
            }
            let due_at_ms = if is_at_once { now_ms } else { self.moment_from(&target.name, now_ms) };
            let standing = Standing { target: Arc::clone(&target), due_at_ms, is_asked: false };
            self.standing.insert(target.name.clone(), standing);
            self.waiting.insert((due_at_ms, due_at_ms, target.name.clone()));
        }
    }

    /// Returns when the next target may begin.
    pub(super) fn next_at_ms(&self) -> Option<i64> {
        self.waiting.first().map(|(at_ms, ..)| *at_ms)
    }

    /// Whether no target waits.
    pub(super) fn is_idle(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Takes a target that is due. The caller tells when it is done, by [`Schedule::ended`].
    pub(super) fn take_due(&mut self, now_ms: i64) -> Option<Due> {
        while self.next_at_ms().is_some_and(|at_ms| at_ms <= now_ms) {
            let (_, _, name) = self.waiting.pop_first()?;
            let Some(standing) = self.standing.get_mut(&name) else { continue };
            let network = Network::of(&standing.target.to);
            let free_at_ms = network.and_then(|network| self.free_at.get(&network).copied());
            if let Some(free_at_ms) = free_at_ms.filter(|free_at_ms| *free_at_ms > now_ms) {
                self.waiting.insert((free_at_ms, standing.due_at_ms, name));
                continue;
            }
            if let Some(network) = network {
                self.free_at.retain(|_, free_at_ms| *free_at_ms > now_ms);
                self.free_at.insert(network, now_ms + NETWORK_PAUSE_MS);
            }
            standing.is_asked = true;
            return Some(Due { target: Arc::clone(&standing.target), due_at_ms: standing.due_at_ms });
        }
        None
    }

    /// Has a target that was asked wait for its next moment. Moments that have passed meanwhile are left out, as
    /// Prometheus does.
    pub(super) fn ended(&mut self, name: &str, now_ms: i64) {
        let due_at_ms = self.moment_from(name, now_ms);
        let Some(standing) = self.standing.get_mut(name).filter(|standing| standing.is_asked) else { return };
        // Never twice at one moment, should it be over before the millisecond is.
        let due_at_ms =
            if due_at_ms == standing.due_at_ms { due_at_ms + self.interval_ms } else { due_at_ms };
        (standing.due_at_ms, standing.is_asked) = (due_at_ms, false);
        self.waiting.insert((due_at_ms, due_at_ms, name.to_owned()));
    }

    /// Returns the first moment of a target that is not before `now_ms`.
    fn moment_from(&self, name: &str, now_ms: i64) -> i64 {
        let digest = Hash::of(&[&self.seed.0, name.as_bytes()].concat());
        let chance = u64::from_be_bytes(digest.0[..8].try_into().expect("eight bytes"));
        let interval = self.interval_ms.unsigned_abs().max(1);
        let offset_ms = i64::try_from(chance % interval).expect("less than an interval");
        let into_ms = (now_ms - offset_ms).rem_euclid(self.interval_ms.max(1));
        if into_ms == 0 { now_ms } else { now_ms - into_ms + self.interval_ms }
    }
}

impl Network {
    /// Returns the network of a posted address: the operator's own targets have no pace but their interval.
    fn of(to: &To) -> Option<Self> {
        let To::Posted(address) = to else { return None };
        Some(match address.ip() {
            IpAddr::V4(ip) => {
                let [a, b, c, _] = ip.octets();
                Self::V4([a, b, c])
            }
            IpAddr::V6(ip) => {
                let [a, b, c, d, ..] = ip.segments();
                Self::V6([a, b, c, d])
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::metrics::target::{AnnouncedEndpoint, TargetGiven, targets};

    const MINUTE: i64 = 60_000;

    fn given(names: &[String]) -> Vec<Target> {
        let given: Vec<TargetGiven> = names.iter().map(|name| name.parse().unwrap()).collect();
        targets(&[], &given)
    }

    fn posted(addresses: &[String]) -> Vec<Target> {
        let announced: Vec<_> = addresses
            .iter()
            .map(|address| AnnouncedEndpoint {
                announcement: annals_log::Announcement {
                    netuid: 27,
                    hotkey: annals_log::Account([1; 32]),
                    uid: None,
                    block: 1,
                },
                address: address.parse().ok(),
                told: String::new(),
            })
            .collect();
        targets(&announced, &[])
    }

    /// Asks whatever is due, millisecond by millisecond where something is; each scrape takes `takes_ms`. Returns what
    /// began, and when.
    fn asked(schedule: &mut Schedule, from_ms: i64, to_ms: i64, takes_ms: i64) -> Vec<(i64, String)> {
        let mut begun = Vec::new();
        let mut running: BTreeSet<(i64, String)> = BTreeSet::new();
        let mut now_ms = from_ms;
        while now_ms < to_ms {
            while let Some((_, name)) = running.first().filter(|(ends_ms, _)| *ends_ms <= now_ms).cloned() {
                running.pop_first();
                schedule.ended(&name, now_ms);
            }
            while let Some(due) = schedule.take_due(now_ms) {
                begun.push((now_ms, due.target.name.clone()));
                running.insert((now_ms + takes_ms, due.target.name.clone()));
            }
            let next = [schedule.next_at_ms(), running.first().map(|(ends_ms, _)| *ends_ms)];
            now_ms = next.into_iter().flatten().min().unwrap_or(to_ms).max(now_ms + 1);
        }
        begun
    }

    #[test]
    fn every_target_is_asked_once_in_every_interval_at_its_own_moment() {
        let names: Vec<_> = (1..=100).map(|port| format!("node:{port}")).collect();
        let mut schedule = Schedule::new(MINUTE, Hash([7; 32]));
        schedule.follow(given(&names), 1_000_000, false);
        let begun = asked(&mut schedule, 1_000_000, 1_000_000 + 10 * MINUTE, 10);
        assert_eq!(begun.len(), 1000);
        let mut moments: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
        for (at_ms, name) in begun {
            moments.entry(name).or_default().insert(at_ms.rem_euclid(MINUTE));
        }
        assert!(moments.values().all(|moments| moments.len() == 1));
        // They are spread: with chance alone, 100 of 60,000 moments are nearly all different.
        let all: BTreeSet<_> = moments.values().flatten().collect();
        assert!(all.len() > 95, "{} moments", all.len());
        let mut other = Schedule::new(MINUTE, Hash([8; 32]));
        other.follow(given(&names[..1]), 1_000_000, false);
        assert_ne!(other.next_at_ms().map(|at| at.rem_euclid(MINUTE)), moments[&names[0]].first().copied());
    }

    #[test]
    fn moments_that_pass_while_a_target_is_asked_are_left_out() {
        let mut schedule = Schedule::new(MINUTE, Hash([0; 32]));
        schedule.follow(given(&["node:1".into()]), 0, true);
        let due = schedule.take_due(0).unwrap();
        assert_eq!((due.due_at_ms, schedule.is_idle()), (0, true));
        schedule.ended("node:1", 3 * MINUTE);
        let next = schedule.next_at_ms().unwrap();
        assert!((3 * MINUTE..4 * MINUTE).contains(&next));
        // One that is over within its own millisecond is not asked twice at one moment.
        schedule.take_due(next).unwrap();
        schedule.ended("node:1", next);
        assert_eq!(schedule.next_at_ms(), Some(next + MINUTE));
    }

    #[test]
    fn a_target_that_is_withdrawn_or_moved_is_another_at_the_next_round() {
        let mut schedule = Schedule::new(MINUTE, Hash([0; 32]));
        schedule.follow(given(&["node:1".into(), "node:2".into()]), 0, true);
        let first = schedule.take_due(0).unwrap();
        assert_eq!(first.target.name, "node:1");
        schedule.follow(given(&["node:3".into()]), 1, false);
        schedule.ended("node:1", 2);
        let names: BTreeSet<_> =
            asked(&mut schedule, 2, 3 * MINUTE, 1).into_iter().map(|(_, name)| name).collect();
        assert_eq!(names, BTreeSet::from(["node:3".to_owned()]));
    }

    #[test]
    fn a_network_is_asked_once_a_second_and_nobody_in_it_is_passed_over() {
        let addresses: Vec<_> =
            (1..=150).map(|port| format!("203.0.113.{}:{}", port % 7, 2000 + port)).collect();
        let mut schedule = Schedule::new(MINUTE, Hash([3; 32]));
        schedule.follow(posted(&addresses), 0, true);
        let begun = asked(&mut schedule, 0, 15 * MINUTE, 10);
        assert!(begun.windows(2).all(|pair| pair[1].0 - pair[0].0 >= NETWORK_PAUSE_MS));
        assert!(begun.len() > 890, "{}", begun.len());
        let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
        begun.iter().for_each(|(_, name)| *counts.entry(name).or_default() += 1);
        assert_eq!(counts.len(), 150);
        assert!(counts.values().all(|count| (5..=7).contains(count)), "{counts:?}");
        // Another network, and targets of the operator, do not wait for it.
        let mut schedule = Schedule::new(MINUTE, Hash([3; 32]));
        let mut all =
            posted(&["203.0.113.1:2000".into(), "203.0.114.1:2000".into(), "[2001:db8::1]:2000".into()]);
        all.extend(given(&["203.0.113.9:1".into(), "203.0.113.9:2".into()]));
        schedule.follow(all, 0, true);
        let at_once = std::iter::from_fn(|| schedule.take_due(0)).count();
        assert_eq!(at_once, 5);
    }
}
