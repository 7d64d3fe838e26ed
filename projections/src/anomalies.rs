//! What an entry says that upstream would stumble over, or that could not be read.

use std::collections::BTreeMap;

use annals_log::{
    BlockLeftOut, ChainBlock, ClockStepped, ComputeDbPoll, ComputeDbRow, DbRow, Envelope, Fact, Hash,
    LeftOutPiece, PieceOfBlock, ReadError, RunIdSignature, StepSeen, ToldExtrinsic, WandbFileDamage,
    WandbPoll, WandbRun, decode, utc_text,
};

use crate::ballot::{Ballot, Entry, GpuSpecs, Vote};
use crate::cause::{Cause, Unreadable};
use crate::db_anomalies;
use crate::hotkey_list::{HotkeyList, ListItem};
use crate::python::{self, Scalar};
use crate::run::{Reading, Run};
use crate::told::ToldRun;
use crate::told_chain::ToldChain;

/// Something odd in one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anomaly {
    /// One of a few words, as `not_a_list`.
    pub kind: &'static str,
    /// Where in the entry, as a path into the run's config, or into the block, or a column or a table of a database; empty when it is the whole.
    pub place: String,
    /// What it is, and what upstream makes of it.
    pub detail: String,
}

/// What is odd in an entry with this body; `attached` gives its payloads by their place.
///
/// # Errors
/// What `attached` says.
pub fn anomalies_of(
    envelope: &Envelope<'_>,
    body: &[u8],
    attached: &mut dyn FnMut(usize) -> Result<Vec<u8>, ReadError>,
) -> Result<Vec<Anomaly>, ReadError> {
    match (envelope.kind, envelope.schema) {
        (WandbRun::KIND, WandbRun::SCHEMA) => match decode::<WandbRun>(body) {
            Ok(told) => {
                let payloads: Vec<_> =
                    (0..envelope.attached.len()).map(attached).collect::<Result<_, _>>()?;
                Ok(of_run(&Run::of(0, ToldRun::of(envelope, told, &payloads))))
            }
            Err(_) => Ok(undecodable()),
        },
        (WandbPoll::KIND, WandbPoll::SCHEMA) => {
            Ok(decode::<WandbPoll>(body).map_or_else(|_| undecodable(), |poll| of_poll(&poll)))
        }
        (ClockStepped::KIND, ClockStepped::SCHEMA) => {
            Ok(decode::<ClockStepped>(body).map_or_else(|_| undecodable(), |step| vec![of_step(step)]))
        }
        (WandbFileDamage::KIND, WandbFileDamage::SCHEMA) => Ok(decode::<WandbFileDamage>(body).map_or_else(
            |_| undecodable(),
            |damage| vec![anomaly("file_damage", format!("record {}", damage.place.record), damage.what)],
        )),
        _ if ToldChain::is_told_by(envelope) => Ok(of_chain(envelope, body)),
        (BlockLeftOut::KIND, BlockLeftOut::SCHEMA) => Ok(decode::<BlockLeftOut>(body)
            .map_or_else(|_| undecodable(), |told| told.pieces.iter().map(of_left_out).collect())),
        (ComputeDbPoll::KIND, ComputeDbPoll::SCHEMA) => {
            let poll = decode::<ComputeDbPoll>(body);
            Ok(poll.map_or_else(|_| undecodable(), |poll| db_anomalies::of_poll(&poll)))
        }
        (ComputeDbRow::KIND, ComputeDbRow::SCHEMA) => match decode::<ComputeDbRow>(body) {
            Ok(told) if told.is_gone => Ok(Vec::new()),
            Ok(_) if !envelope.attached.is_empty() => {
                let line = attached(envelope.attached.len() - 1)?;
                let row = std::str::from_utf8(&line).ok().and_then(|line| DbRow::read(line).ok());
                Ok(row.map_or_else(undecodable, |row| db_anomalies::of_row(envelope.native_id, &row)))
            }
            _ => Ok(undecodable()),
        },
        _ => Ok(Vec::new()),
    }
}

pub(crate) fn anomaly(kind: &'static str, place: impl Into<String>, detail: impl Into<String>) -> Anomaly {
    Anomaly { kind, place: place.into(), detail: detail.into() }
}

fn undecodable() -> Vec<Anomaly> {
    vec![anomaly("body_undecodable", "", "the body is not what its kind says; no table is made of it")]
}

fn of_step(step: ClockStepped) -> Anomaly {
    let (from, to) = (utc_text(step.from_ms), utc_text(step.to_ms));
    let way = if step.to_ms < step.from_ms { "back" } else { "forward" };
    let told = match step.seen {
        StepSeen::Recording => "a steady clock did not share it",
        StepSeen::Opening => "the last entry is ahead of it",
        StepSeen::Declared => "the last entry is ahead of it, and the operator declared it right",
    };
    let seconds = step.to_ms.abs_diff(step.from_ms) / 1000;
    anomaly(
        "clock_stepped",
        "",
        format!("the recorder's clock went {way} {seconds} s, from {from} to {to}: {told}"),
    )
}

fn of_poll(poll: &WandbPoll) -> Vec<Anomaly> {
    let detail = "no state of this run was recorded";
    poll.unreadable.iter().map(|what| anomaly("run_unreadable", what.as_str(), detail)).collect()
}

fn of_chain(envelope: &Envelope<'_>, body: &[u8]) -> Vec<Anomaly> {
    if envelope.block.is_none() {
        return vec![anomaly("height_missing", "", "it belongs to no block; no table is made of it")];
    }
    if ToldChain::read(0, envelope, body).is_none() {
        return undecodable();
    }
    match decode::<ChainBlock>(body) {
        Ok(block) if envelope.kind == ChainBlock::KIND => of_block(&block),
        _ => Vec::new(),
    }
}

fn of_block(block: &ChainBlock) -> Vec<Anomaly> {
    let unreadable = block.events.iter().filter(|event| Cause::of(event) == Err(Unreadable));
    let events = unreadable.map(|event| {
        let (place, name) = (format!("events[{}]", event.index), &event.name);
        let detail = format!("{name} does not say whom it is about; it explains nothing");
        anomaly("event_unreadable", place, detail)
    });
    let extrinsics = block.extrinsics.iter().filter_map(|extrinsic| {
        let ToldExtrinsic::Undecoded(why) = &extrinsic.told else { return None };
        let place = format!("extrinsics[{}]", extrinsic.index);
        Some(anomaly("extrinsic_undecodable", place, why.clone()))
    });
    events.chain(extrinsics).collect()
}

fn of_left_out(piece: &LeftOutPiece) -> Anomaly {
    let LeftOutPiece { place, length, blake2_256 } = piece;
    let what = match place {
        PieceOfBlock::RawEvents => "too large to keep".to_owned(),
        PieceOfBlock::Fields(_) | PieceOfBlock::Args(_) => "too large to take apart".to_owned(),
        PieceOfBlock::Events(_, count) => format!("too large to list {count} watched events"),
        PieceOfBlock::Extrinsics(_, count) => format!("too large to list {count} watched extrinsics"),
    };
    let detail = format!("{what}: {length} bytes with BLAKE2b-256 0x{}", Hash(*blake2_256));
    anomaly("piece_too_large", place.to_string(), detail)
}

fn of_run(run: &Run) -> Vec<Anomaly> {
    let mut found = Vec::new();
    if run.created_at_ms.is_none() {
        let detail = format!("{:?} is no time; the run comes before all others", run.created_at_text);
        found.push(anomaly("created_at_unreadable", "", detail));
    }
    match run.reading {
        Reading::Sound => {}
        Reading::RawControls => found.push(anomaly(
            "config_raw_controls",
            "",
            "raw control characters in a text: the W&B client that upstream pins raises JSONDecodeError",
        )),
        Reading::Broken => {
            found.push(anomaly("config_unreadable", "", "it is no JSON object; nothing of it counts"));
        }
    }
    if run.signature == RunIdSignature::Malformed {
        let detail = "hotkey or signature cannot be read; upstream passes the run over";
        found.push(anomaly("signature_malformed", "signature", detail));
    }
    let config = &run.config;
    for field in &config.too_large {
        let detail = "far larger than any subnet's: it is left out, as if it were empty";
        found.push(anomaly("too_large", field.as_str(), detail));
    }
    for (field, list) in [
        ("allocated_hotkeys", &config.allocated_hotkeys),
        ("penalized_hotkeys", &config.penalized_hotkeys),
        ("penalized_hotkeys_checklist", &config.penalized_hotkeys_checklist),
    ] {
        list.iter().for_each(|list| of_list(field, list, &mut found));
    }
    config.stats.iter().for_each(|stats| of_ballot(stats, &mut found));
    found
}

fn of_list(field: &str, list: &HotkeyList, found: &mut Vec<Anomaly>) {
    if let Some(json) = &list.not_a_list {
        let detail = match (list.exception, list.items.is_empty()) {
            (Some(exception), _) => {
                format!("{json}: upstream catches {} and passes the run over", exception.as_str())
            }
            (None, true) => format!("{json}: as good as an empty list"),
            (None, false) => format!("{json}: upstream takes each character, or each key, for a hotkey"),
        };
        found.push(anomaly("not_a_list", field, detail));
        return;
    }
    for (position, item) in list.items.iter().enumerate() {
        if let ListItem::Other(json) = item {
            let detail = format!("{json} is no text, and equals no hotkey");
            found.push(anomaly("item_not_a_hotkey", format!("{field}[{position}]"), detail));
        }
    }
}

fn of_ballot(stats: &Ballot, found: &mut Vec<Anomaly>) {
    if stats.exception.is_some() {
        found.push(anomaly(
            "stats_not_an_object",
            "stats",
            "upstream catches AttributeError and passes the run over",
        ));
    }
    let mut uids: BTreeMap<String, &str> = BTreeMap::new();
    for vote in &stats.votes {
        let place = format!("stats[{:?}]", vote.uid_key);
        match python::int(&vote.uid_key) {
            None => {
                let detail = "no integer: if its entry is picked, upstream's call ends with ValueError";
                found.push(anomaly("uid_not_an_integer", &place, detail));
            }
            Some(uid) => {
                if uid != vote.uid_key {
                    found.push(anomaly("uid_alias", &place, format!("upstream reads it as {uid}")));
                }
                if let Some(other) = uids.insert(uid, &vote.uid_key) {
                    let detail =
                        format!("the same uid as {other:?}; upstream counts them apart and keeps one");
                    found.push(anomaly("uid_twice", &place, detail));
                }
            }
        }
        of_vote(vote, &place, found);
    }
}

fn of_vote(vote: &Vote, place: &str, found: &mut Vec<Anomaly>) {
    let Some(entry) = &vote.entry else {
        let detail = "upstream catches AttributeError and drops the rest of the run";
        found.push(anomaly("entry_not_an_object", place, detail));
        return;
    };
    // Of others upstream reads nothing else.
    if entry.is_own_score {
        of_entry(entry, place, found);
    }
}

fn of_entry(entry: &Entry, place: &str, found: &mut Vec<Anomaly>) {
    match &entry.score {
        Some(Scalar::Number(_) | Scalar::Bool(_)) | None => {}
        Some(other) => {
            let json = other.to_json().unwrap_or_else(|| "null".to_owned());
            let detail = format!(
                "{json}: upstream 1.9.0 drops the rest of the run, 1.8.3 may raise TypeError in a tie"
            );
            found.push(anomaly("score_not_a_number", format!("{place}.score"), detail));
        }
    }
    match &entry.specs {
        GpuSpecs::Missing => {}
        GpuSpecs::NotADict { .. } => {
            let detail =
                "no object: with a second entry on this uid upstream's call ends with AttributeError";
            found.push(anomaly("specs_not_an_object", format!("{place}.gpu_specs"), detail));
        }
        GpuSpecs::Dict { gpu_name, num_gpus } => {
            for (field, value) in [("gpu_name", gpu_name), ("num_gpus", num_gpus)] {
                if matches!(value, Scalar::Container(_)) {
                    let detail =
                        "it has no hash: with a second entry on this uid upstream's call ends with TypeError";
                    found.push(anomaly("unhashable", format!("{place}.gpu_specs.{field}"), detail));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_of_the_clock_says_which_way_how_far_and_how_it_was_noticed() {
        let at = 1_767_225_600_000;
        let step = |from_ms, to_ms, seen| of_step(ClockStepped { from_ms, to_ms, seen }).detail;
        assert_eq!(
            step(at, at + 3_600_000, StepSeen::Recording),
            "the recorder's clock went forward 3600 s, from 2026-01-01T00:00:00Z to 2026-01-01T01:00:00Z: a steady clock \
             did not share it"
        );
        let declared = step(at, at - 172_800_000, StepSeen::Declared);
        assert!(declared.starts_with("the recorder's clock went back 172800 s, from 2026-01-01T00:00:00Z"));
        assert!(declared.ends_with("the operator declared it right"));
    }
}
