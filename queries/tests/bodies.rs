//! Bodies as JSON, one of each kind.

use annals_log::{
    Account, AxonInfo, BlockRetracted, CallOutcome, ChainBlock, ChainCall, ChainEvent, ChainOutage,
    ChainState, ComputeDbPoll, ComputeDbRow, ConfigClaim, ConfigVerdict, DbReading, DbTable, DbTableOutcome,
    Event, EventPhase, Evidence, Fact, FilePlace, Log, Neuron, NodeTrouble, PastRows, Policy,
    ProjectionState, ProjectionStateRetracted, PrometheusInfo, QueryableUid, RunIdSignature, RuntimeUpgraded,
    SendOutcome, StakeSource, StateChange, Subnet, ToldExtrinsic, Validators, WandbConfigSigned,
    WandbFileDamage, WandbPublished, WandbRun,
};

use crate::recorded_chain::{SIGNER, call, event, extrinsic, hash};
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
    let past = Some(PastRows { rows: 3, root: [6; 32] });
    let state =
        ProjectionState { version: 2, policy_sha256: [4; 32], at_size: u64::MAX, root: [5; 32], past };
    let (policy, root, past) = ("04".repeat(32), "05".repeat(32), "06".repeat(32));
    assert_eq!(
        body_of(&state),
        format!(
            "{{\"version\":2,\"policy_sha256\":\"{policy}\",\"at_size\":18446744073709551615,\"root\":\"{root}\",\
             \"past\":{{\"rows\":3,\"root\":\"{past}\"}}}}"
        )
    );
    let retracted = ProjectionStateRetracted { log_index: 9, why: "other rows".into() };
    assert_eq!(body_of(&retracted), r#"{"log_index":9,"why":"other rows"}"#);
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
fn what_was_published_and_what_was_signed() {
    let origin = "annals.local/x".to_owned();
    let claim = ConfigClaim { origin, tree_size: 9, root: [1; 32], content_sha256: [2; 32] };
    let signed =
        WandbConfigSigned { hotkey: Some(ALICE.into()), claim: Some(claim), verdict: ConfigVerdict::Valid };
    let (root, content) = ("01".repeat(32), "02".repeat(32));
    assert_eq!(
        body_of(&signed),
        format!(
            concat!(
                r#"{{"hotkey":"{}","claim":{{"origin":"annals.local/x","tree_size":9,"root":"{}","#,
                r#""content_sha256":"{}"}},"verdict":"valid"}}"#
            ),
            ALICE, root, content
        )
    );
    let unread = WandbConfigSigned { hotkey: None, claim: None, verdict: ConfigVerdict::Malformed };
    assert_eq!(body_of(&unread), r#"{"hotkey":null,"claim":null,"verdict":"malformed"}"#);
    let published = WandbPublished {
        server: "https://api.wandb.ai".into(),
        entity: "e".into(),
        project: "p".into(),
        hotkey: Account(SIGNER),
        keys: vec!["stats".into()],
        config: SendOutcome::Accepted,
        rows: Some(SendOutcome::Unknown("lost".into())),
        tree_size: 9,
        root: [1; 32],
    };
    let body = body_of(&published);
    assert!(
        body.contains(r#""keys":["stats"],"config":"accepted","rows":{"unknown":"lost"},"tree_size":9,"#)
    );
    let refused = SendOutcome::Refused("HTTP status 403".into());
    let body = body_of(&WandbPublished { config: refused, rows: None, ..published.clone() });
    assert!(body.contains(r#""config":{"refused":"HTTP status 403"},"rows":null"#), "{body}");
    let not_sent = SendOutcome::NotSent("no connection".into());
    let body = body_of(&WandbPublished { config: not_sent, rows: None, ..published });
    assert!(body.contains(r#""config":{"not_sent":"no connection"},"rows":null"#), "{body}");
}

const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";

#[test]
fn blocks_with_what_is_json_in_them_as_json() {
    let untold = ChainCall { signer: None, args: "no JSON".into(), outcome: CallOutcome::Untold, ..call() };
    let block = ChainBlock {
        header: vec![0x0a, 0xff],
        spec_version: 101,
        metadata_sha256: [4; 32],
        event_count: 9,
        extrinsic_count: 3,
        events: vec![
            event(2, EventPhase::Extrinsic(1)),
            ChainEvent { fields: "{".into(), ..event(5, EventPhase::Finalization) },
        ],
        extrinsics: vec![
            extrinsic(0, ToldExtrinsic::Call(call())),
            extrinsic(1, ToldExtrinsic::Call(untold)),
            extrinsic(2, ToldExtrinsic::Undecoded("leftover bytes".into())),
        ],
    };
    let (metadata, hash) = ("04".repeat(32), hash(6));
    assert_eq!(
        body_of(&block),
        format!(
            concat!(
                r#"{{"header":"0x0aff","spec_version":101,"metadata_sha256":"{}","event_count":9,"extrinsic_count":3,"#,
                r#""events":[{{"index":2,"phase":{{"extrinsic":1}},"pallet":"SubtensorModule","name":"PrometheusServed","#,
                r#""fields":{{"netuid":27,"value":340282366920938463463374607431768211455}}}},"#,
                r#"{{"index":5,"phase":"finalization","pallet":"SubtensorModule","name":"PrometheusServed","fields":"{{"}}],"#,
                r#""extrinsics":[{{"index":0,"hash":"{1}","told":{{"call":{{"signer":"{2}","pallet":"SubtensorModule","#,
                r#""name":"serve_prometheus","args":{{"netuid":27}},"outcome":{{"failed":"SubtensorModule.InvalidPort"}}}}}}}},"#,
                r#"{{"index":1,"hash":"{1}","told":{{"call":{{"signer":null,"pallet":"SubtensorModule","#,
                r#""name":"serve_prometheus","args":"no JSON","outcome":"untold"}}}}}},"#,
                r#"{{"index":2,"hash":"{1}","told":{{"undecoded":"leftover bytes"}}}}]}}"#
            ),
            metadata, hash, ALICE
        )
    );
}

#[test]
fn what_becomes_of_following_the_chain() {
    let runtime = RuntimeUpgraded {
        spec_name: "node-subtensor".into(),
        spec_version: 101,
        transaction_version: 1,
        metadata_version: 14,
    };
    assert_eq!(
        body_of(&runtime),
        r#"{"spec_name":"node-subtensor","spec_version":101,"transaction_version":1,"metadata_version":14}"#
    );
    let retracted = BlockRetracted { replaced_by: Some([6; 32]) };
    assert_eq!(body_of(&retracted), format!(r#"{{"replaced_by":"{}"}}"#, hash(6)));
    assert_eq!(body_of(&BlockRetracted { replaced_by: None }), r#"{"replaced_by":null}"#);
    let (trouble, what) = (NodeTrouble::Pruned, "state discarded".into());
    assert_eq!(
        body_of(&ChainOutage { next_block: 5, since_ms: -1, trouble, what }),
        r#"{"next_block":5,"since_ms":-1,"trouble":"pruned","what":"state discarded"}"#
    );
}

#[test]
fn states_of_the_subnet() {
    let hotkey = Account(SIGNER);
    let neuron = Neuron {
        hotkey,
        coldkey: None,
        uid_of_hotkey: Some(7),
        registered_at_block: Some(4),
        validator_permit: Some(true),
        last_update: None,
        incentive: Some(65_535),
        dividends: None,
        emission_rao: Some(1),
        stake_rao: Some(u64::MAX),
    };
    let prometheus = PrometheusInfo { block: 5, version: 1, ip: u128::MAX, port: 0, ip_type: 6 };
    let axon = AxonInfo {
        block: 5,
        version: 1,
        ip: 3_232_235_777,
        port: 8091,
        ip_type: 4,
        protocol: 4,
        placeholder1: 0,
        placeholder2: 1,
    };
    let subnet = Subnet { tempo: Some(360), owner: None, neuron_count: 256 };
    let changes = vec![
        StateChange::Subnet(Some(subnet)),
        StateChange::Neuron(7, Some(neuron)),
        StateChange::Neuron(8, None),
        StateChange::Prometheus(hotkey, Some(prometheus)),
        StateChange::Axon(hotkey, Some(axon)),
        StateChange::Axon(hotkey, None),
    ];
    let state = ChainState { netuid: 27, since: None, stake_source: StakeSource::RuntimeApi, changes };
    let body = body_of(&state).replace(ALICE, "5A");
    assert_eq!(
        body,
        concat!(
            r#"{"netuid":27,"since":null,"stake_source":"runtime_api","changes":["#,
            r#"{"subnet":{"tempo":360,"owner":null,"neuron_count":256}},"#,
            r#"{"neuron":[7,{"hotkey":"5A","coldkey":null,"uid_of_hotkey":7,"registered_at_block":4,"#,
            r#""validator_permit":true,"last_update":null,"incentive":65535,"dividends":null,"emission_rao":1,"#,
            r#""stake_rao":18446744073709551615}]},{"neuron":[8,null]},"#,
            r#"{"prometheus":["5A",{"block":5,"version":1,"ip":340282366920938463463374607431768211455,"port":0,"ip_type":6}]},"#,
            r#"{"axon":["5A",{"block":5,"version":1,"ip":3232235777,"port":8091,"ip_type":4,"protocol":4,"#,
            r#""placeholder1":0,"placeholder2":1}]},{"axon":["5A",null]}]}"#
        )
    );
}

#[test]
fn rows_and_polls_of_databases() {
    assert_eq!(body_of(&ComputeDbRow { is_gone: true }), r#"{"is_gone":true}"#);
    let poll = |outcome| body_of(&ComputeDbPoll { read_at_ms: -1, outcome });
    let (lacks, unreadable) = (vec!["no_specs_count".into()], vec!["key null: twice".into()]);
    let outcomes = [
        ("pog_stats", DbTableOutcome::Read { rows: 3, lacks, unreadable }),
        ("stats", DbTableOutcome::Missing),
        ("blacklist", DbTableOutcome::Unreadable("it is a view".into())),
    ];
    let tables = outcomes.map(|(name, outcome)| DbTable { name: name.into(), outcome });
    assert_eq!(
        poll(DbReading::Read(tables.into())),
        concat!(
            r#"{"read_at_ms":-1,"outcome":{"read":[{"pog_stats":{"rows":3,"lacks":["no_specs_count"],"#,
            r#""unreadable":["key null: twice"]}},{"stats":"missing"},{"blacklist":{"unreadable":"it is a view"}}]}}"#
        )
    );
    assert_eq!(poll(DbReading::Unchanged), r#"{"read_at_ms":-1,"outcome":"unchanged"}"#);
    assert_eq!(poll(DbReading::Failed("502".into())), r#"{"read_at_ms":-1,"outcome":{"failed":"502"}}"#);
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
