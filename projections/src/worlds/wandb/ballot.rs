//! The `stats` field of a run's config: a validator's vote on every miner.

use annals_log::Upstream;
use annals_log::json::{Object, Text, Value};
use bincode::{Decode, Encode};

use crate::upstream::python::{Exception, Scalar, exact_text};
use crate::upstream::specs::GpuSpecs;

/// All votes of a run, in the order of its JSON.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Ballot {
    pub(crate) votes: Vec<Vote>,
    /// What upstream raises, and catches by skipping the run, when the value is true and not a dict.
    pub(crate) exception: Option<Exception>,
}

/// One entry of `stats`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Vote {
    /// The key, as the validator wrote it.
    pub(crate) uid_key: String,
    /// `None` when the entry is not a dict.
    pub(crate) entry: Option<Entry>,
}

/// The fields of an entry that upstream or annals look at.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Entry {
    pub(crate) hotkey: Option<String>,
    /// Whether the field `is True`, which `1` is not.
    pub(crate) is_own_score: bool,
    /// Whether the field `is True`.
    pub(crate) is_allocated: bool,
    pub(crate) score: Option<Scalar>,
    pub(crate) specs: GpuSpecs,
    pub(crate) reliability_score: Option<Scalar>,
    /// The time as the validator's database wrote it.
    pub(crate) written_at: Option<String>,
    /// The whole entry, numbers as they were written; kept only for entries that may be picked.
    pub(crate) json: Option<String>,
}

/// Whether a vote gets into upstream's count, and if not, why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is compared with the others.
    Counted,
    /// An entry before it, or this one, ended the reading of the run.
    RunAborted(Exception),
    /// The entry is of a score that this validator did not measure.
    NotOwnScore,
    /// v1.9.0 takes only scores above 0.
    ScoreNotPositive,
    /// v1.9.0 takes only miners that the validator says are allocated.
    NotAllocated,
    /// A score that equals 0 is dropped before the count.
    ScoreZero,
}

impl Ballot {
    /// Reads the field. Texts are moved, not copied: most of what a config holds is its ballot.
    pub(crate) fn of(value: Value) -> Self {
        match value {
            Value::Object(stats) => {
                let vote = |(uid, entry)| Vote::of(uid, entry);
                Self { votes: stats.into_iter().map(vote).collect(), exception: None }
            }
            _ => Self { votes: Vec::new(), exception: value.is_truthy().then_some(Exception::Attribute) },
        }
    }

    /// Returns the verdict on each vote, in order (`get_stats_allocated`). An exception ends the run; votes that were
    /// appended before it stay.
    pub(crate) fn verdicts(&self, upstream: Upstream) -> Vec<Verdict> {
        let mut aborted = None;
        let verdict_of = |vote: &Vote| {
            if let Some(exception) = aborted {
                return Verdict::RunAborted(exception);
            }
            let (verdict, raised) = vote.verdict(upstream);
            aborted = raised;
            verdict
        };
        self.votes.iter().map(verdict_of).collect()
    }
}

impl Vote {
    fn of(uid: Text, entry: Value) -> Self {
        let entry = match entry {
            Value::Object(entry) => Some(Entry::of(entry)),
            _ => None,
        };
        Self { uid_key: exact_text(uid), entry }
    }

    /// Returns the verdict, and the exception that ends the run after it.
    fn verdict(&self, upstream: Upstream) -> (Verdict, Option<Exception>) {
        let aborts = |exception| (Verdict::RunAborted(exception), Some(exception));
        let Some(entry) = &self.entry else { return aborts(Exception::Attribute) };
        if !entry.is_own_score {
            return (Verdict::NotOwnScore, None);
        }
        let mut raised = None;
        if upstream == Upstream::V1_9_0 {
            match entry.score.as_ref().map_or(Ok(false), Scalar::is_positive) {
                Err(exception) => return aborts(exception),
                Ok(false) => return (Verdict::ScoreNotPositive, None),
                Ok(true) if !entry.is_allocated => return (Verdict::NotAllocated, None),
                Ok(true) => {}
            }
            // Upstream logs each entry that it appended, and raises there when the specs are not a dict.
            raised = (entry.specs == GpuSpecs::NotADict { is_truthy: true }).then_some(Exception::Attribute);
        }
        let is_counted = entry.score.as_ref().is_some_and(Scalar::is_not_zero);
        (if is_counted { Verdict::Counted } else { Verdict::ScoreZero }, raised)
    }
}

impl Entry {
    fn of(entry: Object) -> Self {
        let is_true = |key| entry.get(key) == Some(&Value::Bool(true));
        let is_own_score = is_true("own_score");
        let mut read = Self {
            hotkey: None,
            is_own_score,
            is_allocated: is_true("allocated"),
            score: None,
            specs: GpuSpecs::Missing,
            reliability_score: None,
            written_at: None,
            json: is_own_score.then(|| entry.to_json()),
        };
        for (key, value) in entry {
            match key.as_bytes() {
                b"hotkey" => read.hotkey = lossy_text(value),
                b"score" => read.score = Some(Scalar::of(value)),
                b"gpu_specs" => read.specs = GpuSpecs::of(value),
                b"reliability_score" => read.reliability_score = Some(Scalar::of(value)),
                b"created_at" => read.written_at = lossy_text(value),
                _ => {}
            }
        }
        read
    }
}

fn lossy_text(value: Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.into_string().unwrap_or_else(|text| text.to_lossy().into_owned())),
        _ => None,
    }
}

impl Verdict {
    /// Whether upstream compares it with the others.
    pub(crate) fn counts(self) -> bool {
        self == Self::Counted
    }

    /// Returns the word that SQL shows.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Counted => "counted",
            Self::RunAborted(_) => "run_aborted",
            Self::NotOwnScore => "not_own_score",
            Self::ScoreNotPositive => "score_not_positive",
            Self::NotAllocated => "not_allocated",
            Self::ScoreZero => "score_zero",
        }
    }
}
