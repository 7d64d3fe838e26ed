//! A cassette that is written while a source is followed.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use annals_ingest::{CassetteWriter, Raw};

use crate::failure::Failure;

/// Everything that a session was answered.
pub(crate) struct KeptAnswers(CassetteWriter<Box<dyn Write>>);

impl KeptAnswers {
    /// Begins a cassette; compressed if its name ends in `.zst`.
    pub(crate) fn create(path: &Path) -> Result<Self, Failure> {
        let of_file = |error| Failure::input(path, &error);
        let file = BufWriter::new(File::create_new(path).map_err(of_file)?);
        let out: Box<dyn Write> = if path.extension().is_some_and(|extension| extension == "zst") {
            Box::new(zstd::Encoder::new(file, 0).map_err(of_file)?.auto_finish())
        } else {
            Box::new(file)
        };
        Ok(Self(CassetteWriter::new(out).map_err(of_file)?))
    }

    pub(crate) fn write(&mut self, raw: &Raw) -> Result<(), Failure> {
        Ok(self.0.write(raw)?)
    }
}
