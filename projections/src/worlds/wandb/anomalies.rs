//! What a run's config says that upstream would stumble over.

use std::collections::BTreeMap;

use annals_log::{Anomaly, Fact as _, Kind, ReadError, RunIdSignature, WandbRun};

use super::ballot::{Ballot, Entry, Vote};
use super::hotkey_list::{HotkeyList, ListItem};
use super::run::{Reading, Run};
use super::told::ToldRun;
use crate::odd_entry::{Found, OddEntry};
use crate::upstream::python::{self, Scalar};
use crate::upstream::specs::GpuSpecs;

pub(super) const ODD_KINDS: &[(Kind, u16)] = &[(WandbRun::KIND, WandbRun::SCHEMA)];

/// Lists what is odd in a state of a run.
///
/// # Errors
/// A fault of the log.
pub(super) fn odd_in(entry: &mut OddEntry<'_>) -> Result<Found, ReadError> {
    let Some(told) = WandbRun::read(entry.envelope.schema, entry.body) else {
        return Ok(Err(Anomaly::undecodable()));
    };
    let mut payloads = Vec::new();
    for place in 0..entry.envelope.attached.len() {
        payloads.push((entry.attached)(place)?);
    }
    Ok(Ok(of_run(&Run::of(0, ToldRun::of(entry.envelope, told, &payloads)))))
}

fn of_run(run: &Run) -> Vec<Anomaly> {
    let mut found = Vec::new();
    if run.created_at_ms.is_none() {
        let detail = format!("{:?} is no time; the run comes before all others", run.created_at_text);
        found.push(Anomaly::new("created_at_unreadable", "", detail));
    }
    match run.reading {
        Reading::Sound => {}
        Reading::RawControls => found.push(Anomaly::new(
            "config_raw_controls",
            "",
            "raw control characters in a text: the W&B client that upstream pins raises JSONDecodeError",
        )),
        Reading::Broken => {
            found.push(Anomaly::new("config_unreadable", "", "it is no JSON object; nothing of it counts"));
        }
    }
    if run.signature == RunIdSignature::Malformed {
        let detail = "hotkey or signature cannot be read; upstream passes the run over";
        found.push(Anomaly::new("signature_malformed", "signature", detail));
    }
    let config = &run.config;
    for field in &config.too_large {
        let detail = "far larger than any subnet's: it is left out, as if it were empty";
        found.push(Anomaly::new("too_large", field.as_str(), detail));
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
        found.push(Anomaly::new("not_a_list", field, detail));
        return;
    }
    for (position, item) in list.items.iter().enumerate() {
        if let ListItem::Other(json) = item {
            let detail = format!("{json} is no text, and equals no hotkey");
            found.push(Anomaly::new("item_not_a_hotkey", format!("{field}[{position}]"), detail));
        }
    }
}

fn of_ballot(stats: &Ballot, found: &mut Vec<Anomaly>) {
    if stats.exception.is_some() {
        found.push(Anomaly::new(
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
                found.push(Anomaly::new("uid_not_an_integer", &place, detail));
            }
            Some(uid) => {
                if uid != vote.uid_key {
                    found.push(Anomaly::new("uid_alias", &place, format!("upstream reads it as {uid}")));
                }
                if let Some(other) = uids.insert(uid, &vote.uid_key) {
                    let detail =
                        format!("the same uid as {other:?}; upstream counts them apart and keeps one");
                    found.push(Anomaly::new("uid_twice", &place, detail));
                }
            }
        }
        of_vote(vote, &place, found);
    }
}

fn of_vote(vote: &Vote, place: &str, found: &mut Vec<Anomaly>) {
    let Some(entry) = &vote.entry else {
        let detail = "upstream catches AttributeError and drops the rest of the run";
        found.push(Anomaly::new("entry_not_an_object", place, detail));
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
            found.push(Anomaly::new("score_not_a_number", format!("{place}.score"), detail));
        }
    }
    match &entry.specs {
        GpuSpecs::Missing => {}
        GpuSpecs::NotADict { .. } => {
            let detail =
                "no object: with a second entry on this uid upstream's call ends with AttributeError";
            found.push(Anomaly::new("specs_not_an_object", format!("{place}.gpu_specs"), detail));
        }
        GpuSpecs::Dict { gpu_name, num_gpus } => {
            for (field, value) in [("gpu_name", gpu_name), ("num_gpus", num_gpus)] {
                if matches!(value, Scalar::Container(_)) {
                    let detail =
                        "it has no hash: with a second entry on this uid upstream's call ends with TypeError";
                    found.push(Anomaly::new("unhashable", format!("{place}.gpu_specs.{field}"), detail));
                }
            }
        }
    }
}
