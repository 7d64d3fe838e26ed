//! Paths that are too short, too long, or another tile's.

use annals_gpu::{CpuProver, NoBeacons, OpenedTile, Outcome, Transcript};
use annals_log::Hash;

use super::rate::Rate;
use crate::attempt::{Asked, SMALL, VALIDATOR, outcome};
use crate::seed::random;

#[test]
fn a_path_of_another_length_is_no_transcript() {
    let mut random = random("path length");
    let mut rate = Rate::of("truncated or overlong path");
    for _ in 0..3 {
        rate.seed();
        let honest = Asked::new(&mut random, SMALL).run(CpuProver::new(SMALL));
        let change = |change: &dyn Fn(&mut Vec<Hash>)| {
            let mut changed = honest.clone();
            change(&mut changed.openings.rounds[3].path);
            changed.sign(&VALIDATOR);
            Transcript::verify_bytes(&changed.to_bytes(), None, &NoBeacons).outcome
        };
        for found in [
            change(&|path| _ = path.pop()),
            change(&|path| path.push(Hash([0; 32]))),
            change(&|path| path.clear()),
            change(&|path| *path = vec![Hash([0; 32]); 100]),
        ] {
            assert_eq!(found, Outcome::Malformed);
            rate.count(found);
        }
        // One path shorter and the next longer: the length is right, and nothing else.
        let mut shifted = honest.clone();
        let last = shifted.openings.rounds[3].path.pop().unwrap();
        shifted.openings.rounds[4].path.insert(0, last);
        shifted.sign(&VALIDATOR);
        let found = Transcript::verify_bytes(&shifted.to_bytes(), None, &NoBeacons).outcome;
        assert!(matches!(found, Outcome::BadPath(_)), "{found}");
        rate.count(found);
    }
    rate.is_always_caught();
}

#[test]
fn a_tile_that_was_never_committed_to_has_a_bad_path() {
    let mut random = random("exchanged tile");
    let honest = Asked::new(&mut random, SMALL).run(CpuProver::new(SMALL));
    let mut flipped = honest.clone();
    flipped.openings.rounds[2].tile.0[1000] ^= 4;
    flipped.sign(&VALIDATOR);
    let found = outcome(&flipped);
    assert!(matches!(found, Outcome::BadPath(OpenedTile::Round { number: 2, .. })), "{found}");

    let mut exchanged = honest;
    exchanged.openings.sweeps[5].path[0] = Hash([9; 32]);
    exchanged.sign(&VALIDATOR);
    let found = outcome(&exchanged);
    assert!(matches!(found, Outcome::BadPath(OpenedTile::Sweep { number: 5, .. })), "{found}");
}
