//! Requests on their way from a server into the log, and the answers on their way back.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use annals_log::SourceMemory;
use futures_util::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};

use super::decode::judged;
use super::exchange::{ReceivedRequest, written};
use super::{RemoteWrites, Source as _};
use crate::feed::{Feed, FeedError};
use crate::raw::{Exchange, Raw, now_ms};

pub use annals_log::ReceivedVerdict as Verdict;

/// Requests that wait for the log at one time; the next waits for its turn.
const WAITING_MAX: usize = 16;
/// Requests that are recorded together have so many bytes about.
const GATHERED_BYTES: usize = 4 << 20;
/// Refused requests that are recorded in a minute: whoever sends more of them fills no log.
const REFUSED_A_MINUTE: u64 = 60;

/// Takes requests in; clones share it.
#[derive(Clone)]
pub struct Inbox {
    netuid: u16,
    requests: mpsc::Sender<Waiting>,
    refused: Arc<Refused>,
}

/// Brings what an [`Inbox`] took in.
pub struct InboxFeed {
    requests: mpsc::Receiver<Waiting>,
    /// Those that were handed over, and whom to answer.
    handed_over: Vec<Answering>,
    /// When the requests before were handed over: two fetches never bear the same time.
    last_ms: i64,
}

/// A request that waits for the log.
struct Waiting {
    request: ReceivedRequest,
    body: Vec<u8>,
    answering: Answering,
}

/// A sender that waits, and the answer that is due once the log has the request.
struct Answering {
    verdict: Verdict,
    recorded: oneshot::Sender<Verdict>,
}

/// The refused requests of the current minute.
#[derive(Default)]
struct Refused {
    minute: AtomicI64,
    count: AtomicU64,
}

impl Inbox {
    /// Returns an inbox of a log of `netuid`, and the feed that brings what it takes in.
    pub fn new(netuid: u16) -> (Self, InboxFeed) {
        let (sender, requests) = mpsc::channel(WAITING_MAX);
        let feed = InboxFeed { requests, handed_over: Vec::new(), last_ms: i64::MIN };
        (Self { netuid, requests: sender, refused: Arc::default() }, feed)
    }

    /// Takes a request in, and waits until the log has it. `None`: it is not recorded, because too many refused ones
    /// came in this minute or because the recorder ends.
    pub async fn take(&self, request: ReceivedRequest, body: Vec<u8>) -> Option<Verdict> {
        let verdict = judged(&request, &body, self.netuid).verdict;
        if verdict.counts().is_none() && !self.refused.may_be_recorded(now_ms()) {
            return None;
        }
        let (recorded, answer) = oneshot::channel();
        let answering = Answering { verdict, recorded };
        self.requests.send(Waiting { request, body, answering }).await.ok()?;
        answer.await.ok()
    }
}

impl Refused {
    fn may_be_recorded(&self, now_ms: i64) -> bool {
        let minute = now_ms.div_euclid(60_000);
        if self.minute.swap(minute, Ordering::Relaxed) != minute {
            self.count.store(0, Ordering::Relaxed);
        }
        self.count.fetch_add(1, Ordering::Relaxed) < REFUSED_A_MINUTE
    }
}

impl InboxFeed {
    async fn fetch(&mut self) -> Option<Raw> {
        let mut next = Some(self.requests.recv().await?);
        let mut exchanges: Vec<Exchange> = Vec::new();
        let mut bytes = 0;
        while let Some(Waiting { request, body, answering }) = next {
            bytes += body.len();
            exchanges.push(written(&request, body, now_ms()));
            self.handed_over.push(answering);
            next = if bytes < GATHERED_BYTES { self.requests.try_recv().ok() } else { None };
        }
        let last = exchanges.last_mut().expect("one came");
        last.fetched_at_ms = last.fetched_at_ms.max(self.last_ms.saturating_add(1));
        self.last_ms = last.fetched_at_ms;
        Some(Raw { source: RemoteWrites::NAME.to_owned(), exchanges, part: 0, more: false })
    }
}

impl Feed for InboxFeed {
    fn source(&self) -> Option<&'static str> {
        Some(RemoteWrites::NAME)
    }

    fn next(&mut self, memory: Arc<SourceMemory>) -> BoxFuture<'_, Result<Option<Raw>, FeedError>> {
        drop(memory);
        Box::pin(async { Ok(self.fetch().await) })
    }

    fn taken(&mut self, _: &Raw, _: &SourceMemory) {
        for Answering { verdict, recorded } in self.handed_over.drain(..) {
            // Whoever has gone away sends it again.
            let _ = recorded.send(verdict);
        }
    }
}
