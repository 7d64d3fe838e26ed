//! Attempts in the log, in words.

use annals_gpu::attestation::Evidence;
use annals_log::{Body, Envelope, Fact as _, LogIndex, PogAttempt, PogVerdict, Reader};

use crate::failure::Failure;

/// An attempt, and where it is.
pub(super) struct Told {
    pub(super) index: LogIndex,
    pub(super) attempt: PogAttempt,
    /// The transcript or the answers, if there are any.
    pub(super) evidence: Option<Vec<u8>>,
    /// The report and the certificates of a card that attested.
    pub(super) attested: Option<Evidence>,
}

impl Told {
    /// Reads entry `index`; `None` for one that is no attempt.
    pub(super) fn at(reader: &mut Reader, index: LogIndex) -> Result<Option<Self>, Failure> {
        let entry = reader.entry(index)?;
        let odd = || Failure::Finding(format!("entry {index} cannot be read by this annals"));
        let envelope = Envelope::decode(&entry).map_err(|_| odd())?;
        if envelope.kind != PogAttempt::KIND {
            return Ok(None);
        }
        let body = match envelope.body {
            Body::Inline(body) => body.to_vec(),
            Body::Detached(payload) => reader.payload(index, payload)?,
        };
        let attempt = PogAttempt::read(envelope.schema, &body).ok_or_else(odd)?;
        let mut attached = Vec::new();
        for payload in &envelope.attached {
            attached.push(reader.payload(index, *payload)?);
        }
        let evidence = attached.pop();
        let attested = <[Vec<u8>; 2]>::try_from(attached).ok();
        let attested = attested.map(|[report, chain]| Evidence { report, chain });
        Ok(Some(Self { index, attempt, evidence, attested }))
    }

    /// A line for people.
    pub(super) fn line(&self) -> String {
        let verdict = &self.attempt.verdict;
        let of = match verdict {
            PogVerdict::Own { terms, .. } => format!("{} of {}", terms.gpu, terms.miner.address()),
            PogVerdict::Upstream { terms, .. } => format!("{} GPUs, upstream's protocol", terms.gpus),
        };
        // What a transcript shows says the outcome first; the reasons of others stand behind it.
        let (outcome, detail) = (verdict.outcome(), verdict.detail());
        let what = match detail {
            Some(detail) if detail.starts_with(outcome) => detail.to_owned(),
            Some(detail) => format!("{outcome}, {detail}"),
            None => outcome.to_owned(),
        };
        let proven = verdict.figures().map(|figures| {
            let tops = figures.int8_ops_per_second as f64 / 1e12;
            format!(", at least {tops:.6} TOPS of int8 and {} bytes in memory", figures.resident_bytes)
        });
        format!("{}: {of}: {what}{}", self.index, proven.unwrap_or_default())
    }
}
