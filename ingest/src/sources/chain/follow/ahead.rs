//! Blocks on their way: asked for before they are wanted, so that decoding does not wait for the network.

use std::ops::RangeInclusive;
use std::sync::Arc;

use futures_util::{StreamExt as _, stream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinHandle;

use super::node::{Node, Trouble};
use crate::raw::Exchange;
use crate::sources::chain::layout::events_key;
use crate::sources::chain::question::{BlockHash, Question, RuntimeVersion, answer, bytes_told, hash_told};

/// Blocks that are asked for together.
const WINDOW_BLOCKS: u64 = 8;
/// Windows under way at once.
const WINDOWS: usize = 3;
/// Blocks that may wait to be decoded.
const WAITING_MAX: usize = 64;
/// And what they may take together, in KiB.
const WAITING_KIB_MAX: u32 = 64 << 10;

/// The answers about one block.
pub(super) struct Group {
    pub(super) number: u64,
    pub(super) parent: BlockHash,
    pub(super) hash: BlockHash,
    /// Of the runtime that executed it.
    pub(super) spec_version: u32,
    pub(super) exchanges: Vec<Exchange>,
    /// Its part of what may wait.
    room: Option<OwnedSemaphorePermit>,
}

/// A range of blocks that is being fetched, in order.
pub(super) struct Ahead {
    groups: mpsc::Receiver<Result<Group, Trouble>>,
    task: JoinHandle<()>,
}

impl Ahead {
    pub(super) fn start(node: Node, heights: RangeInclusive<u64>) -> Self {
        let (send, groups) = mpsc::channel(WAITING_MAX);
        let task = tokio::spawn(async move {
            // Who receives has gone away, or was told of the trouble: either ends it.
            let _ = fetch_all(&node, heights, &send).await;
        });
        Self { groups, task }
    }

    /// The next block, `None` behind the last of the range.
    pub(super) async fn next(&mut self) -> Option<Result<Group, Trouble>> {
        self.groups.recv().await
    }

    /// The next block, if it is there already.
    pub(super) fn next_now(&mut self) -> Option<Result<Group, Trouble>> {
        self.groups.try_recv().ok()
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.task.abort();
    }
}

type Sender = mpsc::Sender<Result<Group, Trouble>>;

/// Sends the blocks in order, as far as there is room for them.
async fn fetch_all(
    node: &Node,
    heights: RangeInclusive<u64>,
    send: &Sender,
) -> Result<(), mpsc::error::SendError<Result<Group, Trouble>>> {
    let room = Arc::new(Semaphore::new(WAITING_KIB_MAX as usize));
    let windows = windows(heights).map(|window| fetch(node, window));
    let mut windows = std::pin::pin!(stream::iter(windows).buffered(WINDOWS));
    while let Some(window) = windows.next().await {
        let groups = match window {
            Ok(groups) => groups,
            Err(trouble) => return send.send(Err(trouble)).await,
        };
        for mut group in groups {
            let kib = group.exchanges.iter().map(Exchange::answer_bytes).sum::<usize>().div_ceil(1024);
            let kib = u32::try_from(kib).unwrap_or(u32::MAX).min(WAITING_KIB_MAX);
            group.room = Arc::clone(&room).acquire_many_owned(kib).await.ok();
            send.send(Ok(group)).await?;
        }
    }
    Ok(())
}

fn windows(heights: RangeInclusive<u64>) -> impl Iterator<Item = RangeInclusive<u64>> {
    let last = *heights.end();
    let step = usize::try_from(WINDOW_BLOCKS).expect("it is small");
    heights.step_by(step).map(move |first| first..=last.min(first + WINDOW_BLOCKS - 1))
}

/// The blocks of a window. Its heights are final and above 0.
async fn fetch(node: &Node, heights: RangeInclusive<u64>) -> Result<Vec<Group>, Trouble> {
    let with_parent = heights.start() - 1..=*heights.end();
    let hashes = node.ask_all(with_parent.map(Question::HashAt).collect()).await?;
    let mut questions = Vec::new();
    let mut groups = Vec::new();
    for (number, pair) in heights.zip(hashes.windows(2)) {
        let [parent, hash] = [&pair[0], &pair[1]].map(|told| {
            hash_told(told).map_err(Trouble::wrong)?.ok_or_else(|| {
                Trouble::wrong(format!("it has no block at a height up to {number}, which it called final"))
            })
        });
        let (parent, hash) = (parent?, hash?);
        questions.extend([
            Question::RuntimeVersion(parent),
            Question::Block(hash),
            Question::Value { key: events_key(), at: hash },
        ]);
        groups.push((number, parent, hash, pair.to_vec()));
    }
    let mut answers = node.ask_all(questions).await?.into_iter();
    let group = |(number, parent, hash, mut exchanges): (u64, BlockHash, BlockHash, Vec<Exchange>)| {
        let about: Vec<Exchange> = answers.by_ref().take(3).collect();
        let version = answer::<RuntimeVersion>(&about[0]).map_err(Trouble::wrong)?;
        if bytes_told(&about[2]) == Ok(None) {
            return Err(Trouble::pruned(&format!(
                "it has no events of block {number}, which no block is without"
            )));
        }
        exchanges.extend(about);
        Ok(Group { number, parent, hash, spec_version: version.spec_version, exchanges, room: None })
    };
    groups.into_iter().map(group).collect()
}
