//! `log_opened`: entry 0, which says whose log this is and of what.

use bincode::{Decode, Encode};

use super::json::Value;
use super::json::fields::{number, object, text, text_or_null};
use super::{Derived, Fact, Kind, Memory};
use crate::place::LogId;

/// Entry 0. Everything a stranger needs to check the rest.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct LogOpened {
    log_id: [u8; 16],
    /// The first line of every checkpoint, and the name of the key.
    pub origin: String,
    /// The Ed25519 key that signs every frame, as a C2SP vkey.
    pub vkey: String,
    /// The recorder's own hotkey, SS58 prefix 42, when it has one.
    pub hotkey: Option<String>,
    /// The genesis hash of the chain it records, `0x` and hex; `None` takes any.
    pub genesis: Option<String>,
    /// The subnet.
    pub netuid: u16,
    /// Clock, log id and key were given, not found: a log for tests, and every answer from it says so.
    pub fixture: bool,
}

impl Fact for LogOpened {
    const KIND: Kind = Kind(0x0001);
    const NAME: &'static str = "log_opened";
    const SCHEMA: u16 = 1;
    const MEMORIES: Derived<Self, Memory> = None;

    fn fields(&self) -> Value {
        object([
            ("log_id", text(&self.log_id().to_string())),
            ("origin", text(&self.origin)),
            ("vkey", text(&self.vkey)),
            ("hotkey", text_or_null(self.hotkey.as_ref())),
            ("genesis", text_or_null(self.genesis.as_ref())),
            ("netuid", number(self.netuid.into())),
            ("fixture", Value::Bool(self.fixture)),
        ])
    }
}

impl LogOpened {
    pub(crate) fn new(log_id: LogId, vkey: String, about: About) -> Self {
        let About { origin, hotkey, genesis, netuid, fixture } = about;
        Self { log_id: log_id.0, origin, vkey, hotkey, genesis, netuid, fixture }
    }

    /// Which log this is, as in every file of it.
    pub fn log_id(&self) -> LogId {
        LogId(self.log_id)
    }
}

/// The part of `log_opened` that whoever opens a log decides.
pub(crate) struct About {
    pub(crate) origin: String,
    pub(crate) hotkey: Option<String>,
    pub(crate) genesis: Option<String>,
    pub(crate) netuid: u16,
    pub(crate) fixture: bool,
}
