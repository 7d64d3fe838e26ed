//! What is looked at when a block is asked for: an old block that was recorded late leads the rest of the log astray.

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// A table of what the chain itself says: right behind a block, whenever that was recorded.
    Chain,
    /// A table of what any other source says, or all tables.
    Everything,
}

/// State tables that follow from blocks and the state behind them.
const OF_THE_CHAIN: [&str; 6] =
    ["axons", "neurons", "prometheus_endpoints", "runtime_versions", "subnets", "validators"];

impl Scope {
    pub(crate) fn of(table: &str) -> Self {
        if OF_THE_CHAIN.contains(&table) { Self::Chain } else { Self::Everything }
    }
}
