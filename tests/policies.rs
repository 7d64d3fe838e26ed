//! Policies, from the outside: what was set is in the log, and holds from there on.

use crate::program::{Session, err, fixture, line, out, text};

#[test]
fn a_policy_is_set_once_shown_and_part_of_what_is_verified() {
    let session = Session::with_log();
    let shown = session.annals(&["policy", "show"]).success();
    assert!(out(&shown).contains("# none was set") && out(&shown).contains("permit_stake_tao = 10000.0"));

    let policy = format!("{}/policy.toml", fixture("golden-tie"));
    let set = session.annals(&["policy", "set", &policy]).success();
    let index = line(&set, "set     by entry").split(',').next().unwrap().to_owned();
    let again = session.annals(&["policy", "set", &policy]).success();
    assert_eq!(out(&again), format!("in force already, since entry {index}\n"));
    let shown = session.annals(&["policy", "show"]).success();
    assert!(out(&shown).contains(&format!("# set by entry {index}\n")), "{}", out(&shown));

    // What is shown is what can be set.
    let copy = session.keep("copy.toml", &shown);
    assert!(out(&session.annals(&["policy", "set", text(&copy)]).success()).starts_with("in force already"));
    let counted = session.annals(&["query", "select count(*) as n from validators"]).success();
    assert_ne!(out(&counted), "{\"n\":0}\n");
    session.annals(&["verify"]).success();
}

#[test]
fn a_log_begins_with_a_policy_of_its_subnet() {
    let session = Session::new();
    let policy = session.path("policy.toml");
    std::fs::write(&policy, "netuid = 8\n").unwrap();
    let refused = session.annals(&["init", "--netuid", "27", "--policy", text(&policy)]).code(2);
    assert!(err(&refused).contains("subnet 8") && !session.data().exists(), "{}", err(&refused));
    let made = session.annals(&["init", "--policy", text(&policy)]).success();
    assert_eq!(line(&made, "policy"), "set by entry 2");
    assert!(line(&made, "made the log").starts_with("annals.local/sn8/"));

    std::fs::write(&policy, "netuid = 27\n").unwrap();
    let other = session.annals(&["policy", "set", text(&policy)]).code(2);
    assert!(err(&other).contains("subnet 27") && err(&other).contains("subnet 8"), "{}", err(&other));
    std::fs::write(&policy, "netuid = 8\nvalidatrs = []\n").unwrap();
    let slip = session.annals(&["policy", "set", text(&policy)]).code(2);
    assert!(err(&slip).contains("line 2") && err(&slip).contains("validatrs"), "{}", err(&slip));
    assert_eq!(session.annals(&["policy", "set", "nowhere.toml"]).get_output().status.code(), Some(3));
}
