//! `annals fixture new`, from the outside: what a story tells is what the tables of its scenario say.

use std::fs;

use crate::program::{Session, err, line, out, text};

/// `//Validator0` to `//Validator2`, `//Miner7` and `//Miner8`, as everybody can derive them.
const VALIDATORS: [&str; 3] = [
    "5GuycFcaA8PKPLgsMajBTC4w3bxrk2k4LPjZ3KZ73xkXwAex",
    "5Hb48vxYpQZQHRbzLMak1AKhtuww6wNK1oMFyigysK8zvHyW",
    "5G6win2P1ty9X6DYuvfSFkijHGVx8yceVp1uNFntENyu7H4j",
];
const MINER_7: &str = "5HKkzVZveNQhCwFoxHuLHoJbqqLFUwm8yLn3hiehhqsJX9yw";
const MINER_8: &str = "5ECdjVvcA7uqyyJ46pGpCzxyVaMiJexNzcS6KNgwg3Lc2NAM";

/// A session in which the example was made into the scenario `mine`.
fn with_example() -> Session {
    let session = Session::new();
    let example = session.annals(&["fixture", "new", "--example"]).success();
    session.keep("story.toml", &example);
    session.annals(&["fixture", "new", "mine", "--from", "story.toml"]).success();
    session
}

/// A session with a story, and nothing made of it.
fn with_story(story: &str) -> Session {
    let session = Session::new();
    fs::write(session.path("story.toml"), story).unwrap();
    session
}

/// The rows of an answer of the log that `fixture check --keep` left, as CSV.
fn rows(session: &Session, sql: &str) -> Vec<String> {
    let asked = session.annals(&["query", sql, "--output", "csv"]).success();
    out(&asked).lines().skip(1).map(str::to_owned).collect()
}

/// Checks the scenario `mine`, and keeps its log as that of the session.
fn keep_log(session: &Session) {
    session.annals(&["fixture", "check", "mine", "--keep", text(&session.data())]).success();
}

#[test]
fn the_example_has_the_answers_that_its_story_gives_reason_for() {
    let session = with_example();
    keep_log(&session);
    let [first, second, third] = VALIDATORS;
    // The list that was edited is signed as well as before; the forged one counts for nothing.
    let allocated = rows(
        &session,
        "select run_id, validator, hotkey, counts, reason from allocated_hotkeys order by run_id, position",
    );
    assert_eq!(
        allocated,
        [
            format!("forged01,{third},{MINER_8},false,signature_wrong"),
            format!("validator0,{first},{MINER_7},true,counted"),
            format!("validator1,{second},{MINER_7},true,counted"),
            format!("validator2,{third},{MINER_7},true,counted"),
        ]
    );
    // Two of three have measured an H200; a run that has crashed goes on voting. The forged B200 is no vote.
    let picked = rows(
        &session,
        "select uid, hotkey, gpu_name, num_gpus, score, run_id, votes, entries from stats order by uid",
    );
    assert_eq!(
        picked,
        [
            format!("7,{MINER_7},NVIDIA H200,2,20.0,validator0,2,3"),
            format!("8,{MINER_8},NVIDIA A100-SXM4-80GB,1,4.75,validator2,1,1"),
        ]
    );
    let runs = "select run_id, state, signature from wandb_runs order by run_id";
    assert_eq!(
        rows(&session, runs),
        [
            "forged01,running,wrong",
            "miner7,running,valid",
            "validator0,running,valid",
            "validator1,crashed,valid",
            "validator2,running,valid",
        ]
    );
}

#[test]
fn the_example_tells_when_the_penalty_came_and_went() {
    let session = with_example();
    keep_log(&session);
    let polls = rows(&session, "select outcome from wandb_polls order by log_index");
    assert_eq!(polls, ["complete", "complete", "failed", "complete"]);
    let penalty = "select hotkey, since.recorded_at as since, until.recorded_at as until from penalized_checklist_history \
        join wandb_polls since on since.log_index + 1 = valid_from \
        join wandb_polls until on until.log_index + 1 = valid_to where counts";
    let penalty = rows(&session, penalty);
    assert_eq!(penalty.len(), 1, "{penalty:?}");
    assert!(penalty[0].starts_with(&format!("{MINER_7},2026-03-14T10:00:")), "{penalty:?}");
    assert!(penalty[0].contains(",2026-03-14T12:00:"), "the poll of 11:00 failed: {penalty:?}");
}

#[test]
fn a_story_gives_the_same_bytes_each_time() {
    let session = with_example();
    session.annals(&["fixture", "new", "again", "--from", "mine/story.toml"]).success();
    for name in ["story.toml", "policy.toml", "story.cassette", "expected/stats.ndjson"] {
        let [one, other] = ["mine", "again"].map(|dir| fs::read(session.path(dir).join(name)).unwrap());
        assert_eq!(one, other, "{name}");
    }
}

#[test]
fn a_story_that_is_told_again_keeps_what_is_expected_of_it() {
    let session = with_example();
    let make = ["fixture", "new", "mine", "--from", "mine/story.toml"];
    assert!(err(&session.annals(&make).code(2)).contains("--again"));
    let story = fs::read_to_string(session.path("mine/story.toml")).unwrap();
    fs::write(session.path("mine/story.toml"), story.replace("score = 4.75", "score = 9.5")).unwrap();
    session.annals(&[&make[..], &["--again"]].concat()).success();
    let wrong = session.annals(&["fixture", "check", "mine"]).code(1);
    assert!(
        out(&wrong).contains("DIFFERS  stats ") && out(&wrong).contains("score 4.75 expected, 9.5 found")
    );
    session.annals(&["fixture", "accept", "mine"]).success();
    session.annals(&["fixture", "check", "mine"]).success();
    assert!(err(&session.annals(&["fixture", "new", ".", "--from", "story.toml"]).code(2)).contains("files"));
    session.annals(&["fixture", "new", "none", "--from", "story.toml", "--again"]).code(3);
}

/// Every end of a run, a signature that is missing, and a validator of whom nothing is heard.
const ENDS: &str = r#"
[policy]
validators = ["//Validator0", "//Validator1"]
checklist = "//Validator0"

[[moment]]
at = 2026-03-14T09:00:00Z
poll = "none"
publish = [
    { hotkey = "//Validator0", run = "a", penalized_hotkeys = ["//Miner7"] },
    { hotkey = "//Validator0", run = "b", signed_by = "nobody" },
    { hotkey = "//Validator0", run = "c" },
    { hotkey = "//Validator0", run = "d" },
    { hotkey = "//Miner7", role = "miner", allocated = "nobody", is_port_open = true },
]

[[moment]]
at = 2026-03-14T09:30:00Z

[[moment]]
at = 2026-03-14T10:00:00Z
edit = [{ run = "a", set = { penalized_hotkeys = ["//Miner8", 7], note = { is = "so" } }, remove = ["version"] }]
end = [
    { run = "a" },
    { run = "b", state = "failed" },
    { run = "c", state = "crashed" },
    { run = "d", state = "deleted" },
]

[[moment]]
at = 2026-03-14T10:30:00Z
"#;

#[test]
fn runs_end_as_the_story_says_and_who_has_none_is_mentioned() {
    let session = with_story(ENDS);
    let made = session.annals(&["fixture", "new", "mine", "--from", "story.toml"]).success();
    let silent = VALIDATORS[1];
    assert!(err(&made).contains(&format!("{silent} is declared a validator")), "{}", err(&made));
    assert!(!err(&made).contains(VALIDATORS[0]), "{}", err(&made));
    assert!(line(&made, "empty ").contains("tables"));
    assert!(!session.path("mine/expected/stats.sql").exists(), "nobody has voted");
    keep_log(&session);
    let runs = "select run_id, state, signature, version from wandb_runs order by run_id";
    assert_eq!(
        rows(&session, runs),
        ["a,finished,valid,", "b,failed,absent,190", "c,crashed,valid,190", "miner7,running,valid,190"]
    );
    let penalized = rows(
        &session,
        "select hotkey, case when hotkey is null then item end, counts from penalized_hotkeys order by position",
    );
    assert_eq!(penalized, [format!("{MINER_8},,true"), ",7,true".to_owned()]);
    let deleted = "select count(*) from wandb_runs_history where run_id = 'd' and valid_to is not null";
    assert_eq!(rows(&session, deleted), ["1"]);
    assert_eq!(rows(&session, "select count(*) from wandb_polls"), ["3"]);
}

#[test]
fn what_is_wrong_with_a_story_is_said_with_its_line_and_nothing_is_made() {
    let session = Session::new();
    let example = out(&session.annals(&["fixture", "new", "--example"]).success());
    for (right, wrong, what) in [
        ("score = 4.75", "skore = 4.75", "skore"),
        ("at = 2026-03-14T12", "at = 2026-03-14T10", "this is before 2026-03-14T11:00:00.1"),
        ("run = \"validator2\"", "run = \"validator3\"", "forged01"),
    ] {
        let line = example.lines().position(|line| line.contains(right)).unwrap() + 1;
        fs::write(session.path("story.toml"), example.replacen(right, wrong, 1)).unwrap();
        let refused = session.annals(&["fixture", "new", "mine", "--from", "story.toml"]).code(2);
        let said = err(&refused);
        assert!(said.contains("story.toml: ") && said.contains(what), "{said}");
        assert!(said.contains(&format!("line {line}")), "{said}");
        assert!(!session.path("mine").exists());
    }
    let left = fs::read_dir(session.path(".")).unwrap().count();
    assert_eq!(left, 1, "the story alone");
}
