//! A log as a recorder finds it, before it records that it began: what the recorder was asked for is held against this,
//! so that a mistake of its user leaves no entry.

use std::path::{Path, PathBuf};

use annals_gpu::Beacon;
use annals_log::{LogOpened, Policy, ReadError, Reader};

use crate::failure::Failure;
use crate::tables::Tables;

/// A log that is not written to yet.
pub(crate) struct Beginning {
    pub(crate) opened: LogOpened,
    /// Its last checkpoint.
    pub(crate) last: Beacon,
    data: PathBuf,
    /// Read only if somebody asks for what is in them.
    tables: Option<Tables>,
}

impl Beginning {
    /// Looks at the log in `data`.
    ///
    /// # Errors
    /// The log cannot be read, or not before a recorder has mended it.
    pub(crate) fn of(data: &Path) -> Result<Self, ReadError> {
        let reader = Reader::open(data)?;
        let claim = reader.checkpoint().claim();
        let last = Beacon { number: claim.size.0, hash: claim.root };
        let opened = reader.opened().clone();
        Ok(Self { opened, last, data: data.to_owned(), tables: None })
    }

    /// Returns the policy in force.
    pub(crate) fn policy(&mut self) -> Result<Policy, Failure> {
        Ok(self.tables()?.projections.policy().clone())
    }

    /// Returns the height of the log's first block.
    pub(crate) fn first_block(&mut self) -> Result<Option<u64>, Failure> {
        Ok(self.tables()?.projections.snapshot().blocks.first())
    }

    fn tables(&mut self) -> Result<&mut Tables, Failure> {
        let tables = match self.tables.take() {
            Some(tables) => tables,
            None => Tables::now(&self.data)?.1,
        };
        Ok(self.tables.insert(tables))
    }
}
