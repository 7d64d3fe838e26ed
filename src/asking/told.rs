//! What is told of an answer beside its rows.

use annals_queries::{Answer, Standing};

/// What has to be told beside the rows of an answer.
pub(crate) struct Told {
    pub(crate) standing: Standing,
    pub(crate) volatile: Vec<String>,
    pub(crate) cut_at: Option<usize>,
    pub(crate) notes: Vec<String>,
}

impl Told {
    pub(crate) fn of(answer: &Answer) -> Self {
        Self {
            standing: answer.standing.clone(),
            volatile: answer.volatile.clone(),
            cut_at: answer.cut_at,
            notes: answer.notes.clone(),
        }
    }

    /// Returns a sentence where there are more rows.
    pub(crate) fn cut(&self) -> Option<String> {
        self.cut_at.map(|rows| format!("cut: there are more rows than these {rows}"))
    }

    /// Returns a sentence for everything without which the rows would be misread.
    pub(crate) fn notes(&self) -> Vec<String> {
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
