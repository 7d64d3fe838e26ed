//! The chain as last recorded: its last block, the runtime in force, the neurons, and causes of the next differences.

use std::collections::{BTreeMap, BTreeSet};

use annals_log::{Account, BlockRetracted, ChainBlock, ChainState, Fact as _, StakeSource, StateChange};
use bincode::{Decode, Encode};

use super::blocks::{BlockEntry, Blocks};
use super::cause::{By, Cause, Causes, Endpoint};
use super::told::{ChainFact, Runtime, RuntimeId, ToldBlock, ToldChain};

/// The number of rao in a TAO, as the float that upstream divides by.
const RAO_OF_TAO: f64 = 1e9;

/// A bound on remembered runtimes that no chain reaches: it exceeds the number of blocks that can be taken back.
const IN_FORCE_MAX: usize = 1 << 13;

/// A fold over the entries of a chain.
#[derive(Debug, Default)]
pub(crate) struct Chain {
    pub(crate) at: Remembered,
    pub(crate) blocks: Blocks,
    /// All runtimes that entries have told of.
    pub(crate) runtimes: BTreeMap<RuntimeId, Runtime>,
    /// The holder of each uid, by netuid and uid.
    pub(crate) neurons: BTreeMap<(u16, u16), Holder>,
}

/// What the fold remembers of the blocks.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub(crate) struct Remembered {
    last: Option<LastBlock>,
    /// Runtimes in the order in which they executed blocks: the one in force last, after those that blocks taken back
    /// may put in force again.
    in_force: Vec<InForce>,
    causes: Causes,
}

/// The block that was recorded last.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct LastBlock {
    /// The height of the block.
    pub height: u64,
    /// The hash of the block, as `0x` and hex.
    pub hash: String,
    /// The block's own time, in milliseconds since 1970 UTC.
    pub observed_at_ms: Option<i64>,
}

/// A runtime, from the first block that it executed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct InForce {
    pub(crate) from_block: u64,
    pub(crate) id: RuntimeId,
    /// The entry that tells of it.
    pub(crate) log_index: u64,
}

/// The holder of a uid.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Holder {
    hotkey: Account,
    stake_rao: Option<u64>,
}

/// What an entry of the chain changed.
#[derive(Debug)]
pub(crate) enum ChainChange {
    /// Another runtime is in force.
    Runtime,
    /// The state of a subnet was read, and differs.
    State(StateRead),
}

/// A reading of a subnet's state: the differences to the previous one.
#[derive(Debug)]
pub(crate) struct StateRead {
    pub(crate) netuid: u16,
    pub(crate) height: u64,
    pub(crate) stake_source: StakeSource,
    pub(crate) differences: Vec<Difference>,
}

/// Something in a subnet's state that changed, and why.
#[derive(Debug)]
pub(crate) struct Difference {
    pub(crate) change: StateChange,
    /// Why an endpoint changed; `Unknown` for everything else, for which no table asks.
    pub(crate) by: By,
}

impl Chain {
    /// Folds an entry. Returns what changed.
    pub(crate) fn take(&mut self, index: u64, told: ToldChain) -> Option<ChainChange> {
        self.take_envelope(index, &told);
        match told.fact? {
            ChainFact::Runtime(id, runtime) => {
                self.runtimes.insert(id, runtime);
                None
            }
            ChainFact::Block(block) => self.take_block(index, told.height, block),
            ChainFact::State(state) => Some(ChainChange::State(self.take_state(told.height, state))),
            ChainFact::Retracted { .. } => self.take_back(told.height),
        }
    }

    /// Takes what the envelope says of a block, whether the body can be read or not.
    fn take_envelope(&mut self, index: u64, told: &ToldChain) {
        let ToldChain { height, hash, recorded_at_ms, kind, observed_at_ms, .. } = told;
        let entry = BlockEntry { index, number: *height, hash, recorded_at_ms: *recorded_at_ms };
        match *kind {
            ChainBlock::KIND => self.blocks.put(&entry, *observed_at_ms),
            ChainState::KIND => self.blocks.tell_state(&entry),
            BlockRetracted::KIND => {
                let replaced_by = match &told.fact {
                    Some(ChainFact::Retracted { replaced_by }) => *replaced_by,
                    _ => None,
                };
                self.blocks.take_back(&entry, replaced_by);
            }
            _ => {}
        }
    }

    fn take_block(&mut self, index: u64, height: u64, block: ToldBlock) -> Option<ChainChange> {
        let ToldBlock { hash, observed_at_ms, runtime: id, causes } = block;
        let at = &mut self.at;
        at.last = Some(LastBlock { height, hash, observed_at_ms });
        let is_another = at.in_force.last().is_none_or(|before| before.id != id);
        if is_another {
            if !at.in_force.is_empty() {
                at.causes.note(height, Cause::Upgraded);
            }
            // No entry tells again of a runtime that was in force before: then this block's entry is the evidence.
            let told = self.runtimes.get(&id).filter(|runtime| runtime.height == height);
            let log_index = told.map_or(index, |runtime| runtime.log_index);
            at.in_force.push(InForce { from_block: height, id, log_index });
            // A runtime whose successor executed a block this far below cannot come into force again.
            let settled = height.saturating_sub(ChainBlock::REMEMBERED);
            let is_over = |pair: &[InForce]| pair[1].from_block <= settled;
            let over = at.in_force.windows(2).take_while(|pair| is_over(pair)).count();
            let over = over.max(at.in_force.len().saturating_sub(IN_FORCE_MAX));
            at.in_force.drain(..over);
        }
        causes.into_iter().for_each(|cause| at.causes.note(height, cause));
        is_another.then_some(ChainChange::Runtime)
    }

    fn take_state(&mut self, height: u64, state: ChainState) -> StateRead {
        let ChainState { netuid, since, stake_source, changes } = state;
        let reading = self.at.causes.of_reading(netuid, since, height);
        let holder = |uid| self.neurons.get(&(netuid, uid)).map(|holder| holder.hotkey);
        let why = |change: &StateChange| match change {
            StateChange::Prometheus(hotkey, _) => {
                reading.why(Endpoint::Prometheus, hotkey, change.is_there(), holder)
            }
            StateChange::Axon(hotkey, _) => reading.why(Endpoint::Axon, hotkey, change.is_there(), holder),
            StateChange::Subnet(_) | StateChange::Neuron(..) => By::Unknown,
        };
        let differences = changes.into_iter().map(|change| Difference { by: why(&change), change });
        let differences: Vec<_> = differences.collect();
        for difference in &differences {
            match &difference.change {
                StateChange::Neuron(uid, Some(neuron)) => {
                    let holder = Holder { hotkey: neuron.hotkey, stake_rao: neuron.stake_rao };
                    self.neurons.insert((netuid, *uid), holder);
                }
                StateChange::Neuron(uid, None) => drop(self.neurons.remove(&(netuid, *uid))),
                StateChange::Subnet(_) | StateChange::Prometheus(..) | StateChange::Axon(..) => {}
            }
        }
        self.at.causes.forget_through(height);
        StateRead { netuid, height, stake_source, differences }
    }

    /// Takes back the block at `height` and all above. The subnet's state stays as it was known: the next reading
    /// tells how the chain's differs from it.
    fn take_back(&mut self, height: u64) -> Option<ChainChange> {
        let at = &mut self.at;
        at.causes.take_back(height);
        at.last.take_if(|last| last.height >= height);
        let in_force = at.in_force.len();
        at.in_force.retain(|runtime| runtime.from_block < height);
        (at.in_force.len() < in_force).then_some(ChainChange::Runtime)
    }

    /// Returns the block that was recorded last; `None` before the first, and while it is taken back.
    pub(crate) fn last_block(&self) -> Option<&LastBlock> {
        self.at.last.as_ref()
    }

    /// Returns the height of the last block whose state an entry told, see [`Causes::told_at`].
    pub(crate) fn state_at(&self) -> Option<u64> {
        self.at.causes.told_at()
    }

    /// Returns runtimes in the order in which they executed blocks, as far back as blocks may be taken back.
    pub(crate) fn runtimes_in_force(&self) -> &[InForce] {
        &self.at.in_force
    }

    /// Returns what is known of a runtime; `None` when no entry tells of it.
    pub(crate) fn runtime(&self, id: &RuntimeId) -> Option<&Runtime> {
        self.runtimes.get(id)
    }

    /// Returns the hotkeys of the subnet's neurons that have more than this stake. Stakes are compared as upstream
    /// does, in floats of TAO.
    pub(crate) fn staked_above(&self, netuid: u16, stake_tao: f64) -> BTreeSet<Account> {
        let neurons = self.neurons.range((netuid, 0)..=(netuid, u16::MAX));
        let is_above =
            |holder: &&Holder| holder.stake_rao.is_some_and(|rao| rao as f64 / RAO_OF_TAO > stake_tao);
        neurons.map(|(_, holder)| holder).filter(is_above).map(|holder| holder.hotkey).collect()
    }
}

impl ChainChange {
    pub(crate) fn state(&self) -> Option<&StateRead> {
        match self {
            Self::State(state) => Some(state),
            Self::Runtime => None,
        }
    }
}
