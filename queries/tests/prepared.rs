//! Prepared questions: what is known of them, and values for their parameters.

use annals_queries::{Prepared, QueryError, ScalarValue, Session};
use datafusion::arrow::datatypes::{DataType, TimeUnit};

use crate::scratch::{Scratch, ask, history_row, hotkeys, in_runtime, shown};

fn session() -> crate::scratch::Opened {
    let commit = (0..10).map(|step| history_row(if step % 2 == 0 { "a" } else { "b" }, step, "{}")).collect();
    Scratch::with(vec![commit]).session_with(vec![hotkeys()], annals_queries::Limits::default())
}

fn prepare(session: &Session, sql: &str) -> Result<Prepared, QueryError> {
    in_runtime(session.prepare(sql))
}

fn run(prepared: &Prepared, values: &[ScalarValue]) -> Result<Vec<String>, QueryError> {
    let answer = in_runtime(async { prepared.run(values.to_vec()).await?.collect().await });
    answer.map(|answer| shown(&answer))
}

fn types(prepared: &Prepared) -> Vec<(String, Option<DataType>)> {
    prepared
        .parameters()
        .iter()
        .map(|parameter| (parameter.name.clone(), parameter.data_type.clone()))
        .collect()
}

#[test]
fn a_question_is_prepared_once_and_answered_for_many_values() {
    let session = session();
    let sql = "SELECT step FROM wandb_history WHERE run_id = $1 AND step >= $2 ORDER BY step LIMIT 2";
    let prepared = prepare(&session, sql).unwrap();
    let wanted = [("$1".into(), Some(DataType::Utf8)), ("$2".into(), Some(DataType::Int64))];
    assert_eq!(types(&prepared), wanted);
    assert_eq!(prepared.schema().field(0).data_type(), &DataType::Int64);
    assert_eq!(prepared.standing(), session.standing());
    for (run_id, from, rows) in [("a", 3_u64, ["4", "6"]), ("b", 0, ["1", "3"]), ("b", 6, ["7", "9"])] {
        assert_eq!(run(&prepared, &[run_id.into(), from.into()]).unwrap(), rows);
    }
}

#[test]
fn a_value_is_never_read_as_sql() {
    let session = session();
    let prepared = prepare(&session, "SELECT count(*) FROM wandb_history WHERE run_id = $1").unwrap();
    assert_eq!(run(&prepared, &["a' OR 'a' = 'a".into()]).unwrap(), ["0"]);
    assert_eq!(run(&prepared, &[ScalarValue::Utf8(None)]).unwrap(), ["0"]);
}

#[test]
fn a_parameter_has_the_type_of_what_it_is_compared_with() {
    let session = session();
    let type_of = |sql: &str| types(&prepare(&session, sql).unwrap()).remove(0).1;
    let time = DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()));
    for (sql, wanted) in [
        ("SELECT 1 FROM events WHERE recorded_at < $1", Some(time)),
        ("SELECT 1 FROM events WHERE log_index BETWEEN $1 AND 9", Some(DataType::Int64)),
        ("SELECT 1 FROM events WHERE native_id LIKE $1", Some(DataType::Utf8)),
        ("SELECT 1 FROM events WHERE kind IN ('x', $1)", Some(DataType::Utf8)),
        ("SELECT $1::bigint", Some(DataType::Int64)),
        ("SELECT 1 FROM events WHERE log_index = $1 OR native_id = $1::text", Some(DataType::Int64)),
        ("SELECT count(*) FROM (SELECT 1 FROM penalized_hotkeys WHERE counts = $1)", Some(DataType::Boolean)),
        ("SELECT ss58_decode($1)", None),
    ] {
        assert_eq!(type_of(sql), wanted, "{sql}");
    }
    let untyped = prepare(&session, "SELECT upper($1)").unwrap();
    assert_eq!(run(&untyped, &["x".into()]).unwrap(), ["X"]);
    let passed_over = prepare(&session, "SELECT $2::int").unwrap();
    assert_eq!(types(&passed_over), [("$1".into(), None), ("$2".into(), Some(DataType::Int32))]);
}

#[test]
fn a_wrong_number_of_values_names_the_first_without_its_other() {
    let session = session();
    let prepared = prepare(&session, "SELECT 1 FROM events WHERE log_index > $1 AND log_index < $2").unwrap();
    for (values, named) in [(0, "$1"), (1, "$2"), (3, "$3")] {
        let error = run(&prepared, &vec![1_u64.into(); values]).unwrap_err();
        let QueryError::ParameterCount { name, expected: 2, given } = &error else { panic!("{error}") };
        assert_eq!((name.as_str(), *given), (named, values));
    }
    let unprepared = ask(&session, "SELECT 1 FROM events WHERE log_index > $1").unwrap_err();
    assert!(matches!(unprepared, QueryError::ParameterCount { .. }), "{unprepared}");
    assert_eq!(
        unprepared.to_string(),
        "the query has 1 parameter(s), and 0 value(s) were given: $1 is the first that lacks one of both"
    );
}

#[test]
fn a_value_of_a_wrong_type_names_the_parameter() {
    let session = session();
    let sql = "SELECT count(*) FROM events WHERE native_id = $1 AND log_index >= $2 AND recorded_at >= $3";
    let prepared = prepare(&session, sql).unwrap();
    let time = |ms| ScalarValue::TimestampMillisecond(Some(ms), None);
    let right = [ScalarValue::from("a"), 0_i64.into(), "2026-01-01T00:00:00Z".into()];
    assert_eq!(run(&prepared, &right).unwrap(), ["5"]);
    assert_eq!(run(&prepared, &["a".into(), "7".into(), time(0)]).unwrap(), ["2"]);
    assert_eq!(run(&prepared, &["a".into(), "7".into(), "2026-01-01 00:00".into()]).unwrap(), ["2"]);
    for (place, wrong) in [
        (0, ScalarValue::from(7_i64)),
        (1, ScalarValue::from(1.5)),
        (1, ScalarValue::from("seven")),
        (1, ScalarValue::from(true)),
        (2, ScalarValue::from(0_i64)),
        (2, ScalarValue::TimestampNanosecond(Some(1), None)),
    ] {
        let mut values = right.clone();
        values[place] = wrong.clone();
        let error = run(&prepared, &values).unwrap_err();
        let QueryError::ParameterType { name, .. } = &error else { panic!("{wrong:?}: {error}") };
        assert_eq!(*name, format!("${}", place + 1), "{error}");
    }
}

#[test]
fn parameters_are_numbered_and_have_one_type() {
    let session = session();
    for (sql, named) in [
        ("SELECT 1 FROM events WHERE kind = $kind", "$kind"),
        ("SELECT 1 FROM events WHERE log_index = $70000", "$70000"),
        ("SELECT 1 FROM events WHERE kind = $1 OR log_index = $1", "$1"),
    ] {
        let error = prepare(&session, sql).err().unwrap();
        assert!(error.to_string().contains(named), "{sql}: {error}");
    }
}

#[test]
fn what_is_prepared_has_the_schema_and_the_volatile_functions_of_its_answer() {
    let session = session();
    for sql in [
        "SELECT * FROM events",
        "SELECT 1 AS n UNION ALL SELECT 1.5",
        "SELECT NULL AS x UNION ALL SELECT 'a'",
        "SELECT count(*), avg(log_index), max(native_id) FROM events GROUP BY kind",
        "SELECT * FROM penalized_hotkeys_at('size', 3)",
        "SELECT a.*, b.step FROM events a LEFT JOIN wandb_history b ON a.log_index = b.log_index",
        "SELECT body -> 'step', now() FROM events",
        "WITH RECURSIVE n AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM n WHERE a < 5) SELECT * FROM n",
        "EXPLAIN SELECT 1",
        "SHOW TABLES",
        "DESCRIBE events",
    ] {
        let prepared = prepare(&session, sql).unwrap();
        let answer = ask(&session, sql).unwrap();
        let shape = |schema: &datafusion::arrow::datatypes::Schema| {
            let field = |field: &datafusion::arrow::datatypes::FieldRef| {
                (field.name().clone(), field.data_type().clone())
            };
            schema.fields().iter().map(field).collect::<Vec<_>>()
        };
        assert_eq!(shape(prepared.schema()), shape(&answer.schema), "{sql}");
        assert_eq!(prepared.volatile(), answer.volatile, "{sql}");
    }
}

#[test]
fn what_is_no_question_is_refused_before_it_is_run() {
    let session = session();
    assert!(matches!(prepare(&session, "DROP TABLE events"), Err(QueryError::NotAQuestion(_))));
    assert!(matches!(prepare(&session, "SELECT * FROM nowhere"), Err(QueryError::NoTable { .. })));
    assert!(matches!(prepare(&session, "SELECT 1 + "), Err(QueryError::Syntax(_))));
    assert!(prepare(&session, "SELECT * FROM penalized_hotkeys_at('size', $1)").is_err());
}
