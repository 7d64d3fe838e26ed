//! `wandb_file_damage`: a place of a `.wandb` file that could not be read; what is around it was.

use bincode::{Decode, Encode};

use super::json::Value;
use super::json::fields::{object, text};
use super::{Anomaly, Derived, Fact, FilePlace, Kind, Memory};

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
    const NAME: &'static str = "wandb_file_damage";
    const SCHEMA: u16 = 1;
    const MEMORIES: Derived<Self, Memory> = Some(|damage, _| vec![damage.place.remembered(None)]);
    const ANOMALIES: Derived<Self, Anomaly> = Some(|damage, _| {
        let place = format!("record {}", damage.place.record);
        vec![Anomaly::new("file_damage", place, damage.what.as_str())]
    });

    fn fields(&self) -> Value {
        object([("place", self.place.field()), ("what", text(&self.what))])
    }
}
