//! The tables of annals: pure folds over the entries of a log, whose rows anybody who has the log can make again.
//!
//! It is: what upstream's readers would get out of the recorded runs ([`Projections`]), what the recorded chain says
//! of its subnet, the past of every row, state roots that name all rows of a table, and a saved state to go on from.
//! It is not: a query engine (that is `annals-queries`), and not a judge; what upstream gets wrong is shown as
//! upstream gets it, with the reason.
//!
//! What always holds:
//! - the same entries give the same rows and roots, in portions of any size, on any machine;
//! - no size of the log shows half a poll: what a poll saw takes effect at the entry that closes it as complete;
//! - a row names the entry that it comes from, and the sizes of the log at which it is there;
//! - what upstream would stumble over is left out, named in `upstream_outcome`, and never a panic; what no honest run
//!   has, such as a list of a million hotkeys, is left out too, and named in the anomalies;
//! - a saved state is used when the log's key, or a state root in the log, vouches for it; otherwise it is rebuilt.

mod ahead;
mod announced;
mod anomalies;
mod audit;
mod digest;
mod entry_view;
mod evidence;
mod fold_root;
mod live;
mod odd_entry;
mod policy_in_force;
mod projections;
mod recorded;
mod register;
mod root_told;
mod rows;
mod saved;
mod saved_file;
mod snapshot;
mod told;
mod unfit;
mod upstream;
mod worlds;

pub use announced::AnnouncedTarget;
pub use anomalies::{anomalies_of, kinds_with_anomalies};
pub use audit::{SavedTables, StateAudit};
pub use evidence::Evidence;
pub use live::{Projector, ProjectorOptions, View};
pub use projections::{ProjectionError, Projections};
pub use recorded::{ListedRoot, RecordedRoot, RetractedRoot};
pub use register::{RegisterSnapshot, SourceRead, Span};
pub use rows::{Cell, CellType, ClosedRows, Column, ColumnBuilder, DamagedTable, TableSchema, TableSnapshot};
pub use snapshot::Snapshot;
pub use unfit::Unfit;
pub use upstream::scores::{
    Blacklist, ExternalEntry, PogRow, Published, ScoreReason, ScoredNeuron, ScoringDb, ScoringSettings,
    ScoringValidator, StatsEntry, StatsRow, SyncCall, SyncException, Unqueryable,
};
pub use worlds::{ChainBlocks, LastBlock, PollMark, PollMarks, RecordedBlock, Retraction};
