//! Upstream's rules in words: why a uid has the row that it has in `stats`, or none.

use std::collections::BTreeSet;
use std::io::Write;

use serde::Deserialize;

use crate::failure::Failure;
use crate::terminal::printable;

/// A row of `stats`, as far as it is told.
#[derive(Deserialize)]
pub(super) struct Picked {
    pub(super) uid_key: String,
    pub(super) hotkey: Option<String>,
    pub(super) gpu_name: Option<String>,
    pub(super) num_gpus: Option<i64>,
    pub(super) score_text: Option<String>,
    pub(super) allocated: bool,
    pub(super) run_id: String,
    pub(super) validator: Option<String>,
    pub(super) votes: u64,
    pub(super) entries: u64,
    pub(super) candidates: u64,
    pub(super) rule: String,
    pub(super) order_tie: bool,
    pub(super) log_index: u64,
    pub(super) valid_from: u64,
}

/// A row of `stats_votes`, as far as it is needed.
#[derive(Deserialize)]
pub(super) struct Vote {
    pub(super) uid_key: String,
    pub(super) counts: bool,
    pub(super) log_index: u64,
    pub(super) valid_from: u64,
}

/// How upstream's own call ends.
#[derive(Deserialize)]
pub(super) struct Outcome {
    pub(super) outcome: String,
    pub(super) exception: Option<String>,
    pub(super) run_id: Option<String>,
    pub(super) uid_key: Option<String>,
}

/// What is picked, by whom it was told, and by which rule.
pub(super) fn write_picked(
    uid: u16,
    row: &Picked,
    votes: &[Vote],
    out: &mut impl Write,
) -> Result<(), Failure> {
    let or_none = |text: &Option<String>| printable(text.as_deref().unwrap_or("none")).into_owned();
    let gpus = row.num_gpus.map_or("an unreadable number of".to_owned(), |count| count.to_string());
    let allocated = if row.allocated { "allocated" } else { "not allocated" };
    writeln!(
        out,
        "uid {uid}  {gpus} x {}, score {}, {allocated}",
        or_none(&row.gpu_name),
        or_none(&row.score_text)
    )?;
    writeln!(out, "hotkey   {}", or_none(&row.hotkey))?;
    writeln!(out, "told by  validator {}, run {}", or_none(&row.validator), printable(&row.run_id))?;
    writeln!(out, "because  {}", rule_in_words(row))?;
    if row.order_tie {
        writeln!(
            out,
            "         Had the runs been created in another order, another one would have been picked."
        )?;
    }
    let keys: BTreeSet<&str> =
        votes.iter().filter(|vote| vote.counts).map(|vote| vote.uid_key.as_str()).collect();
    if keys.len() > 1 {
        let key = printable(&row.uid_key);
        writeln!(
            out,
            "         The uid is written in {} ways; upstream keeps the one it meets last, {key:?}.",
            keys.len()
        )?;
    }
    Ok(())
}

/// Why a uid has no row in `stats`.
pub(super) fn why_none(votes: &[Vote]) -> &'static str {
    if votes.is_empty() {
        "no run has an entry on it: nobody said anything"
    } else if votes.iter().any(|vote| vote.counts) {
        "has no row in stats: upstream cannot pick one of the entries that count"
    } else {
        "has no row in stats: no entry on it counts, and the reasons are below"
    }
}

/// Upstream's `pick_dominant_dict`.
fn rule_in_words(row: &Picked) -> String {
    let Picked { votes, entries, candidates, .. } = row;
    match row.rule.as_str() {
        "only_entry" => "only one entry counts: there was nothing to decide".to_owned(),
        "most_votes" => format!(
            "most votes: {votes} of {entries} entries that count say the same GPU, number and score, and no other \
             combination has as many"
        ),
        "highest_score" => format!(
            "highest score: {candidates} combinations have the most votes ({votes} each of {entries}), and upstream takes \
             the highest score of them"
        ),
        "first_run" => format!(
            "first run: {candidates} combinations have the most votes ({votes} each of {entries}) and the highest score \
             is that of several, so upstream takes the one that it met first, in the oldest run"
        ),
        other => format!("rule {other}"),
    }
}

/// That upstream's own call raises, and what then stands in the table.
pub(super) fn write_outcome(told: &Outcome, out: &mut impl Write) -> Result<(), Failure> {
    let part = |name: &str, value: &Option<String>| {
        value.as_ref().map(|value| format!(" {name} {}", printable(value))).unwrap_or_default()
    };
    let exception = told.exception.as_deref().map_or(String::new(), |class| format!(" {class}"));
    let on = part("on run", &told.run_id) + &part("at uid", &told.uid_key);
    let stands = match told.run_id {
        Some(_) => "what stands here is what it would get without the offender",
        None => "the last poll failed, and what stands here is of the last whole one",
    };
    writeln!(
        out,
        "but      upstream's own get_stats_allocated raises{exception}{on}: it gets no stats at all; {stands}"
    )?;
    Ok(())
}
