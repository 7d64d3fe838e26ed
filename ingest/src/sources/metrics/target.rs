//! Targets: endpoints that were announced on chain, and those that the operator named.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::str::FromStr;

use annals_log::{Announcement, Scrape};

use super::asked::{Asked, AskedError};

/// An endpoint that is scraped, under the name that its entries bear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) name: String,
    pub(super) to: To,
    /// The oldest first.
    pub(super) announced: Vec<Announcement>,
    /// Announcements beyond [`Scrape::ANNOUNCED_MAX`].
    pub(super) more_announced: u32,
}

/// The way to a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum To {
    /// Strangers posted it, at most.
    Posted(SocketAddr),
    /// Strangers posted what is no address.
    NoAddress,
    /// The operator named it.
    Given(TargetGiven),
}

/// An announcement that stands on chain, and the endpoint in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnnouncedEndpoint {
    /// The hotkey and the block.
    pub announcement: Announcement,
    /// The address; `None` where the chain has an integer that is none of its type.
    pub address: Option<SocketAddr>,
    /// The endpoint in words, for one that has no address.
    pub told: String,
}

/// A target that the operator named, as `127.0.0.1:9100`, `host:9100`, or a URL with `http` or `https`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetGiven {
    name: String,
    url: String,
    /// Host and port, as names are looked up.
    authority: String,
}

impl TargetGiven {
    /// The name by which its entries call it: host and port, or the URL of one that is asked for something else than
    /// `/metrics` over plain HTTP.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Looks its address up.
    ///
    /// # Errors
    /// In words: it has none.
    pub(super) async fn address(&self) -> Result<SocketAddr, String> {
        let found = tokio::net::lookup_host(&self.authority).await;
        let first = found.map_err(|error| format!("the name has no address: {error}"))?.next();
        first.ok_or_else(|| "the name has no address".to_owned())
    }

    pub(super) fn asked(&self, address: SocketAddr) -> Result<Asked, AskedError> {
        Asked::by_url(address, &self.url)
    }
}

impl FromStr for TargetGiven {
    type Err = AskedError;

    fn from_str(given: &str) -> Result<Self, AskedError> {
        let url = if given.contains("://") { given.to_owned() } else { format!("http://{given}") };
        let no_target = |why| AskedError { url: given.to_owned(), why };
        // The address has no part in whether a URL is one.
        Asked::by_url(SocketAddr::from(([0, 0, 0, 0], 0)), &url)?;
        let uri: hyper::Uri = url.parse().map_err(|_| no_target("it is no URL"))?;
        let host = uri.host().ok_or_else(|| no_target("it has no host"))?;
        let is_tls = uri.scheme_str() == Some("https");
        let port = match uri.port_u16() {
            Some(port) => port,
            None if !given.contains("://") => return Err(no_target("it has no port")),
            None if is_tls => 443,
            None => 80,
        };
        let authority = format!("{host}:{port}");
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let is_plain = !is_tls && matches!(path, "/" | "/metrics");
        let name = if is_plain { authority.clone() } else { url.clone() };
        Ok(Self { name, url, authority })
    }
}

/// Makes targets of all that is announced and all that was named: one a name, however many hotkeys announced it.
pub(super) fn targets(announced: &[AnnouncedEndpoint], given: &[TargetGiven]) -> Vec<Target> {
    let mut targets: BTreeMap<String, Target> = BTreeMap::new();
    for given in given {
        let name = given.name().to_owned();
        let to = To::Given(given.clone());
        targets.insert(name.clone(), Target { name, to, announced: Vec::new(), more_announced: 0 });
    }
    for endpoint in announced {
        let (name, to) = match endpoint.address {
            Some(address) => (address.to_string(), To::Posted(address)),
            None => (endpoint.told.clone(), To::NoAddress),
        };
        let target = targets.entry(name.clone()).or_insert_with(|| Target {
            name,
            to,
            announced: Vec::new(),
            more_announced: 0,
        });
        target.announced.push(endpoint.announcement);
    }
    let mut targets: Vec<_> = targets.into_values().collect();
    for target in &mut targets {
        target.announced.sort_by_key(|announced| (announced.block, announced.netuid, announced.hotkey));
        let more = target.announced.len().saturating_sub(Scrape::ANNOUNCED_MAX);
        target.announced.truncate(Scrape::ANNOUNCED_MAX);
        target.more_announced = u32::try_from(more).unwrap_or(u32::MAX);
    }
    targets
}

#[cfg(test)]
mod tests {
    use annals_log::Account;

    use super::*;

    fn given(text: &str) -> Result<(String, String, String), &'static str> {
        let given: TargetGiven = text.parse().map_err(|error: AskedError| error.why)?;
        Ok((given.name, given.url, given.authority))
    }

    #[test]
    fn a_target_is_named_by_host_and_port_unless_there_is_more_to_it() {
        for (text, name, url, authority) in [
            ("127.0.0.1:9100", "127.0.0.1:9100", "http://127.0.0.1:9100", "127.0.0.1:9100"),
            ("[::1]:9100", "[::1]:9100", "http://[::1]:9100", "[::1]:9100"),
            ("node:9100", "node:9100", "http://node:9100", "node:9100"),
            ("http://node/metrics", "node:80", "http://node/metrics", "node:80"),
            ("http://node:81/m?a=b", "http://node:81/m?a=b", "http://node:81/m?a=b", "node:81"),
            ("https://node", "https://node", "https://node", "node:443"),
        ] {
            assert_eq!(given(text), Ok((name.into(), url.into(), authority.into())), "{text}");
        }
        for (text, why) in [
            ("node", "it has no port"),
            ("", "it is no URL"),
            ("ftp://node:9100", "it is neither http nor https"),
            ("http://name:word@node:9100", "nobody is given a name and password"),
        ] {
            assert_eq!(given(text), Err(why), "{text:?}");
        }
    }

    #[test]
    fn fifty_hotkeys_at_one_address_are_one_target() {
        let endpoint = |hotkey: u8, block, address: Option<&str>| AnnouncedEndpoint {
            announcement: Announcement { netuid: 27, hotkey: Account([hotkey; 32]), uid: None, block },
            address: address.map(|address| address.parse().unwrap()),
            told: "4294967296 (type 4), port 9100".into(),
        };
        let mut announced: Vec<_> = (0..50)
            .map(|hotkey| endpoint(hotkey, 100 - u64::from(hotkey), Some("203.0.113.7:9100")))
            .collect();
        announced.push(endpoint(50, 7, None));
        let found = targets(&announced, &["203.0.113.7:9100".parse().unwrap(), "node:1".parse().unwrap()]);
        let named: Vec<_> =
            found.iter().map(|target| (target.name.as_str(), target.announced.len())).collect();
        let no_address = "4294967296 (type 4), port 9100";
        assert_eq!(named, [("203.0.113.7:9100", 50), (no_address, 1), ("node:1", 0)]);
        // Whom the operator named is asked by the operator's rules, whoever announces it, too.
        assert!(matches!(found[0].to, To::Given(_)) && found[1].to == To::NoAddress);
        assert!(found[0].announced.is_sorted_by_key(|announced| announced.block));
    }

    #[test]
    fn announcements_beyond_what_an_entry_holds_are_counted() {
        let address = "203.0.113.7:9100".parse().ok();
        let hotkey = |number: usize| {
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(&number.to_be_bytes());
            Account(bytes)
        };
        let announced: Vec<_> = (0..Scrape::ANNOUNCED_MAX + 3)
            .map(|number| AnnouncedEndpoint {
                announcement: Announcement { netuid: 1, hotkey: hotkey(number), uid: None, block: 1 },
                address,
                told: String::new(),
            })
            .collect();
        let [target] = &targets(&announced, &[])[..] else { panic!("one target") };
        assert_eq!((target.announced.len(), target.more_announced), (Scrape::ANNOUNCED_MAX, 3));
    }
}
