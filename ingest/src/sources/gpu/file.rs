//! Attempts in files: a transcript of annals' protocol, or the answers of upstream's as JSON.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use annals_log::SourceMemory;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, ready};

use super::Gpus;
use super::exchange::{READ, exchange};
use crate::feed::{Feed, FeedError};
use crate::raw::Raw;
use crate::source::Source as _;

/// The longest evidence: that of upstream's protocol.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// The attempt in a file.
pub struct PogFile {
    raw: Option<Raw>,
}

/// Why a file is not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PogFileError {
    /// It cannot be read.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// No attempt has as much evidence.
    #[error("it has more than {FILE_BYTES_MAX} bytes, and no attempt has")]
    TooLong,
}

impl PogFile {
    /// Reads a file, at this time.
    ///
    /// # Errors
    /// [`PogFileError`]. What it holds is looked at when it is decoded.
    pub fn open(path: &Path, now_ms: i64) -> Result<Self, PogFileError> {
        let mut bytes = Vec::new();
        File::open(path)?.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > FILE_BYTES_MAX {
            return Err(PogFileError::TooLong);
        }
        // Without its folder: where a file lies is nobody's business who reads the log.
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let exchanges = vec![exchange(READ, &name, String::new(), Ok(bytes), now_ms)];
        Ok(Self { raw: Some(Raw { source: Gpus::NAME.to_owned(), exchanges, part: 0, more: false }) })
    }
}

impl Feed for PogFile {
    fn source(&self) -> Option<&'static str> {
        Some(Gpus::NAME)
    }

    fn next(&mut self, _: Arc<SourceMemory>) -> BoxFuture<'_, Result<Option<Raw>, FeedError>> {
        ready(Ok(self.raw.take())).boxed()
    }
}
