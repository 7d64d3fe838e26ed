//! What has to be remembered of an event so that nothing is recorded twice.

use super::{
    Evidence, Fact, FilePlace, Kind, PollScope, WandbFileDamage, WandbHistoryRow, WandbPoll, WandbRun,
};
use crate::codec;
use crate::hash::Hash;

/// The last that a source told of one thing: what to compare the next answer with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Known {
    /// Of its state, or of all that was read up to `position`.
    pub digest: Option<Hash>,
    /// How far it was read: a run's last step, a file's last record, a failure's time.
    pub position: Option<u64>,
    /// The last payload of the state: that of the next one may be stored as a difference to it.
    pub payload: Option<Hash>,
}

impl Known {
    /// Whether events of this kind may leave something to remember.
    pub(crate) fn is_left_by(kind: (Kind, u16)) -> bool {
        [
            (WandbRun::KIND, WandbRun::SCHEMA),
            (WandbPoll::KIND, WandbPoll::SCHEMA),
            (WandbHistoryRow::KIND, WandbHistoryRow::SCHEMA),
            (WandbFileDamage::KIND, WandbFileDamage::SCHEMA),
        ]
        .contains(&kind)
    }

    /// What an event adds to what was `known`, and of which thing: what the native id names, a part of that, or the
    /// file that tells of it. `None` when there is nothing to remember.
    pub(crate) fn after<'k>(
        known: impl FnOnce(&str) -> Option<&'k Self>,
        (kind, schema): (Kind, u16),
        native_id: &str,
        body: &[u8],
        payload: Option<Hash>,
    ) -> Option<(String, Self)> {
        let told = match (kind, schema) {
            (WandbRun::KIND, WandbRun::SCHEMA) => Told::run(&codec::decode(body).ok()?, native_id, payload),
            (WandbPoll::KIND, WandbPoll::SCHEMA) => Told::poll(&codec::decode(body).ok()?, native_id)?,
            (WandbHistoryRow::KIND, WandbHistoryRow::SCHEMA) => {
                Told::row(&codec::decode(body).ok()?, native_id, payload)
            }
            (WandbFileDamage::KIND, WandbFileDamage::SCHEMA) => {
                Told::file(codec::decode::<WandbFileDamage>(body).ok()?.place)
            }
            _ => return None,
        };
        let before = known(&told.key).copied().unwrap_or_default();
        let position = told.position.max(before.position);
        // What the next state may be compared with stays until there is another one.
        let payload = told.payload.or(before.payload);
        Some((told.key, Self { digest: told.digest, position, payload }))
    }
}

/// One event's part in it.
struct Told {
    key: String,
    digest: Option<Hash>,
    position: Option<u64>,
    payload: Option<Hash>,
}

impl Told {
    fn run(run: &WandbRun, run_id: &str, payload: Option<Hash>) -> Self {
        match run.evidence {
            Evidence::File(place) => Self { payload, ..Self::file(place) },
            Evidence::Answer => {
                Self { key: run_id.to_owned(), digest: Some(run.state_digest()), position: None, payload }
            }
        }
    }

    fn poll(poll: &WandbPoll, run_id: &str) -> Option<Self> {
        let position = u64::try_from(poll.finished_at_ms).ok();
        let key = WandbPoll::failed_key(run_id);
        (poll.scope == PollScope::History).then_some(Self { key, digest: None, position, payload: None })
    }

    fn row(row: &WandbHistoryRow, run_id: &str, payload: Option<Hash>) -> Self {
        let told = |key, position| Self { key, digest: None, position, payload: None };
        match (row.evidence, row.step, payload) {
            (Evidence::File(place), ..) => Self::file(place),
            (Evidence::Answer, None, Some(row)) => told(WandbHistoryRow::stepless_key(run_id, row), None),
            (Evidence::Answer, step, _) => told(run_id.to_owned(), step),
        }
    }

    fn file(place: FilePlace) -> Self {
        let digest = Some(Hash(place.chain_sha256));
        Self { key: place.file_key(), digest, position: Some(place.record), payload: None }
    }
}
