//! The table `scores`: who is scored, in whose view, why, since when, and what nobody can know.

use annals_log::{
    Account, ComputeDbPoll, ComputeDbRow, DbReading, DbTable, DbTableOutcome, Event, Policy, StateChange,
    Upstream, Validators,
};
use annals_projections::Blacklist;

use crate::random_log::Pool;
use crate::scratch::{self, Run, START_MS, STRANGER, Scratch, VALIDATOR, rows_of, set_policy, snapshot};
use crate::scratch_chain::{RAO_OF_TAO, account, account_of, axon_at, neuron, ss58, state};
use crate::seed::seeded;

const H200: &str = r#""gpu_name":"NVIDIA H200","num_gpus":8"#;

/// What is shown of a row.
const SHOWN: [&str; 6] = ["uid", "score", "stats_score", "reason", "not_queryable", "unknown"];

fn policy() -> Policy {
    let validators = Validators::Declared(vec![VALIDATOR.into(), STRANGER.into()]);
    let blacklisted_hotkeys = vec![ss58(account(14))];
    Policy { validators, checklist_hotkey: VALIDATOR.into(), blacklisted_hotkeys, ..Policy::of_upstream(27) }
}

/// A uid, with an axon at this address and of this version.
fn uid(uid: u16, hotkey: Account, ip: u128, version: u32) -> Vec<StateChange> {
    let stake_rao = u64::from(uid) * RAO_OF_TAO;
    let mut changes = vec![neuron(uid, hotkey, stake_rao)];
    if ip > 0 {
        changes.push(axon_at(hotkey, ip, version));
    }
    changes
}

fn exploiter() -> Account {
    account_of(Blacklist::upstream_exploiters().first().unwrap())
}

/// A subnet on which every rule finds somebody.
fn subnet() -> Event {
    let uids = [
        uid(0, account(10), 5, 190),
        uid(1, account(11), 0, 190),
        uid(2, account(12), 5, 190),
        uid(3, account(13), 6, 189),
        uid(4, account(14), 7, 190),
        uid(5, exploiter(), 8, 190),
        uid(6, account(16), 9, 190),
        uid(7, account(17), 10, 190),
        uid(8, account(18), 11, 190),
        uid(9, account(19), 12, 0),
        uid(10, account(20), 13, 190),
    ];
    state(100, None, uids.concat())
}

/// The validator's run: an entry on uid 7, and a checklist.
fn run() -> Run {
    let entry = r#"{"own_score":true,"allocated":true,"score":47.5,"gpu_specs":{"gpu_name":"NVIDIA H100","num_gpus":3}}"#;
    let penalized = ss58(account(16));
    Run::of_validator(
        "run-1",
        &format!(r#""stats":{{"7":{entry}}},"penalized_hotkeys_checklist":["{penalized}"]"#),
    )
}

fn db_row(place: &str, line: &str) -> Event {
    let event = Event::new("computedb", &format!("own {place}"), START_MS, &ComputeDbRow { is_gone: false });
    Event { attached: vec![line.as_bytes().to_vec().into()], ..event }
}

fn pog(id: u32, hotkey: Account, specs: &str, second: u32) -> Event {
    let hotkey = ss58(hotkey);
    let line =
        format!(r#"{{"id":{id},"hotkey":"{hotkey}",{specs},"created_at":"2025-06-01 00:00:{second:02}"}}"#);
    db_row(&format!("pog_stats {id}"), &line)
}

fn db_poll() -> Event {
    let read = |name: &str| DbTable {
        name: name.into(),
        outcome: DbTableOutcome::Read { rows: 0, lacks: vec![], unreadable: vec![] },
    };
    let outcome = DbReading::Read(["pog_stats", "stats", "wandb_runs"].map(read).into());
    Event::new("computedb", "own", START_MS, &ComputeDbPoll { read_at_ms: START_MS, outcome })
}

/// The database of [`VALIDATOR`]: it proved uid 0, and has an old score of uid 1.
fn database() -> Vec<Event> {
    let stats = format!(r#"{{"uid":1,"hotkey":"{}","score":33.0}}"#, ss58(account(11)));
    vec![
        pog(1, account(10), H200, 1),
        db_row("stats 1", &stats),
        db_row(
            &format!("wandb_runs \"{VALIDATOR}\""),
            &format!(r#"{{"hotkey":"{VALIDATOR}","run_id":"run-1"}}"#),
        ),
        db_poll(),
    ]
}

fn recorded() -> Scratch {
    let scratch = Scratch::without_policy(*b"annals-fixture-3");
    scratch.append(vec![set_policy(&policy())]);
    scratch.append(vec![subnet()]);
    scratch.append(scratch::poll(&[&run()]));
    scratch.append(database());
    scratch
}

/// The rows of a validator's view.
fn view(scratch: &Scratch, validator: &str) -> Vec<String> {
    let columns = [&["validator", "database"], SHOWN.as_slice()].concat();
    let rows = scratch.rows("scores", &columns).into_iter();
    rows.filter_map(|row| row.strip_prefix(&format!("{validator},")).map(str::to_owned)).collect()
}

#[test]
fn every_uid_has_its_score_and_the_reason() {
    let expected = [
        "own,0,0.800000011920929,80.0,pog,-,-",
        "own,1,0.0,0.0,not_queryable,ip_zero,-",
        "own,2,0.0,0.0,not_queryable,shared_ip,-",
        // At 189 it may be new enough: with nothing proven the score is 0, why is unknown.
        "own,3,0.0,0.0,unknown,-,version",
        "own,4,0.0,0.0,not_queryable,blacklist,-",
        "own,5,0.0,0.0,not_queryable,exploiter,-",
        "own,6,0.0,0.0,penalized_checklist,-,-",
        "own,7,47.5,4750.0,external,-,-",
        "own,8,0.0,0.0,none,-,-",
        "own,9,0.0,0.0,not_queryable,version,-",
        "own,10,0.0,0.0,none,-,-",
    ];
    let scratch = recorded();
    assert_eq!(view(&scratch, VALIDATOR), expected);
    let hundredfold = scratch.rows("scores", &["validator", "uid", "external_hundredfold", "gpu_name"]);
    assert!(hundredfold.contains(&format!("{VALIDATOR},7,true,NVIDIA H100")), "{hundredfold:?}");
    assert!(hundredfold.contains(&format!("{VALIDATOR},0,false,NVIDIA H200")), "{hundredfold:?}");
}

#[test]
fn without_a_database_nobody_knows_what_a_validator_proved() {
    let expected = [
        "-,0,-,-,unknown,-,pog_stats",
        "-,1,0.0,0.0,not_queryable,ip_zero,-",
        "-,2,0.0,0.0,not_queryable,shared_ip,-",
        "-,3,-,-,unknown,-,pog_stats, version",
        "-,4,0.0,0.0,not_queryable,blacklist,-",
        "-,5,0.0,0.0,not_queryable,exploiter,-",
        "-,6,0.0,0.0,penalized_checklist,-,-",
        "-,7,-,-,unknown,-,pog_stats",
        "-,8,-,-,unknown,-,pog_stats",
        "-,9,0.0,0.0,not_queryable,version,-",
        "-,10,-,-,unknown,-,pog_stats",
    ];
    assert_eq!(view(&recorded(), STRANGER), expected);
}

#[test]
fn before_a_complete_poll_only_who_is_not_queried_has_a_score() {
    let scratch = Scratch::without_policy(*b"annals-fixture-3");
    scratch.append(vec![set_policy(&policy())]);
    scratch.append(vec![subnet()]);
    scratch.append(database());
    let rows = view(&scratch, VALIDATOR);
    assert_eq!(rows[0], "own,0,-,-,unknown,-,runs");
    assert_eq!(rows[1], "own,1,0.0,0.0,not_queryable,ip_zero,-");
    assert_eq!(rows[6], "own,6,-,-,unknown,-,runs");
}

#[test]
fn in_1_8_3_an_external_score_is_divided_and_a_row_that_is_not_queried_stays() {
    let scratch = recorded();
    scratch.append(vec![set_policy(&Policy { upstream: Upstream::V1_8_3, ..policy() })]);
    let rows = view(&scratch, VALIDATOR);
    assert_eq!(rows[1], "own,1,0.0,33.0,not_queryable,ip_zero,-");
    assert_eq!(rows[2], "own,2,0.0,-,not_queryable,shared_ip,-");
    assert_eq!(rows[7], "own,7,0.4749999940395355,47.5,external,-,-");
    assert!(scratch.rows("scores", &["external_hundredfold"]).iter().all(|row| row == "false"));
}

#[test]
fn a_score_names_the_entries_behind_it_and_has_a_past() {
    let scratch = recorded();
    let before = scratch.reader().size().0;
    let names = ["validator", "uid", "log_index", "pog_log_index"];
    let row = format!("{VALIDATOR},0,{0},{0}", before - 4);
    assert!(scratch.rows("scores", &names).contains(&row), "{row} of {:?}", scratch.rows("scores", &names));
    // A failure is newer, and changes nothing; a better result does.
    let failure = r#""gpu_name":null,"num_gpus":null"#;
    scratch.append(vec![pog(2, account(10), failure, 2), db_poll()]);
    assert!(scratch.rows("scores", &names).contains(&row));
    let better = H200.replace("H200", "B200");
    let size = scratch.append(vec![pog(3, account(10), &better, 3), db_poll()]);
    assert_eq!(view(&scratch, VALIDATOR)[0], "own,0,1.0,100.0,pog,-,-");
    let past = snapshot(&mut scratch.projections(), "scores");
    let ended: Vec<_> = past.closed.scan(past.schema).flat_map(|batch| rows_of(&batch.unwrap())).collect();
    let of_uid = |row: &&String| row.starts_with(&format!("{VALIDATOR},own,0,"));
    let last = ended.iter().rfind(of_uid).unwrap();
    assert!(last.contains("0.800000011920929") && last.ends_with(&format!(",{before},{size}")), "{last}");
}

#[test]
fn a_database_that_several_hotkeys_use_is_that_of_the_valid_one() {
    let scratch = recorded();
    let other = ss58(account(3));
    let line = format!(r#"{{"hotkey":"{other}","run_id":"run-2"}}"#);
    scratch.append(vec![db_row(&format!("wandb_runs \"{other}\""), &line), db_poll()]);
    assert_eq!(view(&scratch, VALIDATOR)[0], "own,0,0.800000011920929,80.0,pog,-,-");
    let line = format!(r#"{{"hotkey":"{STRANGER}","run_id":"run-3"}}"#);
    scratch.append(vec![db_row(&format!("wandb_runs \"{STRANGER}\""), &line), db_poll()]);
    assert_eq!(view(&scratch, "-")[0], "own,0,0.800000011920929,80.0,pog,-,-");
    assert_eq!(view(&scratch, VALIDATOR)[0], "-,0,-,-,unknown,-,pog_stats");
}

/// A policy that says the same again has every row made again.
#[test]
fn scores_that_followed_their_changes_are_those_that_are_made_at_once() {
    let mut rng = seeded("scores_that_followed_their_changes_are_those_that_are_made_at_once");
    let pool = Pool::of_golden_cases();
    let scratch = Scratch::new();
    for commit in pool.commits(60, &mut rng) {
        scratch.append(commit);
    }
    let columns = [&["validator", "database", "hotkey", "own_score", "gpu_name"], SHOWN.as_slice()].concat();
    let followed = scratch.rows("scores", &columns);
    let in_force = scratch.projections().policy().clone();
    scratch.append(vec![set_policy(&in_force)]);
    println!("{} rows", followed.len());
    assert_eq!(scratch.rows("scores", &columns), followed);
}
