//! The chain as a world.

use std::io;

use annals_log::{Kind, ReadError, encode};

use super::anomalies;
use super::blocks::SavedBlocks;
use super::fold::{Chain, ChainChange, Holder};
use super::told::{Runtime, RuntimeId, ToldChain};
use crate::entry_view::EntryView;
use crate::odd_entry::{Found, OddEntry};
use crate::policy_in_force::{PolicyInForce, Under};
use crate::unfit::Unfit;
use crate::worlds::saved_lists::SavedLists;
use crate::worlds::world::World;

/// The lists that the chain remembers, read from a saved state.
pub(crate) struct Saved {
    runtimes: Vec<(RuntimeId, Runtime)>,
    neurons: Vec<((u16, u16), Holder)>,
    blocks: SavedBlocks,
}

impl World for Chain {
    type Told = Box<ToldChain>;
    type Change = ChainChange;
    type Earlier<'a> = ();
    type Saved = Saved;
    const LISTS: usize = 6;

    fn begin(_: &PolicyInForce) -> Self {
        Self::default()
    }

    fn read(entry: &mut EntryView<'_>) -> Result<Option<Self::Told>, ReadError> {
        if !ToldChain::is_told_by(entry.envelope) {
            return Ok(None);
        }
        let body = entry.body()?;
        Ok(ToldChain::read(entry.index.0, entry.envelope, &body).map(Box::new))
    }

    fn apply(&mut self, index: u64, told: Option<Self::Told>, _: Under<'_>, (): ()) -> Option<ChainChange> {
        self.take(index, *told?)
    }

    fn counts(&self) -> Vec<u64> {
        vec![
            self.runtimes.len() as u64,
            self.neurons.len() as u64,
            self.blocks.len(),
            self.blocks.recent().count() as u64,
            self.blocks.gone().len() as u64,
            self.blocks.retractions().len() as u64,
        ]
    }

    fn write(&self, block: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        self.runtimes.iter().try_for_each(|runtime| block(&encode(&runtime)))?;
        self.neurons.iter().try_for_each(|neuron| block(&encode(&neuron)))?;
        self.blocks.recorded().try_for_each(|recorded| block(&encode(recorded)))?;
        self.blocks.recent().try_for_each(|recent| block(&encode(recent)))?;
        self.blocks.gone().iter().try_for_each(|place| block(&encode(place)))?;
        self.blocks.retractions().iter().try_for_each(|retraction| block(&encode(&retraction)))
    }

    fn read_saved(lists: &mut SavedLists<'_>) -> Result<Saved, Unfit> {
        let (runtimes, neurons) = (lists.next()?, lists.next()?);
        let (recorded, recent, gone, retractions) =
            (lists.next()?, lists.next()?, lists.next()?, lists.next()?);
        Ok(Saved { runtimes, neurons, blocks: SavedBlocks { recorded, recent, gone, retractions } })
    }

    fn restore(&mut self, saved: Saved, _: &PolicyInForce, (): ()) {
        self.runtimes.extend(saved.runtimes);
        self.neurons.extend(saved.neurons);
        self.blocks.restore(saved.blocks);
    }

    const ODD_KINDS: &'static [(Kind, u16)] = anomalies::ODD_KINDS;

    fn odd_in(entry: &mut OddEntry<'_>) -> Result<Found, ReadError> {
        Ok(anomalies::odd_in(entry))
    }
}
