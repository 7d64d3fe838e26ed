//! Everything in a transcript but the tiles: bytes, signatures, links and the clock.

use annals_gpu::{
    Beacon, BeaconKind, Beacons, CHALLENGE_BYTES, Challenge, CpuProver, Link, NoBeacons, Openings, Outcome,
    Parameters, Phase, Roots, Secret, Signature, Step, Transcript, TranscriptError, Unchecked, Verification,
    Worker, WorkerError,
};
use annals_log::Hash;

use crate::attempt::{Asked, MILLISECOND, MINER, OTHER_MINER, SMALL, VALIDATOR, account, outcome};
use crate::seed::random;

fn honest(test: &str) -> (Asked, Transcript) {
    let asked = Asked::new(&mut random(test), SMALL);
    let transcript = asked.run(CpuProver::new(SMALL));
    (asked, transcript)
}

#[test]
fn an_honest_attempt_passes_and_its_bytes_are_the_same_again() {
    let (asked, transcript) = honest("honest");
    let bytes = transcript.to_bytes();
    assert_eq!(bytes.len(), Transcript::length(&SMALL));
    assert_eq!(Transcript::from_bytes(&bytes).as_ref(), Ok(&transcript));
    let found = Transcript::verify_bytes(&bytes, Some(&asked.challenge), &NoBeacons);
    let unchecked =
        vec![Unchecked::Clock, Unchecked::Anchor, Unchecked::Beacon(5_000_000), Unchecked::Beacon(5_000_004)];
    assert_eq!(found, Verification { outcome: Outcome::Passed, unchecked });
}

#[test]
fn an_attempt_without_memory_passes() {
    let numbers = Parameters { kept_rounds: 0, sweeps: 0, sweep_openings: 0, size: 64, ..SMALL };
    let asked = Asked::new(&mut random("no memory"), numbers);
    assert_eq!(outcome(&asked.run(CpuProver::new(numbers))), Outcome::Passed);
}

#[test]
fn a_transcript_of_full_size_has_at_most_0_8_megabytes() {
    let full = Parameters {
        size: 20_480,
        rounds: 300,
        kept_rounds: 86,
        sweeps: 16,
        round_openings: 128,
        sweep_openings: 128,
        ..SMALL
    };
    assert_eq!(Transcript::length(&full), 719_496);
}

#[test]
fn every_part_that_is_exchanged_is_noticed() {
    let (_, transcript) = honest("exchanged");
    let expect = |expected: Outcome, change: &dyn Fn(&mut Transcript)| {
        let mut changed = transcript.clone();
        change(&mut changed);
        changed.sign(&VALIDATOR);
        assert_eq!(outcome(&changed), expected);
    };
    let signature = Signature([7; 64]);
    let other = Hash([9; 32]);
    expect(Outcome::BadSignature(Step::Challenge), &|changed| changed.challenge_signature = signature);
    expect(Outcome::BadSignature(Step::Challenge), &|changed| changed.challenge.nonce[0] ^= 1);
    expect(Outcome::BadSignature(Step::Rounds), &|changed| changed.rounds.signature = signature);
    expect(Outcome::BadSignature(Step::Rounds), &|changed| changed.rounds.roots[3] = other);
    expect(Outcome::BadChain(Link::SweepSecret), &|changed| changed.sweep_secret = Secret([0; 32]));
    expect(Outcome::BadSignature(Step::Sweeps), &|changed| changed.sweeps.signature = signature);
    expect(Outcome::BadSignature(Step::Sweeps), &|changed| changed.sweeps.roots[0] = other);
    expect(Outcome::BadChain(Link::OpenSecret), &|changed| changed.open_secret = Secret([0; 32]));
    expect(Outcome::BadChain(Link::OpenBeacon), &|changed| changed.open_beacon.number = 5_000_000);
    expect(Outcome::BadChain(Link::Times), &|changed| changed.times.sweep_sent_ns = 1);
    expect(Outcome::Slow(Phase::Rounds), &|changed| changed.times.challenge_sent_ns -= 1_000 * MILLISECOND);
    expect(Outcome::Passed, &|changed| changed.times.challenge_sent_ns -= 900 * MILLISECOND);
    expect(Outcome::Slow(Phase::Sweeps), &|changed| changed.times.sweeps_received_ns += 982 * MILLISECOND);
    expect(Outcome::Passed, &|changed| changed.times.sweeps_received_ns += 981 * MILLISECOND);
    // Without the validator's signature every one of these is one.
    let mut changed = transcript.clone();
    changed.times.round_trip_min_ns += 1;
    assert_eq!(outcome(&changed), Outcome::BadSignature(Step::Transcript));
}

/// Every byte counts: the validator's last signature is over all that are before it.
#[test]
fn a_flipped_bit_anywhere_is_noticed() {
    let (_, transcript) = honest("flipped");
    let bytes = transcript.to_bytes();
    for at in (0..bytes.len()).step_by(331) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << (at % 8);
        assert_ne!(
            Transcript::verify_bytes(&flipped, None, &NoBeacons).outcome,
            Outcome::Passed,
            "byte {at}"
        );
    }
}

struct Known(u64, Hash);

impl Beacons for Known {
    fn hash(&self, kind: BeaconKind, number: u64) -> Option<Hash> {
        (kind == BeaconKind::Chain && number == self.0).then_some(self.1)
    }
}

#[test]
fn beacons_are_compared_with_those_that_are_known() {
    let (asked, transcript) = honest("beacons");
    let Beacon { number, hash } = asked.challenge.beacon;
    let found = transcript.verify(None, &Known(number, hash));
    let unchecked = vec![Unchecked::Clock, Unchecked::Anchor, Unchecked::Beacon(asked.open_beacon.number)];
    assert_eq!(found, Verification { outcome: Outcome::Passed, unchecked });
    let found = transcript.verify(None, &Known(number, Hash([0; 32])));
    assert_eq!(found.outcome, Outcome::BadChain(Link::Beacon));
    let found = transcript.verify(None, &Known(asked.open_beacon.number, hash));
    assert_eq!(found.outcome, Outcome::BadChain(Link::OpenBeacon));
}

#[test]
fn another_length_is_refused_before_anything_is_read() {
    let (_, transcript) = honest("length");
    let bytes = transcript.to_bytes();
    let expected = bytes.len();
    let refused = |bytes: &[u8]| Transcript::from_bytes(bytes).unwrap_err();
    assert_eq!(refused(&[]), TranscriptError::Short { bytes: 0 });
    assert_eq!(refused(&bytes[..351]), TranscriptError::Short { bytes: 351 });
    for length in [CHALLENGE_BYTES, expected - 1, expected - 32, expected - 2048] {
        assert_eq!(refused(&bytes[..length]), TranscriptError::Length { bytes: length, expected });
    }
    let long = [&bytes[..], &[0]].concat();
    assert_eq!(refused(&long), TranscriptError::Length { bytes: expected + 1, expected });
    // Parameters that ask for terabytes cost nothing: the length is compared first.
    let huge = Parameters { size: 65_536, rounds: 4_096, kept_rounds: 4_096, sweeps: 64, ..SMALL };
    let huge = Parameters { round_openings: 1_024, sweep_openings: 1_024, ..huge };
    let challenge = Challenge { parameters: huge.checked().unwrap(), ..transcript.challenge };
    let expected = Transcript::length(&huge);
    assert!(expected < 6_400_000);
    let bytes = challenge.to_bytes();
    assert_eq!(refused(&bytes), TranscriptError::Length { bytes: CHALLENGE_BYTES, expected });
}

#[test]
fn a_challenge_that_is_none_names_the_field() {
    let (asked, _) = honest("challenge");
    let bytes = asked.challenge.to_bytes();
    assert_eq!(Challenge::from_bytes(&bytes), Ok(asked.challenge));
    let refused = |at: usize, with: &[u8]| {
        let mut changed = bytes;
        changed[at..at + with.len()].copy_from_slice(with);
        Challenge::from_bytes(&changed).unwrap_err().to_string()
    };
    assert_eq!(refused(0, b"A"), "a challenge of protocol 2 begins with annlpog2");
    // The other end first.
    assert_eq!(
        refused(8, &128_u32.to_be_bytes()),
        "size is 2147483648: it is a multiple of 64 from 64 to 65536"
    );
    assert_eq!(refused(12, &[0; 4]), "rounds is 0: it is from 1 to 4096");
    assert_eq!(refused(32, &[16, 0, 0, 0]), "tile_edge is 16: it is always 32");
    assert_eq!(refused(36, &[32, 0, 0, 0]), "element_bits is 32: it is always 16");
    assert_eq!(refused(84, &[3, 0, 0, 0]), "beacon_kind is 3: it is 1 (chain) or 2 (log)");
    let label = "gpu: a label is 1 to 64 characters of printable ASCII without spaces, and zeros after them";
    assert_eq!(refused(192, &[0]), label);
    assert_eq!(refused(193, b" "), label);
    assert_eq!(refused(255, b"x"), label);
    assert_eq!(
        Challenge::from_bytes(&bytes[1..]).unwrap_err().to_string(),
        "a challenge has 352 bytes, not 351"
    );
}

#[test]
fn every_byte_of_a_challenge_moves_the_seed() {
    let (asked, _) = honest("seed");
    let mut seeds = std::collections::HashSet::from([asked.challenge.seed().0]);
    let bytes = asked.challenge.to_bytes();
    let mut refused = 0;
    for at in 0..CHALLENGE_BYTES {
        let mut changed = bytes;
        changed[at] ^= 1;
        match Challenge::from_bytes(&changed) {
            Ok(changed) => assert!(seeds.insert(changed.seed().0), "byte {at}"),
            Err(_) => refused += 1,
        }
    }
    assert!(seeds.len() + refused == CHALLENGE_BYTES + 1 && seeds.len() > 250, "{refused}");
}

#[test]
fn answers_are_exchanged_as_the_bytes_of_the_transcript_and_in_one_length_only() {
    let (_, transcript) = honest("answers");
    let (mut roots, mut openings) = (Vec::new(), Vec::new());
    transcript.rounds.write(&mut roots);
    transcript.openings.write(&mut openings);
    assert_eq!(Roots::from_bytes(SMALL.rounds, &roots), Some(transcript.rounds.clone()));
    assert_eq!(Openings::from_bytes(&SMALL, &openings), Some(transcript.openings.clone()));
    let bytes = transcript.to_bytes();
    assert!(bytes.windows(roots.len()).any(|window| window == roots));
    assert!(bytes.windows(openings.len()).any(|window| window == openings));
    for other in [&roots[1..], &[], &[&roots[..], &[0]].concat()] {
        assert_eq!(Roots::from_bytes(SMALL.rounds, other), None);
        assert_eq!(Openings::from_bytes(&SMALL, other), None);
    }
    // More roots than an attempt can have are not even looked for.
    assert_eq!(Roots::from_bytes(u32::MAX, &roots), None);
}

#[test]
fn a_worker_takes_each_step_once_and_only_what_fits() {
    let asked = Asked::new(&mut random("worker"), SMALL);
    let accept = |signature: &Signature, signer: &annals_log::HotkeySigner| {
        Worker::accept(asked.challenge, signature, signer.clone(), CpuProver::new(SMALL))
    };
    assert!(matches!(accept(&asked.signature(), &OTHER_MINER), Err(WorkerError::OtherMiner)));
    assert!(matches!(accept(&Signature([0; 64]), &MINER), Err(WorkerError::NotSigned)));

    let mut worker = accept(&asked.signature(), &MINER).unwrap();
    assert!(matches!(worker.sweeps(&asked.sweep_secret), Err(WorkerError::OutOfOrder)));
    worker.rounds().unwrap();
    assert!(matches!(worker.rounds(), Err(WorkerError::OutOfOrder)));
    assert!(matches!(worker.sweeps(&asked.open_secret), Err(WorkerError::OtherSecret)));
    worker.sweeps(&asked.sweep_secret).unwrap();
    assert!(matches!(worker.open(&asked.sweep_secret, &asked.open_beacon), Err(WorkerError::OtherSecret)));
    let early = worker.open(&asked.open_secret, &asked.challenge.beacon);
    assert!(matches!(early, Err(WorkerError::EarlyBeacon { number: 5_000_000, asked: 5_000_000 })));
    worker.open(&asked.open_secret, &asked.open_beacon).unwrap();
    let again = worker.open(&asked.open_secret, &asked.open_beacon);
    assert!(matches!(again, Err(WorkerError::OutOfOrder)));
    assert_eq!(account(&MINER), asked.challenge.miner);
}
