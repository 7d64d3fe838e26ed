//! Following a chain into a log, as `annals run` does, and what is found in the log behind it.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use annals_ingest::sources::{ChainFollower, FollowError, FollowOptions};
use annals_ingest::{Driver, Taken};
use annals_log::{BlockRetracted, ChainBlock, ChainOutage, ChainState, Fact as _, Hash, Log};

use super::ladder::NETUID;
use crate::scratch::{Entry, Scratch};

/// Longer takes no test; one that does hangs.
const TEST_WITHIN: Duration = Duration::from_secs(20);

/// A recorder's session.
pub(crate) struct Session {
    log: Log,
    driver: Driver,
    follower: ChainFollower,
}

pub(crate) fn options<'a>(rpc: impl IntoIterator<Item = &'a str>) -> FollowOptions {
    FollowOptions {
        rpc: rpc.into_iter().map(str::to_owned).collect(),
        archive: Vec::new(),
        genesis: None,
        netuid: NETUID,
        from_block: Some(1),
        answer_within: Duration::from_secs(10),
        head_within: Duration::from_secs(10),
        rounds_max: Some(1),
        until_head: false,
    }
}

/// Runs a test that asks nodes.
pub(crate) fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();
    let done = runtime.block_on(async { tokio::time::timeout(TEST_WITHIN, test).await });
    runtime.shutdown_background();
    done.expect("it hangs")
}

impl Session {
    pub(crate) fn new(scratch: &Scratch, options: FollowOptions) -> Self {
        Self { log: scratch.open(), driver: Driver::default(), follower: ChainFollower::new(options) }
    }

    /// Whether there was something to take.
    pub(crate) async fn step(&mut self) -> Result<bool, FollowError> {
        let memory = self.log.memory("chain").unwrap();
        let Some(raw) = self.follower.next(memory).await? else { return Ok(false) };
        self.driver.take(&raw, &mut self.log, &mut Taken::default()).unwrap();
        Ok(true)
    }

    /// Follows until it ends by itself.
    pub(crate) async fn follow_to_the_end(&mut self) -> Result<(), FollowError> {
        while self.step().await? {}
        Ok(())
    }

    pub(crate) async fn up_to(&mut self, head: u64) -> Result<(), FollowError> {
        while !self.has_come_to(head) {
            self.step().await?;
        }
        Ok(())
    }

    pub(crate) fn has_come_to(&mut self, head: u64) -> bool {
        ChainFollower::has_come_to(head, self.log.memory("chain").unwrap())
    }

    /// The node that was given up last, and why, once all of them were.
    pub(crate) async fn given_up(&mut self) -> (String, String) {
        loop {
            match self.step().await {
                Ok(_) => {}
                Err(FollowError::NoNode { node, what }) => return (node, what),
                Err(error) => panic!("{error}"),
            }
        }
    }

    pub(crate) fn recorded(&mut self) -> Option<u64> {
        ChainFollower::recorded(self.log.memory("chain").unwrap())
    }

    pub(crate) fn close(self) {
        self.log.close().unwrap();
    }
}

impl Entry {
    pub(crate) fn block(&self) -> Option<ChainBlock> {
        (self.kind == ChainBlock::KIND).then(|| annals_log::decode(&self.body).unwrap())
    }

    fn state(&self) -> Option<ChainState> {
        (self.kind == ChainState::KIND).then(|| annals_log::decode(&self.body).unwrap())
    }

    pub(crate) fn is_block_at(&self, height: u64) -> bool {
        self.block().is_some_and(|block| block.header().unwrap().number == height)
    }
}

pub(crate) fn blocks(entries: &[Entry]) -> Vec<&Entry> {
    entries.iter().filter(|entry| entry.kind == ChainBlock::KIND).collect()
}

pub(crate) fn outages(entries: &[Entry]) -> Vec<(&str, ChainOutage)> {
    let outages = entries.iter().filter(|entry| entry.kind == ChainOutage::KIND);
    outages.map(|entry| (entry.native_id.as_str(), annals_log::decode(&entry.body).unwrap())).collect()
}

/// Hashes of what was taken back, and what is there instead.
pub(crate) fn retracted(entries: &[Entry]) -> Vec<(String, Option<[u8; 32]>)> {
    let retracted = entries.iter().filter(|entry| entry.kind == BlockRetracted::KIND);
    let told = |entry: &Entry| annals_log::decode::<BlockRetracted>(&entry.body).unwrap().replaced_by;
    retracted.map(|entry| (entry.native_id.clone(), told(entry))).collect()
}

/// The subnet's state as all changes together tell it.
pub(crate) fn state(entries: &[Entry]) -> BTreeMap<String, Hash> {
    let mut state = BTreeMap::new();
    for change in entries.iter().filter_map(Entry::state).flat_map(|state| state.changes) {
        match change.digest() {
            Some(digest) => state.insert(change.key(), digest),
            None => state.remove(&change.key()),
        };
    }
    state
}
