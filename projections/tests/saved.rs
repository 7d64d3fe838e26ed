//! A saved state is taken as it was, or not at all.

use std::fs;
use std::time::{Duration, SystemTime};

use annals_projections::{Projections, Unfit};

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
        assert!(matches!(load(&scratch), Err(Unfit::Damaged(_))), "at byte {at} of {}", sound.len());
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
    assert!(matches!(Projections::load(&scratch.tables(), &mut shorter.reader()), Err(Unfit::Ahead(_))));
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
    let closed = snapshot(&load(&scratch).unwrap(), "allocated_hotkeys").closed;
    let error = closed.scan().next().unwrap().unwrap_err().to_string();
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
    assert!(matches!(Projections::load(&scratch.tables(), &mut { early }), Err(Unfit::Ahead(_))));
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
