//! Blocks on their way: asked for before they are wanted, so that decoding does not wait for the network.

use std::ops::RangeInclusive;
use std::sync::Arc;

use futures_util::{Stream, StreamExt as _, stream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinHandle;

use super::node::{Node, Trouble};
use crate::raw::Exchange;
use crate::sources::chain::layout::events_key;
use crate::sources::chain::question::{BlockHash, Question, RuntimeVersion, answer, bytes_told, hash_told};

/// How many blocks are asked for at once.
const BLOCKS_AT_ONCE: usize = 24;
/// How many hashes are asked for at once.
const HASHES_AT_ONCE: usize = 48;
/// How many blocks may wait to be decoded.
const WAITING_MAX: usize = 64;
/// The room of all answers in KiB, from when they come until they are decoded. One more is on its way into memory, and
/// of a node that means harm as many as there are blocks asked for at once, until the first of them is looked at.
const ROOM_KIB: u32 = 128 << 10;
/// The room of the answers about a block in KiB, until the first block has come.
const BLOCK_KIB_FIRST: u32 = 256;

/// The answers about one block.
pub(super) struct Group {
    pub(super) number: u64,
    pub(super) parent: BlockHash,
    pub(super) hash: BlockHash,
    /// The spec version of the runtime that executed it.
    pub(super) spec_version: u32,
    pub(super) exchanges: Vec<Exchange>,
    /// Its part of the room.
    room: Option<OwnedSemaphorePermit>,
}

/// How a range of blocks is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    /// Many blocks at once.
    Quick,
    /// One by one at first: something in the range ended a connection before, and the blocks before it are not to be
    /// lost with it.
    Careful,
}

/// A range of blocks that is being fetched, in order.
pub(super) struct Ahead {
    groups: mpsc::Receiver<Result<Group, Trouble>>,
    task: JoinHandle<()>,
}

impl Ahead {
    pub(super) fn start(node: Node, heights: RangeInclusive<u64>, pace: Pace) -> Self {
        let (send, groups) = mpsc::channel(WAITING_MAX);
        let task = tokio::spawn(async move {
            // The receiver is gone, or was told of the trouble: either ends it.
            let _ = fetch_all(&node, heights, pace, &send).await;
        });
        Self { groups, task }
    }

    /// Waits for the next block; `None` after the last of the range.
    pub(super) async fn next(&mut self) -> Option<Result<Group, Trouble>> {
        self.groups.recv().await
    }

    /// Returns the next block, if it has come already.
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

/// Why there is no block.
enum Miss {
    Trouble(Trouble),
    /// It is larger than the one before, and what is asked for at once has no room for it: by itself it has.
    NoRoom,
}

impl From<Trouble> for Miss {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

/// Sends the blocks in order, as far as there is room for them.
async fn fetch_all(
    node: &Node,
    heights: RangeInclusive<u64>,
    pace: Pace,
    send: &Sender,
) -> Result<(), mpsc::error::SendError<Result<Group, Trouble>>> {
    let room = Arc::new(Semaphore::new(ROOM_KIB as usize));
    let (mut next, last) = heights.into_inner();
    let mut block_kib = BLOCK_KIB_FIRST;
    let mut one_by_one = if pace == Pace::Careful { BLOCKS_AT_ONCE } else { 0 };
    while next <= last {
        let at_once = if one_by_one > 0 { 1 } else { BLOCKS_AT_ONCE };
        let mut blocks = std::pin::pin!(blocks(node, next..=last, at_once, block_kib, &room));
        while let Some(block) = blocks.next().await {
            let group = match block {
                Ok(group) => group,
                Err(Miss::Trouble(trouble)) => return send.send(Err(trouble)).await,
                Err(Miss::NoRoom) => {
                    one_by_one = 1;
                    break;
                }
            };
            block_kib = group.kib().max(BLOCK_KIB_FIRST);
            send.send(Ok(group)).await?;
            next += 1;
            one_by_one = one_by_one.saturating_sub(1);
            if at_once == 1 && one_by_one == 0 {
                break;
            }
        }
    }
    Ok(())
}

/// Fetches the blocks at heights that are final and above 0, in order.
fn blocks<'a>(
    node: &'a Node,
    heights: RangeInclusive<u64>,
    at_once: usize,
    block_kib: u32,
    room: &'a Arc<Semaphore>,
) -> impl Stream<Item = Result<Group, Miss>> + 'a {
    let with_parent = heights.start() - 1..=*heights.end();
    let hashes = stream::iter(with_parent)
        .map(async |height| (height, node.ask(&Question::HashAt(height)).await))
        .buffered(HASHES_AT_ONCE.min(at_once + 1));
    let pairs = hashes.scan(None, |parent, (height, told)| {
        let pair = match told {
            Ok(told) => parent.replace(told.clone()).map(|parent| Ok((height, [parent, told]))),
            Err(trouble) => Some(Err(trouble)),
        };
        std::future::ready(Some(pair))
    });
    let admitted = pairs.filter_map(std::future::ready).then(move |pair| async move {
        // In the order of the blocks: none waits for one behind it.
        let admitted = Arc::clone(room).acquire_many_owned(block_kib.min(ROOM_KIB)).await;
        (pair, admitted.expect("nobody closes it"), at_once == 1)
    });
    let fetched = admitted.map(async |(pair, admitted, is_alone)| {
        let (height, pair) = pair?;
        let mut group = fetch(node, height, pair).await?;
        group.room = Some(take_room(admitted, group.kib(), is_alone, room).await?);
        Ok(group)
    });
    fetched.buffered(at_once)
}

/// Returns the room that a block takes, given the room that it was admitted with.
async fn take_room(
    mut admitted: OwnedSemaphorePermit,
    kib: u32,
    is_alone: bool,
    room: &Arc<Semaphore>,
) -> Result<OwnedSemaphorePermit, Miss> {
    let had = u32::try_from(admitted.num_permits()).expect("a block was admitted with fewer");
    match kib.checked_sub(had) {
        None => drop(admitted.split((had - kib) as usize)),
        Some(more) if is_alone => {
            // All blocks before it are on their way out.
            let more = Arc::clone(room).acquire_many_owned(more).await;
            admitted.merge(more.expect("nobody closes it"));
        }
        Some(more) => {
            let more = Arc::clone(room).try_acquire_many_owned(more).map_err(|_| Miss::NoRoom)?;
            admitted.merge(more);
        }
    }
    Ok(admitted)
}

/// Fetches a block, given the answers about its parent's hash and its own.
async fn fetch(node: &Node, number: u64, hashes: [Exchange; 2]) -> Result<Group, Trouble> {
    let [parent, hash] = [&hashes[0], &hashes[1]].map(|told| {
        hash_told(told).map_err(Trouble::wrong)?.ok_or_else(|| {
            Trouble::wrong(format!("it has no block at a height up to {number}, which it called final"))
        })
    });
    let (parent, hash) = (parent?, hash?);
    let questions = vec![
        Question::RuntimeVersion(parent),
        Question::Block(hash),
        Question::Value { key: events_key(), at: hash },
    ];
    let about = node.ask_all(questions).await?;
    let version = answer::<RuntimeVersion>(&about[0]).map_err(Trouble::wrong)?;
    if bytes_told(&about[2]) == Ok(None) {
        return Err(Trouble::pruned(&format!(
            "it has no events of block {number}, which no block is without"
        )));
    }
    let exchanges = hashes.into_iter().chain(about).collect();
    Ok(Group { number, parent, hash, spec_version: version.spec_version, exchanges, room: None })
}

impl Group {
    fn kib(&self) -> u32 {
        let bytes = self.exchanges.iter().map(Exchange::answer_bytes).sum::<usize>();
        u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX).min(ROOM_KIB)
    }
}
