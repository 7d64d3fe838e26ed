//! How a scrape is written down as question and answer, for decoding and for cassettes.
//!
//! The question is a JSON text with those who announced the target. The answer begins with a line of JSON that says how
//! it was had; the body follows, byte for byte.

use annals_log::{Account, Announcement};
use serde::{Deserialize, Serialize};

use crate::raw::{Answer, Exchange, Outcome, Request};

/// The method; the target is the target's name.
pub(super) const SCRAPE: &str = "SCRAPE";

/// The status by which a gateway says that it has no answer of its own.
const NO_ANSWER: u16 = 502;

/// The announcements of a target.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    announced: Vec<Announced>,
    more_announced: u32,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Announced {
    netuid: u16,
    hotkey: String,
    uid: Option<u16>,
    block: u64,
}

/// How an answer was had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Had {
    pub(super) ended: Ended,
    pub(super) address: Option<String>,
    pub(super) due_at_ms: i64,
    pub(super) began_at_ms: i64,
    pub(super) duration_us: u64,
    pub(super) first_byte_us: Option<u64>,
    pub(super) status: Option<u16>,
    pub(super) content_type: Option<String>,
    pub(super) wire_bytes: u64,
}

/// How a scrape ended, before anybody looked into the body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Ended {
    /// A whole body follows.
    Body,
    /// It was not asked.
    Refused {
        rule: String,
        why: String,
    },
    Unreachable {
        why: String,
    },
    Timeout {
        why: String,
    },
    Status,
    TooLarge {
        why: String,
    },
}

impl Question {
    pub(super) fn of(announced: &[Announcement], more_announced: u32) -> Self {
        let announced = announced.iter().map(|announced| Announced {
            netuid: announced.netuid,
            hotkey: announced.hotkey.address(),
            uid: announced.uid,
            block: announced.block,
        });
        Self { announced: announced.collect(), more_announced }
    }

    /// Returns the announcements, and how many more there were; `None` where a hotkey is none.
    pub(super) fn announced(&self) -> Option<(Vec<Announcement>, u32)> {
        let announced = self.announced.iter().map(|told| {
            let (hotkey, _) = Account::of_address(&told.hotkey)?;
            Some(Announcement { netuid: told.netuid, hotkey, uid: told.uid, block: told.block })
        });
        Some((announced.collect::<Option<_>>()?, self.more_announced))
    }
}

/// Writes a scrape down.
pub(super) fn written(target: &str, question: &Question, had: &Had, body: &[u8], now_ms: i64) -> Exchange {
    let mut told = serde_json::to_vec(had).expect("plain fields are JSON");
    told.push(b'\n');
    told.extend_from_slice(body);
    Exchange {
        fetched_at_ms: now_ms,
        request: Request {
            method: SCRAPE.to_owned(),
            target: target.to_owned(),
            body: serde_json::to_string(question).expect("plain fields are JSON"),
        },
        outcome: Outcome::Answer(Answer { status: had.status.unwrap_or(NO_ANSWER), body: told }),
    }
}

/// A scrape as it was written down.
pub(super) struct Read<'a> {
    pub(super) question: Question,
    pub(super) had: Had,
    pub(super) body: &'a [u8],
}

/// Reads what [`written`] wrote; `None` for anything else.
pub(super) fn read(exchange: &Exchange) -> Option<Read<'_>> {
    if exchange.request.method != SCRAPE {
        return None;
    }
    let told = exchange.outcome.body()?;
    let line = memchr::memchr(b'\n', told)?;
    let had = serde_json::from_slice(&told[..line]).ok()?;
    let question = serde_json::from_str(&exchange.request.body).ok()?;
    Some(Read { question, had, body: &told[line + 1..] })
}
