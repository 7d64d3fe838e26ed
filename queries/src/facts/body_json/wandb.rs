//! What W&B and its files told.

use annals_log::json::Value;
use annals_log::{
    ConfigClaim, Evidence, FilePlace, PollOutcome, PollScope, SendOutcome, WandbConfigSigned,
    WandbFileDamage, WandbHistoryRow, WandbPoll, WandbPublished, WandbRun, WandbRunGone, WandbRunUnseen,
};

use super::values::{account, hex, number, object, or_null, text, text_or_null, texts, time};

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

pub(super) fn wandb_run_unseen(fact: &WandbRunUnseen) -> Value {
    object([
        ("sweep_started_at_ms", time(fact.sweep_started_at_ms)),
        ("sweep_finished_at_ms", time(fact.sweep_finished_at_ms)),
    ])
}

pub(super) fn wandb_run_gone(fact: &WandbRunGone) -> Value {
    object([("unseen_since_ms", time(fact.unseen_since_ms))])
}

pub(super) fn wandb_config_signed(fact: &WandbConfigSigned) -> Value {
    let claim = |claim: &ConfigClaim| {
        object([
            ("origin", text(&claim.origin)),
            ("tree_size", number(claim.tree_size)),
            ("root", hex(claim.root)),
            ("content_sha256", hex(claim.content_sha256)),
        ])
    };
    object([
        ("hotkey", text_or_null(fact.hotkey.as_ref())),
        ("claim", or_null(fact.claim.as_ref(), claim)),
        ("verdict", text(fact.verdict.as_str())),
    ])
}

pub(super) fn wandb_published(fact: &WandbPublished) -> Value {
    object([
        ("server", text(&fact.server)),
        ("entity", text(&fact.entity)),
        ("project", text(&fact.project)),
        ("hotkey", account(fact.hotkey)),
        ("keys", texts(&fact.keys)),
        ("config", send_outcome(&fact.config)),
        ("rows", or_null(fact.rows.as_ref(), send_outcome)),
        ("tree_size", number(fact.tree_size)),
        ("root", hex(fact.root)),
    ])
}

fn send_outcome(outcome: &SendOutcome) -> Value {
    match outcome {
        SendOutcome::Accepted => text(outcome.as_str()),
        SendOutcome::Refused(why) | SendOutcome::Unknown(why) | SendOutcome::NotSent(why) => {
            object([(outcome.as_str(), text(why))])
        }
    }
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
