//! What is looked at when a block is asked for: an old block that was recorded late leads the rest of the log astray.

use annals_projections::TableSchema;

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// A table of what the chain itself says: right behind a block, whenever that was recorded.
    Chain,
    /// A table of what any other source says, or all tables.
    Everything,
}

impl Scope {
    pub(crate) fn of(table: &TableSchema) -> Self {
        if table.follows_chain_alone { Self::Chain } else { Self::Everything }
    }
}
