//! The score of one uid, and the reason for it.

use annals_log::Upstream;
use annals_log::json::{Object, Value};

use super::database::PogRow;
use super::python_number::{integer, over_100, times_100};

/// Why a uid is not queried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unqueryable {
    /// Its axon has no address.
    IpZero,
    /// A lower uid has the same address.
    SharedIp,
    /// Its version is below the minimal one, and too many have one above for it to be let in.
    Version,
    /// The operator barred it.
    Blacklist,
    /// Upstream's own list bars it.
    Exploiter,
}

/// What decided a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScoreReason {
    /// The validator does not query the uid.
    NotQueryable(Unqueryable),
    /// The signed checklist has its hotkey.
    PenalizedChecklist,
    /// The validator's own Proof-of-GPU.
    Pog,
    /// Another validator's entry.
    External,
    /// There is neither.
    None,
    /// Upstream's code raised at this uid, and swallowed it.
    Error,
}

/// The entry that `get_stats_allocated` picks for a uid.
#[derive(Debug, Clone, PartialEq)]
pub struct ExternalEntry(pub Object);

/// What the score of a queryable uid follows from.
pub(crate) struct UidInputs<'a> {
    pub(crate) upstream: Upstream,
    pub(crate) own: Option<&'a PogRow>,
    pub(crate) external: Option<&'a ExternalEntry>,
    pub(crate) is_penalized: bool,
    pub(crate) gpu_scores: &'a [(String, f64)],
}

/// The score of a queryable uid.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ruling {
    pub(crate) reason: ScoreReason,
    /// What goes into the scores, 1 for the best; any value of another validator's.
    pub(crate) score: Value,
    /// What goes into the stats: a hundred times that.
    pub(crate) row_score: Value,
    pub(crate) specs: Value,
    pub(crate) is_own: bool,
}

/// What upstream had written of a uid when it raised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Swallowed {
    /// `own_score`, unless it was not written yet.
    pub(crate) is_own: Option<bool>,
}

impl Ruling {
    /// Returns the score of a uid that is queried.
    ///
    /// # Errors
    /// `Swallowed`: the score is 0, and the stats keep what they had.
    pub(crate) fn of(inputs: &UidInputs<'_>) -> Result<Self, Swallowed> {
        let (mut reason, mut score, specs) = match (inputs.own, inputs.external) {
            // A good spec of its own shuts out every other, whatever its score.
            (Some(own), _) => (ScoreReason::Pog, own.score(inputs.gpu_scores), own.specs()),
            (None, Some(entry)) => entry.taken_by(inputs.upstream)?,
            (None, None) => nothing(),
        };
        let is_own = reason != ScoreReason::External;
        if inputs.is_penalized {
            (reason, score) = (ScoreReason::PenalizedChecklist, integer(0));
        }
        let row_score = times_100(&score).map_err(|_| Swallowed { is_own: Some(is_own) })?;
        Ok(Self { reason, score, row_score, specs, is_own })
    }
}

fn nothing() -> (ScoreReason, Value, Value) {
    (ScoreReason::None, integer(0), Value::Null)
}

impl ExternalEntry {
    /// Returns what a validator without a spec of its own takes from the entry.
    fn taken_by(&self, upstream: Upstream) -> Result<(ScoreReason, Value, Value), Swallowed> {
        let score = self.0.get("score").cloned().unwrap_or_else(|| integer(0));
        let specs = self.0.get("gpu_specs").cloned().unwrap_or(Value::Null);
        match upstream {
            Upstream::V1_8_3 => {
                // It has not said yet whose score it is.
                let score = over_100(&score).map_err(|_| Swallowed { is_own: None })?;
                Ok((ScoreReason::External, score, specs))
            }
            // The division is lost in this version: what was 0 to 100 counts as 0 to 1, a hundredfold.
            Upstream::V1_9_0 if matches!(specs, Value::Object(_)) => {
                Ok((ScoreReason::External, score, specs))
            }
            Upstream::V1_9_0 => Ok(nothing()),
        }
    }
}

impl ScoreReason {
    /// Returns the word that SQL shows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotQueryable(_) => "not_queryable",
            Self::PenalizedChecklist => "penalized_checklist",
            Self::Pog => "pog",
            Self::External => "external",
            Self::None => "none",
            Self::Error => "error",
        }
    }
}

impl Unqueryable {
    /// Returns the word that SQL shows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::IpZero => "ip_zero",
            Self::SharedIp => "shared_ip",
            Self::Version => "version",
            Self::Blacklist => "blacklist",
            Self::Exploiter => "exploiter",
        }
    }
}
