//! The score of a uid in a view, with what it follows from.

use annals_log::Upstream;
use annals_log::json::Value;

use super::metagraph::HeldNeuron;
use super::queried::Verdict;
use super::validator_db::{HeldStats, ValidatorDb};
use super::view::View;
use super::world::{External, Scores};
use crate::upstream::scores::{
    PogRow, Ruling, ScoreReason, SyncException, UidInputs, Unqueryable, float, print_specs, tensor_element,
};
use crate::upstream::specs::GpuSpecs;

/// What upstream makes of a uid, as far as the log can tell; a score of `None` is unknown, or upstream raises instead.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scored {
    /// `None` where it is unknown.
    pub(super) reason: Option<ScoreReason>,
    /// What cannot be observed and would decide, word by word.
    pub(super) unknown: Vec<&'static str>,
    /// `self.scores[uid]`: 1 for the best, an `f32` there.
    pub(super) score: Option<f64>,
    /// What the validator writes into its table `stats`.
    pub(super) stats_score: Option<f64>,
    pub(super) is_own: Option<bool>,
    /// Whether the row of `stats` stays as it was.
    pub(super) is_row_kept: bool,
    pub(super) is_hundredfold: bool,
    pub(super) exception: Option<SyncException>,
    pub(super) specs: Option<GpuSpecs>,
}

/// The entries of the log behind a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Inputs {
    pub(super) neuron: u64,
    pub(super) axon: Option<u64>,
    pub(super) pog: Option<u64>,
    pub(super) external: Option<u64>,
    pub(super) checklist: Option<u64>,
    pub(super) stats: Option<u64>,
}

/// A uid in a view.
pub(super) struct Subject<'a> {
    world: &'a Scores,
    pub(super) neuron: &'a HeldNeuron,
    verdict: Verdict,
    uid: u16,
    db: Option<&'a ValidatorDb>,
    own: Option<(&'a PogRow, u64)>,
    external: Option<&'a External>,
}

impl<'a> Subject<'a> {
    /// Returns the subject; `None` when nobody has the uid.
    pub(super) fn of(
        world: &'a Scores,
        view: &View,
        uid: u16,
        external: Option<&'a External>,
    ) -> Option<Self> {
        let neuron = world.metagraph.neuron(uid)?;
        let verdict = *world.verdicts.get(&uid)?;
        let db = view.database.as_ref().and_then(|name| world.databases.get(name));
        let own = db.and_then(|db| db.spec(&neuron.hotkey));
        Some(Self { world, neuron, verdict, uid, db, own, external })
    }

    /// Returns the entries that this score follows from: those of what decided, not of what was passed over.
    pub(super) fn inputs(&self, scored: &Scored) -> Inputs {
        let axon = self.world.metagraph.axon(&self.neuron.hotkey);
        let external = self.external.map(|external| external.log_index);
        let mut inputs = Inputs {
            neuron: self.neuron.log_index,
            axon: axon.map(|axon| axon.log_index),
            ..Inputs::default()
        };
        match scored.reason {
            Some(ScoreReason::PenalizedChecklist) => {
                inputs.checklist = self.world.penalized.get(&self.neuron.hotkey).copied();
            }
            Some(ScoreReason::Pog) => inputs.pog = self.own.map(|(_, log_index)| log_index),
            Some(ScoreReason::External | ScoreReason::Error) => inputs.external = external,
            Some(ScoreReason::NotQueryable(_) | ScoreReason::None) | None => {}
        }
        if scored.is_row_kept {
            inputs.stats = self.row().map(|row| row.log_index);
        }
        inputs
    }

    /// Scores the uid.
    pub(super) fn score(&self) -> Scored {
        let if_queried = match self.verdict {
            Verdict::NotQueried(why) => return self.not_queried(why),
            Verdict::Queried | Verdict::Unknown => self.queried(),
        };
        if self.verdict == Verdict::Queried {
            return if_queried;
        }
        // It may be too old: then the score is 0, whatever else is known or not.
        let same = |other: Option<f64>, this: Option<f64>| if other == this { this } else { None };
        let too_old = self.not_queried(Unqueryable::Version);
        let mut unknown = if_queried.unknown;
        unknown.push("version");
        Scored {
            unknown,
            score: same(too_old.score, if_queried.score),
            stats_score: same(too_old.stats_score, if_queried.stats_score),
            ..NOTHING
        }
    }

    /// Scores a uid that is not queried: v1.9.0 writes a zero, v1.8.3 leaves the row as it was.
    fn not_queried(&self, why: Unqueryable) -> Scored {
        let is_written = self.world.policy.upstream == Upstream::V1_9_0;
        Scored {
            reason: Some(ScoreReason::NotQueryable(why)),
            score: Some(0.0),
            stats_score: if is_written { Some(0.0) } else { self.row().and_then(|row| row.score) },
            is_own: is_written.then_some(true),
            is_row_kept: !is_written,
            ..NOTHING
        }
    }

    fn queried(&self) -> Scored {
        let is_penalized = self.world.penalized.contains_key(&self.neuron.hotkey);
        let mut unknown = Vec::new();
        if !self.world.are_runs_known {
            unknown.push("runs");
        }
        // The checklist sets the score to 0, whatever a validator found itself.
        if !self.is_own_known() && !is_penalized {
            unknown.push("pog_stats");
        }
        if !unknown.is_empty() {
            return Scored { unknown, ..NOTHING };
        }
        let ruling = Ruling::of(&UidInputs {
            upstream: self.world.policy.upstream,
            own: self.own.map(|(row, _)| row),
            // An own spec would shut it out.
            external: self.external.map(|external| &external.entry).filter(|_| self.is_own_known()),
            is_penalized,
            gpu_scores: &self.world.policy.gpu_scores,
        });
        match ruling {
            Ok(ruling) => self.ruled(&ruling),
            Err(swallowed) => Scored {
                reason: Some(ScoreReason::Error),
                score: Some(0.0),
                stats_score: self.row().and_then(|row| row.score),
                is_own: swallowed.is_own,
                is_row_kept: true,
                ..NOTHING
            },
        }
    }

    fn ruled(&self, ruling: &Ruling) -> Scored {
        let element = tensor_element(&ruling.score);
        let is_external = ruling.reason == ScoreReason::External;
        // Who is penalized keeps the specs: whether there are some is unknown without a database.
        let are_specs_known = self.is_own_known();
        Scored {
            reason: Some(ruling.reason),
            unknown: Vec::new(),
            score: element.ok().map(f64::from),
            stats_score: element.ok().and_then(|_| float(&ruling.row_score).ok()),
            is_own: are_specs_known.then_some(ruling.is_own),
            is_row_kept: false,
            is_hundredfold: is_external && self.world.policy.upstream == Upstream::V1_9_0,
            exception: element.err().or_else(|| print_specs(&ruling.specs).err()),
            specs: match &ruling.specs {
                Value::Null => None,
                specs => are_specs_known.then(|| GpuSpecs::of(specs.clone())),
            },
        }
    }

    /// Whether the log has the validator's own results of Proof-of-GPU.
    fn is_own_known(&self) -> bool {
        self.db.is_some_and(|db| db.read.is_pog_read)
    }

    fn row(&self) -> Option<&'a HeldStats> {
        self.db?.stats.get(&i64::from(self.uid))
    }
}

const NOTHING: Scored = Scored {
    reason: None,
    unknown: Vec::new(),
    score: None,
    stats_score: None,
    is_own: None,
    is_row_kept: false,
    is_hundredfold: false,
    exception: None,
    specs: None,
};

impl Scored {
    /// Returns the entry that decided.
    pub(super) fn decided_by(&self, inputs: &Inputs) -> u64 {
        let decided = match self.reason {
            Some(ScoreReason::NotQueryable(
                Unqueryable::IpZero | Unqueryable::SharedIp | Unqueryable::Version,
            )) => inputs.axon,
            Some(ScoreReason::PenalizedChecklist) => inputs.checklist,
            Some(ScoreReason::Pog) => inputs.pog,
            Some(ScoreReason::External | ScoreReason::Error) => inputs.external,
            Some(ScoreReason::NotQueryable(_) | ScoreReason::None) | None => None,
        };
        decided.unwrap_or(inputs.neuron)
    }
}
