//! The register in a saved state.

use std::collections::BTreeMap;
use std::io;

use annals_log::{PastRows, encode};
use bincode::{Decode, Encode};

use super::Register;
use super::coverage::{Last, LastRow};
use super::source::SourceRead;
use super::span::Span;
use crate::saved_file::Blocks;
use crate::unfit::Unfit;

/// Single values, and the length of each list that follows.
#[derive(Encode, Decode)]
pub(crate) struct RegisterHead {
    last: Option<Last>,
    /// The times that were covered, which lie in files of their own.
    pub(crate) covered: PastRows,
    sources: u64,
    kinds: u64,
    last_rows: u64,
}

/// A register as it was read, which nothing vouches for yet.
pub(crate) struct SavedRegister {
    last: Option<Last>,
    sources: Vec<(String, SourceRead)>,
    kinds: Vec<(u16, Span)>,
    last_rows: Vec<((String, String), LastRow)>,
}

impl Register {
    pub(crate) fn head(&self) -> RegisterHead {
        RegisterHead {
            last: self.coverage.last,
            covered: self.coverage.rows.past(),
            sources: self.sources.len() as u64,
            kinds: self.kinds.len() as u64,
            last_rows: self.coverage.last_rows.len() as u64,
        }
    }

    /// Calls `block` with everything in its lists, one by one, encoded.
    ///
    /// # Errors
    /// The first error of `block`.
    pub(crate) fn write(&self, block: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        self.sources.iter().try_for_each(|source| block(&encode(&source)))?;
        self.kinds.iter().try_for_each(|kind| block(&encode(&kind)))?;
        self.coverage.last_rows.iter().try_for_each(|row| block(&encode(&row)))
    }

    /// Puts back what was saved into a register that has read nothing; the files of covered times are put back apart.
    pub(crate) fn restore(&mut self, saved: SavedRegister) {
        self.sources = saved.sources.into_iter().collect();
        self.kinds = saved.kinds.into_iter().collect();
        self.coverage.last = saved.last;
        self.coverage.last_rows = saved.last_rows.into_iter().collect::<BTreeMap<_, _>>();
    }
}

impl SavedRegister {
    /// Reads the lists, as [`Register::write`] wrote them.
    ///
    /// # Errors
    /// `Damaged`, `Io`.
    pub(crate) fn read(blocks: &mut Blocks, head: &RegisterHead) -> Result<Self, Unfit> {
        Ok(Self {
            last: head.last,
            sources: blocks.many(head.sources)?,
            kinds: blocks.many(head.kinds)?,
            last_rows: blocks.many(head.last_rows)?,
        })
    }
}
