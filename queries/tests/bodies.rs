//! Bodies as JSON, one of each kind.

use annals_log::{
    Event, Evidence, Fact, FilePlace, Log, Policy, ProjectionState, QueryableUid, RunIdSignature, Validators,
    WandbFileDamage, WandbRun,
};

use crate::scratch::{START_MS, Scratch, history_row, poll, rows};

const PLACE: FilePlace = FilePlace { file_sha256: [1; 32], record: 9, chain_sha256: [2; 32] };

fn body_of<F: Fact>(fact: &F) -> String {
    body(Event::new("test", "", START_MS, fact))
}

fn body(event: Event) -> String {
    let scratch = Scratch::with(vec![vec![event]]);
    rows(&scratch.session(), "SELECT body FROM events WHERE log_index = 2").remove(0)
}

fn run(state: String) -> WandbRun {
    WandbRun {
        display_name: Some("validator-5F".into()),
        state,
        created_at: "2025-06-02T08:36:23Z".into(),
        heartbeat_at: None,
        config_sha256: Some([3; 32]),
        signature: RunIdSignature::Valid,
        evidence: Evidence::File(PLACE),
    }
}

fn place() -> String {
    format!(r#"{{"file_sha256":"{}","record":9,"chain_sha256":"{}"}}"#, "01".repeat(32), "02".repeat(32))
}

#[test]
fn what_the_log_says_of_itself() {
    let session = Scratch::with(Vec::new()).session();
    let bodies = rows(&session, "SELECT body FROM events");
    let opened = r#"{"log_id":"616e6e616c732d666978747572652d31","origin":"annals.local/sn27/"#;
    assert!(bodies[0].starts_with(opened), "{}", bodies[0]);
    assert!(
        bodies[0].ends_with(r#""hotkey":null,"genesis":null,"netuid":27,"fixture":true}"#),
        "{}",
        bodies[0]
    );
    assert_eq!(bodies[1], r#"{"recorder":"annals test","adopted_entries":0,"cut_bytes":0}"#);
    assert_eq!(bodies[2], r#"{"recorder":"annals test"}"#);
}

#[test]
fn projection_states_and_policies() {
    let state = ProjectionState { version: 2, policy_sha256: [4; 32], at_size: u64::MAX, root: [5; 32] };
    let (policy, root) = ("04".repeat(32), "05".repeat(32));
    assert_eq!(
        body_of(&state),
        format!(
            r#"{{"version":2,"policy_sha256":"{policy}","at_size":18446744073709551615,"root":"{root}"}}"#
        )
    );
    let policy = Policy {
        validators: Validators::Declared(vec!["5V".into()]),
        queryable: Some(vec![QueryableUid { uid: 7, hotkey: None }]),
        gpu_scores: vec![("A".into(), 1.5), ("A".into(), 2.0)],
        blacklisted_hotkeys: vec!["5B".into()],
        checklist_hotkey: "5C".into(),
        ..Policy::of_upstream(27)
    };
    assert_eq!(
        body_of(&policy),
        concat!(
            r#"{"netuid":27,"upstream":"1.9.0","flag":true,"validators":{"declared":["5V"]},"#,
            r#""queryable":[{"uid":7,"hotkey":null}],"blacklisted_hotkeys":["5B"],"checklist_hotkey":"5C","#,
            r#""checklist_run":"0djlnjjs","gpu_scores":[["A",1.5],["A",2.0]]}"#
        )
    );
    let chain = body_of(&Policy::of_upstream(27));
    assert!(
        chain.contains(r#""validators":{"chain":{"permit_stake_tao":10000.0}},"queryable":null"#),
        "{chain}"
    );
}

#[test]
fn runs_and_their_files() {
    assert_eq!(
        body_of(&run("running \"now\"".into())),
        format!(
            concat!(
                r#"{{"display_name":"validator-5F","state":"running \"now\"","created_at":"2025-06-02T08:36:23Z","#,
                r#""heartbeat_at":null,"config_sha256":"{}","signature":"valid","evidence":{{"file":{}}}}}"#
            ),
            "03".repeat(32),
            place()
        )
    );
    let damage = WandbFileDamage { place: PLACE, what: "torn".into() };
    assert_eq!(body_of(&damage), format!(r#"{{"place":{},"what":"torn"}}"#, place()));
}

#[test]
fn polls_and_history_rows() {
    let failed = poll(annals_log::PollScope::Recent, annals_log::PollOutcome::Failed("502".into()));
    assert_eq!(
        body(failed),
        concat!(
            r#"{"scope":"recent","asked":"{\"project\":\"x\"}","started_at_ms":1767225600001,"#,
            r#""finished_at_ms":1767225600002,"pages":3,"outcome":{"failed":"502"},"missing":["gone"],"unreadable":[]}"#
        )
    );
    assert_eq!(body(history_row("a", 4, "{}")), r#"{"step":4,"evidence":"answer"}"#);
}

#[test]
fn a_body_beside_its_entry_is_read_too() {
    let long = "x".repeat(20_000);
    let body = body_of(&run(long.clone()));
    assert!(body.contains(&format!(r#""state":"{long}""#)));
}

#[test]
fn what_cannot_be_read_is_null() {
    let later = Event { schema: 9, ..history_row("a", 4, "{}") };
    let broken = Event { body: vec![255; 9], ..history_row("a", 4, "{}") };
    let scratch = Scratch::new();
    let mut log: Log = scratch.create();
    log.append(vec![later, broken]).unwrap();
    log.close().unwrap();
    let session = scratch.session();
    assert_eq!(rows(&session, "SELECT body FROM events WHERE log_index IN (2, 3)"), ["", ""]);
    assert_eq!(rows(&session, "SELECT run_id, step FROM wandb_history"), ["a|", "a|"]);
}
