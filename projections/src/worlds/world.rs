//! A world: how its entries are read and folded, what it remembers, and what is odd in its entries.

use std::io;

use annals_log::{Kind, ReadError};

use super::saved_lists::SavedLists;
use crate::entry_view::EntryView;
use crate::odd_entry::{Found, OddEntry};
use crate::policy_in_force::{PolicyInForce, Under};
use crate::unfit::Unfit;

/// A fold over the entries of one outside world.
pub(crate) trait World: Send + Sized {
    /// What an entry tells; another thread than the fold's reads it.
    type Told: Send;
    /// What an entry changed.
    type Change;
    /// The worlds that this one reads, each a [`Seen`].
    type Earlier<'a>;
    /// The lists of a saved state, which nothing vouches for yet.
    type Saved;
    /// How many lists the world remembers.
    const LISTS: usize;

    /// Returns the world before entry 0.
    fn begin(policy: &PolicyInForce) -> Self;

    /// Reads an entry; `None` for one that tells nothing of this world.
    ///
    /// # Errors
    /// A fault of the log.
    fn read(entry: &mut EntryView<'_>) -> Result<Option<Self::Told>, ReadError>;

    /// Folds entry `index`; `told` is what it tells of this world, if anything. Returns what changed.
    ///
    /// It is called for entries of other worlds, too: the worlds in `earlier` may have changed with them.
    fn apply(
        &mut self,
        index: u64,
        told: Option<Self::Told>,
        under: Under<'_>,
        earlier: Self::Earlier<'_>,
    ) -> Option<Self::Change>;

    /// Returns the length of each list.
    fn counts(&self) -> Vec<u64>;

    /// Calls `block` with everything in its lists, one by one, encoded.
    ///
    /// # Errors
    /// The first error of `block`.
    fn write(&self, block: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()>;

    /// Reads its lists, as [`World::write`] wrote them.
    ///
    /// # Errors
    /// `Damaged`, `Io`.
    fn read_saved(lists: &mut SavedLists<'_>) -> Result<Self::Saved, Unfit>;

    /// Puts back what was saved into a world that has read nothing.
    fn restore(&mut self, saved: Self::Saved, policy: &PolicyInForce, earlier: Self::Earlier<'_>);

    /// The kinds in which its rules, or the payloads that entries vouch for, can find something odd, each in the
    /// schema that is written. What a fact says of itself, its own file says.
    const ODD_KINDS: &'static [(Kind, u16)];

    /// Lists what is odd in an entry of one of [`World::ODD_KINDS`].
    ///
    /// # Errors
    /// A fault of the log.
    fn odd_in(entry: &mut OddEntry<'_>) -> Result<Found, ReadError>;
}

/// A world that another one reads: as it stands after an entry, and what the entry changed in it.
pub(crate) struct Seen<'a, W: World> {
    pub(crate) world: &'a W,
    pub(crate) change: Option<&'a W::Change>,
}
