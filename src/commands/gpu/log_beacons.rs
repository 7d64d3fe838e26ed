//! What a log knows of the beacons of an attempt, and of when its roots were written down.

use std::collections::BTreeMap;
use std::path::Path;

use annals_gpu::{Beacon, BeaconKind, Beacons, Transcript, genesis_of_log};
use annals_log::{ChainBlock, Envelope, Fact as _, Hash, LogIndex, PogRoots, Reader, TreeSize};

use crate::failure::Failure;
use crate::proving::hash_of_hex;
use crate::tables::Tables;

/// The roots are recorded some seconds before the attempt, whatever is recorded in between.
const ROOTS_WITHIN_ENTRIES: u64 = 100_000;

/// The beacons of one attempt, as far as a log has them.
pub(super) struct LogBeacons {
    /// By kind, so that a number of the one says nothing of the other.
    kind: BeaconKind,
    hashes: BTreeMap<u64, Hash>,
}

impl Beacons for LogBeacons {
    fn hash(&self, kind: BeaconKind, number: u64) -> Option<Hash> {
        self.hashes.get(&number).filter(|_| kind == self.kind).copied()
    }
}

impl LogBeacons {
    /// Looks up both beacons of `transcript`.
    pub(super) fn of(transcript: &Transcript, data: &Path, reader: &mut Reader) -> Result<Self, Failure> {
        let kind = transcript.challenge.beacon_kind;
        let numbers = [transcript.challenge.beacon.number, transcript.open_beacon.number];
        match kind {
            BeaconKind::Log => Self::checkpoints(transcript, numbers, reader),
            BeaconKind::Chain => Self::blocks(transcript, numbers, data, reader),
        }
    }

    fn checkpoints(transcript: &Transcript, numbers: [u64; 2], reader: &mut Reader) -> Result<Self, Failure> {
        let mut found = Self { kind: BeaconKind::Log, hashes: BTreeMap::new() };
        // The checkpoints of another log are not ours to know.
        if transcript.challenge.genesis != genesis_of_log(&reader.vkey().to_string()) {
            return Ok(found);
        }
        let size = reader.size();
        for number in numbers.into_iter().filter(|number| *number <= size.0) {
            // A size at which no commit ends has no checkpoint, and is no beacon.
            let root = reader.root_of_commit(TreeSize(number))?;
            found.hashes.insert(number, root.unwrap_or(Hash([0; 32])));
        }
        Ok(found)
    }

    fn blocks(
        transcript: &Transcript,
        numbers: [u64; 2],
        data: &Path,
        reader: &mut Reader,
    ) -> Result<Self, Failure> {
        let mut found = Self { kind: BeaconKind::Chain, hashes: BTreeMap::new() };
        let genesis = reader.opened().genesis.as_deref().and_then(hash_of_hex);
        if genesis != Some(transcript.challenge.genesis) {
            return Ok(found);
        }
        let (_, mut tables) = Tables::now(data)?;
        let blocks = tables.projections.snapshot().blocks;
        for number in numbers {
            let Some(block) = blocks.get(number).filter(|block| block.last < reader.size().0) else {
                continue;
            };
            let index = LogIndex(block.last);
            let entry = reader.entry(index)?;
            let odd = |_| Failure::Finding(format!("entry {index} cannot be read by this annals"));
            let envelope = Envelope::decode(&entry).map_err(odd)?;
            found.hashes.extend(hash_of_hex(envelope.native_id).map(|hash| (number, hash)));
        }
        Ok(found)
    }

    /// Whether the log had the miner's roots before it knew the later beacon. Attempt `index` has them behind them.
    pub(super) fn is_anchored(
        &self,
        transcript: &Transcript,
        reader: &Reader,
        index: LogIndex,
    ) -> Result<bool, Failure> {
        let later = transcript.open_beacon;
        if self.hash(self.kind, later.number) != Some(later.hash) {
            return Ok(false);
        }
        let seed = transcript.challenge.seed().0.to_string();
        let beginning = Hash::of(&transcript.beginning());
        let from = LogIndex(index.0.saturating_sub(ROOTS_WITHIN_ENTRIES));
        let mut scan = reader.scan(from..index);
        while let Some(frame) = scan.next_frame()? {
            for (place, entry) in frame.entries() {
                let Ok(envelope) = Envelope::decode(entry) else { continue };
                if self.is_known_at(&later, place, &envelope) {
                    return Ok(false);
                }
                let is_it = envelope.kind == PogRoots::KIND && envelope.native_id == seed;
                if is_it && envelope.attached.iter().any(|payload| payload.digest() == beginning) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Whether the log knows the later beacon when it has entry `index`: the checkpoint is over entries before it, or
    /// the entry is the block.
    fn is_known_at(&self, later: &Beacon, index: LogIndex, entry: &Envelope<'_>) -> bool {
        match self.kind {
            BeaconKind::Log => index.0 >= later.number,
            BeaconKind::Chain => {
                entry.kind == ChainBlock::KIND && hash_of_hex(entry.native_id) == Some(later.hash)
            }
        }
    }
}
