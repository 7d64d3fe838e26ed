//! A world: how its entries are read and folded, what it remembers, and what is odd in its entries.

use std::io;

use annals_log::ReadError;

use super::saved_lists::SavedLists;
use crate::anomaly::{Anomaly, OddEntry};
use crate::entry_view::EntryView;
use crate::policy_in_force::{PolicyInForce, Under};
use crate::unfit::Unfit;

/// Something outside that entries tell of: a fold over what they tell.
pub(crate) trait World: Send + Sized {
    /// What an entry tells, as it is read on a thread of its own.
    type Told: Send;
    /// What an entry changed.
    type Change;
    /// The worlds that this one reads, each a [`Seen`].
    type Earlier<'a>;
    /// What was remembered, read from a saved state and not believed yet.
    type Saved;
    /// How many lists the world remembers.
    const LISTS: usize;

    /// The world before entry 0.
    fn begin(policy: &PolicyInForce) -> Self;

    /// Reads an entry; `None` for one that tells nothing of this world.
    ///
    /// # Errors
    /// A fault of the log.
    fn read(entry: &mut EntryView<'_>) -> Result<Option<Self::Told>, ReadError>;

    /// Folds entry `index`; `told` is what it tells of this world, if anything. Returns what is not as it was.
    ///
    /// An entry of another world is folded, too: `earlier` may have changed with it.
    fn apply(
        &mut self,
        index: u64,
        told: Option<Self::Told>,
        under: Under<'_>,
        earlier: Self::Earlier<'_>,
    ) -> Option<Self::Change>;

    /// The length of each list.
    fn counts(&self) -> Vec<u64>;

    /// Hands on everything in its lists, one by one, encoded.
    ///
    /// # Errors
    /// The first of `block`.
    fn write(&self, block: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()>;

    /// Reads its lists, as [`World::write`] wrote them.
    ///
    /// # Errors
    /// `Damaged`, `Io`.
    fn read_saved(lists: &mut SavedLists<'_>) -> Result<Self::Saved, Unfit>;

    /// Puts back what was saved into a world that has read nothing.
    fn restore(&mut self, saved: Self::Saved, policy: &PolicyInForce, earlier: Self::Earlier<'_>);

    /// What is odd in an entry; `None` for one of another world.
    ///
    /// # Errors
    /// A fault of the log.
    fn anomalies(entry: &mut OddEntry<'_>) -> Result<Option<Vec<Anomaly>>, ReadError>;
}

/// A world that another one reads: as it stands after an entry, and what the entry changed in it.
pub(crate) struct Seen<'a, W: World> {
    pub(crate) world: &'a W,
    pub(crate) change: Option<&'a W::Change>,
}
