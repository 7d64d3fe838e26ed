//! Columns of tables that follow a subnet's state.

use super::fold::StateRead;
use crate::rows::{CellSource, CellType, ColumnOf};

/// Knows a reading of a subnet's state.
pub(super) trait OfReading {
    fn reading(&self) -> &StateRead;
}

/// The subnet of a row.
pub(super) const fn netuid<S: CellSource>() -> ColumnOf<S>
where
    for<'a> S::For<'a>: OfReading,
{
    ColumnOf::of("netuid", CellType::Int, |row| i64::from(row.reading().netuid).into())
}

/// The block after which the state was read that first had the row: it has been so since this block, or since one after
/// the reading before.
pub(super) const fn from_block<S: CellSource>() -> ColumnOf<S>
where
    for<'a> S::For<'a>: OfReading,
{
    ColumnOf::of("from_block", CellType::UInt, |row| row.reading().height.into())
}

/// The same for the state that no longer has the row. Where blocks were taken back it may lie at or below `from_block`:
/// then the chain as it is now has no block at which the row stood.
pub(super) const fn to_block<S: CellSource>() -> ColumnOf<S>
where
    for<'a> S::For<'a>: OfReading,
{
    ColumnOf::nullable("to_block", CellType::UInt, |row| row.reading().height.into())
}

impl CellSource for StateRead {
    type For<'a> = Self;
}

impl OfReading for StateRead {
    fn reading(&self) -> &StateRead {
        self
    }
}
