//! All state tables of a log, at one size of it.

use std::thread;

use annals_log::{
    Event, Hash, LOG_SOURCE, LogIndex, Policy, ProjectionState, ReadError, Reader, RightEdge, TreeSize,
};

use crate::ahead::{Portion, read_ahead};
use crate::fold_root::{KnownRoot, KnownRoots, NamedRoot, TableRoot, fold_root};
use crate::policy_in_force::{PolicyInForce, Under};
use crate::recorded::RecordedRoots;
use crate::register::Register;
use crate::root_told::RootTold;
use crate::rows::{ClosedTable, Rows, TableSchema};
use crate::snapshot::Snapshot;
use crate::told::Told;
use crate::worlds::{self, AnyTable, MEMORY_VERSION, Worlds, memory_digest};

/// All state tables of a log, at one size of it: a pure fold over its entries.
pub struct Projections {
    position: TreeSize,
    /// The log's tree at the position, hashed from the entries that were folded.
    edge: RightEdge,
    pub(crate) policy: PolicyInForce,
    pub(crate) register: Register,
    pub(crate) worlds: Worlds,
    pub(crate) tables: Vec<(Box<dyn AnyTable>, Rows)>,
    /// The roots that the log has. No table sees them.
    pub(crate) recorded: KnownRoots,
    /// The entry that vouched for the state that was loaded, where the log's key did not.
    vouched_by: Option<LogIndex>,
}

/// Why tables could not be brought to a size.
#[derive(Debug, thiserror::Error)]
pub enum ProjectionError {
    /// The log could not be read.
    #[error(transparent)]
    Log(#[from] ReadError),
    /// Ended rows could not be written to their files.
    #[error("closed rows could not be written: {0}")]
    Disk(#[from] std::io::Error),
    /// A later entry takes back the state root that vouched for the saved tables.
    #[error("entry {0} vouched for the saved tables, and was taken back")]
    TakenBack(LogIndex),
}

impl Projections {
    /// Makes tables at size 0. With `what_if` that policy is in force, and every policy of the log is ignored.
    pub fn new(what_if: Option<Policy>) -> Self {
        let policy = PolicyInForce::begin(what_if);
        let with_rows = |table: Box<dyn AnyTable>| {
            let rows = Rows::new(table.schema());
            (table, rows)
        };
        Self {
            position: TreeSize(0),
            edge: RightEdge::empty(),
            register: Register::default(),
            worlds: Worlds::begin(&policy),
            policy,
            tables: worlds::tables().into_iter().map(with_rows).collect(),
            recorded: KnownRoots::default(),
            vouched_by: None,
        }
    }

    /// Returns the schemas of all state tables, in the order of the list.
    pub fn schemas() -> Vec<&'static TableSchema> {
        worlds::tables().iter().map(|table| table.schema()).collect()
    }

    /// Folds the entries after the position, up to `size` or the reader's size. `progress` is called with the size
    /// reached, now and then.
    ///
    /// Every entry is checked against the tree that the log's key signed.
    ///
    /// # Errors
    /// [`ProjectionError`]; the tables are of no further use then.
    ///
    /// # Panics
    /// If an earlier call returned an error.
    pub fn catch_up(
        &mut self,
        reader: &Reader,
        size: TreeSize,
        mut progress: impl FnMut(TreeSize),
    ) -> Result<(), ProjectionError> {
        assert_eq!(self.position, self.edge.size(), "tables that met an error are made again");
        let end = size.min(reader.size());
        if end <= self.position {
            return Ok(());
        }
        let edge = self.edge.clone();
        self.edge = thread::scope(|scope| {
            let (portions, reading) = read_ahead(scope, reader, edge, end);
            for portion in portions {
                let Portion { entries, registration } = portion?;
                for (index, told) in entries {
                    self.apply(index, told)?;
                }
                self.register.take(registration);
                self.spill()?;
                progress(self.position);
            }
            Ok::<_, ProjectionError>(reading.join().expect("reading a log does not panic"))
        })?;
        Ok(())
    }

    /// Brings tables at size 0 to the newest size for which the log has a root of the whole fold. Returns whether
    /// they give that root there: then everybody may use what is saved. `false`, too, where the log has no such root.
    ///
    /// # Errors
    /// Those of [`Projections::catch_up`].
    pub fn catch_up_to_recorded(
        &mut self,
        reader: &Reader,
        progress: impl FnMut(TreeSize),
    ) -> Result<bool, ProjectionError> {
        let recorded = RecordedRoots::of(reader, reader.size())?.newest_fold();
        let Some(recorded) = recorded else { return Ok(false) };
        self.catch_up(reader, TreeSize(recorded.at_size), progress)?;
        let is_commit = self.position == TreeSize(recorded.at_size) && reader.is_signed_at(self.position)?;
        Ok(is_commit && recorded.version == MEMORY_VERSION && self.fold_root().0 == recorded.root)
    }

    fn spill(&mut self) -> Result<(), ProjectionError> {
        Ok(self.kept_mut().try_for_each(ClosedTable::spill)?)
    }

    fn apply(&mut self, index: LogIndex, told: Told) -> Result<(), ProjectionError> {
        self.position = index.size_through();
        let (told, is_policy) = match told {
            Told::Opened { netuid } => {
                self.policy.set(index.0, Policy::of_upstream(netuid));
                (None, true)
            }
            // A what-if ignores the log's policies.
            Told::Policy(_) if self.policy.is_what_if => return Ok(()),
            Told::Policy(policy) => {
                self.policy.set(index.0, *policy);
                (None, true)
            }
            Told::Root(told) => return self.take_root(*told),
            Told::World(told) => (Some(told), false),
            Told::Nothing => return Ok(()),
        };
        let under = Under { policy: &self.policy, is_set: is_policy };
        let Some(changes) = self.worlds.apply(index.0, told, under) else { return Ok(()) };
        for (table, rows) in &mut self.tables {
            rows.advance(self.position);
            table.apply(index.0, &changes, &self.worlds, rows);
        }
        Ok(())
    }

    fn take_root(&mut self, told: RootTold) -> Result<(), ProjectionError> {
        match told {
            RootTold::Recorded { table, state, .. } => {
                if table == ProjectionState::FOLD {
                    self.recorded.fold_at = state.at_size;
                }
                self.recorded.by_name.insert(table, KnownRoot { root: state.root, past: state.past });
            }
            RootTold::Retracted { of, .. } if self.vouched_by == Some(of) => {
                return Err(ProjectionError::TakenBack(of));
            }
            // The table's root is recorded again, whatever it is.
            RootTold::Retracted { table, .. } => drop(self.recorded.by_name.remove(&table)),
        }
        Ok(())
    }

    /// Returns the size of the log that the tables are of.
    pub fn position(&self) -> TreeSize {
        self.position
    }

    /// Returns the log's tree at that size, if it was reached without an error.
    pub(crate) fn edge(&self) -> &RightEdge {
        &self.edge
    }

    /// Continues at a size that was saved.
    pub(crate) fn resume(
        &mut self,
        position: TreeSize,
        edge: RightEdge,
        recorded: KnownRoots,
        vouched_by: Option<LogIndex>,
    ) {
        (self.position, self.edge) = (position, edge);
        (self.recorded, self.vouched_by) = (recorded, vouched_by);
    }

    /// Returns the policy that the tables are folded under.
    pub fn policy(&self) -> &Policy {
        &self.policy.policy
    }

    /// Returns the entry that set it; 0 while upstream's own policy is in force, for the subnet that entry 0 names,
    /// and for a what-if.
    pub fn policy_index(&self) -> LogIndex {
        LogIndex(self.policy.index)
    }

    /// Whether the caller gave a policy instead of the log's.
    pub fn is_what_if(&self) -> bool {
        self.policy.is_what_if
    }

    /// Returns everything as it is at the position. It stays so while the tables go on; what does not change between
    /// two snapshots is shared by both.
    pub fn snapshot(&mut self) -> Snapshot {
        Snapshot {
            position: self.position,
            what_if: self.is_what_if(),
            tables: self.tables.iter_mut().map(|(_, rows)| rows.snapshot()).collect(),
            register: self.register.snapshot(),
            blocks: self.worlds.chain.blocks.snapshot(),
            polls: self.worlds.wandb.project.poll_marks.clone(),
        }
    }

    /// Returns everything whose rows are kept in files beside the saved state: the past of the tables in the order of
    /// the list, then the covered times.
    pub(crate) fn kept(&self) -> impl Iterator<Item = &ClosedTable> {
        self.tables.iter().map(|(_, rows)| &rows.closed).chain([self.register.covered()])
    }

    pub(crate) fn kept_mut(&mut self) -> impl Iterator<Item = &mut ClosedTable> {
        let tables = self.tables.iter_mut().map(|(_, rows)| &mut rows.closed);
        tables.chain([self.register.covered_mut()])
    }

    /// Returns for each table 32 bytes that name its current rows, and the policy they were folded under.
    ///
    /// LOG-FORMAT.md specifies them to the byte.
    pub fn state_roots(&mut self) -> Vec<(&'static TableSchema, Hash)> {
        let policy = self.policy().digest();
        self.table_roots(policy).into_iter().map(|table| (table.schema, table.root)).collect()
    }

    pub(crate) fn table_roots(&mut self, policy: Hash) -> Vec<TableRoot> {
        let root = |rows: &mut Rows| TableRoot {
            schema: rows.schema,
            root: rows.root(policy),
            past: rows.schema.keeps_history.then(|| rows.closed.past()),
        };
        self.tables.iter_mut().map(|(_, rows)| root(rows)).collect()
    }

    /// Returns 32 bytes that name everything the fold goes on from: the policy, the current and the ended rows of all
    /// tables, and what is remembered beside them.
    ///
    /// LOG-FORMAT.md specifies them to the byte, except for what is remembered.
    pub fn fold_root(&mut self) -> Hash {
        let (_, _, fold) = self.named_roots().pop().expect("the root of the fold is the last");
        Hash(fold.root)
    }

    /// Returns the roots to record: those of the tables in the order of the list, then that of the fold.
    pub(crate) fn named_roots(&mut self) -> Vec<NamedRoot> {
        let policy = self.policy().digest();
        let tables = self.table_roots(policy);
        let fold = fold_root(policy, memory_digest(&self.policy, &self.register, &self.worlds), &tables);
        let fold = (ProjectionState::FOLD, MEMORY_VERSION, KnownRoot { root: fold.0, past: None });
        let named = tables.iter().map(|table| (table.schema.name, table.schema.version, table.known()));
        named.chain([fold]).collect()
    }

    /// Returns the roots to record as events: those of tables whose root is not the last that the log has, and that
    /// of the fold. Empty when nothing changed but what the log tells of itself: each of these events tells something.
    ///
    /// # Panics
    /// If the tables are a what-if: its roots are never recorded.
    pub fn state_events(&mut self, now_ms: i64) -> Vec<Event> {
        assert!(!self.is_what_if(), "the roots of a what-if are not recorded");
        let (at_size, policy_sha256) = (self.position.0, self.policy().digest().0);
        let mut roots = self.named_roots();
        let known = &self.recorded;
        roots.retain(|(name, _, root)| known.by_name.get(*name) != Some(root));
        let is_fold_alone = matches!(roots[..], [(ProjectionState::FOLD, ..)]);
        if is_fold_alone
            && known.by_name.contains_key(ProjectionState::FOLD)
            && !self.register.is_told_since(known.fold_at)
        {
            return Vec::new();
        }
        let event = |(name, version, known): NamedRoot| {
            let KnownRoot { root, past } = known;
            let state = ProjectionState { version, policy_sha256, at_size, root, past };
            Event::new(LOG_SOURCE, name, now_ms, &state)
        };
        roots.into_iter().map(event).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn projections_may_live_on_a_thread_of_their_own() {
        fn may_be_sent<T: Send>() {}
        may_be_sent::<Projections>();
    }
}
