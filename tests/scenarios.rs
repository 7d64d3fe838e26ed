//! `annals fixture` and `annals demo`, from the outside.

use std::fs;

use annals_projections::Projections;

use crate::program::{Session, err, fixture, line, out, text};

#[test]
fn every_scenario_answers_as_expected() {
    let session = Session::new();
    for name in ["golden-tie", "sn27-day", "chain-ladder", "scrapes"] {
        let checked = session.annals(&["fixture", "check", &fixture(name)]).success();
        assert!(
            out(&checked).lines().last().unwrap().ends_with("answers are as expected"),
            "{}",
            out(&checked)
        );
    }
}

/// A scenario of one's own, with the inputs of `golden-tie`.
fn scenario_of_ones_own() -> Session {
    let session = Session::new();
    fs::create_dir(session.path("mine")).unwrap();
    for name in ["case.cassette", "policy.toml"] {
        fs::copy(format!("{}/{name}", fixture("golden-tie")), session.path("mine").join(name)).unwrap();
    }
    session
}

#[test]
fn a_scenario_of_ones_own_is_accepted_and_then_checked() {
    let session = scenario_of_ones_own();
    assert!(
        err(&session.annals(&["fixture", "check", "mine"]).code(3)).contains("annals fixture accept mine")
    );
    let accepted = session.annals(&["fixture", "accept", "mine"]).success();
    let asked = out(&accepted).lines().filter(|line| line.starts_with("new")).count();
    let empty: usize = line(&accepted, "empty ").split(' ').next().unwrap().parse().unwrap();
    assert_eq!(asked + empty, Projections::schemas().len(), "a question a table that has a row");
    assert!(!out(&accepted).contains("(0 rows)") && empty > 0, "{}", out(&accepted));
    assert!(!err(&accepted).contains("declared"), "each validator has a run: {}", err(&accepted));
    session.annals(&["fixture", "check", "mine"]).success();
    let again = session.annals(&["fixture", "accept", "mine"]).success();
    assert!(out(&again).lines().all(|line| line.starts_with("same")), "{}", out(&again));

    // Other inputs, other answers: the cell is named.
    let cassette = session.path("mine/case.cassette");
    let answers = fs::read_to_string(&cassette).unwrap();
    fs::write(&cassette, answers.replace("33.25", "33.5")).unwrap();
    let wrong = session.annals(&["fixture", "check", "mine"]).code(1);
    assert!(
        out(&wrong).contains("DIFFERS  stats ") && out(&wrong).contains("score 33.25 expected, 33.5 found"),
        "{}",
        out(&wrong)
    );
    assert!(out(&wrong).contains("ok       allocated_hotkeys"), "{}", out(&wrong));
    assert!(err(&wrong).contains(&format!("of {asked} answers are not as expected")), "{}", err(&wrong));
    let accepted = session.annals(&["fixture", "accept", "mine"]).success();
    assert!(out(&accepted).contains("CHANGED  stats (4 rows)\n"), "{}", out(&accepted));
    session.annals(&["fixture", "check", "mine"]).success();
}

#[test]
fn what_is_wrong_with_a_scenario_is_named() {
    let session = scenario_of_ones_own();
    let expected = session.path("mine/expected");
    fs::create_dir(&expected).unwrap();
    fs::write(expected.join("a.sql"), "select count(*) as n from stats").unwrap();
    let unanswered = session.annals(&["fixture", "check", "mine"]).code(1);
    assert!(out(&unanswered).contains("no answer is expected yet"), "{}", out(&unanswered));
    session.annals(&["fixture", "accept", "mine"]).success();
    fs::write(expected.join("b.ndjson"), "").unwrap();
    let stray = session.annals(&["fixture", "check", "mine"]).code(1);
    assert!(out(&stray).contains("STRAY    b.ndjson"), "{}", out(&stray));
    fs::remove_file(expected.join("b.ndjson")).unwrap();
    fs::write(expected.join("a.sql"), "select nothing from nowhere").unwrap();
    fs::write(expected.join("c.sql"), "select now() as now").unwrap();
    fs::write(expected.join("d.sql"), "select 1 as one").unwrap();
    fs::write(expected.join("d.ndjson"), "{\"one\":1}\n").unwrap();
    let faulty = session.annals(&["fixture", "check", "mine"]).code(1);
    assert!(out(&faulty).contains("a.sql: ") && out(&faulty).contains("SHOW TABLES"), "{}", out(&faulty));
    assert!(out(&faulty).contains("now() gives something else every time"), "{}", out(&faulty));
    assert!(
        out(&faulty).contains("ok       d (1 rows)"),
        "one question does not hide the others: {}",
        out(&faulty)
    );
    session.annals(&["fixture", "accept", "mine"]).code(2);

    let cassette = session.path("mine/case.cassette");
    let whole = fs::read(&cassette).unwrap();
    fs::write(&cassette, &whole[..whole.len() - 9]).unwrap();
    assert!(err(&session.annals(&["fixture", "accept", "mine"]).code(3)).contains("case.cassette: line 3"));
    assert!(err(&session.annals(&["fixture", "check", "nowhere"]).code(3)).contains("nowhere"));
    let kept = session.annals(&["fixture", "check", &fixture("golden-tie"), "--keep", "mine"]).code(2);
    assert!(err(&kept).contains("mine"), "{}", err(&kept));
}

#[test]
fn the_demo_records_verifies_asks_explains_and_proves() {
    let session = Session::new();
    let demo = session.annals(&["demo", "--into", "shown"]).success();
    let told = out(&demo);
    for step in ["1. Record", "2. Verify", "3. Ask", "4. Explain", "5. Prove", "Next"] {
        assert!(told.contains(&format!("\n{step}")) || told.starts_with(step), "no {step} in:\n{told}");
    }
    assert_eq!(told.lines().filter(|line| *line == "sound").count(), 1);
    assert_eq!(told.matches("   select ").count(), 5);
    assert!(told.matches("\n|---").count() >= 6, "five answers with rows, and the votes:\n{told}");
    assert!(line(&demo, "uid 7").contains("score") && line(&demo, "source").starts_with("wandb "), "{told}");

    // What it leaves is a log, the same each time.
    let data = session.path("shown/log");
    let verify = |data: &str| line(&session.annals(&["--data", data, "verify"]).success(), "root");
    session.annals(&["demo", "--into", "again"]).success();
    assert_eq!(verify(text(&data)), verify("again/log"));
    let vkey = line(&session.annals(&["--data", text(&data), "verify", "--log-only"]).success(), "key");
    session.annals(&["verify-proof", "shown/p.tlog-proof", "--vkey", &vkey]).success();
    assert!(err(&session.annals(&["demo", "--into", "shown"]).code(3)).contains("shown"));
}
