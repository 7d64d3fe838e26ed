//! Cassettes: recorded raw answers, a line of JSON each, to be played again.
//!
//! The first line is `{"cassette": 1}`. Every other line is an exchange:
//!
//! ```json
//! {"source":"wandb","fetched_at_ms":1767225600000,
//!  "request":{"method":"POST","target":"/graphql","body":"{\"query\":...}"},
//!  "status":200,"body":"{\"data\":...}","ends":"poll"}
//! ```
//!
//! `ends` stands on the last exchange of a fetch, and without it a fetch is not whole: `poll`, or `part` when the poll
//! goes on with the next fetch, whose exchanges then say which `part` of the poll they are, from 0, which is left out.
//! A body that is not UTF-8 is `body_base64`; an exchange without an answer has `failed`, the reason, in the place of
//! `status` and `body`. Requests are written without headers, so no key can be in a cassette. A file that ends in
//! `.zst` is the same, compressed.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _, Write};
use std::path::Path;
use std::sync::Arc;

use annals_log::SourceMemory;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, ready};
use serde::{Deserialize, Serialize};

use crate::feed::{Feed, FeedError};
use crate::raw::{Answer, Exchange, Outcome, Raw, Request};

const VERSION: u32 = 1;
/// Of one line: an answer of 16 MiB in which every byte is escaped.
const LINE_BYTES_MAX: u64 = 96 << 20;
/// Of one fetch.
const FETCH_BYTES_MAX: usize = 256 << 20;

/// A cassette, being played.
pub struct Cassette {
    lines: Box<dyn BufRead + Send>,
    /// Of the line read last, from 1.
    line: u64,
}

/// Writes a cassette, fetch by fetch.
pub struct CassetteWriter<W: Write> {
    out: W,
}

/// Why a cassette cannot be played.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CassetteError {
    /// The file.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The first line says something else.
    #[error("this is no cassette: its first line is not {{\"cassette\": {VERSION}}}")]
    NotACassette,
    /// A line ends before what it says does; the fetches in front of it were played, its own was not.
    #[error("line {line} is cut off after {bytes} bytes: the file is incomplete")]
    Cut {
        /// From 1.
        line: u64,
        /// The length of the line.
        bytes: usize,
    },
    /// What is wrong with a line; the fetches in front of it were played, its own was not.
    #[error("line {line}: {what}")]
    Line {
        /// From 1.
        line: u64,
        /// What.
        what: String,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    cassette: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    source: String,
    #[serde(default, skip_serializing_if = "is_default")]
    part: u32,
    fetched_at_ms: i64,
    request: RequestLine,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body_base64: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failed: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ends: Option<Ends>,
}

#[derive(Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Ends {
    Part,
    Poll,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RequestLine {
    method: String,
    target: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    body: String,
}

impl Cassette {
    /// Opens a cassette to play it from its beginning.
    ///
    /// # Errors
    /// `Io`, `NotACassette`.
    pub fn open(path: &Path) -> Result<Self, CassetteError> {
        let file = File::open(path)?;
        let compressed = path.extension().is_some_and(|extension| extension == "zst");
        Self::read(if compressed {
            Box::new(BufReader::new(zstd::Decoder::new(file)?))
        } else {
            Box::new(BufReader::new(file))
        })
    }

    /// The same of lines that are had already.
    ///
    /// # Errors
    /// `Io`, `NotACassette`.
    pub fn read(lines: Box<dyn BufRead + Send>) -> Result<Self, CassetteError> {
        let mut cassette = Self { lines, line: 0 };
        let header = cassette.next_line()?.ok_or(CassetteError::NotACassette)?;
        match serde_json::from_str(&header) {
            Ok(Header { cassette: VERSION }) => Ok(cassette),
            Ok(Header { cassette: version }) => {
                Err(cassette.wrong(format!("version {version} is unknown here (known: {VERSION})")))
            }
            Err(_) => Err(CassetteError::NotACassette),
        }
    }

    /// The next fetch, `None` behind the last.
    ///
    /// # Errors
    /// `Io`, `Line`.
    pub fn next_fetch(&mut self) -> Result<Option<Raw>, CassetteError> {
        let (mut fetch, mut bytes) = (None, 0);
        while let Some(text) = self.next_line()? {
            let line: Line = serde_json::from_str(&text).map_err(|error| match error.is_eof() {
                true => CassetteError::Cut { line: self.line, bytes: text.trim_end_matches('\n').len() },
                false => self.wrong(error.to_string()),
            })?;
            bytes += text.len();
            if bytes > FETCH_BYTES_MAX {
                return Err(self.wrong(format!("its fetch has over {FETCH_BYTES_MAX} bytes")));
            }
            let (source, part, ends) = (line.source.clone(), line.part, line.ends);
            let raw = fetch.get_or_insert_with(|| Raw { source, exchanges: Vec::new(), part, more: false });
            if raw.source != line.source || raw.part != part {
                return Err(self.wrong("the fetch before it has no end".into()));
            }
            raw.exchanges.push(self.exchange(line)?);
            if let Some(ends) = ends {
                raw.more = ends == Ends::Part;
                return Ok(fetch);
            }
        }
        if fetch.is_none() { Ok(None) } else { Err(self.wrong("the last fetch has no end".into())) }
    }

    fn next_line(&mut self) -> Result<Option<String>, CassetteError> {
        let mut line = Vec::new();
        self.line += 1;
        let read = self.lines.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line)?;
        if read as u64 == LINE_BYTES_MAX {
            return Err(self.wrong(format!("is longer than {LINE_BYTES_MAX} bytes")));
        }
        if read == 0 {
            return Ok(None);
        }
        String::from_utf8(line).map(Some).map_err(|_| self.wrong("is not UTF-8".into()))
    }

    fn exchange(&self, line: Line) -> Result<Exchange, CassetteError> {
        let RequestLine { method, target, body } = line.request;
        let outcome = match (line.status, line.body, line.body_base64, line.failed) {
            (Some(status), Some(body), None, None) => {
                Outcome::Answer(Answer { status, body: body.into_bytes() })
            }
            (Some(status), None, Some(body), None) => {
                let body = BASE64_STANDARD.decode(body).map_err(|error| self.wrong(error.to_string()))?;
                Outcome::Answer(Answer { status, body })
            }
            (None, None, None, Some(reason)) => Outcome::Failed(reason),
            _ => return Err(self.wrong("has neither `status` with a body nor `failed`, or both".into())),
        };
        let request = Request { method, target, body };
        Ok(Exchange { fetched_at_ms: line.fetched_at_ms, request, outcome })
    }

    fn wrong(&self, what: String) -> CassetteError {
        CassetteError::Line { line: self.line, what }
    }
}

impl Feed for Cassette {
    fn source(&self) -> Option<&'static str> {
        None
    }

    fn next(&mut self, _: Arc<SourceMemory>) -> BoxFuture<'_, Result<Option<Raw>, FeedError>> {
        ready(self.next_fetch().map_err(FeedError::unavailable)).boxed()
    }
}

impl<W: Write> CassetteWriter<W> {
    /// Begins a cassette.
    ///
    /// # Errors
    /// Of `out`.
    pub fn new(mut out: W) -> io::Result<Self> {
        write_line(&mut out, &Header { cassette: VERSION })?;
        Ok(Self { out })
    }

    /// Adds a fetch.
    ///
    /// # Errors
    /// Of `out`; a part of the fetch may be there, and will not be played.
    pub fn write(&mut self, raw: &Raw) -> io::Result<()> {
        let last = raw.exchanges.len() - 1;
        raw.exchanges.iter().enumerate().try_for_each(|(place, exchange)| {
            let ends = if raw.more { Ends::Part } else { Ends::Poll };
            let ends = (place == last).then_some(ends);
            write_line(&mut self.out, &line_of(raw, exchange, ends))
        })
    }

    /// What was written to.
    pub fn into_inner(self) -> W {
        self.out
    }
}

fn line_of(raw: &Raw, exchange: &Exchange, ends: Option<Ends>) -> Line {
    let Request { method, target, body } = exchange.request.clone();
    let mut line = Line {
        source: raw.source.clone(),
        part: raw.part,
        fetched_at_ms: exchange.fetched_at_ms,
        request: RequestLine { method, target, body },
        status: None,
        body: None,
        body_base64: None,
        failed: None,
        ends,
    };
    match &exchange.outcome {
        Outcome::Answer(Answer { status, body }) => {
            line.status = Some(*status);
            match std::str::from_utf8(body) {
                Ok(text) => line.body = Some(text.to_owned()),
                Err(_) => line.body_base64 = Some(BASE64_STANDARD.encode(body)),
            }
        }
        Outcome::Failed(reason) => line.failed = Some(reason.clone()),
    }
    line
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn write_line(out: &mut impl Write, line: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")
}
