//! The append-only signed log of annals: what was recorded, in which order, and proof of both.
//!
//! It is: segment files that only grow, an RFC 6962 tree over the entries in them, a checkpoint after every commit,
//! signed with an Ed25519 key and with the recorder's hotkey, if it has one, and a watermark outside of the segments.
//! It is not: a database (nothing is ever changed or looked up by content), a queue, or a network service.
//!
//! What always holds:
//! - nobody is told yes, and nobody sees a size, before its frames are durable;
//! - no entry is ever in the log unsigned: each commit carries the signature over the root that includes it;
//! - what is missing or changed below the watermark is a fault that names the place, never a shorter log;
//! - entries are hashed and signed as the bytes that lie on disk, and are never encoded again;
//! - what `index/` says counts only once a frame has said it, too;
//! - one process writes; any number read meanwhile, without a lock.
//!
//! `LOG-FORMAT.md` beside this crate gives the files to the byte.
//!
//! ```
//! use annals_log::{Event, Fact, Kind, Log, LogIndex, NewLog, Options, Reader, RecorderStopped};
//!
//! # let folder = tempfile::tempdir()?;
//! # let root = &folder.path().join("log");
//! let mut log = Log::create(root, NewLog { netuid: 27, ..NewLog::default() }, Options::default())?;
//! let mut event = Event::new("example", "run-1", 0, &RecorderStopped { recorder: "example".into() });
//! event.attached = vec![b"bytes as they came".to_vec().into()];
//! let appended = log.append(vec![event])?;
//!
//! let mut reader = Reader::open(root)?;
//! let proof = reader.prove(appended.first)?;
//! proof.verify(reader.vkey())?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod advance;
mod against;
mod append_error;
mod attest;
mod beyond;
mod chain;
mod checkpoint;
mod clock;
mod codec;
mod commit;
mod compose;
mod create;
mod cut;
pub mod disk;
mod earlier;
mod entry;
mod envelope;
mod event;
mod fault;
mod folder;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod group;
mod hash;
mod hotkey;
mod index;
mod kept;
mod key_file;
mod last_segment;
mod listing;
mod lock;
mod log;
mod look;
mod lookups;
mod moments;
mod named_frames;
mod note;
mod open;
mod open_error;
mod opened;
mod options;
mod payloads;
mod place;
mod presence;
mod proof;
mod public_keys;
mod publish;
mod published;
mod queue;
mod read_error;
mod reader;
mod recall;
mod scan;
mod scrub;
mod segment;
mod sources;
mod sources_file;
mod stored_payloads;
mod survey;
mod tree;
mod verify;
mod vkey;
mod watermark;
mod wire;

pub use against::{ForeignCheckpoint, KeptCheckpoint};
pub use append_error::AppendError;
pub use attest::Attester;
pub use chain::Signatures;
pub use checkpoint::{Checkpoint, SignedCheckpoint};
pub use clock::{Clock, Hands};
pub use codec::{CodecError, decode, encode};
pub use commit::{Appended, Durability, SegmentSize};
pub use compose::{BATCH_BYTES_MAX, BatchError};
pub use create::{FixtureIdentity, NewLog};
pub use entry::{Body, Closes, EntryError, Envelope, PayloadRef};
pub use event::{
    Account, Announcement, Anomaly, AxonInfo, Batch, BlockHeader, BlockLeftOut, BlockRetracted,
    CONFIG_CLAIM_KEY, CallOutcome, ChainBlock, ChainCall, ChainEvent, ChainExtrinsic, ChainOutage,
    ChainState, ClaimError, ClockStepped, ComputeDbPoll, ComputeDbRow, ConfigClaim, ConfigVerdict,
    CoveredTime, DbReading, DbRow, DbRowError, DbRowPlace, DbTable, DbTableOutcome, Derived, Event,
    EventPhase, EventView, Evidence, ExtrinsicSubmitted, Fact, FilePlace, GpuInventory, InBlock, KINDS, Kind,
    KindRow, Known, LOG_SOURCE, LeftOutPiece, ListedRun, LogOpened, Memory, MetricsReceived, Neuron,
    NodeTrouble, PastRows, Payload, PieceOfBlock, PogAttempt, PogAttestation, PogBeacon, PogBeaconKind,
    PogFigures, PogRoots, PogSize, PogTerms, PogTimes, PogVerdict, Policy, PollOutcome, PollScope,
    ProjectionState, ProjectionStateRetracted, PrometheusInfo, QueryableUid, ReceivedVerdict,
    RecorderStarted, RecorderStopped, RunAddress, RunConfig, RunIdSignature, RunNode, RuntimeUpgraded,
    Scrape, ScrapeOutcome, SendOutcome, SqlValue, StakeSource, StateChange, StepSeen, SubmitOutcome, Subnet,
    ToldExtrinsic, Upstream, UpstreamTerms, Validators, WandbConfigSigned, WandbFileDamage, WandbHistoryRow,
    WandbPoll, WandbPublished, WandbRun, WandbRunGone, WandbRunUnseen, announced_ip, exposition, json,
    remote_write, told_time_ms, utc_text,
};
pub use fault::{Fault, Place, Wrong};
pub use hash::Hash;
pub use hotkey::{Hotkey, HotkeySigner};
pub use index::{Index, IndexStanding, Indexing, Lookups, Term};
pub use last_segment::Mended;
pub use listing::SegmentFile;
pub use log::{Log, Pending, Recorded};
pub use named_frames::NamedFrames;
pub use note::{NoteError, SignedNote};
pub use open_error::OpenError;
pub use options::Options;
pub use payloads::Payloads;
pub use place::{LogId, LogIndex, TreeSize};
pub use proof::{ProofError, SignedEvent};
pub use publish::PublishError;
pub use read_error::ReadError;
pub use reader::Reader;
pub use scan::Scan;
pub use segment::Frame;
pub use sources::SourceMemory;
pub use tree::RightEdge;
pub use verify::{Verification, Verified, VerifyError};
pub use vkey::{NoteSigner, Vkey};
