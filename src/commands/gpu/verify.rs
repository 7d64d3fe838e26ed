//! `annals gpu verify`: verify an attempt again, from its evidence alone.

use std::io::Write as _;
use std::path::Path;

use annals_gpu::attestation::{Attestation, NVIDIA_ROOT};
use annals_gpu::upstream::AttemptEvidence;
use annals_gpu::{FIGURES_VERSION, Figures, NoBeacons, Transcript, Unchecked, Verification};
use annals_log::{Fact as _, LogIndex, PogAttempt, Reader};

use super::attempt_told::Told;
use super::log_beacons::LogBeacons;
use crate::failure::Failure;
use crate::reading;
use crate::settings::Settings;
use crate::tables::Tables;
use crate::terminal;

/// More bytes than any evidence has.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// Verify an attempt again: every opened tile is computed anew, from the evidence alone.
///
/// Of an attempt in the log its beacons are compared with what the log has, and whether the miner's roots were in the
/// log before the later one. What can't be verified afterwards is said: always the clock, which is the validator's
/// word.
///
/// Exit code 1: the attempt did not pass, or is not what the log says of it.
#[derive(clap::Args)]
pub(crate) struct Verify {
    /// The log index of an attempt, or a file with a transcript or with the answers of upstream's protocol
    #[arg(value_name = "INDEX|FILE", required_unless_present = "last", conflicts_with = "last")]
    attempt: Option<String>,
    /// The last attempt in the log
    #[arg(long)]
    last: bool,
}

/// A verifier's finding, in either protocol.
struct Found {
    outcome: String,
    detail: String,
    lines: Vec<String>,
}

impl Verify {
    pub(crate) fn run(self, settings: &Settings) -> Result<(), Failure> {
        let index = match &self.attempt {
            None => last(settings)?,
            Some(text) => match text.parse() {
                Ok(index) => LogIndex(index),
                Err(_) => return of_file(Path::new(text)),
            },
        };
        let mut reader = reading::open(&settings.data)?;
        // A single entry says nothing of whether it is the one that was signed.
        reader.hold_to_root()?;
        let no_attempt =
            || Failure::Usage(format!("entry {index} is no attempt: `select log_index from pog_attempts`"));
        let told = Told::at(&mut reader, index)?.ok_or_else(no_attempt)?;
        writeln!(terminal::out(), "recorded  {}", told.line())?;
        let Some(evidence) = &told.evidence else {
            let outcome = told.attempt.verdict.outcome();
            let why = format!("entry {index} has no evidence, for the attempt came to none: {outcome}");
            return Err(Failure::Unavailable(why));
        };
        let found = if told.attempt.verdict.protocol() == 1 {
            of_upstream(evidence)?
        } else {
            of_log(&told, evidence, settings, &mut reader)?
        };
        found.write()?;
        let recorded = told.attempt.verdict.outcome();
        if found.outcome != recorded {
            return Err(Failure::Finding(format!("the log says {recorded}, and it is {}", found.outcome)));
        }
        found.passed()
    }
}

fn last(settings: &Settings) -> Result<LogIndex, Failure> {
    let (_, mut tables) = Tables::now(&settings.data)?;
    let span = tables.projections.snapshot().register.span_of(&[PogAttempt::KIND]);
    let none = || Failure::Usage("the log has no attempt: `annals gpu challenge` makes one".to_owned());
    Ok(LogIndex(span.ok_or_else(none)?.last))
}

fn of_file(path: &Path) -> Result<(), Failure> {
    let unread = |error| Failure::input(path, &error);
    let file = std::fs::File::open(path).map_err(unread)?;
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut std::io::Read::take(file, FILE_BYTES_MAX), &mut bytes).map_err(unread)?;
    let found = if Transcript::is_begun_by(&bytes) {
        let transcript = transcript_of(&bytes).map_err(|failure| failure.at(path))?;
        own(&transcript, &transcript.verify(None, &NoBeacons))
    } else {
        of_upstream(&bytes).map_err(|failure| failure.at(path))?
    };
    found.write()?;
    found.passed()
}

fn transcript_of(bytes: &[u8]) -> Result<Transcript, Failure> {
    Transcript::from_bytes(bytes).map_err(|error| Failure::Finding(format!("malformed: {error}")))
}

fn of_log(told: &Told, evidence: &[u8], settings: &Settings, reader: &mut Reader) -> Result<Found, Failure> {
    let transcript = transcript_of(evidence)?;
    let beacons = LogBeacons::of(&transcript, &settings.data, reader)?;
    let mut verification = transcript.verify(None, &beacons);
    if beacons.is_anchored(&transcript, reader, told.index)? {
        verification.unchecked.retain(|unchecked| *unchecked != Unchecked::Anchor);
    }
    let mut found = own(&transcript, &verification);
    if let Some(attested) = &told.attested {
        let verdict = Attestation::Report(attested.clone()).verify_beside(&transcript, &NVIDIA_ROOT);
        found
            .lines
            .push(format!("attested  {}, which is no proof that this card did the work", verdict.name()));
    }
    Ok(found)
}

fn own(transcript: &Transcript, verification: &Verification) -> Found {
    let outcome = verification.outcome;
    let mut lines = Vec::new();
    if outcome.is_right() {
        let figures = Figures::of(&transcript.challenge.parameters, &transcript.times);
        lines.push(format!(
            "at least  {:.6} TOPS of int8, {} bytes in memory, {} bytes a second of them (formulas {FIGURES_VERSION})",
            figures.int8_tops(),
            figures.resident_bytes,
            figures.bytes_per_second
        ));
    }
    let unchecked = verification.unchecked.iter().map(|unchecked| match unchecked {
        Unchecked::Clock => "the clock: how long it took is the validator's word".to_owned(),
        Unchecked::Anchor => {
            "the anchor: that the roots were written down before the later beacon".to_owned()
        }
        Unchecked::Beacon(number) => format!("beacon {number}: its hash is not known here"),
    });
    lines.extend(unchecked.map(|what| format!("unchecked {what}")));
    Found { outcome: outcome.name().to_owned(), detail: outcome.to_string(), lines }
}

fn of_upstream(bytes: &[u8]) -> Result<Found, Failure> {
    let no_attempt = |error: String| Failure::Finding(format!("malformed: {error}"));
    let text = std::str::from_utf8(bytes).map_err(|error| no_attempt(error.to_string()))?;
    let evidence = AttemptEvidence::parse(text).map_err(|error| no_attempt(error.to_string()))?;
    let outcome = evidence.outcome();
    let lines = vec![
        format!("n         {}, the miner's own word", evidence.n),
        "unchecked the clock, and whether there was a GPU: upstream's matrices need none".to_owned(),
    ];
    let detail =
        outcome.detail.map_or_else(|| outcome.name.to_owned(), |detail| format!("{} {detail}", outcome.name));
    Ok(Found { outcome: outcome.name.to_owned(), detail, lines })
}

impl Found {
    fn write(&self) -> Result<(), Failure> {
        let mut out = terminal::out();
        writeln!(out, "verified  {}", self.detail)?;
        for line in &self.lines {
            writeln!(out, "{line}")?;
        }
        Ok(())
    }

    fn passed(&self) -> Result<(), Failure> {
        if self.outcome == "passed" {
            Ok(())
        } else {
            Err(Failure::Finding("the attempt did not pass".to_owned()))
        }
    }
}
