//! The request, as Prometheus makes it.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::Empty;
use hyper::Request;
use hyper::header::{ACCEPT, ACCEPT_ENCODING, HOST, HeaderName, HeaderValue, USER_AGENT};

use super::asked::Asked;

const ANNALS: &str = concat!("annals/", env!("CARGO_PKG_VERSION"));
const TIMEOUT: HeaderName = HeaderName::from_static("x-prometheus-scrape-timeout-seconds");

/// The version of Prometheus whose request is made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Form {
    /// 2.42.
    V2,
    /// 3.x with its default protocols, among which protobuf is not: names may have all of UTF-8.
    #[default]
    V3,
}

impl Form {
    fn accept(self) -> &'static str {
        match self {
            Self::V2 => {
                "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
            }
            Self::V3 => {
                "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
            }
        }
    }

    /// Returns the request; its headers are written in this order.
    pub(super) fn request(self, asked: &Asked, total: Duration) -> Request<Empty<Bytes>> {
        let seconds = HeaderValue::try_from(total.as_secs_f64().to_string()).expect("a number is ASCII");
        let mut request = Request::new(Empty::new());
        *request.uri_mut() = asked.path().clone().into();
        let headers = request.headers_mut();
        headers.insert(HOST, asked.host().clone());
        headers.insert(USER_AGENT, HeaderValue::from_static(ANNALS));
        headers.insert(ACCEPT, HeaderValue::from_static(self.accept()));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        headers.insert(TIMEOUT, seconds);
        request
    }
}
