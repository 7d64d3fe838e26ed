//! Proofs: an entry, its inclusion path and a signed checkpoint, as one text that stands alone (C2SP tlog-proof@v1).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::checkpoint::{Checkpoint, SignedCheckpoint, parse_decimal};
use crate::entry::{ENTRY_BYTES_MAX, EntryError, Envelope};
use crate::hash::Hash;
use crate::note::NoteError;
use crate::place::LogIndex;
use crate::tree;
use crate::vkey::Vkey;

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";
/// A tree of 64-bit size is no deeper.
const PATH_HASHES_MAX: usize = 63;

/// An entry that anybody can check with the log's public key alone. Its text is a `.tlog-proof` file; the entry's
/// bytes are in `extra`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedEvent {
    entry: Vec<u8>,
    index: LogIndex,
    path: Vec<Hash>,
    checkpoint: SignedCheckpoint,
}

/// Why a proof proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// Not of the form that C2SP tlog-proof gives.
    #[error("not a tlog-proof: {0}")]
    Malformed(&'static str),
    /// The checkpoint is not signed by the key that is trusted.
    #[error("checkpoint: {0}")]
    Note(#[from] NoteError),
    /// The entry is not in the tree that was signed, at least not there.
    #[error("the path leads from entry {0} to another root than the one that was signed")]
    OtherRoot(LogIndex),
    /// The log holds it, and it is no entry of annals.
    #[error("the entry is in the log, and cannot be read: {0}")]
    Entry(#[from] EntryError),
}

impl SignedEvent {
    /// No text is longer that can be read: an entry in base64, the longest path, the longest checkpoint.
    pub const BYTES_MAX: usize = SignedCheckpoint::BYTES_MAX + (96 << 10);

    pub(crate) fn new(
        entry: Vec<u8>,
        index: LogIndex,
        path: Vec<Hash>,
        checkpoint: SignedCheckpoint,
    ) -> Self {
        Self { entry, index, path, checkpoint }
    }

    /// Reads a proof without believing it.
    ///
    /// # Errors
    /// `Malformed`, `Note`: says which rule it breaks. However long the text, no more than it is allocated.
    pub fn parse(text: &str) -> Result<Self, ProofError> {
        use ProofError::Malformed;
        if text.len() > Self::BYTES_MAX {
            return Err(Malformed("longer than any"));
        }
        if text.contains('\r') {
            return Err(Malformed("its lines end in CR LF, and those of a proof in LF alone"));
        }
        let (head, checkpoint) =
            text.split_once("\n\n").ok_or(Malformed("no empty line before the checkpoint"))?;
        let mut lines = head.split('\n');
        if lines.next() != Some(FIRST_LINE) {
            return Err(Malformed("the first line is not c2sp.org/tlog-proof@v1"));
        }
        let extra = lines.next().and_then(|line| line.strip_prefix("extra "));
        let extra = extra.ok_or(Malformed("no `extra` line; annals puts the entry's bytes there"))?;
        let entry = STANDARD.decode(extra).map_err(|_| Malformed("`extra` is not base64"))?;
        if entry.len() > ENTRY_BYTES_MAX {
            return Err(Malformed("an entry has at most 65,535 bytes"));
        }
        let index = lines.next().and_then(|line| line.strip_prefix("index ")).and_then(parse_decimal);
        let index = LogIndex(index.ok_or(Malformed("no `index` line with a plain decimal number"))?);
        let path: Vec<Hash> = lines
            .take(PATH_HASHES_MAX + 1)
            .map(|line| {
                Hash::from_base64(line).ok_or(Malformed("a line of the path is not 32 bytes of base64"))
            })
            .collect::<Result<_, _>>()?;
        if path.len() > PATH_HASHES_MAX {
            return Err(Malformed("the path is longer than that of any tree"));
        }
        let checkpoint = SignedCheckpoint::parse(checkpoint)?;
        Ok(Self { entry, index, path, checkpoint })
    }

    /// Checks signature and path; on success the entry was in the log when `vkey`'s holder signed the checkpoint.
    ///
    /// # Errors
    /// `Note`, `OtherRoot`; `Entry` when all is well but the entry cannot be read.
    pub fn verify(&self, vkey: &Vkey) -> Result<(Envelope<'_>, &Checkpoint), ProofError> {
        let checkpoint = self.checkpoint.verify(vkey)?;
        if self.root() != Some(checkpoint.root) {
            return Err(ProofError::OtherRoot(self.index));
        }
        Ok((Envelope::decode(&self.entry)?, checkpoint))
    }

    /// The root that the path leads to, `None` when it has the wrong length.
    pub(crate) fn root(&self) -> Option<Hash> {
        tree::root_of_path(Hash::leaf(&self.entry), self.index, self.checkpoint.claim().size, &self.path)
    }

    /// Where in the log.
    pub fn index(&self) -> LogIndex {
        self.index
    }

    /// The bytes that were hashed.
    pub fn entry(&self) -> &[u8] {
        &self.entry
    }

    /// The checkpoint, believed or not.
    pub fn checkpoint(&self) -> &SignedCheckpoint {
        &self.checkpoint
    }
}

impl fmt::Display for SignedEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST_LINE}\nextra {}\nindex {}", STANDARD.encode(&self.entry), self.index)?;
        self.path.iter().try_for_each(|hash| writeln!(f, "{}", hash.to_base64()))?;
        write!(f, "\n{}", self.checkpoint)
    }
}
