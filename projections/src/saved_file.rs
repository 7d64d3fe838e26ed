//! The file of a saved state: blocks, each behind its length, between bytes that tell its form and a digest of it all.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek as _, Write};
use std::path::Path;

use annals_log::{decode, encode};
use bincode::{BorrowDecode, Encode};
use tempfile::NamedTempFile;

use crate::closed_file::new_file;
use crate::digest::{Digesting, digest_of};
use crate::saved::Unfit;

/// First bytes of the file. The number rises with its form; a fold's own changes are told by the tables' versions.
const MAGIC: &[u8; 8] = b"annalsT3";
/// A block that claims to be longer is not believed.
const BLOCK_BYTES_MAX: u32 = 16 << 20;
/// Of what is many to a block, about so many bytes make one; nothing has many more alone.
const BLOCK_BYTES: usize = 1 << 20;

/// Writes blocks, each behind its length.
pub(crate) struct Out(Digesting<BufWriter<NamedTempFile>>);

impl Out {
    /// A file in `folder` that has no name yet.
    pub(crate) fn new(folder: &Path) -> io::Result<Self> {
        let new = new_file(folder, "state-")?;
        let mut out = Digesting::of(BufWriter::new(new));
        out.write_all(MAGIC)?;
        Ok(Self(out))
    }

    /// Many to a block, each of about so many bytes.
    pub(crate) fn blocks<T: Encode>(&mut self, all: impl Iterator<Item = (T, usize)>) -> io::Result<()> {
        let (mut block, mut block_bytes) = (Vec::new(), 0);
        for (one, bytes) in all {
            block_bytes += bytes;
            block.push(one);
            if block_bytes > BLOCK_BYTES {
                self.block(&std::mem::take(&mut block))?;
                block_bytes = 0;
            }
        }
        if block.is_empty() { Ok(()) } else { self.block(&block) }
    }

    pub(crate) fn block<T: Encode>(&mut self, value: &T) -> io::Result<()> {
        let bytes = encode(value);
        let length = u32::try_from(bytes.len()).expect("the codec writes at most 16 MiB");
        self.0.write_all(&length.to_be_bytes())?;
        self.0.write_all(&bytes)
    }

    /// The file, whole and on disk.
    pub(crate) fn finish(self) -> io::Result<NamedTempFile> {
        let (mut file, digest, _) = self.0.finish();
        file.write_all(&digest)?;
        let new = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        new.as_file().sync_all()?;
        Ok(new)
    }
}

/// Reads blocks of a file whose digest was found right.
pub(crate) struct Blocks {
    file: io::Take<BufReader<File>>,
    block: Vec<u8>,
}

impl Blocks {
    pub(crate) fn open(path: &Path) -> Result<Self, Unfit> {
        let mut file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Unfit::Absent),
            opened => opened?,
        };
        let bytes = file.metadata()?.len();
        let content = bytes.checked_sub(32).ok_or(Unfit::Damaged("it is cut"))?;
        let found = digest_of((&file).take(content))?;
        let mut digest = [0; 32];
        file.read_exact(&mut digest)?;
        if found != digest {
            return Err(Unfit::Damaged("its digest is another"));
        }
        // The same file, even if another one has taken its name since.
        file.rewind()?;
        let mut file = BufReader::new(file).take(content);
        let mut magic = [0; MAGIC.len()];
        file.read_exact(&mut magic)?;
        if magic == *MAGIC {
            Ok(Self { file, block: Vec::new() })
        } else {
            Err(Unfit::Foreign("another form"))
        }
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
        Ok(decode(&self.block)?)
    }

    pub(crate) fn end(&self) -> Result<(), Unfit> {
        if self.file.limit() == 0 { Ok(()) } else { Err(Unfit::Damaged("more follows behind its end")) }
    }
}
