//! What metrics endpoints answer when they are scraped, and what neurons send, signed, by themselves.

mod metrics_received;
pub mod remote_write;
mod scrape;

pub use metrics_received::{MetricsReceived, ReceivedVerdict};
pub use scrape::{Announcement, Scrape, ScrapeOutcome};
