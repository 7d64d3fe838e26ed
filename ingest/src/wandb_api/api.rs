//! Requests to W&B, each tried again where that helps.

use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use backon::ExponentialBackoff;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, Method, Response, StatusCode, Url, redirect};

use super::key::ApiKey;
use super::patience::{PAUSE_MIN, asked_pause, is_worth_another};
use crate::failed_request::in_words;
use crate::pauses::pauses;
use crate::raw::{Answer, Exchange, Outcome, Request, now_ms};

/// Of one answer, unpacked. Fifty runs have some hundred KB; one of 10 MB may be among them.
pub(crate) const ANSWER_BYTES_MAX: usize = 64 << 20;
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// Who asks, as W&B's own clients say it of themselves.
const USER_AGENT: &str = concat!("annals/", env!("CARGO_PKG_VERSION"));
/// Where questions and mutations go.
pub(crate) const GRAPHQL: &str = "/graphql";

/// Whom to ask, and how patiently.
#[derive(Debug, Clone)]
pub struct ApiOptions {
    /// As `https://api.wandb.ai`.
    pub base_url: String,
    /// Of the account that asks.
    pub key: ApiKey,
    /// A request that is not answered for so long has failed.
    pub answer_within: Duration,
    /// So long a request is tried again.
    pub patience: Duration,
}

/// Why nobody can be asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApiError {
    /// The URL.
    #[error("{0:?} is no URL of a W&B server: one is as https://api.wandb.ai")]
    Url(String),
    /// The machine, as when it has no certificates to check a server by.
    #[error("W&B cannot be asked from here: {0}")]
    Client(String),
}

/// A server of W&B.
pub struct WandbApi {
    http: Client,
    base_url: Url,
    authorization: HeaderValue,
    key: ApiKey,
    patience: Duration,
    /// Before then the server wants to hear nothing.
    quiet_until: Mutex<Option<Instant>>,
}

/// Whether a request may be made again when nothing certain was heard of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// It only asks.
    Allowed,
    /// It only asks, and a smaller question may do where the server breaks on this one: that is not asked again.
    UnlessBroken,
    /// It changes something: once it may have arrived it is not sent again, for somebody else may have written since.
    /// That the server turned it away with 429 says that it did not take it.
    Never,
}

/// What became of what was posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// After all retries.
    pub outcome: Outcome,
    /// It may have arrived, and had an effect.
    pub may_have_arrived: bool,
}

/// What one try came to.
struct Tried {
    outcome: Outcome,
    /// It may have arrived, and had an effect.
    may_have_arrived: bool,
    /// It may be another one the next time.
    is_worth_another: bool,
    /// Of the server.
    asked_pause: Option<Duration>,
}

impl WandbApi {
    /// # Errors
    /// [`ApiError`].
    pub fn new(options: &ApiOptions) -> Result<Self, ApiError> {
        let base_url = base_url(&options.base_url)?;
        // Whoever was first has chosen the same: there is no other in this program.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .user_agent(USER_AGENT)
            .connect_timeout(CONNECT_WITHIN)
            .timeout(options.answer_within)
            // A question that is answered from elsewhere would take the key along.
            .redirect(redirect::Policy::none());
        // A machine without certificates can ask where none are needed.
        let client = if base_url.scheme() == "http" { client.tls_certs_only([]) } else { client };
        // No proxy reaches this machine's own loopback.
        let client = if is_loopback(&base_url) { client.no_proxy() } else { client };
        let http = client.build().map_err(|error| ApiError::Client(in_words(&error)))?;
        let mut authorization = HeaderValue::try_from(format!("Basic {}", options.key.basic()))
            .expect("base64 may stand in a header");
        authorization.set_sensitive(true);
        let (key, patience, quiet_until) = (options.key.clone(), options.patience, Mutex::default());
        Ok(Self { http, base_url, authorization, key, patience, quiet_until })
    }

    /// Scheme, host and port.
    pub fn name(&self) -> String {
        self.base_url.origin().ascii_serialization()
    }

    /// When the server may be asked again, if it wants to be left alone now.
    pub fn quiet_until(&self) -> Option<Instant> {
        self.quiet().filter(|at| *at > Instant::now())
    }

    /// Whether an answer was longer than it may be: a smaller question may do.
    pub(crate) fn was_too_long(exchange: &Exchange) -> bool {
        matches!(&exchange.outcome, Outcome::Failed(what) if *what == too_long())
    }

    /// Asks a question of GraphQL: `body` is its JSON.
    pub(crate) async fn ask(&self, body: String) -> Exchange {
        self.ask_again(body, Again::Allowed).await
    }

    /// The same, as often as `again` says.
    pub(crate) async fn ask_again(&self, body: String, again: Again) -> Exchange {
        let Posted { outcome, .. } = self.post(GRAPHQL, &body, again).await;
        let request = Request { method: "POST".to_owned(), target: GRAPHQL.to_owned(), body };
        Exchange { fetched_at_ms: now_ms(), request, outcome }
    }

    /// Sends JSON.
    pub(crate) async fn post(&self, target: &str, body: &str, again: Again) -> Posted {
        let url = self.base_url.join(target.trim_start_matches('/')).expect("targets are made here");
        self.patiently(again, || self.try_post(url.clone(), body)).await
    }

    /// Gets a file that the server has named. The URL is told without its query, which may let anybody read the file;
    /// the key goes to the server itself alone.
    pub(crate) async fn file(&self, url: &str) -> Exchange {
        let parsed = self.base_url.join(url);
        let target = parsed.as_ref().map_or_else(|_| String::new(), |url| url.path().to_owned());
        let request = Request { method: "GET".to_owned(), target, body: String::new() };
        let outcome = match parsed {
            // A server that is asked over TLS names no file that is not.
            Ok(url) if url.scheme() == "https" || url.scheme() == self.base_url.scheme() => {
                self.patiently(Again::Allowed, || self.try_get(url.clone())).await.outcome
            }
            _ => Outcome::Failed("the server names a file at what is no URL".to_owned()),
        };
        Exchange { fetched_at_ms: now_ms(), request, outcome }
    }

    /// Tries until there is an outcome that will stay, or patience is at an end.
    async fn patiently<F: Future<Output = Tried>>(&self, again: Again, one: impl Fn() -> F) -> Posted {
        let give_up_at = Instant::now() + self.patience;
        let mut own_pauses = pauses(PAUSE_MIN);
        loop {
            if let Some(quiet_until) = self.quiet_until() {
                if quiet_until > give_up_at {
                    let left = quiet_until.saturating_duration_since(Instant::now()).as_secs();
                    let why = format!("the server wants to hear nothing for {left} s more");
                    return Posted { outcome: Outcome::Failed(why), may_have_arrived: false };
                }
                tokio::time::sleep_until(quiet_until.into()).await;
            }
            let mut tried = one().await;
            if let Outcome::Answer(answer) = &mut tried.outcome {
                // Answers are recorded, and some proxies repeat what they were sent.
                self.key.strike_out(&mut answer.body);
            }
            if let Some(pause) = tried.asked_pause {
                let until = Instant::now() + pause;
                let mut quiet = self.quiet();
                *quiet = quiet.map_or(until, |other| other.max(until)).into();
            }
            let may_be_sent = match again {
                Again::Allowed => true,
                Again::UnlessBroken => tried.asked_pause.is_some() || !is_broken(&tried.outcome),
                Again::Never => !tried.may_have_arrived,
            };
            if !may_be_sent
                || !tried.is_worth_another
                || !self.pause(&tried, &mut own_pauses, give_up_at).await
            {
                return Posted { outcome: tried.outcome, may_have_arrived: tried.may_have_arrived };
            }
        }
    }

    /// Whether there is time for another try; then it is time for it.
    async fn pause(&self, tried: &Tried, own: &mut ExponentialBackoff, give_up_at: Instant) -> bool {
        // A server that asks for no pause at all is spared one none the less.
        let own = own.next().unwrap_or(self.patience);
        let pause = tried.asked_pause.filter(|asked| *asked >= PAUSE_MIN).unwrap_or(own);
        let at = Instant::now() + pause;
        if at > give_up_at {
            return false;
        }
        tokio::time::sleep_until(at.into()).await;
        true
    }

    async fn try_post(&self, url: Url, body: &str) -> Tried {
        let request = self.http.post(url).header(CONTENT_TYPE, "application/json");
        let request = request.header(AUTHORIZATION, self.authorization.clone()).body(body.to_owned());
        tried(request.send().await).await
    }

    async fn try_get(&self, url: Url) -> Tried {
        let is_own = url.origin() == self.base_url.origin();
        let mut headers = HeaderMap::new();
        if is_own {
            headers.insert(AUTHORIZATION, self.authorization.clone());
        }
        let tried = tried(self.http.request(Method::GET, url).headers(headers).send().await).await;
        // How long another server wants to be left alone is no business of this one.
        Tried { asked_pause: tried.asked_pause.filter(|_| is_own), ..tried }
    }

    fn quiet(&self) -> MutexGuard<'_, Option<Instant>> {
        self.quiet_until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the server broke on what it was asked, and is there none the less.
pub(crate) fn is_broken(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Answer(Answer { status, .. }) => {
            let is_busy = [StatusCode::NOT_IMPLEMENTED, StatusCode::SERVICE_UNAVAILABLE]
                .iter()
                .any(|busy| busy.as_u16() == *status);
            (500..600).contains(status) && !is_busy
        }
        Outcome::Failed(_) => false,
    }
}

/// The URL with a path that ends in a slash, so that targets stand behind it.
fn base_url(text: &str) -> Result<Url, ApiError> {
    let mut url = Url::parse(text).map_err(|_| ApiError::Url(without_secrets(text)))?;
    if !["http", "https"].contains(&url.scheme()) || !url.username().is_empty() || url.password().is_some() {
        return Err(ApiError::Url(without_secrets(text)));
    }
    url.set_query(None);
    url.set_fragment(None);
    let path = format!("{}/", url.path().trim_end_matches('/'));
    url.set_path(&path);
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// Somebody may have put a key in front of the host.
fn without_secrets(text: &str) -> String {
    text.rsplit_once('@').map_or_else(|| text.to_owned(), |(_, host)| format!("...@{host}"))
}

fn too_long() -> String {
    format!("the answer has over {ANSWER_BYTES_MAX} bytes")
}

async fn tried(sent: reqwest::Result<Response>) -> Tried {
    let failed = |what: String, may_have_arrived: bool| Tried {
        outcome: Outcome::Failed(what),
        may_have_arrived,
        is_worth_another: true,
        asked_pause: None,
    };
    let mut response = match sent {
        Ok(response) => response,
        Err(error) => return failed(in_words(&error), !error.is_connect()),
    };
    let status = response.status();
    let asked_pause = asked_pause(response.headers(), SystemTime::now());
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > ANSWER_BYTES_MAX => {
                return Tried { is_worth_another: false, asked_pause, ..failed(too_long(), true) };
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(error) => return Tried { asked_pause, ..failed(in_words(&error), true) },
        }
    }
    let outcome = Outcome::Answer(Answer { status: status.as_u16(), body });
    let may_have_arrived = status != StatusCode::TOO_MANY_REQUESTS;
    Tried { outcome, may_have_arrived, is_worth_another: is_worth_another(status), asked_pause }
}
