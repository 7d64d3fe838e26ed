//! Damage of every kind, by accident and by somebody who knows the format: whatever happens to a log's files, each
//! question is answered as before or refused with a place. `ANNALS_DAMAGE=20000` tries that often, `ANNALS_SEED` repeats
//! a run, and with `ANNALS_TRIAL` one trial of it.

use std::collections::BTreeMap;
use std::time::Instant;

use super::attacks::ATTACKS;
use super::oracle::{Oracle, Verdict};
use super::trials::{each, number, wanted};
use super::world::World;

/// One trial, which its number and the seed give.
fn attack(world: &World, oracle: &Oracle, seed: u64, trial: usize) -> (&'static str, String, Verdict) {
    let mut rng = fastrand::Rng::with_seed(seed ^ (trial as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    loop {
        let (kind, attack) = ATTACKS[rng.usize(..ATTACKS.len())];
        let mut files = world.truth.clone();
        if let Some(what) = attack(world, &mut files, &mut rng) {
            return (kind, what, oracle.judge(&files));
        }
    }
}

#[derive(Default)]
struct Tally {
    trials: u64,
    told: u64,
    lies: Vec<String>,
}

#[test]
fn damage_of_any_kind_is_told_or_changes_no_answer() {
    let seed = crate::scratch::seeded("damage").u64(..);
    let world = World::new();
    let oracle = Oracle::of(&world.truth);
    let trials = number("ANNALS_TRIAL").map_or(0..wanted(), |trial| trial..trial + 1);
    let begun = Instant::now();
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    each(
        trials.clone(),
        |trial| attack(&world, &oracle, seed, trial),
        |trial, (kind, what, verdict)| {
            let tally = tallies.entry(kind).or_default();
            tally.trials += 1;
            tally.told += u64::from(verdict.told);
            if !verdict.lies.is_empty() {
                tally.lies.push(format!("trial {trial}, {what}: {}", verdict.lies.join("; ")));
            }
        },
    );
    let seconds = begun.elapsed().as_secs();
    println!("{} trials in {seconds} s: kind, trials, told, lies", trials.end - trials.start);
    for (kind, Tally { trials, told, lies }) in &tallies {
        println!("{kind:55} {trials:5} {told:5} {:5}", lies.len());
        lies.iter().take(3).for_each(|lie| println!("    {lie}"));
    }
    assert!(tallies.values().all(|tally| tally.lies.is_empty()), "see above which answers are not the truth");
}
