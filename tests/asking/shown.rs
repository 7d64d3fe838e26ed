//! Tables as people read them: fitted to a width, as many rows as one looks at, and what is left out is said.

use unicode_width::UnicodeWidthStr as _;

use super::tie;
use crate::program::{Session, err, out};

/// Asks as on a terminal that is so wide.
fn shown(session: &Session, columns: usize, arguments: &[&str]) -> String {
    let mut command = session.command();
    command.args(["query", "--output", "table"]).args(arguments).env("COLUMNS", columns.to_string());
    out(&command.assert().success())
}

fn grid(text: &str) -> Vec<&str> {
    text.lines().filter(|line| line.starts_with('|')).collect()
}

#[test]
fn few_rows_that_do_not_fit_are_blocks_of_lines() {
    let session = tie();
    let two = "select * from stats order by uid limit 2";
    let blocks = shown(&session, 80, &[two]);
    assert!(blocks.lines().count() <= 60, "{blocks}");
    assert!(blocks.starts_with("row 1\n  uid "), "{blocks}");
    assert!(blocks.contains("\nrow 2\n"), "{blocks}");
    assert!(!blocks.contains('…') && !blocks.contains("..."), "nothing is left out: {blocks}");
    let hotkey = blocks.lines().find(|line| line.starts_with("  hotkey")).unwrap();
    assert_eq!(hotkey.split_whitespace().nth(1).unwrap().len(), 48, "{hotkey}");

    let narrow = shown(&session, 80, &["select uid, score from stats order by uid limit 2"]);
    assert_eq!(grid(&narrow).len(), 4, "{narrow}");
    let wanted = shown(&session, 80, &["select uid, score from stats order by uid limit 1", "--expanded"]);
    assert!(wanted.starts_with("row 1\n  uid    1\n  score  33.25\n1 row,"), "{wanted}");
    let wide = shown(&session, 1000, &[two]);
    assert_eq!(grid(&wide).len(), 4, "{wide}");
}

#[test]
fn a_table_is_no_wider_than_its_terminal_and_says_what_it_leaves_out() {
    let session = Session::with_scenario("sn27-day");
    for columns in [40, 80, 120, 200] {
        let table = shown(&session, columns, &["select * from stats order by uid"]);
        let lines = grid(&table);
        assert_eq!(lines.len(), 42, "a head and 40 rows: {table}");
        assert!(lines.iter().all(|line| line.width() <= columns), "{columns}: {table}");
        assert!(table.contains("... 30 more rows: --rows all\n"), "{table}");
        assert!(table.contains(" more columns: name those you want"), "{table}");
        assert!(table.contains("\n70 rows, as recorded up to "), "{table}");
    }
    let hotkeys = shown(&session, 80, &["select uid, hotkey, run_id, validator from stats order by uid"]);
    assert!(hotkeys.contains("…") && hotkeys.contains("... texts are cut to fit"), "{hotkeys}");
    assert!(!hotkeys.contains("more column"), "{hotkeys}");
    let all = shown(&session, 80, &["select uid, hotkey from stats order by uid", "--rows", "all"]);
    assert_eq!(grid(&all).len(), 72, "{all}");
    assert!(!all.contains("...") && !all.contains('…'), "{all}");
    let three = shown(&session, 80, &["select uid from stats order by uid", "--rows", "3"]);
    assert_eq!((grid(&three).len(), three.contains("... 67 more rows")), (5, true), "{three}");
    let none = shown(&session, 80, &["select uid from stats", "--rows", "0"]);
    assert_eq!((grid(&none).len(), none.contains("... 70 more rows")), (2, true), "{none}");
}

#[test]
fn where_nobody_looks_a_table_is_a_page_wide() {
    let session = Session::with_scenario("sn27-day");
    let table = out(&session.annals(&["query", "select * from stats", "--output", "table"]).success());
    let widest = grid(&table).iter().map(|line| line.width()).max().unwrap();
    assert!((100..=120).contains(&widest), "{widest}: {table}");
}

#[test]
fn a_long_table_is_whole_and_takes_no_memory() {
    let session = tie();
    let rows = 30_000;
    let sql = format!(
        "select value as n, md5(value::text) || case when value = {rows} then long else short end as text \
         from generate_series(1, {rows}), (select md5('a') as short, md5('a') || md5('b') || md5('c') as long) c"
    );
    // What is collected counts as memory, and this is less than half of it.
    let arguments = ["--rows", "all", "--memory-mib", "1"];
    let table = shown(&session, 120, &[&[sql.as_str()][..], &arguments].concat());
    let lines = grid(&table);
    assert_eq!(lines.len(), rows + 2);
    assert!(lines.iter().all(|line| line.width() <= 120), "{}", lines[rows + 1]);
    let last = lines[rows + 1];
    assert!(last.starts_with("| 30000 | ") && last.contains('…'), "wider than all before: {last}");
    assert!(lines[..=rows].iter().all(|line| !line.contains('…')), "only that is cut");
    assert!(table.contains("... texts are cut to fit") && table.contains("\n30,000 rows, "));
}

#[test]
fn texts_of_strangers_break_no_table() {
    let session = tie();
    let sql = "select 'a|b' || chr(10) || '| c | d |' || chr(27) || '[2J' as x, chr(8238) || 'x' as \"y|z\"";
    let table = shown(&session, 80, &[sql]);
    let lines: Vec<_> = table.lines().collect();
    assert_eq!(lines[0], "| x                           | y\\|z      |");
    assert_eq!(lines[2], "| a\\|b\\n\\| c \\| d \\|\\u{1b}[2J | \\u{202e}x |");
    let blocks = shown(&session, 80, &[sql, "-x"]);
    let wanted = "row 1\n  x    a|b\n       | c | d |\\u{1b}[2J\n  y|z  \\u{202e}x\n1 row";
    assert!(blocks.starts_with(wanted), "{blocks}");
    let plan = shown(&session, 80, &["explain select uid from stats where uid = 7 order by score"]);
    assert!(plan.contains("logical_plan") && plan.lines().count() > 8, "a line each: {plan}");
}

#[test]
fn numbers_stand_at_the_right_also_where_it_is_pasted() {
    let session = tie();
    let table =
        shown(&session, 80, &["select 1 as a_number, 'x' as a_text union all select 1000, 'yy' order by 1"]);
    let lines: Vec<_> = table.lines().take(4).collect();
    assert_eq!(
        lines,
        ["| a_number | a_text |", "|---------:|--------|", "|        1 | x      |", "|     1000 | yy     |"]
    );
}

#[test]
fn a_table_names_the_checkpoint_and_gives_it_whole_where_that_is_wanted() {
    let session = tie();
    let note = out(&session.annals(&["checkpoint"]).success());
    let (size, root) = (note.lines().nth(1).unwrap(), note.lines().nth(2).unwrap());
    let table = shown(&session, 80, &["select 1 as one"]);
    assert!(table.ends_with(&format!("\ncheckpoint: size {size}, root {root}\n")), "{table}");
    let whole = shown(&session, 80, &["select 1 as one", "--with-checkpoint"]);
    assert!(whole.ends_with(&format!("\n{note}")), "{whole}");
}

#[test]
fn who_wants_it_quiet_gets_the_rows_alone() {
    let session = tie();
    let published = session.data().join("published");
    let before = std::fs::read_dir(&published).unwrap().count();
    let quiet = session.annals(&["query", "select 1 as one", "--output", "table", "-q"]).success();
    assert_eq!((out(&quiet).as_str(), err(&quiet).as_str()), ("| one |\n|----:|\n|   1 |\n", ""));
    let lines = session.annals(&["query", "select 1 as one", "--quiet"]).success();
    assert_eq!((out(&lines).as_str(), err(&lines).as_str()), ("{\"one\":1}\n", ""));
    assert_eq!(std::fs::read_dir(&published).unwrap().count(), before, "no checkpoint was given out");
    let cut = session.annals(&["query", "select uid from stats", "-q", "-n", "2"]).success();
    assert_eq!(out(&cut).lines().count(), 2);
    assert!(err(&cut).contains("more rows than these 2"), "that rows lack is always said: {}", err(&cut));
}
