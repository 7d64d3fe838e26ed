//! What is not answered, and what the refusal says.

use annals_queries::{Limits, QueryError};

use crate::scratch::{Scratch, ask, refusal, rows};

#[test]
fn nothing_is_changed_and_nothing_is_set() {
    let session = Scratch::with(Vec::new()).session();
    for sql in [
        "CREATE TABLE t AS SELECT 1",
        "CREATE VIEW v AS SELECT 1",
        "CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '/etc/passwd'",
        "CREATE SCHEMA s",
        "CREATE FUNCTION f() RETURNS INT RETURN 1",
        "DROP TABLE events",
        "DROP VIEW events",
        "INSERT INTO events SELECT * FROM events",
        "DELETE FROM events",
        "UPDATE events SET source = 'x'",
        "TRUNCATE TABLE events",
        "COPY events TO '/tmp/annals-copy.csv'",
        "COPY (SELECT 1) TO '/tmp/annals-copy.json'",
        "SET datafusion.sql_parser.dialect = 'snowflake'",
        "RESET datafusion.sql_parser.dialect",
        "PREPARE p AS SELECT 1",
        "EXECUTE p",
        "DEALLOCATE p",
        "START TRANSACTION",
        "BEGIN",
        "COMMIT",
        "SHOW ALL",
        "SHOW FUNCTIONS LIKE 'a''; select 1; --'",
        "EXPLAIN INSERT INTO events SELECT * FROM events",
        "EXPLAIN ANALYZE COPY (SELECT 1) TO '/tmp/annals-copy.json'",
    ] {
        let error = ask(&session, sql).err().unwrap_or_else(|| panic!("{sql} was answered"));
        assert!(matches!(error, QueryError::NotAQuestion(_)), "{sql}: {error}");
    }
    for sql in ["SELECT 1 INTO t", "WITH t AS (INSERT INTO events SELECT * FROM events) SELECT 1"] {
        assert!(ask(&session, sql).is_err(), "{sql}");
    }
    let refusal = refusal(&session, "DELETE FROM events");
    assert!(refusal.ends_with("SHOW TABLES and DESCRIBE, and this is DELETE FROM"), "{refusal}");
    assert!(!std::path::Path::new("/tmp/annals-copy.csv").exists());
    assert!(!std::path::Path::new("/tmp/annals-copy.json").exists());
}

#[test]
fn no_file_is_read() {
    let scratch = Scratch::with(Vec::new());
    let session = scratch.session();
    let file = scratch.root().join("rows.csv");
    std::fs::write(&file, "a\n1\n").unwrap();
    let file = file.display();
    for sql in [
        format!("SELECT * FROM '{file}'"),
        format!("SELECT * FROM \"{file}\""),
        format!("SELECT * FROM \"file://{file}\""),
        format!("SELECT * FROM read_csv('{file}')"),
        format!("SELECT * FROM '{file}'.x"),
        "SELECT * FROM parquet_metadata('x.parquet')".to_owned(),
    ] {
        let refusal = refusal(&session, &sql);
        let is_refused =
            ["not found", "there is no table", "line 1, column"].iter().any(|word| refusal.contains(word));
        assert!(is_refused, "{sql}: {refusal}");
    }
}

#[test]
fn one_statement_at_a_time() {
    let session = Scratch::with(Vec::new()).session();
    assert!(matches!(ask(&session, "SELECT 1; SELECT 2"), Err(QueryError::Statements(2))));
    assert!(matches!(ask(&session, " -- nothing"), Err(QueryError::Statements(0))));
    assert_eq!(rows(&session, "SELECT 1;"), ["1"]);
}

#[test]
fn as_of_is_refused_with_the_way_that_works() {
    let session = Scratch::with(Vec::new()).session();
    for form in ["FOR SYSTEM_TIME AS OF '2026-01-01'", "VERSION AS OF 3", "TIMESTAMP AS OF '2026-01-01'"] {
        let error = ask(&session, &format!("SELECT * FROM (SELECT * FROM events {form}) AS s")).unwrap_err();
        assert!(matches!(error, QueryError::AsOf), "{form}: {error}");
        assert!(error.to_string().contains("<table>_at('size'"), "{error}");
    }
    assert!(ask(&session, "SELECT * FROM events TABLESAMPLE SYSTEM (1)").is_err());
    assert!(ask(&session, "SELECT * FROM events WITH ORDINALITY").is_err());
}

#[test]
fn names_that_are_not_there_are_told_of_plainly() {
    let session = Scratch::with(Vec::new()).session();
    let table = refusal(&session, "SELECT * FROM evnts");
    assert!(table.starts_with("there is no table `evnts`; did you mean `events`?"), "{table}");
    let column = refusal(&session, "SELECT log_idx FROM events");
    assert!(column.contains("log_idx") && column.contains("log_index"), "{column}");
    let function = refusal(&session, "SELECT ss58_dcode('x')");
    assert!(function.contains("ss58_decode"), "{function}");
}

#[test]
fn what_would_be_passed_over_is_refused() {
    let session = Scratch::with(Vec::new()).session();
    for sql in [
        "SELECT * FROM events TABLESAMPLE SYSTEM (1)",
        "SELECT * FROM (SELECT * FROM events) t TABLESAMPLE SYSTEM (1)",
        "SELECT * FROM events CONNECT BY log_index = 3",
        "SELECT source, kind FROM events GROUP BY source, kind GROUPING SETS ((source), (kind))",
        "WITH RECURSIVE n AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM n LIMIT 5) SELECT * FROM n",
        "SELECT * FROM events FOR UPDATE",
        "SELECT * FROM events, LATERAL generate_series(1, 2) WITH ORDINALITY",
        "SELECT * FROM events WHERE log_index IN (SELECT log_index FROM events FOR UPDATE)",
    ] {
        let error = ask(&session, sql).err().unwrap_or_else(|| panic!("{sql} was answered"));
        assert!(matches!(error, QueryError::Ignored(_)), "{sql}: {error}");
    }
    assert_eq!(
        refusal(&session, "SELECT * FROM events FOR UPDATE"),
        "FOR UPDATE, FOR SHARE is not understood here; an answer without it would be one to another question"
    );
}

#[test]
fn a_query_of_any_depth_is_answered_or_refused() {
    let scratch = Scratch::with(Vec::new());
    let session = scratch.session();
    assert_eq!(rows(&session, &format!("SELECT 1{}", "+1".repeat(300))), ["301"]);
    for (large, named) in [
        (format!("SELECT 1{}", "+1".repeat(30_000)), "1024 expressions one inside of the other"),
        (format!("SELECT 1{}", " UNION ALL SELECT 1".repeat(3_000)), "256 tables and SELECTs"),
        (doubled(14), "256 tables and SELECTs"),
        (format!("SELECT 1{}", " EXCEPT ALL SELECT 1".repeat(60)), "256 tables and SELECTs"),
        (
            format!("SELECT 1 FROM events{}", " JOIN events e USING (log_index)".repeat(60)),
            "256 tables and SELECTs",
        ),
        (format!("SELECT 1{}", ", 1".repeat(600)), "512 columns"),
    ] {
        let error = ask(&session, &large).unwrap_err();
        assert!(matches!(error, QueryError::TooLarge { .. }) && error.to_string().contains(named), "{error}");
    }
    // Neither a parser nor an optimizer looks at each part as often as there are parts.
    for (large, right) in [
        (doubled(5), "32".to_owned()),
        (format!("SELECT 1{}", "+1".repeat(1_000)), "1001".to_owned()),
        (format!("SELECT length('x'{})", "||'x'".repeat(1_000)), "1001".to_owned()),
        (format!("SELECT {}1{}", "abs(".repeat(40), ")".repeat(40)), "1".to_owned()),
    ] {
        assert_eq!(rows(&session, &large), [right]);
    }
    let nested = format!("SELECT {}1{}", "(".repeat(30_000), ")".repeat(30_000));
    assert!(matches!(ask(&session, &nested), Err(QueryError::TooLarge { .. })));
    let long = format!("SELECT '{}'", "x".repeat(70_000));
    assert_eq!(refusal(&session, &long), "the query has 70009 bytes, at most 65536 are read");
}

/// Each table of the `WITH` reads the one before it twice.
fn doubled(times: usize) -> String {
    let table = |n: usize| format!(", t{} AS (SELECT * FROM t{n} UNION ALL SELECT * FROM t{n})", n + 1);
    format!(
        "WITH t0 AS (SELECT 1){} SELECT count(*) FROM t{times}",
        (0..times).map(table).collect::<String>()
    )
}

#[test]
fn functions_make_no_more_than_there_is_memory_for() {
    let scratch = Scratch::with(Vec::new());
    let limits = Limits { memory_bytes: 64 << 20, ..Limits::default() };
    let session = scratch.session_with(Vec::new(), limits);
    let table = |n: usize| format!(", t{} AS (SELECT x || x AS x FROM t{n})", n + 1);
    let tables: String = (0..40).map(table).collect();
    let doubled = format!("length(x) FROM (WITH t0 AS (SELECT 'x' AS x){tables} SELECT x FROM t40) q");
    for sql in [
        "repeat('x', 2000000000)",
        "lpad('x', 2000000000)",
        "rpad('x', 2000000000, 'ab')",
        "range(0, 1000000000)",
        "unnest(generate_series(0, 1000000000))",
        "replace(replace(replace(repeat('x', 1000), 'x', repeat('x', 1000)), 'x', repeat('x', 1000)), 'x', 'xx')",
        "regexp_replace(repeat('x', 10000), '.', repeat('y', 10000), 'g')",
        "concat(repeat('x', 9000000), repeat('x', 9000000))",
        &doubled,
    ] {
        let error = ask(&session, &format!("SELECT {sql}")).unwrap_err();
        assert!(matches!(error, QueryError::Memory { .. }), "{sql}: {error}");
    }
    let session = Scratch::with(Vec::new()).session();
    assert!(refusal(&session, "SELECT array_repeat(1, 9)").contains("Invalid function"));
    for (sql, right) in [
        (
            "repeat('ab', 3), lpad('7', 3, '0'), rpad('a', 3, 'xy'), replace('aa', 'a', 'b')",
            &["ababab|007|axy|bb"][..],
        ),
        ("generate_series(1, 3) AS n", &["1", "2", "3"]),
        (
            "mod(-7, 3), div(7, 2), sign(-5), width_bucket(5, 0, 10, 5), width_bucket(9, 10, 0, 5)",
            &["-1|3|-1.0|3|1"],
        ),
        ("concat('a', NULL, 'b'), 'a' || NULL, 'a' || 1 || 2.5", &["ab||a12.5"]),
    ] {
        assert_eq!(rows(&session, &format!("SELECT {sql}")), right, "{sql}");
    }
}
