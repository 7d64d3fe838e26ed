//! What the rule gives, in the form of the vectors, beside what upstream gave.

use std::collections::{BTreeMap, BTreeSet};

use annals_log::json::{self, Object, Value, number, object as build, texts as build_texts};
use annals_projections::{Published, ScoringDb, ScoringValidator, StatsEntry, StatsRow, SyncException};

use super::given::Given;
use super::values::{is_same, texts};

/// Returns the outputs that differ, each with both.
pub(super) fn differences(
    given: &Given,
    validator: &ScoringValidator,
    ending: Result<(), SyncException>,
    calls: u64,
    outputs: &Object,
) -> Vec<String> {
    let mut differences = Vec::new();
    for (name, ours) in results(given, validator, calls) {
        let upstreams = normal(name, outputs.get(name).unwrap_or_else(|| panic!("no output {name}")));
        // Among what was swallowed the vectors count lines that upstream's readers of runs print.
        let is_of_readers = name == "caught" && given.is_of_runs;
        if !is_of_readers && !is_same(&ours, &upstreams) {
            differences.push(format!("{name}: {} and not {}", ours.to_json(), upstreams.to_json()));
        }
    }
    let raised = outputs.get("exception").unwrap().as_text().and_then(|class| class.as_str());
    let is_same_ending = match ending {
        Ok(()) => raised.is_none(),
        // A reader raises what it was told to.
        Err(SyncException::Reader) => raised.is_some(),
        Err(exception) => raised == Some(exception.as_str()),
    };
    if !is_same_ending {
        differences.push(format!("exception: {ending:?} and not {raised:?}"));
    }
    differences
}

fn results(given: &Given, validator: &ScoringValidator, calls: u64) -> Vec<(&'static str, Value)> {
    let scores = (0..).zip(&validator.scores).map(|(uid, score)| (uid, float(f64::from(*score))));
    let kept: BTreeSet<_> = validator.db.pog_stats.iter().map(|row| row.id).collect();
    let deleted = given.db.pog_stats.iter().map(|row| row.id).filter(|id| !kept.contains(id));
    let miner = validator.db.miner.iter().map(|(&uid, hotkey)| (uid, Value::Text(hotkey.as_str().into())));
    let grown = validator.blacklist.exploiters.difference(&given.blacklist.exploiters);
    let queryable = validator.queryable.as_ref().map(|uids| uids.iter().map(|&uid| uid.into()).collect());
    vec![
        ("scores", by_uid(scores)),
        ("stats_memory", entries(&validator.stats)),
        ("stats_rows_written", validator.written.as_ref().map_or(Value::Null, rows)),
        ("stats_rows", rows(&validator.db)),
        ("published", Value::List(validator.published.iter().map(published).collect())),
        ("queryable_uids", queryable.map_or(Value::Null, numbers)),
        ("total_current_miners", number(validator.miners_at_start as u64)),
        ("valid_validator_hotkeys", build_texts(&validator.valid_validators)),
        ("pog_stats_deleted", numbers(deleted.map(|id| u64::try_from(id).unwrap()).collect())),
        ("miner_rows", by_uid(miner)),
        (
            "blacklist_hotkeys_after",
            build_texts(&validator.blacklist.hotkeys.iter().cloned().collect::<Vec<_>>()),
        ),
        ("exploiters_hotkeys_added", build_texts(&grown.cloned().collect::<Vec<_>>())),
        ("caught", numbers(validator.swallowed.iter().map(|&uid| uid.into()).collect())),
        ("ended_in_call", number(calls)),
    ]
}

/// Returns upstream's output without what the rule leaves out: that an entry names its uid, the order of sets, which
/// class was swallowed.
fn normal(name: &str, output: &Value) -> Value {
    match (name, output) {
        ("stats_memory", Value::Object(entries)) => Value::Object(without_uids(entries)),
        ("published", Value::List(updates)) => {
            let update = |update: &Value| {
                let mut update = update.as_object().unwrap().clone();
                let stats = without_uids(update.get("stats").unwrap().as_object().unwrap());
                *update.get_mut("stats").unwrap() = Value::Object(stats);
                Value::Object(update)
            };
            Value::List(updates.iter().map(update).collect())
        }
        ("stats_rows" | "stats_rows_written", Value::List(rows)) => {
            Value::List(rows.iter().map(|row| normal_row(row.as_object().unwrap())).collect())
        }
        ("blacklist_hotkeys_after" | "exploiters_hotkeys_added", Value::List(keys)) => {
            let keys: BTreeSet<_> = texts(keys).into_iter().collect();
            build_texts(&keys.into_iter().collect::<Vec<_>>())
        }
        ("caught", Value::List(errors)) => {
            let uid = |error: &Value| error.as_object().unwrap().get("uid").unwrap().clone();
            Value::List(errors.iter().map(uid).collect())
        }
        (_, output) => output.clone(),
    }
}

fn without_uids(entries: &Object) -> Object {
    let without_uid = |(uid, entry): (&json::Text, &Value)| {
        let mut entry = entry.as_object().unwrap().clone();
        entry.remove("uid");
        (uid.clone(), Value::Object(entry))
    };
    entries.iter().map(without_uid).collect()
}

/// Specs as JSON, truths as 0 and 1.
fn normal_row(row: &Object) -> Value {
    let mut row = row.clone();
    let specs = row.get("gpu_specs").unwrap().as_text().map(|text| specs(text.as_str().unwrap()));
    *row.get_mut("gpu_specs").unwrap() = specs.unwrap_or(Value::Null);
    for column in ["allocated", "own_score"] {
        let truth = row.get_mut(column).unwrap();
        *truth = number(u64::from(truth.is_truthy()));
    }
    Value::Object(row)
}

/// Returns a text of specs as the JSON that it is, or else as a text.
fn specs(text: &str) -> Value {
    json::parse(text).unwrap_or_else(|_| Value::Text(text.into()))
}

fn rows(db: &ScoringDb) -> Value {
    let row = |(&uid, row): (&i64, &StatsRow)| {
        build([
            ("uid", Value::Number(uid.into())),
            ("hotkey", Value::Text(row.hotkey.as_str().into())),
            ("gpu_specs", row.gpu_specs.as_deref().map_or(Value::Null, specs)),
            ("score", row.score.map_or(Value::Null, float)),
            ("allocated", number(u64::from(row.is_allocated))),
            ("own_score", number(u64::from(row.is_own))),
            ("reliability_score", row.reliability_score.map_or(Value::Null, float)),
        ])
    };
    Value::List(db.stats.iter().map(row).collect())
}

fn published(update: &Published) -> Value {
    build([("allocated_hotkeys", build_texts(&update.allocated_hotkeys)), ("stats", entries(&update.stats))])
}

fn entries(stats: &BTreeMap<i64, StatsEntry>) -> Value {
    by_uid(stats.iter().map(|(&uid, stats)| (uid, entry(stats))))
}

fn entry(stats: &StatsEntry) -> Value {
    let fields = [
        ("hotkey", Some(Value::Text(stats.hotkey.as_str().into()))),
        ("gpu_specs", stats.gpu_specs.clone()),
        ("score", stats.score.clone()),
        ("allocated", Some(Value::Bool(stats.is_allocated))),
        ("own_score", stats.is_own.map(Value::Bool)),
        ("reliability_score", stats.reliability_score.map(|score| score.map_or(Value::Null, float))),
    ];
    let written = fields.into_iter().filter_map(|(name, value)| Some((name.into(), value?)));
    Value::Object(written.collect())
}

fn by_uid(values: impl Iterator<Item = (i64, Value)>) -> Value {
    Value::Object(values.map(|(uid, value)| (uid.to_string().as_str().into(), value)).collect())
}

fn numbers(values: Vec<u64>) -> Value {
    Value::List(values.into_iter().map(number).collect())
}

fn float(value: f64) -> Value {
    Value::Number(value.into())
}
