//! A stranger's verifier, written from PROTOCOL.md in another language, finds what ours finds.

use std::path::{Path, PathBuf};
use std::process::Command;

use annals_gpu::{
    Beacon, CpuProver, Exact, Figures, Multiply, NoBeacons, Parameters, RoundSeed, Secret, Signature,
    TILE_BYTES, Tile, Transcript,
};
use annals_log::Hash;

use crate::attempt::{Asked, MILLISECOND, VALIDATOR};
use crate::seed::random;

const TRANSCRIPTS: usize = 200;

/// Computes every other tile wrong, by one bit.
struct HalfWrong;

impl Multiply for HalfWrong {
    fn tiles(&mut self, round: u32, seed: RoundSeed, size: u32) -> Vec<Tile> {
        let mut tiles = Exact.tiles(round, seed, size);
        tiles.iter_mut().step_by(2).for_each(|tile| tile.0[TILE_BYTES / 2] ^= 1);
        tiles
    }
}

fn parameters(random: &mut fastrand::Rng) -> Parameters {
    let rounds = random.u32(1..6);
    let kept_rounds = random.u32(0..=rounds);
    let has_memory = u32::from(kept_rounds > 0);
    Parameters {
        size: [64, 128, 192][random.usize(0..3)],
        rounds,
        kept_rounds,
        sweeps: has_memory * random.u32(1..4),
        round_openings: random.u32(1..6),
        sweep_openings: has_memory * random.u32(1..6),
        rounds_ms_max: 1_000,
        sweeps_ms_max: 1_000,
    }
}

/// Changes something after the attempt, and signs what it is then, as a validator who lies would.
fn change(random: &mut fastrand::Rng, kind: usize, transcript: &mut Transcript) {
    let times = &mut transcript.times;
    match kind {
        0 => transcript.challenge_signature = Signature([0x81; 64]),
        1 => transcript.challenge.nonce[0] ^= 1,
        2 => transcript.rounds.roots[0] = Hash([3; 32]),
        3 => transcript.rounds.signature.0[random.usize(0..64)] ^= 1 << random.u32(0..8),
        4 => transcript.sweep_secret = Secret([4; 32]),
        5 => transcript.sweeps.signature.0[random.usize(0..64)] ^= 1 << random.u32(0..8),
        6 => transcript.open_secret = Secret([4; 32]),
        7 => transcript.open_beacon.number = transcript.challenge.beacon.number,
        8 => transcript.open_beacon.hash.0[0] ^= 1,
        9 => times.challenge_sent_ns -= 5_000 * MILLISECOND,
        10 => times.rounds_received_ns = 0,
        11 => times.sweep_sent_ns = times.rounds_received_ns,
        12 => transcript.openings.rounds[0].tile.0[7] ^= 1,
        13 => transcript.openings.rounds[0].path.iter_mut().for_each(|sibling| sibling.0[0] ^= 1),
        14 => transcript.openings.sweeps.iter_mut().for_each(|opening| opening.tile.0[0] ^= 1),
        15 => times.open_sent_ns = u64::MAX,
        // So fast that even small attempts prove some memory.
        22..25 => times.sweeps_received_ns = times.sweep_sent_ns + random.u64(..2),
        _ => {}
    }
    transcript.sign(&VALIDATOR);
}

/// Changes bytes, and signs nothing.
fn damage(random: &mut fastrand::Rng, kind: usize, bytes: &mut Vec<u8>) {
    match kind {
        16 => bytes.truncate(random.usize(..bytes.len())),
        17 => bytes.push(0),
        // Size, rounds and so on, tile edge, kind of beacon, label.
        18 => bytes[8 + random.usize(..40)] ^= 1 << random.u32(0..8),
        19 => bytes[[84, 85, 192, 193, 255][random.usize(..5)]] ^= 0xFF,
        20 => {
            let at = random.usize(..bytes.len());
            bytes[at] ^= 1 << random.u32(0..8);
        }
        21 => {
            let last = bytes.len() - 1;
            bytes[last] ^= 0x80;
        }
        _ => {}
    }
}

fn made(random: &mut fastrand::Rng, number: usize) -> Vec<u8> {
    let kind = number % 25;
    let numbers = parameters(random);
    let mut asked = Asked::new(random, numbers);
    if random.bool() {
        asked.challenge.beacon_kind = annals_gpu::BeaconKind::Log;
        asked.open_beacon = Beacon { number: u64::MAX, ..asked.open_beacon };
    }
    // 22 to 24 are honest.
    let mut transcript = if number % 3 == 1 && (9..22).contains(&kind) {
        asked.run(CpuProver::with(numbers, HalfWrong))
    } else {
        asked.run(CpuProver::new(numbers))
    };
    change(random, kind, &mut transcript);
    let mut bytes = transcript.to_bytes();
    damage(random, kind, &mut bytes);
    bytes
}

/// What ours says of it, as the stranger's prints it.
fn found(bytes: &[u8]) -> String {
    let outcome = Transcript::verify_bytes(bytes, None, &NoBeacons).outcome;
    if !outcome.is_right() {
        return outcome.to_string();
    }
    let transcript = Transcript::from_bytes(bytes).unwrap();
    let Figures { int8_ops_per_second, resident_bytes, bytes_per_second } =
        Figures::of(&transcript.challenge.parameters, &transcript.times);
    format!("{outcome} {int8_ops_per_second} {resident_bytes} {bytes_per_second}")
}

fn python() -> PathBuf {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/pog-python.sh");
    let output = Command::new(script).arg("--python").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().into()
}

#[test]
fn a_strangers_verifier_agrees_on_transcripts_good_and_forged() {
    let mut random = random("stranger");
    let folder = tempfile::tempdir().unwrap();
    let (mut expected, mut paths) = (Vec::new(), Vec::new());
    for number in 0..TRANSCRIPTS {
        let bytes = made(&mut random, number);
        let name = format!("{number:03}.pog");
        let path = folder.path().join(&name);
        std::fs::write(&path, &bytes).unwrap();
        expected.push(format!("{name} {}", found(&bytes)));
        paths.push(path);
    }
    let verifier = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verify_pog.py");
    let output = Command::new(python()).arg("-B").arg(verifier).args(&paths).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told: Vec<_> = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
    assert_eq!(told, expected);

    // Every outcome that a transcript can have is among them.
    let outcomes = ["passed", "slow", "wrong_tile", "bad_path", "bad_chain", "bad_signature", "malformed"];
    for outcome in outcomes {
        let count = expected.iter().filter(|line| line.split(' ').nth(1) == Some(outcome)).count();
        assert!(count > 2, "{count} {outcome}");
    }
    let with_memory = |line: &&String| line.contains(" passed ") && line.split(' ').nth(3) != Some("0");
    assert!(expected.iter().filter(with_memory).count() > 0);
}
