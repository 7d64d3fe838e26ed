//! Metrics endpoints, as `annals run` scrapes them: those that neurons announce on chain, and those that are named.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use annals_ingest::Feed;
use annals_ingest::sources::{
    Allowed, AnnouncedEndpoint, AnnouncedNow, BodyMemory, Form, GetLimits, Inbox, ScrapeGet, Scraper,
    ScraperOptions, TargetGiven, Tls,
};
use annals_log::{Hash, LogOpened};
use annals_projections::View;
use annals_served::{Bound, Served};
use ipnet::IpNet;
use tokio::sync::watch;

use super::metrics_received::{self, Receiving};
use crate::failure::Failure;
use crate::settings::MetricsConfig;
use crate::terminal::say;
use crate::wandb::SECONDS_MAX;

/// All bodies that are read at one time lie in so much memory.
const BODY_MEMORY_BYTES: usize = 64 << 20;
/// A block comes every 12 seconds: so often the tables are looked at for other endpoints.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How metrics endpoints are scraped.
#[derive(clap::Args)]
pub(crate) struct MetricsArgs {
    /// An endpoint to scrape beside those that neurons announce, as `127.0.0.1:9100` or a URL with `http` or `https`
    #[arg(long, value_name = "TARGET")]
    target: Vec<TargetGiven>,
    /// Scrape none of the endpoints that neurons announce on chain
    #[arg(long)]
    no_announced: bool,
    /// Seconds from one scrape of a target to the next
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=SECONDS_MAX))]
    scrape_every: u64,
    /// Seconds until a scrape is given up
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    scrape_timeout: u64,
    /// Whose request is sent: that of Prometheus 3 takes names in UTF-8, that of Prometheus 2 does not
    #[arg(long, value_name = "VERSION", value_enum, default_value = "3")]
    scrape_as: PrometheusVersion,
    /// Let a --target be on this machine; addresses that neurons announce have to lie in the open internet, always
    #[arg(long)]
    allow_loopback: bool,
    /// Let a --target be in this network, as `10.0.0.0/8`, though it is a private or another special one
    #[arg(long, value_name = "NETWORK")]
    allow_network: Vec<IpNet>,
    /// Let a --target have a port below 1024 that is not 80 or 443
    #[arg(long)]
    allow_low_ports: bool,
    /// Certificates in PEM that are trusted beside the system's, for a --target with `https`
    #[arg(long, value_name = "FILE")]
    scrape_ca: Option<PathBuf>,
    /// Take metrics that neurons send by themselves, signed with their hotkeys, at this address: requests of
    /// Prometheus' remote write, in the form of bittensor-prometheus-proxy
    #[arg(long, value_name = "ADDRESS")]
    metrics_receive: Option<SocketAddr>,
    /// Take them from whoever signs, not only from hotkeys that have a neuron on the subnet as the log knows it
    #[arg(long, requires = "metrics_receive")]
    metrics_receive_any: bool,
    /// For tests: ask the second address where a neuron announced the first. The log names the one that was asked
    #[arg(long, value_name = "ANNOUNCED=ASKED", hide = true, value_parser = stand_in)]
    scrape_stand_in: Vec<(SocketAddr, SocketAddr)>,
}

/// A version of Prometheus whose request is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum PrometheusVersion {
    #[value(name = "2")]
    Two,
    #[value(name = "3")]
    Three,
}

/// A feed that brings what neurons send, and how it comes to it.
pub(crate) struct ToReceive {
    pub(crate) feed: Box<dyn Feed>,
    pub(crate) listening: Listening,
}

/// An address for neurons that send.
pub(crate) struct Listening {
    bound: Bound,
    inbox: Inbox,
    netuid: u16,
    /// Whoever signs may send.
    from_any: bool,
}

/// A feed that scrapes, and who it hears the targets from.
pub(crate) struct Scraping {
    pub(crate) feed: Box<dyn Feed>,
    /// Whoever follows the tables tells here what is announced.
    pub(crate) told: watch::Sender<AnnouncedNow>,
}

impl MetricsArgs {
    /// Whether neurons' own metrics are received.
    pub(crate) fn receives(&self) -> bool {
        self.metrics_receive.is_some()
    }

    /// Whether the operator named any target.
    pub(crate) fn is_given(&self, config: &MetricsConfig) -> bool {
        !self.target.is_empty() || !config.target.is_empty()
    }

    /// A feed that scrapes what is announced and what is named; `None` where nothing can be.
    ///
    /// # Errors
    /// `Usage`: a target is none, or the timeout is longer than the interval. A file of certificates cannot be read.
    pub(crate) fn scraping(
        &self,
        config: &MetricsConfig,
        opened: &LogOpened,
        has_end: bool,
    ) -> Result<Option<Scraping>, Failure> {
        let (interval, total) =
            (Duration::from_secs(self.scrape_every), Duration::from_secs(self.scrape_timeout));
        if total > interval {
            let why = "--scrape-timeout is longer than --scrape-every: a target would be asked before it has answered";
            return Err(Failure::Usage(why.to_owned()));
        }
        let mut given = self.target.clone();
        for target in &config.target {
            given.push(target.parse().map_err(|error| Failure::Usage(format!("metrics.target: {error}")))?);
        }
        let (told, heard) = watch::channel(None);
        let follows_chain = !self.no_announced && config.announced != Some(false);
        if given.is_empty() && !follows_chain {
            return Ok(None);
        }
        let scraper = Scraper::new(ScraperOptions {
            announced: follows_chain.then_some(heard),
            given,
            allowed: self.allowed(),
            interval,
            get: ScrapeGet {
                limits: GetLimits { total, first_byte: total, ..GetLimits::default() },
                form: self.scrape_as.into(),
                memory: BodyMemory::of_bytes(BODY_MEMORY_BYTES),
                tls: self.tls(config)?,
            },
            seed: Hash::of(opened.vkey.as_bytes()),
            is_once: has_end,
            stand_ins: self.scrape_stand_in.iter().copied().collect::<BTreeMap<_, _>>(),
        });
        Ok(Some(Scraping { feed: Box::new(scraper), told }))
    }

    /// Takes the address that `--metrics-receive` asks for, and returns it with the feed behind it.
    ///
    /// # Errors
    /// `Unavailable`: it cannot listen there.
    pub(crate) async fn to_receive(&self, netuid: u16) -> Result<Option<ToReceive>, Failure> {
        let Some(listen) = self.metrics_receive else { return Ok(None) };
        let bound = Bound::at(listen).await;
        let bound = bound.map_err(|error| Failure::Unavailable(format!("{listen}: {error}")))?;
        let (inbox, feed) = Inbox::new(netuid);
        let listening = Listening { bound, inbox, netuid, from_any: self.metrics_receive_any };
        Ok(Some(ToReceive { feed: Box::new(feed), listening }))
    }

    fn allowed(&self) -> Allowed {
        let mut allowed = if self.allow_loopback { Allowed::loopback() } else { Allowed::nothing() };
        allowed.networks.extend(&self.allow_network);
        allowed.low_ports = self.allow_low_ports;
        allowed
    }

    fn tls(&self, config: &MetricsConfig) -> Result<Option<Tls>, Failure> {
        let file = self.scrape_ca.as_ref().or(config.ca_file.as_ref());
        let certificates = match file {
            Some(file) => Some(std::fs::read(file).map_err(|error| Failure::input(file, &error))?),
            None => None,
        };
        match Tls::new(certificates.as_deref()) {
            Ok(tls) => Ok(Some(tls)),
            // Without certificates of the system nobody is scraped over TLS, and the rest goes on.
            Err(_) if file.is_none() => Ok(None),
            Err(error) => Err(Failure::Usage(format!("--scrape-ca: {error}"))),
        }
    }
}

impl Listening {
    /// Begins to answer, and says where. `views` are the tables, which know who has a neuron. A runtime has to be
    /// there.
    pub(crate) fn serve(self, views: watch::Receiver<Option<View>>) -> Served {
        let Self { bound, inbox, netuid, from_any } = self;
        let receiving = Receiving { inbox, netuid, views: (!from_any).then_some(views) };
        let served = bound.serve(|_| metrics_received::router(receiving));
        say(&format!("metrics are received at {}/prometheus/inbound", served.url()));
        served
    }
}

impl From<PrometheusVersion> for Form {
    fn from(version: PrometheusVersion) -> Self {
        match version {
            PrometheusVersion::Two => Self::V2,
            PrometheusVersion::Three => Self::V3,
        }
    }
}

fn stand_in(given: &str) -> Result<(SocketAddr, SocketAddr), String> {
    let (announced, asked) = given.split_once('=').ok_or("it has no equals sign")?;
    let address = |text: &str| text.parse().map_err(|_| format!("{text:?} is no address with a port"));
    Ok((address(announced)?, address(asked)?))
}

/// Tells what is announced as the tables follow the log, until they end. `at_head` says whether the log has come to the
/// chain's head, where that is followed: what stood on chain long ago is nobody's endpoint now.
pub(crate) async fn tell(
    mut views: watch::Receiver<Option<View>>,
    mut at_head: Option<watch::Receiver<bool>>,
    told: watch::Sender<AnnouncedNow>,
) {
    loop {
        if let Some(at_head) = &mut at_head
            && at_head.wait_for(|is_there| *is_there).await.is_err()
        {
            return;
        }
        let view = views.borrow_and_update().clone();
        if let Some(view) = view {
            let now = announced_in(&view);
            told.send_if_modified(|before| {
                let is_other = before.as_deref() != Some(&now);
                if is_other {
                    *before = Some(Arc::new(now));
                }
                is_other
            });
        }
        tokio::time::sleep(LOOK_EVERY).await;
        if views.changed().await.is_err() {
            return;
        }
    }
}

fn announced_in(view: &View) -> Vec<AnnouncedEndpoint> {
    let targets = view.tables.announced_targets().into_iter();
    targets
        .map(|of| AnnouncedEndpoint { announcement: of.announcement, address: of.address, told: of.target })
        .collect()
}
