//! The verdict on an attack: what was told, and what was a lie.

use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};

use annals_log::ReadError;

/// Where a fault may be: an error has to name one of them.
const PLACES: [&str; 6] = ["segments", "watermark", "published", "keys/", "index", "LOCK"];

/// What came of an attack.
#[derive(Default)]
pub(crate) struct Verdict {
    /// Each breaks the promise.
    pub(crate) lies: Vec<String>,
    /// Some call was refused and named its place.
    pub(crate) told: bool,
    /// The log opened to write: how many events it acknowledged since.
    pub(crate) recorded: Option<usize>,
}

/// An error after the damage that was recorded on with.
pub(super) enum Lie {
    /// Nobody is told.
    Silent(String),
    Told(String),
}

impl Lie {
    pub(super) fn of_error(error: &dyn Display) -> Self {
        Self::Told(error.to_string())
    }

    pub(super) fn text(self) -> String {
        match self {
            Self::Silent(text) | Self::Told(text) => text,
        }
    }
}

impl Verdict {
    pub(super) fn guarded(&mut self, what: &str, ask: impl FnOnce(&mut Self)) {
        let mut verdict = std::mem::take(self);
        let outcome = catch_unwind(AssertUnwindSafe(|| ask(&mut verdict)));
        *self = verdict;
        if let Err(panic) = outcome {
            let text =
                panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
            self.lies.push(format!("a panic while {what}: {}", text.unwrap_or("without a word")));
        }
    }

    /// Takes what was refused for told, if it names a place.
    pub(super) fn named(&mut self, what: &str, error: &str) {
        self.told = true;
        if !PLACES.iter().any(|place| error.contains(place)) {
            self.lies.push(format!("{what} names no place: {error}"));
        }
    }

    pub(super) fn told_or(&mut self, lie: Lie) {
        match lie {
            Lie::Silent(text) => self.lies.push(text),
            Lie::Told(error) => self.named("reading what was recorded on", &error),
        }
    }

    pub(super) fn asked<T>(&mut self, what: &str, answer: Result<T, impl Display>) -> Option<T> {
        answer.map_err(|error| self.named(what, &error.to_string())).ok()
    }

    pub(super) fn answer<T: PartialEq>(&mut self, what: &str, answer: Result<T, ReadError>, truth: &T) {
        if let Some(answer) = self.asked(what, answer) {
            self.same(what, &answer, truth);
        }
    }

    pub(super) fn same<T: PartialEq>(&mut self, what: impl Display, answer: &T, truth: &T) {
        if answer != truth {
            self.lies.push(format!("{what} is not the truth, and nothing says so"));
        }
    }
}
