//! The cases that upstream's own readers read, as logs: what is asked of those is compared with what upstream gave.

use annals_log::json::{Object, Value};
use annals_log::{
    Account, AxonInfo, ComputeDbPoll, ComputeDbRow, DbReading, DbRow, DbTable, DbTableOutcome, Event, Neuron,
    Policy, QueryableUid, RunIdSignature, SqlValue, StateChange, Upstream, Validators,
};
use sp_core::{Pair as _, sr25519};

use super::given::affine;
use super::values::{float, integer, list, object, optional_text, text};
use super::vectors::Vectors;
use super::{given, scratch, scratch_chain};
use scratch::{Run, START_MS, Scratch, set_policy};
use scratch_chain::{RAO_OF_TAO, account_of, state};

/// What the recorded database is called.
const DATABASE: &str = "database";

/// The columns of `scores` that are compared, in the order in which [`Row::of`] takes them.
pub(crate) const COLUMNS: [&str; 6] = ["database", "uid", "score", "stats_score", "reason", "unknown"];

/// A uid in the view of the recorded database; `-` stands for null.
struct Row {
    score: String,
    stats_score: String,
    reason: String,
    unknown: String,
}

/// Compares the rows that `ask` has of the table `scores` of a log, each with the cells of [`COLUMNS`].
pub(crate) fn compare(ask: impl Fn(&Scratch) -> Vec<[String; 6]>) {
    let vectors = Vectors::read();
    let (mut cases, mut known, mut unknown) = (0, 0, 0);
    for case in vectors.cases().into_iter().filter(|case| text(case, "kind") == "through_readers") {
        cases += 1;
        let id = text(case, "id");
        let outputs = object(case, "outputs");
        let Some(Value::List(queryable)) = outputs.get("queryable_uids") else {
            panic!("{id}: no queryable uids")
        };
        let scratch = recorded(case, &vectors);
        let policy = policy(case, &vectors);
        // Nobody says which uids are queried: what depends on the version is unknown, and all else is upstream's own.
        let rows = |policy: &Policy| {
            scratch.append(vec![set_policy(policy)]);
            ask(&scratch).into_iter().filter_map(Row::of).collect::<Vec<_>>()
        };
        let undeclared = rows(&policy);
        for (uid, row) in &undeclared {
            if row.unknown == "-" {
                known += 1;
                check(id, *uid, row, outputs);
            } else {
                unknown += 1;
                assert_eq!(
                    (row.unknown.as_str(), row.reason.as_str()),
                    ("version", "unknown"),
                    "{id}: {uid}"
                );
            }
        }
        // With the uids that upstream queried, nothing is unknown.
        let queried = |uid: &Value| QueryableUid { uid: given::uid(uid), hotkey: None };
        let declared = Policy { queryable: Some(queryable.iter().map(queried).collect()), ..policy };
        let declared = rows(&declared);
        assert_eq!(declared.len(), object(outputs, "scores").len(), "{id}");
        for (uid, row) in &declared {
            assert_eq!(row.unknown, "-", "{id}: {uid}");
            check(id, *uid, row, outputs);
        }
    }
    // Other cases may be given, without any of these.
    assert!(cases == 0 || (known > 0 && unknown > 0), "{known} known, {unknown} unknown");
}

/// Compares a row with what upstream gave the uid.
fn check(id: &str, uid: u16, row: &Row, outputs: &Object) {
    let uid = uid.to_string();
    let score = float(object(outputs, "scores"), &uid);
    assert_eq!(
        row.score.parse::<f64>().map(f64::to_bits),
        Ok(score.to_bits()),
        "{id}: {uid}: {}",
        row.reason
    );
    // An entry of v1.8.3 that was never written has no score.
    let entry = object(outputs, "stats_memory").get(&uid).and_then(Value::as_object);
    match entry.and_then(|entry| entry.get("score")) {
        Some(Value::Number(score)) => {
            assert_eq!(row.stats_score.parse(), Ok(score.to_f64()), "{id}: {uid}: {}", row.reason);
        }
        _ => assert_eq!(row.stats_score, "-", "{id}: {uid}: {}", row.reason),
    }
}

impl Row {
    /// Reads a row; `None` for one of another view.
    fn of(cells: [String; 6]) -> Option<(u16, Self)> {
        let [database, uid, score, stats_score, reason, unknown] = cells;
        (database == DATABASE).then(|| (uid.parse().unwrap(), Self { score, stats_score, reason, unknown }))
    }
}

/// The log of a case.
fn recorded(case: &Object, vectors: &Vectors) -> Scratch {
    let inputs = object(case, "inputs");
    let scratch = Scratch::without_policy(*b"annals-scores-00");
    scratch.append(vec![set_policy(&policy(case, vectors))]);
    scratch.append(vec![state(100, None, list(inputs, "uids").iter().flat_map(changes).collect())]);
    let runs: Vec<Run> = list(inputs, "runs").iter().map(run).collect();
    scratch.append(scratch::poll(&runs.iter().collect::<Vec<_>>()));
    scratch.append(database(inputs));
    scratch
}

fn policy(case: &Object, vectors: &Vectors) -> Policy {
    let inputs = object(case, "inputs");
    let version = text(case, "version");
    Policy {
        upstream: if version == "1.8.3" { Upstream::V1_8_3 } else { Upstream::V1_9_0 },
        validators: Validators::Chain { permit_stake_tao: float(inputs, "validator_permit_stake") },
        checklist_hotkey: vectors.checklist_hotkey(),
        gpu_scores: given::gpu_scores(inputs, vectors.constants(version)),
        ..Policy::of_upstream(27)
    }
}

fn changes(uid: &Value) -> [StateChange; 2] {
    let uid = uid.as_object().unwrap();
    let hotkey = account_of(text(uid, "hotkey"));
    let neuron = Neuron {
        hotkey,
        coldkey: Some(account_of(text(uid, "coldkey"))),
        uid_of_hotkey: None,
        registered_at_block: None,
        validator_permit: None,
        last_update: None,
        incentive: None,
        dividends: None,
        emission_rao: None,
        stake_rao: Some(rao(float(uid, "total_stake_tao"))),
    };
    [
        StateChange::Neuron(integer(uid, "uid").try_into().unwrap(), Some(neuron)),
        axon(hotkey, object(uid, "axon")),
    ]
}

fn axon(hotkey: Account, axon: &Object) -> StateChange {
    let (ip, ip_type) = match text(axon, "ip").parse().unwrap() {
        std::net::IpAddr::V4(ip) => (u128::from(u32::from(ip)), 4),
        std::net::IpAddr::V6(ip) => (u128::from(ip), 6),
    };
    let info = AxonInfo {
        block: 1,
        version: integer(axon, "version").try_into().unwrap(),
        ip,
        port: 8091,
        ip_type,
        protocol: 4,
        placeholder1: 0,
        placeholder2: 0,
    };
    StateChange::Axon(hotkey, Some(info))
}

/// The stakes of the vectors have at most nine digits after the point.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a stake is below 2^53 rao")]
fn rao(tao: f64) -> u64 {
    (tao * RAO_OF_TAO as f64).round() as u64
}

/// A run as a poll sees it, with the verdict on its signature.
fn run(run: &Value) -> Run {
    let run = run.as_object().unwrap();
    let (id, config) = (text(run, "id"), object(run, "config"));
    let is_valid = optional_text(config, "signature").is_some_and(|signature| {
        let bytes = hex::decode(signature).ok().and_then(|bytes| sr25519::Signature::try_from(&*bytes).ok());
        let public = sr25519::Public::from(account_of(text(config, "hotkey")).0);
        bytes.is_some_and(|bytes| {
            sr25519::Pair::verify(&bytes, annals_log::Hash::of(id.as_bytes()).0, &public)
        })
    });
    Run {
        id: id.to_owned(),
        created_at: text(run, "created_at").to_owned(),
        state: text(run, "state").to_owned(),
        signature: if is_valid { RunIdSignature::Valid } else { RunIdSignature::Wrong },
        config: config.to_json(),
    }
}

/// The poll of the validator's database.
fn database(inputs: &Object) -> Vec<Event> {
    let mut events = Vec::new();
    for (table, key, rows) in [("pog_stats", "id", "pog_stats_rows"), ("stats", "uid", "stats_rows")] {
        for row in list(inputs, rows) {
            let row = row.as_object().unwrap();
            let columns = row.iter().map(|(column, value)| {
                let column = column.as_str().unwrap();
                (column.to_owned(), if column == "num_gpus" { affine(value) } else { stored(value) })
            });
            let line = DbRow::of(columns.collect()).to_line();
            let place = format!("{DATABASE} {table} {}", integer(row, key));
            let event = Event::new("computedb", &place, START_MS, &ComputeDbRow { is_gone: false });
            events.push(Event { attached: vec![line.into_bytes().into()], ..event });
        }
    }
    let read = |name: &str| DbTable {
        name: name.into(),
        outcome: DbTableOutcome::Read { rows: 0, lacks: vec![], unreadable: vec![] },
    };
    let outcome = DbReading::Read(vec![read("pog_stats"), read("stats")]);
    events.push(Event::new(
        "computedb",
        DATABASE,
        START_MS,
        &ComputeDbPoll { read_at_ms: START_MS, outcome },
    ));
    events
}

fn stored(value: &Value) -> SqlValue {
    match value {
        Value::Null => SqlValue::Null,
        Value::Number(number) if number.is_integer() => SqlValue::Integer(number.as_str().parse().unwrap()),
        Value::Number(number) => SqlValue::Real(number.to_f64()),
        Value::Text(text) => SqlValue::Text(text.as_str().unwrap().to_owned()),
        other => panic!("{other:?} is not a value of SQLite"),
    }
}
