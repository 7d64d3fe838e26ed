//! A saved state is taken as it was, or not at all.

use std::fs;
use std::time::{Duration, SystemTime};

use annals_log::{Event, Hash, LOG_SOURCE, LogIndex, ProjectionState, ProjectionStateRetracted};
use annals_projections::{ProjectionError, Projections, SavedTables, StateAudit, Unfit};

use crate::determinism::everything;
use crate::scratch::{Run, Scratch, poll, snapshot};
use crate::seed::seeded;

fn saved() -> Scratch {
    let scratch = Scratch::new();
    let run = |hotkey: &str| Run::of_validator("one", &format!(r#""allocated_hotkeys":["{hotkey}"]"#));
    scratch.append(poll(&[&run("5A")]));
    scratch.append(poll(&[&run("5B")]));
    let mut projections = Projections::begin_in(&scratch.tables(), None).unwrap();
    projections.catch_up(&scratch.reader(), scratch.reader().size(), |_| ()).unwrap();
    projections.save(&scratch.tables(), &scratch.reader(), true).unwrap();
    scratch
}

fn load(scratch: &Scratch) -> Result<Projections, Unfit> {
    Projections::load(&scratch.tables(), &mut scratch.reader())
}

#[test]
fn what_was_saved_is_loaded() {
    let scratch = saved();
    assert_eq!(everything(&mut load(&scratch).unwrap()), everything(&mut scratch.projections()));
    fs::remove_dir_all(scratch.tables()).unwrap();
    assert!(matches!(load(&scratch), Err(Unfit::Absent)));
}

#[test]
fn tables_whose_past_lies_in_memory_are_not_saved() {
    let scratch = saved();
    fs::remove_dir_all(scratch.tables()).unwrap();
    let error = scratch.projections().save(&scratch.tables(), &scratch.reader(), true).unwrap_err();
    assert!(error.to_string().contains("lie in memory alone"), "{error}");
    assert!(matches!(load(&scratch), Err(Unfit::Absent)));
}

#[test]
fn a_flipped_bit_or_a_cut_anywhere_is_noticed() {
    let mut rng = seeded("a_flipped_bit_or_a_cut_anywhere_is_noticed");
    let scratch = saved();
    let path = scratch.tables().join("state");
    let sound = fs::read(&path).unwrap();
    for _ in 0..300 {
        let mut bytes = sound.clone();
        let at = rng.usize(..bytes.len());
        if rng.bool() {
            bytes[at] ^= 1 << rng.u8(..8);
        } else {
            bytes.truncate(at);
        }
        fs::write(&path, bytes).unwrap();
        let unfit = load(&scratch).err();
        assert!(matches!(unfit, Some(Unfit::Damaged(_))), "{unfit:?} at byte {at} of {}", sound.len());
    }
    fs::write(&path, sound).unwrap();
    assert!(load(&scratch).is_ok());
}

#[test]
fn tables_of_another_log_or_of_one_that_was_put_back_are_not_taken() {
    let scratch = saved();
    let other = Scratch::without_policy(*b"annals-fixture-5");
    let of_another = Projections::load(&scratch.tables(), &mut other.reader());
    assert!(matches!(of_another, Err(Unfit::Foreign("another log"))));

    // The same log id with fewer entries, and with others.
    let shorter = Scratch::new();
    assert!(matches!(Projections::load(&scratch.tables(), &mut shorter.reader()), Err(Unfit::Ahead { .. })));
    for hotkey in ["5C", "5D", "5E"] {
        let list = format!(r#""allocated_hotkeys":["{hotkey}"]"#);
        shorter.append(poll(&[&Run::of_validator("one", &list)]));
    }
    assert!(matches!(
        Projections::load(&scratch.tables(), &mut shorter.reader()),
        Err(Unfit::Foreign("a log with other entries"))
    ));
}

#[test]
fn a_damaged_file_of_closed_rows_is_an_error_and_no_shorter_past() {
    let scratch = saved();
    let file = |table: &str| {
        let files = fs::read_dir(scratch.tables()).unwrap().map(|entry| entry.unwrap().path());
        let mut files = files.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with(table));
        files.next().unwrap()
    };
    let path = file("allocated_hotkeys-");
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let snapshot = snapshot(&mut load(&scratch).unwrap(), "allocated_hotkeys");
    let error = snapshot.closed.scan(snapshot.schema).next().unwrap().unwrap_err().to_string();
    assert!(error.contains("is not what was written"), "{error}");
    fs::write(&path, &bytes[..middle]).unwrap();
    assert!(matches!(load(&scratch), Err(Unfit::Damaged("a file of closed rows is missing or cut"))));
}

/// As if they had lain there for a while.
fn age_files(scratch: &Scratch) {
    let long_ago = SystemTime::now() - Duration::from_hours(2);
    for entry in fs::read_dir(scratch.tables()).unwrap() {
        let file = fs::File::options().append(true).open(entry.unwrap().path()).unwrap();
        file.set_modified(long_ago).unwrap();
    }
}

#[test]
fn a_state_is_not_replaced_by_one_that_is_behind_it() {
    let scratch = saved();
    let (early, mut behind) = (scratch.reader(), load(&scratch).unwrap());
    scratch.append(poll(&[&Run::of_validator("one", r#""allocated_hotkeys":["5C"]"#)]));
    let mut ahead = load(&scratch).unwrap();
    ahead.catch_up(&scratch.reader(), scratch.reader().size(), |_| ()).unwrap();
    ahead.save(&scratch.tables(), &scratch.reader(), false).unwrap();
    behind.save(&scratch.tables(), &early, true).unwrap();
    assert_eq!(load(&scratch).unwrap().position(), scratch.reader().size());
    assert!(matches!(Projections::load(&scratch.tables(), &mut { early }), Err(Unfit::Ahead { .. })));
}

#[test]
fn who_tidies_removes_what_nobody_names_once_it_is_old_and_files_stay_few() {
    let scratch = saved();
    let cut = scratch.tables().join("state-cut.new");
    fs::write(&cut, b"half").unwrap();
    load(&scratch).unwrap().save(&scratch.tables(), &scratch.reader(), true).unwrap();
    assert!(cut.exists(), "somebody may be writing it");
    for round in 0..40 {
        age_files(&scratch);
        let list = format!(r#""allocated_hotkeys":["5{round}"]"#);
        scratch.append(poll(&[&Run::of_validator("one", &list)]));
        let mut reader = scratch.reader();
        let mut projections = Projections::load(&scratch.tables(), &mut reader).unwrap();
        projections.catch_up(&reader, reader.size(), |_| ()).unwrap();
        projections.save(&scratch.tables(), &reader, true).unwrap();
    }
    let names: Vec<_> =
        fs::read_dir(scratch.tables()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!names.iter().any(|name| name.to_str().unwrap().ends_with(".new")), "{names:?}");
    let of_allocated =
        names.iter().filter(|name| name.to_str().unwrap().starts_with("allocated_hotkeys-")).count();
    assert!((1..6).contains(&of_allocated), "{names:?}");
    assert_eq!(everything(&mut load(&scratch).unwrap()), everything(&mut scratch.projections()));
}

/// Puts `to`, which is as long, everywhere in the place of `from`, and the right digest at the end.
fn forge(scratch: &Scratch, from: &[u8], to: &[u8]) {
    assert_eq!(from.len(), to.len());
    let path = scratch.tables().join("state");
    let mut bytes = fs::read(&path).unwrap();
    bytes.truncate(bytes.len() - 32);
    let places: Vec<_> = (0..=bytes.len() - from.len()).filter(|&at| bytes[at..].starts_with(from)).collect();
    assert!(!places.is_empty());
    places.iter().for_each(|&at| bytes[at..at + to.len()].copy_from_slice(to));
    let digest = Hash::of(&bytes).0;
    fs::write(&path, [bytes.as_slice(), &digest].concat()).unwrap();
}

/// As a log is handed on: without the key.
fn without_key(scratch: &Scratch) {
    fs::remove_file(scratch.root().join("keys/ed25519")).unwrap();
}

/// Records the roots of all tables, and saves these as whoever has no key finds them.
fn recorded(scratch: &Scratch) -> Projections {
    let mut tables = Projections::begin_in(&scratch.tables(), None).unwrap();
    let reader = scratch.reader();
    tables.catch_up(&reader, reader.size(), |_| ()).unwrap();
    scratch.append(tables.state_events(0));
    tables.save(&scratch.tables(), &reader, true).unwrap();
    tables
}

#[test]
fn a_state_forged_under_a_right_digest_is_not_taken_with_the_key_or_without() {
    let scratch = saved();
    recorded(&scratch);
    load(&scratch).unwrap();
    let sound = fs::read(scratch.tables().join("state")).unwrap();
    for has_key in [true, false] {
        // A row of a table, what is remembered of the run, and the policy that all of it was folded under.
        for (from, to) in [("5B", "5F"), ("running", "crashed"), ("0djlnjjs", "0djlnjjx")] {
            forge(&scratch, from.as_bytes(), to.as_bytes());
            assert!(matches!(load(&scratch), Err(Unfit::Unvouched(_))), "{from}, key: {has_key}");
            fs::write(scratch.tables().join("state"), &sound).unwrap();
        }
        if has_key {
            without_key(&scratch);
            load(&scratch).unwrap();
        }
    }
}

#[test]
fn without_the_key_a_state_counts_only_where_the_log_has_its_root() {
    let scratch = saved();
    // Attested, and the log says nothing of it.
    load(&scratch).unwrap();
    recorded(&scratch);
    scratch.append(poll(&[&Run::of_validator("one", r#""allocated_hotkeys":["5C"]"#)]));
    let bound_at = load(&scratch).unwrap().position();
    assert!(bound_at < scratch.reader().size());
    without_key(&scratch);
    let mut tables = load(&scratch).unwrap();
    assert_eq!(tables.position(), bound_at);
    tables.catch_up(&scratch.reader(), scratch.reader().size(), |_| ()).unwrap();
    assert_eq!(everything(&mut tables), everything(&mut scratch.projections()));
    // Whoever has no key can save them, and nobody has to believe it.
    tables.save(&scratch.tables(), &scratch.reader(), false).unwrap();
    assert!(matches!(load(&scratch), Err(Unfit::Unvouched(_))));
    // What he saves where the log has the root, counts.
    Projections::forget(&scratch.tables()).unwrap();
    let mut tables = Projections::begin_in(&scratch.tables(), None).unwrap();
    assert!(tables.catch_up_to_recorded(&scratch.reader(), |_| ()).unwrap());
    tables.save(&scratch.tables(), &scratch.reader(), false).unwrap();
    assert_eq!(load(&scratch).unwrap().position(), bound_at);
}

#[test]
fn rows_that_stood_and_were_forged_with_their_file_are_noticed_before_one_of_them_is_given() {
    let scratch = saved();
    recorded(&scratch);
    let files = || fs::read_dir(scratch.tables()).unwrap().map(|entry| entry.unwrap().path());
    let is_it = |path: &std::path::PathBuf| path.to_str().unwrap().contains("/allocated_hotkeys-");
    let path = files().find(is_it).unwrap();
    let mut bytes = fs::read(&path).unwrap();
    let at = bytes.windows(2).position(|bytes| bytes == b"5A").unwrap();
    bytes[at + 1] = b'F';
    fs::write(&path, &bytes).unwrap();
    for _ in 0..2 {
        let snapshot = snapshot(&mut load(&scratch).unwrap(), "allocated_hotkeys");
        let mut batches = snapshot.closed.scan(snapshot.schema);
        let error = batches.next().unwrap().unwrap_err().to_string();
        assert!(error.contains("is not what was written"), "{error}");
        assert!(batches.next().is_none());
        let reader = scratch.reader();
        let audit = StateAudit::of(&reader, reader.size(), Some(&scratch.tables()), |_| ()).unwrap();
        assert!(matches!(audit.saved, SavedTables::Wrong { .. }), "{:?}", audit.saved);
        let _ = fs::remove_file(scratch.root().join("keys/ed25519"));
    }
}

#[test]
fn verifying_compares_what_is_saved_with_the_fold() {
    let scratch = saved();
    let audit = || {
        let reader = scratch.reader();
        StateAudit::of(&reader, reader.size(), Some(&scratch.tables()), |_| ()).unwrap().saved
    };
    assert!(matches!(audit(), SavedTables::Right(size) if size == scratch.reader().size()), "{:?}", audit());
    scratch.append(poll(&[&Run::of_validator("one", r#""allocated_hotkeys":["5C"]"#)]));
    assert!(matches!(audit(), SavedTables::Right(size) if size < scratch.reader().size()), "{:?}", audit());
    forge(&scratch, b"5B", b"5F");
    assert!(matches!(audit(), SavedTables::Wrong { .. }), "{:?}", audit());
    fs::write(scratch.tables().join("state"), "short").unwrap();
    assert!(matches!(audit(), SavedTables::Unfit(Unfit::Damaged(_))), "{:?}", audit());
    fs::remove_file(scratch.tables().join("state")).unwrap();
    assert!(matches!(audit(), SavedTables::Absent), "{:?}", audit());
}

#[test]
fn what_a_root_vouched_for_that_is_taken_back_further_on_does_not_count() {
    let scratch = saved();
    recorded(&scratch);
    let last = LogIndex(scratch.reader().size().0 - 1);
    let mut reader = scratch.reader();
    let entry = reader.entry(last).unwrap();
    assert_eq!(reader.envelope(last, &entry).unwrap().native_id, ProjectionState::FOLD);
    let index = last.0;
    let retracted = ProjectionStateRetracted { log_index: index, why: "a wrong fold".into() };
    scratch.append(vec![Event::new(LOG_SOURCE, ProjectionState::FOLD, 0, &retracted)]);
    without_key(&scratch);
    let mut tables = load(&scratch).unwrap();
    let outcome = tables.catch_up(&scratch.reader(), scratch.reader().size(), |_| ());
    assert!(matches!(outcome, Err(ProjectionError::TakenBack(of)) if of.0 == index), "{outcome:?}");
    let mut anew = Projections::begin_in(&scratch.tables(), None).unwrap();
    assert!(!anew.catch_up_to_recorded(&scratch.reader(), |_| ()).unwrap(), "the log has no other root");
}

#[test]
fn a_fold_over_entries_that_were_changed_under_right_checksums_names_the_place() {
    let scratch = saved();
    let segment = scratch.root().join("segments").join(format!("{:020}.seg", 0));
    let mut bytes = fs::read(&segment).unwrap();
    // The state of a run stands in its entry.
    let at = bytes.windows(7).rposition(|bytes| bytes == b"running").unwrap();
    bytes[at..at + 7].copy_from_slice(b"crashed");
    let mut frame = 4096;
    while &bytes[frame..frame + 4] == b"AFRM" {
        let word = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
        let body: usize = [52, 60, 64, 68].iter().map(|&offset| word(frame + offset)).sum();
        let crc = crc32c::crc32c(&bytes[frame + 80..frame + 80 + body]);
        bytes[frame + 72..frame + 76].copy_from_slice(&crc.to_be_bytes());
        let crc = crc32c::crc32c(&bytes[frame + 8..frame + 80]);
        bytes[frame + 4..frame + 8].copy_from_slice(&crc.to_be_bytes());
        frame += 80 + body;
    }
    fs::write(&segment, bytes).unwrap();
    let mut tables = Projections::new(None);
    let fault = tables.catch_up(&scratch.reader(), scratch.reader().size(), |_| ()).unwrap_err().to_string();
    assert!(fault.contains("segments/00000000000000000000.seg at byte"), "{fault}");
}
