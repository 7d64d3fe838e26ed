//! The inputs of a case.

use std::collections::{BTreeMap, BTreeSet};

use annals_log::json::{Object, Value};
use annals_log::{SqlValue, Upstream};
use annals_projections::{
    Blacklist, ExternalEntry, PogRow, ScoredNeuron, ScoringDb, ScoringSettings, ScoringValidator, StatsRow,
    SyncCall,
};

use super::values::{flag, float, integer, list, object, optional_float, optional_text, text, texts};

/// What a validator starts with, and the calls that it makes.
pub(super) struct Given {
    pub(super) settings: ScoringSettings,
    pub(super) db: ScoringDb,
    pub(super) blacklist: Blacklist,
    pub(super) at_start: Vec<ScoredNeuron>,
    pub(super) calls: Vec<SyncCall>,
    /// Whether upstream's own readers read runs.
    pub(super) is_of_runs: bool,
}

impl Given {
    pub(super) fn of(case: &Object, constants: &Object) -> Self {
        let inputs = object(case, "inputs");
        let neurons = neurons(list(inputs, "uids"));
        let at_start = match inputs.get("uids_at_start") {
            Some(Value::List(uids)) => self::neurons(uids),
            _ => neurons.clone(),
        };
        let exploiters = Blacklist::upstream_exploiters();
        assert_eq!(
            exploiters,
            set(list(constants, "exploiters_hotkeys")),
            "upstream's own list of exploiters is another one"
        );
        let blacklist = Blacklist {
            hotkeys: set(list(inputs, "blacklist_hotkeys")),
            coldkeys: set(list(inputs, "blacklist_coldkeys")),
            exploiters: if flag(inputs, "blacklist_exploiters") { exploiters } else { BTreeSet::new() },
        };
        let once = Value::Object(inputs.clone());
        let calls = match inputs.get("calls") {
            Some(Value::List(calls)) => calls.as_slice(),
            _ => std::slice::from_ref(&once),
        };
        let readers = readers(inputs, object(case, "outputs"), neurons);
        let call = |of: &Value| {
            let of = of.as_object().unwrap();
            let is_had = text(of, "minimal_miner_version_fetch") == "ok";
            let version = optional_text(of, "minimal_miner_version").filter(|_| is_had);
            SyncCall { minimal_version: version.map(str::to_owned), ..readers.clone() }
        };
        Self {
            settings: settings(text(case, "version"), inputs, constants),
            db: database(inputs),
            blacklist,
            at_start,
            calls: calls.iter().map(call).collect(),
            is_of_runs: matches!(inputs.get("runs"), Some(Value::List(_))),
        }
    }

    pub(super) fn start(&self) -> ScoringValidator {
        let (settings, db) = (self.settings.clone(), self.db.clone());
        ScoringValidator::start(settings, db, self.blacklist.clone(), &self.at_start)
    }
}

fn settings(version: &str, inputs: &Object, constants: &Object) -> ScoringSettings {
    ScoringSettings {
        upstream: match version {
            "1.8.3" => Upstream::V1_8_3,
            "1.9.0" => Upstream::V1_9_0,
            other => panic!("{other} is not known"),
        },
        permit_stake_tao: float(inputs, "validator_permit_stake"),
        updated_threshold: float(inputs, "whitelist_updated_threshold"),
        gpu_scores: gpu_scores(inputs, constants),
        has_run: flag(inputs, "wandb_run"),
    }
}

/// The score of each GPU: the case's own table, or that of the version.
pub(super) fn gpu_scores(inputs: &Object, constants: &Object) -> Vec<(String, f64)> {
    let scores = match inputs.get("gpu_scores") {
        Some(Value::Object(scores)) => scores,
        _ => object(constants, "gpu_scores"),
    };
    let score = |(name, score): (&annals_log::json::Text, &Value)| {
        (name.as_str().unwrap().to_owned(), score.as_number().unwrap().to_f64())
    };
    scores.iter().map(score).collect()
}

/// Reads a uid.
pub(super) fn uid(uid: &Value) -> u16 {
    uid.as_number().unwrap().as_str().parse().unwrap()
}

/// What the readers return: as given, or, where upstream's own read runs, what those returned.
fn readers(inputs: &Object, outputs: &Object, neurons: Vec<ScoredNeuron>) -> SyncCall {
    let read = match inputs.get("runs") {
        Some(Value::List(_)) => object(outputs, "read"),
        _ => inputs,
    };
    let external = object(read, "external_stats").iter();
    let entry = |(uid, entry): (&annals_log::json::Text, &Value)| {
        (uid.as_str().unwrap().parse().unwrap(), ExternalEntry(entry.as_object().unwrap().clone()))
    };
    SyncCall {
        neurons,
        minimal_version: None,
        allocated_hotkeys: set(list(read, "allocated_hotkeys")),
        external: external.map(entry).collect(),
        penalized: set(list(read, "penalized_checklist")),
        reader_raises: inputs.get("reader_raises").is_some_and(|raises| *raises != Value::Null),
    }
}

fn neurons(uids: &[Value]) -> Vec<ScoredNeuron> {
    let neuron = |uid: &Value| {
        let uid = uid.as_object().unwrap();
        let axon = object(uid, "axon");
        ScoredNeuron {
            uid: integer(uid, "uid").try_into().unwrap(),
            hotkey: text(uid, "hotkey").to_owned(),
            coldkey: text(uid, "coldkey").to_owned(),
            ip: text(axon, "ip").to_owned(),
            version: integer(axon, "version").try_into().unwrap(),
            stake_tao: float(uid, "total_stake_tao"),
        }
    };
    uids.iter().map(neuron).collect()
}

fn database(inputs: &Object) -> ScoringDb {
    let miner = object(inputs, "miner_rows").iter();
    let miner = miner.map(|(uid, hotkey)| {
        (uid.as_str().unwrap().parse().unwrap(), hotkey.as_text().unwrap().as_str().unwrap().to_owned())
    });
    let pog_row = |row: &Value| {
        let row = row.as_object().unwrap();
        PogRow {
            id: integer(row, "id"),
            hotkey: text(row, "hotkey").to_owned(),
            gpu_name: optional_text(row, "gpu_name").map(str::to_owned),
            num_gpus: affine(row.get("num_gpus").unwrap()),
            created_at: optional_text(row, "created_at").map(str::to_owned),
        }
    };
    ScoringDb {
        miner: miner.collect(),
        stats: stats_rows(list(inputs, "stats_rows")),
        pog_stats: list(inputs, "pog_stats_rows").iter().map(pog_row).collect(),
        allocation: texts(list(inputs, "allocation_hotkeys")),
    }
}

/// Reads rows of table `stats`, by uid.
pub(super) fn stats_rows(rows: &[Value]) -> BTreeMap<i64, StatsRow> {
    let row = |row: &Value| {
        let row = row.as_object().unwrap();
        let is_true = |column| optional_float(row, column).is_some_and(|value| value != 0.0);
        let stats = StatsRow {
            hotkey: text(row, "hotkey").to_owned(),
            gpu_specs: optional_text(row, "gpu_specs").map(str::to_owned),
            score: optional_float(row, "score"),
            is_allocated: is_true("allocated"),
            is_own: is_true("own_score"),
            reliability_score: optional_float(row, "reliability_score"),
        };
        (integer(row, "uid"), stats)
    };
    rows.iter().map(row).collect()
}

/// Returns what SQLite makes of a value in a column of integers: a text that is a number becomes one.
pub(super) fn affine(value: &Value) -> SqlValue {
    match value {
        Value::Null => SqlValue::Null,
        Value::Number(number) if number.is_integer() => SqlValue::Integer(number.as_str().parse().unwrap()),
        Value::Number(number) => SqlValue::Real(number.to_f64()),
        Value::Text(text) => {
            let text = text.as_str().unwrap();
            let integer = text.trim().parse().map(SqlValue::Integer);
            let real = || text.trim().parse().map(SqlValue::Real);
            integer.or_else(|_| real()).unwrap_or_else(|_| SqlValue::Text(text.to_owned()))
        }
        other => panic!("{other:?} is not a value of SQLite"),
    }
}

fn set(items: &[Value]) -> BTreeSet<String> {
    texts(items).into_iter().collect()
}
