//! One scrape: a request on a connection of its own, and what came of it.

use std::error::Error;
use std::future::pending;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper::header::CONTENT_TYPE;
use hyper::{Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use super::asked::Asked;
use super::body::{Body, BodyMemory, Growing};
use super::coding::Decoding;
use super::failed::{Failed, FailedKind, escaped};
use super::form::Form;
use super::limits::GetLimits;
use super::tls::Tls;
use super::wire::{Seen, Stream, Wire};

const CONTENT_TYPE_CHARS_MAX: usize = 256;
/// The least that hyper reads into.
const BUFFER_BYTES_MIN: usize = 8 << 10;
/// Hyper reads into a body before it is seen here that the head has come: about two buffers, by its code.
const READ_AHEAD_BYTES: usize = 256 << 10;

/// hyper's word for it; its method that says so belongs to servers.
const HEAD_TOO_LARGE: &str = "message head is too large";

/// Pieces that any body may come in; a longer one may have one more for each 8 bytes. Each piece is
/// work of its own, whatever its size.
const PIECES_FREE: usize = 4_096;
const PIECE_BYTES: usize = 8;

/// Makes scrapes. Addresses are judged before, by [`refusal`](super::address::refusal).
///
/// Follows no redirect, asks no proxy, and has no cookies or credentials. Beside its part of the memory for bodies, a
/// scrape holds buffers of hyper, rustls and the decoder of gzip, which are not counted.
#[derive(Clone)]
pub struct ScrapeGet {
    /// Bounds of each scrape.
    pub limits: GetLimits,
    /// How Prometheus asks.
    pub form: Form,
    /// Bodies lie here.
    pub memory: BodyMemory,
    /// `None`: endpoints with `https` are unreachable.
    pub tls: Option<Tls>,
}

/// The outcome of a scrape.
#[derive(Debug)]
pub struct Got {
    /// The body of an answer with 200.
    pub ended: Result<Body, Failed>,
    /// Of the answer, if one came.
    pub status: Option<u16>,
    /// The first 256 characters of the header, in which only printable ASCII is left as it is.
    pub content_type: Option<String>,
    /// From the beginning to the first byte of the answer.
    pub first_byte: Option<Duration>,
    /// From the beginning to the end.
    pub took: Duration,
    /// Bytes of the body, compressed as it was sent, without the frames of chunks.
    pub wire_bytes: u64,
}

/// The known part of an answer, also when time runs out.
struct Heard {
    step: Step,
    status: Option<u16>,
    content_type: Option<String>,
    wire_bytes: usize,
}

/// The thing that a scrape waits for.
#[derive(Clone, Copy)]
enum Step {
    Connection,
    Tls,
    FirstByte,
    Head,
    Body,
    Memory,
}

impl Step {
    fn timed_out(self) -> Failed {
        let why = match self {
            Self::Connection => "no connection in time",
            Self::Tls => "no TLS in time",
            Self::FirstByte => "no byte of an answer in time",
            Self::Head => "the head of the answer did not end in time",
            Self::Body => "the body did not end in time",
            Self::Memory => "the memory for bodies was full until the time was over",
        };
        Failed::new(FailedKind::Timeout, why)
    }
}

impl ScrapeGet {
    /// Asks, and waits until all is over.
    pub async fn get(&self, asked: &Asked) -> Got {
        let began = Instant::now();
        let seen = Arc::new(Seen::new(self.limits.header_bytes + READ_AHEAD_BYTES));
        let mut heard = Heard { step: Step::Connection, status: None, content_type: None, wire_bytes: 0 };
        let spoken = timeout_at(began + self.limits.total, self.speak(began, asked, &seen, &mut heard)).await;
        let ended = spoken.unwrap_or_else(|_| Err(heard.step.timed_out()));
        Got {
            ended,
            status: heard.status,
            content_type: heard.content_type,
            first_byte: seen.first_byte().map(|at| at - began),
            took: began.elapsed(),
            wire_bytes: heard.wire_bytes as u64,
        }
    }

    async fn speak(
        &self,
        began: Instant,
        asked: &Asked,
        seen: &Arc<Seen>,
        heard: &mut Heard,
    ) -> Result<Body, Failed> {
        let first_byte_by = began + self.limits.first_byte.min(self.limits.total);
        let opened = timeout_at(first_byte_by, self.open(asked, heard)).await;
        let stream = opened.unwrap_or_else(|_| Err(heard.step.timed_out()))?;
        let io = TokioIo::new(Wire::new(stream, seen.clone()));
        let (sender, connection) = self.http().handshake(io).await.map_err(|error| no_answer(&error))?;
        let connection = async {
            // The answer tells what ended it.
            _ = connection.await;
            pending().await
        };
        tokio::select! {
            ended = connection => ended,
            ended = self.listen(sender, first_byte_by, asked, seen, heard) => ended,
        }
    }

    async fn open(&self, asked: &Asked, heard: &mut Heard) -> Result<Box<dyn Stream>, Failed> {
        let stream = TcpStream::connect(asked.address());
        let stream = stream.await.map_err(|error| broken("no connection", &error))?;
        let Some(name) = asked.certified() else { return Ok(Box::new(stream)) };
        heard.step = Step::Tls;
        let no_tls =
            || Failed::new(FailedKind::Unreachable, "no TLS: there are no certificates to trust here");
        let stream = self.tls.as_ref().ok_or_else(no_tls)?.connect(name.clone(), stream);
        Ok(Box::new(stream.await.map_err(|error| broken("no TLS", &error))?))
    }

    fn http(&self) -> Builder {
        let mut http = Builder::new();
        http.title_case_headers(true)
            .max_buf_size(self.buffer_bytes())
            .max_header_size(self.limits.header_bytes)
            .max_headers(self.limits.headers);
        http
    }

    fn buffer_bytes(&self) -> usize {
        self.limits.header_bytes.max(BUFFER_BYTES_MIN)
    }

    async fn listen(
        &self,
        mut sender: SendRequest<Empty<Bytes>>,
        first_byte_by: Instant,
        asked: &Asked,
        seen: &Seen,
        heard: &mut Heard,
    ) -> Result<Body, Failed> {
        heard.step = Step::FirstByte;
        let mut answer = pin!(sender.send_request(self.form.request(asked, self.limits.total)));
        let answer = match timeout_at(first_byte_by, &mut answer).await {
            Ok(answer) => answer,
            Err(_) if seen.first_byte().is_none() => return Err(heard.step.timed_out()),
            Err(_) => {
                heard.step = Step::Head;
                answer.await
            }
        };
        let answer = answer.map_err(|error| {
            if seen.is_full() || error.to_string() == HEAD_TOO_LARGE {
                Failed::new(FailedKind::TooLarge, "the head of the answer is too large")
            } else {
                no_answer(&error)
            }
        })?;
        seen.has_head();
        heard.step = Step::Body;
        heard.status = Some(answer.status().as_u16());
        let content_type =
            answer.headers().get(CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()));
        heard.content_type = content_type.map(|text| escaped(&text, CONTENT_TYPE_CHARS_MAX));
        self.take(answer, heard).await
    }

    /// Reads the body.
    async fn take(&self, answer: Response<Incoming>, heard: &mut Heard) -> Result<Body, Failed> {
        if answer.status() != StatusCode::OK {
            let status = answer.status().as_u16();
            return Err(Failed::new(FailedKind::Status, format!("the answer has status {status}")));
        }
        let mut decoding = Decoding::of(answer.headers())?;
        let body_bytes = self.limits.body_bytes;
        let too_large = || {
            let why = format!("the body is sent in more than {body_bytes} bytes");
            Failed::new(FailedKind::TooLarge, why)
        };
        let mut incoming = answer.into_body();
        if incoming.size_hint().lower() > body_bytes as u64 {
            return Err(too_large());
        }
        let mut growing = Growing::new(body_bytes, self.memory.clone());
        let mut pieces = 0;
        while let Some(frame) = incoming.frame().await {
            // Trailers say nothing of metrics.
            let Ok(sent) = frame.map_err(|error| no_answer(&error))?.into_data() else { continue };
            heard.wire_bytes += sent.len();
            if heard.wire_bytes > body_bytes {
                return Err(too_large());
            }
            pieces += 1;
            if pieces > PIECES_FREE + heard.wire_bytes / PIECE_BYTES {
                return Err(Failed::new(FailedKind::TooLarge, "the body comes in too many pieces"));
            }
            let mut rest = &sent[..];
            while let Some(piece) = decoding.next(&mut rest)? {
                heard.step = Step::Memory;
                growing.push(piece).await?;
                heard.step = Step::Body;
            }
        }
        let last = decoding.end()?;
        heard.step = Step::Memory;
        growing.push(&last).await?;
        Ok(growing.end())
    }
}

fn no_answer(error: &hyper::Error) -> Failed {
    broken("no whole answer", error)
}

fn broken(what: &str, error: &(dyn Error + 'static)) -> Failed {
    Failed::caused(FailedKind::Unreachable, what, error)
}
