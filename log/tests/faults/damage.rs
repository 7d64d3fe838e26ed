//! Damage of every kind, by accident and by somebody who knows the format: whatever happens to a log's files, each
//! question is answered as before or refused with a place. `ANNALS_DAMAGE=20000` tries that often, `ANNALS_SEED`
//! repeats a run, and with `ANNALS_TRIAL` one trial of it.

use annals_log::{Event, Log, OpenError, Options, SegmentSize};

use super::attacker::{frames_of, parts, with_frames, with_part};
use super::attacks::ATTACKS;
use super::oracle::Oracle;
use super::trials::{Outcome, no_lies, rng_of, wanted};
use super::world::World;
use crate::scratch::{Scratch, event, new_log, options};

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

/// The checksums are right, and so is every entry: only the record of a payload is of another one.
#[test]
fn a_payload_record_of_another_payload_stops_the_recorder_in_an_older_segment_too() {
    let scratch = Scratch::new();
    let options = || Options { segment_size: SegmentSize::Bytes(16 << 10), ..options() };
    let mut log = Log::create(scratch.root(), new_log(), options()).unwrap();
    for number in 0..60 {
        let attached = vec![format!("payload {number}").repeat(100).into_bytes().into()];
        log.append(vec![Event { attached, ..event(number) }]).unwrap();
    }
    log.close().unwrap();
    let segments = scratch.segments();
    assert!(segments.len() > 2);
    let segment = std::fs::read(&segments[0]).unwrap();
    let mut frames = frames_of(&segment);
    let with_payload = frames.iter().position(|frame| !parts(frame)[1].is_empty()).unwrap();
    let mut records = frames[with_payload][parts(&frames[with_payload])[1].clone()].to_vec();
    records[19] ^= 1;
    frames[with_payload] = with_part(&frames[with_payload], 1, &records);
    std::fs::write(&segments[0], with_frames(&segment, &frames)).unwrap();
    let Err(OpenError::Fault(fault)) = Log::open(scratch.root(), options()) else { panic!("it goes on") };
    assert!(fault.to_string().contains("segments/00000000000000000000.seg"), "{fault}");
    assert!(scratch.reader().hold_to_root().is_err());
}
