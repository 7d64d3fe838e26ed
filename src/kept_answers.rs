//! A cassette that is written while sources are followed.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use annals_ingest::{CassetteWriter, Raw};

use crate::failure::Failure;

/// Whether what is kept stays with whoever keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passing {
    /// It may be passed on: without persons and secrets.
    On,
    /// It stays: as it came.
    Nowhere,
}

/// Where it is written.
enum Out {
    Plain(BufWriter<File>),
    Compressed(zstd::Encoder<'static, BufWriter<File>>),
}

/// Everything that was answered.
pub(crate) struct KeptAnswers {
    cassette: CassetteWriter<Out>,
    path: PathBuf,
    passing: Passing,
}

impl KeptAnswers {
    /// Begins a cassette; compressed if its name ends in `.zst`.
    pub(crate) fn create(path: &Path, passing: Passing) -> Result<Self, Failure> {
        let of_file = |error| Failure::input(path, &error);
        let file = BufWriter::new(File::create_new(path).map_err(of_file)?);
        let out = if path.extension().is_some_and(|extension| extension == "zst") {
            Out::Compressed(zstd::Encoder::new(file, 0).map_err(of_file)?)
        } else {
            Out::Plain(file)
        };
        let cassette = CassetteWriter::new(out).map_err(of_file)?;
        Ok(Self { cassette, path: path.to_owned(), passing })
    }

    /// Writes answers down, and returns them as they were written.
    pub(crate) fn write(&mut self, raw: Raw) -> Result<Raw, Failure> {
        let raw = match self.passing {
            Passing::On => raw.without_persons_and_secrets(),
            Passing::Nowhere => raw,
        };
        self.cassette.write(&raw).map_err(|error| Failure::input(&self.path, &error))?;
        Ok(raw)
    }

    /// Removes the file, in which nothing was written yet: the next try makes it again.
    pub(crate) fn discard(self) -> Result<(), Failure> {
        std::fs::remove_file(&self.path).map_err(|error| Failure::input(&self.path, &error))
    }

    /// Sees that all of it is in the file.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        let finished = match self.cassette.into_inner() {
            Out::Plain(mut file) => file.flush(),
            Out::Compressed(encoder) => encoder.finish().and_then(|mut file| file.flush()),
        };
        finished.map_err(|error| Failure::input(&self.path, &error))
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(file) => file.write(bytes),
            Self::Compressed(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(file) => file.flush(),
            Self::Compressed(encoder) => encoder.flush(),
        }
    }
}
