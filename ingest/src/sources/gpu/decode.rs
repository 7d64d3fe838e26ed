//! Exchanges to events: whatever comes with a transcript is verified here.

use std::collections::BTreeMap;

use annals_gpu::attestation::{Attestation, Evidence, NVIDIA_ROOT, Verdict};
use annals_gpu::upstream::{AttemptEvidence, UpstreamOutcome};
use annals_gpu::{
    Beacon, BeaconKind, CHALLENGE_BYTES, Challenge, FIGURES_VERSION, Figures, NoBeacons,
    Outcome as PogOutcome, Parameters, Times, Transcript, Unchecked,
};
use annals_log::{
    Event, Hash, Payload, PogAttempt, PogAttestation, PogBeacon, PogBeaconKind, PogFigures, PogRoots,
    PogSize, PogTerms, PogTimes, PogVerdict, SourceMemory, UpstreamTerms,
};

use super::exchange::{ABOUT, ATTEST, CHALLENGE, Ended, FOUND, OPEN, READ, is_found};
use super::{Gpus, Told, inventory};
use crate::raw::{Answer, Exchange, Outcome, Raw};
use crate::source::{Source as _, SourceError};

/// The program that verifies.
const VERIFIER: &str = concat!("annals ", env!("CARGO_PKG_VERSION"));

/// Returns the events of a part of a poll. `told` goes from the first part to the second.
///
/// # Errors
/// `UnknownRequest`; `Unfit` for a file that holds no attempt.
pub(super) fn events_of(
    raw: &Raw,
    told: &mut Told,
    memory: &SourceMemory,
) -> Result<Vec<Event>, SourceError> {
    let mut events = Vec::new();
    let mut attested = BTreeMap::new();
    for exchange in &raw.exchanges {
        let (worker, body) = (&exchange.request.target, exchange.request.body.as_str());
        let method = exchange.request.method.as_str();
        if method == ABOUT {
            if let Some(text) = found(exchange).and_then(|text| std::str::from_utf8(text).ok()) {
                events.extend(inventory::events_of(worker, text, exchange.fetched_at_ms, memory));
                told.insert(worker.clone(), text.to_owned());
            }
            continue;
        }
        let evidence = attested.get(body).copied();
        let taken = Taken { exchange, more: raw.more, told, memory, attested: evidence };
        match method {
            CHALLENGE => events.push(taken.roots()?),
            ATTEST => drop(attested.insert(body, found(exchange).unwrap_or_default())),
            OPEN => events.push(taken.opened()?),
            READ => events.extend(taken.file()?),
            other => return Err(unknown(other)),
        }
    }
    Ok(events)
}

/// Returns what was asked for, if it came.
fn found(exchange: &Exchange) -> Option<&[u8]> {
    exchange.outcome.body().filter(|_| is_found(exchange))
}

/// An exchange, and what is known beside it.
struct Taken<'a> {
    exchange: &'a Exchange,
    /// The openings follow.
    more: bool,
    told: &'a Told,
    memory: &'a SourceMemory,
    /// What the card attested, empty if nothing; `None` where it was not asked.
    attested: Option<&'a [u8]>,
}

impl Taken<'_> {
    fn answer(&self) -> Result<&Answer, Ended> {
        match &self.exchange.outcome {
            Outcome::Answer(answer) => Ok(answer),
            Outcome::Failed(why) => Err(Ended::new(PogOutcome::VerifierError, why.as_str())),
        }
    }

    /// The roots of an attempt that goes on; or how it ended.
    fn roots(&self) -> Result<Event, SourceError> {
        let challenge = self.challenge()?;
        let answer = match self.answer() {
            Ok(answer) if answer.status == FOUND => answer,
            Ok(answer) => return Ok(self.ended(&challenge, &Ended::of(answer))),
            Err(ended) => return Ok(self.ended(&challenge, &ended)),
        };
        if !self.more {
            return Err(unknown("roots of an attempt that does not go on"));
        }
        let worker = self.exchange.request.target.clone();
        let roots = PogRoots { worker, terms: terms_of(&challenge) };
        let event = Event::new(Gpus::NAME, &seed_of(&challenge), self.exchange.fetched_at_ms, &roots);
        Ok(Event { attached: vec![answer.body.clone().into()], ..event })
    }

    /// The end of an attempt whose roots are in the log.
    fn opened(&self) -> Result<Event, SourceError> {
        let challenge = self.challenge()?;
        let bytes = match self.answer() {
            Ok(answer) if answer.status == FOUND => &answer.body,
            Ok(answer) => return Ok(self.ended(&challenge, &Ended::of(answer))),
            Err(ended) => return Ok(self.ended(&challenge, &ended)),
        };
        let found = Transcript::verify_bytes(bytes, Some(&challenge), &NoBeacons);
        // The beacons came out of this log, and it has had the roots since before the later one.
        let unchecked = found.unchecked.into_iter().filter(|unchecked| *unchecked == Unchecked::Clock);
        let transcript = Transcript::from_bytes(bytes).ok();
        let verdict = own_verdict(&challenge, transcript.as_ref(), found.outcome);
        let (attestation, evidence) = match (self.attested, &transcript) {
            (Some(attested), Some(transcript)) => attestation_of(attested, transcript),
            _ => (None, Vec::new()),
        };
        let mut event = self.attempt(&challenge, verdict, unchecked.collect(), attestation, Some(bytes));
        event.attached.splice(0..0, evidence);
        Ok(event)
    }

    /// The attempt in a file; none if the log has it.
    fn file(&self) -> Result<Option<Event>, SourceError> {
        let bytes = found(self.exchange).ok_or_else(|| unknown("a file that was not read"))?;
        if self.memory.known(&PogAttempt::evidence_key(Hash::of(bytes))).is_some() {
            return Ok(None);
        }
        if !Transcript::is_begun_by(bytes) {
            return self.upstream_file(bytes).map(Some);
        }
        let transcript = Transcript::from_bytes(bytes).map_err(|error| SourceError::Unfit(error.into()))?;
        let found = transcript.verify(None, &NoBeacons);
        let verdict = own_verdict(&transcript.challenge, Some(&transcript), found.outcome);
        let event = self.attempt(&transcript.challenge, verdict, found.unchecked, None, Some(bytes));
        Ok(Some(event))
    }

    fn upstream_file(&self, bytes: &[u8]) -> Result<Event, SourceError> {
        let text = std::str::from_utf8(bytes).map_err(|error| SourceError::Unfit(error.into()))?;
        let evidence = AttemptEvidence::parse(text).map_err(|error| SourceError::Unfit(error.into()))?;
        let UpstreamOutcome { name, detail } = evidence.outcome();
        let terms = UpstreamTerms {
            validator: evidence.validator,
            miner: evidence.miner,
            size: evidence.n,
            gpus: u32::try_from(evidence.responses.len()).unwrap_or(u32::MAX),
        };
        let attempt = PogAttempt {
            worker: None,
            verdict: PogVerdict::Upstream { terms, outcome: name.to_owned(), detail },
            unchecked: vec!["clock".to_owned()],
            verifier: VERIFIER.to_owned(),
            reported: None,
            attestation: None,
        };
        let native_id = Hash::of(bytes).to_string();
        let event = Event::new(Gpus::NAME, &native_id, self.exchange.fetched_at_ms, &attempt);
        Ok(Event { attached: vec![bytes.to_vec().into()], ..event })
    }

    /// The challenge that an exchange asks.
    fn challenge(&self) -> Result<Challenge, SourceError> {
        let body = &self.exchange.request.body;
        let bytes = hex::decode(body).map_err(|_| unknown(body))?;
        let challenge = bytes.get(..CHALLENGE_BYTES).ok_or_else(|| unknown(body))?;
        Challenge::from_bytes(challenge).map_err(|error| SourceError::Unfit(error.into()))
    }

    /// An attempt that came to no transcript.
    fn ended(&self, challenge: &Challenge, ended: &Ended) -> Event {
        let verdict = PogVerdict::Own {
            terms: terms_of(challenge),
            outcome: ended.outcome.name().to_owned(),
            detail: Some(ended.why.clone()),
            open_beacon: None,
            times: None,
            figures: None,
        };
        self.attempt(challenge, verdict, Vec::new(), None, None)
    }

    fn attempt(
        &self,
        challenge: &Challenge,
        verdict: PogVerdict,
        unchecked: Vec<Unchecked>,
        attestation: Option<PogAttestation>,
        evidence: Option<&[u8]>,
    ) -> Event {
        let worker = &self.exchange.request.target;
        let is_file = self.exchange.request.method == READ;
        let sent_ns = verdict.times().map(|times| times.challenge_sent_ns);
        let attempt = PogAttempt {
            worker: (!is_file).then(|| worker.clone()),
            verdict,
            unchecked: unchecked.into_iter().map(name_of).collect(),
            verifier: VERIFIER.to_owned(),
            reported: self.told.get(worker).cloned(),
            attestation,
        };
        let event = Event::new(Gpus::NAME, &seed_of(challenge), self.exchange.fetched_at_ms, &attempt);
        Event {
            observed_at_ms: sent_ns.and_then(|ns| i64::try_from(ns / 1_000_000).ok()),
            attached: evidence.map(|bytes| Payload::from(bytes.to_vec())).into_iter().collect(),
            ..event
        }
    }
}

/// Returns the finding about a card's evidence, and the report and the certificates, if there are any.
fn attestation_of(attested: &[u8], transcript: &Transcript) -> (Option<PogAttestation>, Vec<Payload>) {
    let (attestation, payloads) = if attested.is_empty() {
        (Attestation::NotAvailable, Vec::new())
    } else {
        let evidence = Evidence::from_bytes(attested);
        let payloads = vec![evidence.report.clone().into(), evidence.chain.clone().into()];
        (Attestation::Report(evidence), payloads)
    };
    let verdict = attestation.verify_beside(transcript, &NVIDIA_ROOT);
    let certificate_serial = match &verdict {
        Verdict::Verified(attested) => Some(attested.certificate_serial.clone()),
        _ => None,
    };
    let found = PogAttestation { verdict: verdict.name().to_owned(), certificate_serial };
    (Some(found), payloads)
}

fn own_verdict(challenge: &Challenge, transcript: Option<&Transcript>, outcome: PogOutcome) -> PogVerdict {
    let detail = outcome.to_string();
    let kind = challenge.beacon_kind;
    PogVerdict::Own {
        terms: terms_of(challenge),
        outcome: outcome.name().to_owned(),
        detail: (detail != outcome.name()).then_some(detail),
        open_beacon: transcript.map(|transcript| beacon_of(kind, &transcript.open_beacon)),
        times: transcript.map(|transcript| times_of(&transcript.times)),
        figures: transcript
            .filter(|_| outcome.is_right())
            .map(|transcript| figures_of(&challenge.parameters, &transcript.times)),
    }
}

fn seed_of(challenge: &Challenge) -> String {
    challenge.seed().0.to_string()
}

fn terms_of(challenge: &Challenge) -> PogTerms {
    let numbers = &challenge.parameters;
    PogTerms {
        netuid: challenge.netuid,
        validator: challenge.validator,
        miner: challenge.miner,
        gpu: challenge.gpu.to_string(),
        beacon: beacon_of(challenge.beacon_kind, &challenge.beacon),
        size: PogSize {
            size: numbers.size,
            rounds: numbers.rounds,
            kept_rounds: numbers.kept_rounds,
            sweeps: numbers.sweeps,
            round_openings: numbers.round_openings,
            sweep_openings: numbers.sweep_openings,
            rounds_ms_max: numbers.rounds_ms_max,
            sweeps_ms_max: numbers.sweeps_ms_max,
        },
    }
}

fn beacon_of(kind: BeaconKind, beacon: &Beacon) -> PogBeacon {
    let kind = match kind {
        BeaconKind::Chain => PogBeaconKind::Chain,
        BeaconKind::Log => PogBeaconKind::Log,
    };
    PogBeacon { kind, number: beacon.number, hash: beacon.hash.0 }
}

fn times_of(times: &Times) -> PogTimes {
    PogTimes {
        challenge_sent_ns: times.challenge_sent_ns,
        rounds_received_ns: times.rounds_received_ns,
        sweep_sent_ns: times.sweep_sent_ns,
        sweeps_received_ns: times.sweeps_received_ns,
        open_sent_ns: times.open_sent_ns,
        openings_received_ns: times.openings_received_ns,
        round_trip_min_ns: times.round_trip_min_ns,
        round_trip_median_ns: times.round_trip_median_ns,
    }
}

fn figures_of(numbers: &Parameters, times: &Times) -> PogFigures {
    let Figures { int8_ops_per_second, resident_bytes, bytes_per_second } = Figures::of(numbers, times);
    PogFigures { version: FIGURES_VERSION, int8_ops_per_second, resident_bytes, bytes_per_second }
}

fn name_of(unchecked: Unchecked) -> String {
    match unchecked {
        Unchecked::Clock => "clock".to_owned(),
        Unchecked::Anchor => "anchor".to_owned(),
        Unchecked::Beacon(number) => format!("beacon {number}"),
    }
}

fn unknown(request: &str) -> SourceError {
    SourceError::UnknownRequest { source_name: Gpus::NAME, request: request.to_owned() }
}
