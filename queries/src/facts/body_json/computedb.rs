//! What validators' databases told.

use annals_log::json::Value;
use annals_log::{ComputeDbPoll, ComputeDbRow, DbReading, DbTable, DbTableOutcome};

use super::values::{number, object, text, texts, time};

pub(super) fn computedb_poll(fact: &ComputeDbPoll) -> Value {
    let outcome = match &fact.outcome {
        DbReading::Read(tables) => object([("read", Value::List(tables.iter().map(table).collect()))]),
        DbReading::Unchanged => text("unchanged"),
        DbReading::Failed(reason) => object([("failed", text(reason))]),
    };
    object([("read_at_ms", time(fact.read_at_ms)), ("outcome", outcome)])
}

fn table(table: &DbTable) -> Value {
    let outcome = match &table.outcome {
        DbTableOutcome::Read { rows, lacks, unreadable } => {
            object([("rows", number(*rows)), ("lacks", texts(lacks)), ("unreadable", texts(unreadable))])
        }
        DbTableOutcome::Missing => text("missing"),
        DbTableOutcome::Unreadable(what) => object([("unreadable", text(what))]),
    };
    object([(table.name.as_str(), outcome)])
}

pub(super) fn computedb_row(fact: &ComputeDbRow) -> Value {
    object([("is_gone", Value::Bool(fact.is_gone))])
}
