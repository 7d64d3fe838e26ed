//! The commands of the README, as they stand there, typed one after another in a clone.

use std::path::Path;
use std::process::Command;

use crate::program::{Session, text};

const SECTION: &str = "## Try it";

/// The blocks of commands in the section that begins with `title`. A block in a language is an output.
fn blocks(readme: &str, title: &str) -> Vec<String> {
    let section = &readme[readme.find(title).unwrap() + title.len()..];
    let section = &section[..section.find("\n## ").unwrap_or(section.len())];
    let mut blocks = Vec::new();
    for (place, block) in section.split("```").enumerate() {
        if let (1, Some(commands)) = (place % 2, block.strip_prefix('\n')) {
            blocks.push(commands.to_owned());
        }
    }
    blocks
}

#[test]
fn the_commands_of_the_readme_work_and_leave_nothing_in_the_clone() {
    let house = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(house.join("README.md")).unwrap();
    let blocks = blocks(&readme, SECTION);
    assert!(blocks.len() > 6 && blocks[0].starts_with("cargo run -- demo"), "{blocks:#?}");
    let session = Session::new();
    let program = assert_cmd::cargo::cargo_bin("annals");
    let folder = program.parent().unwrap();
    // A folder in the place of the clone, so that what is left in it is seen.
    std::os::unix::fs::symlink(house.join("fixtures"), session.path("fixtures")).unwrap();
    let commands = blocks[1..].concat().replace("$PWD/target/debug", text(folder));
    let script = format!("trap 'kill $(jobs -p) 2> /dev/null || true' EXIT\n{commands}");
    let mut shell = Command::new("bash");
    shell.args(["-euo", "pipefail", "-c", &script]).current_dir(session.path("."));
    shell.env("HOME", session.path("home")).env("TMPDIR", session.path("")).env_remove("ANNALS_CONFIG");
    let printed = shell.output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&printed.stdout), String::from_utf8_lossy(&printed.stderr));
    assert!(printed.status.success(), "{out}\n{err}");
    for told in [
        "\"score\":66.0",
        "proven       entry 396",
        "\"from_block\":",
        "\"states\":",
        "\"passed\"",
        "node_load1",
    ] {
        assert!(out.contains(told), "{told} is not in:\n{out}\n{err}");
    }
    let left = std::fs::read_dir(session.path(".")).unwrap().map(|entry| entry.unwrap().file_name());
    let left: Vec<_> = left.filter(|name| name != "fixtures" && name != "home").collect();
    assert!(left.iter().all(|name| name.to_string_lossy().starts_with("tmp.")), "{left:?}");
}

#[test]
fn no_command_of_the_readme_has_a_comment_which_zsh_takes_for_words() {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    for block in blocks(&readme, SECTION) {
        let commented = block.lines().find(|line| line.starts_with('#') || line.contains(" #"));
        assert_eq!(commented, None, "{block}");
        assert!(!block.contains(":9944") && !block.contains(":8085"), "a port that may be taken: {block}");
    }
}
