//! What was agreed on: the direction of the crates, the top of the tree, unsafe code, and the catalogue of fixtures.

use std::collections::BTreeSet;
use std::process::Command;

use super::files::{all_rust_files, house, text_of};
use super::source::Source;

/// The crates that each crate may use. A crate has to be listed.
const DIRECTION: &[(&str, &[&str])] = &[
    (
        "annals",
        &[
            "annals-queries",
            "annals-projections",
            "annals-stand-in",
            "annals-served",
            "annals-ingest",
            "annals-gpu-worker",
            "annals-gpu",
            "annals-log",
        ],
    ),
    ("annals-queries", &["annals-projections", "annals-gpu", "annals-log"]),
    ("annals-projections", &["annals-gpu", "annals-log"]),
    ("annals-stand-in", &["annals-ingest", "annals-served", "annals-gpu", "annals-log"]),
    ("annals-ingest", &["annals-gpu", "annals-log"]),
    ("annals-served", &[]),
    ("annals-gpu-worker", &["annals-served", "annals-gpu", "annals-log"]),
    ("annals-gpu", &["annals-log"]),
    ("annals-log", &[]),
];

/// Libraries of servers. The recorder asks and does not answer: what answers lies in annals-stand-in, and a
/// miner's worker in annals-gpu-worker.
const SERVERS: [&str; 3] = ["async-graphql-parser", "axum", "jsonrpsee-server"];

/// Everything that may lie at the top beside dotfiles.
const TOP: &[&str] = &[
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "deny.toml",
    "fixtures",
    "gpu",
    "ingest",
    "log",
    "projections",
    "queries",
    "rust-toolchain.toml",
    "src",
    "tests",
];

#[test]
fn crates_lean_one_way() {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(house())
        .output()
        .unwrap();
    assert!(metadata.status.success(), "{}", String::from_utf8_lossy(&metadata.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 1);
    for package in packages {
        let name = package["name"].as_str().unwrap();
        let (_, may_use) = DIRECTION.iter().find(|(listed, _)| *listed == name).expect(name);
        let uses =
            package["dependencies"].as_array().unwrap().iter().map(|used| used["name"].as_str().unwrap());
        for used in uses.filter(|used| used.starts_with("annals")) {
            assert!(may_use.contains(&used), "{name} leans on {used}, which is not below it");
        }
    }
}

#[test]
fn the_recorder_is_built_without_servers() {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--package", "annals-ingest", "--edges", "normal", "--prefix", "none"])
        .current_dir(house())
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let tree = String::from_utf8(tree.stdout).unwrap();
    let names: BTreeSet<_> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(names.contains("jsonrpsee-ws-client"));
    for server in SERVERS {
        assert!(!names.contains(server), "annals-ingest leans on {server}");
    }
}

#[test]
fn the_top_holds_what_was_agreed_on() {
    // What is committed, not what lies about.
    let listed = Command::new("git")
        .args(["-c", "safe.directory=*", "ls-files", "-z"])
        .current_dir(house())
        .output()
        .unwrap();
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    let listed = String::from_utf8(listed.stdout).unwrap();
    let tops: BTreeSet<_> =
        listed.split_terminator('\0').map(|path| path.split('/').next().unwrap()).collect();
    assert!(tops.contains("log"));
    for name in tops {
        assert!(name.starts_with('.') || TOP.contains(&name), "{name} has no place at the top");
    }
}

#[test]
fn every_file_begins_with_what_it_is_and_none_is_unfinished() {
    let files = all_rust_files();
    assert!(files.len() > 30);
    let marks = [["TO", "DO"], ["FIX", "ME"], ["todo", "!("], ["unimplemented", "!("], ["#[ign", "ore"]]
        .map(|mark| mark.concat());
    for path in files {
        let text = text_of(&path);
        assert!(text.starts_with("//! "), "{} does not say what it is", path.display());
        for mark in &marks {
            assert!(!text.contains(mark.as_str()), "{} has {mark}", path.display());
        }
    }
}

#[test]
fn unsafe_code_lives_in_one_room() {
    let room = house().join("gpu/src/device/cuda.rs");
    let marks =
        ["unsafe {", "unsafe impl", "unsafe fn", "unsafe trait", "unsafe extern", "allow(unsafe_code"];
    for path in all_rust_files() {
        let code = Source::of(&text_of(&path)).code;
        let found = marks.iter().find(|mark| code.contains(**mark));
        assert!(path == room || found.is_none(), "{} has {found:?}", path.display());
    }
    assert!(Source::of(&text_of(&room)).code.contains(marks[0]), "the room no longer needs it");
}

#[test]
fn every_scenario_of_the_fixtures_is_in_the_catalogue() {
    let catalogue = std::fs::read_to_string(house().join("fixtures/README.md")).unwrap();
    for entry in std::fs::read_dir(house().join("fixtures")).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        assert!(
            !entry.path().is_dir() || catalogue.contains(&format!("`{name}/`")),
            "{name} is not in fixtures/README.md"
        );
    }
}
