//! The options of `annals query`: where the question comes from, values for it, and how long it may take.

use serde_json::Value;

use super::{STATS, tie};
use crate::program::{Session, err, out};

#[test]
fn a_question_comes_from_an_argument_a_file_or_standard_input() {
    let session = tie();
    let file = session.path("question.sql");
    std::fs::write(&file, "-- Who has uid 5?\nselect uid from stats where uid = $uid;\n").unwrap();
    let file = file.to_str().unwrap();
    let wanted = "{\"uid\":5}\n";
    for file_option in [&["-f", file][..], &["--file", file]] {
        let asked = session.annals(&[&["query"], file_option, &["--param", "uid=5"]].concat()).success();
        assert_eq!(out(&asked), wanted);
    }
    let commented = "-- why\nselect uid from stats where uid = 5";
    assert_eq!(out(&session.annals(&["query", commented]).success()), wanted);
    for from_input in [&["query", "-"][..], &["query", "-f", "-"]] {
        let read = session.command().args(from_input).write_stdin(commented).assert().success();
        assert_eq!(out(&read), wanted);
    }
    let no_terminal = err(&session.annals(&["query"]).code(2));
    assert!(no_terminal.contains("give it as SQL or with --file"), "{no_terminal}");
    session.annals(&["query", STATS, "-f", file]).code(2);
    assert!(err(&session.annals(&["query", "-f", "nowhere.sql"]).code(3)).contains("nowhere.sql"));
    for misspelt in [&["query", "--outptu", "csv", STATS][..], &["query", STATS, "--outptu", "csv"]] {
        let refused = err(&session.annals(misspelt).code(2));
        assert!(refused.contains("--outptu"), "{refused}");
    }
}

#[test]
fn a_value_is_given_by_name_or_in_order() {
    let session = tie();
    let ask = |sql: &str, parameters: &[&str]| {
        let mut arguments = vec!["query", sql];
        arguments.extend(parameters.iter().flat_map(|parameter| ["--param", parameter]));
        session.annals(&arguments)
    };
    let named = "select uid from stats where uid = $uid and gpu_name like $gpu";
    assert_eq!(out(&ask(named, &["uid=5", "gpu=NVIDIA%"]).success()), "{\"uid\":5}\n");
    let numbered = "select uid from stats where uid between $1 and $2 order by uid";
    assert_eq!(out(&ask(numbered, &["-7", "4"]).success()), "{\"uid\":1}\n{\"uid\":4}\n");
    assert_eq!(out(&ask("select $1 as x", &["' or ''='"]).success()), "{\"x\":\" or '=\"}\n");
    for (parameters, says) in [
        (&["gpu=x"][..], "parameter $uid has no value; give it one, as in --param uid=7"),
        (&["uid=seven", "gpu=x"], "parameter $uid is of type"),
        (&["uid=7", "gpu=x", "name=y"], "the query has no parameter $name"),
    ] {
        let refused = err(&ask(named, parameters).code(2));
        assert!(refused.contains(says), "{refused}");
    }
    assert!(
        err(&ask(numbered, &["7"]).code(2))
            .contains("parameter $2 has no value; give it one, as in --param 7")
    );
}

#[test]
fn a_question_that_takes_too_long_is_given_up() {
    let session = tie();
    let endless = "select sum(value) from generate_series(1, 1000000000000)";
    for form in ["table", "ndjson"] {
        let refused = session.annals(&["query", endless, "--timeout", "0.5", "--output", form]).code(2);
        assert!(err(&refused).contains("takes longer than 0.5 s") && err(&refused).contains("--timeout 5"));
    }
    session.annals(&["query", STATS, "--timeout", "600"]).success();
    for wrong in ["0", "soon", "nan", "1e400"] {
        let refused = err(&session.annals(&["query", STATS, "--timeout", wrong]).code(2));
        assert!(refused.contains("a number of seconds"), "{wrong}: {refused}");
    }
}

#[test]
fn what_is_no_question_costs_no_fold() {
    // There is no log at all, and the question comes first.
    let session = Session::new();
    let refused = |sql: &str| err(&session.annals(&["query", sql]).code(2));
    assert!(refused("selec 1").contains("selec"));
    assert!(refused("drop table stats").contains("only questions"));
    assert!(refused("-- nothing").contains("The question is empty."), "{}", refused("-- nothing"));
    session.annals(&["query", "select 1"]).code(3);
}

#[test]
fn rows_are_as_many_as_are_wanted_in_every_form() {
    let session = tie();
    let three = session.annals(&["query", STATS, "--rows", "3", "--output", "json"]).success();
    assert_eq!(serde_json::from_str::<Vec<Value>>(&out(&three)).unwrap().len(), 3);
    assert!(err(&three).contains("there are more rows than these 3"), "{}", err(&three));
    let all = session.annals(&["query", STATS, "--rows", "4", "--output", "csv"]).success();
    assert!(out(&all).lines().count() == 5 && !err(&all).contains("more rows"), "{}", err(&all));
    assert_eq!(out(&session.annals(&["query", STATS, "--rows", "all"]).success()).lines().count(), 4);
    assert!(err(&session.annals(&["query", STATS, "--rows", "many"]).code(2)).contains("`all`"));
}

#[test]
fn a_block_of_lines_is_a_table() {
    let session = tie();
    let expanded = out(&session.annals(&["query", "select 1 as one", "-x"]).success());
    assert!(expanded.starts_with("row 1\n  one  1\n"), "in a pipe, too: {expanded}");
    let refused = session.annals(&["query", "select 1", "-x", "--output", "csv"]).code(2);
    assert!(err(&refused).contains("--expanded is a way to write a table, and csv is none"));
    session.annals(&["query", "select 1", "-q", "--with-checkpoint"]).code(2);
}

#[test]
fn the_help_names_what_one_can_ask_for() {
    let help = out(&Session::new().annals(&["query", "--help"]).success());
    let options = ["--file", "--param", "--output", "--rows", "--expanded", "--with-checkpoint", "--quiet"];
    let all = options.iter().chain(&["--timeout", "--at", "--policy", "--memory-mib", "--data", "--config"]);
    let places: Vec<_> =
        all.map(|option| help.find(&format!("{option} ")).or(help.find(&format!("{option}\n")))).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?} {help}");
    for told in ["\"NaN\", \"Infinity\", \"-Infinity\"", "COLUMNS", "lists, structs and maps are JSON"] {
        assert!(help.contains(told), "{told}: {help}");
    }
}
