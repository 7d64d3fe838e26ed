//! Where a node's chain and the log part.

use std::time::Duration;

use annals_log::SourceMemory;

use super::node::{ANSWER_BYTES_MAX, Node, Trouble};
use crate::raw::Exchange;
use crate::sources::chain::cursor::Cursor;
use crate::sources::chain::question::{BlockHash, Question, hash_told};
use crate::sources::chain::retract::recorded_at;

/// Heights that are compared at once.
const AT_ONCE: u64 = 16;

/// Walks back from the block recorded last to one that the node has, too. Empty when that is the last one itself.
///
/// # Errors
/// `Wrong` when there is none that is remembered.
pub(super) async fn fork(
    node: &Node,
    cursor: &Cursor,
    memory: &SourceMemory,
) -> Result<Vec<Exchange>, Trouble> {
    let mut exchanges = Vec::new();
    let mut above: Option<BlockHash> = None;
    let mut last = cursor.number;
    loop {
        let first = cursor.first.max((last + 1).saturating_sub(AT_ONCE));
        let told = node.ask_all((first..=last).rev().map(Question::HashAt).collect()).await?;
        for (height, exchange) in (first..=last).rev().zip(told) {
            let hash = hash_told(&exchange).map_err(Trouble::wrong)?;
            exchanges.push(exchange);
            let recorded = recorded_at(memory, height).ok_or_else(|| apart(height))?;
            if hash == Some(recorded) {
                let Some(above) = above else { return Ok(Vec::new()) };
                exchanges.push(node.ask(&Question::Header(above)).await?);
                return Ok(exchanges);
            }
            above = hash;
        }
        last = first.checked_sub(1).filter(|last| *last >= cursor.first).ok_or_else(|| apart(first))?;
    }
}

fn apart(height: u64) -> Trouble {
    Trouble::wrong(format!(
        "down to block {height} its chain has nothing in common with the log: it is another chain, or was rewritten"
    ))
}

/// Whether the node at `url` still has the block recorded last: then the one that does not is wrong.
pub(super) async fn confirms(url: &str, cursor: &Cursor, answer_within: Duration) -> bool {
    let Ok(node) = Node::connect(url, answer_within, ANSWER_BYTES_MAX).await else { return false };
    let told = node.ask(&Question::HashAt(cursor.number)).await;
    told.is_ok_and(|told| hash_told(&told) == Ok(Some(cursor.hash)))
}
