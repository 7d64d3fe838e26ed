//! Scores explained: what upstream gives a uid in each validator's view, by which rule, and the entries behind it.

use std::io::Write;

use annals_queries::Answer;
use serde::Deserialize;

use super::evidence::Evidence;
use super::parts::{object, told_of, write_end};
use super::rows::{float, rows_of};
use crate::asking::Asked;
use crate::asking::told::Told;
use crate::failure::Failure;
use crate::output::table;
use crate::terminal::printable;

/// All that is told of a uid's scores, as it was answered.
pub(crate) struct ExplainedScores {
    uid: u16,
    scores: Answer,
    evidence: Answer,
    told: Told,
}

/// A row of `scores`, as far as it is told.
#[derive(Deserialize)]
struct Row {
    validator: Option<String>,
    database: Option<String>,
    #[serde(deserialize_with = "float")]
    score: Option<f64>,
    #[serde(deserialize_with = "float")]
    stats_score: Option<f64>,
    reason: String,
    not_queryable: Option<String>,
    unknown: Option<String>,
    gpu_name: Option<String>,
    num_gpus: Option<i64>,
    external_hundredfold: bool,
    exception: Option<String>,
    neuron_log_index: u64,
    axon_log_index: Option<u64>,
    pog_log_index: Option<u64>,
    external_log_index: Option<u64>,
    checklist_log_index: Option<u64>,
    stats_log_index: Option<u64>,
}

impl ExplainedScores {
    /// Asks for all of it.
    pub(crate) fn ask(asked: &mut Asked, uid: u16) -> Result<Self, Failure> {
        let sql = format!("select * from scores where uid = {uid} order by validator, database");
        let scores = asked.ask(&sql)?;
        let rows: Vec<Row> = rows_of(&scores)?;
        let (evidence, _) = Evidence::ask(asked, rows.iter().flat_map(Row::entries))?;
        let told = told_of(&[&scores, &evidence]);
        Ok(Self { uid, scores, evidence, told })
    }

    /// For people.
    pub(crate) fn write(&self, out: &mut impl Write) -> Result<(), Failure> {
        let rows: Vec<Row> = rows_of(&self.scores)?;
        writeln!(out, "uid {}", self.uid)?;
        if rows.is_empty() {
            writeln!(out, "  has no scores: nobody has the uid, or no validator is known")?;
        }
        for row in &rows {
            writeln!(out, "{}", row.in_words())?;
        }
        if self.evidence.row_count() > 0 {
            writeln!(out, "\nThe entries behind it\n{}", table(&self.evidence)?)?;
        }
        write_end(&self.told, out)
    }

    /// For programs.
    pub(crate) fn json(&self) -> Result<String, Failure> {
        let parts = [("scores", &self.scores), ("evidence", &self.evidence)];
        object(&[("uid", self.uid.to_string())], &parts, &self.told)
    }
}

impl Row {
    /// Says whose view it is, the score, and why it is that.
    fn in_words(&self) -> String {
        let validator = printable(self.validator.as_deref().unwrap_or("of an unknown hotkey"));
        let database = self.database.as_deref().map_or("no database of it is recorded".to_owned(), |name| {
            format!("database {}", printable(name))
        });
        let score = match (self.score, self.stats_score) {
            (Some(score), Some(stats)) => format!("score {score}, in stats {stats}"),
            (Some(score), None) => format!("score {score}"),
            (None, _) => "score unknown".to_owned(),
        };
        let mut words = format!("  validator {validator} ({database})\n    {score}: {}", self.why());
        if self.external_hundredfold {
            words += "\n    v1.9.0 takes that score a hundredfold: it is 0 to 100, and counts as 0 to 1";
        }
        if let Some(exception) = &self.exception {
            words += &format!("\n    and its own call ends at this uid, with {}", printable(exception));
        }
        words
    }

    fn why(&self) -> String {
        let gpus = match (&self.gpu_name, self.num_gpus) {
            (Some(name), Some(count)) => format!(", {count} x {}", printable(name)),
            _ => String::new(),
        };
        match self.reason.as_str() {
            "not_queryable" => not_queryable(self.not_queryable.as_deref()).to_owned(),
            "penalized_checklist" => "the signed checklist has its hotkey".to_owned(),
            "pog" => format!("its own Proof-of-GPU{gpus}"),
            "external" => format!("it has no good spec of its own, and takes another validator's{gpus}"),
            "none" => "it has no good spec of its own, and no other validator's entry counts".to_owned(),
            "error" => "upstream's code raises at this uid, and goes on with 0".to_owned(),
            _ => unknown(self.unknown.as_deref().unwrap_or_default()),
        }
    }

    /// Returns the entries of the log that it follows from.
    fn entries(&self) -> impl Iterator<Item = u64> {
        let inputs = [
            Some(self.neuron_log_index),
            self.axon_log_index,
            self.pog_log_index,
            self.external_log_index,
            self.checklist_log_index,
            self.stats_log_index,
        ];
        inputs.into_iter().flatten()
    }
}

fn not_queryable(why: Option<&str>) -> &'static str {
    match why {
        Some("ip_zero") => "it is not queried: its axon has no address",
        Some("shared_ip") => "it is not queried: a lower uid has the same address",
        Some("version") => "it is not queried: its version is below the minimal one",
        Some("blacklist") => "it is not queried: the policy bars it",
        Some("exploiter") => "it is not queried: upstream's list of exploiters has it",
        _ => "it is not queried",
    }
}

/// Says what would decide, and is not in the log.
fn unknown(inputs: &str) -> String {
    let words = inputs.split(", ").map(|input| match input {
        "runs" => "no poll of W&B was complete yet",
        "pog_stats" => "what it proved itself is not recorded",
        "version" => "whether its version is new enough depends on what is not in the log",
        other => other,
    });
    words.collect::<Vec<_>>().join("; ")
}
