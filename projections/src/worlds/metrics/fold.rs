//! Metrics as a fold: the last good scrape of each target, and where each hotkey announces its endpoint now.

use std::collections::BTreeMap;

use annals_log::{Account, Scrape, StateChange};
use bincode::{Decode, Encode};

use crate::worlds::chain::ChainChange;

/// A fold over scrapes, and over announcements on chain.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    /// By target.
    pub(super) standing: BTreeMap<String, Standing>,
    /// The target that each hotkey announces.
    pub(super) announced: BTreeMap<Account, String>,
}

/// How a target stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Standing {
    /// The last scrape that gave samples.
    pub(super) good: Option<GoodScrape>,
    /// The first scrape after it that gave none; `None` while the last one is good.
    pub(super) absent_since: Option<u64>,
}

/// A scrape that gave samples.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct GoodScrape {
    pub(super) log_index: u64,
    /// When it ended.
    pub(super) scraped_at_ms: i64,
    pub(super) samples: u64,
    /// SHA-256 of the body.
    pub(super) body: [u8; 32],
}

/// A scrape as an entry tells it.
#[derive(Debug)]
pub(crate) struct ToldScrape {
    pub(super) log_index: u64,
    pub(super) target: String,
    pub(super) scrape: Scrape,
    pub(super) fetched_at_ms: i64,
    pub(super) body: Option<[u8; 32]>,
}

/// The change that an entry makes.
#[derive(Debug)]
pub(crate) enum MetricsChange {
    /// A target was scraped.
    Scraped(Box<ToldScrape>),
    /// These hotkeys announce another target than before, or none.
    Announced(Vec<Account>),
}

impl Metrics {
    pub(super) fn take_scrape(&mut self, told: &ToldScrape) {
        let standing = self.standing.entry(told.target.clone()).or_default();
        match (told.scrape.outcome.samples(), told.body) {
            (Some(samples), Some(body)) => {
                let (log_index, scraped_at_ms) = (told.log_index, told.fetched_at_ms);
                standing.good = Some(GoodScrape { log_index, scraped_at_ms, samples, body });
                standing.absent_since = None;
            }
            _ => {
                standing.absent_since.get_or_insert(told.log_index);
            }
        }
    }

    /// Follows the announcements on chain. Returns those that changed.
    pub(super) fn take_announcements(&mut self, change: &ChainChange) -> Vec<Account> {
        let ChainChange::State(state) = change else { return Vec::new() };
        let mut changed = Vec::new();
        for difference in &state.differences {
            let StateChange::Prometheus(hotkey, info) = &difference.change else { continue };
            let target = info.as_ref().map(annals_log::PrometheusInfo::target);
            let before = match target.clone() {
                Some(target) => self.announced.insert(*hotkey, target),
                None => self.announced.remove(hotkey),
            };
            if before != target {
                changed.push(*hotkey);
            }
        }
        changed
    }
}
