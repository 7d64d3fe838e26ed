//! All state tables of a log, at one size of it.

use std::collections::BTreeMap;
use std::thread;

use annals_log::{
    Event, Hash, LOG_SOURCE, LogIndex, Policy, ProjectionState, ReadError, Reader, RightEdge, TreeSize,
};

use crate::ahead::read_ahead;
use crate::chain::{Chain, LastBlock};
use crate::change::Change;
use crate::claims::Claims;
use crate::count::Count;
use crate::databases::Databases;
use crate::fold_root::{KnownRoot, NamedRoot, TableRoot, fold_root};
use crate::memory;
use crate::project::Project;
use crate::recorded::RecordedRoots;
use crate::rows::{Rows, TableSchema, TableSnapshot, rows_to_batch};
use crate::tables::{self, State, Table};
use crate::told::{RootTold, Told};

/// All state tables of a log, at one size of it: a pure fold over its entries.
pub struct Projections {
    position: TreeSize,
    /// The log's tree at the position, hashed from the entries that were folded.
    edge: RightEdge,
    pub(crate) state: State,
    pub(crate) tables: Vec<(Box<dyn Table>, Rows)>,
    /// The last root of each table, and of the fold, that the log has and did not take back. No table sees it.
    pub(crate) recorded: BTreeMap<String, KnownRoot>,
    /// The entry without which nothing would vouch for the state that was loaded.
    vouched_by: Option<LogIndex>,
}

/// Why tables could not be brought to a size.
#[derive(Debug, thiserror::Error)]
pub enum ProjectionError {
    /// The log could not be read.
    #[error(transparent)]
    Log(#[from] ReadError),
    /// Rows that stand no more could not be written where they are kept.
    #[error("closed rows could not be written: {0}")]
    Disk(#[from] std::io::Error),
    /// The state root that vouched for the tables as they were loaded is taken back further on.
    #[error("entry {0} vouched for the saved tables, and was taken back")]
    TakenBack(LogIndex),
}

impl Projections {
    /// Tables at size 0. With `what_if` every policy of the log is passed over, and that one holds.
    pub fn new(what_if: Option<Policy>) -> Self {
        let chain = Chain::default();
        let (project, count, claims) = (Project::new(what_if), Count::default(), Claims::default());
        let state = State { project, count, chain, claims, databases: Databases::default() };
        let with_rows = |table: Box<dyn Table>| {
            let rows = Rows::new(table.schema());
            (table, rows)
        };
        let tables = tables::all().into_iter().map(with_rows).collect();
        let (edge, recorded) = (RightEdge::empty(), BTreeMap::new());
        Self { position: TreeSize(0), edge, state, tables, recorded, vouched_by: None }
    }

    /// The schemas of all state tables, in the order of the list.
    pub fn schemas() -> Vec<&'static TableSchema> {
        tables::all().iter().map(|table| table.schema()).collect()
    }

    /// Applies the entries behind the position, up to `size` or what `reader` sees of it. `progress` is called with the
    /// size reached, now and then.
    ///
    /// Every entry is held against the tree that the log's key signed.
    ///
    /// # Errors
    /// [`ProjectionError`]; the tables are then of no further use.
    ///
    /// # Panics
    /// If an error was met before.
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
                for (index, told) in portion? {
                    self.apply(index, told)?;
                }
                self.spill()?;
                progress(self.position);
            }
            Ok::<_, ProjectionError>(reading.join().expect("reading a log does not panic"))
        })?;
        Ok(())
    }

    /// Brings tables that have read nothing to the newest size at which the log has the root of all of them, if they give that
    /// root there: what is saved then counts for everybody. `false` where the log has none such.
    ///
    /// # Errors
    /// As of [`Projections::catch_up`].
    pub fn catch_up_to_recorded(
        &mut self,
        reader: &Reader,
        progress: impl FnMut(TreeSize),
    ) -> Result<bool, ProjectionError> {
        let recorded = RecordedRoots::of(reader, reader.size())?.newest_fold();
        let Some(recorded) = recorded else { return Ok(false) };
        self.catch_up(reader, TreeSize(recorded.at_size), progress)?;
        let is_commit = self.position == TreeSize(recorded.at_size) && reader.is_signed_at(self.position)?;
        Ok(is_commit && recorded.version == memory::VERSION && self.fold_root().0 == recorded.root)
    }

    fn spill(&mut self) -> Result<(), ProjectionError> {
        Ok(self.tables.iter_mut().try_for_each(|(_, rows)| rows.closed.spill())?)
    }

    fn apply(&mut self, index: LogIndex, told: Told) -> Result<(), ProjectionError> {
        self.position = index.size_through();
        if let Told::Root(told) = told {
            return self.take_root(*told);
        }
        let State { chain, project, claims, databases, .. } = &mut self.state;
        let change = match told {
            Told::Chain(told) => {
                let changed = chain.apply(index.0, *told);
                let is_state = changed.as_ref().is_some_and(|changed| changed.state().is_some());
                let moved = if is_state { project.follow(chain) } else { None };
                Change::chain(index.0, changed, moved)
            }
            Told::Claim(claim) => Change::claim(index.0, claims.follow(*claim)),
            Told::Database(told) => Change::databases(index.0, databases.apply(told)),
            told => project.apply(index.0, told, chain),
        };
        if change.is_nothing() {
            return Ok(());
        }
        self.state.count.apply(&change, &self.state.project);
        for (table, rows) in &mut self.tables {
            rows.advance(self.position);
            table.apply(&change, &self.state, rows);
        }
        Ok(())
    }

    fn take_root(&mut self, told: RootTold) -> Result<(), ProjectionError> {
        match told {
            RootTold::Recorded { table, state, .. } => {
                self.recorded.insert(table, KnownRoot { root: state.root, past: state.past });
            }
            RootTold::Retracted { of, .. } if self.vouched_by == Some(of) => {
                return Err(ProjectionError::TakenBack(of));
            }
            // Whatever the log has of the table, it is said once more.
            RootTold::Retracted { table, .. } => drop(self.recorded.remove(&table)),
        }
        Ok(())
    }

    /// The size at which the tables stand.
    pub fn position(&self) -> TreeSize {
        self.position
    }

    /// The log's tree at that size, if it was reached without an error.
    pub(crate) fn edge(&self) -> &RightEdge {
        &self.edge
    }

    /// Goes on at a size that was saved.
    pub(crate) fn resume(
        &mut self,
        position: TreeSize,
        edge: RightEdge,
        recorded: BTreeMap<String, KnownRoot>,
        vouched_by: Option<LogIndex>,
    ) {
        (self.position, self.edge) = (position, edge);
        (self.recorded, self.vouched_by) = (recorded, vouched_by);
    }

    /// What they are folded under.
    pub fn policy(&self) -> &Policy {
        &self.state.project.rules.policy
    }

    /// The entry that set it; 0 where upstream's own holds, for the subnet that entry 0 names. Of a what-if it says nothing.
    pub fn policy_index(&self) -> LogIndex {
        LogIndex(self.state.project.policy_index)
    }

    /// The block of the chain that was recorded last; `None` before the first, and while it is taken back.
    pub fn last_block(&self) -> Option<&LastBlock> {
        self.state.chain.last_block()
    }

    /// Whether that is not what the log says.
    pub fn is_what_if(&self) -> bool {
        self.state.project.is_what_if
    }

    /// All tables, in the order of the list. They stay as they are while these go on.
    pub fn snapshots(&self) -> Vec<TableSnapshot> {
        let snapshot = |rows: &Rows| TableSnapshot {
            schema: rows.schema,
            open: rows_to_batch(rows.schema, rows.open()),
            closed: rows.closed.rows(),
        };
        self.tables.iter().map(|(_, rows)| snapshot(rows)).collect()
    }

    /// 32 bytes that name the rows of each table as they stand, with the policy they were folded under.
    ///
    /// LOG-FORMAT.md gives them to the byte.
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

    /// 32 bytes that name all that the fold stands on: the policy, the rows of all tables, those that stood, and what is
    /// remembered beside them.
    ///
    /// LOG-FORMAT.md gives them to the byte, but for what is remembered.
    pub fn fold_root(&mut self) -> Hash {
        let (_, _, fold) = self.named_roots().pop().expect("the root of the fold is the last");
        Hash(fold.root)
    }

    /// The roots that the log is told, those of the tables in the order of the list, and that of the fold as the last.
    pub(crate) fn named_roots(&mut self) -> Vec<NamedRoot> {
        let policy = self.policy().digest();
        let tables = self.table_roots(policy);
        let fold = fold_root(policy, memory::digest(&self.state), &tables);
        let fold = (ProjectionState::FOLD, memory::VERSION, KnownRoot { root: fold.0, past: None });
        let named = tables.iter().map(|table| (table.schema.name, table.schema.version, table.known()));
        named.chain([fold]).collect()
    }

    /// The roots as events, for the tables whose root is not the last that the log has, and for the fold as a whole. Empty
    /// where nothing changed.
    ///
    /// # Panics
    /// If the tables are a what-if: those are nobody's but the asker's.
    pub fn state_events(&mut self, now_ms: i64) -> Vec<Event> {
        assert!(!self.is_what_if(), "the roots of a what-if are not recorded");
        let (at_size, policy_sha256) = (self.position.0, self.policy().digest().0);
        let roots = self.named_roots();
        let is_new = |(name, _, known): &NamedRoot| self.recorded.get(*name) != Some(known);
        let event = |(name, version, known): NamedRoot| {
            let KnownRoot { root, past } = known;
            let state = ProjectionState { version, policy_sha256, at_size, root, past };
            Event::new(LOG_SOURCE, name, now_ms, &state)
        };
        roots.into_iter().filter(is_new).map(event).collect()
    }
}
