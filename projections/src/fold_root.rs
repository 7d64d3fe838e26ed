//! State roots: 32 bytes that name the rows of a table, and 32 that name everything a fold goes on from. LOG-FORMAT.md
//! specifies them to the byte.

use std::collections::BTreeMap;

use annals_log::{Hash, PastRows, ProjectionState, encode};

use crate::rows::TableSchema;
use crate::worlds::MEMORY_VERSION;

/// The roots of a table at a size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TableRoot {
    pub(crate) schema: &'static TableSchema,
    /// The root of the current rows.
    pub(crate) root: Hash,
    /// The root of the ended rows; `None` where they are not kept.
    pub(crate) past: Option<PastRows>,
}

/// A root that the log has: what has to differ before a new one is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub(crate) struct KnownRoot {
    pub(crate) root: [u8; 32],
    pub(crate) past: Option<PastRows>,
}

/// The roots that the log has.
#[derive(Debug, Default)]
pub(crate) struct KnownRoots {
    /// The last root of each table, and of the fold, that was recorded and not taken back.
    pub(crate) by_name: BTreeMap<String, KnownRoot>,
    /// The size at which the root of the fold is that was recorded last.
    pub(crate) fold_at: u64,
}

/// A name under which a root is recorded, the version of what it names, and the root.
pub(crate) type NamedRoot = (&'static str, u16, KnownRoot);

impl TableRoot {
    pub(crate) fn known(&self) -> KnownRoot {
        KnownRoot { root: self.root.0, past: self.past }
    }
}

/// Returns the root of a fold: over its policy, what it remembers, and all its tables.
pub(crate) fn fold_root(policy: Hash, memory: Hash, tables: &[TableRoot]) -> Hash {
    let tables: Vec<_> = tables
        .iter()
        .map(|table| (table.schema.name, table.schema.version, table.root.0, table.past))
        .collect();
    Hash::of(&encode(&(ProjectionState::FOLD, MEMORY_VERSION, policy.0, memory.0, tables)))
}
