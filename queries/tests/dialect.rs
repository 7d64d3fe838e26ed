//! SQL as PostgreSQL understands it: the right answers are those of PostgreSQL 15, or of its manual where it says more.

use crate::scratch::{Opened, Scratch, refusal, rows};

fn session() -> Opened {
    Scratch::with(Vec::new()).session()
}

/// Asserts the rows of questions, each without its `SELECT`.
fn told(cases: &[(&str, &[&str])]) {
    let session = session();
    for (sql, right) in cases {
        assert_eq!(rows(&session, &format!("SELECT {sql}")), *right, "{sql}");
    }
}

/// Asserts that questions are refused with a word of what is wrong.
fn refused(cases: &[(&str, &str)]) {
    let session = session();
    for (sql, word) in cases {
        let text = refusal(&session, &format!("SELECT {sql}"));
        assert!(text.contains(word), "{sql}: {text}");
    }
}

const NUMBERS: &str = "(VALUES (1), (2), (NULL)) t(x)";

#[test]
fn distinct_from_ends_where_a_comparison_ends() {
    told(&[
        ("false IS NOT DISTINCT FROM false OR true", &["true"]),
        ("x FROM (VALUES (1, true), (2, true)) t(x, y) WHERE y IS DISTINCT FROM false AND x = 2", &["2"]),
        ("x FROM (VALUES (1), (NULL)) t(x) WHERE x IS DISTINCT FROM 1 OR false", &[""]),
    ]);
}

#[test]
fn any_and_all_keep_columns_of_one_name_apart() {
    let t = "WITH t(x) AS (VALUES (1), (2), (3)) SELECT x FROM t WHERE";
    let session = session();
    for (filter, right) in [
        ("x >= ALL (SELECT x FROM t)", &["3"][..]),
        ("x = ANY (SELECT x FROM t WHERE x > 2)", &["3"]),
        ("x < SOME (SELECT x FROM t)", &["1", "2"]),
        ("x <> ALL (SELECT x FROM t WHERE x < 3) OR false", &["3"]),
        ("NOT x > ANY (SELECT x FROM t)", &["1"]),
        ("x = ANY (SELECT t.x FROM t ORDER BY t.x DESC LIMIT 1)", &["3"]),
        ("x > ALL (SELECT x FROM t WHERE false)", &["1", "2", "3"]),
    ] {
        assert_eq!(rows(&session, &format!("{t} {filter} ORDER BY x")), right, "{filter}");
    }
}

#[test]
fn any_and_all_are_values_too() {
    let session = session();
    for (compared, right) in [
        ("x > ALL (SELECT y FROM (VALUES (1), (2)) u(y))", &["1|false", "2|false", "3|true", "|"][..]),
        ("x > ALL (SELECT y FROM (VALUES (1), (NULL)) u(y))", &["1|false", "2|", "3|", "|"]),
        ("x <= ANY (SELECT y FROM (VALUES (1), (NULL)) u(y))", &["1|true", "2|", "3|", "|"]),
        ("x < ANY (SELECT y FROM (VALUES (1), (3)) u(y))", &["1|true", "2|true", "3|false", "|"]),
        ("x <> ANY (SELECT y FROM (VALUES (1), (1)) u(y))", &["1|false", "2|true", "3|true", "|"]),
        ("x = ALL (SELECT y FROM (VALUES (2), (2)) u(y))", &["1|false", "2|true", "3|false", "|"]),
        ("x = ALL (SELECT y FROM (VALUES (2)) u(y) WHERE false)", &["1|true", "2|true", "3|true", "|true"]),
        ("x = ANY (ARRAY[1, NULL])", &["1|true", "2|", "3|", "|"]),
        ("x <> ALL (ARRAY[1, 2])", &["1|false", "2|false", "3|true", "|"]),
    ] {
        let sql = format!("SELECT x, {compared} FROM (VALUES (1), (2), (3), (NULL)) t(x) ORDER BY x");
        assert_eq!(rows(&session, &sql), right, "{compared}");
    }
}

#[test]
fn what_is_not_in_a_list_with_a_null_is_unknown_wherever_it_is_asked() {
    for (filter, right) in [
        ("x NOT IN (SELECT y FROM (VALUES (1)) u(y)) OR x > 100", &["2"][..]),
        ("x NOT IN (SELECT y FROM (VALUES (1), (NULL)) u(y)) OR x > 100", &[]),
        ("NOT (x IN (SELECT y FROM (VALUES (1), (NULL)) u(y)))", &[]),
        ("NOT (x IN (SELECT y FROM (VALUES (1)) u(y)) AND true)", &["2"]),
        ("(x NOT IN (SELECT y FROM (VALUES (1), (NULL)) u(y))) IS UNKNOWN", &["2", ""]),
        ("(x NOT IN (SELECT y FROM (VALUES (1)) u(y) WHERE false)) IS TRUE", &["1", "2", ""]),
        ("(x IN (SELECT y FROM (VALUES (1), (NULL)) u(y))) IS NOT FALSE", &["1", "2", ""]),
        ("CASE WHEN x NOT IN (SELECT y FROM (VALUES (1)) u(y)) THEN true ELSE x = 1 END", &["1", "2"]),
        ("x IN (SELECT y FROM (VALUES (1), (NULL)) u(y)) OR x = 2", &["1", "2"]),
    ] {
        told(&[(&format!("x FROM {NUMBERS} WHERE {filter} ORDER BY x"), right)]);
    }
    told(&[
        (
            &format!("x, x NOT IN (SELECT y FROM (VALUES (1), (NULL)) u(y)) FROM {NUMBERS} ORDER BY x"),
            &["1|false", "2|", "|"],
        ),
        (
            &format!("x, x IN (SELECT y FROM (VALUES (1)) u(y)) FROM {NUMBERS} ORDER BY x"),
            &["1|true", "2|false", "|"],
        ),
    ]);
}

#[test]
fn exists_is_a_value_too() {
    told(&[
        (
            &format!("x, EXISTS (SELECT 1 FROM (VALUES (2)) u(y) WHERE y = x) FROM {NUMBERS} ORDER BY x"),
            &["1|false", "2|true", "|false"],
        ),
        ("EXISTS (SELECT max(y) FROM (VALUES (1)) u(y) WHERE false)", &["true"]),
        ("NOT EXISTS (SELECT * FROM (VALUES (1)) u(y) WHERE false)", &["true"]),
        ("EXISTS (SELECT y FROM (VALUES (1)) u(y) OFFSET 1)", &["false"]),
    ]);
}

#[test]
fn the_first_row_of_another_table_is_a_value() {
    let first = "(SELECT y FROM (VALUES (1, 5), (1, 4), (2, NULL), (2, 7)) u(k, y) WHERE k = x ORDER BY y DESC LIMIT 1)";
    told(&[
        (&format!("x, {first} FROM {NUMBERS} ORDER BY x"), &["1|5", "2|", "|"]),
        ("(SELECT y AS z FROM (VALUES (3), (2)) u(y) ORDER BY z LIMIT 1)", &["2"]),
        ("(SELECT y FROM (VALUES (3), (2)) u(y) ORDER BY 1 LIMIT 1)", &["2"]),
        ("(SELECT count(*) FROM (VALUES (3), (2)) u(y) LIMIT 1)", &["2"]),
        (
            &format!(
                "x, (SELECT z FROM (VALUES (1, 5), (2, NULL)) u(k, z) WHERE k = x) FROM {NUMBERS} ORDER BY x"
            ),
            &["1|5", "2|", "|"],
        ),
    ]);
    refused(&[(
        &format!("x, (SELECT z FROM (VALUES (1, 5), (1, 6)) u(k, z) WHERE k = x) FROM {NUMBERS}"),
        "has more than one row",
    )]);
}

#[test]
fn rows_are_compared_column_by_column() {
    let pairs = "(VALUES (1, 'a'), (2, 'b'), (3, NULL)) t(x, y)";
    told(&[
        (&format!("x FROM {pairs} WHERE (x, y) IN ((1, 'a'), (2, 'c'))"), &["1"]),
        (&format!("x FROM {pairs} WHERE (x, y) NOT IN ((1, 'a'), (2, 'c'), (4, 'd'))"), &["2", "3"]),
        (
            &format!(
                "x FROM {pairs} WHERE (x, y) IN (SELECT a, b FROM (VALUES (2, 'b'), (3, NULL)) u(a, b))"
            ),
            &["2"],
        ),
        (
            &format!(
                "x FROM {pairs} WHERE (x, y) NOT IN (SELECT a, b FROM (VALUES (2, 'b')) u(a, b)) ORDER BY x"
            ),
            &["1", "3"],
        ),
        (
            "(1, 2) = (1, 2), (1, 2) <> (1, 3), (1, 2) < (1, 3), (2, 0) >= (1, 9), (1, NULL) < (2, 0)",
            &["true|true|true|true|true"],
        ),
    ]);
    refused(&[
        ("1 AS x, 1 AS x", "two columns of one name"),
        (
            "1 FROM events e LEFT JOIN events f ON EXISTS (SELECT 1 FROM events g WHERE g.log_index > e.log_index)",
            "a subquery in this place",
        ),
    ]);
    refused(&[(
        "k FROM (VALUES (1)) t(k) WHERE EXISTS \
         (SELECT 1 FROM (VALUES (1)) a(k) JOIN (VALUES (1)) b(k) ON a.k = b.k WHERE k = 1)",
        "k, which several tables have",
    )]);
    refused(&[("(1, 2) = (1, 2, 3)", "a row of 2 columns is compared with one of 3")]);
}

#[test]
fn the_key_of_a_join_is_that_of_the_side_that_has_it() {
    let a = "(VALUES (1, 'a'), (2, 'b')) a(k, l)";
    let b = "(VALUES (2, 'c'), (3, 'd')) b(k, r)";
    let c = "(VALUES (3, 'e'), (4, 'f')) c(k, s)";
    let full = format!("{a} FULL JOIN {b} USING (k)");
    told(&[
        (&format!("k, l, r, s FROM {a} JOIN {b} USING (k) LEFT JOIN {c} USING (k) WHERE k > 1"), &["2|b|c|"]),
        (&format!("k, l, r FROM {a} JOIN {b} USING (k) WHERE k > 1"), &["2|b|c"]),
        (
            &format!(
                "x FROM (VALUES (1), (2)) t(x) WHERE EXISTS (SELECT 1 FROM {a} JOIN {b} USING (k) WHERE k < 3)"
            ),
            &["1", "2"],
        ),
        (
            &format!(
                "k FROM (VALUES (1), (9)) t(k) WHERE EXISTS (SELECT 1 FROM {a} JOIN {b} USING (k) WHERE k < 3)"
            ),
            &["1", "9"],
        ),
        (&format!("k, l, r FROM {full} ORDER BY k"), &["1|a|", "2|b|c", "3||d"]),
        (&format!("* FROM {full} ORDER BY k"), &["1|a|", "2|b|c", "3||d"]),
        (&format!("* FROM {a} NATURAL FULL JOIN {b} ORDER BY k"), &["1|a|", "2|b|c", "3||d"]),
        (&format!("k, r FROM {a} RIGHT JOIN {b} USING (k) ORDER BY k"), &["2|c", "3|d"]),
        (&format!("k, r FROM {a} NATURAL RIGHT JOIN {b} ORDER BY k"), &["2|c", "3|d"]),
        (&format!("a.k AS a, b.k AS b, k FROM {full} ORDER BY k"), &["1||1", "2|2|2", "|3|3"]),
        (&format!("k FROM {full} WHERE k = 3"), &["3"]),
        (&format!("k FROM {full} WHERE a.k IS NULL"), &["3"]),
        (&format!("k + 1 AS n, count(*) FROM {full} GROUP BY k ORDER BY k DESC"), &["4|1", "3|1", "2|1"]),
        (&format!("max(k), count(k) FROM {full}"), &["3|3"]),
        (
            &format!("k, l, r, s FROM {full} FULL JOIN {c} USING (k) ORDER BY k"),
            &["1|a||", "2|b|c|", "3||d|e", "4|||f"],
        ),
        (&format!("k, l FROM (SELECT * FROM {full}) q WHERE l IS NULL"), &["3|"]),
        (&format!("u.k FROM ({full}) JOIN (VALUES (3)) u(k) USING (k)"), &["3"]),
    ]);
}

#[test]
fn integers_never_wrap() {
    told(&[
        ("9223372036854775806 + 1", &["9223372036854775807"]),
        ("-9223372036854775807 - 1", &["-9223372036854775808"]),
        ("sum(x) FROM (VALUES (9223372036854775807), (1), (-1)) t(x)", &["9223372036854775807"]),
        ("sum(x) OVER (ORDER BY x ROWS 1 PRECEDING) FROM (VALUES (1), (2), (4)) t(x)", &["1", "3", "6"]),
        ("sum(DISTINCT x) FROM (VALUES (3), (3), (4)) t(x)", &["7"]),
        (
            "k, sum(x) FROM (VALUES (1, 2), (1, NULL), (2, NULL)) t(k, x) GROUP BY k ORDER BY k",
            &["1|2", "2|"],
        ),
    ]);
    refused(&[
        ("9223372036854775807::bigint + 1", "bigint is out of range"),
        ("-9223372036854775807::bigint - 2", "bigint is out of range"),
        ("9223372036854775807::bigint * 2", "bigint is out of range"),
        ("-x FROM (VALUES (-9223372036854775807 - 1)) t(x)", "bigint is out of range"),
        ("2000000000::int + 2000000000::int", "integer is out of range"),
        ("sum(x) FROM (VALUES (9223372036854775807), (1)) t(x)", "bigint is out of range"),
        ("sum(x) OVER () FROM (VALUES (9223372036854775807), (1)) t(x)", "bigint is out of range"),
        (
            "k, sum(x) FROM (VALUES (1, 9223372036854775807), (1, 1)) t(k, x) GROUP BY k",
            "bigint is out of range",
        ),
        ("abs(x) FROM (VALUES (-9223372036854775807 - 1)) t(x)", "verflow"),
    ]);
}

#[test]
fn all_that_counts_has_a_sign() {
    told(&[
        (
            "row_number() OVER () - 2, rank() OVER () - 2, dense_rank() OVER () - 2, ntile(1) OVER () - 2",
            &["-1|-1|-1|-1"],
        ),
        ("array_length([1]) - 2, approx_distinct(1) - 2, count(*) - 2", &["-1|-1|-1"]),
        ("log_index - 9 FROM events LIMIT 1", &["-9"]),
        ("sum(log_index) - 9 FROM events WHERE log_index < 1", &["-9"]),
    ]);
    let session = session();
    let unsigned =
        "SELECT table_name, column_name FROM information_schema.columns WHERE data_type LIKE 'UInt%'";
    assert_eq!(rows(&session, unsigned), [""; 0]);
}

#[test]
fn multisets_are_counted() {
    let (a, b) = ("(VALUES (1), (1), (1), (2), (NULL), (NULL)) a(x)", "(VALUES (1), (3), (NULL)) b(x)");
    told(&[
        (&format!("x FROM {a} EXCEPT ALL SELECT x FROM {b} ORDER BY x"), &["1", "1", "2", ""]),
        (&format!("x FROM {a} INTERSECT ALL SELECT x FROM {b} ORDER BY x"), &["1", ""]),
        (&format!("x FROM {a} EXCEPT SELECT x FROM {b}"), &["2"]),
        (
            &format!("x AS y FROM {a} EXCEPT ALL SELECT x FROM {b} EXCEPT ALL SELECT 2 ORDER BY y"),
            &["1", "1", ""],
        ),
        (
            "count(*) FROM (WITH w AS (SELECT 1 AS x) SELECT x, x + 1 FROM w INTERSECT ALL SELECT x, 2 FROM w) q(a, b)",
            &["1"],
        ),
    ]);
}

#[test]
fn patterns_are_those_of_the_standard() {
    told(&[
        (
            "'NVIDIA H200' SIMILAR TO 'NVIDIA%', 'foobar' SIMILAR TO 'foo', 'foo' NOT SIMILAR TO 'f__'",
            &["true|false|false"],
        ),
        ("'abc' SIMILAR TO '(a|b)*c', 'a.c' SIMILAR TO 'a.c', 'abc' SIMILAR TO 'a.c'", &["true|true|false"]),
        ("'50%' SIMILAR TO '50!%' ESCAPE '!', NULL SIMILAR TO 'a'", &["true|"]),
        (
            "'a%c' LIKE 'a!%c' ESCAPE '!', 'abc' LIKE 'a!%c' ESCAPE '!', 'A_' ILIKE 'a#_' ESCAPE '#'",
            &["true|false|true"],
        ),
    ]);
}

#[test]
fn numbers_and_times_are_those_of_postgresql() {
    told(&[
        ("-2 ^ 2", &["4.0"]),
        (
            "1.5::int, -1.5::int, 2.5::int, 4.5::float8::int, 3.5::float8::int, (0.5 + 1)::bigint",
            &["2|-2|3|4|4|2"],
        ),
        ("cast(1.6 AS smallint), try_cast(1.6 AS int), '7'::int", &["2|2|7"]),
        ("extract(second FROM timestamp '2026-03-14 12:00:07.5')", &["7.5"]),
        ("date_part('millisecond', timestamp '2026-03-14 12:00:07.5')", &["7500.0"]),
        ("extract(minute FROM timestamp '2026-03-14 12:34:07.5')", &["34"]),
        ("interval '24 hours' = interval '1 day', interval '1 month' > interval '29 days'", &["true|true"]),
        (
            "interval '1 day' IN (interval '24 hours'), interval '25 hours' BETWEEN interval '1 day' AND interval '2 days'",
            &["true|true"],
        ),
        (
            "extract(epoch FROM timestamp '2026-03-14 00:01:02.5' - timestamp '2026-03-14 00:00:00')",
            &["62.5"],
        ),
        (
            "extract(second FROM timestamp '2026-03-14 00:01:02.5' - timestamp '2026-03-14 00:00:00')",
            &["2.5"],
        ),
        ("timestamp '2026-03-14 12:00:00' - timestamp '2026-03-13 10:30:00' > interval '1 day'", &["true"]),
        ("timestamptz '2026-03-14 12:00:00+02' = timestamptz '2026-03-14 10:00:00+00'", &["true"]),
        ("extract(hour FROM timestamptz '2026-07-14 12:00:00+00' AT TIME ZONE 'America/New_York')", &["8"]),
        (
            "33::float8::text, 1e20::float8 || '', 'Infinity'::float8::text, 0.1::text",
            &["33|1e+20|Infinity|0.1"],
        ),
        (
            "(timestamp '2026-03-14 12:34:56')::text, recorded_at::text FROM events WHERE log_index = 1",
            &["2026-03-14 12:34:56|2026-01-01 00:00:00+00"],
        ),
        ("to_char(timestamp '2026-03-14 12:34:56', 'YYYY-MM-DD HH24:MI:SS')", &["2026-03-14 12:34:56"]),
        ("to_char(timestamp '2026-03-14 12:34:56', '%d.%m.%Y')", &["14.03.2026"]),
        ("timestamp '2026-01-31 12:00' = '2026-01-31 12:00:00'::timestamp", &["true"]),
        ("count(*) FROM events WHERE recorded_at >= '2000-01-01 00:00'", &["3"]),
    ]);
    refused(&[
        ("max(x) FROM (VALUES (interval '1 day')) t(x)", "intervals are not grouped"),
        ("DISTINCT x FROM (VALUES (interval '1 day')) t(x)", "intervals are not grouped"),
        ("greatest(interval '1 day', interval '25 hours')", "intervals are not grouped"),
        ("'abc'::varchar(2)", "Varchar with length"),
        ("to_char(1.5, '9D9')", "to_char takes a time"),
        ("to_char(now(), 'Month')", "does not know Month"),
    ]);
}
