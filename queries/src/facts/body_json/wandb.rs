//! What W&B and its files told.

use annals_log::json::Value;
use annals_log::{
    Evidence, FilePlace, PollOutcome, PollScope, WandbFileDamage, WandbHistoryRow, WandbPoll, WandbRun,
};

use super::values::{hex, number, object, or_null, text, text_or_null, texts, time};

/// As SQL shows it.
pub(crate) fn scope_name(scope: PollScope) -> &'static str {
    match scope {
        PollScope::Sweep => "sweep",
        PollScope::Recent => "recent",
        PollScope::History => "history",
    }
}

pub(super) fn wandb_run(fact: &WandbRun) -> Value {
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

pub(super) fn wandb_poll(fact: &WandbPoll) -> Value {
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

pub(super) fn wandb_history_row(fact: &WandbHistoryRow) -> Value {
    object([("step", or_null(fact.step, number)), ("evidence", evidence(fact.evidence))])
}

pub(super) fn wandb_file_damage(fact: &WandbFileDamage) -> Value {
    object([("place", file_place(fact.place)), ("what", text(&fact.what))])
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
