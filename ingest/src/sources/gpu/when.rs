//! When workers are challenged, and by which beacons.

use annals_gpu::{Beacon, BeaconKind, Windows};
use annals_log::{ChainBlock, Hash, SourceMemory};

use crate::sources::ChainFollower;

/// A window that opened so many blocks ago is over: whoever is challenged later is not challenged together with others.
const LATE_BLOCKS: u64 = 2;

/// The beacons that are known now: whoever holds the log tells the challenger of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BeaconsNow {
    /// The log's last checkpoint.
    pub log: Beacon,
    /// The last finalized block that is recorded, if the chain is followed at its head.
    pub chain: Option<Beacon>,
    /// The block at which a window has just opened.
    pub window: Option<Beacon>,
}

/// When workers are challenged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Now, once, by checkpoints of the log.
    Once,
    /// In every window of the subnet, by blocks of the chain.
    Windows,
}

/// A moment at which a challenge may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Opening {
    pub(super) kind: BeaconKind,
    pub(super) beacon: Beacon,
}

impl BeaconsNow {
    /// Returns the beacons of a log that follows the chain at its head, as far as the source `chain` is remembered.
    pub fn at_head(log: Beacon, chain: &SourceMemory, windows: Option<&Windows>) -> Self {
        let head = ChainFollower::last(chain).map(|(number, hash)| Beacon { number, hash: Hash(hash) });
        let window = head.zip(windows).and_then(|(head, windows)| window_at(head, chain, windows));
        Self { log, chain: head, window }
    }

    /// Returns those of a log that does not follow the chain, or lies behind its head.
    pub fn of_log(log: Beacon) -> Self {
        Self { log, chain: None, window: None }
    }

    /// The beacon of this kind.
    pub(super) fn of(&self, kind: BeaconKind) -> Option<Beacon> {
        match kind {
            BeaconKind::Log => Some(self.log),
            BeaconKind::Chain => self.chain,
        }
    }
}

fn window_at(head: Beacon, chain: &SourceMemory, windows: &Windows) -> Option<Beacon> {
    let block = |number: u64| {
        let known = chain.known(&ChainBlock::key(number))?;
        let hash = known.digest.filter(|_| known.position == Some(number))?;
        Some(Beacon { number, hash })
    };
    let deciding = block(windows.deciding_block(head.number))?;
    let opens = windows.opening_block(deciding.number, &deciding.hash);
    let is_open = (opens..=opens + LATE_BLOCKS).contains(&head.number);
    is_open.then(|| block(opens)).flatten()
}

impl When {
    /// Returns the challenges' beacon, if they are due now. `last` is the number of the one before.
    pub(super) fn due(self, now: &BeaconsNow, last: Option<u64>) -> Option<Opening> {
        let (kind, beacon) = match self {
            Self::Once => (BeaconKind::Log, now.log),
            Self::Windows => (BeaconKind::Chain, now.window?),
        };
        (last != Some(beacon.number)).then_some(Opening { kind, beacon })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_due_once() {
        let beacon = |number| Beacon { number, hash: Hash([4; 32]) };
        let now = BeaconsNow { log: beacon(9), chain: Some(beacon(1_209)), window: Some(beacon(1_208)) };
        assert_eq!(When::Windows.due(&now, None).map(|opening| opening.beacon), Some(beacon(1_208)));
        assert_eq!(When::Windows.due(&now, Some(1_208)), None);
        assert_eq!(When::Windows.due(&BeaconsNow::of_log(beacon(9)), None), None);
        assert_eq!(When::Once.due(&now, None).map(|opening| opening.beacon), Some(beacon(9)));
    }
}
