//! A log to catch up into, and what the process takes.

use std::time::{Duration, Instant};

use annals_ingest::sources::{ChainFollower, FollowOptions};
use annals_ingest::{Driver, Raw, Taken};
use annals_log::{Log, NewLog, Options, Reader};

use super::subnet::NETUID;

pub(crate) const CHAIN: &str = "chain";

pub(crate) fn new_log() -> (tempfile::TempDir, Log) {
    let folder = tempfile::tempdir().expect("there is a place for it");
    let new = NewLog { netuid: NETUID, ..NewLog::default() };
    let log = Log::create(&folder.path().join("log"), new, Options::default()).expect("it is made");
    (folder, log)
}

/// What that log takes on disk, without what is set aside for later entries.
pub(crate) fn room(folder: &tempfile::TempDir) -> u64 {
    let reader = Reader::open(&folder.path().join("log")).expect("it is read");
    reader.segments().expect("it is read").iter().map(|segment| segment.bytes).sum()
}

pub(crate) fn follower(url: &str) -> ChainFollower {
    ChainFollower::new(FollowOptions {
        rpc: vec![url.to_owned()],
        archive: Vec::new(),
        genesis: None,
        netuid: NETUID,
        from_block: Some(1),
        answer_within: Duration::from_secs(30),
        head_within: Duration::from_secs(30),
        rounds_max: Some(1),
        until_head: false,
    })
}

/// Follows up to `head`, and shows every fetch before it is recorded, with the height recorded before.
pub(crate) async fn catch_up(
    url: &str,
    log: &mut Log,
    head: u64,
    mut each: impl FnMut(&Raw, u64),
) -> Duration {
    let (mut follower, mut driver, mut taken) = (follower(url), Driver::default(), Taken::default());
    let start = Instant::now();
    loop {
        let memory = log.memory(CHAIN).expect("it is read");
        if ChainFollower::has_come_to(head, memory) {
            return start.elapsed();
        }
        let recorded = ChainFollower::recorded(memory).unwrap_or_default();
        let raw = follower.next(memory).await.expect("the node serves").expect("it goes on for ever");
        each(&raw, recorded);
        driver.take(&raw, log, &mut taken).expect("it is recorded");
    }
}
