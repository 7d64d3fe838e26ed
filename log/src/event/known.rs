//! What has to be remembered of an event so that nothing is recorded twice.

use super::{
    ChainBlock, ChainState, ComputeDbPoll, ComputeDbRow, Evidence, Fact, FilePlace, Kind, PollOutcome,
    PollScope, RuntimeUpgraded, StateChange, WandbFileDamage, WandbHistoryRow, WandbPoll, WandbRun,
    WandbRunGone, WandbRunUnseen,
};
use crate::codec;
use crate::hash::Hash;

/// The last that a source told of one thing: what to compare the next answer with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Known {
    /// Of its state, or of all that was read up to `position`. A block's is its hash. `None` of a thing that is gone.
    pub digest: Option<Hash>,
    /// How far it was read: a run's last step, a file's last record, a failure's time; a block's height.
    pub position: Option<u64>,
    /// The last payload of the state: that of the next one may be stored as a difference to it.
    pub payload: Option<Hash>,
}

/// An event, as far as what it leaves to remember follows from it.
pub(crate) struct Telling<'a> {
    pub(crate) native_id: &'a str,
    pub(crate) block: Option<u64>,
    pub(crate) body: &'a [u8],
    /// The last that it has attached.
    pub(crate) payload: Option<Hash>,
}

/// What an event leaves to remember of one thing.
pub(crate) struct Told {
    /// Of which thing: what the native id names, a part of that, or the file that tells of it.
    pub(crate) key: String,
    /// `None`: the thing is gone for good, and forgotten.
    known: Option<Known>,
}

/// Reads an event; empty when there is nothing to remember.
pub(crate) type ReadTold = fn(&Telling<'_>) -> Vec<Told>;

impl Told {
    /// How the kinds of events that leave something are read.
    const READERS: [(Kind, u16, ReadTold); 11] = [
        (WandbRun::KIND, WandbRun::SCHEMA, |telling| one(Self::by_run(telling))),
        (WandbPoll::KIND, WandbPoll::SCHEMA, Self::by_poll),
        (WandbHistoryRow::KIND, WandbHistoryRow::SCHEMA, |telling| one(Self::by_row(telling))),
        (WandbRunUnseen::KIND, WandbRunUnseen::SCHEMA, |telling| one(Self::by_unseen(telling))),
        (WandbRunGone::KIND, WandbRunGone::SCHEMA, |telling| one(Some(Self::by_gone(telling)))),
        (WandbFileDamage::KIND, WandbFileDamage::SCHEMA, |telling| one(Self::by_damage(telling))),
        (ChainBlock::KIND, ChainBlock::SCHEMA, |telling| one(Self::by_block(telling))),
        (RuntimeUpgraded::KIND, RuntimeUpgraded::SCHEMA, |telling| one(Self::by_runtime(telling))),
        (ChainState::KIND, ChainState::SCHEMA, Self::by_state),
        (ComputeDbPoll::KIND, ComputeDbPoll::SCHEMA, |telling| one(Self::by_db_poll(telling))),
        (ComputeDbRow::KIND, ComputeDbRow::SCHEMA, |telling| one(Self::by_db_row(telling))),
    ];

    fn of(key: String, known: Known) -> Self {
        Self { key, known: Some(known) }
    }

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

    /// What is known once this is added to what was; `None` when there is nothing left to remember.
    pub(crate) fn after(&self, before: Option<&Known>) -> Option<Known> {
        let known = self.known?;
        let before = before.copied().unwrap_or_default();
        Some(Known {
            digest: known.digest,
            position: known.position.max(before.position),
            // What the next state may be compared with stays until there is another one.
            payload: known.payload.or(before.payload),
        })
    }

    fn by_run(telling: &Telling<'_>) -> Option<Self> {
        let run: WandbRun = codec::decode(telling.body).ok()?;
        let payload = telling.payload;
        Some(match run.evidence {
            Evidence::File(place) => Self::by_file(place, payload),
            Evidence::Answer => {
                let digest = Some(run.state_digest());
                Self::of(telling.native_id.to_owned(), Known { digest, position: None, payload })
            }
        })
    }

    fn by_poll(telling: &Telling<'_>) -> Vec<Self> {
        let Ok(poll) = codec::decode::<WandbPoll>(telling.body) else { return Vec::new() };
        let until = u64::try_from(poll.finished_at_ms).ok();
        let of = |key, digest, position| Self::of(key, Known { digest, position, payload: None });
        match (poll.scope, &poll.outcome) {
            (PollScope::History, _) => {
                let run_id = telling.native_id;
                let files = poll.tries_of_files();
                let files =
                    files.map(|(behind, tries)| of(WandbPoll::files_key(run_id, behind), None, Some(tries)));
                [of(WandbPoll::failed_key(run_id), None, until)].into_iter().chain(files).collect()
            }
            (PollScope::Sweep, PollOutcome::Complete) => {
                let digest = Some(Hash::of(poll.asked.as_bytes()));
                vec![of(WandbPoll::sweep_key(&poll.asked), digest, until)]
            }
            _ => Vec::new(),
        }
    }

    fn by_unseen(telling: &Telling<'_>) -> Option<Self> {
        let unseen: WandbRunUnseen = codec::decode(telling.body).ok()?;
        let position = u64::try_from(unseen.sweep_finished_at_ms).ok();
        let key = WandbRunUnseen::key(telling.native_id);
        Some(Self::of(key, Known { position, ..Known::default() }))
    }

    fn by_gone(telling: &Telling<'_>) -> Self {
        Self::of(telling.native_id.to_owned(), Known::default())
    }

    fn by_row(telling: &Telling<'_>) -> Option<Self> {
        let row: WandbHistoryRow = codec::decode(telling.body).ok()?;
        let run_id = telling.native_id;
        let key = match (row.evidence, row.step, telling.payload) {
            (Evidence::File(place), ..) => return Some(Self::by_file(place, None)),
            (Evidence::Answer, None, Some(row)) => WandbHistoryRow::stepless_key(run_id, row),
            (Evidence::Answer, ..) => run_id.to_owned(),
        };
        Some(Self::of(key, Known { position: row.step, ..Known::default() }))
    }

    fn by_damage(telling: &Telling<'_>) -> Option<Self> {
        let damage: WandbFileDamage = codec::decode(telling.body).ok()?;
        Some(Self::by_file(damage.place, None))
    }

    fn by_file(place: FilePlace, payload: Option<Hash>) -> Self {
        let digest = Some(Hash(place.chain_sha256));
        Self::of(place.file_key(), Known { digest, position: Some(place.record), payload })
    }

    fn by_block(telling: &Telling<'_>) -> Option<Self> {
        let mut hash = [0; 32];
        hex::decode_to_slice(telling.native_id.strip_prefix("0x")?, &mut hash).ok()?;
        let known = Known { digest: Some(Hash(hash)), position: telling.block, payload: None };
        Some(Self::of(ChainBlock::key(telling.block?), known))
    }

    fn by_runtime(telling: &Telling<'_>) -> Option<Self> {
        let known = Known { payload: telling.payload, ..Known::default() };
        Some(Self::of(RuntimeUpgraded::key(telling.native_id), known))
    }

    fn by_state(telling: &Telling<'_>) -> Vec<Self> {
        let state: Option<ChainState> = codec::decode(telling.body).ok();
        let changes = state.into_iter().flat_map(|state| state.changes);
        let told = |change: StateChange| {
            Self::of(change.key(), Known { digest: change.digest(), ..Known::default() })
        };
        changes.map(told).collect()
    }

    /// Has a digest unless the poll failed: whoever finds the database untouched since can go on from there.
    fn by_db_poll(telling: &Telling<'_>) -> Option<Self> {
        let poll: ComputeDbPoll = codec::decode(telling.body).ok()?;
        let digest = poll.is_read().then(|| Hash::of(telling.body));
        let position = u64::try_from(poll.read_at_ms).ok();
        Some(Self::of(telling.native_id.to_owned(), Known { digest, position, payload: None }))
    }

    /// Nobody asks for rows that are gone, and of some tables those are far more than the others.
    fn by_db_row(telling: &Telling<'_>) -> Option<Self> {
        let row: ComputeDbRow = codec::decode(telling.body).ok()?;
        let payload = telling.payload;
        let known = (!row.is_gone).then_some(Known { digest: payload, position: None, payload });
        Some(Self { key: telling.native_id.to_owned(), known })
    }
}

fn one(told: Option<Told>) -> Vec<Told> {
    told.into_iter().collect()
}
