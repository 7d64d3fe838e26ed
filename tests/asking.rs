//! `annals query` and `annals explain`, from the outside: what they print, in which form, and on what it stands.

use std::collections::BTreeMap;
use std::path::Path;

use annals_log::{Event, LOG_SOURCE, Log, Options, ProjectionState};
use annals_projections::Projections;
use arrow_array::RecordBatch;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use serde_json::Value;

use crate::program::{Session, err, fixture, line, out, text};

const STATS: &str = "select uid, gpu_name, score, run_id from stats order by uid";

fn tie() -> Session {
    Session::with_scenario("golden-tie")
}

fn as_lines(batch: &RecordBatch) -> String {
    let mut writer = arrow_json::LineDelimitedWriter::new(Vec::new());
    writer.write(batch).unwrap();
    String::from_utf8(writer.into_inner()).unwrap()
}

/// Every file below a folder, and its bytes.
fn files_in(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap);
    let files = files.filter(|entry| entry.file_type().is_file());
    files.map(|entry| (text(entry.path()).to_owned(), std::fs::read(entry.path()).unwrap())).collect()
}

#[test]
fn an_answer_is_the_same_in_every_form() {
    let session = tie();
    let query = |format: &str| session.annals(&["query", STATS, "--output", format]).success();
    let lines = out(&query("ndjson"));
    assert_eq!(lines.lines().count(), 4);
    assert!(
        lines.starts_with(r#"{"uid":1,"gpu_name":"NVIDIA H100","score":33.25,"run_id":"b9v1rfai"}"#),
        "{lines}"
    );
    assert_eq!(out(&session.annals(&["query", STATS]).success()), lines, "a program gets lines");

    let rows: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(serde_json::from_str::<Vec<Value>>(&out(&query("json"))).unwrap(), rows);
    let csv = out(&query("csv"));
    assert_eq!(csv.lines().next(), Some("uid,gpu_name,score,run_id"));
    assert_eq!(csv.lines().nth(1), Some("1,NVIDIA H100,33.25,b9v1rfai"));
    let table = out(&query("table"));
    assert!(table.contains("|   1 | NVIDIA H100           | 33.25 | b9v1rfai |"), "{table}");

    let parquet = std::fs::File::open(session.keep("rows.parquet", &query("parquet"))).unwrap();
    let metadata = SerializedFileReader::new(parquet.try_clone().unwrap()).unwrap().metadata().clone();
    let notes = metadata.file_metadata().key_value_metadata().unwrap();
    let note = notes.iter().find(|note| note.key == "annals.checkpoint").unwrap().value.clone().unwrap();
    assert!(table.ends_with(&format!("\n\n{note}")), "{table}");
    let mut reader = ParquetRecordBatchReaderBuilder::try_new(parquet).unwrap().build().unwrap();
    assert_eq!(as_lines(&reader.next().unwrap().unwrap()), lines);

    let arrow = std::fs::File::open(session.keep("rows.arrow", &query("arrow"))).unwrap();
    let mut reader = arrow_ipc::reader::StreamReader::try_new(arrow, None).unwrap();
    assert_eq!(reader.schema().metadata()["annals.checkpoint"], note);
    assert_eq!(as_lines(&reader.next().unwrap().unwrap()), lines);
}

#[test]
fn an_answer_without_rows_is_an_answer_in_every_form() {
    let session = tie();
    let none = "select uid, score from stats where uid = 999";
    let query = |format: &str| out(&session.annals(&["query", none, "--output", format]).success());
    assert_eq!(
        (query("ndjson").as_str(), query("json").as_str(), query("csv").as_str()),
        ("", "[]\n", "uid,score\n")
    );
    assert!(query("table").contains("0 rows"));
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
    assert_eq!(count(&["--at", &format!("size:{}", noon.1)]), noon, "by size as by time");
    let last = count(&["--at", "time:2026-03-15T00:00:00Z"]);
    assert!(last.0 == now.0 && last.2.contains("not final"), "{last:?}");

    let refused = session.annals(&["query", STATS, "--at", &format!("size:{}", noon.1 - 1)]).code(2);
    assert!(err(&refused).contains("inside a commit"), "{}", err(&refused));
    assert!(err(&session.annals(&["query", STATS, "--at", "size:100000"]).code(2)).contains("still to come"));
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
fn damaged_tables_are_mended_while_one_asks() {
    let session = Session::with_scenario("sn27-day");
    let history = "select count(*) as n, sum(score) as sum from stats_history";
    let right = out(&session.annals(&["query", history]).success());
    let tables = || files_in(&session.data().join("tables"));
    assert!(tables().len() > 2, "there are closed rows in files");
    for which in ["state", ".rows"] {
        for (path, mut bytes) in tables().into_iter().filter(|(path, _)| path.ends_with(which)) {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0x10;
            std::fs::write(path, bytes).unwrap();
        }
        let mended = session.annals(&["query", history]).success();
        assert_eq!(out(&mended), right, "{which}");
        assert!(err(&mended).contains("made again"), "{which}: {}", err(&mended));
        let again = session.annals(&["query", history]).success();
        assert_eq!(out(&again), right);
        assert!(!err(&again).contains("made again"), "{which}: mended for good, {}", err(&again));
    }
    session.annals(&["verify"]).success();
}

#[test]
fn rebuild_gives_the_roots_that_were_recorded() {
    let session = Session::with_scenario("sn27-day");
    let recorded = session.annals(&[
        "query",
        "select native_id, body ->> 'root' as root from events where kind = 'projection_state'",
    ]);
    let recorded = out(&recorded.success());
    let rebuilt = out(&session.annals(&["rebuild"]).success());
    let roots: Vec<Value> = recorded.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    // One each, and that of the fold as a whole.
    assert_eq!(roots.len(), Projections::schemas().len() + 1);
    for row in roots {
        let (table, root) = (row["native_id"].as_str().unwrap(), row["root"].as_str().unwrap());
        let line = rebuilt.lines().find(|line| line.split(' ').next() == Some(table)).unwrap();
        assert!(line.ends_with(root), "{line} has not {root}");
    }
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
    assert!(err(&starved).contains("memory"), "{}", err(&starved));
    assert!(err(&starved).contains("--memory-mib"), "{}", err(&starved));
    let twice =
        session.annals(&["query", "select a.uid, b.uid from stats a join stats b on a.uid = b.uid"]).code(2);
    assert!(err(&twice).contains("two columns are called uid"), "{}", err(&twice));
    let read = session.command().args(["query", "-"]).write_stdin("select 1 as one").assert().success();
    assert_eq!(out(&read), "{\"one\":1}\n");
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
fn a_wrong_root_that_was_signed_is_a_fault_until_it_is_taken_back() {
    let session = tie();
    let wrong = ProjectionState { version: 2, policy_sha256: [7; 32], at_size: 3, root: [7; 32], past: None };
    let mut log = Log::open(&session.data(), Options::default()).unwrap();
    let index = log.append(vec![Event::new(LOG_SOURCE, "stats", 0, &wrong)]).unwrap().first;
    log.close().unwrap();

    let verified = session.annals(&["verify"]).code(1);
    let fault = format!("FAULT        entry {index}: stats at size 3 is not what the fold gives");
    assert!(out(&verified).contains(&fault), "{}", out(&verified));
    let rebuilt = session.annals(&["rebuild", "--take-back"]).success();
    assert!(
        out(&rebuilt).contains(&format!("taken back   entry {index}: stats at size 3")),
        "{}",
        out(&rebuilt)
    );
    let verified = session.annals(&["verify"]).success();
    assert!(out(&verified).contains(&format!("taken back   entry {index}: stats")), "{}", out(&verified));
    let again = session.annals(&["rebuild", "--take-back"]).success();
    assert!(out(&again).contains("none is taken back"), "{}", out(&again));
}

#[test]
fn where_nothing_can_be_kept_the_tables_are_made_apart() {
    let session = tie();
    // As in somebody else's folder, but for root, too.
    let tables = session.data().join("tables");
    std::fs::remove_dir_all(&tables).unwrap();
    std::fs::write(&tables, "").unwrap();
    let asked = session.annals(&["query", STATS, "--output", "table"]).success();
    assert!(out(&asked).contains("4 rows"));
    let refused = session.annals(&["rebuild"]).code(3);
    assert!(err(&refused).contains("tables"), "{}", err(&refused));
    // Roots are recorded none the less.
    let set = session.annals(&["policy", "set", &format!("{}/policy.toml", fixture("sn27-day"))]).success();
    assert!(err(&set).contains("could not be kept"), "{}", err(&set));
    let roots = "select count(*) as n from events where kind = 'projection_state'";
    assert_ne!(out(&session.annals(&["query", roots]).success()), "{\"n\":16}\n");
    session.annals(&["verify"]).success();

    std::fs::remove_file(&tables).unwrap();
    let published = session.data().join("published");
    std::fs::remove_dir_all(&published).unwrap();
    std::fs::write(&published, "").unwrap();
    let unkept = session.annals(&["query", STATS, "--with-checkpoint"]).code(1);
    assert!(err(&unkept).contains("published") && out(&unkept).is_empty(), "{}", err(&unkept));
}

#[test]
fn tables_that_the_logs_key_attests_show_that_the_log_was_put_back() {
    let session = tie();
    session.annals(&["query", STATS]).success();
    let early = files_in(&session.data().join("segments"));
    let watermark = std::fs::read(session.data().join("watermark")).unwrap();
    session.annals(&["policy", "set", &format!("{}/policy.toml", fixture("sn27-day"))]).success();
    // All but what was made of it.
    for (path, bytes) in early {
        std::fs::write(path, bytes).unwrap();
    }
    std::fs::write(session.data().join("watermark"), watermark).unwrap();
    let policy = format!("{}/policy.toml", fixture("sn27-day"));
    let database = fixture("computedb/database.db");
    for command in [&["query", STATS][..], &["policy", "set", &policy], &["ingest", &database]] {
        let refused = session.annals(command).code(1);
        assert!(err(&refused).contains("tables/state: the log's key attests"), "{}", err(&refused));
    }
    let verified = session.annals(&["verify"]).code(1);
    assert!(out(&verified).contains("FAULT        tables/state"), "{}", out(&verified));
    // Whoever knows why takes away what can be made again.
    std::fs::remove_dir_all(session.data().join("tables")).unwrap();
    let asked = session.annals(&["query", STATS]).success();
    assert_eq!(out(&asked).lines().count(), 4);
    session.annals(&["verify"]).success();
}

#[test]
fn a_reader_that_goes_away_changes_no_verdict() {
    let session = tie();
    let piped = |arguments: &str| {
        let program = assert_cmd::cargo::cargo_bin("annals");
        let line = format!("{} {arguments} | true; exit ${{PIPESTATUS[0]}}", program.display());
        let mut shell = std::process::Command::new("bash");
        shell.args(["-c", &line]).current_dir(session.path(".")).env("ANNALS_DATA", session.data());
        shell.status().unwrap().code()
    };
    let many = "query 'select a.body from events a, events b' --output";
    for format in ["table", "json", "ndjson", "csv", "parquet", "arrow"] {
        assert_eq!(piped(&format!("{many} {format}")), Some(0), "{format}");
    }
    assert_eq!(piped(&format!("ingest {}", fixture("wandb-offline"))), Some(0));
    session.annals(&["verify"]).success();
    let segments = files_in(&session.data().join("segments"));
    let (path, mut bytes) = segments.into_iter().next().unwrap();
    bytes[5000] ^= 1;
    std::fs::write(path, bytes).unwrap();
    assert_eq!(piped("verify"), Some(1));
    assert_eq!(piped("verify > /dev/full"), Some(1), "the finding is what counts");
}

#[test]
fn what_cannot_be_written_is_an_error() {
    let session = tie();
    let full = || std::process::Stdio::from(std::fs::File::options().write(true).open("/dev/full").unwrap());
    let program = || {
        let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("annals"));
        command.env("ANNALS_DATA", session.data());
        command
    };
    for arguments in
        [&["query", "select 1"][..], &["raw", "3"], &["query", "select 1", "--output", "parquet"]]
    {
        assert_eq!(
            program().args(arguments).stdout(full()).status().unwrap().code(),
            Some(4),
            "{arguments:?}"
        );
    }
    let unheard = program().args(["query", "select * from nowhere"]).stderr(full()).status().unwrap();
    assert_eq!(unheard.code(), Some(2), "though nobody hears why");
}

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
