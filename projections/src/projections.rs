//! All state tables of a log, at one size of it.

use std::collections::BTreeMap;
use std::thread;

use annals_log::{Event, Hash, LOG_SOURCE, LogIndex, Policy, ProjectionState, ReadError, Reader, TreeSize};

use crate::ahead::read_ahead;
use crate::batch::rows_to_batch;
use crate::chain::{Chain, LastBlock};
use crate::change::Change;
use crate::claims::Claims;
use crate::count::Count;
use crate::databases::Databases;
use crate::project::Project;
use crate::rows::Rows;
use crate::schema::TableSchema;
use crate::snapshot::TableSnapshot;
use crate::tables::{self, State, Table};
use crate::told::Told;

/// All state tables of a log, at one size of it: a pure fold over its entries.
pub struct Projections {
    position: TreeSize,
    pub(crate) state: State,
    pub(crate) tables: Vec<(Box<dyn Table>, Rows)>,
    /// The last root of each table that the log has. No table sees it.
    pub(crate) recorded: BTreeMap<String, [u8; 32]>,
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
        Self { position: TreeSize(0), state, tables, recorded: BTreeMap::new() }
    }

    /// The schemas of all state tables, in the order of the list.
    pub fn schemas() -> Vec<&'static TableSchema> {
        tables::all().iter().map(|table| table.schema()).collect()
    }

    /// Applies the entries behind the position, up to `size` or what `reader` sees of it. `progress` is called with the
    /// size reached, now and then.
    ///
    /// # Errors
    /// [`ProjectionError`]; the tables then stand at the position they had reached.
    pub fn catch_up(
        &mut self,
        reader: &Reader,
        size: TreeSize,
        mut progress: impl FnMut(TreeSize),
    ) -> Result<(), ProjectionError> {
        let end = size.min(reader.size());
        let range = self.position.next_index()..end.next_index();
        if range.is_empty() {
            return Ok(());
        }
        thread::scope(|scope| {
            for portion in read_ahead(scope, reader, range) {
                for (index, told) in portion? {
                    self.apply(index, told);
                }
                self.spill()?;
                progress(self.position);
            }
            Ok(())
        })
    }

    fn spill(&mut self) -> Result<(), ProjectionError> {
        Ok(self.tables.iter_mut().try_for_each(|(_, rows)| rows.closed.spill())?)
    }

    fn apply(&mut self, index: LogIndex, told: Told) {
        self.position = index.size_through();
        if let Told::Recorded { table, root } = told {
            self.recorded.insert(table, root);
            return;
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
            return;
        }
        self.state.count.apply(&change, &self.state.project);
        for (table, rows) in &mut self.tables {
            rows.advance(self.position);
            table.apply(&change, &self.state, rows);
        }
    }

    /// The size at which the tables stand.
    pub fn position(&self) -> TreeSize {
        self.position
    }

    pub(crate) fn set_position(&mut self, position: TreeSize) {
        self.position = position;
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
            open: rows_to_batch(rows.schema, rows.open().map(|(key, row)| (key, row, None))),
            closed: rows.closed.rows(),
        };
        self.tables.iter().map(|(_, rows)| snapshot(rows)).collect()
    }

    /// 32 bytes that name the rows of each table as they stand, with the policy they were folded under.
    ///
    /// LOG-FORMAT.md gives them to the byte.
    pub fn state_roots(&mut self) -> Vec<(&'static TableSchema, Hash)> {
        let policy = self.policy().digest();
        self.tables.iter_mut().map(|(_, rows)| (rows.schema, rows.root(policy))).collect()
    }

    /// The same as events, for the tables whose root is not the last that the log has.
    ///
    /// # Panics
    /// If the tables are a what-if: those are nobody's but the asker's.
    pub fn state_events(&mut self, now_ms: i64) -> Vec<Event> {
        assert!(!self.is_what_if(), "the roots of a what-if are not recorded");
        let (at_size, policy_sha256) = (self.position.0, self.policy().digest().0);
        let roots = self.state_roots();
        let is_new = |(schema, root): &(&TableSchema, Hash)| self.recorded.get(schema.name) != Some(&root.0);
        let event = |(schema, root): (&TableSchema, Hash)| {
            let state = ProjectionState { version: schema.version, policy_sha256, at_size, root: root.0 };
            Event::new(LOG_SOURCE, schema.name, now_ms, &state)
        };
        roots.into_iter().filter(is_new).map(event).collect()
    }
}
