//! Every type that a column may have, in every form: it is written, or refused with the column's name and a way round.

use arrow_array::RecordBatch;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};

use super::tie;
use crate::program::{Session, err, out};

/// A name, an expression, and what it is in JSON. Unions and maps of other keys have none.
fn types() -> Vec<(&'static str, &'static str, Value)> {
    let mut types = flat();
    types.extend(nested());
    types
}

fn flat() -> Vec<(&'static str, &'static str, Value)> {
    let timestamp = json!("2026-01-02T03:04:05");
    vec![
        ("nothing", "null", json!(null)),
        ("boolean", "true", json!(true)),
        ("int8", "arrow_cast(-1, 'Int8')", json!(-1)),
        ("int16", "arrow_cast(-1, 'Int16')", json!(-1)),
        ("int32", "arrow_cast(-1, 'Int32')", json!(-1)),
        ("int64", "9223372036854775807", json!(i64::MAX)),
        ("uint8", "arrow_cast(1, 'UInt8')", json!(1)),
        ("uint16", "arrow_cast(1, 'UInt16')", json!(1)),
        ("uint32", "arrow_cast(1, 'UInt32')", json!(1)),
        ("uint64", "18446744073709551615", json!(u64::MAX)),
        ("float16", "arrow_cast(1.5, 'Float16')", json!(1.5)),
        ("float32", "arrow_cast(1.5, 'Float32')", json!(1.5)),
        ("float64", "arrow_cast(1.5, 'Float64')", json!(1.5)),
        ("decimal32", "arrow_cast(1.5, 'Decimal32(5, 2)')", json!(1.5)),
        ("decimal64", "arrow_cast(1.5, 'Decimal64(5, 2)')", json!(1.5)),
        ("decimal128", "arrow_cast(1.5, 'Decimal128(10, 2)')", json!(1.5)),
        ("decimal256", "arrow_cast(1.5, 'Decimal256(40, 2)')", json!(1.5)),
        ("utf8", "'a,\"b\"'", json!("a,\"b\"")),
        ("large_utf8", "arrow_cast('a', 'LargeUtf8')", json!("a")),
        ("utf8_view", "arrow_cast('a', 'Utf8View')", json!("a")),
        ("binary", "arrow_cast('a', 'Binary')", json!("61")),
        ("large_binary", "arrow_cast('a', 'LargeBinary')", json!("61")),
        ("binary_view", "arrow_cast('a', 'BinaryView')", json!("61")),
        ("fixed_binary", "arrow_cast(arrow_cast('a', 'Binary'), 'FixedSizeBinary(1)')", json!("61")),
        ("date32", "arrow_cast('2026-01-02', 'Date32')", json!("2026-01-02")),
        ("date64", "arrow_cast('2026-01-02', 'Date64')", json!("2026-01-02T00:00:00")),
        ("time32_s", "arrow_cast('01:02:03', 'Time32(Second)')", json!("01:02:03")),
        ("time32_ms", "arrow_cast('01:02:03', 'Time32(Millisecond)')", json!("01:02:03")),
        ("time64_us", "arrow_cast('01:02:03', 'Time64(Microsecond)')", json!("01:02:03")),
        ("time64_ns", "arrow_cast('01:02:03', 'Time64(Nanosecond)')", json!("01:02:03")),
        ("timestamp_s", "arrow_cast('2026-01-02T03:04:05', 'Timestamp(Second, None)')", timestamp.clone()),
        (
            "timestamp_us",
            "arrow_cast('2026-01-02T03:04:05', 'Timestamp(Microsecond, None)')",
            timestamp.clone(),
        ),
        ("timestamp_ns", "arrow_cast('2026-01-02T03:04:05', 'Timestamp(Nanosecond, None)')", timestamp),
        (
            "timestamp_utc",
            "arrow_cast('2026-01-02T03:04:05', 'Timestamp(Millisecond, Some(\"UTC\"))')",
            json!("2026-01-02T03:04:05Z"),
        ),
        ("duration_s", "arrow_cast(5, 'Duration(Second)')", json!("PT5S")),
        ("duration_ns", "arrow_cast(5, 'Duration(Nanosecond)')", json!("PT0.000000005S")),
        ("interval_ym", "arrow_cast('1 year', 'Interval(YearMonth)')", json!("1 years 0 mons")),
        ("interval_dt", "arrow_cast('1 day', 'Interval(DayTime)')", json!("1 days")),
        ("interval", "interval '1 month 2 days'", json!("1 mons 2 days")),
        ("dictionary", "arrow_cast('x', 'Dictionary(Int32, Utf8)')", json!("x")),
        ("run_ends", "arrow_cast('x', 'RunEndEncoded(\"run_ends\": Int32, \"values\": Utf8)')", json!("x")),
        ("nan", "'NaN'::double", json!("NaN")),
        ("infinity32", "arrow_cast('inf', 'Float32')", json!("Infinity")),
        ("minus_infinity", "'-inf'::double", json!("-Infinity")),
    ]
}

fn nested() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        ("list", "make_array(1, null, 3)", json!([1, null, 3])),
        ("large_list", "arrow_cast(make_array(1), 'LargeList(Int64)')", json!([1])),
        ("fixed_list", "arrow_cast(make_array(1, 2), 'FixedSizeList(2, Int64)')", json!([1, 2])),
        ("list_view", "arrow_cast(make_array(1), 'ListView(Int64)')", json!([1])),
        ("large_list_view", "arrow_cast(make_array(1), 'LargeListView(Int64)')", json!([1])),
        ("texts", "make_array('a,\"b\"', 'c')", json!(["a,\"b\"", "c"])),
        (
            "structs",
            "named_struct('x', 1, 'y', make_array(1.0, 'NaN'::double, null))",
            json!({"x": 1, "y": [1.0, "NaN", null]}),
        ),
        ("map", "map(['a', 'b'], [1.5, 'inf'::double])", json!({"a": 1.5, "b": "Infinity"})),
        ("intervals", "make_array(interval '1 day')", json!(["1 days"])),
        ("map_of_numbers", "map([1], [2])", json!(null)),
        ("union", "(select body -> 'step' from events limit 1)", json!(null)),
    ]
}

/// What a form cannot hold, and the way round that is named.
fn refusals(form: &str) -> &'static [(&'static str, &'static str)] {
    match form {
        "json" | "ndjson" | "csv" => &[("map_of_numbers", "map_keys()"), ("union", "->>")],
        "parquet" => &[("interval", "::text"), ("intervals", "::text"), ("union", "->>")],
        _ => &[],
    }
}

/// Asks for all that a form can hold, as one row.
fn ask(session: &Session, form: &str) -> assert_cmd::assert::Assert {
    let refused = refusals(form);
    let held = types().into_iter().filter(|(name, ..)| refused.iter().all(|(refused, _)| refused != name));
    let columns: Vec<_> = held.map(|(name, expression, _)| format!("{expression} as {name}")).collect();
    session.annals(&["query", &format!("select {}", columns.join(", ")), "--output", form]).success()
}

fn names(batch: &RecordBatch) -> Vec<String> {
    batch.schema().fields().iter().map(|field| field.name().clone()).collect()
}

#[test]
fn every_type_is_written_as_json() {
    let session = tie();
    let rows: Vec<Value> = serde_json::from_str(&out(&ask(&session, "json"))).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&out(&ask(&session, "ndjson"))).unwrap(), rows[0]);
    let row = rows[0].as_object().unwrap();
    assert_eq!(row.len(), types().len() - 2);
    for (name, _, wanted) in types() {
        if let Some(found) = row.get(name) {
            assert_eq!(*found, wanted, "{name}");
        }
    }
}

#[test]
fn every_type_is_written_as_csv_with_json_inside() {
    let session = tie();
    let csv = out(&ask(&session, "csv"));
    assert_eq!(csv.lines().count(), 2, "{csv}");
    for cell in [
        "\"[1,null,3]\"",
        "\"{\"\"x\"\":1,\"\"y\"\":[1.0,\"\"NaN\"\",null]}\"",
        "\"{\"\"a\"\":1.5,\"\"b\"\":\"\"Infinity\"\"}\"",
        "\"a,\"\"b\"\"\"",
        ",NaN,inf,-inf,",
    ] {
        assert!(csv.contains(cell), "{cell}: {csv}");
    }
    let lists = "select array_agg(uid) as u from stats union all select null order by 1";
    let printed = session.annals(&["query", lists, "--output", "csv"]).success();
    assert_eq!(out(&printed), "u\n\"[1,4,5,6]\"\n\"\"\n", "null is nothing");
}

#[test]
fn every_type_is_written_to_files_and_tables() {
    let session = tie();
    let parquet = std::fs::File::open(session.keep("rows.parquet", &ask(&session, "parquet"))).unwrap();
    let mut reader = ParquetRecordBatchReaderBuilder::try_new(parquet).unwrap().build().unwrap();
    let found = names(&reader.next().unwrap().unwrap());
    assert_eq!(found.len(), types().len() - refusals("parquet").len());
    let arrow = std::fs::File::open(session.keep("rows.arrow", &ask(&session, "arrow"))).unwrap();
    let mut reader = arrow_ipc::reader::StreamReader::try_new(arrow, None).unwrap();
    assert_eq!(names(&reader.next().unwrap().unwrap()).len(), types().len());
    let table = out(&ask(&session, "table"));
    for (name, ..) in types() {
        assert!(table.contains(&format!("  {name} ")), "{name}: {table}");
    }
}

#[test]
fn what_a_form_cannot_hold_is_refused_with_the_columns_name_and_a_way_round() {
    let session = tie();
    let published = || std::fs::read_dir(session.data().join("published")).unwrap().count();
    let before = published();
    for form in ["json", "ndjson", "csv", "parquet"] {
        for (refused, way_round) in refusals(form) {
            let (_, expression, _) = types().into_iter().find(|(name, ..)| name == refused).unwrap();
            let sql = format!("select 1 as one, {expression} as \"{refused}\"");
            let failed = session.annals(&["query", &sql, "--output", form]).code(2);
            let said = err(&failed);
            let is_said = said.contains(&format!("column {refused}")) && said.contains(way_round);
            assert!(is_said && said.contains(form), "{form}: {said}");
            assert_eq!(out(&failed), "", "{form}");
        }
    }
    assert_eq!(published(), before, "nothing was given out");
    // The ways round lead somewhere.
    for (sql, form) in [
        ("select (interval '1 day')::text as v", "parquet"),
        ("select body ->> 'step' as v from events", "json"),
        ("select (body -> 'step')::text as v from events", "csv"),
        ("select map_keys(map([1], [2])) as v, map_values(map([1], [2])) as w", "csv"),
    ] {
        session.annals(&["query", sql, "--output", form]).success();
    }
}

#[test]
fn two_columns_of_one_name_are_refused_where_they_could_not_be_told_apart() {
    let session = tie();
    let sql = "select a.uid, b.uid from stats a join stats b on a.uid = b.uid";
    for form in ["json", "ndjson", "csv", "parquet", "arrow"] {
        let refused = session.annals(&["query", sql, "--output", form]).code(2);
        let said = "annals: two columns are called uid: name them apart, with AS\n";
        assert_eq!((out(&refused).as_str(), err(&refused).as_str()), ("", said), "{form}");
    }
    let table = out(&session.annals(&["query", sql, "--output", "table"]).success());
    assert!(table.starts_with("| uid | uid |\n"), "{table}");
}
