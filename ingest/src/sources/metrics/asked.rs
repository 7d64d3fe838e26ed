//! An endpoint, as a scrape asks it.

use std::net::SocketAddr;

use hyper::Uri;
use hyper::header::HeaderValue;
use hyper::http::uri::PathAndQuery;
use rustls::pki_types::ServerName;

const PATH: &str = "/metrics";

/// An endpoint: an address that was judged, and how it is spoken to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    address: SocketAddr,
    host: HeaderValue,
    path: PathAndQuery,
    /// The name that its certificate has to have; `None` without TLS.
    certified: Option<ServerName<'static>>,
}

/// Why a URL names no endpoint.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{url:?} is no URL of metrics, which is as http://127.0.0.1:9100/metrics: {why}")]
pub struct AskedError {
    /// The text that was given.
    pub url: String,
    /// The reason, in words.
    pub why: &'static str,
}

impl Asked {
    /// The endpoint that a posted address stands for: `/metrics`, without TLS.
    pub fn at(address: SocketAddr) -> Self {
        let host = HeaderValue::try_from(address.to_string()).expect("an address is printable ASCII");
        Self { address, host, path: PathAndQuery::from_static(PATH), certified: None }
    }

    /// The endpoint that an operator named. The connection goes to `address`, whatever the URL's host is. A URL
    /// without a path is asked for `/metrics`.
    ///
    /// # Errors
    /// The text is no URL with `http` or `https` and a host, or has a name and password in it.
    pub fn by_url(address: SocketAddr, url: &str) -> Result<Self, AskedError> {
        let no_url = |why| AskedError { url: url.to_owned(), why };
        let uri: Uri = url.parse().map_err(|_| no_url("it is no URL"))?;
        let authority = uri.authority().ok_or_else(|| no_url("it has no host"))?;
        if authority.as_str().contains('@') {
            return Err(no_url("nobody is given a name and password"));
        }
        let certified = match uri.scheme_str() {
            Some("http") => None,
            Some("https") => {
                let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
                Some(ServerName::try_from(host).map_err(|_| no_url("no certificate can have its host"))?)
            }
            _ => return Err(no_url("it is neither http nor https")),
        };
        let host = HeaderValue::try_from(authority.as_str()).map_err(|_| no_url("it has an odd host"))?;
        let path = match uri.path_and_query() {
            Some(path) if path.as_str() != "/" => path.clone(),
            _ => PathAndQuery::from_static(PATH),
        };
        Ok(Self { address, host, path, certified })
    }

    /// The address that the socket connects to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn host(&self) -> &HeaderValue {
        &self.host
    }

    pub(super) fn path(&self) -> &PathAndQuery {
        &self.path
    }

    pub(super) fn certified(&self) -> Option<&ServerName<'static>> {
        self.certified.as_ref()
    }
}
