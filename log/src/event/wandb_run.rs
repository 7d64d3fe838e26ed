//! `wandb_run`: a run as it was seen, whenever its config, state, name or creation time was another than before.

use bincode::{Decode, Encode};

use super::json::fields::{digest, number, object, or_null, text, text_or_null};
use super::json::{JsonError, Text, Value};
use super::{Derived, EventView, Fact, Kind, Known, Memory, RunNode};
use crate::codec;
use crate::hash::Hash;

/// A state of a run. The native id is the run id.
///
/// Attached are the bytes as they came: the run's node in the answer, or its record in the file; in the second case
/// the config text follows as another payload.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct WandbRun {
    /// As `validator-<hotkey>`; the first 256 characters. Here and below a lone surrogate is told as U+FFFD; the
    /// payload has it.
    pub display_name: Option<String>,
    /// As `running`, `finished`, `crashed`.
    pub state: String,
    /// When it was created, as the source wrote it.
    pub created_at: String,
    /// When the server last heard of it, as the server wrote it.
    pub heartbeat_at: Option<String>,
    /// SHA-256 of the config text; `None` when the run has none.
    pub config_sha256: Option<[u8; 32]>,
    /// What upstream's rule says of the signature in the config.
    pub signature: RunIdSignature,
    /// Where it was seen.
    pub evidence: Evidence,
}

/// What upstream says of a run's `hotkey` and `signature` (`compute/wandb/wandb.py`, `verify_run`). The signature
/// covers the run id and nothing else: neither the config nor a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum RunIdSignature {
    /// Hotkey or signature is missing, null or empty, or there is no config that can be read.
    Absent,
    /// The hotkey signed the run id, now or at any time before.
    Valid,
    /// The hotkey did not sign this run id.
    Wrong,
    /// Not the hex of 64 bytes, or the hotkey is no SS58 address: upstream catches the exception.
    Malformed,
}

/// Where the bytes of an event came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Evidence {
    /// The answer of a server.
    Answer,
    /// A `.wandb` file that a client wrote.
    File(FilePlace),
}

/// A place in a `.wandb` file that ties an event to one file and one record of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct FilePlace {
    /// The chain, see below, after the record that names the run: the same for every length the file has had.
    pub file_sha256: [u8; 32],
    /// Counts the records of the file from 1, damaged places included.
    pub record: u64,
    /// SHA-256(this chain before the record, SHA-256 of the record); 32 zeros before the first.
    pub chain_sha256: [u8; 32],
}

impl FilePlace {
    /// What the file is remembered by.
    pub fn file_key(&self) -> String {
        Hash(self.file_sha256).to_string()
    }

    /// Remembers that the file was read up to here.
    pub(super) fn remembered(self, payload: Option<Hash>) -> Memory {
        let digest = Some(Hash(self.chain_sha256));
        Memory::of(self.file_key(), Known { digest, position: Some(self.record), payload })
    }

    pub(super) fn field(self) -> Value {
        object([
            ("file_sha256", digest(self.file_sha256)),
            ("record", number(self.record)),
            ("chain_sha256", digest(self.chain_sha256)),
        ])
    }
}

impl Evidence {
    pub(super) fn field(self) -> Value {
        match self {
            Self::Answer => text("answer"),
            Self::File(place) => object([("file", place.field())]),
        }
    }
}

impl Fact for WandbRun {
    const KIND: Kind = Kind(0x0101);
    const NAME: &'static str = "wandb_run";
    const SCHEMA: u16 = 1;
    const MEMORIES: Derived<Self, Memory> = Some(|run, event| vec![run.remembered(event)]);

    fn fields(&self) -> Value {
        object([
            ("display_name", text_or_null(self.display_name.as_ref())),
            ("state", text(&self.state)),
            ("created_at", text(&self.created_at)),
            ("heartbeat_at", text_or_null(self.heartbeat_at.as_ref())),
            ("config_sha256", or_null(self.config_sha256, digest)),
            ("signature", text(self.signature.as_str())),
            ("evidence", self.evidence.field()),
        ])
    }
}

impl WandbRun {
    /// Stands in the keys of what is remembered beside runs, as "unit separator": no run id that is recorded has a
    /// control character.
    pub const KEY_MARK: char = '\u{1f}';

    /// Of all that makes a state another one. Heartbeats, summaries and the rest of the node do not.
    pub fn state_digest(&self) -> Hash {
        Hash::of(&codec::encode(&(&self.display_name, &self.state, &self.created_at, self.config_sha256)))
    }

    fn remembered(&self, event: &EventView<'_>) -> Memory {
        let payload = event.payload;
        match self.evidence {
            Evidence::File(place) => place.remembered(payload),
            Evidence::Answer => {
                let digest = Some(self.state_digest());
                Memory::of(event.native_id, Known { digest, position: None, payload })
            }
        }
    }

    /// The config text, from the payloads that the event vouches for.
    ///
    /// # Errors
    /// When the first payload is not what the event says it is; none such is ever recorded.
    pub fn config_text(&self, attached: &[Vec<u8>]) -> Result<Option<Text>, JsonError> {
        let utf8 = |place: usize| {
            attached
                .get(place)
                .and_then(|bytes| std::str::from_utf8(bytes).ok())
                .ok_or(JsonError { at: 0, what: "the payload is not there, or not UTF-8" })
        };
        match (self.config_sha256, self.evidence) {
            (None, _) => Ok(None),
            (Some(_), Evidence::Answer) => Ok(RunNode::read(utf8(0)?)?.config),
            (Some(_), Evidence::File(_)) => Ok(Some(utf8(1)?.into())),
        }
    }
}

impl RunIdSignature {
    /// As SQL shows it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Valid => "valid",
            Self::Wrong => "wrong",
            Self::Malformed => "malformed",
        }
    }
}
