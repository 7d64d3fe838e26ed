//! A made-up day of SN27, `fixtures/sn27-day`: made from a script, and told a second time by upstream's rules alone.
//!
//! `ANNALS_ACCEPT=1` writes what is made, and what annals answers then; read the difference before you commit it.
//! Whether it still answers so is asked in `tests/scenarios.rs`.

mod hardware;
mod keys;
mod pages;
mod policy;
mod project;
mod random;
mod script;
mod twice;
mod yesterday;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use annals_ingest::CassetteWriter;
use annals_log::Policy;

use keys::Keys;

use crate::policy_text::to_toml;
use crate::program::{Session, text};

const CASSETTE: &str = "day.cassette.zst";
const SIGNATURES: &str = "signatures.json";

/// What the script makes.
struct Day {
    /// Not compressed.
    cassette: Vec<u8>,
    policy: Policy,
    keys: Keys,
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn is_accepted() -> bool {
    std::env::var_os("ANNALS_ACCEPT").is_some()
}

/// Played once for all tests.
fn day() -> &'static Day {
    static DAY: OnceLock<Day> = OnceLock::new();
    DAY.get_or_init(|| {
        let (fetches, project) =
            script::play(&fixtures(), Keys::read(&fixtures().join("sn27-day").join(SIGNATURES)));
        let mut writer = CassetteWriter::new(Vec::new()).unwrap();
        fetches.iter().for_each(|fetch| writer.write(fetch).unwrap());
        let policy = policy::of(&project);
        Day { cassette: writer.into_inner(), policy, keys: project.keys }
    })
}

/// A poll repeats most of what the one before it said: the window has room for all of them.
fn compressed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 19).unwrap();
    encoder.window_log(26).unwrap();
    encoder.long_distance_matching(true).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The folder, and where that is wanted all of it made anew first: what the script makes, and the answers of annals
/// to that.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = fixtures().join("sn27-day");
        if is_accepted() {
            std::fs::write(folder.join(CASSETTE), compressed(&day().cassette)).unwrap();
            for (name, made) in texts(day()) {
                std::fs::write(folder.join(name), made).unwrap();
            }
            Session::new().annals(&["fixture", "accept", text(&folder)]).success();
        }
        folder
    })
}

/// What the folder has of the day in words.
fn texts(day: &Day) -> [(&'static str, String); 2] {
    let comment = "Development keys, all of them: //sn27-day//validator//0 and so on.";
    [(SIGNATURES, day.keys.to_json()), ("policy.toml", to_toml(&day.policy, comment))]
}

#[test]
fn the_folder_is_what_the_script_makes() {
    let (folder, day) = (folder(), day());
    let kept = zstd::decode_all(std::fs::File::open(folder.join(CASSETTE)).unwrap()).unwrap();
    let at = kept.iter().zip(&day.cassette).position(|(kept, made)| kept != made);
    assert!(kept == day.cassette, "the cassette is not what the script makes, from byte {at:?} on");
    for (name, made) in texts(day) {
        let kept = std::fs::read_to_string(folder.join(name)).unwrap();
        let at = kept.lines().zip(made.lines()).position(|(kept, made)| kept != made);
        assert!(kept == made, "{name} is not what is made, from line {:?} on", at.map(|at| at + 1));
    }
    assert!(is_accepted() || day.keys.made == 0, "{} runs have no signature that verifies", day.keys.made);
}

#[test]
fn every_question_says_what_it_asks_and_has_an_answer_with_rows() {
    let names = questions();
    assert!(names.len() >= 19, "{}", names.len());
    for name in names {
        let read = |extension: &str| {
            std::fs::read_to_string(folder().join(format!("expected/{name}.{extension}"))).unwrap()
        };
        assert!(read("sql").starts_with("-- "), "{name} does not say what it asks");
        assert!(!read("ndjson").is_empty(), "{name} has no answer");
    }
}

/// Their names, in order.
fn questions() -> Vec<String> {
    let files = std::fs::read_dir(folder().join("expected")).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|kind| kind == "sql"));
    let mut names: Vec<_> =
        files.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

#[test]
fn the_readme_reasons_every_dispute() {
    let readme = std::fs::read_to_string(folder().join("README.md")).unwrap();
    let is_dispute = |name: &String| name.starts_with(|first: char| first.is_ascii_digit());
    let disputes: Vec<_> = questions().into_iter().filter(is_dispute).collect();
    assert_eq!(disputes.len(), 12);
    for (number, name) in (1..).zip(disputes) {
        let title = |line: &str| {
            line.starts_with(&format!("### {number}. ")) && line.ends_with(&format!(": `{name}`"))
        };
        assert!(readme.lines().any(title), "{name}");
    }
}

#[test]
fn a_naive_implementation_says_the_same_after_every_poll() {
    let told = twice::naive(&day().cassette, &day().policy);
    assert_eq!(told.len(), 48);
    let (differences, compared) = twice::differences(&told, &folder().join("expected"));
    assert!(differences.is_empty(), "{}", twice::shown(&differences));
    assert!(compared.iter().all(|&rows| rows > 0), "{compared:?}");
}
