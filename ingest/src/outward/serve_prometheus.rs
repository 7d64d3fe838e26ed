//! `SubtensorModule.serve_prometheus`: tells the chain where the recorder's own metrics are.

use std::net::IpAddr;
use std::time::Duration;

use annals_log::{Event, HotkeySigner, InBlock, NodeTrouble, PrometheusInfo, SubmitOutcome};
use tokio::time::{Instant, sleep};

use super::Call;
use super::extrinsic::{Extrinsic, Sent, Wait};
use crate::sources::{ChainNow, NodeError};

/// Between two tries, the first and the second time.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(2)];
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// While an extrinsic that was lost sight of is looked for.
const LOOK_EVERY: Duration = Duration::from_secs(6);

/// Where metrics are to be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MetricsEndpoint {
    /// IPv4 or IPv6.
    pub ip: IpAddr,
    /// Of TCP.
    pub port: u16,
    /// Whatever its owner means by it.
    pub version: u32,
}

impl MetricsEndpoint {
    /// The call that announces it on a subnet.
    pub fn call(&self, netuid: u16) -> Call {
        let Self { port, version, .. } = self;
        let (ip, ip_type) = self.ip_on_chain();
        let args = format!(
            r#"{{"netuid":{netuid},"version":{version},"ip":{ip},"port":{port},"ip_type":{ip_type}}}"#
        );
        Call { pallet: "SubtensorModule".to_owned(), name: "serve_prometheus".to_owned(), args }
    }

    /// The error with which every present runtime answers it, wherever it is announced; `None` when that is for the
    /// chain to say.
    pub fn refusal(&self) -> Option<&'static str> {
        if self.ip.is_unspecified()
            || [IpAddr::from([127, 0, 0, 1]), IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1])].contains(&self.ip)
        {
            Some("SubtensorModule.InvalidIpAddress")
        } else if self.port == 0 {
            Some("SubtensorModule.InvalidPort")
        } else {
            None
        }
    }

    /// The address as the chain keeps it: an integer, and 4 or 6.
    fn ip_on_chain(&self) -> (u128, u8) {
        match self.ip {
            IpAddr::V4(ip) => (u32::from(ip).into(), 4),
            IpAddr::V6(ip) => (ip.into(), 6),
        }
    }

    /// Whether that is what the chain says already.
    pub fn is_what(&self, told: &PrometheusInfo) -> bool {
        let PrometheusInfo { version, ip, port, ip_type, .. } = *told;
        (version, (ip, ip_type), port) == (self.version, self.ip_on_chain(), self.port)
    }
}

/// An act: a hotkey announces an endpoint on a subnet.
pub struct Announcement<'a> {
    /// URLs of nodes: tried in turn.
    pub rpc: &'a [String],
    /// The chain, by the hash of its block 0, `0x` and hex; `None` takes any.
    pub genesis: Option<&'a str>,
    /// The subnet.
    pub netuid: u16,
    /// What is announced.
    pub endpoint: MetricsEndpoint,
    /// Whose it is.
    pub signer: &'a HotkeySigner,
    /// How far it is waited for.
    pub wait: Wait,
    /// And how long.
    pub within: Duration,
}

/// What came of it.
#[derive(Debug)]
pub enum Announced {
    /// Nothing was sent: the chain says so already.
    Already(PrometheusInfo),
    /// It was sent. The act, to be recorded, and its outcome.
    Sent(Box<Event>, SubmitOutcome),
}

impl Announcement<'_> {
    /// Asks the chain, and announces the endpoint unless it is announced. `sent` is told of the extrinsic before it is
    /// on its way: whoever stops waiting records it by that.
    ///
    /// # Errors
    /// The node's, after three tries when it can't be reached. Nothing was sent.
    pub async fn make(&self, sent: &mut Option<Extrinsic>) -> Result<Announced, NodeError> {
        let mut tries = Tries::default();
        let extrinsic = loop {
            let url = tries.url(self.rpc);
            match self.prepare(url).await {
                Ok(Ok(extrinsic)) => break sent.insert(extrinsic),
                Ok(Err(told)) => return Ok(Announced::Already(told)),
                Err(error) => tries.failed(error).await?,
            }
        };
        let sent_at = Instant::now();
        let (outcome, height) = match extrinsic.send(self.wait, self.within).await {
            Sent::Told(outcome, height) => (outcome, height),
            // Nothing is ever sent twice: it is only looked for.
            Sent::Lost(why) => self.look_for(extrinsic, &why, sent_at + self.within).await,
        };
        Ok(Announced::Sent(Box::new(extrinsic.event(outcome.clone(), height)), outcome))
    }

    /// A signed extrinsic, or what makes it needless.
    async fn prepare(&self, url: &str) -> Result<Result<Extrinsic, PrometheusInfo>, NodeError> {
        let now = ChainNow::ask(url, self.genesis, ANSWER_WITHIN).await?;
        match self.told(&now).await? {
            Some(told) => Ok(Err(told)),
            None => {
                let call = self.endpoint.call(self.netuid);
                Ok(Ok(Extrinsic::sign(now, url, call, self.signer).await?))
            }
        }
    }

    /// What the chain says, if it is what is to be announced.
    async fn told(&self, now: &ChainNow) -> Result<Option<PrometheusInfo>, NodeError> {
        let told = now.prometheus_of(self.netuid, &self.signer.hotkey().public_key()).await?;
        Ok(told.filter(|told| self.endpoint.is_what(told)))
    }

    /// Whether the chain says it at last.
    async fn look_for(
        &self,
        extrinsic: &Extrinsic,
        why: &str,
        until: Instant,
    ) -> (SubmitOutcome, Option<u64>) {
        let unknown = |what: &str| (SubmitOutcome::Unknown(format!("{why}; {what}")), None);
        let mut tries = Tries::default();
        loop {
            match self.find(tries.url(self.rpc)).await {
                Ok((Some((height, block)), _)) => return (SubmitOutcome::Included(block), Some(height)),
                Ok((None, height)) if height > extrinsic.last_height() => {
                    return unknown("the chain does not say it, and no later block can have it");
                }
                Ok((None, _)) if Instant::now() >= until => return unknown("the chain does not say it yet"),
                Ok((None, _)) => {
                    tries = Tries::default();
                    sleep(LOOK_EVERY.min(until - Instant::now())).await;
                }
                Err(error) => {
                    if let Err(error) = tries.failed(error).await {
                        return unknown(&format!("and then {error}"));
                    }
                }
            }
        }
    }

    /// The block that made the chain say it, and the height up to which that is known.
    async fn find(&self, url: &str) -> Result<(Option<(u64, InBlock)>, u64), NodeError> {
        let now = ChainNow::ask(url, self.genesis, ANSWER_WITHIN).await?;
        let Some(told) = self.told(&now).await? else { return Ok((None, now.number())) };
        let hash = now.hash_at(told.block).await?;
        let block = hash.map(|hash| (told.block, InBlock { hash, is_final: true }));
        Ok((block, now.number()))
    }
}

/// Tries so far, of nodes that could not be reached.
#[derive(Default)]
struct Tries(usize);

impl Tries {
    fn url<'a>(&self, urls: &'a [String]) -> &'a str {
        &urls[self.0 % urls.len()]
    }

    /// Waits for the next try.
    ///
    /// # Errors
    /// The same, when there is none: all failed, or another try would fail alike.
    async fn failed(&mut self, error: NodeError) -> Result<(), NodeError> {
        match PAUSES.get(self.0) {
            Some(pause) if error.trouble == NodeTrouble::Unreachable => {
                sleep(*pause).await;
                self.0 += 1;
                Ok(())
            }
            _ => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(ip: &str, port: u16) -> MetricsEndpoint {
        MetricsEndpoint { ip: ip.parse().unwrap(), port, version: 1 }
    }

    #[test]
    fn addresses_are_the_integers_that_the_chain_keeps() {
        for (ip, on_chain) in [
            ("203.0.113.7", (3_405_803_783, 4)),
            ("255.255.255.255", (4_294_967_295, 4)),
            ("2001:db8::7", (0x2001_0db8_0000_0000_0000_0000_0000_0007, 6)),
            // Another address than the one it stands for.
            ("::ffff:203.0.113.7", (0xffff_cb00_7107, 6)),
        ] {
            assert_eq!(endpoint(ip, 9100).ip_on_chain(), on_chain, "{ip}");
        }
        let call = endpoint("2001:db8::7", 9100).call(27);
        let ip = "42540766411282592856903984951653826567";
        assert_eq!(call.args, format!(r#"{{"netuid":27,"version":1,"ip":{ip},"port":9100,"ip_type":6}}"#));
        assert!(call.payload().is_ok());
    }

    #[test]
    fn only_all_of_it_makes_an_announcement_needless() {
        let told = PrometheusInfo { block: 4, version: 1, ip: 3_405_803_783, port: 9100, ip_type: 4 };
        let same = endpoint("203.0.113.7", 9100);
        assert!(same.is_what(&told) && same.is_what(&PrometheusInfo { block: 900, ..told.clone() }));
        for other in [
            PrometheusInfo { version: 2, ..told.clone() },
            PrometheusInfo { ip: 7, ..told.clone() },
            PrometheusInfo { port: 9101, ..told.clone() },
            PrometheusInfo { ip_type: 6, ..told },
        ] {
            assert!(!same.is_what(&other), "{other:?}");
        }
    }

    #[test]
    fn what_no_runtime_takes_is_known_before() {
        for ip in ["0.0.0.0", "127.0.0.1", "::", "::1"] {
            assert_eq!(endpoint(ip, 9100).refusal(), Some("SubtensorModule.InvalidIpAddress"), "{ip}");
        }
        assert_eq!(endpoint("203.0.113.7", 0).refusal(), Some("SubtensorModule.InvalidPort"));
        // The chain judges the rest: it takes addresses of private networks.
        for ip in ["127.0.0.2", "10.0.0.1", "255.255.255.255", "fe80::1"] {
            assert_eq!(endpoint(ip, 9100).refusal(), None, "{ip}");
        }
    }
}
