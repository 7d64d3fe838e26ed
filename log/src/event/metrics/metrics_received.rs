//! `metrics_received`: samples that a neuron sent by itself, signed with its hotkey.

use bincode::{Decode, Encode};

use crate::event::json::Value;
use crate::event::json::fields::{bytes, digest, number, object, or_null, text, text_or_null};
use crate::event::{Account, Anomaly, Derived, EventView, Fact, Kind, Known, Memory};
use crate::hash::Hash;

/// A request of Prometheus' remote write 1.0 that the proxy of a subnet's owner would take
/// (`vadimber-reef/bittensor-prometheus-proxy`, `proxy_auth.py` and `views/prometheus.py`): the hotkey signs the
/// compressed body, and every series has a label `hotkey` with its address. The native id is the address, as it was
/// told. The compressed body is attached where the signature is right.
///
/// The signature has neither time nor number in it, so whoever has seen a request can send it again.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct MetricsReceived {
    /// The hotkey, if what was told is an address.
    pub hotkey: Option<Account>,
    /// The header `Bittensor-Netuid`, if it is a number.
    pub netuid: Option<u16>,
    /// The header `Bittensor-Signature`, if it is the hex of one.
    pub signature: Option<[u8; 64]>,
    /// SHA-256 of the compressed body.
    pub body_sha256: [u8; 32],
    /// Its length.
    pub body_bytes: u64,
    /// The address that it came from, without the port.
    pub peer: Option<String>,
    /// The verdict.
    pub verdict: ReceivedVerdict,
}

/// The verdict on a request.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum ReceivedVerdict {
    /// All of it is right.
    Right {
        /// Series in it.
        series: u64,
        /// Samples in them.
        samples: u64,
    },
    /// A header is missing, or is not what it has to be.
    BadHeader {
        /// Its name.
        name: String,
    },
    /// It is for another subnet than the log is of.
    OtherNetuid,
    /// The hotkey has no neuron on the subnet, as the log's tables have it.
    NoNeuron,
    /// The hotkey did not sign these bytes.
    BadSignature,
    /// The hotkey signed something that is no request of remote write, or is over a limit.
    Undecodable {
        /// In words.
        why: String,
    },
    /// The hotkey signed a series whose label `hotkey` is another, or that has none.
    OtherHotkey {
        /// The first such series, by its metric's name.
        metric: String,
    },
}

impl Fact for MetricsReceived {
    const KIND: Kind = Kind(0x0302);
    const NAME: &'static str = "metrics_received";
    const SCHEMA: u16 = 1;
    const MEMORIES: Derived<Self, Memory> =
        Some(|received, event| received.remembered(event).into_iter().collect());
    const ANOMALIES: Derived<Self, Anomaly> = Some(|received, _| received.anomaly().into_iter().collect());

    fn fields(&self) -> Value {
        let counts = self.verdict.counts();
        object([
            ("hotkey", or_null(self.hotkey, |hotkey| text(&hotkey.address()))),
            ("netuid", or_null(self.netuid, |netuid| number(netuid.into()))),
            ("signature", or_null(self.signature, |signature| bytes(&signature))),
            ("body_sha256", digest(self.body_sha256)),
            ("body_bytes", number(self.body_bytes)),
            ("peer", text_or_null(self.peer.as_ref())),
            ("verdict", text(self.verdict.name())),
            ("detail", text_or_null(self.verdict.detail().as_ref())),
            ("series", or_null(counts, |(series, _)| number(series))),
            ("samples", or_null(counts, |(_, samples)| number(samples))),
        ])
    }
}

impl MetricsReceived {
    /// Remembers the last request that a hotkey signed: the same one again is nothing new.
    fn remembered(&self, event: &EventView<'_>) -> Option<Memory> {
        let known = Known { digest: Some(Hash(self.body_sha256)), position: None, payload: None };
        self.verdict.keeps_body().then(|| Memory::of(event.native_id, known))
    }

    /// Says what is wrong with a request that was refused.
    fn anomaly(&self) -> Option<Anomaly> {
        if self.verdict.counts().is_some() {
            return None;
        }
        let hotkey =
            self.hotkey.map_or_else(|| "no hotkey that can be read".to_owned(), |hotkey| hotkey.address());
        let detail = self.verdict.detail().map(|detail| format!(": {detail}")).unwrap_or_default();
        let what = format!("metrics in the name of {hotkey} were refused ({}){detail}", self.verdict.name());
        Some(Anomaly::new("metrics_refused", "", what))
    }
}

impl ReceivedVerdict {
    /// Its name, as `bad_signature`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Right { .. } => "right",
            Self::BadHeader { .. } => "bad_header",
            Self::OtherNetuid => "other_netuid",
            Self::NoNeuron => "no_neuron",
            Self::BadSignature => "bad_signature",
            Self::Undecodable { .. } => "undecodable",
            Self::OtherHotkey { .. } => "other_hotkey",
        }
    }

    /// Returns the particulars in words, where there are any.
    pub fn detail(&self) -> Option<String> {
        match self {
            Self::BadHeader { name } => Some(format!("the header {name} is missing or malformed")),
            Self::Undecodable { why } => Some(why.clone()),
            Self::OtherHotkey { metric } => Some(format!("the label `hotkey` of {metric} is not the signer")),
            Self::Right { .. } | Self::OtherNetuid | Self::NoNeuron | Self::BadSignature => None,
        }
    }

    /// How many series and samples came, where all is right.
    pub fn counts(&self) -> Option<(u64, u64)> {
        match self {
            Self::Right { series, samples } => Some((*series, *samples)),
            _ => None,
        }
    }

    /// Whether the body is kept: where its hotkey signed it, it is evidence, right or wrong.
    pub fn keeps_body(&self) -> bool {
        matches!(self, Self::Right { .. } | Self::Undecodable { .. } | Self::OtherHotkey { .. })
    }
}
