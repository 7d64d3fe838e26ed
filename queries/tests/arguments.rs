//! Values for parameters as a person writes them, and SQL that is looked at before there is a log.

use annals_queries::{Argument, Limits, QueryError, Session, check};

use crate::scratch::{Scratch, history_row, hotkeys, in_runtime, shown};

fn session() -> crate::scratch::Opened {
    let commit = (0..10).map(|step| history_row(if step % 2 == 0 { "a" } else { "b" }, step, "{}")).collect();
    Scratch::with(vec![commit]).session_with(vec![hotkeys()], Limits::default())
}

fn ask(session: &Session, sql: &str, arguments: &[&str]) -> Result<Vec<String>, QueryError> {
    let arguments = arguments.iter().map(|&text| Argument::from(text)).collect();
    let answer = in_runtime(async { session.stream_given(sql, arguments).await?.collect().await });
    answer.map(|answer| shown(&answer))
}

#[test]
fn a_value_goes_where_its_name_or_its_number_is() {
    let session = session();
    let named =
        "SELECT step FROM wandb_history WHERE run_id = $run AND step >= $from ORDER BY step LIMIT $rows";
    assert_eq!(ask(&session, named, &["from=3", "run=a", "rows=2"]).unwrap(), ["4", "6"]);
    let numbered = "SELECT step FROM wandb_history WHERE run_id = $2 AND step >= $1 ORDER BY step";
    assert_eq!(ask(&session, numbered, &["6", "b"]).unwrap(), ["7", "9"]);
    assert_eq!(ask(&session, numbered, &["2=b", "8"]).unwrap(), ["9"], "a number is a name, too");
    let twice = "SELECT count(*) FROM wandb_history WHERE step > $n OR step = $n";
    assert_eq!(ask(&session, twice, &["n=7"]).unwrap(), ["3"]);
}

#[test]
fn a_value_is_read_as_what_it_is_compared_with() {
    let session = session();
    let counts = [
        ("SELECT count(*) FROM wandb_history WHERE run_id = $x", "x=a' OR 'a' = 'a", "0"),
        ("SELECT count(*) FROM wandb_history WHERE run_id = $x", "x='a'", "5"),
        ("SELECT count(*) FROM wandb_history WHERE run_id = $x", "x=7", "0"),
        ("SELECT count(*) FROM wandb_history WHERE step = $x", "x='7'", "1"),
        ("SELECT count(*) FROM wandb_history WHERE step = $x", "x=null", "0"),
        ("SELECT count(*) FROM events WHERE recorded_at < $x", "x=1970-01-01", "0"),
    ];
    for (sql, argument, count) in counts {
        assert_eq!(ask(&session, sql, &[argument]).unwrap(), [count], "{sql} {argument}");
    }
    // Nothing says a type here, so it is that of the literal.
    assert_eq!(ask(&session, "SELECT $x", &["x=7"]).unwrap(), ["7"]);
    assert_eq!(ask(&session, "SELECT $1 || 'b'", &["a"]).unwrap(), ["ab"]);
    let refused = ask(&session, counts[3].0, &["x=seven"]).unwrap_err();
    let QueryError::ParameterType { name, given, .. } = &refused else { panic!("{refused}") };
    assert_eq!((name.as_str(), given.as_str()), ("$x", "`seven`"));
}

#[test]
fn a_parameter_takes_one_value_and_a_value_needs_a_parameter() {
    let session = session();
    let sql = "SELECT 1 FROM wandb_history WHERE run_id = $run AND step = $step";
    for (arguments, says) in [
        (&["run=a"][..], "parameter $step has no value"),
        (&[], "parameter $run has no value"),
        (&["run=a", "step=1", "ste=2"], "the query has no parameter $ste"),
        (&["run=a", "step=1", "2"], "the query has no parameter $1"),
        (&["run=a", "step=1", "step=2"], "parameter $step has two values"),
    ] {
        assert_eq!(ask(&session, sql, arguments).unwrap_err().to_string(), says);
    }
    let mixed = ask(&session, "SELECT $1, $name", &["1", "name=2"]).unwrap_err();
    assert!(mixed.to_string().contains("numbered or named"), "{mixed}");
    assert_eq!(ask(&session, "SELECT 1", &["x=1"]).unwrap_err().to_string(), "the query has no parameter $x");
}

#[test]
fn what_is_no_question_is_known_without_a_log() {
    for sql in ["SELECT * FROM nowhere WHERE uid = $uid", "-- why\nSELECT 1;", "EXPLAIN SELECT 1"] {
        check(sql).unwrap();
    }
    // It would take long to plan, and is read and dropped at once.
    let long = format!("SELECT 1{}", "+1".repeat(30_000));
    assert!(matches!(check(&long), Err(QueryError::TooLarge { .. })));
    assert!(matches!(check("SELEC 1"), Err(QueryError::Syntax(_))));
    assert!(matches!(check("-- nothing else"), Err(QueryError::Statements(0))));
    assert!(matches!(check("SELECT 1; SELECT 2"), Err(QueryError::Statements(2))));
    assert!(matches!(check("DROP TABLE events"), Err(QueryError::NotAQuestion(_))));
    assert!(matches!(check("SELECT * FROM events FOR UPDATE"), Err(QueryError::Ignored(_))));
    assert!(matches!(check(&format!("SELECT '{}'", "x".repeat(70_000))), Err(QueryError::TooLong { .. })));
}
