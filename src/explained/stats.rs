//! Stats explained: the entry that upstream picks for a uid, all others on it, and the rule that decided.

use std::io::Write;

use annals_queries::Answer;

use super::evidence::{Evidence, write_ways};
use super::parts::{object, told_of, write_end};
use super::rows::rows_of;
use super::stats_words::{Outcome, Picked, Vote, why_none, write_outcome, write_picked};
use crate::asking::Asked;
use crate::asking::told::Told;
use crate::failure::Failure;
use crate::output::table;
use crate::terminal::printable;

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
    told: Told,
}

impl ExplainedStats {
    /// Asks for all of it.
    pub(crate) fn ask(asked: &mut Asked, uid: u16) -> Result<Self, Failure> {
        let stats = asked.ask(&format!("select * from stats where uid = {uid}"))?;
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
        let entries = entries_behind(&rows_of(&stats)?, &rows_of(&votes)?);
        let (evidence, _) = Evidence::ask(asked, entries)?;
        let told = told_of(&[&stats, &votes, &combinations, &outcome, &evidence]);
        Ok(Self { uid, stats, votes, combinations, outcome, evidence, told })
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
        write_end(&self.told, out)
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
        for Evidence { log_index, kind, native_id, .. } in &evidence {
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
            write_ways(index, Some(index), out)?;
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
        object(&[("uid", self.uid.to_string())], &parts, &self.told)
    }
}

/// Returns the entries that hold the votes, and those that brought them and the row into force.
fn entries_behind(picked: &[Picked], votes: &[Vote]) -> Vec<u64> {
    let picked = picked.iter().map(|row| (row.log_index, row.valid_from));
    let votes = votes.iter().map(|vote| (vote.log_index, vote.valid_from));
    // A row stands from the size behind the entry that brought it.
    picked.chain(votes).flat_map(|(state, from)| [state, from - 1]).collect()
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
