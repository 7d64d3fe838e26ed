//! The order of steps: what the log asks of the disk before it says yes.

use std::collections::BTreeMap;
use std::path::PathBuf;

use annals_log::{Durability, Log};

use super::disk::{Step, WatchedDisk};
use super::{SEGMENT_BYTES, on};
use crate::scratch::{Scratch, events, new_log};

/// What a workload asked of the disk: makes a log, appends `commits` of up to 400 events, some rotating, and closes.
pub(super) fn workload(
    scratch: &Scratch,
    durability: Durability,
    commits: u64,
    rng: &mut fastrand::Rng,
) -> Vec<Step> {
    let disk = WatchedDisk::new(scratch.root());
    let mut log = Log::create(scratch.root(), new_log(), on(&disk, durability, SEGMENT_BYTES)).unwrap();
    disk.yes(0);
    let mut appended = 0;
    for _ in 0..commits {
        let count = rng.u64(1..400);
        log.append(events(appended, count)).unwrap();
        appended += count;
        disk.yes(appended);
    }
    log.close().unwrap();
    disk.steps()
}

/// Names of the files, by number.
fn names(steps: &[Step]) -> BTreeMap<usize, PathBuf> {
    let opened = steps.iter().filter_map(|step| match step {
        Step::Create { path, file } | Step::Open { path, file } => Some((*file, path.clone())),
        _ => None,
    });
    opened.collect()
}

#[test]
fn before_each_yes_lie_its_syncs() {
    for durability in [Durability::Strict, Durability::Lagged] {
        let mut rng = crate::scratch::seeded("before_each_yes_lie_its_syncs");
        let scratch = Scratch::new();
        let steps = workload(&scratch, durability, 60, &mut rng);
        assert!(scratch.segments().len() > 3);
        let names = names(&steps);
        let is_segment = |file: &usize| names[file].starts_with("segments");
        let is_watermark = |file: &usize| names[file].ends_with("watermark");
        // Since they were last synced.
        let (mut frames_dirty, mut watermark_dirty, mut yes) = (false, false, 0);
        for step in &steps {
            match step {
                Step::Write { file, .. } if is_segment(file) => frames_dirty = true,
                Step::Write { file, .. } if is_watermark(file) => {
                    assert!(!frames_dirty, "the watermark never speaks of frames that are not durable");
                    watermark_dirty = true;
                }
                Step::Sync { file } if is_segment(file) => frames_dirty = false,
                Step::Sync { file } if is_watermark(file) => watermark_dirty = false,
                Step::Yes { .. } => {
                    assert!(!frames_dirty, "{durability:?}: a yes before its frame was durable");
                    assert!(
                        !watermark_dirty || durability == Durability::Lagged,
                        "a yes before its watermark was"
                    );
                    yes += 1;
                }
                _ => {}
            }
        }
        assert_eq!(yes, 61);
        assert!(!frames_dirty && !watermark_dirty, "closing leaves nothing behind");
    }
}

#[test]
fn an_idle_lagged_log_makes_its_watermark_durable() {
    let scratch = Scratch::new();
    let disk = WatchedDisk::new(scratch.root());
    let options = on(&disk, Durability::Lagged, SEGMENT_BYTES);
    let mut log = Log::create(scratch.root(), new_log(), options).unwrap();
    log.append(events(0, 3)).unwrap();
    let is_synced = || {
        let steps = disk.steps();
        let names = names(&steps);
        let of_watermark = steps.iter().rev().find_map(|step| match step {
            Step::Write { file, .. } if names[file].ends_with("watermark") => Some(false),
            Step::Sync { file } if names[file].ends_with("watermark") => Some(true),
            _ => None,
        });
        of_watermark == Some(true)
    };
    assert!(!is_synced(), "a yes in lag does not wait for the watermark");
    let waited = std::iter::repeat_with(|| std::thread::sleep(std::time::Duration::from_millis(50)));
    assert!(waited.take(200).any(|()| is_synced()), "after ten seconds of idleness it is still not durable");
    drop(log);
}

#[test]
fn a_segment_is_durable_before_it_has_its_name() {
    let mut rng = crate::scratch::seeded("a_segment_is_durable_before_it_has_its_name");
    let scratch = Scratch::new();
    let steps = workload(&scratch, Durability::Strict, 60, &mut rng);
    let mut renamed = 0;
    for (place, step) in steps.iter().enumerate() {
        let Step::Rename { from, to } = step else { continue };
        if !to.starts_with("segments") {
            continue;
        }
        let made =
            steps[..place].iter().rposition(|step| matches!(step, Step::Create { path, .. } if path == from));
        let Step::Create { file, .. } = steps[made.unwrap()] else { unreachable!() };
        let of_file: Vec<_> = steps[made.unwrap()..place]
            .iter()
            .filter(|step| match step {
                Step::Write { file: other, .. }
                | Step::Sync { file: other }
                | Step::SetLength { file: other, .. } => *other == file,
                _ => false,
            })
            .collect();
        assert!(
            matches!(of_file[..], [Step::SetLength { .. }, Step::Write { .. }, Step::Sync { .. }]),
            "{of_file:?}"
        );
        assert_eq!(steps[place + 1], Step::SyncFolder { path: "segments".into() });
        renamed += 1;
    }
    assert_eq!(renamed, scratch.segments().len());
}

#[test]
fn no_slot_of_the_watermark_points_below_a_segment_that_begins() {
    for durability in [Durability::Strict, Durability::Lagged] {
        let mut rng = crate::scratch::seeded("no_slot_of_the_watermark_points_below_a_segment_that_begins");
        let scratch = Scratch::new();
        let steps = workload(&scratch, durability, 60, &mut rng);
        let names = names(&steps);
        let (mut slots, mut begun) = ([0; 2], 0);
        for step in &steps {
            match step {
                Step::Write { file, offset, bytes } if names[file].ends_with("watermark") => {
                    // LOG-FORMAT.md: the size stands at byte 28 of a slot.
                    let size = u64::from_be_bytes(bytes[28..36].try_into().unwrap());
                    slots[usize::try_from(offset / 4096).unwrap()] = size;
                }
                Step::Rename { to, .. } if to.starts_with("segments") => {
                    let first: u64 = to.file_stem().unwrap().to_str().unwrap().parse().unwrap();
                    assert!(slots.iter().all(|&size| size >= first), "{slots:?} below {first}");
                    begun += 1;
                }
                _ => {}
            }
        }
        assert!(begun > 3, "{begun}");
    }
}
