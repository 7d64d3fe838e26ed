//! `pog_attempts`: every attempt to prove a GPU, with what was measured, what follows, and what is only told.

use annals_log::json::texts;
use annals_log::{
    Fact as _, Hash, Kind, PogAttempt, PogBeacon, PogFigures, PogTerms, PogTimes, PogVerdict, ReadError,
};
use annals_projections::CellType::{Float, Text, UInt};
use annals_projections::{Cell, Column, Evidence};

use super::column::FactColumn;
use super::filter::EntryFilter;
use super::row::FactRow;
use super::{Entry, FactTable, Pushable, Walk};
use crate::rows::Rows;

/// The table. Figures are lower bounds for everything that a hotkey could reach, and there where every tile that was
/// looked at is right; durations are gross, by the validator's clock; `reported` is the machine's own word.
#[derive(Debug)]
pub(super) struct PogAttempts;

const COLUMNS: &[FactColumn<PogAttempt>] = &[
    FactColumn::LOG_INDEX,
    FactColumn::RECORDED_AT,
    FactColumn::OBSERVED_AT,
    FactColumn::ATTEMPT,
    FactColumn::nullable("protocol", UInt, |attempt| attempt.verdict.protocol().into()),
    FactColumn::nullable("outcome", Text, |attempt| attempt.verdict.outcome().into()),
    FactColumn::nullable("detail", Text, |attempt| Cell::of(attempt.verdict.detail())),
    FactColumn::nullable("validator", Text, |attempt| Cell::of(attempt.verdict.validator())),
    FactColumn::nullable("hotkey", Text, |attempt| Cell::of(attempt.verdict.miner())),
    FactColumn::nullable("gpu", Text, |attempt| of_terms(attempt, |terms| terms.gpu.as_str().into())),
    FactColumn::nullable("worker", Text, |attempt| Cell::of(attempt.worker.as_deref())),
    FactColumn::nullable("beacon", Text, |attempt| {
        of_terms(attempt, |terms| terms.beacon.kind.as_str().into())
    }),
    FactColumn::nullable("beacon_number", UInt, |attempt| {
        of_terms(attempt, |terms| terms.beacon.number.into())
    }),
    FactColumn::nullable("beacon_hash", Text, |attempt| of_terms(attempt, |terms| hash(&terms.beacon))),
    FactColumn::nullable("open_beacon_number", UInt, |attempt| {
        of_open(attempt, |beacon| beacon.number.into())
    }),
    FactColumn::nullable("open_beacon_hash", Text, |attempt| of_open(attempt, hash)),
    FactColumn::nullable("size", UInt, |attempt| attempt.verdict.size().into()),
    FactColumn::nullable("rounds", UInt, |attempt| of_size(attempt, |terms| terms.size.rounds)),
    FactColumn::nullable("kept_rounds", UInt, |attempt| of_size(attempt, |terms| terms.size.kept_rounds)),
    FactColumn::nullable("sweeps", UInt, |attempt| of_size(attempt, |terms| terms.size.sweeps)),
    FactColumn::nullable("round_openings", UInt, |attempt| {
        of_size(attempt, |terms| terms.size.round_openings)
    }),
    FactColumn::nullable("sweep_openings", UInt, |attempt| {
        of_size(attempt, |terms| terms.size.sweep_openings)
    }),
    FactColumn::nullable("rounds_seconds", Float, |attempt| {
        of_times(attempt, |times| seconds(times.challenge_sent_ns, times.rounds_received_ns))
    }),
    FactColumn::nullable("sweeps_seconds", Float, |attempt| {
        of_times(attempt, |times| seconds(times.sweep_sent_ns, times.sweeps_received_ns))
    }),
    FactColumn::nullable("round_trip_seconds", Float, |attempt| {
        of_times(attempt, |times| seconds(0, times.round_trip_median_ns))
    }),
    FactColumn::nullable("int8_tops_lower_bound", Float, |attempt| {
        of_figures(attempt, |figures| (figures.int8_ops_per_second as f64 / 1e12).into())
    }),
    FactColumn::nullable("resident_bytes_lower_bound", UInt, |attempt| {
        of_figures(attempt, |figures| figures.resident_bytes.into())
    }),
    FactColumn::nullable("bytes_per_second_lower_bound", UInt, |attempt| {
        of_figures(attempt, |figures| figures.bytes_per_second.into())
    }),
    FactColumn::nullable("figures_version", UInt, |attempt| {
        of_figures(attempt, |figures| u64::from(figures.version).into())
    }),
    FactColumn::nullable("unchecked", Text, |attempt| texts(&attempt.unchecked).to_json().into()),
    FactColumn::nullable("verifier", Text, |attempt| attempt.verifier.as_str().into()),
    FactColumn::nullable_of_entry("evidence_sha256", Text, |entry| {
        Cell::of(entry.envelope.attached.last().map(|evidence| evidence.digest().to_string()))
    }),
    FactColumn::nullable_of_entry("evidence_bytes", UInt, |entry| {
        Cell::of(entry.envelope.attached.last().map(|evidence| u64::from(evidence.length)))
    }),
    FactColumn::nullable("attestation", Text, |attempt| {
        Cell::of(attempt.attestation.as_ref().map(|attestation| attestation.verdict.as_str()))
    }),
    FactColumn::nullable("attested_serial", Text, |attempt| {
        Cell::of(
            attempt.attestation.as_ref().and_then(|attestation| attestation.certificate_serial.as_deref()),
        )
    }),
    FactColumn::nullable("reported", Text, |attempt| Cell::of(attempt.reported.as_deref())),
];

impl FactTable for PogAttempts {
    fn name(&self) -> &'static str {
        "pog_attempts"
    }

    fn columns(&self) -> Vec<Column> {
        FactColumn::plain(COLUMNS)
    }

    fn pushable(&self) -> Pushable {
        FactColumn::pushable(COLUMNS)
    }

    fn evidence(&self) -> Option<Evidence> {
        Some(Evidence::Gpus)
    }

    fn kinds(&self) -> Option<&'static [Kind]> {
        Some(&[PogAttempt::KIND])
    }

    fn by_entry(&self) -> bool {
        true
    }

    fn walk(&self, _: &EntryFilter) -> Box<dyn Walk> {
        Box::new(Self)
    }
}

impl Walk for PogAttempts {
    fn take(&mut self, entry: &mut Entry<'_>, rows: &mut Rows) -> Result<(), ReadError> {
        let mut attempt = FactRow::fact(entry);
        rows.try_push(COLUMNS, |column| column.cell(&mut attempt))
    }
}

fn of_terms(attempt: &PogAttempt, cell: fn(&PogTerms) -> Cell) -> Cell {
    attempt.verdict.own_terms().map_or(Cell::Null, cell)
}

fn of_size(attempt: &PogAttempt, number: fn(&PogTerms) -> u32) -> Cell {
    Cell::of(attempt.verdict.own_terms().map(|terms| u64::from(number(terms))))
}

fn of_open(attempt: &PogAttempt, cell: fn(&PogBeacon) -> Cell) -> Cell {
    match &attempt.verdict {
        PogVerdict::Own { open_beacon: Some(beacon), .. } => cell(beacon),
        _ => Cell::Null,
    }
}

fn of_times(attempt: &PogAttempt, cell: fn(&PogTimes) -> Cell) -> Cell {
    attempt.verdict.times().as_ref().map_or(Cell::Null, cell)
}

fn of_figures(attempt: &PogAttempt, cell: fn(&PogFigures) -> Cell) -> Cell {
    attempt.verdict.figures().as_ref().map_or(Cell::Null, cell)
}

/// A block's hash as the chain's users write it; a root as annals writes digests.
fn hash(beacon: &PogBeacon) -> Cell {
    let digits = Hash(beacon.hash).to_string();
    match beacon.kind {
        annals_log::PogBeaconKind::Chain => format!("0x{digits}").into(),
        annals_log::PogBeaconKind::Log => digits.into(),
    }
}

fn seconds(from_ns: u64, to_ns: u64) -> Cell {
    (to_ns.saturating_sub(from_ns) as f64 / 1e9).into()
}
