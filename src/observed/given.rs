//! Whether annals tells of itself, and where.

use std::net::SocketAddr;

use annals_ingest::Feed;
use annals_served::{Bound, Served};
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

/// The address at which annals tells of itself, before there is anything to tell.
pub(crate) struct ObservedAt(Bound);

impl ObservedArgs {
    /// Takes the address, if there is one.
    ///
    /// # Errors
    /// `Unavailable`: it cannot listen there.
    pub(crate) async fn bind(self) -> Result<Option<ObservedAt>, Failure> {
        let Some(listen) = self.metrics_listen else { return Ok(None) };
        let bound = Bound::at(listen).await;
        let bound = bound.map_err(|error| Failure::Unavailable(format!("{listen}: {error}")))?;
        Ok(Some(ObservedAt(bound)))
    }
}

impl ObservedAt {
    /// Watches a recorder of these feeds.
    pub(crate) fn observer(
        &self,
        settings: &Settings,
        recording: &Recording,
        feeds: &[Box<dyn Feed>],
    ) -> Observer {
        let mut observer = Observer::of(&settings.data, recording);
        for source in feeds.iter().filter_map(|feed| feed.source()) {
            observer.know(source);
        }
        observer
    }

    /// Serves what an observer keeps, until the server is dropped. A runtime has to be there.
    pub(crate) fn serve(self, registry: Registry) -> Served {
        let served = self.0.serve(|_| page(registry));
        say(&format!("annals' own metrics are at {}/metrics", served.url()));
        served
    }
}
