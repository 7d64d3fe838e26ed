//! Folders that come from somebody else, or may not be read: nothing in them is followed, waited for, or misread.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use annals_log::{
    Log, NewLog, OpenError, Options, PublishError, ReadError, Reader, TreeSize, Verification, VerifyError,
    Wrong,
};
use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::meddled::MeddledDisk;
use crate::scratch::{Scratch, events, options};

/// Moves what has a name away, and puts a link to it there.
fn behind_a_link(path: &Path) -> PathBuf {
    let away = path.with_added_extension("away");
    fs::rename(path, &away).unwrap();
    symlink(&away, path).unwrap();
    away
}

#[test]
fn a_folder_of_the_log_that_is_a_link_is_refused() {
    for name in ["segments", "keys", "published", "index", "tables", "cut"] {
        let scratch = Scratch::with_commits(1);
        fs::create_dir_all(scratch.root().join(name)).unwrap();
        behind_a_link(&scratch.root().join(name));
        match Log::open(scratch.root(), options()) {
            Err(OpenError::Fault(fault)) => {
                assert!(
                    matches!(fault.what, Wrong::Linked) && fault.place.file == Path::new(name),
                    "{fault}"
                );
            }
            outcome => panic!("{name}: {:?}", outcome.map(drop)),
        }
    }
}

#[test]
fn no_checkpoint_is_kept_behind_a_link() {
    let scratch = Scratch::with_commits(1);
    let away = behind_a_link(&scratch.root().join("published"));
    assert!(
        matches!(scratch.reader().publish(), Err(PublishError::Fault(fault)) if matches!(fault.what, Wrong::Linked))
    );
    assert_eq!(fs::read_dir(away).unwrap().count(), 0);
}

#[test]
fn no_file_is_written_through_a_link() {
    let of_log = |scratch: &Scratch, name: &str| match name {
        "segment" => scratch.segments().pop().unwrap(),
        name => scratch.root().join(name),
    };
    for name in ["LOCK", "watermark", "segment", "keys/ed25519"] {
        let scratch = Scratch::with_commits(1);
        let away = behind_a_link(&of_log(&scratch, name));
        let before = fs::read(&away).unwrap();
        let opened = Log::open(scratch.root(), options()).map(drop).unwrap_err();
        assert!(opened.to_string().contains("it is a link"), "{name}: {opened}");
        assert_eq!(fs::read(&away).unwrap(), before, "{name}");
    }
}

#[test]
fn nobody_waits_for_what_is_no_file() {
    let fifo = |path: &Path| mknodat(CWD, path, FileType::Fifo, Mode::from_raw_mode(0o644), 0).unwrap();
    let socket = |path: &Path| drop(UnixListener::bind(path).unwrap());
    let folder = |path: &Path| fs::create_dir(path).unwrap();
    let device = |path: &Path| symlink("/dev/zero", path).unwrap();
    let checkpoint = "published/00000000000000000006.checkpoint";
    let segment = "segments/00000000000000000000.seg";
    for make in [&fifo as &dyn Fn(&Path), &socket, &folder, &device] {
        for name in ["watermark", segment, checkpoint, "keys/ed25519", "LOCK"] {
            let scratch = Scratch::with_commits(1);
            scratch.reader().publish().unwrap();
            fs::remove_file(scratch.root().join(name)).unwrap();
            make(&scratch.root().join(name));
            assert!(Log::open(scratch.root(), options()).is_err(), "{name}");
            let is_read = !matches!(name, "keys/ed25519" | "LOCK");
            assert_eq!(Reader::open(scratch.root()).is_err(), is_read, "{name}");
            let verified = Verification::default().run(scratch.root());
            assert_eq!(verified.is_ok_and(|verified| verified.is_sound()), !is_read, "{name}");
        }
    }
}

#[test]
fn what_may_not_be_read_is_told_as_that() {
    let segment = "segments/00000000000000000000.seg";
    let checkpoint = "published/00000000000000000006.checkpoint";
    for name in ["", "watermark", "segments", segment, "published", checkpoint] {
        let scratch = Scratch::with_commits(1);
        scratch.reader().publish().unwrap();
        let denied = scratch.root().join(name);
        let disk = MeddledDisk::denying(&denied);
        let read = Reader::open_on(&disk, scratch.root()).map(drop);
        assert!(matches!(&read, Err(ReadError::Denied { path, .. }) if *path == denied), "{name}: {read:?}");
        let opened = Log::open(scratch.root(), Options { disk: disk.clone(), ..options() }).map(drop);
        assert!(
            matches!(&opened, Err(OpenError::Denied { path, .. }) if *path == denied),
            "{name}: {opened:?}"
        );
        let verified = Verification { disk, ..Verification::default() }.run(scratch.root());
        assert!(
            matches!(&verified, Err(VerifyError::Read(ReadError::Denied { path, .. })) if *path == denied),
            "{name}: {verified:?}"
        );
    }
}

#[test]
fn a_tail_of_nothing_takes_no_time() {
    let scratch = Scratch::with_commits(1);
    let segment = scratch.segments().pop().unwrap();
    let file = fs::OpenOptions::new().write(true).open(&segment).unwrap();
    file.set_len(200 << 30).unwrap();
    assert!(scratch.verify().is_sound());
    let mut log = scratch.open();
    log.append(events(3, 3)).unwrap();
    log.close().unwrap();
    // Nor does it if something lies at its end.
    std::os::unix::fs::FileExt::write_all_at(&file, b"something", (200 << 30) - 9).unwrap();
    scratch.open().close().unwrap();
    assert_eq!(scratch.reader().size(), TreeSize(13));
    assert!(scratch.verify().is_sound());
}

const ROOT: &str = "ANNALS_UMASK_ROOT";

/// Started again by the test below, under a umask that lets everything.
#[test]
fn a_process_makes_a_log_and_publishes() {
    let scratch = Scratch::new();
    let root = std::env::var(ROOT).map_or_else(|_| scratch.root().to_owned(), PathBuf::from);
    let mut log = Log::create(&root, NewLog::default(), Options::default()).unwrap();
    log.append(events(0, 3)).unwrap();
    Reader::open(&root).unwrap().publish().unwrap();
    log.close().unwrap();
}

#[test]
fn under_any_umask_the_owner_alone_writes_a_log() {
    let scratch = Scratch::new();
    let ended = Command::new("sh")
        .args(["-c", "umask 0; exec \"$0\" --exact folders::a_process_makes_a_log_and_publishes"])
        .arg(std::env::current_exe().unwrap())
        .env(ROOT, scratch.root())
        .output()
        .unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stdout));
    let mut paths = vec![scratch.root().to_owned()];
    let mut seen = 0;
    while let Some(path) = paths.pop() {
        let mode = path.metadata().unwrap().permissions().mode() & 0o777;
        if path.ends_with("index/fjall") {
            assert_eq!(mode, 0o700, "its files have the modes that the database gives them");
            continue;
        }
        assert_eq!(mode & 0o022, 0, "{} has mode {mode:o}", path.display());
        if path.is_dir() {
            paths.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
        seen += 1;
    }
    assert!(seen > 9, "{seen}");
}
