//! What tables have to say about one query beside their rows.

use std::sync::{Arc, Mutex};

use datafusion::catalog::Session;

/// Sentences, in the order they were first said. Each query has its own, as an extension of its configuration.
#[derive(Debug, Default)]
pub(crate) struct Notes(Mutex<Vec<String>>);

impl Notes {
    /// Adds a sentence to the answer of the query that `session` runs.
    pub(crate) fn add(session: &dyn Session, note: String) {
        if let Some(notes) = Self::of(session) {
            notes.push(note);
        }
    }

    /// Those of the query that `session` runs, for whoever has something to say only while it runs.
    pub(crate) fn of(session: &dyn Session) -> Option<Arc<Self>> {
        session.config().get_extension::<Self>()
    }

    /// Adds a sentence, if nobody has said it yet.
    pub(crate) fn push(&self, note: String) {
        let mut notes = self.0.lock().expect("nobody panics while holding the notes");
        if !notes.contains(&note) {
            notes.push(note);
        }
    }

    /// Returns what was said by now.
    pub(crate) fn said(&self) -> Vec<String> {
        self.0.lock().expect("nobody panics while holding the notes").clone()
    }
}
