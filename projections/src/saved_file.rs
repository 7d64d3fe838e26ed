//! The file of a saved state: bytes that name its format, blocks, each after its length, the note by which the log's
//! key attests them, and a digest of all of it.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek as _, SeekFrom, Write};
use std::path::Path;

use annals_log::disk::{has_hole, open_regular};
use annals_log::{Hash, decode, encode};
use bincode::{BorrowDecode, Encode};
use tempfile::NamedTempFile;

use crate::digest::{Digesting, MemoryDigest};
use crate::rows::new_file;
use crate::unfit::Unfit;

/// The first bytes of the file. The number rises with the format; a change of a fold raises the versions of tables.
const MAGIC: &[u8; 8] = b"annalsT5";
/// A block that claims to be longer is refused.
const BLOCK_BYTES_MAX: u32 = 16 << 20;
/// About the length of a block that holds many things; nothing is much longer by itself.
const BLOCK_BYTES: usize = 1 << 20;
/// A longer file is refused: we never write one, and all of it would go to memory.
const FILE_BYTES_MAX: u64 = 4 << 30;
/// A longer note is refused; one with a signature takes a tenth of it.
const NOTE_BYTES_MAX: u64 = 4096;
/// The length of the end: the note's length, and the digest of everything before.
const END_BYTES: u64 = 4 + 32;

/// Writes blocks, each after its length.
pub(crate) struct Out(Digesting<BufWriter<NamedTempFile>>);

impl Out {
    /// Begins a file in `folder` that has no lasting name yet.
    pub(crate) fn new(folder: &Path) -> io::Result<Self> {
        let new = new_file(folder, "state-")?;
        let mut out = Digesting::of(BufWriter::new(new));
        out.write_all(MAGIC)?;
        Ok(Self(out))
    }

    /// Writes things, each given with about its bytes, many to a block.
    pub(crate) fn blocks<T: Encode>(&mut self, all: impl Iterator<Item = (T, usize)>) -> io::Result<()> {
        let (mut block, mut block_bytes) = (Vec::new(), 0);
        for (one, bytes) in all {
            block_bytes += bytes;
            block.push(one);
            if block_bytes > BLOCK_BYTES {
                self.block(&encode(&std::mem::take(&mut block)))?;
                block_bytes = 0;
            }
        }
        if block.is_empty() { Ok(()) } else { self.block(&encode(&block)) }
    }

    /// Writes one block that is encoded already.
    pub(crate) fn block(&mut self, bytes: &[u8]) -> io::Result<()> {
        let length = u32::try_from(bytes.len()).expect("the codec writes at most 16 MiB");
        self.0.write_all(&length.to_be_bytes())?;
        self.0.write_all(bytes)
    }

    /// Completes the file and syncs it; `attest` returns the note on the digest of the blocks.
    pub(crate) fn finish(mut self, attest: impl FnOnce(Hash) -> String) -> io::Result<NamedTempFile> {
        let note = attest(Hash(self.0.so_far()));
        self.0.write_all(note.as_bytes())?;
        let length = u32::try_from(note.len()).expect("a note of one signature is short");
        self.0.write_all(&length.to_be_bytes())?;
        let (mut file, digest) = self.0.finish();
        file.write_all(&digest)?;
        let new = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        new.as_file().sync_all()?;
        Ok(new)
    }
}

/// Reads blocks of a file whose digest is right: the file is whole, whoever wrote it.
pub(crate) struct Blocks {
    file: io::Take<BufReader<File>>,
    block: Vec<u8>,
    /// The digest of the blocks, and the note on it.
    content: (Hash, String),
    digest: Option<MemoryDigest>,
}

impl Blocks {
    pub(crate) fn open(path: &Path) -> Result<Self, Unfit> {
        let mut file = match open_regular(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Unfit::Absent),
            opened => opened?,
        };
        let bytes = file.metadata()?.len();
        if bytes > FILE_BYTES_MAX || has_hole(&file, BLOCK_BYTES as u64)? {
            return Err(Unfit::Damaged("it is no file that annals writes"));
        }
        let cut = Unfit::Damaged("it is cut");
        let Some(end) = bytes.checked_sub(END_BYTES) else { return Err(cut) };
        file.seek(SeekFrom::Start(end))?;
        let mut length = [0; 4];
        file.read_exact(&mut length)?;
        let note_bytes = u64::from(u32::from_be_bytes(length));
        let Some(blocks) = end.checked_sub(note_bytes).filter(|_| note_bytes <= NOTE_BYTES_MAX) else {
            return Err(cut);
        };
        file.rewind()?;
        let content = read_end(&mut file, blocks, end)?;
        // This is the file that was digested, even if another one has taken its name since.
        file.rewind()?;
        let mut file = BufReader::new(file).take(blocks);
        let mut magic = [0; MAGIC.len()];
        file.read_exact(&mut magic)?;
        if magic == *MAGIC {
            Ok(Self { file, block: Vec::new(), content, digest: None })
        } else {
            Err(Unfit::Foreign("another form"))
        }
    }

    /// Returns the digest of all blocks, and the note that is to attest it; empty when there is none.
    pub(crate) fn content(&self) -> (Hash, &str) {
        (self.content.0, &self.content.1)
    }

    pub(crate) fn next<T: Encode + for<'a> BorrowDecode<'a, ()>>(&mut self) -> Result<T, Unfit> {
        let mut length = [0; 4];
        self.file.read_exact(&mut length)?;
        let length = u32::from_be_bytes(length);
        if length > BLOCK_BYTES_MAX {
            return Err(Unfit::Damaged("a block of it is too long"));
        }
        self.block.resize(length as usize, 0);
        self.file.read_exact(&mut self.block)?;
        if let Some(digest) = &mut self.digest {
            digest.block(&self.block);
        }
        Ok(decode(&self.block)?)
    }

    /// Reads `count` things, each from its own block.
    pub(crate) fn many<T: Encode + for<'a> BorrowDecode<'a, ()>>(
        &mut self,
        count: u64,
    ) -> Result<Vec<T>, Unfit> {
        // No memory is reserved: the count may claim anything.
        let mut all = Vec::new();
        for _ in 0..count {
            all.push(self.next()?);
        }
        Ok(all)
    }

    /// Begins to digest the blocks that are read.
    pub(crate) fn begin_digest(&mut self) {
        self.digest = Some(MemoryDigest::default());
    }

    pub(crate) fn end_digest(&mut self) -> Hash {
        self.digest.take().unwrap_or_default().finish()
    }

    pub(crate) fn end(&self) -> Result<(), Unfit> {
        if self.file.limit() == 0 { Ok(()) } else { Err(Unfit::Damaged("more follows behind its end")) }
    }
}

/// Checks the file's digest. Returns the digest of the blocks, which end at `blocks`, and the note after them, which
/// ends at `end`.
fn read_end(file: &mut File, blocks: u64, end: u64) -> Result<(Hash, String), Unfit> {
    let mut digesting = Digesting::of(io::sink());
    io::copy(&mut (&*file).take(blocks), &mut digesting)?;
    let content = Hash(digesting.so_far());
    let mut note = Vec::new();
    (&*file).take(end - blocks).read_to_end(&mut note)?;
    digesting.write_all(&note)?;
    let mut length = [0; 4];
    file.read_exact(&mut length)?;
    digesting.write_all(&length)?;
    let mut digest = [0; 32];
    file.read_exact(&mut digest)?;
    if digesting.finish().1 != digest {
        return Err(Unfit::Damaged("its digest is another"));
    }
    Ok((content, String::from_utf8(note).unwrap_or_default()))
}
