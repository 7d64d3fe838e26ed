//! Damage of every kind, by accident and by somebody who knows the format: whatever happens to a log's files, each
//! question is answered as before or refused with a place. `ANNALS_DAMAGE=20000` tries that often, `ANNALS_SEED`
//! repeats a run, and with `ANNALS_TRIAL` one trial of it.

use super::attacks::ATTACKS;
use super::oracle::Oracle;
use super::trials::{Outcome, no_lies, rng_of, wanted};
use super::world::World;

/// One trial, which its number and the seed give.
fn attack(world: &World, oracle: &Oracle, seed: u64, trial: usize) -> Outcome {
    let mut rng = rng_of(seed, trial);
    loop {
        let (kind, attack) = ATTACKS[rng.usize(..ATTACKS.len())];
        let mut files = world.truth.clone();
        if let Some(what) = attack(world, &mut files, &mut rng) {
            let verdict = oracle.judge(&files);
            return Outcome { kind, what, told: verdict.told, lies: verdict.lies };
        }
    }
}

#[test]
fn damage_of_any_kind_is_told_or_changes_no_answer() {
    let seed = crate::scratch::seeded("damage").u64(..);
    let world = World::new();
    let oracle = Oracle::of(&world.truth);
    no_lies(wanted(), |trial| attack(&world, &oracle, seed, trial));
}
