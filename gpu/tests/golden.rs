//! Transcripts that were once made: they are read and judged alike for ever.

use std::path::{Path, PathBuf};

use annals_gpu::{
    CpuProver, Exact, Figures, Multiply, NoBeacons, Parameters, Round, RoundSeed, Tile, TilePlace, Transcript,
};

use crate::attempt::{Asked, SMALL};

const NUMBERS: Parameters = Parameters { size: 64, round_openings: 3, sweep_openings: 2, ..SMALL };

/// Computes all tiles but the first of every round wrong, by one bit.
struct FirstRight;

impl Multiply for FirstRight {
    fn tiles(&mut self, round: u32, seed: RoundSeed, size: u32) -> Vec<Tile> {
        let mut tiles = Exact.tiles(round, seed, size);
        tiles[1..].iter_mut().for_each(|tile| tile.0[0] ^= 1);
        tiles
    }
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/pog").join(name)
}

/// Returns a transcript of the fixtures; `ANNALS_ACCEPT=1` writes one that is missing. No signature is made twice, so
/// none is ever made again.
fn golden(name: &str, make: impl Fn(&Asked) -> Transcript) -> Vec<u8> {
    let path = path(name);
    if !path.exists() && std::env::var_os("ANNALS_ACCEPT").is_some() {
        let asked = Asked::new(&mut fastrand::Rng::with_seed(27), NUMBERS);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, make(&asked).to_bytes()).unwrap();
    }
    std::fs::read(path).unwrap()
}

#[test]
fn golden_transcripts_are_judged_as_they_were() {
    let right = golden("right.pog", |asked| asked.run(CpuProver::new(NUMBERS)));
    let wrong = golden("wrong-tile.pog", |asked| asked.run(CpuProver::with(NUMBERS, FirstRight)));
    let outcome = |bytes: &[u8]| Transcript::verify_bytes(bytes, None, &NoBeacons).outcome.to_string();
    assert_eq!([outcome(&right), outcome(&wrong)], ["passed", "wrong_tile round 0 2 3"]);

    let transcript = Transcript::from_bytes(&right).unwrap();
    assert_eq!(transcript.to_bytes(), right);
    let asked = &transcript.challenge;
    let figures = Figures::of(&asked.parameters, &transcript.times);
    assert_eq!((figures.int8_ops_per_second, figures.resident_bytes), (4_518_167, 0));

    // PROTOCOL.md shows these.
    let round = Round::new(asked.seed(), 64);
    let mut row = [0; 16];
    round.fill_left_row(0, 0, &mut row);
    assert_eq!(row[..4], [5, 0x90, 15, 58]);
    let tile = round.tile(0);
    let leaf = tile.round_leaf(TilePlace { round: 0, tile: 0 });
    let hashes = [asked.seed().0, leaf, transcript.rounds.roots[0], transcript.sweeps.roots[1]];
    let starts = hashes.map(|hash| hash.to_string()[..16].to_owned());
    assert_eq!(starts, ["78af2fb1e64229dc", "8231a741202fe825", "e6e9ca5499103d38", "758affa91a91bab3"]);
    assert_eq!(hex::encode(&tile.0[..8]), "bf7ada0bd3302226");
}
