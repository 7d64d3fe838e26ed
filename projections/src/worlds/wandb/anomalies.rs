//! Anomalies of runs and polls: what upstream would stumble over, or could not be read.

use std::collections::BTreeMap;

use annals_log::{ReadError, RunIdSignature, WandbFileDamage, WandbPoll, WandbRun, decode};

use super::ballot::{Ballot, Entry, Vote};
use super::hotkey_list::{HotkeyList, ListItem};
use super::run::{Reading, Run};
use super::told::ToldRun;
use crate::anomaly::{Anomaly, OddEntry, anomaly, undecodable};
use crate::upstream::python::{self, Scalar};
use crate::upstream::specs::GpuSpecs;

/// Returns what is odd in an entry; `None` for one that is not of W&B.
///
/// # Errors
/// A fault of the log.
pub(super) fn anomalies(entry: &mut OddEntry<'_>) -> Result<Option<Vec<Anomaly>>, ReadError> {
    Ok(if entry.is::<WandbRun>() {
        let Ok(told) = decode::<WandbRun>(entry.body) else { return Ok(Some(undecodable())) };
        let payloads = (0..entry.envelope.attached.len()).map(&mut *entry.attached);
        let payloads: Vec<_> = payloads.collect::<Result<_, _>>()?;
        Some(of_run(&Run::of(0, ToldRun::of(entry.envelope, told, &payloads))))
    } else if entry.is::<WandbPoll>() {
        Some(entry.odd_in(|poll| of_poll(&poll)))
    } else if entry.is::<WandbFileDamage>() {
        Some(entry.odd_in(of_damage))
    } else {
        None
    })
}

fn of_damage(damage: WandbFileDamage) -> Vec<Anomaly> {
    vec![anomaly("file_damage", format!("record {}", damage.place.record), damage.what)]
}

fn of_poll(poll: &WandbPoll) -> Vec<Anomaly> {
    let detail = "no state of this run was recorded";
    poll.unreadable.iter().map(|what| anomaly("run_unreadable", what.as_str(), detail)).collect()
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
    // Upstream reads nothing else of an entry that is not the validator's own score.
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
