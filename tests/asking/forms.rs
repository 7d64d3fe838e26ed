//! The forms of an answer: each holds the same rows, and all of them are written or it is an error.

use arrow_array::RecordBatch;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use serde_json::Value;

use super::{STATS, files_in, tie};
use crate::program::{err, fixture, out};

fn as_lines(batch: &RecordBatch) -> String {
    let mut writer = arrow_json::LineDelimitedWriter::new(Vec::new());
    writer.write(batch).unwrap();
    String::from_utf8(writer.into_inner()).unwrap()
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
    assert_eq!(piped("verify"), Some(0), "the log is sound, whoever hears of it");
    let segments = files_in(&session.data().join("segments"));
    let (path, mut bytes) = segments.into_iter().next().unwrap();
    bytes[5000] ^= 1;
    std::fs::write(path, bytes).unwrap();
    assert_eq!(piped("verify"), Some(1));
    assert_eq!(piped("verify > /dev/full"), Some(1), "the finding is what counts");
}

#[test]
fn an_answer_that_nobody_takes_any_more_ends() {
    let session = tie();
    let program = assert_cmd::cargo::cargo_bin("annals");
    for format in ["ndjson", "json", "csv", "arrow"] {
        let endless = "select value from generate_series(1, 1000000000000)";
        let line = format!(
            "{} query '{endless}' --output {format} | head -c 1000; exit ${{PIPESTATUS[0]}}",
            program.display()
        );
        let mut shell = std::process::Command::new("bash");
        shell.args(["-c", &line]).env("ANNALS_DATA", session.data());
        let printed = shell.output().unwrap();
        assert_eq!((printed.status.code(), printed.stdout.len()), (Some(0), 1000), "{format}");
        let said = String::from_utf8(printed.stderr).unwrap();
        assert!(!said.contains("pipe"), "{format}: {said}");
    }
}

#[test]
fn an_error_behind_rows_that_were_written_is_an_error() {
    let session = tie();
    let sql = "select 1 / (value - 100000) as x from generate_series(1, 200000)";
    for format in ["ndjson", "json", "csv", "parquet", "arrow", "table"] {
        let failed = session.annals(&["query", sql, "--output", format]).code(2);
        let said = err(&failed);
        assert!(said.contains("zero"), "{format}: {said}");
        let written = failed.get_output().stdout.len();
        assert_eq!(written > 100, format != "parquet", "{format}: {written} bytes");
    }
}

#[test]
fn a_long_answer_is_whole_in_every_form() {
    let session = tie();
    let rows = 100_000;
    let sql = format!("select value, md5(value::text) as text from generate_series(1, {rows})");
    let query = |format: &str| session.annals(&["query", &sql, "--output", format]).success();
    let lines = out(&query("ndjson"));
    assert_eq!(lines.lines().count(), rows);
    let json: Vec<Value> = serde_json::from_str(&out(&query("json"))).unwrap();
    let parsed = |line: &str| serde_json::from_str::<Value>(line).unwrap();
    assert!(json.iter().zip(lines.lines()).all(|(row, line)| *row == parsed(line)));
    assert_eq!((json.len(), out(&query("csv")).lines().count()), (rows, rows + 1));
    let parquet = std::fs::File::open(session.keep("rows.parquet", &query("parquet"))).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(parquet).unwrap().build().unwrap();
    assert_eq!(reader.map(|batch| as_lines(&batch.unwrap())).collect::<String>(), lines);
    let arrow = std::fs::File::open(session.keep("rows.arrow", &query("arrow"))).unwrap();
    let reader = arrow_ipc::reader::StreamReader::try_new(arrow, None).unwrap();
    assert_eq!(reader.map(|batch| as_lines(&batch.unwrap())).collect::<String>(), lines);
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
    let commands = [
        &["query", "select 1"][..],
        &["raw", "3"],
        &["query", "select 1", "--output", "parquet"],
        &["checkpoint"],
        &["verify"],
    ];
    for arguments in commands {
        let failed = program().args(arguments).stdout(full()).output().unwrap();
        let said = String::from_utf8(failed.stderr).unwrap();
        assert_eq!(failed.status.code(), Some(4), "{arguments:?}");
        assert!(said.contains("standard output: No space left"), "{arguments:?}: {said}");
    }
    let unheard = program().args(["query", "select * from nowhere"]).stderr(full()).status().unwrap();
    assert_eq!(unheard.code(), Some(2), "though nobody hears why");
}
