//! Damaged logs and forged tables, asked about through the program. `ANNALS_DAMAGE` divided by 20 is how often;
//! `ANNALS_SEED` repeats a run, and with `ANNALS_TRIAL` one trial of it.

use std::collections::BTreeMap;
use std::time::Instant;

use super::attacks::ATTACKS;
use super::oracle::{Oracle, Verdict, Ways};
use super::tables::TABLES;
use super::trials::{each, number, wanted};
use super::world::World;

/// One trial, which its number and the seed give. Every third is of tables.
fn attack(world: &World, oracle: &Oracle, seed: u64, trial: usize) -> (&'static str, String, Verdict) {
    let mut rng = fastrand::Rng::with_seed(seed ^ (trial as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let attacks = if trial.is_multiple_of(3) { TABLES } else { ATTACKS };
    loop {
        let (kind, attack) = attacks[rng.usize(..attacks.len())];
        let mut files = world.truth.clone();
        if let Some(what) = attack(world, &mut files, &mut rng) {
            let ways = Ways { without_tables: trial % 3 == 1, without_key: rng.u8(..5) == 0 };
            return (kind, format!("{what}, {ways:?}"), oracle.judge(&files, ways, &mut rng));
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
fn the_program_answers_as_before_or_names_the_place_whatever_is_damaged_or_forged() {
    let seed = number("ANNALS_SEED").map_or_else(|| fastrand::u64(..), |seed| seed as u64);
    println!("damage to the program's files: ANNALS_SEED={seed}");
    let world = World::new();
    let oracle = Oracle::of(&world.truth);
    let trials = number("ANNALS_TRIAL").map_or(0..wanted().div_ceil(20), |trial| trial..trial + 1);
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
