//! A state table: a fold over the changes of one world.

use super::world::World;
use crate::rows::{Rows, TableSchema};

/// A fold: the same entries give the same rows, on any machine, in whatever portions they come. No clock, no I/O, no
/// randomness.
pub(crate) trait Table: Send {
    /// The world whose changes it shows.
    type World: World;

    /// Returns the schema of its rows.
    fn schema(&self) -> &'static TableSchema;

    /// Brings `rows` up to entry `index`, which changed the world. Its work is in proportion to the change.
    fn apply(
        &mut self,
        index: u64,
        change: &<Self::World as World>::Change,
        world: &Self::World,
        rows: &mut Rows,
    );

    /// Rebuilds what it keeps beside its rows, after the world and the rows were loaded from a saved state.
    fn restore(&mut self, _world: &Self::World) {}
}
