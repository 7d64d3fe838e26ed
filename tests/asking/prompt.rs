//! `annals query` on a terminal, without a question.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use assert_cmd::cargo::cargo_bin;
use serde_json::{Value, json};

use super::tie;
use crate::program::{Session, out, text};

/// What happens at a terminal.
enum Step<'a> {
    /// Somebody types.
    Type(&'a str),
    /// The program writes this, after all that was seen before.
    See(&'a str),
    /// Somebody else starts annals.
    Run(&'a [&'a str]),
}

use Step::{Run, See, Type};

const CTRL_C: &str = "\u{3}";
const CTRL_D: &str = "\u{4}";

/// Starts `annals query` on a terminal, and returns its exit code and all that it wrote.
fn on_terminal(
    session: &Session,
    environment: &[(&str, &str)],
    arguments: &[&str],
    steps: &[Step<'_>],
) -> (i64, String) {
    let bridge = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/asking/terminal.py");
    let steps = steps.iter().map(|step| match step {
        Type(text) => json!(["type", text]),
        See(text) => json!(["see", text]),
        Run(arguments) => json!(["run", arguments]),
    });
    let mut command = session.command_of(Path::new("python3"));
    command.env("TERM", "xterm").envs(environment.iter().copied());
    command.arg(bridge).arg(cargo_bin("annals")).arg("query").args(arguments);
    let told = command.write_stdin(Value::from_iter(steps).to_string()).assert().success();
    let told: Value = serde_json::from_str(&out(&told)).unwrap();
    (told["code"].as_i64().unwrap(), told["seen"].as_str().unwrap().to_owned())
}

#[test]
fn a_prompt_answers_statement_after_statement_until_it_is_left() {
    let session = tie();
    let steps = [
        See("as recorded up to"),
        See("\\? is for help"),
        See("annals> "),
        Type("select uid,\r"),
        See("...> "),
        Type("  gpu_name from stats where uid = 5;\r"),
        See("  5 | NVIDIA"),
        See("checkpoint: size"),
        Type("selec 1;\r"),
        See("column 1:"),
        See("^"),
        See("annals> "),
        Type("select 2 as two; select 'a;b' as three;\r"),
        See("| two |"),
        See("| a;b"),
        Type("\\x\r"),
        See("expanded: on"),
        Type("select 4 as four;\r"),
        See("row 1\r\n  four  4"),
        Type("\\timing\r"),
        See("timing: on"),
        Type("\\o csv\r"),
        See("output: csv"),
        Type("select 5 as five;\r"),
        See("five\r\n5\r\n"),
        See("time: "),
        Type("\\rows 2\r"),
        See("rows: 2"),
        Type("select value from generate_series(7, 9);\r"),
        See("value\r\n7\r\n8\r\n"),
        See("there are more rows than these 2"),
        Type("stats\r"),
        See("`stats` is a table"),
        Type("\\o parquet\r"),
        See("not for a terminal"),
        Type("\\dance\r"),
        See("there is no `\\dance`"),
        Type("\\d nowhere\r"),
        See("there is no table `nowhere`"),
        Type("\\d\r"),
        See("allocation_claims"),
        Type("\\d stats\r"),
        See("key: uid, uid_text"),
        See("votes "),
        Type("help\r"),
        See("\\refresh"),
        Type(CTRL_D),
    ];
    let (code, seen) = on_terminal(&session, &[], &[], &steps);
    assert_eq!(code, 0, "{seen}");

    let history = session.path(".local/state/annals/history");
    let kept = std::fs::read_to_string(&history).unwrap();
    let lines: Vec<_> = kept.lines().take(3).collect();
    assert_eq!(
        lines,
        ["#V2", "select uid,\\n  gpu_name from stats where uid = 5;", "selec 1;"],
        "a statement is kept whole"
    );
    assert_eq!(std::fs::metadata(&history).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!session.data().join("history").exists());
}

#[test]
fn ctrl_c_clears_a_statement_and_stops_an_answer() {
    let session = tie();
    let steps = [
        See("annals> "),
        Type("select 'lost\r"),
        See("...> "),
        Type(CTRL_C),
        See("annals> "),
        Type("select 6 as six;\r"),
        See("six\r\n6\r\n"),
        // It writes without an end, so it is stopped while it does.
        Type("select value from generate_series(1, 1000000000000);\r"),
        See("value\r\n1\r\n2\r\n"),
        Type(CTRL_C),
        See("stopped: this is not the whole answer"),
        See("annals> "),
        Type("select 7 as seven;\r"),
        See("seven\r\n7\r\n"),
        Type("\\q\r"),
    ];
    let (code, _) = on_terminal(&session, &[("ANNALS_HISTORY", "")], &["-o", "csv"], &steps);
    assert_eq!(code, 0);
    assert!(!session.path(".local").exists(), "no history is wanted");
}

#[test]
fn answers_stand_on_one_size_until_the_log_is_looked_at_again() {
    let session = tie();
    let size = out(&session.annals(&["query", "select count(*) as n from events", "-o", "csv"]).success());
    let size: usize = size.lines().nth(1).unwrap().parse().unwrap();
    let policy = session.path("policy.toml");
    std::fs::write(&policy, "netuid = 27\nvalidators.declared = []\n").unwrap();
    let file = session.path("count.sql");
    std::fs::write(&file, "-- How many?\nselect count(*) as before from events;\nselect 'all' as read")
        .unwrap();
    let before = format!("before\r\n{size}\r\n");
    let grew = format!("select count(*) > {size} as grew from events;\r");
    let read = format!("\\i {}\r", text(&file));
    let steps = [
        See("annals> "),
        Run(&["policy", "set", text(&policy)]),
        Type(&read),
        See(&before),
        See("read\r\nall\r\n"),
        Type("\\refresh\r"),
        See("as recorded up to"),
        Type(&grew),
        See("grew\r\ntrue\r\n"),
        Type("exit\r"),
    ];
    let named = session.path("asked");
    let (code, seen) = on_terminal(&session, &[("ANNALS_HISTORY", text(&named))], &["-o", "csv"], &steps);
    assert_eq!(code, 0, "{seen}");
    assert!(std::fs::read_to_string(named).unwrap().contains("count(*)"));
    let within = session.data().join("history");
    let steps = [See("annals> "), Type(CTRL_D)];
    let (_, seen) = on_terminal(&session, &[("ANNALS_HISTORY", text(&within))], &[], &steps);
    assert!(seen.contains("no history is kept in a log's folder") && !within.exists(), "{seen}");
}

#[test]
fn tab_completes_the_names_of_a_log() {
    let session = tie();
    let steps = [
        See("annals> "),
        Type("select 1 as found from wandb_pol\t limit 1;\r"),
        See("| found |"),
        Type("select uid from sta\t\t"),
        See("stats_history"),
        Type(CTRL_C),
        // The line is drawn again below the list; a prompt that begins anew turns pasting on.
        See("\u{1b}[?2004h"),
        See("annals> "),
        Type("\\ti\t\r"),
        See("timing: on"),
        Type(CTRL_D),
    ];
    let (code, seen) = on_terminal(&session, &[], &[], &steps);
    assert_eq!(code, 0, "{seen}");
}

#[test]
fn a_dumb_terminal_gets_plain_lines() {
    let session = tie();
    let steps = [
        See("annals> "),
        Type("select 1 as one,\n"),
        See("...> "),
        Type("2 as two;\n"),
        See("| one | two |"),
        See("annals> "),
        Type(CTRL_D),
    ];
    let (code, seen) = on_terminal(&session, &[("TERM", "dumb"), ("NO_COLOR", "1")], &["--quiet"], &steps);
    assert!(code == 0 && !seen.contains('\u{1b}'), "{seen:?}");
    assert!(!seen.contains("recorded up to"), "{seen}");
}
