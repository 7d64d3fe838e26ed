//! The command: what it makes, and what it refuses.

use super::made::{events_of, generate, reader, with_made};
use crate::program::{Session, err, line, out};

/// Every segment of the log in a folder of the session, what is set aside for later entries included.
fn segments(session: &Session, folder: &str) -> Vec<(std::ffi::OsString, Vec<u8>)> {
    let listed = std::fs::read_dir(session.path(folder).join("segments")).unwrap();
    let mut segments: Vec<_> = listed
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name(), std::fs::read(entry.path()).unwrap()))
        .collect();
    segments.sort();
    segments
}

#[test]
fn the_same_seed_makes_the_same_bytes_and_another_one_another_root() {
    let session = Session::new();
    let make = |folder, seed| {
        let printed =
            generate(&session, folder, &["--seed", seed, "--mix", "w1", "--entries", "3000"]).success();
        let verified = session.annals(&["verify", "--log-only", "--signatures", "--data", folder]).success();
        assert_eq!(line(&verified, "size"), "3000 entries, 0 to 2999");
        assert_eq!(line(&verified, "root"), line(&printed, "root"));
        (line(&verified, "root"), line(&verified, "key"))
    };
    let (first, again, other) = (make("first", "7"), make("again", "7"), make("other", "8"));
    assert_eq!(first, again);
    assert!(segments(&session, "first") == segments(&session, "again"), "the files differ");
    assert!(first.0 != other.0 && first.1 != other.1);
}

#[test]
fn a_log_has_as_many_entries_as_were_asked_for_whatever_number_that_is() {
    let session = Session::new();
    for entries in [14, 15, 21, 437, 1001, 1499] {
        let (folder, entries) = (entries.to_string(), entries.to_string());
        let printed = generate(&session, &folder, &["--entries", &entries]).success();
        assert!(line(&printed, "made").starts_with(&format!("{entries} entries")), "{}", out(&printed));
        // The command that it names next.
        let next = line(&printed, "next");
        let verified = session.annals(&next.split(' ').skip(1).collect::<Vec<_>>()).success();
        assert!(line(&verified, "size").starts_with(&format!("{entries} entries")), "{}", out(&verified));
        assert_eq!(out(&verified).lines().last(), Some("sound"));
    }
}

#[test]
fn a_longer_log_begins_with_the_same_entries() {
    let (short, long) = (with_made(1504), with_made(2300));
    let (short, long) = (events_of(&reader(&short)), events_of(&reader(&long)));
    // The stop, and a minute that may have been cut short.
    let common = short.len() - 11;
    assert!(short[..common] == long[..common]);
    assert!(short[..] != long[..short.len()]);
}

#[test]
fn what_cannot_be_made_is_refused_with_the_way_out() {
    let session = Session::new();
    std::fs::create_dir(session.path("full")).unwrap();
    std::fs::write(session.path("full/kept"), "mine").unwrap();
    let full = generate(&session, "full", &["--entries", "100"]).code(2);
    assert!(err(&full).contains("full is not empty; a log is made in a folder of its own"), "{}", err(&full));
    assert_eq!(std::fs::read_dir(session.path("full")).unwrap().count(), 1);

    let few = generate(&session, "few", &["--entries", "13"]).code(2);
    assert!(err(&few).contains("13 entries") && err(&few).contains("14 at least"), "{}", err(&few));
    assert!(!session.path("few").exists());
    generate(&session, "none", &[]).code(2);
    generate(&session, "none", &["--entries", "100", "--mix", "w0"]).code(2);
}

#[test]
fn help_says_what_a_mix_is_and_how_large_it_gets() {
    let session = Session::new();
    let help = out(&session.annals(&["fixture", "generate", "--help"]).success());
    for word in [
        "60 % run states",
        "30 % rows of history",
        "10 % polls",
        "w1",
        "--entries",
        "bytes an entry",
        "verify",
    ] {
        assert!(help.contains(word), "{word} in:\n{help}");
    }
}
