//! `pog_attempt`: an attempt to prove a GPU, whatever came of it, with its evidence.

use bincode::{Decode, Encode};

use super::{PogBeacon, PogTerms, UpstreamTerms};
use crate::event::json::Value;
use crate::event::json::fields::{number, object, or_null, text, text_or_null, texts};
use crate::event::{Account, CoveredTime, Derived, EventView, Fact, Kind, Known, Memory};
use crate::hash::Hash;

/// An attempt of one GPU, or in upstream's protocol of one miner. The native id is the seed of the first round in hex,
/// or of upstream's protocol the digest of the evidence. Attached last is the evidence, if there is any: the transcript
/// of `gpu/PROTOCOL.md`, or the JSON text of upstream's answers. In front of it are the report and the certificates of
/// a card that attests.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PogAttempt {
    /// The worker that was asked, as a URL without credentials; `None` for an attempt that came in a file.
    pub worker: Option<String>,
    /// The protocol and the outcome.
    pub verdict: PogVerdict,
    /// The names of all that the verifier had to believe.
    pub unchecked: Vec<String>,
    /// Program and version that verified it.
    pub verifier: String,
    /// The machine's own words about itself, as JSON; nobody checked them.
    pub reported: Option<String>,
    /// The word of the card's maker, if the card was asked for it.
    pub attestation: Option<PogAttestation>,
}

/// The finding about a report that a card signed beside an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PogAttestation {
    /// Its name, as `verified` or `not_available`.
    pub verdict: String,
    /// Of a verified report: the serial number of the certificate that the card signs with, in hex.
    pub certificate_serial: Option<String>,
}

/// The protocol, and what a verifier found.
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all are of annals' own protocol, and one is read at a time"
)]
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum PogVerdict {
    /// annals' own.
    Own {
        /// What was asked.
        terms: PogTerms,
        /// Its name, as `passed` or `wrong_tile`.
        outcome: String,
        /// What exactly, in words.
        detail: Option<String>,
        /// The beacon that drew the openings, if it came to that.
        open_beacon: Option<PogBeacon>,
        /// By the validator's clock, if it came to an end.
        times: Option<PogTimes>,
        /// Lower bounds, if every tile that was looked at is right.
        figures: Option<PogFigures>,
    },
    /// Upstream's.
    Upstream {
        /// What was asked, as far as it is told.
        terms: UpstreamTerms,
        /// Its name: `passed`, `wrong_tile` or `bad_path`.
        outcome: String,
        /// What exactly, in words.
        detail: Option<String>,
    },
}

/// Nanoseconds since 1970 on one clock of the validator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct PogTimes {
    /// The challenge was sent.
    pub challenge_sent_ns: u64,
    /// The last root of the rounds was received.
    pub rounds_received_ns: u64,
    /// The secret for the sweeps was sent.
    pub sweep_sent_ns: u64,
    /// The last root of the sweeps was received.
    pub sweeps_received_ns: u64,
    /// The secret for the openings was sent.
    pub open_sent_ns: u64,
    /// The last opened tile was received.
    pub openings_received_ns: u64,
    /// The shortest round trip, 0 if none was measured.
    pub round_trip_min_ns: u64,
    /// The median round trip, 0 if none was measured.
    pub round_trip_median_ns: u64,
}

/// Lower bounds for everything that the miner's hotkey could reach meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct PogFigures {
    /// Of the formulas, which `gpu/PROTOCOL.md` gives.
    pub version: u16,
    /// Multiplications and additions of int8 a second.
    pub int8_ops_per_second: u64,
    /// Bytes that were in memory during the sweeps.
    pub resident_bytes: u64,
    /// Bytes a second that were read of them.
    pub bytes_per_second: u64,
}

impl Fact for PogAttempt {
    const KIND: Kind = Kind(0x0402);
    const NAME: &'static str = "pog_attempt";
    const SCHEMA: u16 = 1;
    const MEMORIES: Derived<Self, Memory> = Some(|_, event| remembered(event));
    const COVERED_TIMES: Derived<Self, CoveredTime> =
        Some(|attempt, event| attempt.covered(event).into_iter().collect());

    fn fields(&self) -> Value {
        object([
            ("worker", text_or_null(self.worker.as_ref())),
            ("verdict", self.verdict.field()),
            ("unchecked", texts(&self.unchecked)),
            ("verifier", text(&self.verifier)),
            ("reported", text_or_null(self.reported.as_ref())),
            ("attestation", or_null(self.attestation.as_ref(), PogAttestation::field)),
        ])
    }
}

/// Remembers each evidence by its digest: the same file again is nothing new, and two that claim one challenge are two.
fn remembered(event: &EventView<'_>) -> Vec<Memory> {
    let known = |digest| Known { digest: Some(digest), position: None, payload: None };
    let memory = |digest| Memory::of(PogAttempt::evidence_key(digest), known(digest));
    event.payload.map(memory).into_iter().collect()
}

impl PogAttempt {
    /// Returns the key under which the source remembers evidence with this digest.
    pub fn evidence_key(digest: Hash) -> String {
        format!("evidence {digest}")
    }

    /// Returns when a worker was asked that gave no answer which could be judged: of what a file tells, nothing was
    /// due.
    fn covered(&self, event: &EventView<'_>) -> Option<CoveredTime> {
        let worker = self.worker.as_ref()?;
        let PogVerdict::Own { outcome, detail, times, .. } = &self.verdict else { return None };
        let outcome = match outcome.as_str() {
            "timeout" | "unreachable" | "verifier_error" => "failed",
            "refused" | "skipped_allocated" => "refused",
            _ => "ok",
        };
        let asked_ms = times.map(|times| times.challenge_sent_ns / 1_000_000);
        Some(CoveredTime {
            scope: Some(worker.clone()),
            run_id: None,
            from_ms: asked_ms.and_then(|ms| i64::try_from(ms).ok()).unwrap_or(event.fetched_at_ms),
            to_ms: event.fetched_at_ms,
            outcome,
            detail: detail.clone(),
        })
    }
}

impl PogVerdict {
    /// The number of the protocol: 1 is upstream's.
    pub fn protocol(&self) -> u64 {
        match self {
            Self::Upstream { .. } => 1,
            Self::Own { .. } => 2,
        }
    }

    /// Its name, as `passed`.
    pub fn outcome(&self) -> &str {
        match self {
            Self::Own { outcome, .. } | Self::Upstream { outcome, .. } => outcome,
        }
    }

    /// What exactly, in words.
    pub fn detail(&self) -> Option<&str> {
        match self {
            Self::Own { detail, .. } | Self::Upstream { detail, .. } => detail.as_deref(),
        }
    }

    /// The address of the hotkey that asked, if that is told.
    pub fn validator(&self) -> Option<String> {
        match self {
            Self::Own { terms, .. } => Some(terms.validator.address()),
            Self::Upstream { terms, .. } => terms.validator.map(|account| account.address()),
        }
    }

    /// The address of the hotkey that was asked, if that is told: a worker that never said who it is has none.
    pub fn miner(&self) -> Option<String> {
        let miner = match self {
            Self::Own { terms, .. } => Some(terms.miner),
            Self::Upstream { terms, .. } => terms.miner,
        };
        miner.filter(|account| *account != Account([0; 32])).map(|account| account.address())
    }

    /// Rows and columns of a matrix; in upstream's protocol the miner's own word.
    pub fn size(&self) -> u64 {
        match self {
            Self::Own { terms, .. } => terms.size.size.into(),
            Self::Upstream { terms, .. } => terms.size,
        }
    }

    /// The terms of annals' own protocol.
    pub fn own_terms(&self) -> Option<&PogTerms> {
        match self {
            Self::Own { terms, .. } => Some(terms),
            Self::Upstream { .. } => None,
        }
    }

    /// The lower bounds that a right attempt proves.
    pub fn figures(&self) -> Option<PogFigures> {
        match self {
            Self::Own { figures, .. } => *figures,
            Self::Upstream { .. } => None,
        }
    }

    /// The times by the validator's clock.
    pub fn times(&self) -> Option<PogTimes> {
        match self {
            Self::Own { times, .. } => *times,
            Self::Upstream { .. } => None,
        }
    }

    fn field(&self) -> Value {
        match self {
            Self::Own { terms, outcome, detail, open_beacon, times, figures } => object([
                ("protocol", number(2)),
                ("terms", terms.field()),
                ("outcome", text(outcome)),
                ("detail", text_or_null(detail.as_ref())),
                ("open_beacon", or_null(*open_beacon, |beacon| beacon.field())),
                ("times", or_null(*times, PogTimes::field)),
                ("figures", or_null(*figures, PogFigures::field)),
            ]),
            Self::Upstream { terms, outcome, detail } => object([
                ("protocol", number(1)),
                ("terms", terms.field()),
                ("outcome", text(outcome)),
                ("detail", text_or_null(detail.as_ref())),
            ]),
        }
    }
}

impl PogAttestation {
    fn field(&self) -> Value {
        object([
            ("verdict", text(&self.verdict)),
            ("certificate_serial", text_or_null(self.certificate_serial.as_ref())),
        ])
    }
}

impl PogTimes {
    fn field(self) -> Value {
        object([
            ("challenge_sent_ns", number(self.challenge_sent_ns)),
            ("rounds_received_ns", number(self.rounds_received_ns)),
            ("sweep_sent_ns", number(self.sweep_sent_ns)),
            ("sweeps_received_ns", number(self.sweeps_received_ns)),
            ("open_sent_ns", number(self.open_sent_ns)),
            ("openings_received_ns", number(self.openings_received_ns)),
            ("round_trip_min_ns", number(self.round_trip_min_ns)),
            ("round_trip_median_ns", number(self.round_trip_median_ns)),
        ])
    }
}

impl PogFigures {
    fn field(self) -> Value {
        object([
            ("version", number(self.version.into())),
            ("int8_ops_per_second", number(self.int8_ops_per_second)),
            ("resident_bytes", number(self.resident_bytes)),
            ("bytes_per_second", number(self.bytes_per_second)),
        ])
    }
}
