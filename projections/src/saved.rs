//! The saved state: all tables at one size of the log, in one file that is swapped whole, beside files of closed rows.
//!
//! It is never evidence: whatever is wrong with it, it is dropped, and the tables are made again from the log.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use annals_log::{CodecError, Hash, Policy, Reader, TreeSize};
use bincode::{Decode, Encode};

use crate::cell::Cell;
use crate::chain::{Holder, Remembered};
use crate::claims::Claims;
use crate::closed::Keeping;
use crate::closed_file::{ClosedFile, FileRecord};
use crate::project::{Polls, Postponed};
use crate::projections::Projections;
use crate::run::Run;
use crate::saved_file::{Blocks, Out};
use crate::tables::State;
use crate::told_chain::{Runtime, RuntimeId};
use crate::told_db::WaitingRow;

const STATE: &str = "state";
/// So often a folder is looked at before it is called damaged.
const LOOKS_MAX: u32 = 3;
/// No fold takes so long that a file written on the way is still without a name.
const REMOVED_AFTER: Duration = Duration::from_hours(1);

/// Why a saved state was not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unfit {
    /// Nothing was saved yet.
    #[error("no tables were saved yet")]
    Absent,
    /// The disk, or a file that ends too early.
    #[error("the saved tables could not be read: {0}")]
    Io(#[from] io::Error),
    /// Its bytes are not what was written.
    #[error("the saved tables are damaged: {0}")]
    Damaged(&'static str),
    /// It is sound, but of another log, or of other folds.
    #[error("the saved tables are of {0}")]
    Foreign(&'static str),
    /// It was saved at a size that the reader does not see: the log has grown since it was opened, or was put back.
    #[error("the saved tables stand at size {0}, and the log is looked at before that")]
    Ahead(TreeSize),
}

#[derive(Encode, Decode)]
struct Head {
    log_id: [u8; 16],
    position: u64,
    log_root: [u8; 32],
    policy: Policy,
    policy_index: u64,
    polls: Polls,
    recorded: Vec<(String, [u8; 32])>,
    chain: Remembered,
    claims: Claims,
    runtimes: u64,
    neurons: u64,
    held: u64,
    pending: u64,
    postponed: u64,
    waiting: u64,
    tables: Vec<TableHead>,
}

#[derive(Encode, Decode)]
struct TableHead {
    name: String,
    version: u16,
    rows: u64,
    closed: Vec<FileRecord>,
}

#[derive(Encode, Decode)]
struct SavedRun {
    run: Run,
    asked: Option<String>,
    is_listed: bool,
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

impl From<CodecError> for Unfit {
    fn from(_: CodecError) -> Self {
        Self::Damaged("a block of it does not decode")
    }
}

impl Projections {
    /// The tables as they were last saved in `folder`, at a size that `reader` sees.
    ///
    /// # Errors
    /// [`Unfit`]: begin with [`Projections::begin_in`].
    pub fn load(folder: &Path, reader: &mut Reader) -> Result<Self, Unfit> {
        for _ in 1..LOOKS_MAX {
            match Self::load_once(folder, reader) {
                // Somebody may have saved meanwhile, and removed what the state before named.
                Err(Unfit::Damaged(_)) => {}
                outcome => return outcome,
            }
        }
        Self::load_once(folder, reader)
    }

    fn load_once(folder: &Path, reader: &mut Reader) -> Result<Self, Unfit> {
        let mut blocks = Blocks::open(&folder.join(STATE))?;
        let head: Head = blocks.next()?;
        head.fits(reader)?;
        let mut loaded = Self::new(None);
        loaded.set_position(TreeSize(head.position));
        loaded.recorded = head.recorded.into_iter().collect();
        loaded.state.chain.at = head.chain;
        loaded.state.claims = head.claims;
        for _ in 0..head.runtimes {
            let (id, runtime): (RuntimeId, Runtime) = blocks.next()?;
            loaded.state.chain.runtimes.insert(id, runtime);
        }
        for _ in 0..head.neurons {
            let (uid, holder): ((u16, u16), Holder) = blocks.next()?;
            loaded.state.chain.neurons.insert(uid, holder);
        }
        let State { project, chain, .. } = &mut loaded.state;
        project.resume(head.policy, head.policy_index, head.polls, chain);
        for _ in 0..head.held {
            let SavedRun { run, asked, is_listed } = blocks.next()?;
            loaded.state.project.restore(run, asked.map(Rc::from), is_listed);
        }
        for _ in 0..head.pending {
            let run: Run = blocks.next()?;
            loaded.state.project.pending.insert(run.run_id.clone(), run);
        }
        for _ in 0..head.postponed {
            let (asked, run): (String, Run) = blocks.next()?;
            let postponed = Postponed { run, asked: asked.into() };
            loaded.state.project.postponed.insert(postponed.run.run_id.clone(), postponed);
        }
        for _ in 0..head.waiting {
            let (native_id, row): (String, WaitingRow) = blocks.next()?;
            loaded.state.databases.waiting.insert(native_id, row);
        }
        loaded.state.count.restore(&loaded.state.project);
        if head.tables.len() != loaded.tables.len() {
            return Err(Unfit::Foreign("other tables or versions"));
        }
        for ((table, rows), saved) in loaded.tables.iter_mut().zip(head.tables) {
            if (saved.name.as_str(), saved.version) != (rows.schema.name, rows.schema.version) {
                return Err(Unfit::Foreign("other tables or versions"));
            }
            let files = saved.closed.into_iter().map(|record| ClosedFile::open(folder, record));
            let files: Option<Vec<_>> = files.collect();
            let files = files.ok_or(Unfit::Damaged("a file of closed rows is missing or cut"))?;
            let mut left = saved.rows;
            while left > 0 {
                let block: Vec<SavedRow> = blocks.next()?;
                left = left.checked_sub(block.len() as u64).ok_or(Unfit::Damaged("it has too many rows"))?;
                for row in block {
                    rows.restore(row.key, row.values, row.log_index, row.valid_from);
                }
            }
            rows.closed.keep(Keeping::Files(folder.to_owned()), files);
            table.restore(&loaded.state);
        }
        blocks.end()?;
        Ok(loaded)
    }

    /// Tables at size 0, as [`Projections::new`] makes them, whose closed rows leave memory for files in `folder`, which is
    /// made if need be.
    ///
    /// # Errors
    /// The disk.
    pub fn begin_in(folder: &Path, what_if: Option<Policy>) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let mut tables = Self::new(what_if);
        tables.keep(&Keeping::Files(folder.to_owned()));
        Ok(tables)
    }

    /// Rows that stand no more are not kept: for whoever needs but roots.
    pub(crate) fn forget_the_past(&mut self) {
        self.keep(&Keeping::Nothing);
    }

    fn keep(&mut self, keeping: &Keeping) {
        self.tables.iter_mut().for_each(|(_, rows)| rows.closed.keep(keeping.clone(), Vec::new()));
    }

    /// Saves the tables in `folder`, where [`Projections::load`] finds them; what was saved before is replaced at once,
    /// after everything new is on disk, unless it stands at a greater size of the same log: another process may save, too.
    /// Who `tidies` removes files that nobody names any more, when they are an hour old: before, somebody else may be about
    /// to name them.
    ///
    /// # Errors
    /// The disk; what was saved before is then still there.
    ///
    /// # Panics
    /// If the tables are a what-if, or `reader` is not at their position.
    pub fn save(&mut self, folder: &Path, reader: &Reader, tidies: bool) -> io::Result<()> {
        assert!(!self.is_what_if(), "a what-if is never saved");
        assert_eq!(self.position(), reader.size(), "the root of the log is known at the reader's size");
        fs::create_dir_all(folder)?;
        if self.is_behind(folder, reader) {
            return Ok(());
        }
        for (_, rows) in &mut self.tables {
            rows.closed.write()?;
        }
        let mut out = Out::new(folder)?;
        self.write_blocks(&mut out, reader)?;
        let new = out.finish()?;
        // A crash before this line leaves what was saved before, and files that the next save of a sole user removes.
        new.persist(folder.join(STATE)).map_err(|error| error.error)?;
        File::open(folder)?.sync_all()?;
        if tidies {
            self.remove_others(folder);
        }
        Ok(())
    }

    /// Drops what is saved in `folder`: else it would stay if it stands at a greater size, as after a log was put back.
    ///
    /// # Errors
    /// The disk; that nothing is saved is none.
    pub fn forget(folder: &Path) -> io::Result<()> {
        match fs::remove_file(folder.join(STATE)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Whether the tables are saved already at a greater size of this log.
    fn is_behind(&self, folder: &Path, reader: &Reader) -> bool {
        let saved = Blocks::open(&folder.join(STATE)).and_then(|mut blocks| blocks.next::<Head>());
        saved.is_ok_and(|head| head.log_id == reader.opened().log_id().0 && head.position > self.position().0)
    }

    fn write_blocks(&self, out: &mut Out, reader: &Reader) -> io::Result<()> {
        let State { project, chain, claims, databases, .. } = &self.state;
        let tables = self.tables.iter().map(|(_, rows)| TableHead {
            name: rows.schema.name.to_owned(),
            version: rows.schema.version,
            rows: rows.open().len() as u64,
            closed: rows.closed.files().iter().map(|file| file.record.clone()).collect(),
        });
        out.block(&Head {
            log_id: reader.opened().log_id().0,
            position: self.position().0,
            log_root: reader.checkpoint().claim().root.0,
            policy: self.policy().clone(),
            policy_index: project.policy_index,
            polls: project.polls.clone(),
            recorded: self.recorded.clone().into_iter().collect(),
            chain: chain.at.clone(),
            claims: claims.clone(),
            runtimes: chain.runtimes.len() as u64,
            neurons: chain.neurons.len() as u64,
            held: project.held.len() as u64,
            pending: project.pending.len() as u64,
            postponed: project.postponed.len() as u64,
            waiting: databases.waiting.len() as u64,
            tables: tables.collect(),
        })?;
        chain.runtimes.iter().try_for_each(|runtime| out.block(&runtime))?;
        chain.neurons.iter().try_for_each(|neuron| out.block(&neuron))?;
        for held in project.held.values() {
            let asked = held.asked.as_ref().map(ToString::to_string);
            out.block(&SavedRun { run: held.seen.run.clone(), asked, is_listed: held.is_listed })?;
        }
        project.pending.values().try_for_each(|run| out.block(run))?;
        for postponed in project.postponed.values() {
            out.block(&(postponed.asked.to_string(), postponed.run.clone()))?;
        }
        databases.waiting.iter().try_for_each(|row| out.block(&row))?;
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

    /// Removes files in the folder that the state just saved does not name: those of states before it, and of saves that
    /// were cut off. What cannot be removed takes room and nothing else.
    fn remove_others(&self, folder: &Path) {
        let files = self.tables.iter().flat_map(|(_, rows)| rows.closed.files());
        let named: BTreeSet<&str> = files.map(|file| file.record.name()).collect();
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let is_ours = |name: &str| name.ends_with(".arrow") || name.ends_with(".new");
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

impl Head {
    /// Whether the log still leads through what was saved.
    fn fits(&self, reader: &mut Reader) -> Result<(), Unfit> {
        if self.log_id != reader.opened().log_id().0 {
            return Err(Unfit::Foreign("another log"));
        }
        if self.position > reader.size().0 {
            return Err(Unfit::Ahead(TreeSize(self.position)));
        }
        match reader.root_of_commit(TreeSize(self.position)) {
            Ok(Some(root)) if root == Hash(self.log_root) => Ok(()),
            _ => Err(Unfit::Foreign("a log with other entries")),
        }
    }
}
