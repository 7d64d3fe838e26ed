//! An attempt of upstream's protocol as a JSON text that can be checked again.

use annals_log::{Account, Hash};
use serde::Deserialize;
use thiserror::Error;

use super::responses::{Finding, Response, check_response, responses_pass};
use super::tree::Sibling;

/// A text that is longer is not parsed.
const EVIDENCE_BYTES_MAX: usize = 16 << 20;
/// Upstream's largest matrices, for 137 GB, have 41,440 rows.
const SIZE_MAX: u64 = 1 << 17;
/// More GPUs than any host has.
const GPUS_MAX: usize = 64;
/// A tree over `SIZE_MAX` rows is 17 levels high; upstream takes a path of any length, which this much of it suffices
/// to show.
const PROOF_LENGTH_MAX: usize = 64;

/// The answers of all GPUs of one attempt, and the size that upstream took from the miner.
#[derive(Debug, Clone, PartialEq)]
pub struct AttemptEvidence {
    /// The size of the matrices, in the miner's own words.
    pub n: u64,
    /// One answer a GPU.
    pub responses: Vec<Response>,
    /// The hotkey that asked, if that is told.
    pub validator: Option<Account>,
    /// The hotkey that was asked, if that is told.
    pub miner: Option<Account>,
}

/// How an attempt of upstream's protocol ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamOutcome {
    /// `passed`, `wrong_tile` or `bad_path`.
    pub name: &'static str,
    /// Which GPUs did not pass, and why; an attempt may pass without some of them.
    pub detail: Option<String>,
}

/// Why a text is no attempt.
#[derive(Debug, Error)]
pub enum EvidenceError {
    /// It is longer than any attempt.
    #[error("{bytes} bytes, at most {EVIDENCE_BYTES_MAX} are read")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// It is no JSON, or a field is missing, unknown or of another type.
    #[error("no attempt of upstream's protocol")]
    Json(#[from] serde_json::Error),
    /// A field has a value that no attempt has.
    #[error("{field} of GPU {gpu}: {why}")]
    Gpu {
        /// The place of the GPU in the list.
        gpu: usize,
        /// The name of the field.
        field: &'static str,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The size is 0 or larger than any.
    #[error("n is {n}, it is from 1 to {SIZE_MAX}")]
    Size {
        /// What was told.
        n: u64,
    },
    /// A hotkey is no address.
    #[error("{field} is no SS58 address of a hotkey")]
    Address {
        /// The name of the field.
        field: &'static str,
    },
    /// There are none or more than any host has.
    #[error("{gpus} GPUs, there are from 1 to {GPUS_MAX}")]
    Gpus {
        /// How many there are.
        gpus: usize,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AttemptText {
    n: u64,
    gpus: Vec<GpuText>,
    validator: Option<String>,
    miner: Option<String>,
}

/// Seeds are decimal texts: many readers of JSON lose the last digits of a u64.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GpuText {
    seed_a: String,
    seed_b: String,
    root: String,
    index: (u64, u64),
    row_f32_hex: String,
    proof: Vec<String>,
}

impl AttemptEvidence {
    /// Reads `{"n", "gpus": [{"seed_a", "seed_b", "root", "index": [i, j], "row_f32_hex", "proof": [..]}]}`, and beside
    /// them `"validator"` and `"miner"`, the addresses of hotkeys, if they are there.
    ///
    /// # Errors
    /// The field that is wrong. Memory and time are bounded by the length of the text.
    pub fn parse(text: &str) -> Result<Self, EvidenceError> {
        if text.len() > EVIDENCE_BYTES_MAX {
            return Err(EvidenceError::TooLong { bytes: text.len() });
        }
        let attempt: AttemptText = serde_json::from_str(text)?;
        let (n, gpus) = (attempt.n, attempt.gpus.len());
        if !(1..=SIZE_MAX).contains(&n) {
            return Err(EvidenceError::Size { n });
        }
        if !(1..=GPUS_MAX).contains(&gpus) {
            return Err(EvidenceError::Gpus { gpus });
        }
        let validator = account("validator", attempt.validator.as_deref())?;
        let miner = account("miner", attempt.miner.as_deref())?;
        let mut responses = Vec::with_capacity(gpus);
        for (gpu, told) in attempt.gpus.iter().enumerate() {
            let wrong = |(field, why)| EvidenceError::Gpu { gpu, field, why };
            responses.push(response(told, n).map_err(wrong)?);
        }
        Ok(Self { n, responses, validator, miner })
    }

    /// Returns how the attempt ends, in the words of [`crate::Outcome`].
    pub fn outcome(&self) -> UpstreamOutcome {
        let (findings, passes) = self.check();
        let words = |finding: &Finding| match finding {
            Finding::Passed => None,
            Finding::WrongValue => Some("another element"),
            Finding::WrongProof => Some("its row does not lead to the root"),
            Finding::ShortRow => Some("its row is too short"),
        };
        let wrong = findings.iter().enumerate();
        let wrong = wrong.filter_map(|(gpu, finding)| Some(format!("GPU {gpu}: {}", words(finding)?)));
        let wrong = wrong.collect::<Vec<_>>().join("; ");
        let name = match findings.iter().find(|finding| **finding != Finding::Passed) {
            _ if passes => "passed",
            Some(Finding::WrongProof) => "bad_path",
            _ => "wrong_tile",
        };
        UpstreamOutcome { name, detail: (!wrong.is_empty()).then_some(wrong) }
    }

    /// Checks every GPU as upstream does, and returns what was found of each and whether the attempt passes.
    pub fn check(&self) -> (Vec<Finding>, bool) {
        let findings: Vec<_> =
            self.responses.iter().map(|response| check_response(response, self.n)).collect();
        let pass = responses_pass(&findings);
        (findings, pass)
    }
}

fn response(told: &GpuText, n: u64) -> Result<Response, (&'static str, &'static str)> {
    let (i, j) = told.index;
    if i >= n || j >= n {
        return Err(("index", "not inside of the matrix"));
    }
    if told.proof.len() > PROOF_LENGTH_MAX {
        return Err(("proof", "longer than that of any tree"));
    }
    let row = hex::decode(&told.row_f32_hex).map_err(|_| ("row_f32_hex", "no hex"))?;
    let (elements, rest) = row.as_chunks();
    if !rest.is_empty() || elements.len() as u64 > n {
        return Err(("row_f32_hex", "not at most n elements of four bytes"));
    }
    let mut proof = Vec::with_capacity(told.proof.len());
    for sibling in &told.proof {
        // Shorter ones are those that upstream's script has cut.
        let bytes = hex::decode(sibling).ok().filter(|bytes| bytes.len() <= 32);
        proof.push(Sibling(bytes.ok_or(("proof", "no digest in hex"))?));
    }
    Ok(Response {
        seed_a: told.seed_a.parse().map_err(|_| ("seed_a", "no u64"))?,
        seed_b: told.seed_b.parse().map_err(|_| ("seed_b", "no u64"))?,
        root: Hash::from_hex(&told.root).ok_or(("root", "no SHA-256 in hex"))?,
        index: told.index,
        row: elements.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
        proof,
    })
}

fn account(field: &'static str, address: Option<&str>) -> Result<Option<Account>, EvidenceError> {
    let Some(address) = address else { return Ok(None) };
    let (account, _) = Account::of_address(address).ok_or(EvidenceError::Address { field })?;
    Ok(Some(account))
}
