//! What a poll makes current, and what it does not.

use annals_log::{Policy, PollScope, RunIdSignature, Validators, WandbPoll};

use crate::scratch::{Run, STRANGER, Scratch, VALIDATOR, closing, failed, policy, poll, set_policy, sweep};

const ALLOCATED: &[&str] = &["run_id", "position", "hotkey", "counts", "counts_unflagged", "reason"];

fn one() -> Run {
    Run::of_validator("one", r#""allocated_hotkeys":["5A","5A","5B"]"#)
}

#[test]
fn no_size_shows_half_a_poll() {
    let scratch = Scratch::new();
    let (one, two) = (one(), Run::of_validator("two", r#""allocated_hotkeys":["5C"]"#));
    let size = scratch.append(poll(&[&one, &two]));
    for before in 0..size.0 {
        let mut projections = scratch.projections_at(annals_log::TreeSize(before));
        let shown: usize = projections
            .snapshot()
            .tables
            .iter()
            .map(|table| match table.schema.name {
                "validators" | "upstream_outcome" => 0,
                _ => table.open.num_rows(),
            })
            .sum();
        assert_eq!(shown, 0, "at size {before}");
    }
    assert_eq!(
        scratch.rows("allocated_hotkeys", &["run_id", "hotkey"]),
        ["one,5A", "one,5A", "one,5B", "two,5C"]
    );
}

#[test]
fn a_list_is_told_item_by_item_with_the_reason_why_it_counts_or_not() {
    let scratch = Scratch::new();
    let list = r#""allocated_hotkeys":["5A"]"#;
    let unsigned = Run { signature: RunIdSignature::Wrong, ..Run::of_validator("unsigned", list) };
    let stranger = Run::of("stranger", "validator", STRANGER, list);
    let miner = Run::of("miner", "miner", VALIDATOR, list);
    let elsewhere = Run { config: one().config.replace("27", "15"), ..Run::of_validator("elsewhere", list) };
    scratch.append(poll(&[&one(), &unsigned, &stranger, &miner, &elsewhere]));
    assert_eq!(
        scratch.rows("allocated_hotkeys", ALLOCATED),
        [
            "elsewhere,0,5A,false,false,other_netuid",
            "elsewhere,1,5A,false,false,other_netuid",
            "elsewhere,2,5B,false,false,other_netuid",
            "miner,0,5A,false,false,other_role",
            "one,0,5A,true,true,counted",
            "one,1,5A,true,true,counted",
            "one,2,5B,true,true,counted",
            "stranger,0,5A,false,true,validator_not_valid",
            "unsigned,0,5A,false,false,signature_wrong",
        ]
    );
}

#[test]
fn after_a_failed_poll_lists_stay_and_specs_are_those_it_saw() {
    let scratch = Scratch::new();
    let specs = |name: &str| {
        let specs = format!(r#""specs":{{"gpu":{{"count":8,"details":[{{"name":"{name}"}}]}}}}"#);
        Run::of(&format!("m-{name}"), "miner", STRANGER, &specs)
    };
    let (h100, l40) = (specs("H100"), specs("L40"));
    scratch.append(poll(&[&one(), &h100, &l40]));
    assert_eq!(
        scratch.rows("miner_specs", &["specs_index", "gpu_name", "queryable"]),
        ["1,H100,-", "2,L40,-"]
    );

    let changed = Run::of_validator("one", r#""allocated_hotkeys":["5Z"]"#);
    scratch.append(vec![changed.seen(), closing(&failed(), &[&changed, &l40])]);
    assert_eq!(scratch.rows("miner_specs", &["specs_index", "gpu_name"]), ["1,L40"]);
    assert_eq!(scratch.rows("allocated_hotkeys", &["hotkey"]), ["5A", "5A", "5B"]);
    let outcome = |columns| scratch.rows("upstream_outcome", columns);
    assert!(
        outcome(&["function", "outcome", "exception"])
            .contains(&"get_allocated_hotkeys,raises,CommError".into())
    );
    assert!(
        outcome(&["function", "outcome", "exception"]).contains(&"get_miner_specs,partial,CommError".into())
    );
    assert!(outcome(&["function", "outcome"]).contains(&"get_penalized_hotkeys,returns".into()));

    scratch.append(vec![closing(&sweep(), &[&changed, &h100, &l40])]);
    assert_eq!(scratch.rows("miner_specs", &["gpu_name"]), ["H100", "L40"]);
    assert_eq!(scratch.rows("allocated_hotkeys", &["hotkey"]), ["5Z"]);
}

#[test]
fn a_run_is_gone_with_the_poll_that_found_it_so_and_may_come_back_as_it_was() {
    let scratch = Scratch::new();
    let (one, two) = (one(), Run::of_validator("two", ""));
    scratch.append(poll(&[&one, &two]));
    // A list that leaves it out proves nothing.
    scratch.append(vec![closing(&sweep(), &[&two])]);
    assert_eq!(scratch.rows("wandb_runs", &["run_id"]), ["one", "two"]);
    scratch.append(vec![one.gone(), closing(&sweep(), &[&two])]);
    assert_eq!(scratch.rows("wandb_runs", &["run_id"]), ["two"]);
    assert_eq!(scratch.rows("wandb_liveness", &["run_id"]), ["two"]);
    assert!(scratch.rows("allocated_hotkeys", ALLOCATED).is_empty());
    scratch.append(vec![one.seen(), closing(&sweep(), &[&one, &two])]);
    assert_eq!(scratch.rows("wandb_runs", &["run_id"]), ["one", "two"]);
    assert_eq!(scratch.rows("allocated_hotkeys", &["hotkey"]), ["5A", "5A", "5B"]);
}

#[test]
fn that_a_run_is_gone_waits_for_a_whole_poll_that_asked_for_it() {
    let scratch = Scratch::new();
    let two = Run::of_validator("two", "");
    scratch.append(poll(&[&one(), &two]));
    let elsewhere = WandbPoll { asked: r#"{"project":"other"}"#.into(), ..sweep() };
    scratch.append(vec![one().gone()]);
    for poll in [elsewhere, failed()] {
        scratch.append(vec![closing(&poll, &[&two])]);
        assert_eq!(scratch.rows("wandb_runs", &["run_id"]), ["one", "two"], "{poll:?}");
    }
    let in_another_order =
        WandbPoll { asked: r#"{"project":"opencompute","order":"-created_at"}"#.into(), ..sweep() };
    scratch.append(vec![closing(&in_another_order, &[&two])]);
    assert_eq!(scratch.rows("wandb_runs", &["run_id"]), ["two"]);
    // What was found gone and is heard of again before the poll is closed is there.
    scratch.append(vec![two.gone(), two.seen(), closing(&sweep(), &[&two])]);
    assert_eq!(scratch.rows("wandb_runs", &["run_id"]), ["two"]);
}

#[test]
fn a_policy_changes_what_counts_and_nothing_that_was_said() {
    let scratch = Scratch::new();
    let stranger = Run::of(
        "stranger",
        "validator",
        STRANGER,
        r#""allocated_hotkeys":["5A"],"stats":{"7":{"own_score":true,"score":1,"allocated":true}}"#,
    );
    scratch.append(poll(&[&stranger]));
    assert!(scratch.rows("stats", &["uid"]).is_empty());
    scratch.append(vec![set_policy(&Policy { flag: false, ..policy() })]);
    assert_eq!(scratch.rows("stats", &["uid", "run_id", "rule"]), ["7,stranger,only_entry"]);
    assert_eq!(scratch.rows("stats_votes", &["counts", "reason"]), ["true,counted"]);
    assert_eq!(scratch.rows("allocated_hotkeys", &["counts", "counts_unflagged"]), ["false,true"]);
    let trusting = Validators::Declared(vec![STRANGER.into()]);
    scratch.append(vec![set_policy(&Policy { validators: trusting, ..policy() })]);
    assert_eq!(scratch.rows("validators", &["hotkey", "authority"]), [format!("{STRANGER},declared")]);
    assert_eq!(scratch.rows("allocated_hotkeys", &["counts"]), ["true"]);
}

#[test]
fn the_checklist_counts_from_one_hotkey_and_is_shown_from_one_run() {
    let scratch = Scratch::new();
    let list = |item: &str| format!(r#""penalized_hotkeys_checklist":["{item}"]"#);
    let signed = Run::of_validator("signed", &list("5A"));
    let other = Run::of("other", "validator", STRANGER, &list("5B"));
    let fixed = Run { signature: RunIdSignature::Absent, ..Run::of("0djlnjjs", "anything", "", &list("5C")) };
    scratch.append(poll(&[&signed, &other, &fixed]));
    assert_eq!(
        scratch
            .rows("penalized_checklist", &["hotkey", "counts", "counts_unflagged", "reason", "in_fixed_run"]),
        [
            "5C,false,false,other_role,true",
            "5B,false,false,not_the_checklist_hotkey,false",
            "5A,true,true,counted,false"
        ]
    );
}

#[test]
fn a_run_that_changes_its_hotkey_alone_counts_for_another() {
    let scratch = Scratch::new();
    let keys = r#""penalized_hotkeys_checklist":["5A"],"allocated_hotkeys":["5A"],"stats":{"7":{"own_score":true,"score":1,"allocated":true}}"#;
    let trust_nobody = Policy { validators: Validators::Declared(Vec::new()), flag: false, ..policy() };
    scratch.append(vec![set_policy(&trust_nobody)]);
    scratch.append(poll(&[&Run::of_validator("one", keys)]));
    assert_eq!(scratch.rows("penalized_checklist", &["counts"]), ["true"]);
    scratch.append(poll(&[&Run::of("one", "validator", STRANGER, keys)]));
    assert_eq!(
        scratch.rows("penalized_checklist", &["counts", "reason"]),
        ["false,not_the_checklist_hotkey"]
    );
    for table in ["allocated_hotkeys", "stats_votes", "stats"] {
        assert_eq!(scratch.rows(table, &["validator"]), [STRANGER], "{table}");
    }
}

#[test]
fn a_complete_poll_of_something_else_does_not_end_one_that_broke_off() {
    let scratch = Scratch::new();
    scratch.append(poll(&[&one()]));
    let changed = Run::of_validator("one", r#""allocated_hotkeys":["5Z"]"#);
    scratch.append(vec![changed.seen(), closing(&failed(), &[&changed])]);
    let elsewhere = WandbPoll { asked: r#"{"project":"other"}"#.into(), ..sweep() };
    scratch.append(vec![closing(&elsewhere, &[])]);
    assert_eq!(scratch.rows("allocated_hotkeys", &["hotkey"]), ["5A", "5A", "5B"]);
    scratch.append(vec![closing(&sweep(), &[&changed])]);
    assert_eq!(scratch.rows("allocated_hotkeys", &["hotkey"]), ["5Z"]);
}

#[test]
fn a_look_at_recent_runs_that_breaks_off_says_nothing_of_specs() {
    let scratch = Scratch::new();
    let miner = Run::of("m", "miner", STRANGER, r#""specs":{"gpu":{}}"#);
    scratch.append(poll(&[&one(), &miner]));
    let recent = WandbPoll { scope: PollScope::Recent, ..failed() };
    scratch.append(vec![closing(&recent, &[&one()])]);
    assert_eq!(scratch.rows("miner_specs", &["run_id"]), ["m"]);
}

#[test]
fn nothing_is_said_of_upstream_before_there_is_evidence() {
    let scratch = Scratch::new();
    let outcomes = || {
        let mut outcomes = scratch.rows("upstream_outcome", &["outcome"]);
        outcomes.dedup();
        outcomes
    };
    assert_eq!(outcomes(), ["unknown"]);
    scratch.append(vec![closing(&failed(), &[])]);
    assert_eq!(outcomes(), ["unknown"]);
    // A filter may have left the checklist's run out.
    let filtered = WandbPoll { asked: r#"{"filters":"{\"state\":\"running\"}"}"#.into(), ..sweep() };
    scratch.append(vec![closing(&filtered, &[])]);
    assert!(
        scratch
            .rows("upstream_outcome", &["function", "outcome"])
            .contains(&"get_penalized_hotkeys_checklist,unknown".into())
    );
    scratch.append(vec![closing(&sweep(), &[])]);
    assert!(
        scratch
            .rows("upstream_outcome", &["function", "outcome"])
            .contains(&"get_penalized_hotkeys_checklist,raises".into())
    );
}

#[test]
fn a_run_that_only_a_failed_poll_saw_does_not_stay_alive() {
    let scratch = Scratch::new();
    let two = Run::of_validator("two", "");
    scratch.append(vec![two.seen(), closing(&failed(), &[&two])]);
    assert_eq!(scratch.rows("wandb_liveness", &["run_id"]), ["two"]);
    scratch.append(poll(&[&one()]));
    scratch.append(vec![two.gone(), closing(&sweep(), &[&one()])]);
    assert_eq!(scratch.rows("wandb_liveness", &["run_id"]), ["one"]);
}

#[test]
fn what_no_honest_run_has_is_left_out() {
    let scratch = Scratch::new();
    let flood = format!(
        r#""allocated_hotkeys":[{}1],"stats":{{"7":{{"own_score":true,"note":"{}"}}}}"#,
        "1,".repeat(100_000),
        "x".repeat(100_000)
    );
    let long = Run::of("long", "validator", &"5".repeat(1 << 20), &flood);
    scratch.append(poll(&[&one(), &long]));
    assert_eq!(scratch.rows("allocated_hotkeys", &["run_id"]), ["one", "one", "one"]);
    assert!(scratch.rows("stats_votes", &["run_id"]).is_empty());
    let hotkeys = scratch.rows("wandb_runs", &["hotkey"]);
    assert!(hotkeys.iter().all(|hotkey| hotkey.len() <= 256), "{}", hotkeys[0].len());
}
