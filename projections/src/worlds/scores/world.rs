//! Scores as a world: it has no entries of its own, and follows those of the chain, of W&B and of databases.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::io;
use std::sync::Arc;

use annals_log::json::{self, Value};
use annals_log::{Kind, Policy, ReadError, SqlValue, encode};
use bincode::{Decode, Encode};

use super::metagraph::{HeldAxon, HeldNeuron, Metagraph};
use super::queried::{Verdict, verdicts};
use super::validator_db::{DbRead, HeldPog, HeldStats, ValidatorDb};
use super::view::{View, views};
use crate::entry_view::EntryView;
use crate::odd_entry::{Found, OddEntry};
use crate::policy_in_force::{PolicyInForce, Under};
use crate::unfit::Unfit;
use crate::upstream::scores::{ExternalEntry, PogRow};
use crate::worlds::chain::{Chain, ChainChange};
use crate::worlds::computedb::Databases;
use crate::worlds::saved_lists::SavedLists;
use crate::worlds::wandb::{SeenRun, Wandb};
use crate::worlds::world::{Seen, World};

/// What scores follow from, and what follows from that for all uids.
///
/// The uids that an entry touches are scored again, in every view; all of them only where a policy, the validators, or
/// what is known of a database as a whole changed. Whether uids are queried is decided for all, since one axon may take
/// an address from another, but only at entries that change a key or an axon.
pub(crate) struct Scores {
    pub(super) policy: Arc<Policy>,
    pub(super) metagraph: Metagraph,
    pub(super) databases: BTreeMap<String, ValidatorDb>,
    /// Whether each uid is queried. It follows from the rest, as does what comes next.
    pub(super) verdicts: BTreeMap<u16, Verdict>,
    /// The hotkeys on the signed checklist, each with the entry that told it.
    pub(super) penalized: BTreeMap<String, u64>,
    /// Whether there is evidence of runs: before that, a missing entry says nothing.
    pub(super) are_runs_known: bool,
    pub(super) views: Vec<View>,
}

/// The uids whose scores may have changed, in any view.
pub(crate) struct ScoresChange {
    /// Whether these are all uids, and the views may be others.
    pub(super) is_whole: bool,
    /// Each with the entry that upstream picks for it.
    pub(super) uids: BTreeMap<u16, Option<External>>,
}

/// The entry of another validator that upstream picks.
pub(crate) struct External {
    pub(super) entry: ExternalEntry,
    /// The entry of the log that told it.
    pub(super) log_index: u64,
}

/// What an entry touches.
#[derive(Default)]
struct Touched {
    is_whole: bool,
    uids: BTreeSet<u16>,
}

/// The lists of a saved state.
pub(crate) struct SavedScores {
    neurons: Vec<((u16, u16), HeldNeuron)>,
    axons: Vec<((u16, String), HeldAxon)>,
    databases: Vec<(String, DbRead)>,
    pog: Vec<SavedPog>,
    stats: Vec<(String, i64, HeldStats)>,
}

/// A row of `pog_stats` in a saved state.
#[derive(Encode, Decode)]
struct SavedPog {
    database: String,
    log_index: u64,
    id: i64,
    hotkey: String,
    gpu_name: Option<String>,
    /// As in a line of a row.
    num_gpus: String,
    created_at: Option<String>,
}

type Earlier<'a> = (Seen<'a, Chain>, Seen<'a, Wandb>, Seen<'a, Databases>);

impl World for Scores {
    /// No entry is read for it alone.
    type Told = Infallible;
    type Change = ScoresChange;
    type Earlier<'a> = Earlier<'a>;
    type Saved = SavedScores;
    const LISTS: usize = 5;

    fn begin(policy: &PolicyInForce) -> Self {
        let mut begun = Self {
            policy: Arc::clone(&policy.policy),
            metagraph: Metagraph::default(),
            databases: BTreeMap::new(),
            verdicts: BTreeMap::new(),
            penalized: BTreeMap::new(),
            are_runs_known: false,
            views: Vec::new(),
        };
        begun.take_policy(policy);
        begun
    }

    fn read(_: &mut EntryView<'_>) -> Result<Option<Infallible>, ReadError> {
        Ok(None)
    }

    fn apply(
        &mut self,
        index: u64,
        _: Option<Infallible>,
        under: Under<'_>,
        (chain, wandb, databases): Earlier<'_>,
    ) -> Option<ScoresChange> {
        let mut touched = Touched { is_whole: under.is_set, ..Touched::default() };
        if under.is_set {
            self.take_policy(under.policy);
        }
        self.follow_chain(index, &chain, &mut touched);
        self.follow_databases(&databases, &mut touched);
        self.follow_wandb(&wandb, &mut touched);
        if touched.is_whole {
            self.settle(wandb.world);
            touched.uids = self.verdicts.keys().copied().collect();
        }
        if !touched.is_whole && touched.uids.is_empty() {
            return None;
        }
        let external = |uid: u16| (uid, external(uid, wandb.world));
        Some(ScoresChange {
            is_whole: touched.is_whole,
            uids: touched.uids.into_iter().map(external).collect(),
        })
    }

    fn counts(&self) -> Vec<u64> {
        let rows = |of: fn(&ValidatorDb) -> usize| self.databases.values().map(of).sum();
        let counts: [usize; Self::LISTS] = [
            self.metagraph.neurons.len(),
            self.metagraph.axons.len(),
            self.databases.len(),
            rows(|db| db.pog.len()),
            rows(|db| db.stats.len()),
        ];
        counts.map(|count| count as u64).to_vec()
    }

    fn write(&self, block: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        self.metagraph.neurons.iter().try_for_each(|neuron| block(&encode(&neuron)))?;
        self.metagraph.axons.iter().try_for_each(|axon| block(&encode(&axon)))?;
        self.databases.iter().try_for_each(|(name, db)| block(&encode(&(name, &db.read))))?;
        for (name, db) in &self.databases {
            db.pog.values().try_for_each(|held| block(&encode(&SavedPog::of(name, held))))?;
        }
        for (name, db) in &self.databases {
            db.stats.iter().try_for_each(|(uid, held)| block(&encode(&(name, uid, held))))?;
        }
        Ok(())
    }

    fn read_saved(lists: &mut SavedLists<'_>) -> Result<SavedScores, Unfit> {
        let (neurons, axons) = (lists.next()?, lists.next()?);
        let (databases, pog, stats) = (lists.next()?, lists.next()?, lists.next()?);
        Ok(SavedScores { neurons, axons, databases, pog, stats })
    }

    fn restore(&mut self, saved: SavedScores, policy: &PolicyInForce, (_, wandb, _): Earlier<'_>) {
        self.take_policy(policy);
        self.metagraph.neurons.extend(saved.neurons);
        self.metagraph.axons.extend(saved.axons);
        for (name, read) in saved.databases {
            self.databases.entry(name).or_default().read = read;
        }
        for pog in saved.pog {
            let (name, held) = pog.held();
            self.databases.entry(name).or_default().hold(held);
        }
        for (name, uid, held) in saved.stats {
            self.databases.entry(name).or_default().stats.insert(uid, held);
        }
        self.settle(wandb.world);
    }

    const ODD_KINDS: &'static [(Kind, u16)] = &[];

    fn odd_in(_: &mut OddEntry<'_>) -> Result<Found, ReadError> {
        Ok(Ok(Vec::new()))
    }
}

impl Scores {
    fn take_policy(&mut self, policy: &PolicyInForce) {
        self.policy = Arc::clone(&policy.policy);
        self.metagraph.declare(&policy.policy, policy.index);
    }

    fn follow_chain(&mut self, index: u64, chain: &Seen<'_, Chain>, touched: &mut Touched) {
        let Some(state) = chain.change.and_then(ChainChange::state) else { return };
        let uids = self.metagraph.follow(index, state);
        if state.netuid != self.policy.netuid || uids.is_empty() {
            return;
        }
        let verdicts = verdicts(&self.metagraph.scored(), &self.policy);
        let before = std::mem::replace(&mut self.verdicts, verdicts);
        let moved = self.verdicts.iter().filter(|(uid, verdict)| before.get(uid) != Some(verdict));
        let gone = before.keys().filter(|uid| !self.verdicts.contains_key(uid));
        touched.uids.extend(moved.map(|(uid, _)| uid).chain(gone));
        touched.uids.extend(uids);
    }

    fn follow_databases(&mut self, databases: &Seen<'_, Databases>, touched: &mut Touched) {
        let Some(polled) = databases.change else { return };
        let is_new = !self.databases.contains_key(&polled.database);
        let changed = self.databases.entry(polled.database.clone()).or_default().follow(polled);
        touched.is_whole |= is_new || changed.is_whole;
        touched.uids.extend(changed.uids.iter().filter_map(|uid| u16::try_from(*uid).ok()));
        self.touch_hotkeys(&changed.hotkeys, touched);
    }

    fn follow_wandb(&mut self, wandb: &Seen<'_, Wandb>, touched: &mut Touched) {
        let Some(change) = wandb.change else { return };
        touched.is_whole |= change.is_policy || change.validators.is_some();
        touched.is_whole |= self.are_runs_known != are_runs_known(wandb.world);
        touched.uids.extend(wandb.world.count.changed().filter_map(|uid| uid.parse::<u16>().ok()));
        let checklist_hotkey = Some(&self.policy.checklist_hotkey);
        let is_by_checker = |seen: &Option<Arc<SeenRun>>| {
            seen.as_ref().is_some_and(|seen| seen.run.config.hotkey.as_ref() == checklist_hotkey)
        };
        if change.runs.iter().any(|run| is_by_checker(&run.old) || is_by_checker(&run.new)) {
            let after = wandb.world.penalized();
            let before = std::mem::replace(&mut self.penalized, after);
            let gone = before.keys().filter(|hotkey| !self.penalized.contains_key(*hotkey));
            let new = self.penalized.keys().filter(|hotkey| !before.contains_key(*hotkey));
            let moved = gone.chain(new).cloned().collect();
            self.touch_hotkeys(&moved, touched);
        }
    }

    fn touch_hotkeys(&self, hotkeys: &BTreeSet<String>, touched: &mut Touched) {
        if hotkeys.is_empty() {
            return;
        }
        let theirs = self.metagraph.iter().filter(|(_, neuron)| hotkeys.contains(&neuron.hotkey));
        touched.uids.extend(theirs.map(|(uid, _)| uid));
    }

    /// Makes again what follows from the rest.
    fn settle(&mut self, wandb: &Wandb) {
        self.verdicts = verdicts(&self.metagraph.scored(), &self.policy);
        self.penalized = wandb.penalized();
        self.are_runs_known = are_runs_known(wandb);
        let valid: Vec<_> = wandb.project.rules.valid_validators().map(str::to_owned).collect();
        self.views = views(&self.databases, &valid);
    }
}

/// Whether a poll was complete, or a client's file was read.
fn are_runs_known(wandb: &Wandb) -> bool {
    wandb.project.polls.had_complete || !wandb.project.held.is_empty()
}

/// Returns the entry that upstream picks for a uid.
fn external(uid: u16, wandb: &Wandb) -> Option<External> {
    let dominant = wandb.count.dominant(&uid.to_string(), &wandb.project)?;
    let entry = dominant.entry.json.as_deref().expect("an entry of the validator's own score is kept");
    let Ok(Value::Object(entry)) = json::parse(entry) else { unreachable!("it was read as an object") };
    Some(External { entry: ExternalEntry(entry), log_index: dominant.seen.run.log_index })
}

impl SavedPog {
    fn of(database: &str, held: &HeldPog) -> Self {
        let HeldPog { log_index, row } = held;
        Self {
            database: database.to_owned(),
            log_index: *log_index,
            id: row.id,
            hotkey: row.hotkey.clone(),
            gpu_name: row.gpu_name.clone(),
            num_gpus: row.num_gpus.to_json(),
            created_at: row.created_at.clone(),
        }
    }

    /// Returns the name of the database, and the row.
    fn held(self) -> (String, HeldPog) {
        let row = PogRow {
            id: self.id,
            hotkey: self.hotkey,
            gpu_name: self.gpu_name,
            num_gpus: SqlValue::from_json(&self.num_gpus).unwrap_or(SqlValue::Null),
            created_at: self.created_at,
        };
        (self.database, HeldPog { log_index: self.log_index, row })
    }
}
