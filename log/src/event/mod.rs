//! The vocabulary: what may be recorded, and the number of each kind.
//!
//! To add a kind: a file here with its body, a line in [`KINDS`], a row in LOG-FORMAT.md, a golden vector.

mod block_header;
mod block_left_out;
mod chain_block;
mod chain_follow;
mod chain_state;
mod clock_stepped;
mod computedb;
mod config_claim;
mod extrinsic_submitted;
pub mod json;
mod known;
mod log_opened;
mod policy_set;
mod projection_state;
mod recorder;
mod run_config;
mod run_node;
mod told_time;
mod wandb_config_signed;
mod wandb_file_damage;
mod wandb_history;
mod wandb_poll;
mod wandb_published;
mod wandb_run;
mod wandb_run_gone;

use std::fmt;

use bincode::{BorrowDecode, Decode, Encode};

use crate::codec;
use crate::entry::PayloadRef;
use crate::hash::Hash;
use crate::segment::RECORD_BYTES_MAX;

pub use block_header::BlockHeader;
pub use block_left_out::{BlockLeftOut, LeftOutPiece, PieceOfBlock};
pub use chain_block::{
    CallOutcome, ChainBlock, ChainCall, ChainEvent, ChainExtrinsic, EventPhase, ToldExtrinsic,
};
pub use chain_follow::{BlockRetracted, ChainOutage, NodeTrouble, RuntimeUpgraded};
pub use chain_state::{
    Account, AxonInfo, ChainState, Neuron, PrometheusInfo, StakeSource, StateChange, Subnet,
};
pub use clock_stepped::{ClockStepped, StepSeen};
pub use computedb::{
    ComputeDbPoll, ComputeDbRow, DbReading, DbRow, DbRowError, DbRowPlace, DbTable, DbTableOutcome, SqlValue,
};
pub use config_claim::{CONFIG_CLAIM_KEY, ClaimError, ConfigClaim, RunAddress};
pub use extrinsic_submitted::{ExtrinsicSubmitted, InBlock, SubmitOutcome};
pub use known::Known;
pub(crate) use known::{Telling, Told};
pub(crate) use log_opened::About;
pub use log_opened::LogOpened;
pub use policy_set::{Policy, QueryableUid, Upstream, Validators};
pub use projection_state::{PastRows, ProjectionState, ProjectionStateRetracted};
pub use recorder::{RecorderStarted, RecorderStopped};
pub use run_config::RunConfig;
pub use run_node::RunNode;
pub use told_time::{told_time_ms, utc_text};
pub use wandb_config_signed::{ConfigVerdict, WandbConfigSigned};
pub use wandb_file_damage::WandbFileDamage;
pub use wandb_history::WandbHistoryRow;
pub use wandb_poll::{ListedRun, PollOutcome, PollScope, WandbPoll};
pub use wandb_published::{SendOutcome, WandbPublished};
pub use wandb_run::{Evidence, FilePlace, RunIdSignature, WandbRun};
pub use wandb_run_gone::{WandbRunGone, WandbRunUnseen};

/// What an entry has beside names, body and payloads: fixed fields, lengths, and the end of a batch with a short cursor.
const ENVELOPE_BYTES_MAX: usize = 256;
/// What a payload takes beside its bytes: its reference in the entry, its record in the frame.
const PAYLOAD_EXTRA_BYTES_MAX: usize = 37 + RECORD_BYTES_MAX;

/// The number of a kind of event; the high byte is the block of its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct Kind(pub u16);

/// Every number that is given away, with its name. A number is never given twice.
pub const KINDS: &[(Kind, &str)] = &[
    (Kind(0x0001), "log_opened"),
    (Kind(0x0002), "key_rotated"),
    (Kind(0x0003), "log_continues"),
    (Kind(0x0004), "salvaged"),
    (Kind(0x0005), "payload_erased"),
    (Kind(0x0006), "payloads_pruned"),
    (ProjectionState::KIND, "projection_state"),
    (Kind(0x0008), "recorder_started"),
    (Kind(0x0009), "recorder_stopped"),
    (Kind(0x000a), "checkpoint_anchored"),
    (ClockStepped::KIND, "clock_stepped"),
    (ProjectionStateRetracted::KIND, "projection_state_retracted"),
    (WandbRun::KIND, "wandb_run"),
    (WandbPoll::KIND, "wandb_poll"),
    (WandbHistoryRow::KIND, "wandb_history_row"),
    (WandbFileDamage::KIND, "wandb_file_damage"),
    (WandbRunUnseen::KIND, "wandb_run_unseen"),
    (WandbRunGone::KIND, "wandb_run_gone"),
    (WandbConfigSigned::KIND, "wandb_config_signed"),
    (WandbPublished::KIND, "wandb_published"),
    (ChainBlock::KIND, "chain_block"),
    (RuntimeUpgraded::KIND, "runtime_upgraded"),
    (ChainState::KIND, "chain_state"),
    (BlockRetracted::KIND, "block_retracted"),
    (ChainOutage::KIND, "chain_outage"),
    (ExtrinsicSubmitted::KIND, "extrinsic_submitted"),
    (BlockLeftOut::KIND, "block_left_out"),
    (ComputeDbPoll::KIND, "computedb_poll"),
    (ComputeDbRow::KIND, "computedb_row"),
    (Policy::KIND, "policy_set"),
];

/// The source of what the log says of itself.
pub const LOG_SOURCE: &str = "log";

/// A body of some kind: its own struct, written by the entry codec.
pub trait Fact: Encode + for<'a> BorrowDecode<'a, ()> {
    /// Its number in [`KINDS`].
    const KIND: Kind;
    /// The version of its fields that is written. Old ones stay readable for ever.
    const SCHEMA: u16;

    /// Reads a body of any schema that was ever written; `None` of one that a later annals wrote, or that is not what it
    /// says.
    fn read(schema: u16, body: &[u8]) -> Option<Self> {
        (schema == Self::SCHEMA).then(|| codec::decode(body).ok())?
    }
}

/// One fact as its source told it, not yet in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What kind of fact.
    pub kind: Kind,
    /// Which version of the kind's body.
    pub schema: u16,
    /// The outside world that told it.
    pub source: String,
    /// The source's own name for the thing told of.
    pub native_id: String,
    /// When the source says it happened, in milliseconds since 1970 UTC.
    pub observed_at_ms: Option<i64>,
    /// When the raw answer was had.
    pub fetched_at_ms: i64,
    /// The chain's block that it belongs to.
    pub block: Option<u64>,
    /// The encoded body.
    pub body: Vec<u8>,
    /// Bytes to vouch for and keep beside the entry.
    pub attached: Vec<Payload>,
}

/// Bytes that an event vouches for, and their digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    bytes: Vec<u8>,
    reference: PayloadRef,
    like: Option<Hash>,
}

/// What one fetch of a source brought. It becomes one commit, and moves the source's cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// How many batches of this source the caller knew of when it made this one: [`crate::SourceMemory::sequence`].
    pub after: u64,
    /// How far upstream has been read with this batch, in the source's own words.
    pub cursor: Vec<u8>,
    /// One at least, all of one source, in order.
    pub events: Vec<Event>,
}

/// The owned form of [`crate::entry::Closes`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BatchEnd {
    pub(crate) sequence: u64,
    pub(crate) cursor: Vec<u8>,
    pub(crate) batch_sha256: Hash,
}

impl Kind {
    /// Its name in the registry, `None` for a kind that a later annals wrote.
    pub fn name(self) -> Option<&'static str> {
        KINDS.iter().find(|(kind, _)| *kind == self).map(|&(_, name)| name)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "kind {:#06x}", self.0),
        }
    }
}

impl Event {
    /// An event with `fact` as body: no block, no payloads, the source's time unknown.
    pub fn new<F: Fact>(source: &str, native_id: &str, fetched_at_ms: i64, fact: &F) -> Self {
        Self {
            kind: F::KIND,
            schema: F::SCHEMA,
            source: source.to_owned(),
            native_id: native_id.to_owned(),
            observed_at_ms: None,
            fetched_at_ms,
            block: None,
            body: codec::encode(fact),
            attached: Vec::new(),
        }
    }

    /// How many bytes of a batch it takes, at most; a batch has [`crate::BATCH_BYTES_MAX`] of them.
    pub fn batch_bytes_max(&self) -> usize {
        let attached = self.attached.iter().map(|payload| PAYLOAD_EXTRA_BYTES_MAX + payload.bytes().len());
        let names = self.source.len() + self.native_id.len();
        // A body that leaves its entry is one more payload.
        ENVELOPE_BYTES_MAX + names + PAYLOAD_EXTRA_BYTES_MAX + self.body.len() + attached.sum::<usize>()
    }

    /// Names a payload recorded earlier that the last of this event resembles, as of [`Payload::resembling`].
    pub fn resembling(mut self, earlier: Option<Hash>) -> Self {
        let last = self.attached.pop().map(|payload| payload.resembling(earlier));
        self.attached.extend(last);
        self
    }

    /// What it leaves to remember, see [`Known`].
    pub(crate) fn told(&self) -> Vec<Told> {
        let Some(read) = Told::reader_of(self.kind, self.schema) else { return Vec::new() };
        let payload = self.attached.last().map(Payload::digest);
        read(&Telling { native_id: &self.native_id, block: self.block, body: &self.body, payload })
    }
}

impl Payload {
    /// # Panics
    /// If `bytes` are 4 GiB or more; a batch ends at 16 MiB.
    pub fn new(bytes: Vec<u8>) -> Self {
        let reference = PayloadRef::to(&bytes);
        Self { bytes, reference, like: None }
    }

    /// Names a payload recorded earlier that these bytes resemble, as the last state of the same run. Only a hint: it may
    /// make them smaller on disk and changes nothing else.
    pub fn resembling(self, earlier: Option<Hash>) -> Self {
        Self { like: earlier, ..self }
    }

    /// The bytes as they came.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// SHA-256 of the bytes.
    pub fn digest(&self) -> Hash {
        self.reference.digest()
    }

    pub(crate) fn reference(&self) -> PayloadRef {
        self.reference
    }

    pub(crate) fn like(&self) -> Option<Hash> {
        self.like
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

impl From<Vec<u8>> for Payload {
    fn from(bytes: Vec<u8>) -> Self {
        Self::new(bytes)
    }
}

impl Batch {
    /// What tells it from other batches, whenever it is recorded. LOG-FORMAT.md has it to the byte.
    pub(crate) fn digest(&self) -> Hash {
        let digest_of = |event: &Event| {
            let id = (event.kind, event.schema, Hash::of(event.native_id.as_bytes()).0);
            let times = (event.observed_at_ms, event.fetched_at_ms, event.block);
            let attached: Vec<_> = event.attached.iter().map(Payload::reference).collect();
            Hash::of(&codec::encode(&(id, times, Hash::of(&event.body).0, attached))).0
        };
        Hash::of(&self.events.iter().flat_map(digest_of).collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_and_no_name_is_given_twice() {
        for (place, (kind, name)) in KINDS.iter().enumerate() {
            assert!(KINDS[place + 1..].iter().all(|(k, n)| k != kind && n != name), "{name}");
        }
    }

    #[test]
    fn every_kind_stands_in_the_format_description() {
        let format = include_str!("../../LOG-FORMAT.md");
        for (kind, name) in KINDS {
            assert!(format.contains(&format!("| {:#06x} | {name} |", kind.0)), "{name} is missing");
        }
    }
}
