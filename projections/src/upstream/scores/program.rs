//! A validator's program from its start through its calls of `sync_scores`.

use std::collections::{BTreeMap, BTreeSet};

use annals_log::Upstream;
use annals_log::json::Value;

use super::blacklist::Blacklist;
use super::database::ScoringDb;
use super::exception::SyncException;
use super::neuron::ScoredNeuron;
use super::own_spec::newest_good;
use super::python_number::{integer, tensor_element};
use super::queryable::{drop_old_versions, drop_shared_ips, lets_all_in, sift};
use super::ruling::{ExternalEntry, Ruling, ScoreReason, UidInputs, Unqueryable};
use super::stats_entry::StatsEntry;
use super::version::version_number;

/// What the program is started with.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoringSettings {
    /// Whose rules.
    pub upstream: Upstream,
    /// Above this stake a validator's runs count, in TAO.
    pub permit_stake_tao: f64,
    /// `--validator.whitelist.updated.threshold`, in percent.
    pub updated_threshold: f64,
    /// The score of a GPU by its name.
    pub gpu_scores: Vec<(String, f64)>,
    /// Whether W&B took the validator's run: otherwise nothing is published.
    pub has_run: bool,
}

/// What a call sees beside the database.
#[derive(Debug, Clone, Default)]
pub struct SyncCall {
    /// The metagraph, in the order of uids.
    pub neurons: Vec<ScoredNeuron>,
    /// The version that upstream's repository names just then, if it could be had.
    pub minimal_version: Option<String>,
    /// `get_allocated_hotkeys`, the texts of it.
    pub allocated_hotkeys: BTreeSet<String>,
    /// `get_stats_allocated`.
    pub external: BTreeMap<i64, ExternalEntry>,
    /// `get_penalized_hotkeys_checklist_bak`, the texts of it.
    pub penalized: BTreeSet<String>,
    /// Whether one of the three raises.
    pub reader_raises: bool,
}

/// An update of the run's config.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    /// The validator's own allocations.
    pub allocated_hotkeys: Vec<String>,
    /// What the database had of each uid.
    pub stats: BTreeMap<i64, StatsEntry>,
}

/// The program of one validator that runs. Its fields are what upstream's own have after the last call.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoringValidator {
    settings: ScoringSettings,
    /// Its database.
    pub db: ScoringDb,
    /// Who is barred by now.
    pub blacklist: Blacklist,
    /// The miners that it knows, by uid.
    miners: BTreeMap<i64, String>,
    /// `total_current_miners`: counted at the start and never again.
    pub miners_at_start: usize,
    /// `self.scores`: as many as there were uids at the start.
    pub scores: Vec<f32>,
    /// `self.stats`.
    pub stats: BTreeMap<i64, StatsEntry>,
    /// Every update of the run's config, oldest first.
    pub published: Vec<Published>,
    /// The hotkeys whose runs count, since the last call.
    pub valid_validators: Vec<String>,
    /// The uids that the last call queried; `None` when it did not come that far.
    pub queryable: Option<Vec<u16>>,
    /// Table `stats` after the last call wrote it; `None` when it did not come that far.
    pub written: Option<ScoringDb>,
    /// The uids at which the last call swallowed an error; in v1.8.3 a uid that is not queried is one.
    pub swallowed: Vec<u16>,
    /// What decided each score of the last call.
    pub reasons: BTreeMap<u16, ScoreReason>,
}

impl ScoringValidator {
    /// Starts the program on a subnet of these neurons (`init_scores`, without its call).
    pub fn start(
        settings: ScoringSettings,
        db: ScoringDb,
        mut blacklist: Blacklist,
        neurons: &[ScoredNeuron],
    ) -> Self {
        let miners_at_start =
            sift(neurons, &mut blacklist).iter().filter(|verdict| verdict.is_none()).count();
        Self {
            settings,
            miners: db.miner.clone(),
            db,
            blacklist,
            miners_at_start,
            scores: vec![0.0; neurons.len()],
            stats: BTreeMap::new(),
            published: Vec::new(),
            valid_validators: Vec::new(),
            queryable: None,
            written: None,
            swallowed: Vec::new(),
            reasons: BTreeMap::new(),
        }
    }

    /// Scores every uid (`sync_scores`).
    ///
    /// # Errors
    /// The exception that leaves upstream's call; what was written before it stays.
    pub fn sync_scores(&mut self, call: &SyncCall) -> Result<(), SyncException> {
        (self.queryable, self.written) = (None, None);
        self.swallowed.clear();
        self.reasons.clear();
        self.stats = self.db.retrieve_stats();
        let permit_stake_tao = self.settings.permit_stake_tao;
        let valid = call.neurons.iter().filter(|neuron| neuron.is_above(permit_stake_tao));
        self.valid_validators = valid.map(|neuron| neuron.hotkey.clone()).collect();
        self.publish_allocation();
        if call.reader_raises {
            return Err(SyncException::Reader);
        }
        let verdicts = self.verdicts(call);
        let dropped = self.score_all(call, &verdicts)?;
        self.db.write_stats(&self.stats, &dropped);
        self.written = Some(self.db.clone());
        self.publish_allocation();
        self.stats.values().try_for_each(StatsEntry::print)
    }

    /// Marks in the database whom the validator itself has allocated, and publishes that (`update_allocation_wandb`).
    /// These marks stay, whatever the lists of others said before.
    fn publish_allocation(&mut self) {
        let mut stats = self.db.retrieve_stats();
        for entry in stats.values_mut() {
            entry.is_allocated = self.db.allocation.contains(&entry.hotkey);
        }
        self.db.write_stats(&stats, &BTreeSet::new());
        if self.settings.has_run {
            self.published.push(Published { allocated_hotkeys: self.db.allocation.clone(), stats });
        }
    }

    /// Returns why each uid is not queried, and forgets miners that lost their uid (`get_queryable`).
    fn verdicts(&mut self, call: &SyncCall) -> Vec<Option<Unqueryable>> {
        let neurons = &call.neurons;
        let mut verdicts = sift(neurons, &mut self.blacklist);
        for (neuron, verdict) in neurons.iter().zip(&verdicts) {
            if verdict.is_none() {
                self.set_up(neuron);
            }
        }
        drop_shared_ips(neurons, &mut verdicts);
        let left = verdicts.iter().filter(|verdict| verdict.is_none()).count();
        if !lets_all_in(left, self.miners_at_start, self.settings.updated_threshold) {
            let minimal = call.minimal_version.as_deref().and_then(version_number);
            drop_old_versions(neurons, &mut verdicts, minimal);
        }
        let queryable = neurons.iter().zip(&verdicts).filter(|(_, verdict)| verdict.is_none());
        self.queryable = Some(queryable.map(|(neuron, _)| neuron.uid).collect());
        verdicts
    }

    /// Forgets who had the uid before (`sync_miners_info`). With no miners at the start nobody is ever set up.
    fn set_up(&mut self, neuron: &ScoredNeuron) {
        let uid = i64::from(neuron.uid);
        let known = self.miners.get(&uid);
        if self.miners.is_empty() || known == Some(&neuron.hotkey) {
            return;
        }
        if let Some(hotkey) = known {
            self.db.purge(uid, hotkey);
        }
        self.db.add_miner(uid, &neuron.hotkey);
        self.miners.insert(uid, neuron.hotkey.clone());
    }

    /// Scores one uid after the other. Returns the hotkeys whose specs go with the next write.
    ///
    /// # Errors
    /// The exception that leaves the loop.
    fn score_all(
        &mut self,
        call: &SyncCall,
        verdicts: &[Option<Unqueryable>],
    ) -> Result<BTreeSet<String>, SyncException> {
        let mut dropped = BTreeSet::new();
        for (neuron, verdict) in call.neurons.iter().zip(verdicts) {
            let is_allocated = call.allocated_hotkeys.contains(&neuron.hotkey);
            let score = match verdict {
                None => self.score(neuron, call, is_allocated),
                Some(why) => {
                    self.reasons.insert(neuron.uid, ScoreReason::NotQueryable(*why));
                    self.skip(neuron, is_allocated);
                    dropped.insert(neuron.hotkey.clone());
                    integer(0)
                }
            };
            let element = tensor_element(&score);
            let place = self.scores.get_mut(usize::from(neuron.uid)).ok_or(SyncException::Index)?;
            *place = element?;
        }
        if self.settings.upstream == Upstream::V1_8_3 {
            dropped.clear();
        }
        Ok(dropped)
    }

    /// Notes a uid that is not queried. v1.8.3 stumbles over it and leaves its entry as it was; v1.9.0 writes zeros.
    fn skip(&mut self, neuron: &ScoredNeuron, is_allocated: bool) {
        let has_place = usize::from(neuron.uid) < self.scores.len();
        match self.settings.upstream {
            Upstream::V1_8_3 => self.swallowed.push(neuron.uid),
            Upstream::V1_9_0 => {
                let entry = StatsEntry::unqueryable(&neuron.hotkey, is_allocated);
                self.stats.insert(neuron.uid.into(), entry);
                if !has_place {
                    self.swallowed.push(neuron.uid);
                }
            }
        }
    }

    /// Scores a uid that is queried, and writes its entry in the order in which upstream does.
    fn score(&mut self, neuron: &ScoredNeuron, call: &SyncCall, is_allocated: bool) -> Value {
        let uid = i64::from(neuron.uid);
        let ruling = Ruling::of(&UidInputs {
            upstream: self.settings.upstream,
            own: newest_good(self.db.pog_stats.iter().filter(|row| row.hotkey == neuron.hotkey)),
            external: call.external.get(&uid),
            is_penalized: call.penalized.contains(&neuron.hotkey),
            gpu_scores: &self.settings.gpu_scores,
        });
        let entry = self.stats.entry(uid).or_default();
        entry.hotkey = neuron.hotkey.clone();
        entry.is_allocated = is_allocated;
        match ruling {
            Ok(ruling) => {
                entry.is_own = Some(ruling.is_own);
                entry.score = Some(ruling.row_score);
                entry.gpu_specs = Some(ruling.specs);
                entry.reliability_score.get_or_insert(Some(0.0));
                self.reasons.insert(neuron.uid, ruling.reason);
                ruling.score
            }
            Err(swallowed) => {
                entry.is_own = swallowed.is_own.or(entry.is_own);
                self.swallowed.push(neuron.uid);
                self.reasons.insert(neuron.uid, ScoreReason::Error);
                integer(0)
            }
        }
    }
}
