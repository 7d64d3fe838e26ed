//! What the log says of itself, and policies.

use annals_log::json::Value;
use annals_log::{
    ClockStepped, LogOpened, PastRows, Policy, ProjectionState, ProjectionStateRetracted, RecorderStarted,
    RecorderStopped, StepSeen, Validators,
};

use super::values::{float, hex, number, object, text, text_or_null, texts, time};

pub(super) fn log_opened(fact: &LogOpened) -> Value {
    object([
        ("log_id", text(&fact.log_id().to_string())),
        ("origin", text(&fact.origin)),
        ("vkey", text(&fact.vkey)),
        ("hotkey", text_or_null(fact.hotkey.as_ref())),
        ("genesis", text_or_null(fact.genesis.as_ref())),
        ("netuid", number(fact.netuid.into())),
        ("fixture", Value::Bool(fact.fixture)),
    ])
}

pub(super) fn recorder_started(fact: &RecorderStarted) -> Value {
    object([
        ("recorder", text(&fact.recorder)),
        ("adopted_entries", number(fact.adopted_entries)),
        ("cut_bytes", number(fact.cut_bytes)),
    ])
}

pub(super) fn recorder_stopped(fact: &RecorderStopped) -> Value {
    object([("recorder", text(&fact.recorder))])
}

pub(super) fn clock_stepped(fact: &ClockStepped) -> Value {
    let seen = match fact.seen {
        StepSeen::Recording => "recording",
        StepSeen::Opening => "opening",
        StepSeen::Declared => "declared",
    };
    object([("from_ms", time(fact.from_ms)), ("to_ms", time(fact.to_ms)), ("seen", text(seen))])
}

pub(super) fn projection_state(fact: &ProjectionState) -> Value {
    object([
        ("version", number(fact.version.into())),
        ("policy_sha256", hex(fact.policy_sha256)),
        ("at_size", number(fact.at_size)),
        ("root", hex(fact.root)),
        ("past", fact.past.map_or(Value::Null, past)),
    ])
}

fn past(fact: PastRows) -> Value {
    object([("rows", number(fact.rows)), ("root", hex(fact.root))])
}

pub(super) fn projection_state_retracted(fact: &ProjectionStateRetracted) -> Value {
    object([("log_index", number(fact.log_index)), ("why", text(&fact.why))])
}

pub(super) fn policy(fact: &Policy) -> Value {
    let validators = match &fact.validators {
        Validators::Chain { permit_stake_tao } => {
            object([("chain", object([("permit_stake_tao", float(*permit_stake_tao))]))])
        }
        Validators::Declared(hotkeys) => object([("declared", texts(hotkeys))]),
    };
    let queryable = fact.queryable.as_ref().map_or(Value::Null, |uids| {
        let one = |uid: &annals_log::QueryableUid| {
            object([("uid", number(uid.uid.into())), ("hotkey", text_or_null(uid.hotkey.as_ref()))])
        };
        Value::List(uids.iter().map(one).collect())
    });
    // Pairs and no object: a list says a name twice, and in which order.
    let scores = fact.gpu_scores.iter().map(|(name, score)| Value::List(vec![text(name), float(*score)]));
    object([
        ("netuid", number(fact.netuid.into())),
        ("upstream", text(fact.upstream.as_str())),
        ("flag", Value::Bool(fact.flag)),
        ("validators", validators),
        ("queryable", queryable),
        ("blacklisted_hotkeys", texts(&fact.blacklisted_hotkeys)),
        ("checklist_hotkey", text(&fact.checklist_hotkey)),
        ("checklist_run", text(&fact.checklist_run)),
        ("gpu_scores", Value::List(scores.collect())),
    ])
}
