//! `policy_set`: what upstream hard-codes or asks the chain for, as far as a replay of the tables depends on it.

use bincode::{Decode, Encode};

use super::json::Value;
use super::json::fields::{float, list, number, object, or_null, text, text_or_null, texts};
use super::{Derived, Fact, Kind, Memory};
use crate::codec;
use crate::hash::Hash;

/// A policy, valid from its entry on. The native id is empty.
///
/// Floats are finite; the lists are in the order they were given.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct Policy {
    /// Runs of other subnets do not count (`config.config.netuid`).
    pub netuid: u16,
    /// Whose rules.
    pub upstream: Upstream,
    /// Upstream's `flag`: whether only runs of valid validators count, or those of anybody who signed them.
    pub flag: bool,
    /// Whose runs are valid.
    pub validators: Validators,
    /// Which uids upstream would query, with the hotkey of their axons; `None` while nobody said.
    pub queryable: Option<Vec<QueryableUid>>,
    /// Hotkeys that are never queried.
    pub blacklisted_hotkeys: Vec<String>,
    /// The one validator whose signed checklist zeroes scores.
    pub checklist_hotkey: String,
    /// The run whose checklist is listed, signed or not.
    pub checklist_run: String,
    /// Score of a GPU by its name, as `calc_score_pog` weighs it.
    pub gpu_scores: Vec<(String, f64)>,
}

/// `gpu_performance` in `config.yaml` of v1.9.0.
const GPU_SCORES_V1_9_0: [(&str, f64); 18] = [
    ("NVIDIA B200", 5.0),
    ("NVIDIA H200", 4.0),
    ("NVIDIA H100 80GB HBM3", 3.3),
    ("NVIDIA H100", 2.8),
    ("NVIDIA A100-SXM4-80GB", 1.9),
    ("NVIDIA A100 80GB PCIe", 1.7),
    ("NVIDIA A100-SXM4-40GB", 1.3),
    ("NVIDIA GeForce RTX 5090", 0.92),
    ("NVIDIA L40s", 0.9),
    ("NVIDIA RTX 6000 Ada Generation", 0.83),
    ("NVIDIA L40", 1.0),
    ("NVIDIA RTX A6000", 0.75),
    ("NVIDIA RTX 4090", 0.68),
    ("NVIDIA A40", 0.0),
    ("NVIDIA GeForce RTX 3090", 0.0),
    ("NVIDIA L4", 0.0),
    ("NVIDIA RTX A5000", 0.26),
    ("NVIDIA RTX A4500", 0.0),
];

/// A version of upstream whose behaviour is reproduced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Upstream {
    /// `neuralinternet/compute-subnet`, 303b31e.
    V1_8_3,
    /// `neuralinternet/ni-compute`, 4595ebf.
    V1_9_0,
}

/// Whose runs count.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub enum Validators {
    /// Those that the recorded chain shows above the permit stake, in TAO.
    Chain {
        /// More than this, as a float of TAO, as upstream compares it.
        permit_stake_tao: f64,
    },
    /// These hotkeys, compared as texts.
    Declared(Vec<String>),
}

/// A uid that upstream would query.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct QueryableUid {
    /// On the subnet.
    pub uid: u16,
    /// `axon.hotkey`; may be missing or empty.
    pub hotkey: Option<String>,
}

impl Fact for Policy {
    const KIND: Kind = Kind(0x0601);
    const NAME: &'static str = "policy_set";
    const SCHEMA: u16 = 1;
    const MEMORIES: Derived<Self, Memory> = None;

    fn fields(&self) -> Value {
        let uid = |uid: &QueryableUid| {
            object([("uid", number(uid.uid.into())), ("hotkey", text_or_null(uid.hotkey.as_ref()))])
        };
        // Pairs and no object: a list says a name twice, and in which order.
        let score = |(name, score): &(String, f64)| Value::List(vec![text(name), float(*score)]);
        object([
            ("netuid", number(self.netuid.into())),
            ("upstream", text(self.upstream.as_str())),
            ("flag", Value::Bool(self.flag)),
            ("validators", self.validators.field()),
            ("queryable", or_null(self.queryable.as_ref(), |uids| list(uids, uid))),
            ("blacklisted_hotkeys", texts(&self.blacklisted_hotkeys)),
            ("checklist_hotkey", text(&self.checklist_hotkey)),
            ("checklist_run", text(&self.checklist_run)),
            ("gpu_scores", list(&self.gpu_scores, score)),
        ])
    }
}

impl Validators {
    fn field(&self) -> Value {
        match self {
            Self::Chain { permit_stake_tao } => {
                object([("chain", object([("permit_stake_tao", float(*permit_stake_tao))]))])
            }
            Self::Declared(hotkeys) => object([("declared", texts(hotkeys))]),
        }
    }
}

impl Policy {
    /// What upstream v1.9.0 hard-codes, with the validators of the chain. It holds until a policy is set.
    pub fn of_upstream(netuid: u16) -> Self {
        Self {
            netuid,
            upstream: Upstream::V1_9_0,
            flag: true,
            validators: Validators::Chain { permit_stake_tao: 1.0e4 },
            queryable: None,
            blacklisted_hotkeys: Vec::new(),
            checklist_hotkey: "5GmvyePN9aYErXBBhBnxZKGoGk4LKZApE4NkaSzW62CYCYNA".to_owned(),
            checklist_run: "0djlnjjs".to_owned(),
            gpu_scores: GPU_SCORES_V1_9_0.iter().map(|&(name, score)| (name.to_owned(), score)).collect(),
        }
    }

    /// SHA-256 of its bytes: two policies are the same if this is.
    pub fn digest(&self) -> Hash {
        Hash::of(&codec::encode(self))
    }
}

impl Upstream {
    /// As policies name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1_8_3 => "1.8.3",
            Self::V1_9_0 => "1.9.0",
        }
    }
}
