//! A cell explained: what was said, the rule that decided, and the entries that prove it.

mod rows;
mod scores;
mod words;

use std::collections::BTreeSet;
use std::io::Write;

use annals_log::LogIndex;
use annals_queries::Answer;
use serde::Deserialize;

use crate::asking::Asked;
use crate::asking::told::Told;
use crate::failure::Failure;
use crate::output::{StandingJson, json, table, write_notes};
use crate::terminal::printable;
use rows::rows_of;
pub(crate) use scores::ExplainedScores;
use words::{Outcome, Picked, Vote, why_none, write_outcome, write_picked};

/// What a reader of the votes need not see: the reason tells it, or the lines around the table.
const HIDDEN: &[&str] = &["uid_key", "own_score", "valid_from"];

/// All that is told of a uid, as it was answered.
pub(crate) struct ExplainedStats {
    uid: u16,
    stats: Answer,
    votes: Answer,
    combinations: Answer,
    outcome: Answer,
    evidence: Answer,
}

/// An entry of the log.
#[derive(Deserialize)]
struct Evidence {
    log_index: u64,
    kind: String,
    native_id: String,
}

impl ExplainedStats {
    /// Asks for all of it.
    pub(crate) fn ask(asked: &mut Asked, uid: u16) -> Result<Self, Failure> {
        let mut stats = asked.ask(&format!("select * from stats where uid = {uid}"))?;
        let votes = asked.ask(&format!(
            "select created_at, run_id, validator, uid_key, hotkey, gpu_name, num_gpus, score_text, own_score, allocated, \
             counts, reason, log_index, valid_from from stats_votes where uid = {uid} order by created_at, run_id, position"
        ))?;
        let combinations = asked.ask(&format!(
            "select gpu_name, num_gpus, score, count(*) as votes, min(created_at) as first_run_created_at from stats_votes \
             where uid = {uid} and counts group by gpu_name, num_gpus, score \
             order by votes desc, score desc, first_run_created_at, gpu_name, num_gpus"
        ))?;
        let outcome = asked.ask(
            "select outcome, exception, run_id, uid_key from upstream_outcome where function = 'get_stats_allocated'",
        )?;
        let sql = evidence_sql(&rows_of(&stats)?, &rows_of(&votes)?, asked.policy_index());
        let evidence = asked.ask(&sql)?;
        let others = [&votes, &combinations, &outcome, &evidence];
        let notes: BTreeSet<String> =
            others.into_iter().chain([&stats]).flat_map(|one| one.notes.clone()).collect();
        stats.notes = notes.into_iter().collect();
        Ok(Self { uid, stats, votes, combinations, outcome, evidence })
    }

    /// For people.
    pub(crate) fn write(&self, out: &mut impl Write) -> Result<(), Failure> {
        let uid = self.uid;
        let picked: Vec<Picked> = rows_of(&self.stats)?;
        let votes: Vec<Vote> = rows_of(&self.votes)?;
        match picked.first() {
            Some(picked) => write_picked(uid, picked, &votes, out)?,
            None => writeln!(out, "uid {uid}  {}", why_none(&votes))?,
        }
        for outcome in rows_of::<Outcome>(&self.outcome)?.iter().filter(|told| told.outcome == "raises") {
            write_outcome(outcome, out)?;
        }
        if !votes.is_empty() {
            writeln!(
                out,
                "\nEvery entry on it, in upstream's order of runs\n{}",
                table(&without(&self.votes, HIDDEN))?
            )?;
        }
        if self.combinations.row_count() > 0 {
            writeln!(out, "\nWhat the entries that count say\n{}", table(&self.combinations)?)?;
        }
        self.write_evidence(picked.first(), out)?;
        write_notes(&Told::of(&self.stats).notes(), out)?;
        write!(out, "\n{}", self.stats.standing.checkpoint)?;
        Ok(())
    }

    /// The entry that holds the picked one; `None` when nothing is picked.
    pub(crate) fn log_index(&self) -> Result<Option<u64>, Failure> {
        Ok(rows_of::<Picked>(&self.stats)?.first().map(|picked| picked.log_index))
    }

    fn write_evidence(&self, picked: Option<&Picked>, out: &mut impl Write) -> Result<(), Failure> {
        let evidence: Vec<Evidence> = rows_of(&self.evidence)?;
        if evidence.is_empty() {
            return Ok(());
        }
        writeln!(out, "\nThe entries behind it")?;
        for Evidence { log_index, kind, native_id } in &evidence {
            let (is_picked, brought) = picked
                .map_or((false, false), |row| (row.log_index == *log_index, row.valid_from == log_index + 1));
            let what = match kind.as_str() {
                "wandb_run" if is_picked => {
                    format!("the state of run {native_id}, which holds the picked entry")
                }
                "wandb_run" => format!("the state of run {native_id}"),
                "wandb_poll" if brought => "the poll that brought the row into force".to_owned(),
                "wandb_poll" => "a poll that brought entries into force".to_owned(),
                "policy_set" => "the policy: whose runs count, by which rules".to_owned(),
                other => other.to_owned(),
            };
            writeln!(out, "  {log_index:>8}  {}", printable(&what))?;
        }
        // The one that is picked, or any: of runs alone there are bytes of W&B.
        let any_run = || evidence.iter().find(|entry| entry.kind == "wandb_run").map(|entry| entry.log_index);
        if let Some(index) = picked.map(|row| row.log_index).or_else(any_run) {
            writeln!(out, "  annals prove {index} > p.tlog-proof     proves one of them to anybody")?;
            writeln!(out, "  annals raw {index}                      is what W&B told, byte for byte")?;
        }
        Ok(())
    }

    /// For programs.
    pub(crate) fn json(&self) -> Result<String, Failure> {
        let parts = [
            ("stats", &self.stats),
            ("votes", &self.votes),
            ("combinations", &self.combinations),
            ("upstream_outcome", &self.outcome),
            ("evidence", &self.evidence),
        ];
        let mut all = format!("{{\"uid\":{}", self.uid);
        for (name, answer) in parts {
            all += &format!(",\"{name}\":{}", json(answer)?);
        }
        Ok(all + &format!(",\"checkpoint\":{}}}", StandingJson::text(&Told::of(&self.stats))?))
    }
}

/// The entries that hold the votes, those that brought them and the row into force, and the policy.
fn evidence_sql(picked: &[Picked], votes: &[Vote], policy: Option<LogIndex>) -> String {
    let picked = picked.iter().map(|row| (row.log_index, row.valid_from));
    let votes = votes.iter().map(|vote| (vote.log_index, vote.valid_from));
    // A row stands from the size behind the entry that brought it.
    let rows = picked.chain(votes).flat_map(|(state, from)| [state, from - 1]);
    let entries: BTreeSet<u64> = rows.chain(policy.map(|index| index.0)).collect();
    let entries: Vec<String> = entries.iter().map(ToString::to_string).collect();
    // No entry has a negative index.
    let entries = if entries.is_empty() { "-1".to_owned() } else { entries.join(", ") };
    format!("select log_index, kind, native_id from events where log_index in ({entries}) order by log_index")
}

/// The answer with fewer columns.
fn without(answer: &Answer, hidden: &[&str]) -> Answer {
    let fields = answer.schema.fields().iter().enumerate();
    let shown: Vec<usize> = fields
        .filter(|(_, field)| !hidden.contains(&field.name().as_str()))
        .map(|(place, _)| place)
        .collect();
    let columns = "columns were picked from the schema";
    Answer {
        schema: answer.schema.project(&shown).expect(columns).into(),
        batches: answer.batches.iter().map(|batch| batch.project(&shown).expect(columns)).collect(),
        ..answer.clone()
    }
}
