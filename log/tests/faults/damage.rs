//! Damage of every kind, by accident and by somebody who knows the format: whatever happens to a log's files, each
//! question is answered as before or refused with a place. `ANNALS_DAMAGE=20000` tries that often, `ANNALS_SEED` repeats
//! a run, and with `ANNALS_TRIAL` one trial of it.

use std::collections::BTreeMap;
use std::time::Instant;

use super::attacker::Files;
use super::oracle::{Oracle, Verdict};
use super::trials::{each, number, wanted};
use super::world::World;
use super::{bytes, checksums, exchanged, frames, marks, published};

/// Does something to the files of [`World::truth`], and tells what; `None` where there is nothing to do it to.
pub(crate) type Attack = fn(&World, &mut Files, &mut fastrand::Rng) -> Option<String>;

/// Every kind of damage. Each trial draws one: a new kind is a function and its line.
const ATTACKS: &[(&str, Attack)] = &[
    ("bytes: a flipped bit", bytes::flip),
    ("bytes: others", bytes::overwrite),
    ("bytes: a zeroed sector", bytes::zero_sector),
    ("bytes: a sector in the place of another", bytes::misdirect),
    ("bytes: cut", bytes::cut),
    ("bytes: extended", bytes::extend),
    ("files: removed", exchanged::remove),
    ("files: another in its place", exchanged::exchange),
    ("files: that of another log", exchanged::of_other_log),
    ("files: that of a fork", exchanged::of_fork),
    ("files: as it was earlier", exchanged::earlier),
    ("segments: two exchanged", exchanged::swap_segments),
    ("segments: one under another's name, its header made to fit", exchanged::rename_segment),
    ("segments: all of a fork", exchanged::segments_of_fork),
    ("segments: rubbish beside them", exchanged::leave_rubbish),
    ("frames: removed", frames::remove),
    ("frames: doubled", frames::double),
    ("frames: over another", frames::cover),
    ("frames: swapped", frames::swap),
    ("frames: moved between segments", frames::shift),
    ("frames: of another log", frames::of_other_log),
    ("frames: of a fork", frames::of_fork),
    ("frames: all from one on of a fork", frames::rest_of_fork),
    ("checksums: an entry", checksums::entry),
    ("checksums: an entry and all roots after it", checksums::entry_and_roots),
    ("checksums: an entry less or more", checksums::entry_count),
    ("checksums: payload records", checksums::payload_record),
    ("checksums: blobs", checksums::blob),
    ("checksums: a number in a frame's header", checksums::header_number),
    ("checksums: lengths", checksums::length),
    ("checksums: the checkpoint's text", checksums::checkpoint),
    ("checksums: a segment's header", checksums::segment_header),
    ("checksums: a seal", checksums::seal),
    ("watermark: older", marks::older),
    ("watermark: one stale page", marks::stale_page),
    ("watermark: forged", marks::forge),
    ("watermark: of a fork", marks::of_fork),
    ("watermark: older, a frame behind it bad", marks::older_and_a_bad_frame),
    ("watermark: older, a frame behind it gone", marks::older_and_a_frame_gone),
    ("published: of a fork", published::of_fork),
    ("published: newer", published::newer),
    ("published: emptied", published::empty),
    ("published: under another size", published::rename),
    ("published: its text", published::text),
    ("published: removed", published::remove),
];

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
    each(trials.clone(), |trial| attack(&world, &oracle, seed, trial), |trial, (kind, what, verdict)| {
        let tally = tallies.entry(kind).or_default();
        tally.trials += 1;
        tally.told += u64::from(verdict.told);
        if let Some(lie) = verdict.lies.first() {
            tally.lies.push(format!("trial {trial}, {what}: {lie} ({} in all)", verdict.lies.len()));
        }
    });
    let seconds = begun.elapsed().as_secs();
    println!("{} trials in {seconds} s: kind, trials, told, lies", trials.end - trials.start);
    for (kind, Tally { trials, told, lies }) in &tallies {
        println!("{kind:55} {trials:5} {told:5} {:5}", lies.len());
        lies.iter().take(3).for_each(|lie| println!("    {lie}"));
    }
    assert!(tallies.values().all(|tally| tally.lies.is_empty()), "see above which answers are not the truth");
}
