//! A log that belongs to somebody else: what may not be read, and what can be done with what may.

use std::fs::{self, File, Permissions};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Output};

use walkdir::WalkDir;

use crate::program::{Session, fixture, text};

/// On every system the user who owns nothing.
const NOBODY: u32 = 65_534;

/// Starts the program as somebody who does not own the log. Only root can be somebody else: for others it is enough
/// that they took the permission from themselves.
fn ask(session: &Session, arguments: &[&str]) -> Output {
    // By its descriptor: the way to the program may be closed to others.
    let program = File::open(assert_cmd::cargo::cargo_bin("annals")).unwrap();
    let mut command = Command::new(format!("/proc/self/fd/{}", program.as_raw_fd()));
    command.args(arguments).env_clear().env("ANNALS_DATA", session.data()).current_dir("/");
    if session.path(".").metadata().unwrap().uid() == 0 {
        command.uid(NOBODY).gid(NOBODY);
    }
    command.output().unwrap()
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// A log that everybody may read and nobody may write.
fn of_somebody_else() -> Session {
    let session = Session::with_log();
    session.annals(&["ingest", &fixture("wandb-offline/run-offline-0.19.0.wandb")]).success();
    session.annals(&["checkpoint"]).success();
    set_mode(&session.path("."), 0o755);
    for entry in WalkDir::new(session.data()).contents_first(true) {
        let entry = entry.unwrap();
        set_mode(entry.path(), if entry.file_type().is_dir() { 0o555 } else { 0o444 });
    }
    session
}

#[test]
fn what_may_not_be_read_is_named_with_its_owner_and_is_no_finding() {
    let session = of_somebody_else();
    let (segment, checkpoint) = ("segments/00000000000000000000.seg", "published");
    for name in ["", "watermark", "segments", segment, checkpoint] {
        let denied = session.data().join(name);
        let mode = denied.metadata().unwrap().permissions().mode();
        set_mode(&denied, 0);
        let asked: [&[&str]; 7] = [
            &["query", "select 1"],
            &["verify"],
            &["prove", "1"],
            &["checkpoint"],
            &["explain", "stats", "--uid", "7"],
            &["raw", "4"],
            &["policy", "show"],
        ];
        for arguments in asked {
            let refused = ask(&session, arguments);
            let said = String::from_utf8(refused.stderr).unwrap();
            assert_eq!(refused.status.code(), Some(3), "{name} {arguments:?}: {said}");
            let what = format!("annals: {}: permission denied; it belongs to `", denied.display());
            // A path that ends in no name has no slash there.
            let what = what.replace("/:", ":");
            assert!(said.starts_with(&what), "{name} {arguments:?}: {said}");
        }
        set_mode(&denied, mode);
    }
}

#[test]
fn from_a_copy_that_cannot_be_written_to_an_auditor_proves() {
    let session = of_somebody_else();
    let held = ask(&session, &["checkpoint"]);
    assert!(held.status.success() && held.stderr.is_empty(), "it was handed out before: {held:?}");
    // As a copy has it that was made of the evidence alone.
    set_mode(&session.data(), 0o755);
    let published = session.data().join("published");
    set_mode(&published, 0o755);
    fs::remove_dir_all(&published).unwrap();
    for name in ["tables", "index", "keys"] {
        let place = session.data().join(name);
        for folder in WalkDir::new(&place).into_iter().filter_entry(|entry| entry.file_type().is_dir()) {
            set_mode(folder.unwrap().path(), 0o755);
        }
        fs::remove_dir_all(place).unwrap();
    }
    set_mode(&session.data(), 0o555);
    for arguments in [&["checkpoint"][..], &["prove", "1"], &["query", "select 1", "--output", "parquet"]] {
        let told = ask(&session, arguments);
        let said = String::from_utf8(told.stderr).unwrap();
        assert!(told.status.success() && !told.stdout.is_empty(), "{arguments:?}: {said}");
        assert!(said.contains("it keeps no copy of the checkpoint"), "{arguments:?}: {said}");
    }
    let verified = ask(&session, &["verify"]);
    assert!(verified.stdout.ends_with(b"sound\n"), "{verified:?}");
    let proof = session.path("p.tlog-proof");
    fs::write(&proof, ask(&session, &["prove", "1"]).stdout).unwrap();
    set_mode(&proof, 0o644);
    let proven = ask(&session, &["verify-proof", text(&proof)]);
    assert!(proven.status.success(), "{proven:?}");
    assert!(!published.exists());
    set_mode(&session.data(), 0o755);
}
