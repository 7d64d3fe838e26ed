//! `wandb_file_damage`: a place of a `.wandb` file that could not be read; what is around it was.

use bincode::{Decode, Encode};

use super::{Fact, FilePlace, Kind};

/// The native id is the run id. Attached is the record, when there is a whole one.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct WandbFileDamage {
    /// Where.
    pub place: FilePlace,
    /// What is wrong.
    pub what: String,
}

impl Fact for WandbFileDamage {
    const KIND: Kind = Kind(0x0104);
    const SCHEMA: u16 = 1;
}
