//! W&B as a world.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use annals_log::{Kind, ReadError};

use super::anomalies;
use super::change::{Change, RunChange, ValidatorsChange};
use super::claims::Claims;
use super::count::Count;
use super::hotkey_list::ListItem;
use super::project::Project;
use super::run::Run;
use super::saved::SavedRuns;
use super::seen_run::SeenRun;
use super::standing::Standing;
use super::told::ToldWandb;
use crate::entry_view::EntryView;
use crate::odd_entry::{Found, OddEntry};
use crate::policy_in_force::{PolicyInForce, Under};
use crate::unfit::Unfit;
use crate::worlds::chain::{Chain, ChainChange};
use crate::worlds::saved_lists::SavedLists;
use crate::worlds::world::{Seen, World};

/// The project, the count of its validators' votes, and the claims of its histories.
pub(crate) struct Wandb {
    pub(crate) project: Project,
    pub(crate) count: Count,
    pub(crate) claims: Claims,
}

impl World for Wandb {
    type Told = ToldWandb;
    type Change = Change;
    /// The chain names the validators, where the policy leaves them to it.
    type Earlier<'a> = Seen<'a, Chain>;
    type Saved = SavedRuns;
    const LISTS: usize = SavedRuns::LISTS;

    fn begin(policy: &PolicyInForce) -> Self {
        let project = Project::begin(Arc::clone(&policy.policy));
        Self { project, count: Count::default(), claims: Claims::default() }
    }

    fn read(entry: &mut EntryView<'_>) -> Result<Option<ToldWandb>, ReadError> {
        ToldWandb::read(entry)
    }

    fn apply(
        &mut self,
        index: u64,
        told: Option<ToldWandb>,
        under: Under<'_>,
        chain: Seen<'_, Chain>,
    ) -> Option<Change> {
        let change = match told {
            Some(told) => self.take(index, told),
            None if under.is_set => self.take_policy(under.policy, chain.world),
            None => self.follow(index, &chain)?,
        };
        if change.is_nothing() {
            return None;
        }
        self.count.apply(&change.runs, &self.project);
        Some(change)
    }

    fn counts(&self) -> Vec<u64> {
        SavedRuns::counts(&self.project)
    }

    fn write(&self, block: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        SavedRuns::write(&self.project, block)
    }

    fn read_saved(lists: &mut SavedLists<'_>) -> Result<SavedRuns, Unfit> {
        SavedRuns::read(lists)
    }

    fn restore(&mut self, saved: SavedRuns, policy: &PolicyInForce, chain: Seen<'_, Chain>) {
        self.project.resume(Arc::clone(&policy.policy), chain.world);
        saved.restore(&mut self.project);
        self.count.restore(&self.project);
    }

    const ODD_KINDS: &'static [(Kind, u16)] = anomalies::ODD_KINDS;

    fn odd_in(entry: &mut OddEntry<'_>) -> Result<Found, ReadError> {
        anomalies::odd_in(entry)
    }
}

impl Wandb {
    /// Returns the hotkeys of the checklists that zero scores (`get_penalized_hotkeys_checklist_bak`), each with the
    /// entry that told the first of them.
    pub(crate) fn penalized(&self) -> BTreeMap<String, u64> {
        let mut penalized = BTreeMap::new();
        for (_, seen) in self.project.runs().filter(|(_, seen)| is_checklist(seen, &self.project)) {
            let list = seen.run.config.penalized_hotkeys_checklist.as_ref();
            for hotkey in list.into_iter().flat_map(|list| &list.items).filter_map(ListItem::hotkey) {
                penalized.entry(hotkey.to_owned()).or_insert(seen.run.log_index);
            }
        }
        penalized
    }

    fn take(&mut self, index: u64, told: ToldWandb) -> Change {
        match told {
            ToldWandb::Run(told) if told.is_from_file() => {
                self.project.take_file_state(Run::of(index, *told))
            }
            ToldWandb::Run(told) => {
                self.project.take_polled_state(Run::of(index, *told));
                Change::default()
            }
            ToldWandb::Gone { run_id } => {
                self.project.polls.gone.insert(run_id);
                Change::default()
            }
            ToldWandb::Claim(claim) => Change { claim: self.claims.follow(*claim), ..Change::default() },
            ToldWandb::Poll { poll, list } => self.project.take_poll(index, &poll, list),
        }
    }

    fn take_policy(&mut self, policy: &PolicyInForce, chain: &Chain) -> Change {
        let runs = self.project.set_policy(Arc::clone(&policy.policy), chain);
        let from_block = self.project.rules.are_by_chain().then(|| chain.state_at()).flatten();
        Change {
            runs: runs.into_iter().map(RunChange::anew).collect(),
            is_policy: true,
            validators: Some(ValidatorsChange { log_index: policy.index, from_block, to_block: None }),
            ..Change::default()
        }
    }

    /// Follows a reading of the subnet's state; `None` when it names the same validators as before.
    fn follow(&mut self, index: u64, chain: &Seen<'_, Chain>) -> Option<Change> {
        let state = chain.change.and_then(ChainChange::state)?;
        let runs = self.project.follow(chain.world)?;
        let (from_block, to_block) = (chain.world.state_at(), Some(state.height));
        let validators = Some(ValidatorsChange { log_index: index, from_block, to_block });
        Some(Change { runs, validators, ..Change::default() })
    }
}

/// Whether the run's checklist zeroes scores: its hotkey is the policy's, and signed it; stake does not matter.
fn is_checklist(seen: &SeenRun, project: &Project) -> bool {
    let is_signed = matches!(seen.standing, Standing::Counts | Standing::NotValid);
    is_signed && seen.run.config.hotkey.as_ref() == Some(&project.rules.policy.checklist_hotkey)
}
