//! The verifier's work on an attempt of full size: words, paths and tiles.

use std::hint::black_box;

use annals_gpu::{
    Beacon, BeaconKind, Challenge, NoBeacons, Opening, Openings, Outcome, Parameters, PhiloxKey, Roots,
    Round, RoundSeed, Secret, Signature, Step, SweepKey, TILE_BYTES, Tile, TilePlace, Times, Transcript,
    root_of_path,
};
use annals_log::{Account, Hash, HotkeySigner};
use criterion::Criterion;
use sp_core::{Pair as _, sr25519};

use crate::alone::processor_time;

const FULL: Parameters = Parameters::FULL;
const OPENINGS: u32 = FULL.round_openings + FULL.sweep_openings;

pub(crate) fn benches(criterion: &mut Criterion) {
    let mut line = vec![0; FULL.size as usize];
    let key = PhiloxKey::of(&[3; 32]);
    let philox = processor_time(criterion, "philox/10 megabytes", || {
        for row in 0..500 {
            key.fill(row, 0, black_box(&mut line));
        }
    });
    if let Some(took) = philox {
        let rate = 500.0 * f64::from(FULL.size) / took.as_secs_f64() / 1e9;
        println!("philox: {rate:.1} GB/s a core (target: at least 4)");
    }

    let round = Round::new(RoundSeed(Hash([5; 32])), FULL.size);
    let tiles = processor_time(criterion, "verify/256 tiles", || {
        for opening in 0..OPENINGS {
            black_box(round.tile(opening * 1_597));
        }
    });
    let (tile, path) = (Tile(Box::new([7; TILE_BYTES])), vec![Hash([9; 32]); FULL.sweep_depth()]);
    let paths = processor_time(criterion, "verify/256 paths", || {
        for number in 0..OPENINGS {
            let leaf = tile.sweep_leaf(TilePlace { round: 1, tile: number }, &Hash([1; 32]));
            black_box(root_of_path(leaf, &path, u64::from(number)));
        }
    });
    let bytes = nothing_but_words().to_bytes();
    let words = processor_time(criterion, "verify/words", || {
        let found = Transcript::verify_bytes(&bytes, None, &NoBeacons);
        assert!(matches!(found.outcome, Outcome::BadPath(_)), "everything before the tiles is right");
    });
    if let (Some(words), Some(paths), Some(tiles)) = (words, paths, tiles) {
        let all = (words + paths + tiles).as_secs_f64();
        println!("transcript of full size: {} bytes (target: at most 800,000)", bytes.len());
        println!("its verifier: {all:.3} s of one core: words {words:?}, paths {paths:?}, tiles {tiles:?}");
        println!("    (target: at most 0.5 s with SIMD, 1.5 s portable; this is the portable code)");
        let grown = memory_kib(|| {
            black_box(Transcript::verify_bytes(&bytes, None, &NoBeacons));
            black_box(round.tile(1));
        });
        println!("its memory: {grown} KiB beside the bytes (target: under 10 MB)");
    }
}

/// Returns a transcript of full size in which everything is right but the tiles, of which there are none.
fn nothing_but_words() -> Transcript {
    let signer = HotkeySigner::new(sr25519::Pair::from_string("//Validator", None).unwrap());
    let account = Account(signer.hotkey().public_key());
    let (sweep_secret, open_secret) = (Secret([1; 32]), Secret([2; 32]));
    let challenge = Challenge {
        parameters: FULL,
        genesis: Hash([1; 32]),
        netuid: 27,
        beacon_kind: BeaconKind::Chain,
        beacon: Beacon { number: 1, hash: Hash([2; 32]) },
        validator: account,
        miner: account,
        gpu: "GPU-0".parse().unwrap(),
        nonce: [4; 32],
        sweep_commitment: sweep_secret.commitment(),
        open_commitment: open_secret.commitment(),
    };
    let roots =
        |count: u32| Roots { roots: vec![Hash([3; 32]); count as usize], signature: Signature([0; 64]) };
    let (mut rounds, mut sweeps) = (roots(FULL.rounds), roots(FULL.sweeps));
    let rounds_end = *rounds.seeds(challenge.seed()).last().unwrap();
    let sweeps_end = *sweeps.keys(SweepKey::first(&sweep_secret, rounds_end)).last().unwrap();
    rounds.signature = Step::Rounds.sign(&rounds_end.0, &signer);
    sweeps.signature = Step::Sweeps.sign(&sweeps_end.0, &signer);
    let openings = |count: u32, depth| {
        let opening = Opening { tile: Tile(Box::new([0; TILE_BYTES])), path: vec![Hash([0; 32]); depth] };
        vec![opening; count as usize]
    };
    let mut transcript = Transcript {
        challenge,
        challenge_signature: Step::Challenge.sign(&challenge.seed().0, &signer),
        rounds,
        sweep_secret,
        sweeps,
        open_secret,
        open_beacon: Beacon { number: 2, hash: Hash([5; 32]) },
        openings: Openings {
            rounds: openings(FULL.round_openings, FULL.round_depth()),
            sweeps: openings(FULL.sweep_openings, FULL.sweep_depth()),
        },
        times: Times::default(),
        signature: Signature([0; 64]),
    };
    transcript.sign(&signer);
    transcript
}

/// Returns how much more memory was resident at most than before, where the kernel says so.
fn memory_kib(step: impl FnOnce()) -> u64 {
    let status_kib = |field| -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix(field));
        line.and_then(|rest| rest.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or_default()
    };
    _ = std::fs::write("/proc/self/clear_refs", "5");
    let before = status_kib("VmRSS:");
    step();
    status_kib("VmHWM:").saturating_sub(before)
}
