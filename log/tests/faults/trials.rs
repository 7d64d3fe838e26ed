//! Many trials at once, none of which may hang.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

/// They wait for disks and for second looks more than they compute.
const THREADS: usize = 8;
/// No trial takes a hundredth of it.
const HANGS_AFTER: Duration = Duration::from_secs(300);

/// How often damage is tried.
pub(super) fn wanted() -> usize {
    number("ANNALS_DAMAGE").unwrap_or(2_000)
}

pub(super) fn number(name: &str) -> Option<usize> {
    std::env::var(name).ok().map(|number| number.parse().unwrap())
}

/// Makes the trials of these numbers, and hands what came of each over, in no order.
pub(super) fn each<T: Send>(
    numbers: Range<usize>,
    attempt: impl Fn(usize) -> T + Sync,
    mut judge: impl FnMut(usize, T),
) {
    let next = AtomicUsize::new(numbers.start);
    std::thread::scope(|scope| {
        let (done, judged) = std::sync::mpsc::channel();
        for _ in 0..THREADS {
            let (done, attempt, next) = (done.clone(), &attempt, &next);
            scope.spawn(move || {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= numbers.end || done.send((number, attempt(number))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(done);
        loop {
            match judged.recv_timeout(HANGS_AFTER) {
                Ok((number, outcome)) => judge(number, outcome),
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {
                    eprintln!(
                        "one of the {THREADS} trials before number {} hangs",
                        next.load(Ordering::Relaxed)
                    );
                    // A thread that hangs can't be ended, and would keep the test from failing.
                    std::process::abort();
                }
            }
        }
    });
}

/// One trial: which kind of damage, what exactly, whether somebody was told of it, and answers that are not the truth.
pub(super) struct Outcome {
    pub(super) kind: &'static str,
    pub(super) what: String,
    pub(super) told: bool,
    pub(super) lies: Vec<String>,
}

#[derive(Default)]
struct Tally {
    trials: u64,
    told: u64,
    lies: Vec<String>,
}

/// The chance of one trial, which its number and the seed give.
pub(super) fn rng_of(seed: u64, trial: usize) -> fastrand::Rng {
    fastrand::Rng::with_seed(seed ^ (trial as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// Makes `count` trials, or the one that `ANNALS_TRIAL` names, shows what came of each kind, and takes no lie.
pub(super) fn no_lies(count: usize, attempt: impl Fn(usize) -> Outcome + Sync) {
    let trials = number("ANNALS_TRIAL").map_or(0..count, |trial| trial..trial + 1);
    let begun = Instant::now();
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    each(trials.clone(), attempt, |trial, Outcome { kind, what, told, lies }| {
        let tally = tallies.entry(kind).or_default();
        tally.trials += 1;
        tally.told += u64::from(told);
        if !lies.is_empty() {
            tally.lies.push(format!("trial {trial}, {what}: {}", lies.join("; ")));
        }
    });
    let seconds = begun.elapsed().as_secs();
    println!("{} trials in {seconds} s: kind, trials, told, lies", trials.end - trials.start);
    for (kind, Tally { trials, told, lies }) in &tallies {
        println!("{kind:55} {trials:5} {told:5} {:5}", lies.len());
        lies.iter().take(3).for_each(|lie| println!("    {lie}"));
    }
    assert!(tallies.values().all(|tally| tally.lies.is_empty()), "see above which answers are not the truth");
}
