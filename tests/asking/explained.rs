//! `annals explain TABLE`: rows of any table with their past, the reasons in words, and the entries behind them.

use serde_json::Value;

use crate::program::{Session, err, out, text};

/// In the lists of two runs that count, at other places than at first.
const ALLOCATED: &str = "5Fq8BotDUBACe2BzM9x6d5qcB5K9TbHGzucXjPWQySFjaf5F";
/// In one list until entry 227.
const LEFT: &str = "5CQAkNaJP3vMqGPDt1njmiY95QjSphR5CA5SdSesW1b7S17y";
/// In the list of one run alone, whose validator has too little stake.
const UNCOUNTED: &str = "5DoUqaZaS4pdUB7PVxwsbtjHvKgHqn4fMxFVcP3hQXdiRG9a";
/// In no list of any log.
const NEVER: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
/// In the penalized lists of two runs of the tie.
const PENALIZED: &str = "5GCZZXJCABSHPAa4CKGd19vPaovmA27uqkAt9YgUJPPL9rvQ";

fn day() -> Session {
    Session::with_scenario("sn27-day")
}

fn told(session: &Session, arguments: &[&str]) -> String {
    out(&session.annals(&[&["explain"], arguments].concat()).success())
}

fn object(session: &Session, arguments: &[&str]) -> Value {
    serde_json::from_str(&told(session, &[arguments, &["--output", "json"]].concat())).unwrap()
}

#[track_caller]
fn assert_tells(told: &str, sentences: &[&str]) {
    for sentence in sentences {
        assert!(told.contains(sentence), "no {sentence:?} in:\n{told}");
    }
}

#[test]
fn an_allocated_hotkey_is_told_with_who_says_it_since_when_and_what_was_before() {
    let session = day();
    let asked = ["allocated_hotkeys", "--hotkey", ALLOCATED];
    let told = told(&session, &asked);
    assert_tells(
        &told,
        &[
            &format!("allocated_hotkeys  hotkey {ALLOCATED}\n  the hotkey is allocated"),
            "2 rows stand; 2 count",
            "without a gap since entry 218, wandb_poll, recorded at ",
            "row 1 of 2, which counts",
            "counted: it passes all of upstream's tests",
            "recorded at 2026-03-14T12:30:04.270Z",
            "Before, the newest first\n  from entry 218 (2026-03-14T00:00:09.350Z) to entry 368 (2026-03-14T18:00:09.350Z)",
            "which tells it at another place",
            "One such list is enough",
            "tells a row that stands",
        ],
    );
    assert!(told.ends_with(&out(&session.annals(&["checkpoint"]).success())), "{told}");

    let json = object(&session, &asked);
    assert_eq!((&json["standing"], &json["counting"], &json["ended"]), (&2.into(), &2.into(), &3.into()));
    assert_eq!((&json["unbroken_since"], &json["asked"]["hotkey"]), (&218.into(), &ALLOCATED.into()));
    assert_eq!(json["meanings"]["reason"]["counted"], "it passes all of upstream's tests");
    let [rows, past] = ["rows", "past"].map(|part| json[part].as_array().unwrap());
    assert_eq!((rows.len(), past.len()), (2, 3));
    let evidence: Vec<u64> = json["evidence"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["log_index"].as_u64().unwrap())
        .collect();
    for row in rows.iter().chain(past) {
        let brought = row["valid_from"].as_u64().unwrap() - 1;
        assert!(
            evidence.contains(&brought) && evidence.contains(&row["log_index"].as_u64().unwrap()),
            "{row}"
        );
    }
    let told_by = rows[0]["log_index"].to_string();
    assert_tells(&told, &[&format!("annals prove {told_by} "), &format!("annals raw {told_by} ")]);
    session.annals(&["raw", &told_by]).success();
    assert_eq!(json["checkpoint"]["fixture"], Value::Bool(true));
}

#[test]
fn a_hotkey_that_is_not_allocated_is_told_with_the_reason() {
    let session = day();
    let never = told(&session, &["allocated_hotkeys", "--hotkey", NEVER]);
    assert_tells(&never, &["the hotkey is not allocated", "and none ever did"]);
    let left = told(&session, &["allocated_hotkeys", "--hotkey", LEFT]);
    assert_tells(
        &left,
        &[
            "the hotkey is not allocated",
            "no such row stands; 1 did before",
            "the last one ended with entry 227, wandb_poll, recorded at ",
            "and no such row took its place",
        ],
    );
    let then = told(&session, &["allocated_hotkeys", "--hotkey", LEFT, "--at", "size:219"]);
    assert_tells(&then, &["the hotkey is allocated", "1 row stands; 1 counts"]);
    let uncounted = told(&session, &["allocated_hotkeys", "--hotkey", UNCOUNTED]);
    assert_tells(
        &uncounted,
        &[
            "the hotkey is not allocated",
            "1 row stands; none counts",
            "row 1 of 1, which does not count",
            "validator_not_valid: the run is signed, but its hotkey is not in `validators`",
        ],
    );
    let json = object(&session, &["allocated_hotkeys", "--hotkey", UNCOUNTED]);
    assert_eq!((&json["standing"], &json["counting"]), (&1.into(), &0.into()));
    assert_eq!((&json["unbroken_since"], &json["ended_by"]), (&Value::Null, &Value::Null));
}

#[test]
fn a_penalized_hotkey_is_told_with_every_list_and_what_that_does() {
    let tie = Session::with_scenario("golden-tie");
    let listed = told(&tie, &["penalized", "--hotkey", PENALIZED]);
    let wanted = ["the hotkey is penalized", "2 rows stand; 2 count", "display: upstream shows it"];
    assert_tells(&listed, &wanted);
    let shown = out(&tie.annals(&["query", "select hotkey from penalized", "--output", "ndjson"]).success());
    let json = object(&tie, &["penalized"]);
    assert_eq!(
        json["counting"].as_u64().unwrap(),
        shown.lines().count() as u64,
        "the rows of the view count"
    );
    assert_eq!(json["verdict"], Value::Null, "of all rows nothing follows for one hotkey");

    let once = told(&day(), &["penalized", "--hotkey", ALLOCATED]);
    assert_tells(
        &once,
        &["the hotkey is not penalized", "no such row stands; 3 did before", "effect score_zero"],
    );
    let none = told(&day(), &["penalized_checklist", "--hotkey", NEVER]);
    assert_tells(&none, &["no checklist that counts takes the hotkey's score"]);
}

#[test]
fn an_endpoint_that_left_is_told_with_the_cause() {
    let session = Session::with_scenario("chain-ladder");
    let swapped = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";
    let left = told(&session, &["axons", "--hotkey", swapped]);
    assert_tells(
        &left,
        &[
            "the last one ended with entry 30, chain_state 0x",
            "left_by hotkey_swapped (the hotkey was swapped for another, or another for it)",
            "and no such row took its place",
        ],
    );
}

#[test]
fn every_state_table_is_explained_by_its_schema() {
    let session = Session::with_scenario("golden-tie");
    let help = out(&session.annals(&["explain", "--help"]).success());
    let names =
        session.annals(&["query", "select name from system.projections", "--output", "csv"]).success();
    let names = out(&names);
    let names: Vec<&str> = names.lines().skip(1).chain(["penalized"]).collect();
    assert!(names.len() > 20, "{names:?}");
    for name in names {
        assert!(help.contains(&format!("\n  {name} ")), "{name} is not in:\n{help}");
        if name == "stats" || name == "scores" {
            continue;
        }
        let json = object(&session, &[name]);
        let count = format!("select count(*) as n from {name}");
        let count = out(&session.annals(&["query", &count, "--output", "json"]).success());
        let count: Value = serde_json::from_str(&count).unwrap();
        let counted = if name == "penalized" { &json["counting"] } else { &json["standing"] };
        assert_eq!(*counted, count[0]["n"], "{name}");
        let rows = json["rows"].as_array().unwrap().len() as u64;
        let left_out = json["rows_left_out"].as_u64().unwrap();
        assert_eq!(json["standing"].as_u64().unwrap(), rows + left_out, "{name}");
        assert!(!json["rule"].as_str().unwrap().is_empty() && rows <= 20, "{name}");
    }
    let votes = told(&day(), &["stats_votes"]);
    assert_tells(&votes, &["row 20 of ", " more: ask for more columns"]);
}

#[test]
fn columns_are_options_with_hyphens_or_without() {
    let session = Session::with_scenario("golden-tie");
    let help = told(&session, &["allocated_hotkeys", "--help"]);
    assert_tells(&help, &["--created-at", "--run-id", "--position", "--hotkey", "--validator"]);
    let by = |option| {
        object(&session, &["allocated_hotkeys", option, "n8vlw0ja", "--position", "1"])["rows"].clone()
    };
    let hyphened = by("--run-id");
    assert_eq!(hyphened, by("--run_id"));
    assert_eq!(hyphened.as_array().unwrap().len(), 1);
    let completions = out(&session.annals(&["completions", "bash"]).success());
    assert_tells(&completions, &["allocated_hotkeys", "prometheus_endpoints", "--run-id"]);
}

#[test]
fn what_cannot_be_asked_is_refused_with_what_was_meant() {
    let session = Session::with_scenario("golden-tie");
    let refused = |arguments: &[&str]| err(&session.annals(&[&["explain"], arguments].concat()).code(2));
    assert_tells(&refused(&["alocated_hotkeys", "--hotkey", NEVER]), &["'allocated_hotkeys'"]);
    assert_tells(&refused(&["allocated_hotkeys", "--hotkeys", NEVER]), &["'--hotkey'"]);
    assert_tells(&refused(&["allocated_hotkeys", "--coldkey", NEVER]), &["--coldkey"]);
    assert_tells(&refused(&["stats_votes", "--uid", "seven"]), &["`'seven'` is no such value"]);
    assert_tells(&refused(&["samples"]), &["samples"]);
}

#[test]
fn a_hostile_value_is_a_value_and_moves_no_cursor() {
    let session = Session::with_scenario("golden-tie");
    for hostile in
        ["' or '1'='1", "''; drop table stats; --", "--at", "null", "$1", "\u{1b}[2Kx\u{202e}y\n\u{9b}z"]
    {
        let asked = ["allocated_hotkeys", "--hotkey", hostile];
        let told = told(&session, &asked);
        assert_tells(&told, &["and none ever did"]);
        let is_hidden = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!told.contains(is_hidden) && !told.contains("\n\\u{9b}z"), "{told:?}");
        let json = object(&session, &asked);
        assert_eq!((&json["asked"]["hotkey"], &json["standing"]), (&hostile.into(), &0.into()));
    }
}

#[test]
fn a_log_without_evidence_gives_no_verdict() {
    let session = Session::with_log();
    let told = told(&session, &["allocated_hotkeys", "--hotkey", NEVER]);
    assert_tells(
        &told,
        &["no such row stands", "no complete poll of W&B by size", "no row means nothing here"],
    );
    assert!(!told.contains("is not allocated"), "{told}");
}

#[test]
fn another_policy_gives_another_verdict_and_says_so() {
    let session = day();
    let policy = session.path("nobody.toml");
    std::fs::write(&policy, "netuid = 27\nvalidators.declared = []\n").unwrap();
    let what_if = told(&session, &["allocated_hotkeys", "--hotkey", ALLOCATED, "--policy", text(&policy)]);
    assert_tells(&what_if, &["the hotkey is not allocated", "2 rows stand; none counts", "note: what if"]);
}
