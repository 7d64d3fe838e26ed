//! A worker's requests.

use std::time::Duration;

use annals_gpu::attestation::{CHAIN_BYTES_MAX, REPORT_BYTES_MAX};
use annals_gpu::{About, Outcome};
use annals_log::Hash;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Client, Response, StatusCode, Url, redirect};

use super::exchange::Ended;
use crate::failed_request::in_words;
use crate::source::shortened;

const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// What a worker says of itself takes a request and no work.
const ABOUT_WITHIN: Duration = Duration::from_secs(10);
/// A card signs within a second.
const ATTESTATION_WITHIN: Duration = Duration::from_secs(30);
/// Of a report and its certificates, with the length in front.
const ATTESTATION_BYTES_MAX: usize = 4 + REPORT_BYTES_MAX + CHAIN_BYTES_MAX;
/// Of a worker's own words.
const ABOUT_BYTES_MAX: usize = 64 << 10;
/// Of the reason for a refusal.
const REASON_BYTES_MAX: usize = 2 << 10;
const USER_AGENT: &str = concat!("annals/", env!("CARGO_PKG_VERSION"));

/// A worker, as it is named.
#[derive(Debug, Clone)]
pub struct WorkerGiven {
    /// As `http://127.0.0.1:8086`.
    pub url: String,
    /// The one that it was started with.
    pub token: String,
}

/// Why nobody can be challenged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChallengeError {
    /// The URL.
    #[error("{0:?} is no URL of a worker: one is as http://127.0.0.1:8086")]
    Url(String),
    /// The token.
    #[error("the token of {0} can not stand in a header: it is one line of printable ASCII")]
    Token(String),
    /// The machine.
    #[error("workers cannot be asked from here: {0}")]
    Machine(String),
}

/// A worker that can be asked.
#[derive(Debug, Clone)]
pub(super) struct WorkerApi {
    http: Client,
    base: Url,
    authorization: HeaderValue,
}

impl WorkerApi {
    /// # Errors
    /// [`ChallengeError`].
    pub(super) fn new(given: &WorkerGiven) -> Result<Self, ChallengeError> {
        let no_url = || ChallengeError::Url(given.url.clone());
        let base = Url::parse(&given.url).map_err(|_| no_url())?;
        let has_secret = !base.username().is_empty() || base.password().is_some();
        if !["http", "https"].contains(&base.scheme()) || !base.has_host() || has_secret || base.path() != "/"
        {
            return Err(no_url());
        }
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .user_agent(USER_AGENT)
            .connect_timeout(CONNECT_WITHIN)
            // The token would go along to wherever it leads.
            .redirect(redirect::Policy::none())
            // A hotkey's worker is asked itself, and by the clock.
            .no_proxy();
        let client = if base.scheme() == "http" { client.tls_certs_only([]) } else { client };
        let http = client.build().map_err(|error| ChallengeError::Machine(in_words(&error)))?;
        let token = || ChallengeError::Token(given.url.clone());
        let mut authorization =
            HeaderValue::try_from(format!("Bearer {}", given.token)).map_err(|_| token())?;
        authorization.set_sensitive(true);
        Ok(Self { http, base, authorization })
    }

    /// Scheme, host and port.
    pub(super) fn name(&self) -> String {
        self.base.origin().ascii_serialization()
    }

    /// Asks what the worker says of itself. Returns that, and its text.
    ///
    /// # Errors
    /// It gives no answer, or none that says who it is.
    pub(super) async fn about(&self) -> Result<(About, String), Ended> {
        let request = self.http.get(self.url("pog/v2")).timeout(ABOUT_WITHIN);
        let bytes = self.answer(request, ABOUT_BYTES_MAX, None).await?;
        let malformed = |why: String| Ended::new(Outcome::Malformed, why);
        let text = String::from_utf8(bytes).map_err(|error| malformed(error.to_string()))?;
        let about = serde_json::from_str(&text)
            .map_err(|error| malformed(format!("what the worker says of itself: {error}")))?;
        Ok((about, text))
    }

    /// Sends a challenge, and returns exactly `length` bytes.
    ///
    /// # Errors
    /// [`Ended`].
    pub(super) async fn challenge(
        &self,
        bytes: Vec<u8>,
        length: usize,
        within: Duration,
    ) -> Result<Vec<u8>, Ended> {
        self.post("pog/v2/attempts", bytes, length, within).await
    }

    /// Sends the request of a later step, and returns exactly `length` bytes.
    ///
    /// # Errors
    /// [`Ended`].
    pub(super) async fn step(
        &self,
        (seed, step): (Hash, &str),
        bytes: Vec<u8>,
        length: usize,
        within: Duration,
    ) -> Result<Vec<u8>, Ended> {
        self.post(&format!("pog/v2/attempts/{seed}/{step}"), bytes, length, within).await
    }

    /// Asks what the card attests beside an attempt; `None` where it does not.
    ///
    /// # Errors
    /// [`Ended`]; the attempt may go on.
    pub(super) async fn attestation(&self, seed: Hash) -> Result<Option<Vec<u8>>, Ended> {
        let request = self.http.post(self.url(&format!("pog/v2/attempts/{seed}/attestation")));
        let request = request.timeout(ATTESTATION_WITHIN);
        let bytes = self.answer(request, ATTESTATION_BYTES_MAX, None).await?;
        Ok((!bytes.is_empty()).then_some(bytes))
    }

    async fn post(
        &self,
        path: &str,
        bytes: Vec<u8>,
        length: usize,
        within: Duration,
    ) -> Result<Vec<u8>, Ended> {
        let request = self.http.post(self.url(path)).timeout(within).body(bytes);
        self.answer(request, length, Some(length)).await
    }

    fn url(&self, path: &str) -> Url {
        self.base.join(path).expect("a path of the protocol follows any host")
    }

    /// Reads at most `most` bytes, or exactly `exactly` where that is said.
    async fn answer(
        &self,
        request: reqwest::RequestBuilder,
        most: usize,
        exactly: Option<usize>,
    ) -> Result<Vec<u8>, Ended> {
        let request = request.header(AUTHORIZATION, self.authorization.clone());
        let response = request.send().await.map_err(|error| failed(&error))?;
        let status = response.status();
        if ![StatusCode::OK, StatusCode::NO_CONTENT].contains(&status) {
            let (reason, _) = body(response, REASON_BYTES_MAX).await?;
            let reason = String::from_utf8_lossy(&reason);
            return Err(Ended::new(Outcome::Refused, shortened(&format!("{status}: {}", reason.trim()))));
        }
        let (bytes, is_whole) = body(response, most).await?;
        let length = bytes.len();
        match exactly {
            Some(expected) if !is_whole || length != expected => {
                let more = if is_whole { "" } else { " or more" };
                let why = format!("the answer has {length} bytes{more}, and {expected} are due");
                Err(Ended::new(Outcome::Malformed, why))
            }
            None if !is_whole => {
                Err(Ended::new(Outcome::Malformed, format!("the answer has more than {most} bytes")))
            }
            _ => Ok(bytes),
        }
    }
}

/// Reads up to `most` bytes, and says whether that is all.
async fn body(mut response: Response, most: usize) -> Result<(Vec<u8>, bool), Ended> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| failed(&error))? {
        let room = most - bytes.len();
        if chunk.len() > room {
            bytes.extend_from_slice(&chunk[..room]);
            return Ok((bytes, false));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok((bytes, true))
}

fn failed(error: &reqwest::Error) -> Ended {
    let outcome = if error.is_timeout() { Outcome::Timeout } else { Outcome::Unreachable };
    Ended::new(outcome, shortened(&in_words(error)))
}
