//! The list of worlds, and the list of their tables.

use std::io;

use annals_log::{Kind, ReadError};

use super::chain::{self, Chain};
use super::computedb::{self, Databases};
use super::gpu::{self, Gpus};
use super::metrics::{self, Metrics};
use super::saved_lists::SavedLists;
use super::scores::{self, Scores};
use super::table::Table;
use super::wandb::{self, Wandb};
use super::world::{Seen, World};
use crate::entry_view::EntryView;
use crate::odd_entry::{Found, OddEntry};
use crate::policy_in_force::{PolicyInForce, Under};
use crate::rows::{Rows, TableSchema};
use crate::unfit::Unfit;

/// Expands the list of worlds to the types that hold one of each, and to functions that ask each of them in turn.
macro_rules! worlds {
    ($($name:ident: $World:ident $(, reads $earlier:ident)*;)*) => {
        /// All worlds, as they are after an entry.
        pub(crate) struct Worlds {
            $(pub(crate) $name: $World,)*
        }

        /// What an entry tells of a world.
        pub(crate) enum Told {
            $($World(<$World as World>::Told),)*
        }

        /// The changes that an entry made, by world.
        pub(crate) struct Changes {
            $($name: Option<<$World as World>::Change>,)*
        }

        /// The lists of all worlds in a saved state, which nothing vouches for yet.
        pub(super) struct SavedWorlds {
            $($name: <$World as World>::Saved,)*
        }

        /// How many lists all worlds remember.
        pub(super) const LISTS: usize = 0 $(+ <$World as World>::LISTS)*;

        /// Reads an entry; `None` for one that tells nothing of any world.
        ///
        /// # Errors
        /// A fault of the log.
        pub(crate) fn read(entry: &mut EntryView<'_>) -> Result<Option<Told>, ReadError> {
            $(
                if let Some(told) = <$World as World>::read(entry)? {
                    return Ok(Some(Told::$World(told)));
                }
            )*
            Ok(None)
        }

        /// Lists what the rules of the entry's world find odd; `None` where no world looks at such entries.
        ///
        /// # Errors
        /// A fault of the log.
        pub(crate) fn odd_in(entry: &mut OddEntry<'_>) -> Result<Option<Found>, ReadError> {
            let written = (entry.envelope.kind, entry.envelope.schema);
            $(
                if $World::ODD_KINDS.contains(&written) {
                    return $World::odd_in(entry).map(Some);
                }
            )*
            Ok(None)
        }

        /// Returns [`World::ODD_KINDS`] of all worlds.
        pub(crate) fn odd_kinds() -> Vec<(Kind, u16)> {
            [$($World::ODD_KINDS,)*].concat()
        }

        impl Worlds {
            /// Returns all worlds before entry 0.
            pub(crate) fn begin(policy: &PolicyInForce) -> Self {
                Self { $($name: World::begin(policy),)* }
            }

            /// Folds entry `index`; `None` when nothing changed.
            pub(crate) fn apply(&mut self, index: u64, told: Option<Told>, under: Under<'_>) -> Option<Changes> {
                $(let mut $name = None;)*
                match told {
                    $(Some(Told::$World(told)) => $name = Some(told),)*
                    None => {}
                }
                $(
                    let earlier = ($(Seen { world: &self.$earlier, change: $earlier.as_ref() }),*);
                    let $name = self.$name.apply(index, $name, under, earlier);
                )*
                let is_changed = $($name.is_some())||*;
                is_changed.then_some(Changes { $($name,)* })
            }

            /// Returns the length of each list of each world.
            pub(super) fn counts(&self) -> [u64; LISTS] {
                let counts = [$(self.$name.counts(),)*].concat();
                counts.try_into().expect("a world counts the lists that it says it has")
            }

            /// Calls [`World::write`] for one world after another.
            pub(super) fn write(&self, block: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
                $(self.$name.write(block)?;)*
                Ok(())
            }

            /// Calls [`World::restore`] for one world after another.
            pub(super) fn restore(&mut self, saved: SavedWorlds, policy: &PolicyInForce) {
                $(
                    let earlier = ($(Seen { world: &self.$earlier, change: None }),*);
                    self.$name.restore(saved.$name, policy, earlier);
                )*
            }
        }

        impl SavedWorlds {
            /// Calls [`World::read_saved`] for one world after another.
            pub(super) fn read(lists: &mut SavedLists<'_>) -> Result<Self, Unfit> {
                $(let $name = <$World as World>::read_saved(lists)?;)*
                assert!(lists.is_at_end(), "a world reads the lists that it says it has");
                Ok(Self { $($name,)* })
            }
        }

        $(
            impl Listed for $World {
                fn of(worlds: &Worlds) -> &Self {
                    &worlds.$name
                }

                fn change_of(changes: &Changes) -> Option<&Self::Change> {
                    changes.$name.as_ref()
                }
            }
        )*
    };
}

// An entry is folded in this order: a world may read those before it.
worlds! {
    chain: Chain;
    wandb: Wandb, reads chain;
    computedb: Databases;
    gpu: Gpus, reads computedb;
    scores: Scores, reads chain, reads wandb, reads computedb;
    metrics: Metrics, reads chain;
}

/// Makes every state table, in the order in which they are saved and shown. A new one comes last.
pub(crate) fn tables() -> Vec<Box<dyn AnyTable>> {
    vec![
        Box::new(wandb::WandbRuns),
        Box::new(wandb::WandbLiveness),
        Box::new(chain::Subnets),
        Box::new(chain::Neurons),
        Box::new(chain::PROMETHEUS),
        Box::new(chain::AXONS),
        Box::new(chain::RuntimeVersions),
        Box::new(wandb::Validators),
        Box::new(wandb::ALLOCATED),
        Box::new(wandb::PENALIZED),
        Box::new(wandb::CHECKLIST),
        Box::new(wandb::AllocationClaims),
        Box::new(wandb::StatsVotes),
        Box::new(wandb::Stats),
        Box::<wandb::MinerSpecs>::default(),
        Box::new(wandb::MinerReports),
        Box::<wandb::UpstreamOutcome>::default(),
        Box::new(computedb::POG_STATS),
        Box::new(computedb::STATS),
        Box::new(computedb::ALLOCATION),
        Box::new(computedb::BLACKLIST),
        Box::new(computedb::RUNS),
        Box::new(computedb::MINER_DETAILS),
        Box::new(gpu::GpuInventoryTable),
        Box::new(gpu::PogStats),
        Box::new(scores::ScoresTable),
        Box::new(metrics::SamplesLatest),
        Box::new(metrics::Up),
    ]
}

/// A table of any world.
pub(crate) trait AnyTable: Send {
    fn schema(&self) -> &'static TableSchema;

    /// Calls [`Table::apply`], if the entry changed the table's world.
    fn apply(&mut self, index: u64, changes: &Changes, worlds: &Worlds, rows: &mut Rows);

    /// Calls [`Table::restore`].
    fn restore(&mut self, worlds: &Worlds);
}

impl<T: Table> AnyTable for T
where
    T::World: Listed,
{
    fn schema(&self) -> &'static TableSchema {
        Table::schema(self)
    }

    fn apply(&mut self, index: u64, changes: &Changes, worlds: &Worlds, rows: &mut Rows) {
        if let Some(change) = T::World::change_of(changes) {
            Table::apply(self, index, change, T::World::of(worlds), rows);
        }
    }

    fn restore(&mut self, worlds: &Worlds) {
        Table::restore(self, T::World::of(worlds));
    }
}

/// A world in the list.
pub(crate) trait Listed: World {
    fn of(worlds: &Worlds) -> &Self;
    fn change_of(changes: &Changes) -> Option<&Self::Change>;
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_table_has_a_key_something_to_say_and_no_column_twice() {
        let mut names = BTreeSet::new();
        for schema in tables().iter().map(|table| table.schema()) {
            let table = schema.name;
            assert!(names.insert(table), "{table} is listed twice");
            assert!(schema.key_columns > 0, "{table}");
            assert!(schema.key_columns + schema.origin_columns < schema.columns.len(), "{table}");
            let mut columns = BTreeSet::new();
            for column in schema.all_columns() {
                assert!(!column.name.is_empty() && columns.insert(column.name), "{table}.{}", column.name);
            }
        }
    }
}
