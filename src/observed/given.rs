//! Whether annals tells of itself, and where.

use std::net::SocketAddr;

use annals_ingest::Feed;
use annals_served::Served;
use prometheus::Registry;

use super::observer::Observer;
use super::page::page;
use crate::failure::Failure;
use crate::recording::Recording;
use crate::settings::Settings;
use crate::terminal::say;

/// Whether annals tells of itself, and where.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct ObservedArgs {
    /// Serve annals' own metrics here, at /metrics, to whoever reaches the address; port 0 takes a free one
    ///
    /// Prometheus reads them. `fixtures/observe` has a scrape config, alert rules and a dashboard for Grafana.
    #[arg(long, value_name = "ADDRESS")]
    metrics_listen: Option<SocketAddr>,
}

impl ObservedArgs {
    /// Watches a recorder of these feeds, if somebody is told.
    pub(crate) fn observer(
        self,
        settings: &Settings,
        recording: &Recording,
        feeds: &[Box<dyn Feed>],
    ) -> Option<Observer> {
        self.metrics_listen?;
        let mut observer = Observer::of(&settings.data, recording);
        for source in feeds.iter().filter_map(|feed| feed.source()) {
            observer.know(source);
        }
        Some(observer)
    }

    /// Serves what an observer keeps, until the server is dropped.
    ///
    /// # Errors
    /// `Unavailable`: it cannot listen there.
    pub(crate) async fn serve(self, registry: Option<Registry>) -> Result<Option<Served>, Failure> {
        let (Some(listen), Some(registry)) = (self.metrics_listen, registry) else { return Ok(None) };
        let served = Served::start(listen, |_| page(registry)).await;
        let served = served.map_err(|error| Failure::Unavailable(format!("{listen}: {error}")))?;
        say(&format!("annals' own metrics are at {}/metrics", served.url()));
        Ok(Some(served))
    }
}
