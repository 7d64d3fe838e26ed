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

/// What one event leaves to remember.
pub(crate) struct Told {
    /// Of which thing: what the native id names, a part of that, or the file that tells of it.
    pub(crate) key: String,
    known: Known,
}

/// Reads native id, body and last payload of an event; `None` when there is nothing to remember.
pub(crate) type ReadTold = fn(&str, &[u8], Option<Hash>) -> Option<Told>;

impl Told {
    /// How the kinds of events that leave something are read.
    const READERS: [(Kind, u16, ReadTold); 4] = [
        (WandbRun::KIND, WandbRun::SCHEMA, Self::by_run),
        (WandbPoll::KIND, WandbPoll::SCHEMA, Self::by_poll),
        (WandbHistoryRow::KIND, WandbHistoryRow::SCHEMA, Self::by_row),
        (WandbFileDamage::KIND, WandbFileDamage::SCHEMA, Self::by_damage),
    ];

    /// How events of a kind are read, `None` when none of them leaves anything.
    pub(crate) fn reader_of(kind: Kind, schema: u16) -> Option<ReadTold> {
        let is_it = |&&(of, with, _): &&(Kind, u16, ReadTold)| (of, with) == (kind, schema);
        Self::READERS.iter().find(is_it).map(|&(.., read)| read)
    }

    /// Tells this set of kinds from any other.
    pub(crate) fn kinds_digest() -> Hash {
        let kinds =
            Self::READERS.map(|(kind, schema, _)| [kind.0.to_be_bytes(), schema.to_be_bytes()].concat());
        Hash::of(&kinds.concat())
    }

    /// What is known once this is added to what was.
    pub(crate) fn after(&self, before: Option<&Known>) -> Known {
        let before = before.copied().unwrap_or_default();
        Known {
            digest: self.known.digest,
            position: self.known.position.max(before.position),
            // What the next state may be compared with stays until there is another one.
            payload: self.known.payload.or(before.payload),
        }
    }

    fn by_run(run_id: &str, body: &[u8], payload: Option<Hash>) -> Option<Self> {
        let run: WandbRun = codec::decode(body).ok()?;
        Some(match run.evidence {
            Evidence::File(place) => Self::by_file(place, payload),
            Evidence::Answer => {
                let digest = Some(run.state_digest());
                Self { key: run_id.to_owned(), known: Known { digest, position: None, payload } }
            }
        })
    }

    fn by_poll(run_id: &str, body: &[u8], _: Option<Hash>) -> Option<Self> {
        let poll: WandbPoll = codec::decode(body).ok()?;
        let position = u64::try_from(poll.finished_at_ms).ok();
        let known = Known { position, ..Known::default() };
        (poll.scope == PollScope::History).then(|| Self { key: WandbPoll::failed_key(run_id), known })
    }

    fn by_row(run_id: &str, body: &[u8], payload: Option<Hash>) -> Option<Self> {
        let row: WandbHistoryRow = codec::decode(body).ok()?;
        let key = match (row.evidence, row.step, payload) {
            (Evidence::File(place), ..) => return Some(Self::by_file(place, None)),
            (Evidence::Answer, None, Some(row)) => WandbHistoryRow::stepless_key(run_id, row),
            (Evidence::Answer, ..) => run_id.to_owned(),
        };
        Some(Self { key, known: Known { position: row.step, ..Known::default() } })
    }

    fn by_damage(_: &str, body: &[u8], _: Option<Hash>) -> Option<Self> {
        let damage: WandbFileDamage = codec::decode(body).ok()?;
        Some(Self::by_file(damage.place, None))
    }

    fn by_file(place: FilePlace, payload: Option<Hash>) -> Self {
        let digest = Some(Hash(place.chain_sha256));
        Self { key: place.file_key(), known: Known { digest, position: Some(place.record), payload } }
    }
}
