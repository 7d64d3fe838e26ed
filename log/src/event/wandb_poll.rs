//! `wandb_poll`: that W&B was asked, what for, and whether the answer was whole.

use bincode::{Decode, Encode};

use super::json::fields::{number, object, text, texts, time};
use super::json::{self, Value};
use super::{Anomaly, CoveredTime, Derived, EventView, Fact, Kind, Known, Memory, WandbRun};
use crate::codec::{self, CodecError};
use crate::hash::Hash;

/// Closes a poll of runs. The `wandb_run` events since the last complete poll are the changes that it saw; what it saw
/// unchanged stands in its list alone.
///
/// Attached, also when it is empty: the list, see [`ListedRun`]; after a poll that failed on an answer, that answer's
/// bytes, or their first 64 KiB.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct WandbPoll {
    /// How far it went.
    pub scope: PollScope,
    /// Project, order and filters that the server was asked for, as a JSON object: a run that is not in the list is
    /// known not to be among those alone. Empty for `History`, but where files were asked for in vain that rows lie in:
    /// then as of [`WandbPoll::files_tried`].
    pub asked: String,
    /// When its first answer was had.
    pub started_at_ms: i64,
    /// When its last answer was had.
    pub finished_at_ms: i64,
    /// How many answers it took.
    pub pages: u32,
    /// Whether it saw all that it asked for.
    pub outcome: PollOutcome,
    /// Runs asked for by id that the server does not have.
    pub missing: Vec<String>,
    /// What of the answers could not be read as a run, and where, or on which run the server broke, in its words; the
    /// other runs were read.
    pub unreadable: Vec<String>,
}

/// Which runs a poll asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum PollScope {
    /// All that was asked for, in the order of their creation: only this can tell that a run is gone.
    Sweep,
    /// Those last heard of, newest first, until enough were found unchanged.
    Recent,
    /// Rows of one run's history. Told only when it failed: else the rows speak for themselves.
    History,
}

/// How a poll ended.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum PollOutcome {
    /// As it should.
    Complete,
    /// With this error. Nobody may conclude from it that a run is not there.
    Failed(String),
}

/// A line of a poll's list, which has the runs in the order in which they were seen.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ListedRun {
    /// Short id.
    pub run_id: String,
    /// As the server wrote it.
    pub heartbeat_at: Option<String>,
    /// As the server wrote it.
    pub state: String,
}

impl Fact for WandbPoll {
    const KIND: Kind = Kind(0x0102);
    const NAME: &'static str = "wandb_poll";
    const SCHEMA: u16 = 1;
    const MEMORIES: Derived<Self, Memory> = Some(Self::remembered);
    const COVERED_TIMES: Derived<Self, CoveredTime> = Some(|poll, event| vec![poll.covered(event)]);
    const ANOMALIES: Derived<Self, Anomaly> = Some(|poll, _| poll.anomalies());

    fn fields(&self) -> Value {
        let outcome = match &self.outcome {
            PollOutcome::Complete => text("complete"),
            PollOutcome::Failed(error) => object([("failed", text(error))]),
        };
        object([
            ("scope", text(self.scope.as_str())),
            ("asked", text(&self.asked)),
            ("started_at_ms", time(self.started_at_ms)),
            ("finished_at_ms", time(self.finished_at_ms)),
            ("pages", number(self.pages.into())),
            ("outcome", outcome),
            ("missing", texts(&self.missing)),
            ("unreadable", texts(&self.unreadable)),
        ])
    }
}

impl PollScope {
    /// As SQL shows it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sweep => "sweep",
            Self::Recent => "recent",
            Self::History => "history",
        }
    }
}

impl WandbPoll {
    /// What the keys begin with by which the last whole sweep of each project is remembered: its end, and the digest of
    /// what it asked for.
    pub const SWEEP_KEYS: &'static str = "\u{1f}sweep ";

    /// The key of the project that is asked about in [`WandbPoll::asked`].
    pub fn sweep_key(asked: &str) -> String {
        let asked = json::parse(asked).ok();
        let text = |key: &str| {
            let text = asked.as_ref()?.as_object()?.get(key)?.as_text()?.to_lossy().into_owned();
            Some(text)
        };
        let [entity, project] = ["entity", "project"].map(|key| text(key).unwrap_or_default());
        format!("{}{entity}/{project}", Self::SWEEP_KEYS)
    }

    /// Why it did not see all that it asked for; `None` when it did.
    pub fn lacks(&self) -> Option<String> {
        match (&self.outcome, self.unreadable.as_slice()) {
            (PollOutcome::Failed(error), _) => Some(error.clone()),
            (PollOutcome::Complete, []) => None,
            (PollOutcome::Complete, unreadable) => {
                Some(format!("{} of its runs could not be read: {}", unreadable.len(), unreadable.join("; ")))
            }
        }
    }

    /// What [`WandbPoll::asked`] says of files of a history: the last step that the log has, and how often they were
    /// asked for in vain since it has it.
    pub fn files_tried(behind: Option<u64>, tries: u64) -> String {
        let behind = behind.map_or_else(|| "null".to_owned(), |step| step.to_string());
        format!(r#"{{"files_behind_step":{behind},"tries":{tries}}}"#)
    }

    /// What [`WandbPoll::files_tried`] was made of.
    pub(crate) fn tries_of_files(&self) -> Option<(Option<u64>, u64)> {
        let asked = json::parse(&self.asked).ok()?;
        let asked = asked.as_object()?;
        let number = |key: &str| match asked.get(key)? {
            Value::Number(number) => number.as_str().parse().ok(),
            _ => None,
        };
        Some((number("files_behind_step"), number("tries")?))
    }

    /// The key of a run's files, while this is the last step that the log has: how often they were asked for in
    /// vain.
    pub fn files_key(run_id: &str, behind: Option<u64>) -> String {
        let behind = behind.map(|step| step.to_string()).unwrap_or_default();
        format!("{run_id}{}files {behind}", WandbRun::KEY_MARK)
    }

    /// What the failures of a run's history are remembered by, up to their time.
    pub fn failed_key(run_id: &str) -> String {
        format!("{run_id}{}failed", WandbRun::KEY_MARK)
    }

    fn remembered(&self, event: &EventView<'_>) -> Vec<Memory> {
        let until = u64::try_from(self.finished_at_ms).ok();
        let mut left = Vec::new();
        match (self.scope, &self.outcome) {
            // A poll of a history is recorded only when it failed.
            (PollScope::History, _) => {
                let run_id = event.native_id;
                left.push(Memory::of(
                    Self::failed_key(run_id),
                    Known { position: until, ..Known::default() },
                ));
                if let Some((behind, tries)) = self.tries_of_files() {
                    let known = Known { position: Some(tries), ..Known::default() };
                    left.push(Memory::of(Self::files_key(run_id, behind), known));
                }
            }
            (PollScope::Sweep, PollOutcome::Complete) => {
                let digest = Some(Hash::of(self.asked.as_bytes()));
                let known = Known { digest, position: until, payload: None };
                left.push(Memory::of(Self::sweep_key(&self.asked), known));
            }
            (PollScope::Sweep, PollOutcome::Failed(_)) | (PollScope::Recent, _) => {}
        }
        left
    }

    fn covered(&self, event: &EventView<'_>) -> CoveredTime {
        let lacks = self.lacks();
        CoveredTime {
            scope: Some(self.scope.as_str().to_owned()),
            // A poll of runs has no native id.
            run_id: Some(event.native_id.to_owned()).filter(|run_id| !run_id.is_empty()),
            from_ms: self.started_at_ms,
            to_ms: self.finished_at_ms,
            outcome: if lacks.is_none() { "ok" } else { "failed" },
            detail: lacks,
        }
    }

    fn anomalies(&self) -> Vec<Anomaly> {
        let detail = "no state of this run was recorded";
        let anomaly = |what: &String| Anomaly::new("run_unreadable", what.as_str(), detail);
        self.unreadable.iter().map(anomaly).collect()
    }
}

impl ListedRun {
    /// The bytes of a list.
    pub fn encode_list(list: &[Self]) -> Vec<u8> {
        codec::encode(&list)
    }

    /// A list from its bytes.
    ///
    /// # Errors
    /// When they are none.
    pub fn decode_list(bytes: &[u8]) -> Result<Vec<Self>, CodecError> {
        codec::decode(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_files_is_read_again() {
        let poll = |asked: &str| WandbPoll {
            scope: PollScope::History,
            asked: asked.to_owned(),
            started_at_ms: 0,
            finished_at_ms: 0,
            pages: 1,
            outcome: PollOutcome::Failed(String::new()),
            missing: Vec::new(),
            unreadable: Vec::new(),
        };
        for told in [(None, 1), (Some(0), 3), (Some(u64::MAX), u64::MAX)] {
            assert_eq!(poll(&WandbPoll::files_tried(told.0, told.1)).tries_of_files(), Some(told));
        }
        assert_eq!(poll("").tries_of_files(), None);
    }
}
