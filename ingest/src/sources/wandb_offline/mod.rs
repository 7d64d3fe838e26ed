//! Source `wandb_offline`: the `.wandb` file that a client writes beside its run. It has every state of the config and
//! every row of history, where the server has only what the client last sent.

mod error;
mod file;
mod framing;
mod items;
mod name;
mod record;
mod run_file;

use annals_log::SourceMemory;

pub use error::WandbFileError;
pub use file::WandbFile;
use run_file::RunFile;

use crate::raw::Raw;
use crate::source::{Decoded, Source, SourceError};

/// A run, from its own file.
#[derive(Debug, Clone, Copy, Default)]
pub struct WandbOffline;

impl Source for WandbOffline {
    const NAME: &'static str = name::NAME;
    /// The file being read.
    type Context = RunFile;

    /// Each exchange is a record of the file. What the log has of the file is not recorded again: a file that has grown
    /// adds what is new.
    fn decode(&self, raw: &Raw, file: &mut RunFile, memory: &SourceMemory) -> Result<Decoded, SourceError> {
        let steps = raw.exchanges.iter().map(|exchange| file.take(exchange, memory));
        let steps: Vec<_> = steps.collect::<Result<_, WandbFileError>>()?;
        if !raw.more {
            file.end()?;
        }
        let is_recorded = steps.iter().all(Vec::is_empty) && !raw.more;
        Ok(Decoded { steps, cursor: None, is_recorded })
    }
}
