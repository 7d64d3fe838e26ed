//! The golden log: its bytes are the format. They change only in a commit that says why; `ANNALS_ACCEPT=1` writes them.

use std::path::{Path, PathBuf};

use annals_log::{
    Account, AxonInfo, Batch, BlockHeader, BlockLeftOut, BlockRetracted, CallOutcome, ChainBlock, ChainCall,
    ChainEvent, ChainExtrinsic, ChainOutage, ChainState, ClockStepped, ComputeDbPoll, ComputeDbRow,
    ConfigClaim, ConfigVerdict, DbReading, DbRow, DbTable, DbTableOutcome, Event, EventPhase, Evidence,
    ExtrinsicSubmitted, FilePlace, Hash, InBlock, LOG_SOURCE, LeftOutPiece, ListedRun, Log, LogIndex, Neuron,
    NodeTrouble, PastRows, Payload, PieceOfBlock, Policy, PollOutcome, PollScope, ProjectionState,
    ProjectionStateRetracted, PrometheusInfo, QueryableUid, RunIdSignature, RuntimeUpgraded, SendOutcome,
    SqlValue, StakeSource, StateChange, StepSeen, SubmitOutcome, Subnet, ToldExtrinsic, Upstream, Validators,
    WandbConfigSigned, WandbFileDamage, WandbHistoryRow, WandbPoll, WandbPublished, WandbRun, WandbRunGone,
    WandbRunUnseen,
};

use crate::scratch::{START_MS, Scratch, event, events, new_log, options};

const FILES: [&str; 3] = ["published", "segments", "watermark"];

/// Every part of the format once: each codec, a body that left its entry, the end of a batch, a seal.
fn record(scratch: &Scratch) {
    let mut log = Log::create(scratch.root(), new_log(), options()).unwrap();
    log.append(events(0, 3)).unwrap();
    let state = |score: u32| {
        let uids = (0..40).map(|uid| format!("\"{uid}\":{{\"hotkey\":\"{}\"}}", Hash::of(&[uid])));
        format!("{{\"score\":{score},{}}}", uids.collect::<Vec<_>>().join(",")).into_bytes()
    };
    let with = |payload: Payload| Event { attached: vec![payload], ..event(9) };
    let (first, second) = (state(1), state(2));
    log.append(vec![with(first.clone().into()), with(b"short".to_vec().into())]).unwrap();
    let like = Some(Hash::of(&first));
    log.append(vec![with(Payload::new(second).resembling(like)), with(first.into())]).unwrap();
    let long = Event { body: vec![7; 9_000], observed_at_ms: None, block: None, ..event(11) };
    log.record(Batch { after: 0, cursor: b"page 2".to_vec(), events: vec![long] }).unwrap();
    log.append(wandb_events()).unwrap();
    for commit in 10..24 {
        log.append(events(commit * 3, 3)).unwrap();
    }
    log.append(table_events()).unwrap();
    log.append(chain_events()).unwrap();
    log.append(computedb_events()).unwrap();
    log.append(clock_events()).unwrap();
    log.append(vec![left_out()]).unwrap();
    log.close().unwrap();
    scratch.open().close().unwrap();
    scratch.reader().publish().unwrap();
}

/// One of each kind, and of each form in which its evidence comes.
fn wandb_events() -> Vec<Event> {
    let run = WandbRun {
        display_name: Some("validator-5F9K".into()),
        state: "running".into(),
        created_at: "2025-06-02T08:36:23".into(),
        heartbeat_at: Some("2025-06-21T23:44:07".into()),
        config_sha256: Some(Hash::of(b"{}").0),
        signature: RunIdSignature::Valid,
        evidence: Evidence::Answer,
    };
    let node = br#"{"name":"0djlnjjs","state":"running","createdAt":"2025-06-02T08:36:23","config":"{}"}"#;
    let place = FilePlace { file_sha256: [1; 32], record: 300, chain_sha256: [2; 32] };
    let evidence = Evidence::File(place);
    let from_file =
        WandbRun { heartbeat_at: None, signature: RunIdSignature::Absent, evidence, ..run.clone() };
    let list = [ListedRun { run_id: "0djlnjjs".into(), heartbeat_at: None, state: "running".into() }];
    let poll = WandbPoll {
        scope: PollScope::Sweep,
        asked: r#"{"project":"opencompute"}"#.into(),
        started_at_ms: START_MS,
        finished_at_ms: START_MS + 250,
        pages: 2,
        outcome: PollOutcome::Failed("answer 2: HTTP status 502".into()),
        missing: vec!["gone".into()],
        unreadable: vec!["answer 1, run 3: the run has no name".into()],
    };
    let unseen = WandbRunUnseen { sweep_started_at_ms: START_MS - 250, sweep_finished_at_ms: START_MS };
    let claim = ConfigClaim {
        origin: "annals.local/sn27/616e".into(),
        tree_size: 7,
        root: [3; 32],
        content_sha256: [4; 32],
    };
    let signed = WandbConfigSigned {
        hotkey: Some("5F9K".into()),
        claim: Some(claim),
        verdict: ConfigVerdict::Changed,
    };
    let unread = WandbConfigSigned { hotkey: None, claim: None, verdict: ConfigVerdict::Malformed };
    let published = |config, rows| WandbPublished {
        server: "https://api.wandb.ai".into(),
        entity: "neuralinternet".into(),
        project: "opencompute".into(),
        hotkey: Account([11; 32]),
        keys: vec!["stats".into(), "signature".into()],
        config,
        rows,
        tree_size: 7,
        root: [3; 32],
    };
    let refused = published(SendOutcome::Refused("HTTP status 403".into()), None);
    let unknown = Some(SendOutcome::Unknown("the connection was lost".into()));
    let taken = published(SendOutcome::Accepted, unknown);
    let damage = WandbFileDamage { place, what: "at byte 40000: a chunk of no known type".into() };
    let event = |fact: Event, attached: &[&[u8]]| Event {
        attached: attached.iter().map(|bytes| bytes.to_vec().into()).collect(),
        ..fact
    };
    vec![
        event(Event::new("wandb", "0djlnjjs", START_MS, &run), &[node]),
        event(Event::new("wandb", "", START_MS, &poll), &[&ListedRun::encode_list(&list), b"<html>"]),
        event(Event::new("wandb_offline", "0djlnjjs", START_MS, &from_file), &[b"record", b"{}"]),
        event(
            Event::new("wandb_offline", "0djlnjjs", START_MS, &WandbHistoryRow { step: Some(7), evidence }),
            &[br#"{"_step":7}"#],
        ),
        event(Event::new("wandb_offline", "0djlnjjs", START_MS, &damage), &[]),
        event(Event::new("wandb", "0djlnjjs", START_MS, &unseen), &[]),
        event(
            Event::new("wandb", "0djlnjjs", START_MS, &WandbRunGone { unseen_since_ms: START_MS }),
            &[br#"{"data":{"project":{"run":null}}}"#],
        ),
        event(Event::new("wandb", "0djlnjjs", START_MS, &signed), &[]),
        event(Event::new("wandb", "0djlnjjs", START_MS, &unread), &[]),
        event(Event::new("outward", "0djlnjjs", START_MS, &refused), &[b"{}"]),
        event(Event::new("outward", "0djlnjjs", START_MS, &taken), &[b"{}", b"{\"_step\":7}\n"]),
    ]
}

/// A block with each form of what it may hold, what stands in front of it, and what may become of it.
fn chain_events() -> Vec<Event> {
    let account = |byte| Account([byte; 32]);
    let digest = vec![[b"\x06aura\x20".as_slice(), &[7; 8]].concat()];
    let header = BlockHeader {
        parent_hash: [1; 32],
        number: 2_585_476,
        state_root: [2; 32],
        extrinsics_root: [3; 32],
        digest,
    };
    let chain_event = |index, phase| ChainEvent {
        index,
        phase,
        pallet: "SubtensorModule".into(),
        name: "PrometheusServed".into(),
        fields: r#"[27,"5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"]"#.into(),
    };
    let extrinsic = |index, told| ChainExtrinsic { index, hash: [4; 32], told };
    let call = |signer, outcome| {
        let (pallet, name) = ("SubtensorModule".into(), "serve_prometheus".into());
        ToldExtrinsic::Call(ChainCall { signer, pallet, name, args: r#"{"netuid":27}"#.into(), outcome })
    };
    let block = ChainBlock {
        header: header.to_scale(),
        spec_version: 143,
        metadata_sha256: Hash::of(b"metadata").0,
        event_count: 9,
        extrinsic_count: 5,
        events: vec![
            chain_event(0, EventPhase::Initialization),
            chain_event(3, EventPhase::Extrinsic(1)),
            chain_event(8, EventPhase::Finalization),
        ],
        extrinsics: vec![
            extrinsic(1, call(Some([5; 32]), CallOutcome::Succeeded)),
            extrinsic(2, call(None, CallOutcome::Untold)),
            extrinsic(3, call(Some([5; 32]), CallOutcome::Failed("SubtensorModule.InvalidIpType".into()))),
            extrinsic(4, ToldExtrinsic::Undecoded("it has no bytes".into())),
        ],
    };
    let neuron = Neuron {
        hotkey: account(6),
        coldkey: Some(account(7)),
        uid_of_hotkey: Some(300),
        registered_at_block: Some(2_500_000),
        validator_permit: Some(true),
        last_update: None,
        incentive: Some(65_535),
        dividends: Some(0),
        emission_rao: Some(1 << 40),
        stake_rao: Some(10_000_000_000_001),
    };
    let prometheus = PrometheusInfo { block: 2_585_470, version: 1, ip: 0x7f00_0001, port: 9100, ip_type: 4 };
    let axon = AxonInfo {
        block: 2_585_471,
        version: 723,
        ip: 0x2001_0db8_0000_0000_0000_0000_0000_0001,
        port: 8091,
        ip_type: 6,
        protocol: 4,
        placeholder1: 0,
        placeholder2: 1,
    };
    let state = ChainState {
        netuid: 27,
        since: Some(2_585_475),
        stake_source: StakeSource::TotalHotkeyStake,
        changes: vec![
            StateChange::Subnet(Some(Subnet {
                tempo: Some(360),
                owner: Some(account(8)),
                neuron_count: 256,
            })),
            StateChange::Neuron(300, Some(neuron)),
            StateChange::Neuron(301, None),
            StateChange::Prometheus(account(6), Some(prometheus)),
            StateChange::Axon(account(6), Some(axon)),
            StateChange::Axon(account(9), None),
        ],
    };
    let runtime = RuntimeUpgraded {
        spec_name: "node-subtensor".into(),
        spec_version: 143,
        transaction_version: 1,
        metadata_version: 14,
    };
    let outage = ChainOutage {
        next_block: 2_585_477,
        since_ms: START_MS,
        trouble: NodeTrouble::Wrong,
        what: "the header does not hash to 0x01".into(),
    };
    let hash = format!("0x{}", Hash([9; 32]));
    let in_block = InBlock { hash: [9; 32], is_final: true };
    let submitted = |outcome| {
        let act = ExtrinsicSubmitted {
            node: "wss://entrypoint-finney.opentensor.ai:443".into(),
            pallet: "SubtensorModule".into(),
            call: "serve_prometheus".into(),
            args: r#"{"netuid":27}"#.into(),
            signer: account(11),
            outcome,
        };
        Event::new("outward", &hash, START_MS, &act)
    };
    let at = |event: Event, attached: &[&[u8]]| Event {
        block: Some(2_585_476),
        attached: attached.iter().map(|bytes| bytes.to_vec().into()).collect(),
        ..event
    };
    vec![
        at(Event::new("chain", "143", START_MS, &runtime), &[b"metadata"]),
        at(Event::new("chain", &hash, START_MS, &block), &[&[36, 0, 0]]),
        at(Event::new("chain", &hash, START_MS, &state), &[]),
        at(Event::new("chain", &hash, START_MS, &BlockRetracted { replaced_by: Some([10; 32]) }), &[]),
        Event::new("chain", "wss://entrypoint-finney.opentensor.ai:443", START_MS, &outage),
        at(submitted(SubmitOutcome::Included(in_block)), &[]),
        at(submitted(SubmitOutcome::Failed(in_block, "SubtensorModule.InvalidIpAddress".into())), &[]),
        submitted(SubmitOutcome::Refused("Invalid Transaction (1010)".into())),
        submitted(SubmitOutcome::Unknown("the connection was lost".into())),
    ]
}

/// Every piece of a block that may be too large.
fn left_out() -> Event {
    let places = [
        PieceOfBlock::RawEvents,
        PieceOfBlock::Fields(3),
        PieceOfBlock::Events(300, 70_000),
        PieceOfBlock::Args(1),
        PieceOfBlock::Extrinsics(2, 40),
    ];
    let piece = |place| LeftOutPiece { place, length: 8_640_004, blake2_256: [12; 32] };
    let told = BlockLeftOut { pieces: places.map(piece).into() };
    let hash = format!("0x{}", Hash([9; 32]));
    Event { block: Some(2_585_476), ..Event::new("chain", &hash, START_MS, &told) }
}

/// A row with each form of a value, one that is gone, and each outcome of a poll.
fn computedb_events() -> Vec<Event> {
    let values = [
        ("id", SqlValue::Integer(7)),
        ("hotkey", SqlValue::Text("5F9K".into())),
        ("gpu_name", SqlValue::Null),
        ("num_gpus", SqlValue::Real(8.5)),
        ("created_at", SqlValue::Blob(vec![0, 255])),
        ("odd", SqlValue::OddText(vec![255])),
        ("long", SqlValue::Long { bytes: 70_000, sha256: Hash::of(b"long") }),
    ];
    let row = DbRow::of(values.map(|(column, value)| (column.to_owned(), value)).into()).to_line();
    let row_event = |native_id: &str, is_gone, attached| Event {
        attached,
        ..Event::new("computedb", native_id, START_MS, &ComputeDbRow { is_gone })
    };
    let table = |name: &str, outcome| DbTable { name: name.into(), outcome };
    let read = DbTableOutcome::Read {
        rows: 1,
        lacks: vec!["reliability_score".into()],
        unreadable: vec!["key 8: another row has it too".into()],
    };
    let tables = vec![
        table("pog_stats", read),
        table("stats", DbTableOutcome::Missing),
        table("miner_details", DbTableOutcome::Unreadable("it is a view".into())),
    ];
    let poll = |outcome| {
        let poll = ComputeDbPoll { read_at_ms: START_MS + 5, outcome };
        Event::new("computedb", "database", START_MS + 5, &poll)
    };
    vec![
        row_event("database pog_stats 7", false, vec![row.into_bytes().into()]),
        row_event("database wandb_runs \"5F9K\"", true, vec![]),
        poll(DbReading::Read(tables)),
        poll(DbReading::Unchanged),
        poll(DbReading::Failed("file is not a database".into())),
    ]
}

/// What tables are folded under, and what they were.
fn table_events() -> Vec<Event> {
    let uid = |uid, hotkey: Option<&str>| QueryableUid { uid, hotkey: hotkey.map(str::to_owned) };
    let declared = Policy {
        upstream: Upstream::V1_8_3,
        flag: false,
        validators: Validators::Declared(vec!["5F9K".into()]),
        queryable: Some(vec![uid(7, Some("5GVo")), uid(300, None)]),
        blacklisted_hotkeys: vec!["5Hdc".into()],
        ..Policy::of_upstream(27)
    };
    let digest = declared.digest();
    let (policy_sha256, root) = (digest.0, Hash::of(b"root").0);
    let past = Some(PastRows { rows: 300, root: Hash::of(b"past").0 });
    let state = ProjectionState { version: 1, policy_sha256, at_size: 20, root, past };
    // As it was written before a state root named rows that stood.
    let old_state = Event {
        schema: 1,
        body: annals_log::encode(&(1_u16, policy_sha256, 20_u64, root)),
        ..Event::new(LOG_SOURCE, "stats", START_MS, &state)
    };
    let retracted = ProjectionStateRetracted { log_index: 2, why: "the entries give other rows".into() };
    vec![
        Event::new("policy", "", START_MS, &Policy::of_upstream(27)),
        Event::new("policy", "", START_MS, &declared),
        old_state,
        Event::new(LOG_SOURCE, "stats", START_MS, &state),
        Event::new(LOG_SOURCE, "stats", START_MS, &retracted),
    ]
}

/// A step of the clock, in each way in which it may be noticed.
fn clock_events() -> Vec<Event> {
    let seen = [StepSeen::Recording, StepSeen::Opening, StepSeen::Declared];
    let step = |seen| ClockStepped { from_ms: START_MS, to_ms: START_MS - 172_800_000, seen };
    seen.map(|seen| Event::new(LOG_SOURCE, "", START_MS, &step(seen))).into()
}

#[test]
fn the_golden_log_is_written_to_the_byte() {
    let scratch = Scratch::new();
    record(&scratch);
    if std::env::var_os("ANNALS_ACCEPT").is_some() {
        accept(scratch.root());
    }
    let golden = golden_files();
    assert_eq!(files_in(scratch.root()), golden.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>());
    for (name, bytes) in golden {
        let made = std::fs::read(scratch.root().join(&name)).unwrap();
        let differs = made.iter().zip(&bytes).position(|(a, b)| a != b);
        assert!(made == bytes, "{} differs from byte {differs:?} on", name.display());
    }
}

#[test]
fn the_golden_log_is_read_and_verified() {
    let scratch = Scratch::new();
    for (name, bytes) in golden_files() {
        let path = scratch.root().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let verified = scratch.verify();
    assert!(verified.is_sound(), "{:?}", verified.faults);
    assert_eq!((verified.segments, verified.checkpoints), (3, 1));
    assert_eq!(verified.size(), scratch.reader().size());
    let mut reader = scratch.reader();
    let proof = reader.prove(LogIndex(5)).unwrap();
    assert!(proof.verify(reader.vkey()).is_ok());
}

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/log-format/log")
}

fn golden_files() -> Vec<(PathBuf, Vec<u8>)> {
    files_in(&golden())
        .into_iter()
        .map(|name| (name.clone(), std::fs::read(golden().join(name)).unwrap()))
        .collect()
}

fn accept(root: &Path) {
    std::fs::remove_dir_all(golden()).unwrap();
    for name in files_in(root) {
        let path = golden().join(&name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::copy(root.join(name), path).unwrap();
    }
}

/// The files that are the format, relative and sorted.
fn files_in(root: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for name in FILES {
        let path = root.join(name);
        if path.is_dir() {
            files.extend(
                std::fs::read_dir(path)
                    .unwrap()
                    .map(|entry| Path::new(name).join(entry.unwrap().file_name())),
            );
        } else {
            files.push(name.into());
        }
    }
    files.sort();
    files
}
