//! `annals query` and `annals explain`, from the outside: what they print, in which form, and on what it stands.

mod checked;
mod explained;
mod forms;
mod options;
mod prompt;
mod questions;
mod shown;
mod tables;
mod types;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::program::{Session, err, line, out, text};

const STATS: &str = "select uid, gpu_name, score, run_id from stats order by uid";

fn tie() -> Session {
    Session::with_scenario("golden-tie")
}

/// Every file below a folder, and its bytes.
fn files_in(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap);
    let files = files.filter(|entry| entry.file_type().is_file());
    files.map(|entry| (text(entry.path()).to_owned(), std::fs::read(entry.path()).unwrap())).collect()
}

#[test]
fn the_checkpoint_is_the_log_s_own_and_the_log_keeps_it() {
    let session = tie();
    let published = session.data().join("published");
    let count = || std::fs::read_dir(&published).unwrap().count();
    session.annals(&["query", STATS]).success();
    assert_eq!(count(), 0, "nothing was given out");
    let json = session.annals(&["query", STATS, "--output", "json", "--with-checkpoint"]).success();
    let json: Value = serde_json::from_str(&out(&json)).unwrap();
    assert_eq!((json["rows"].as_array().unwrap().len(), count()), (4, 1));
    let checkpoint = &json["checkpoint"];
    assert_eq!(checkpoint["fixture"], Value::Bool(true));
    let note = checkpoint["signed_note"].as_str().unwrap();
    assert_eq!(out(&session.annals(&["checkpoint"]).success()), note);
    let kept = session.path("kept");
    std::fs::write(&kept, note).unwrap();
    session.annals(&["verify", "--against", text(&kept)]).success();
    for format in ["csv", "ndjson"] {
        let told = out(&session.annals(&["query", STATS, "--output", format, "--with-checkpoint"]).success());
        assert!(told.contains(checkpoint["root"].as_str().unwrap()), "{format}: {told}");
    }
}

#[test]
fn the_past_is_answered_on_the_checkpoint_of_the_past() {
    let session = Session::with_scenario("sn27-day");
    let count = |at: &[&str]| {
        let query =
            ["query", "select count(*) as n from stats_history", "--output", "json", "--with-checkpoint"];
        let printed = session.annals(&[&query, at].concat()).success();
        let answer: Value = serde_json::from_str(&out(&printed)).unwrap();
        (
            answer["rows"][0]["n"].as_u64().unwrap(),
            answer["checkpoint"]["size"].as_u64().unwrap(),
            err(&printed),
        )
    };
    let now = count(&[]);
    let noon = count(&["--at", "time:2026-03-14 12:05"]);
    assert!(noon.0 < now.0 && noon.1 < now.1, "{noon:?} {now:?}");
    assert!(noon.2.contains(&format!("2026-03-14T12:05:00Z is size {}, recorded at", noon.1)), "{}", noon.2);
    let by_size = count(&["--at", &format!("size:{}", noon.1)]);
    assert_eq!((by_size.0, by_size.1), (noon.0, noon.1), "by size as by time");
    let last = count(&["--at", "time:2026-03-15T00:00:00Z"]);
    assert!(last.0 == now.0 && last.2.contains("not final"), "{last:?}");

    let refused = session.annals(&["query", STATS, "--at", &format!("size:{}", noon.1 - 1)]).code(2);
    assert!(err(&refused).contains("inside a commit"), "{}", err(&refused));
    assert!(
        err(&session.annals(&["query", STATS, "--at", "size:100000"]).code(2))
            .contains("there is no size 100000 yet")
    );
    assert!(err(&session.annals(&["query", STATS, "--at", "yesterday"]).code(2)).contains("size:1000"));
    assert!(err(&session.annals(&["query", STATS, "--at", "time:2025-01-01"]).code(2)).contains("before"));
}

#[test]
fn a_what_if_says_so_and_leaves_nothing_behind() {
    let session = tie();
    session.annals(&["query", STATS]).success();
    let before = files_in(&session.data());
    let policy = session.path("nobody.toml");
    std::fs::write(&policy, "netuid = 27\nvalidators.declared = []\n").unwrap();
    let asked = session.annals(&["query", STATS, "--policy", text(&policy)]).success();
    assert_eq!(out(&asked), "", "nobody counts");
    assert!(err(&asked).contains("what if"), "{}", err(&asked));
    assert!(files_in(&session.data()) == before);
    assert_eq!(out(&session.annals(&["query", STATS]).success()).lines().count(), 4);

    let arrow = session.annals(&["query", STATS, "--policy", text(&policy), "--output", "arrow"]).success();
    let arrow = std::fs::File::open(session.keep("rows.arrow", &arrow)).unwrap();
    let reader = arrow_ipc::reader::StreamReader::try_new(arrow, None).unwrap();
    assert!(
        reader.schema().metadata()["annals.standing"].contains("what if"),
        "where the rows go, the note goes"
    );
    let csv =
        session.annals(&["query", STATS, "--policy", text(&policy), "--output", "csv", "--with-checkpoint"]);
    assert!(out(&csv.success()).contains("# note: what if"));
    let explained = session.annals(&["explain", "stats", "--uid", "5", "--policy", text(&policy)]).success();
    assert!(out(&explained).contains("note: what if"), "{}", out(&explained));

    std::fs::write(&policy, "netuid = 8\n").unwrap();
    let other = session.annals(&["query", STATS, "--policy", text(&policy)]).code(2);
    assert!(err(&other).contains("subnet 8"), "{}", err(&other));
}

#[test]
fn flags_go_before_the_environment_and_that_before_the_config_file() {
    let session = tie();
    let elsewhere = Session::new();
    let config = elsewhere.path("config.toml");
    std::fs::write(&config, format!("data = {:?}\noutput = \"csv\"\n", session.data())).unwrap();
    let ask = || {
        let mut command = elsewhere.command();
        command.env_remove("ANNALS_DATA").env("ANNALS_CONFIG", &config).args(["query", "select 1 as one"]);
        command
    };
    assert_eq!(out(&ask().assert().success()), "one\n1\n");
    assert_eq!(out(&ask().env("ANNALS_OUTPUT", "json").assert().success()), "[{\"one\":1}]\n");
    let flag = ask().env("ANNALS_OUTPUT", "json").args(["--output", "ndjson"]).assert().success();
    assert_eq!(out(&flag), "{\"one\":1}\n");
    let mut empty = ask();
    empty.envs(["ANNALS_DATA", "ANNALS_OUTPUT", "ANNALS_MEMORY_MIB"].map(|name| (name, "")));
    assert_eq!(out(&empty.assert().success()), "one\n1\n", "a variable that is empty is not set");
    let no_config = ask().env("ANNALS_CONFIG", "").args(["--data", text(&session.data())]).assert().success();
    assert_eq!(out(&no_config), "{\"one\":1}\n");
    let by_environment = ask().env("ANNALS_DATA", elsewhere.data()).assert().code(3);
    assert!(err(&by_environment).contains("annals init"), "{}", err(&by_environment));

    std::fs::write(&config, "outptu = \"csv\"\n").unwrap();
    assert!(err(&ask().assert().code(2)).contains("outptu"));
    let missing = ask().args(["--config", "nowhere.toml"]).assert().code(3);
    assert!(err(&missing).contains("nowhere.toml"));
}

#[test]
fn a_question_that_is_none_is_refused_with_the_way_out() {
    let session = tie();
    let refused = |sql: &str| err(&session.annals(&["query", sql]).code(2));
    assert!(refused("select * from statz").contains("SHOW TABLES"));
    assert!(refused("select scroe from stats").contains("score"));
    assert!(refused("drop table stats").contains("only questions"));
    assert!(err(&session.annals(&["query", STATS, "--output", "xml"]).code(2)).contains("ndjson"));
    let starved =
        session.annals(&["query", "select * from stats a, stats b order by 1", "--memory-mib", "0"]).code(2);
    let memory = "annals: The answer needs more than 0 MiB. Ask for fewer rows or columns, or give it more: \
                  --memory-mib 1024.\n";
    assert_eq!(err(&starved), memory);
}

#[test]
fn an_explanation_leads_from_a_cell_to_entries_that_can_be_proven() {
    let session = tie();
    let told = session.annals(&["explain", "stats", "--uid", "5"]).success();
    assert_eq!(line(&told, "uid 5"), "1 x NVIDIA H100 80GB HBM3, score 33.25, allocated");
    assert!(
        line(&told, "because").starts_with("first run: 3 combinations have the most votes (1 each of 3)")
    );
    assert!(out(&told).contains("not_allocated"), "{}", out(&told));
    assert!(out(&told).ends_with(&out(&session.annals(&["checkpoint"]).success())));

    let json = session.annals(&["explain", "stats", "--uid", "5", "--output", "json"]).success();
    let json: Value = serde_json::from_str(&out(&json)).unwrap();
    let picked = json["stats"][0]["log_index"].as_u64().unwrap();
    let evidence = json["evidence"].as_array().unwrap();
    let kind_of = |row: &Value| row["kind"].as_str().unwrap().to_owned();
    let kinds: Vec<_> = evidence.iter().map(kind_of).collect();
    let wanted = ["policy_set", "wandb_run", "wandb_run", "wandb_run", "wandb_run", "wandb_poll"];
    assert_eq!(kinds, wanted, "who counts, what was said, and when");
    assert!(out(&told).contains(&format!("annals prove {picked}")));
    let proof = session.keep("p.tlog-proof", &session.annals(&["prove", &picked.to_string()]).success());
    let proven = session.annals(&["verify-proof", text(&proof)]).success();
    assert_eq!(line(&proven, "source"), format!("wandb {}", json["stats"][0]["run_id"].as_str().unwrap()));

    // Where nothing is picked, what is hinted at can be done, too.
    let policy = session.path("nobody.toml");
    std::fs::write(&policy, "netuid = 27\nvalidators.declared = []\n").unwrap();
    session.annals(&["policy", "set", text(&policy)]).success();
    let uncounted = session.annals(&["explain", "stats", "--uid", "5"]).success();
    assert!(out(&uncounted).contains("no entry on it counts"), "{}", out(&uncounted));
    let hint = line(&uncounted, "  annals raw");
    session.annals(&["raw", hint.split(' ').next().unwrap()]).success();

    let nobody = session.annals(&["explain", "stats", "--uid", "999"]).success();
    assert!(out(&nobody).contains("no run has an entry on it"));
    let early = session.annals(&["explain", "stats", "--uid", "5", "--at", "size:3"]).success();
    assert!(out(&early).contains("no run has an entry on it"), "{}", out(&early));
    session.annals(&["explain", "stats", "--uid", "5", "--output", "csv"]).code(2);
}

/// A recorder that went on over damage may have signed the root of a table that never was.
#[test]
fn every_command_says_what_it_is_for_and_a_shell_can_complete_it() {
    let session = Session::new();
    let help = out(&session.annals(&["--help"]).success());
    for command in
        ["init", "ingest", "query", "explain", "verify", "rebuild", "policy", "prove", "fixture", "demo"]
    {
        assert!(help.contains(&format!("\n  {command}")), "{help}");
        assert!(out(&session.annals(&[command, "--help"]).success()).len() > 200, "{command}");
    }
    for shell in ["bash", "zsh", "fish"] {
        assert!(out(&session.annals(&["completions", shell]).success()).contains("verify-proof"));
    }
}
