//! The saved state: all tables at one size of the log, in one file that is swapped whole, beside files of closed rows.
//!
//! It is a convenience, never evidence. It is used when the log's own key attests it, by a process that holds that
//! key, or when the log has the root of everything in it, at its size. Otherwise the tables are rebuilt from the log.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::Duration;

use annals_log::disk::{make_folder, refuse_linked};
use annals_log::{Attester, Hash, LogIndex, Policy, Reader, RightEdge, TreeSize};
use bincode::{Decode, Encode};

use crate::fold_root::{KnownRoot, KnownRoots, TableRoot, fold_root};
use crate::projections::Projections;
use crate::recorded::fold_recorded_at;
use crate::rows::{Cell, ClosedFile, ClosedTable, FileRecord, Keeping, Rows};
use crate::saved_file::{Blocks, Out};
use crate::unfit::Unfit;
use crate::worlds::{MEMORY_VERSION, Memory, write_memory};

const STATE: &str = "state";
/// Attempts to load before damage is reported: a concurrent save may have replaced the files between our reads.
const LOOKS_MAX: u32 = 3;
/// No fold runs so long that a file it wrote is still named by no saved state after this.
const REMOVED_AFTER: Duration = Duration::from_hours(1);

/// A saved state as it was read from disk, which nothing vouches for yet.
pub(crate) struct Saved {
    position: TreeSize,
    edge: RightEdge,
    recorded: KnownRoots,
    memory: Memory,
    tables: Projections,
    is_attested: bool,
}

/// A saved state of which the head was read.
struct Begun {
    blocks: Blocks,
    head: Head,
    is_attested: bool,
}

#[derive(Encode, Decode)]
struct Head {
    log_id: [u8; 16],
    position: u64,
    /// The right edge of the log's tree at that size, computed from the entries that were folded.
    edge: Vec<[u8; 32]>,
    recorded: Vec<(String, KnownRoot)>,
    /// See [`KnownRoots::fold_at`].
    fold_at: u64,
    tables: Vec<TableHead>,
    /// The files of the covered times.
    covered: Vec<FileRecord>,
}

#[derive(Encode, Decode)]
struct TableHead {
    name: String,
    version: u16,
    rows: u64,
    closed: Vec<FileRecord>,
}

#[derive(Encode, Decode)]
struct SavedRow {
    key: Vec<Cell>,
    values: Vec<Cell>,
    log_index: u64,
    valid_from: u64,
}

impl SavedRow {
    fn bytes_about(&self) -> usize {
        self.key.iter().chain(&self.values).map(|cell| size_of::<Cell>() + cell.text_bytes()).sum()
    }
}

impl Projections {
    /// Loads the tables that were last saved in `folder`, if they are of a size that `reader` sees.
    ///
    /// # Errors
    /// [`Unfit`]: begin with [`Projections::begin_in`] instead.
    pub fn load(folder: &Path, reader: &mut Reader) -> Result<Self, Unfit> {
        Saved::read(folder, reader)?.vouched(reader)
    }

    /// Returns the size of the state that is saved in `folder`, if the log's key attests it and it is greater than the
    /// reader's: the log was that long once. Reads only the head, after checking the file's digest.
    pub fn attested_beyond(folder: &Path, reader: &Reader) -> Option<TreeSize> {
        match Begun::read(folder, reader) {
            Err(Unfit::Ahead { position, is_attested: true }) => Some(position),
            _ => None,
        }
    }

    /// Makes tables at size 0, as [`Projections::new`] does, whose ended rows go from memory to files in `folder`,
    /// which is created if it is missing.
    ///
    /// # Errors
    /// I/O. A folder that is a link is refused, too: it may lead anywhere.
    pub fn begin_in(folder: &Path, what_if: Option<Policy>) -> io::Result<Self> {
        make_folder(folder)?;
        let mut tables = Self::new(what_if);
        tables.keep(&Keeping::Files(folder.to_owned()));
        Ok(tables)
    }

    /// Drops rows when they end, for a caller that needs only roots.
    pub(crate) fn forget_the_past(&mut self) {
        self.keep(&Keeping::Nothing);
    }

    fn keep(&mut self, keeping: &Keeping) {
        self.kept_mut().for_each(|rows| rows.keep(keeping.clone()));
    }

    /// Saves the tables in `folder`, where [`Projections::load`] finds them. The earlier state is replaced
    /// atomically, once everything new is on disk; it stays if it is of a greater size of the same log, since another
    /// process may save, too. The log's key attests the state where it can be read; otherwise the state is used only
    /// where the log has its root, which [`Projections::state_events`] returns. With `tidies`, files that no state
    /// names any more are removed once they are an hour old: until then another save may be about to name them.
    ///
    /// # Errors
    /// I/O, or rows of the past lie in memory alone since the tables were not begun in a folder; the earlier state is
    /// still there then.
    ///
    /// # Panics
    /// If the tables are a what-if, or not of a size at which a commit of the log ends.
    pub fn save(&mut self, folder: &Path, reader: &Reader, tidies: bool) -> io::Result<()> {
        assert!(!self.is_what_if(), "a what-if is never saved");
        make_folder(folder)?;
        if self.is_behind(folder, reader) {
            return Ok(());
        }
        self.kept_mut().try_for_each(ClosedTable::write)?;
        if !self.kept().all(ClosedTable::is_in_files) {
            return Err(io::Error::other("rows that ended lie in memory alone, and would be lost"));
        }
        let mut out = Out::new(folder)?;
        self.write_blocks(&mut out, reader)?;
        let attester = Attester::of(reader).ok();
        let attest = |digest| attester.map_or_else(String::new, |attester| attester.attest(STATE, digest));
        let new = out.finish(attest)?;
        // A crash before this line leaves the earlier state, and files that a later save with `tidies` removes.
        new.persist(folder.join(STATE)).map_err(|error| error.error)?;
        File::open(folder)?.sync_all()?;
        if tidies {
            self.remove_others(folder);
        }
        Ok(())
    }

    /// Deletes the state that is saved in `folder`: `save` would keep one of a greater size, as after a log was put
    /// back.
    ///
    /// # Errors
    /// I/O. A missing state is not an error.
    pub fn forget(folder: &Path) -> io::Result<()> {
        match fs::remove_file(folder.join(STATE)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Whether a state of a greater size of this log is already saved.
    fn is_behind(&self, folder: &Path, reader: &Reader) -> bool {
        let saved = Blocks::open(&folder.join(STATE)).and_then(|mut blocks| blocks.next::<Head>());
        saved.is_ok_and(|head| head.log_id == reader.opened().log_id().0 && head.position > self.position().0)
    }

    fn write_blocks(&self, out: &mut Out, reader: &Reader) -> io::Result<()> {
        let edge = self.edge();
        assert_eq!(self.position(), edge.size(), "tables are saved where a commit ends");
        let tables = self.tables.iter().map(|(_, rows)| TableHead {
            name: rows.schema.name.to_owned(),
            version: rows.schema.version,
            rows: rows.open().len() as u64,
            closed: records_of(&rows.closed),
        });
        let head = Head {
            log_id: reader.opened().log_id().0,
            position: self.position().0,
            edge: edge.hashes().iter().map(|hash| hash.0).collect(),
            recorded: self.recorded.by_name.clone().into_iter().collect(),
            fold_at: self.recorded.fold_at,
            tables: tables.collect(),
            covered: records_of(self.register.covered()),
        };
        out.block(&annals_log::encode(&head))?;
        write_memory(&self.policy, &self.register, &self.worlds, |block| out.block(block))?;
        for (_, rows) in &self.tables {
            let open = rows.open().map(|(key, row)| {
                let (key, values) = (key.to_vec(), row.values.to_vec());
                let (log_index, valid_from) = (row.log_index, row.valid_from);
                let saved = SavedRow { key, values, log_index, valid_from };
                let bytes = saved.bytes_about();
                (saved, bytes)
            });
            out.blocks(open)?;
        }
        Ok(())
    }

    /// Removes files in the folder that the state just saved does not name: those of earlier states, and of saves that
    /// were cut off. A file that cannot be removed only takes space.
    fn remove_others(&self, folder: &Path) {
        let files = self.kept().flat_map(ClosedTable::files);
        let named: BTreeSet<&str> = files.map(|file| file.record.name()).collect();
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            // Earlier versions of annals saved `.arrow` files.
            let is_ours = |name: &str| [".rows", ".arrow", ".new"].iter().any(|end| name.ends_with(end));
            let is_unnamed =
                entry.file_name().to_str().is_some_and(|name| is_ours(name) && !named.contains(name));
            let written = entry.metadata().and_then(|metadata| metadata.modified());
            let is_old = written.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > REMOVED_AFTER));
            if is_unnamed && is_old {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

impl Saved {
    /// Reads the state that is saved in `folder`, if the reader's log has the tree that it was made from.
    ///
    /// # Errors
    /// [`Unfit`], except `Unvouched`.
    pub(crate) fn read(folder: &Path, reader: &mut Reader) -> Result<Self, Unfit> {
        for _ in 1..LOOKS_MAX {
            match Self::read_once(folder, reader) {
                // Another process may have saved meanwhile, and removed files that the earlier state names.
                Err(Unfit::Damaged(_)) => {}
                outcome => return outcome,
            }
        }
        Self::read_once(folder, reader)
    }

    fn read_once(folder: &Path, reader: &mut Reader) -> Result<Self, Unfit> {
        let Begun { mut blocks, head, is_attested } = Begun::read(folder, reader)?;
        let edge = head.fits(reader)?;
        let memory = Memory::read(&mut blocks)?;
        let mut tables = Projections::new(None);
        tables.keep(&Keeping::Files(folder.to_owned()));
        if head.tables.len() != tables.tables.len() {
            return Err(Unfit::Foreign("other tables or versions"));
        }
        for ((_, rows), saved) in tables.tables.iter_mut().zip(head.tables) {
            if (saved.name.as_str(), saved.version) != (rows.schema.name, rows.schema.version) {
                return Err(Unfit::Foreign("other tables or versions"));
            }
            rows.closed.restore(open_files(folder, saved.closed)?);
            read_rows(&mut blocks, saved.rows, rows)?;
        }
        blocks.end()?;
        let covered = tables.register.covered_mut();
        covered.restore(open_files(folder, head.covered)?);
        if covered.past() != memory.covered() {
            return Err(Unfit::Damaged("its covered times are not those that it names"));
        }
        let position = TreeSize(head.position);
        let recorded = KnownRoots { by_name: head.recorded.into_iter().collect(), fold_at: head.fold_at };
        Ok(Self { position, edge, recorded, memory, tables, is_attested })
    }

    pub(crate) fn position(&self) -> TreeSize {
        self.position
    }

    /// Returns the root of what was read, as [`Projections::fold_root`] does.
    pub(crate) fn root(&mut self) -> Hash {
        let policy = self.memory.policy().digest();
        fold_root(policy, self.memory.digest(), &self.tables.table_roots(policy))
    }

    /// Names the files of ended rows that are damaged, and how.
    pub(crate) fn damaged_files(&self) -> Vec<String> {
        let files = self.tables.kept().flat_map(ClosedTable::files);
        files.filter_map(|file| file.check().err()).map(|error| error.to_string()).collect()
    }

    /// Returns the tables, if something besides the file vouches for them.
    fn vouched(mut self, reader: &Reader) -> Result<Projections, Unfit> {
        let (recorded, vouched_by) = if self.is_attested {
            (std::mem::take(&mut self.recorded), None)
        } else {
            let (roots, index) = self.found_in_log(reader)?;
            let known = roots.iter().map(|table| (table.schema.name.to_owned(), table.known()));
            (KnownRoots { by_name: known.collect(), fold_at: self.position.0 }, Some(index))
        };
        let Self { position, edge, memory, mut tables, .. } = self;
        tables.resume(position, edge, recorded, vouched_by);
        memory.restore(&mut tables.policy, &mut tables.register, &mut tables.worlds);
        for (table, _) in &mut tables.tables {
            table.restore(&tables.worlds);
        }
        Ok(tables)
    }

    /// Returns the roots of the tables, and the entry that has the root of the whole fold at this size.
    fn found_in_log(&mut self, reader: &Reader) -> Result<(Vec<TableRoot>, LogIndex), Unfit> {
        let unvouched = Unfit::Unvouched(self.position);
        let Some((index, recorded)) = fold_recorded_at(reader, self.position)? else { return Err(unvouched) };
        let policy = self.memory.policy().digest();
        let roots = self.tables.table_roots(policy);
        let root = fold_root(policy, self.memory.digest(), &roots);
        let is_it =
            (recorded.version, recorded.policy_sha256, recorded.root) == (MEMORY_VERSION, policy.0, root.0);
        if is_it { Ok((roots, index)) } else { Err(unvouched) }
    }
}

impl Begun {
    /// Reads the head of the state that is saved in `folder`.
    ///
    /// # Errors
    /// [`Unfit`]; `Ahead` when it is of a greater size than the reader's.
    fn read(folder: &Path, reader: &Reader) -> Result<Self, Unfit> {
        refuse_linked(folder)?;
        let mut blocks = Blocks::open(&folder.join(STATE))?;
        let head: Head = blocks.next()?;
        let (digest, note) = blocks.content();
        let is_attested =
            Attester::of(reader).is_ok_and(|attester| attester.has_attested(STATE, digest, note));
        let position = TreeSize(head.position);
        if head.log_id == reader.opened().log_id().0 && position > reader.size() {
            return Err(Unfit::Ahead { position, is_attested });
        }
        Ok(Self { blocks, head, is_attested })
    }
}

impl Head {
    /// Returns the log's tree at the state's size, if the log still has the entries it was made from.
    fn fits(&self, reader: &mut Reader) -> Result<RightEdge, Unfit> {
        if self.log_id != reader.opened().log_id().0 {
            return Err(Unfit::Foreign("another log"));
        }
        let position = TreeSize(self.position);
        let edge = RightEdge::from_parts(position, self.edge.iter().map(|&hash| Hash(hash)).collect());
        let edge = edge.ok_or(Unfit::Damaged("the tree that it stands on is none of its size"))?;
        if reader.root_of_commit(position)? == Some(edge.root()) {
            Ok(edge)
        } else {
            Err(Unfit::Foreign("a log with other entries"))
        }
    }
}

/// Returns what a saved state says of the files of a table.
fn records_of(rows: &ClosedTable) -> Vec<FileRecord> {
    rows.files().iter().map(|file| file.record.clone()).collect()
}

fn open_files(folder: &Path, records: Vec<FileRecord>) -> Result<Vec<ClosedFile>, Unfit> {
    let (mut files, mut before) = (Vec::new(), RightEdge::empty());
    for record in records {
        let file = ClosedFile::open(folder, record, &before);
        let file = file.ok_or(Unfit::Damaged("a file of closed rows is missing or cut"))?;
        before = file.edge().clone();
        files.push(file);
    }
    Ok(files)
}

fn read_rows(blocks: &mut Blocks, count: u64, rows: &mut Rows) -> Result<(), Unfit> {
    let mut left = count;
    while left > 0 {
        let block: Vec<SavedRow> = blocks.next()?;
        left = left.checked_sub(block.len() as u64).ok_or(Unfit::Damaged("it has too many rows"))?;
        for row in block {
            if !rows.schema.has_columns_of(&row.key, &row.values) {
                return Err(Unfit::Damaged("a row of it has other columns than its table"));
            }
            rows.restore(row.key, row.values, row.log_index, row.valid_from);
        }
    }
    Ok(())
}
