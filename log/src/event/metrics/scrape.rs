//! `scrape`: that a metrics endpoint was asked, and what came of it.

use bincode::{Decode, Encode};

use crate::event::exposition::Format;
use crate::event::json::Value;
use crate::event::json::fields::{list, number, object, or_null, text, text_or_null, time};
use crate::event::{Account, CoveredTime, Derived, EventView, Fact, Kind, Known, Memory};
use crate::hash::Hash;

/// A scrape is late that begins so much after it was due.
const LATE_MS: i64 = 5_000;

/// One scrape of a target, whatever came of it. The native id is the target: `IP:port`, or the URL of one that is not
/// asked for `/metrics` over plain HTTP. The decompressed body is attached where a whole one came: of `Ok`, of
/// `Unparsable`, and of one that is over a limit.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Scrape {
    /// Those who announced the target on chain, the oldest announcement first; none of a target that the recorder's
    /// owner named.
    pub announced: Vec<Announcement>,
    /// How many more announced it: an entry has no room for them.
    pub more_announced: u32,
    /// The address that was connected to, with its port; `None` where a name led to none.
    pub address: Option<String>,
    /// The outcome.
    pub outcome: ScrapeOutcome,
    /// When it was due by the recorder's own pace, in milliseconds since 1970 UTC.
    pub due_at_ms: i64,
    /// When it began.
    pub began_at_ms: i64,
    /// From its beginning to its end, in microseconds.
    pub duration_us: u64,
    /// From its beginning to the first byte of the answer, in microseconds.
    pub first_byte_us: Option<u64>,
    /// HTTP's.
    pub status: Option<u16>,
    /// The header `Content-Type`, or its first 256 characters.
    pub content_type: Option<String>,
    /// Bytes of the body as they came, compressed or not, as far as they came.
    pub wire_bytes: u64,
    /// Bytes of the whole body, decompressed; 0 without one.
    pub body_bytes: u64,
}

/// An announcement of an endpoint on chain, as the log's tables have it when the target is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Announcement {
    /// The subnet.
    pub netuid: u16,
    /// The announcer.
    pub hotkey: Account,
    /// The neuron of the hotkey, if it has one.
    pub uid: Option<u16>,
    /// The block in which it was announced.
    pub block: u64,
}

/// The outcome of a scrape.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum ScrapeOutcome {
    /// A body came, and all of it is samples.
    Ok {
        /// How many.
        samples: u64,
    },
    /// It was not asked: its address or the pace forbids it, by the rule of this name.
    Refused {
        /// Its name, as `private`.
        rule: String,
        /// In words.
        why: String,
    },
    /// There was no connection, or one that broke.
    Unreachable {
        /// In words.
        why: String,
    },
    /// It was given up.
    Timeout {
        /// In words.
        why: String,
    },
    /// It answered with another status than 200.
    Status,
    /// The head or the body is longer than is read.
    TooLarge {
        /// In words.
        why: String,
    },
    /// The body has more samples than are taken.
    TooManySamples {
        /// The limit.
        most: u64,
    },
    /// A sample has more labels, or a longer one, than is taken.
    OverLimit {
        /// Counted from 1.
        line: u64,
        /// In words.
        what: String,
    },
    /// The body is no exposition, or of no format that is known.
    Unparsable {
        /// Counted from 1.
        line: u64,
        /// In words.
        what: String,
    },
}

impl Fact for Scrape {
    const KIND: Kind = Kind(0x0301);
    const NAME: &'static str = "scrape";
    const SCHEMA: u16 = 1;
    const MEMORIES: Derived<Self, Memory> = Some(|_, event| vec![remembered(event)]);
    const COVERED_TIMES: Derived<Self, CoveredTime> = Some(Scrape::covered);

    fn fields(&self) -> Value {
        object([
            ("announced", list(&self.announced, |announcement| announcement.field())),
            ("more_announced", number(self.more_announced.into())),
            ("address", text_or_null(self.address.as_ref())),
            ("outcome", text(self.outcome.name())),
            ("detail", text_or_null(self.outcome.detail().as_ref())),
            ("line", or_null(self.outcome.line(), number)),
            ("samples", or_null(self.outcome.samples(), number)),
            ("due_at_ms", time(self.due_at_ms)),
            ("began_at_ms", time(self.began_at_ms)),
            ("duration_us", number(self.duration_us)),
            ("first_byte_us", or_null(self.first_byte_us, number)),
            ("status", or_null(self.status, |status| number(status.into()))),
            ("content_type", text_or_null(self.content_type.as_ref())),
            ("wire_bytes", number(self.wire_bytes)),
            ("body_bytes", number(self.body_bytes)),
        ])
    }
}

/// Remembers the last body of the target: the next may be stored as a difference to it.
fn remembered(event: &EventView<'_>) -> Memory {
    let known = Known { digest: Some(Hash::of(event.body)), position: None, payload: event.payload };
    Memory::of(event.native_id, known)
}

impl Scrape {
    /// The most announcements in an event, so that it fits into an entry.
    pub const ANNOUNCED_MAX: usize = 1_024;

    /// How the body is written, of a scrape that gave samples.
    pub fn format(&self) -> Option<Format> {
        self.outcome.samples()?;
        Format::of_content_type(self.content_type.as_deref()?)
    }

    /// Returns the time in which the target was asked, and in front of it that in which it should have been.
    fn covered(&self, event: &EventView<'_>) -> Vec<CoveredTime> {
        let covered = |from_ms, to_ms, outcome, detail| CoveredTime {
            scope: Some(event.native_id.to_owned()),
            run_id: None,
            from_ms,
            to_ms,
            outcome,
            detail,
        };
        let late = (self.began_at_ms.saturating_sub(self.due_at_ms) > LATE_MS).then(|| {
            covered(self.due_at_ms, self.began_at_ms, "late", Some("it was not asked when it was due".into()))
        });
        let outcome = match self.outcome {
            ScrapeOutcome::Ok { .. } => "ok",
            ScrapeOutcome::Refused { .. } => "refused",
            _ => "failed",
        };
        let detail = self.outcome.detail().or_else(|| self.status_in_words());
        late.into_iter().chain([covered(self.began_at_ms, event.fetched_at_ms, outcome, detail)]).collect()
    }

    fn status_in_words(&self) -> Option<String> {
        let status = self.status.filter(|_| self.outcome == ScrapeOutcome::Status)?;
        Some(format!("status {status}"))
    }
}

impl Announcement {
    fn field(self) -> Value {
        object([
            ("netuid", number(self.netuid.into())),
            ("hotkey", text(&self.hotkey.address())),
            ("uid", or_null(self.uid, |uid| number(uid.into()))),
            ("block", number(self.block)),
        ])
    }
}

impl ScrapeOutcome {
    /// Its name, as `too_large`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Ok { .. } => "ok",
            Self::Refused { .. } => "refused",
            Self::Unreachable { .. } => "unreachable",
            Self::Timeout { .. } => "timeout",
            Self::Status => "status",
            Self::TooLarge { .. } => "too_large",
            Self::TooManySamples { .. } => "too_many_samples",
            Self::OverLimit { .. } => "over_limit",
            Self::Unparsable { .. } => "unparsable",
        }
    }

    /// Returns the particulars in words, where there are any.
    pub fn detail(&self) -> Option<String> {
        match self {
            Self::Ok { .. } | Self::Status => None,
            Self::Refused { rule, why } => Some(format!("{rule}: {why}")),
            Self::Unreachable { why } | Self::Timeout { why } | Self::TooLarge { why } => Some(why.clone()),
            Self::TooManySamples { most } => Some(format!("more than {most} samples")),
            Self::OverLimit { line, what } | Self::Unparsable { line, what } => {
                Some(format!("line {line}: {what}"))
            }
        }
    }

    /// The line at which a body is wrong, counted from 1.
    pub fn line(&self) -> Option<u64> {
        match self {
            Self::OverLimit { line, .. } | Self::Unparsable { line, .. } => Some(*line),
            _ => None,
        }
    }

    /// How many samples were taken, where they were.
    pub fn samples(&self) -> Option<u64> {
        match self {
            Self::Ok { samples } => Some(*samples),
            _ => None,
        }
    }

    /// The rule by which it was not asked, where it was not.
    pub fn rule(&self) -> Option<&str> {
        match self {
            Self::Refused { rule, .. } => Some(rule),
            _ => None,
        }
    }
}
