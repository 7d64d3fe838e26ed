//! Answers in files are checked on any copy of their log: what was asked again has to be the same, byte for byte.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, RecordBatch};
use arrow_schema::Schema;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::properties::WriterProperties;
use serde_json::Value;

use super::{STATS, tie};
use crate::program::{Session, err, out, text};

const FORMS: [&str; 6] = ["table", "json", "ndjson", "csv", "parquet", "arrow"];

/// The form that a file has by its name, and what it needs to be evidence.
fn answer(session: &Session, form: &str, asked: &[&str]) -> PathBuf {
    let evidence: &[&str] = if ["parquet", "arrow"].contains(&form) { &[] } else { &["--with-checkpoint"] };
    let options = [&["query", "--output", form], evidence, asked].concat();
    session.keep(&format!("answer.{form}"), &session.annals(&options).success())
}

fn check(session: &Session, file: &Path, code: i32) -> String {
    let checked = session.annals(&["check-answer", text(file)]).code(code);
    out(&checked) + &err(&checked)
}

fn edit(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{from} in {text}");
    fs::write(file, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn an_answer_in_any_form_is_what_its_log_gives() {
    let session = tie();
    for form in FORMS {
        let file = answer(&session, form, &[STATS]);
        let told = check(&session, &file, 0);
        assert!(told.contains("the log gives this answer, byte for byte"), "{form}: {told}");
        session.annals(&["verify", "--log-only", "--against", text(&file)]).success();
    }
    let json = session.annals(&["check-answer", "answer.parquet", "--output", "json"]).success();
    let json: Value = serde_json::from_str(&out(&json)).unwrap();
    assert_eq!(json["question"]["sql"], STATS);
    assert_eq!((json["row_count"].as_u64(), json["unchecked_notes"].as_array().unwrap().len()), (Some(4), 0));
}

#[test]
fn the_digest_is_of_the_rows_and_not_of_their_form() {
    let session = tie();
    let mut digests: Vec<String> = FORMS
        .iter()
        .map(|form| {
            let told = check(&session, &answer(&session, form, &[STATS]), 0);
            told.lines().find(|line| line.starts_with("rows ")).unwrap().to_owned()
        })
        .collect();
    digests.dedup();
    assert_eq!(digests.len(), 1, "{digests:?}");
    let other = check(&session, &answer(&session, "csv", &["select uid, gpu_name from stats"]), 0);
    assert!(!other.contains(&digests[0]), "{other}");
}

#[test]
fn an_edited_text_is_a_finding_at_its_line() {
    let session = tie();
    for (form, line, from, to) in [
        ("table", 3, "33.25", "34.25"),
        ("json", 1, "33.25", "34.25"),
        ("ndjson", 1, "33.25", "34.25"),
        ("csv", 2, "33.25", "34.25"),
        ("csv", 2, "1,NVIDIA H100,33.25,b9v1rfai\n", ""),
        ("table", 3, "|   1 | NVIDIA H100           | 33.25 | b9v1rfai |\n", ""),
    ] {
        let file = answer(&session, form, &[STATS]);
        edit(&file, from, to);
        let told = check(&session, &file, 1);
        assert!(told.contains(&format!("line {line} is not what the log gives")), "{form}: {told}");
    }
}

#[test]
fn what_is_told_beside_the_rows_is_checked_too() {
    let session = tie();
    for (form, from, to) in [
        ("csv", "\"row_count\":4", "\"row_count\":5"),
        ("ndjson", "\"row_count\":4", "\"row_count\":5"),
        ("json", "\"what_if\":false", "\"what_if\":true"),
        ("table", "4 rows", "5 rows"),
        ("json", "\"fixture: a test log, whose clock and key are public: its signatures prove nothing\"", ""),
    ] {
        let file = answer(&session, form, &[STATS]);
        edit(&file, from, to);
        check(&session, &file, 1);
    }
    let file = answer(&session, "csv", &[STATS]);
    edit(&file, "select uid", "select 1 + uid");
    check(&session, &file, 1);
    let file = answer(&session, "ndjson", &[STATS]);
    edit(&file, "\"notes\":[", "\"notes\":[\"believe me\",");
    let told = check(&session, &file, 0);
    assert!(told.contains("unchecked    a note of the file: believe me"), "{told}");
}

/// Writes a Parquet file again as another program would, with what was told beside its rows.
fn written_again(from: &Path, to: &Path, changed: impl Fn(RecordBatch) -> RecordBatch) {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(from).unwrap()).unwrap();
    let told = builder.metadata().file_metadata().key_value_metadata().cloned();
    let told = told.map(|pairs| pairs.into_iter().filter(|pair| pair.key != "ARROW:schema").collect());
    let properties = WriterProperties::builder().set_key_value_metadata(told).build();
    let schema = Arc::new(Schema::clone(builder.schema()));
    let mut writer = ArrowWriter::try_new(File::create(to).unwrap(), schema, Some(properties)).unwrap();
    for batch in builder.with_batch_size(1).build().unwrap() {
        writer.write(&changed(batch.unwrap())).unwrap();
    }
    writer.close().unwrap();
}

#[test]
fn a_cell_of_a_parquet_file_that_was_written_again_is_found() {
    let session = tie();
    let (file, again) = (answer(&session, "parquet", &[STATS]), session.path("again.parquet"));
    written_again(&file, &again, |batch| batch);
    assert!(fs::read(&file).unwrap() != fs::read(&again).unwrap());
    check(&session, &again, 0);

    written_again(&file, &again, |batch| {
        let mut columns = batch.columns().to_vec();
        let score: ArrayRef = Arc::new(Float64Array::from(vec![99.0]));
        columns[2] = score;
        RecordBatch::try_new(batch.schema(), columns).unwrap()
    });
    let told = check(&session, &again, 1);
    assert!(told.contains("row 1, column score is not what the log gives"), "{told}");
    assert!(told.contains("in the file  99.0") && told.contains("of the log   33.25"), "{told}");

    written_again(&file, &again, |batch| if batch.column(0).len() == 1 { batch.slice(0, 0) } else { batch });
    assert!(check(&session, &again, 1).contains("row 1 is not what the log gives"));
    session.annals(&["verify", "--log-only", "--against", text(&again)]).success();
}

#[test]
fn parameters_bounds_and_another_policy_are_part_of_the_question() {
    let session = tie();
    let policy = session.path("nobody.toml");
    fs::write(&policy, "netuid = 27\nvalidators.declared = []\n").unwrap();
    let by_uid = "select uid, score from stats where uid = $uid or gpu_name = $gpu order by uid";
    for asked in [
        &[by_uid, "--param", "uid=1", "--param", "gpu='it''s = 7'"][..],
        &["select log_index, kind from events", "--rows", "3"],
        &[STATS, "--policy", text(&policy)],
        &["-x", STATS],
        &["select * from stats, stats_votes", "--rows", "all"],
        &[
            "select [1, null] as l, named_struct('a', 'x', 'b', 1.5) as s, interval '1 day' as i, null as n, true as b",
        ],
    ] {
        for form in FORMS {
            // Only tables are expanded, Parquet has no intervals, and only tables have columns of one name.
            if (asked[0] == "-x" || asked.len() == 3 && asked[2] == "all") && form != "table"
                || asked[0].contains("interval") && form == "parquet"
            {
                continue;
            }
            let file = answer(&session, form, asked);
            let told = check(&session, &file, 0);
            assert_eq!(
                told.contains("nobody signed what comes of it"),
                asked.contains(&"--policy"),
                "{told}"
            );
        }
    }
}

#[test]
fn a_grown_copy_can_check_and_a_shorter_one_says_so() {
    let day = Session::with_scenario("sn27-day");
    let early = ["select count(*) as n from events", "--at", "time:2026-03-14 12:05"];
    let told = check(&day, &answer(&day, "csv", &early), 0);
    assert!(told.contains("unchecked    a note of the file: 2026-03-14T12:05:00Z is size"), "{told}");

    let whole = answer(&day, "parquet", &["select * from stats"]);
    // Logs for tests have one key, so these two are two histories of one log.
    let tie = tie();
    let told = check(&tie, &whole, 3);
    assert!(told.contains("stands on 441 entries, and this copy of the log has 38"), "{told}");
    let told = check(&day, &answer(&tie, "csv", &[STATS]), 1);
    assert!(told.contains("the log's key signed another log of 38 entries"), "{told}");

    let other = Session::with_log();
    let told = check(&other, &whole, 2);
    assert!(told.contains("is not a checkpoint of this log"), "{told}");
    other.annals(&["verify", "--against", text(&whole)]).code(2);
}

#[test]
fn what_cannot_be_checked_is_said() {
    let session = tie();
    let plain = session.keep("plain.csv", &session.annals(&["query", STATS, "--output", "csv"]).success());
    assert!(check(&session, &plain, 2).contains("no checkpoint is in it"));
    assert!(check(&session, &session.path("nowhere.csv"), 3).contains("nowhere.csv"));
    let random = answer(&session, "csv", &["select random() as r"]);
    assert!(check(&session, &random, 2).contains("random() gives something else every time"));
    for rubbish in ["", "PAR1", "\u{0}", "{\"rows\":[],\"checkpoint\":{}}\n", "a\n# answer: {}\n# note\n"] {
        let file = session.path("rubbish");
        fs::write(&file, rubbish).unwrap();
        check(&session, &file, 2);
        session.annals(&["verify", "--against", text(&file)]).code(2);
    }
    let cut = answer(&session, "parquet", &[STATS]);
    let bytes = fs::read(&cut).unwrap();
    fs::write(&cut, &bytes[..bytes.len() - 20]).unwrap();
    check(&session, &cut, 2);
}
