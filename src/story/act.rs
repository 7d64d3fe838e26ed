//! Moments, and the acts in them: publications, edits and ends of runs.

use annals_ingest::outward::publish::State;
use annals_log::HotkeySigner;
use annals_log::json::Object;
use sp_core::sr25519;

use super::file::{EndingPart, PollPart};

/// Acts, a second apart, and the poll after them.
pub(super) struct Moment {
    /// Its place in the story, for whoever reads of a mistake.
    pub(super) line: usize,
    /// The time of the first act, in milliseconds since 1970 UTC.
    pub(super) at_ms: i64,
    pub(super) acts: Vec<Act>,
    pub(super) poll: PollPart,
}

/// An act, and the run that it changes.
pub(super) struct Act {
    /// The place in the story, for whoever reads of a mistake.
    pub(super) line: usize,
    pub(super) run_id: String,
    pub(super) deed: Deed,
}

/// The kinds of acts.
pub(super) enum Deed {
    /// The run is begun, or gone on with.
    Publish(Box<Publish>),
    /// Keys of its config are set and removed; its signature stays.
    Edit { set: Object, remove: Vec<String> },
    /// It ends.
    End(EndingPart),
}

/// A state that a hotkey publishes, and the key that signs the run.
pub(super) struct Publish {
    /// The hotkey that the run is said to be of.
    pub(super) signer: HotkeySigner,
    pub(super) state: State,
    /// The key whose signature the config gets; `None` = it has none.
    pub(super) signs: Option<sr25519::Pair>,
}
