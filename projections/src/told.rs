//! What an entry tells the fold, read once for all tables.

use annals_log::{Fact as _, LogOpened, Policy, ReadError};

use crate::entry_view::EntryView;
use crate::root_told::RootTold;
use crate::worlds;

/// An entry, as far as the fold looks into it.
pub(crate) enum Told {
    /// Entry 0, which names the subnet.
    Opened { netuid: u16 },
    /// Another policy is in force from here on.
    Policy(Box<Policy>),
    /// The state root of a table was recorded or taken back.
    Root(Box<RootTold>),
    /// A fact of a world.
    World(worlds::Told),
    /// Nothing that a state table shows, or something in a schema that this build does not know.
    Nothing,
}

impl Told {
    /// Reads an entry.
    ///
    /// # Errors
    /// A fault of the log.
    pub(crate) fn read(entry: &mut EntryView<'_>) -> Result<Self, ReadError> {
        match (entry.envelope.kind, entry.envelope.schema) {
            (LogOpened::KIND, LogOpened::SCHEMA) => {
                let opened: Option<LogOpened> = entry.fact()?;
                Ok(opened.map_or(Self::Nothing, |opened| Self::Opened { netuid: opened.netuid }))
            }
            (Policy::KIND, Policy::SCHEMA) => {
                let policy: Option<Policy> = entry.fact()?;
                Ok(policy.map_or(Self::Nothing, |policy| Self::Policy(Box::new(policy))))
            }
            _ => {
                if let Some(told) = RootTold::read(entry)? {
                    return Ok(Self::Root(Box::new(told)));
                }
                Ok(worlds::read(entry)?.map_or(Self::Nothing, Self::World))
            }
        }
    }
}
