//! Damaged logs and forged tables, asked about through the program. `ANNALS_DAMAGE` divided by 20 is how often;
//! `ANNALS_SEED` repeats a run, and with `ANNALS_TRIAL` one trial of it.

use super::attacks::ATTACKS;
use super::oracle::{Oracle, Ways};
use super::tables::TABLES;
use super::trials::{Outcome, no_lies, number, rng_of, wanted};
use super::world::World;

/// One trial, which its number and the seed give. Every third is of tables.
fn attack(world: &World, oracle: &Oracle, seed: u64, trial: usize) -> Outcome {
    let mut rng = rng_of(seed, trial);
    let attacks = if trial.is_multiple_of(3) { TABLES } else { ATTACKS };
    loop {
        let (kind, attack) = attacks[rng.usize(..attacks.len())];
        let mut files = world.truth.clone();
        if let Some(what) = attack(world, &mut files, &mut rng) {
            let ways = Ways { without_tables: trial % 3 == 1, without_key: rng.u8(..5) == 0 };
            let verdict = oracle.judge(&files, ways, &mut rng);
            let what = format!("{what}, {ways:?}");
            return Outcome { kind, what, told: verdict.told, lies: verdict.lies };
        }
    }
}

#[test]
fn the_program_answers_as_before_or_names_the_place_whatever_is_damaged_or_forged() {
    let seed = number("ANNALS_SEED").map_or_else(|| fastrand::u64(..), |seed| seed as u64);
    println!("damage to the program's files: ANNALS_SEED={seed}");
    let world = World::new();
    let oracle = Oracle::of(&world.truth);
    no_lies(wanted().div_ceil(20), |trial| attack(&world, &oracle, seed, trial));
}
