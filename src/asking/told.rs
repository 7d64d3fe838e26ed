//! What is told of an answer beside its rows.

use annals_queries::{Answer, Standing};
use serde::{Deserialize, Serialize};

use crate::output::manner::TableShape;

/// What has to be told beside the rows of an answer.
#[derive(Clone)]
pub(crate) struct Told {
    pub(crate) standing: Standing,
    pub(crate) volatile: Vec<String>,
    pub(crate) cut_at: Option<usize>,
    pub(crate) notes: Vec<String>,
    /// In the place of all notes: those of an answer that is written again.
    pub(crate) only_notes: Option<Vec<String>>,
    /// Who has it can ask again: it is there once all rows are, where the answer is to be evidence.
    pub(crate) answered: Option<Answered>,
}

/// A question, and what was answered: with it, whoever has a copy of the log can check the rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Answered {
    pub(crate) question: Question,
    pub(crate) row_count: u64,
    /// The digest of the rows, in hexadecimal.
    pub(crate) rows_sha256: String,
    /// The version of annals that answered.
    pub(crate) annals: String,
    /// What its table looks like, for an answer that is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) table: Option<TableShape>,
}

/// A question as it was asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Question {
    pub(crate) sql: String,
    /// As `--param` takes them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) parameters: Vec<String>,
    /// The policy of a what-if, as `--policy` takes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) policy: Option<String>,
    /// The most rows that were wanted, where somebody said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rows_max: Option<usize>,
}

impl Told {
    pub(crate) fn of(answer: &Answer) -> Self {
        Self {
            standing: answer.standing.clone(),
            volatile: answer.volatile.clone(),
            cut_at: answer.cut_at,
            notes: answer.notes.clone(),
            only_notes: None,
            answered: None,
        }
    }

    /// Returns a sentence where there are more rows.
    pub(crate) fn cut(&self) -> Option<String> {
        self.cut_at.map(|rows| format!("cut: there are more rows than these {rows}"))
    }

    /// Returns a sentence for everything without which the rows would be misread.
    pub(crate) fn notes(&self) -> Vec<String> {
        if let Some(notes) = &self.only_notes {
            return notes.clone();
        }
        let mut notes = self.notes.clone();
        notes.extend(self.cut());
        if !self.volatile.is_empty() {
            let used = self.volatile.join(", ");
            notes.push(format!("{used} gives something else every time: nobody can get this answer again"));
        }
        if self.standing.what_if {
            notes.push(
                "what if: folded under another policy than the log's; nobody signed these tables".into(),
            );
        }
        if self.standing.fixture {
            notes.push(
                "fixture: a test log, whose clock and key are public: its signatures prove nothing".into(),
            );
        }
        notes
    }
}
