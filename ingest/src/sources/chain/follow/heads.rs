//! The head of a node's final chain, as it moves.

use std::time::Duration;

use jsonrpsee::core::client::Subscription;
use serde_json::value::RawValue;
use sp_crypto_hashing::blake2_256;
use tokio::time::{Instant, timeout_at};

use super::node::{Node, Trouble};
use crate::sources::chain::question::{BlockHash, Question, hash_told, header_sent, header_told};

/// The last block that a node calls final.
pub(super) struct Heads {
    sent: Subscription<Box<RawValue>>,
    pub(super) number: u64,
    pub(super) hash: BlockHash,
    moved_at: Instant,
}

impl Heads {
    /// Subscribes to the heads of a node.
    ///
    /// # Errors
    /// The node's trouble.
    pub(super) async fn of(node: &Node) -> Result<Self, Trouble> {
        let sent = node.finalized_heads().await?;
        let head = node.ask(&Question::FinalizedHead).await?;
        let hash = hash_told(&head).map_err(Trouble::wrong)?;
        let hash = hash.ok_or_else(|| Trouble::wrong("it has no final block"))?;
        let header = node.ask(&Question::Header(hash)).await?;
        let header = header_told(&header).map_err(Trouble::wrong)?;
        let number = header.ok_or_else(|| Trouble::wrong("it does not have the head that it names"))?.number;
        Ok(Self { sent, number, hash, moved_at: Instant::now() })
    }

    /// Waits for another head, at most `within` since the last one.
    ///
    /// # Errors
    /// `Unreachable` when the connection ends, or the head stays where it is.
    pub(super) async fn moved(&mut self, within: Duration) -> Result<(), Trouble> {
        let waiting = timeout_at(self.moved_at + within, self.sent.next());
        let sent = waiting.await.map_err(|_| {
            let (number, seconds) = (self.number, within.as_secs());
            Trouble::unreachable(format!("its head has been block {number} for {seconds} s"))
        })?;
        let sent = sent.ok_or_else(|| Trouble::unreachable("it closed the connection"))?;
        self.take(sent.map_err(|error| Trouble::wrong(error.to_string()))?.get())
    }

    /// Takes in what was sent meanwhile.
    ///
    /// # Errors
    /// `Wrong`.
    pub(super) fn catch_up(&mut self) -> Result<(), Trouble> {
        use futures_util::FutureExt as _;
        while let Some(Some(sent)) = self.sent.next().now_or_never() {
            self.take(sent.map_err(|error| Trouble::wrong(error.to_string()))?.get())?;
        }
        Ok(())
    }

    fn take(&mut self, sent: &str) -> Result<(), Trouble> {
        let header = header_sent(sent).ok_or_else(|| Trouble::wrong("it sends what is no header"))?;
        let (number, hash) = (header.number, blake2_256(&header.to_scale()));
        // The same head, sent again and again, is one that stays where it is.
        if (number, hash) != (self.number, self.hash) {
            (self.number, self.hash, self.moved_at) = (number, hash, Instant::now());
        }
        Ok(())
    }
}
