//! The vocabulary: what may be recorded, and the number of each kind.
//!
//! To add a kind: a file here with its struct and all that [`Fact`] asks of it; its row in [`KINDS`] and in
//! LOG-FORMAT.md; a sample in `log/tests/golden/samples`, of which `ANNALS_ACCEPT=1` makes the golden file once.

mod anomaly;
mod block_header;
mod block_left_out;
mod block_retracted;
mod chain_block;
mod chain_outage;
mod chain_state;
mod clock_stepped;
mod computedb;
mod config_claim;
mod covered_time;
pub mod exposition;
mod extrinsic_submitted;
mod fact;
mod gpu;
pub mod json;
mod kind;
mod kinds;
mod log_opened;
mod memory;
mod metrics;
mod policy_set;
mod projection_state;
mod projection_state_retracted;
mod recorder_started;
mod recorder_stopped;
mod run_config;
mod run_node;
mod runtime_upgraded;
mod told_time;
mod wandb_config_signed;
mod wandb_file_damage;
mod wandb_history_row;
mod wandb_poll;
mod wandb_published;
mod wandb_run;
mod wandb_run_gone;
mod wandb_run_unseen;

use crate::codec;
use crate::entry::PayloadRef;
use crate::hash::Hash;
use crate::segment::RECORD_BYTES_MAX;

pub use anomaly::Anomaly;
pub use block_header::BlockHeader;
pub use block_left_out::{BlockLeftOut, LeftOutPiece, PieceOfBlock};
pub use block_retracted::BlockRetracted;
pub use chain_block::{
    CallOutcome, ChainBlock, ChainCall, ChainEvent, ChainExtrinsic, EventPhase, ToldExtrinsic,
};
pub use chain_outage::{ChainOutage, NodeTrouble};
pub use chain_state::{
    Account, AxonInfo, ChainState, Neuron, PrometheusInfo, StakeSource, StateChange, Subnet, announced_ip,
};
pub use clock_stepped::{ClockStepped, StepSeen};
pub use computedb::{
    ComputeDbPoll, ComputeDbRow, DbReading, DbRow, DbRowError, DbRowPlace, DbTable, DbTableOutcome, SqlValue,
};
pub use config_claim::{ClaimError, ConfigClaim, RunAddress};
pub use covered_time::CoveredTime;
pub use extrinsic_submitted::{ExtrinsicSubmitted, InBlock, SubmitOutcome};
pub use fact::{Derived, EventView, Fact};
pub use gpu::{
    GpuInventory, PogAttempt, PogAttestation, PogBeacon, PogBeaconKind, PogFigures, PogRoots, PogSize,
    PogTerms, PogTimes, PogVerdict, UpstreamTerms,
};
pub use kind::Kind;
pub(crate) use kinds::kinds_digest;
pub use kinds::{KINDS, KindRow};
pub(crate) use log_opened::About;
pub use log_opened::LogOpened;
pub use memory::{Known, Memory};
pub use metrics::{Announcement, MetricsReceived, ReceivedVerdict, Scrape, ScrapeOutcome, remote_write};
pub use policy_set::{Policy, QueryableUid, Upstream, Validators};
pub use projection_state::{PastRows, ProjectionState};
pub use projection_state_retracted::ProjectionStateRetracted;
pub use recorder_started::RecorderStarted;
pub use recorder_stopped::RecorderStopped;
pub use run_config::{CONFIG_CLAIM_KEY, RunConfig};
pub use run_node::RunNode;
pub use runtime_upgraded::RuntimeUpgraded;
pub use told_time::{told_time_ms, utc_text};
pub use wandb_config_signed::{ConfigVerdict, WandbConfigSigned};
pub use wandb_file_damage::WandbFileDamage;
pub use wandb_history_row::WandbHistoryRow;
pub use wandb_poll::{ListedRun, PollOutcome, PollScope, WandbPoll};
pub use wandb_published::{SendOutcome, WandbPublished};
pub use wandb_run::{Evidence, FilePlace, RunIdSignature, WandbRun};
pub use wandb_run_gone::WandbRunGone;
pub use wandb_run_unseen::WandbRunUnseen;

/// What an entry has beside names, body and payloads: fixed fields, lengths, and the end of a batch with a short
/// cursor.
const ENVELOPE_BYTES_MAX: usize = 256;
/// What a payload takes beside its bytes: its reference in the entry, its record in the frame.
const PAYLOAD_EXTRA_BYTES_MAX: usize = 37 + RECORD_BYTES_MAX;

/// The source of what the log says of itself.
pub const LOG_SOURCE: &str = "log";

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

impl Event {
    /// An event with `fact` as body: no block, no payloads, the source's time unknown.
    pub fn new<F: Fact>(source: &str, native_id: &str, fetched_at_ms: i64, fact: &F) -> Self {
        const { assert!(kinds::is_listed(F::KIND), "the kind has no row in KINDS") };
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

    /// Returns what it leaves to remember, see [`Memory`].
    pub(crate) fn remembered(&self) -> Vec<Memory> {
        match self.kind.row() {
            Some(row) if row.remembers(self.schema) => row.remembered(&self.view()),
            _ => Vec::new(),
        }
    }

    fn view(&self) -> EventView<'_> {
        EventView {
            schema: self.schema,
            native_id: &self.native_id,
            block: self.block,
            fetched_at_ms: self.fetched_at_ms,
            body: &self.body,
            payload: self.attached.last().map(Payload::digest),
        }
    }
}

impl Payload {
    /// # Panics
    /// If `bytes` are 4 GiB or more; a batch ends at 16 MiB.
    pub fn new(bytes: Vec<u8>) -> Self {
        let reference = PayloadRef::to(&bytes);
        Self { bytes, reference, like: None }
    }

    /// Names a payload recorded earlier that these bytes resemble, as the last state of the same run. Only a hint: it
    /// may make them smaller on disk and changes nothing else.
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
