//! The nodes that may be asked, in order of preference, and when to try again.

use std::time::{Duration, Instant};

use backon::ExponentialBackoff;

use crate::pauses::pauses;

/// So far behind the head every node has the state: lite nodes keep that of 256 blocks, and some are gone before they
/// are asked for.
pub(super) const STATES_SURE: u64 = 200;
/// An archive has done its work this near to the head.
const CAUGHT_UP: u64 = 50;
const PAUSE_MIN: Duration = Duration::from_millis(500);

/// Nodes, and which of them is next.
pub(super) struct Endpoints {
    nodes: Vec<Endpoint>,
    /// In the order of the present need.
    next: usize,
    wants_archive: bool,
    pauses: ExponentialBackoff,
    /// Of the present round, every node was tried before then.
    not_before: Option<Instant>,
    /// Rounds in which none of them gave anything.
    pub(super) failed_rounds: u32,
}

struct Endpoint {
    url: String,
    is_archive: bool,
}

impl Endpoints {
    pub(super) fn new(live: &[String], archive: &[String]) -> Self {
        let of = |is_archive| move |url: &String| Endpoint { url: url.clone(), is_archive };
        let nodes = live.iter().map(of(false)).chain(archive.iter().map(of(true))).collect();
        let (pauses, not_before) = (pauses(PAUSE_MIN), None);
        Self { nodes, next: 0, wants_archive: false, pauses, not_before, failed_rounds: 0 }
    }

    /// In the order of preference: an archive first when old states are needed, else last.
    fn order(&self) -> Vec<&Endpoint> {
        let mut order: Vec<&Endpoint> = self.nodes.iter().collect();
        order.sort_by_key(|node| node.is_archive != self.wants_archive);
        order
    }

    /// The node to try now.
    pub(super) fn url(&self) -> &str {
        &self.order()[self.next].url
    }

    /// Every other node, the most preferred first.
    pub(super) fn others(&self) -> Vec<String> {
        let present = self.url();
        self.order().into_iter().map(|node| node.url.clone()).filter(|url| url != present).collect()
    }

    /// Waits until the node may be tried.
    pub(super) async fn wait(&mut self) {
        if let Some(at) = self.not_before.take() {
            tokio::time::sleep_until(at.into()).await;
        }
    }

    /// The node gave something: when it fails, it is tried again soon.
    pub(super) fn praise(&mut self) {
        (self.pauses, self.failed_rounds) = (pauses(PAUSE_MIN), 0);
    }

    /// The node is good, but for one thing: another may have that.
    pub(super) fn pass_on(&mut self) {
        self.next = (self.next + 1) % self.nodes.len();
    }

    /// The node is no good now: the next, and when all were tried, the first again after a pause.
    pub(super) fn blame(&mut self) {
        self.next += 1;
        if self.next == self.nodes.len() {
            self.next = 0;
            self.failed_rounds += 1;
            self.not_before = Some(Instant::now() + self.pauses.next().unwrap_or(PAUSE_MIN));
        }
    }

    /// Whether another kind of node is better for a block that lies so far behind the head; then it is next.
    pub(super) fn prefer_for(&mut self, behind: u64) -> bool {
        let wants_archive = match behind {
            0..=CAUGHT_UP => false,
            _ if behind > STATES_SURE => true,
            _ => self.wants_archive,
        };
        let has = |is_archive| self.nodes.iter().any(|node| node.is_archive == is_archive);
        if wants_archive == self.wants_archive || !has(wants_archive) {
            return false;
        }
        self.wants_archive = wants_archive;
        self.next = 0;
        true
    }
}
