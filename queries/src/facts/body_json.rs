//! Bodies as JSON texts: the fields of each kind's struct, in its order; digests as hex.

use annals_log::json::{Number, Object, Value};
use annals_log::{
    Evidence, Fact as _, FilePlace, Hash, LogOpened, Policy, PollOutcome, PollScope, ProjectionState,
    ReadError, RecorderStarted, RecorderStopped, Validators, WandbFileDamage, WandbHistoryRow, WandbPoll,
    WandbRun,
};

use super::Entry;

/// The body of an entry; `None` for kinds and schemas that are unknown here, and for a body that is not what it should.
///
/// # Errors
/// A fault, when the body lies beside the entry.
pub(super) fn of(entry: &mut Entry<'_>) -> Result<Option<String>, ReadError> {
    let members = match entry.envelope.kind {
        LogOpened::KIND => entry.fact()?.map(|fact: LogOpened| log_opened(&fact)),
        RecorderStarted::KIND => entry.fact()?.map(|fact: RecorderStarted| recorder_started(&fact)),
        RecorderStopped::KIND => {
            entry.fact()?.map(|fact: RecorderStopped| object([("recorder", text(&fact.recorder))]))
        }
        ProjectionState::KIND => entry.fact()?.map(|fact: ProjectionState| projection_state(&fact)),
        Policy::KIND => entry.fact()?.map(|fact: Policy| policy(&fact)),
        WandbRun::KIND => entry.fact()?.map(|fact: WandbRun| wandb_run(&fact)),
        WandbPoll::KIND => entry.fact()?.map(|fact: WandbPoll| wandb_poll(&fact)),
        WandbHistoryRow::KIND => entry.fact()?.map(|fact: WandbHistoryRow| {
            object([("step", fact.step.map_or(Value::Null, number)), ("evidence", evidence(fact.evidence))])
        }),
        WandbFileDamage::KIND => entry.fact()?.map(|fact: WandbFileDamage| {
            object([("place", file_place(fact.place)), ("what", text(&fact.what))])
        }),
        _ => None,
    };
    Ok(members.map(|members| members.to_json()))
}

/// As SQL shows it.
pub(super) fn scope_name(scope: PollScope) -> &'static str {
    match scope {
        PollScope::Sweep => "sweep",
        PollScope::Recent => "recent",
        PollScope::History => "history",
    }
}

pub(super) fn text(text: &str) -> Value {
    Value::Text(text.into())
}

pub(super) fn number(number: u64) -> Value {
    Value::Number(Number::from(number))
}

pub(super) fn texts(texts: &[String]) -> Value {
    Value::List(texts.iter().map(|one| text(one)).collect())
}

fn object<const COUNT: usize>(members: [(&str, Value); COUNT]) -> Value {
    let mut object = Object::default();
    members.into_iter().for_each(|(key, value)| object.insert(key.into(), value));
    Value::Object(object)
}

fn text_or_null(value: Option<&String>) -> Value {
    value.map_or(Value::Null, |value| text(value))
}

fn hex(digest: [u8; 32]) -> Value {
    text(&Hash(digest).to_string())
}

fn time(ms: i64) -> Value {
    Value::Number(Number::from(ms))
}

fn log_opened(fact: &LogOpened) -> Value {
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

fn recorder_started(fact: &RecorderStarted) -> Value {
    object([
        ("recorder", text(&fact.recorder)),
        ("adopted_entries", number(fact.adopted_entries)),
        ("cut_bytes", number(fact.cut_bytes)),
    ])
}

fn projection_state(fact: &ProjectionState) -> Value {
    object([
        ("version", number(fact.version.into())),
        ("policy_sha256", hex(fact.policy_sha256)),
        ("at_size", number(fact.at_size)),
        ("root", hex(fact.root)),
    ])
}

fn policy(fact: &Policy) -> Value {
    let float = |value: f64| Value::Number(Number::from(value));
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

fn wandb_run(fact: &WandbRun) -> Value {
    object([
        ("display_name", text_or_null(fact.display_name.as_ref())),
        ("state", text(&fact.state)),
        ("created_at", text(&fact.created_at)),
        ("heartbeat_at", text_or_null(fact.heartbeat_at.as_ref())),
        ("config_sha256", fact.config_sha256.map_or(Value::Null, hex)),
        ("signature", text(fact.signature.as_str())),
        ("evidence", evidence(fact.evidence)),
    ])
}

fn wandb_poll(fact: &WandbPoll) -> Value {
    let outcome = match &fact.outcome {
        PollOutcome::Complete => text("complete"),
        PollOutcome::Failed(error) => object([("failed", text(error))]),
    };
    object([
        ("scope", text(scope_name(fact.scope))),
        ("asked", text(&fact.asked)),
        ("started_at_ms", time(fact.started_at_ms)),
        ("finished_at_ms", time(fact.finished_at_ms)),
        ("pages", number(fact.pages.into())),
        ("outcome", outcome),
        ("missing", texts(&fact.missing)),
        ("unreadable", texts(&fact.unreadable)),
    ])
}

fn evidence(evidence: Evidence) -> Value {
    match evidence {
        Evidence::Answer => text("answer"),
        Evidence::File(place) => object([("file", file_place(place))]),
    }
}

fn file_place(place: FilePlace) -> Value {
    object([
        ("file_sha256", hex(place.file_sha256)),
        ("record", number(place.record)),
        ("chain_sha256", hex(place.chain_sha256)),
    ])
}
