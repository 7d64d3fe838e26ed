//! An exporter that is made up: a recorded answer of `node_exporter`, whose numbers move from scrape to scrape.

use std::sync::Arc;

use annals_ingest::{Answer, Exchange, Outcome, Request};
use serde_json::json;

use super::dice::Dice;
use super::time::minute_ms;

/// The machine of the recording had run for so long: what a counter had come to by then says how fast it grows.
const UPTIME_MINUTES: u64 = 18;
/// More decimals than these are noise of addition.
const DECIMALS_MAX: usize = 9;

/// The gauges that moved between scrapes of a real exporter, by the beginning of their names.
const SWAYING: [&str; 9] = [
    "go_memstats_",
    "node_filefd_allocated",
    "node_filesystem_avail_bytes",
    "node_filesystem_f",
    "node_load",
    "node_memory_",
    "node_procs_",
    "node_sockstat_",
    "process_resident_memory_bytes",
];
/// What begins like those, and did not.
const STANDING: [&str; 10] = [
    "node_filesystem_files{",
    "node_memory_CommitLimit_bytes",
    "node_memory_DirectMap",
    "node_memory_FileHugePages_bytes",
    "node_memory_Hugepagesize_bytes",
    "node_memory_MemTotal_bytes",
    "node_memory_Mlocked_bytes",
    "node_memory_Percpu_bytes",
    "node_memory_Unevictable_bytes",
    "node_memory_VmallocTotal_bytes",
];

/// An exporter of a machine. Recording and seed decide all its answers.
pub struct Exporter {
    pieces: Arc<[Piece]>,
    /// The numbers as they stand, in the order of the pieces that have one.
    units: Vec<u64>,
    dice: Dice,
}

/// Text that stays, and the number behind it; the last piece has none.
struct Piece {
    text: String,
    number: Option<Number>,
}

struct Number {
    /// As recorded, in units of the last decimal.
    units: u64,
    decimals: usize,
    moves: Moves,
}

/// The way in which a number moves from scrape to scrape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moves {
    /// By some units, and at most so many more.
    Grows { least: u64, spread: u64 },
    /// Around the recorded one by at most so many steps of so many units.
    Sways { steps: u64, step: u64 },
    /// Another one each time, from half of the recorded one to three halves.
    Anew,
}

impl Exporter {
    /// An exporter that answers as `recorded`, a text of Prometheus' own format.
    pub fn of(recorded: &str, seed: u64) -> Self {
        let (mut pieces, mut text) = (Vec::new(), String::new());
        for line in recorded.lines() {
            match moving(line) {
                Some((series, number)) => {
                    let text = std::mem::take(&mut text) + series + " ";
                    pieces.push(Piece { text, number: Some(number) });
                }
                None => text += line,
            }
            text.push('\n');
        }
        pieces.push(Piece { text, number: None });
        Self::with(pieces.into(), seed)
    }

    /// Another machine of the same kind.
    #[must_use]
    pub fn another(&self, seed: u64) -> Self {
        Self::with(Arc::clone(&self.pieces), seed)
    }

    fn with(pieces: Arc<[Piece]>, seed: u64) -> Self {
        let units = pieces.iter().filter_map(|piece| Some(piece.number.as_ref()?.units)).collect();
        Self { pieces, units, dice: Dice::of(seed) }
    }

    /// Returns the answer a minute later.
    pub fn scrape(&mut self) -> String {
        let mut body = String::new();
        let mut standing = self.units.iter_mut();
        for Piece { text, number } in self.pieces.iter() {
            body += text;
            if let (Some(number), Some(units)) = (number, standing.next()) {
                *units = number.next(*units, &mut self.dice);
                body += &as_go_writes(*units, number.decimals);
            }
        }
        body
    }
}

/// Writes an answer down as the source `metrics` does that had it from `target` in that minute of the year 2025.
pub fn scraped(target: &str, minute: u64, body: &str) -> Exchange {
    let now_ms = minute_ms(minute);
    let told = json!({
        "ended": "body", "address": "203.0.113.7:9100", "due_at_ms": now_ms - 40, "began_at_ms": now_ms - 35,
        "duration_us": 12_345, "first_byte_us": 6_789, "status": 200, "content_type": "text/plain; version=0.0.4",
        "wire_bytes": body.len(),
    });
    let answer = Answer { status: 200, body: format!("{told}\n{body}").into_bytes() };
    let nobody = json!({"announced": [], "more_announced": 0}).to_string();
    Exchange {
        fetched_at_ms: now_ms,
        request: Request { method: "SCRAPE".into(), target: target.into(), body: nobody },
        outcome: Outcome::Answer(answer),
    }
}

/// Returns the series of a line, and its number if that moves. Zeros stay.
fn moving(line: &str) -> Option<(&str, Number)> {
    let (series, value) = line.rsplit_once(' ').filter(|_| !line.starts_with('#'))?;
    let value: f64 = value.parse().ok().filter(|value| (0.0..1e12).contains(value))?;
    let shown = format!("{value:.DECIMALS_MAX$}");
    let (whole, decimals) = shown.split_once('.')?;
    let decimals = decimals.trim_end_matches('0');
    let units = format!("{whole}{decimals}").parse().ok().filter(|units| *units > 0)?;
    let decimals = decimals.len();
    Some((series, Number { units, decimals, moves: Moves::of(series, units)? }))
}

impl Moves {
    /// `None`: the number stays.
    fn of(series: &str, units: u64) -> Option<Self> {
        let metric = series.split('{').next().unwrap_or_default();
        let begins = |begins: &&str| series.starts_with(*begins);
        if metric == "node_scrape_collector_duration_seconds" {
            return Some(Self::Anew);
        }
        if metric == "node_time_seconds" {
            return Some(Self::Grows { least: 60 * 10_u64.pow(9), spread: 1_000_000 });
        }
        let counts = metric.ends_with("_total")
            || metric.starts_with("node_vmstat_pg")
            || metric.starts_with("node_netstat_") && !metric.ends_with("Forwarding");
        if counts {
            let spread = 2 * units / UPTIME_MINUTES;
            return (spread > 0).then_some(Self::Grows { least: 0, spread });
        }
        if SWAYING.iter().any(begins) && !STANDING.iter().any(begins) {
            let step = if units.is_multiple_of(4096) { 4096 } else { 1 };
            return Some(Self::Sways { steps: (units / step / 50).max(1), step });
        }
        None
    }
}

impl Number {
    fn next(&self, units: u64, dice: &mut Dice) -> u64 {
        match self.moves {
            Moves::Grows { least, spread } => units + least + dice.below(spread + 1),
            Moves::Sways { steps, step } => {
                (self.units + dice.below(2 * steps + 1) * step).saturating_sub(steps * step)
            }
            Moves::Anew => self.units / 2 + dice.below(self.units + 1),
        }
    }
}

/// Writes a number as Go does with the verb `g`, and so every exporter in Go.
fn as_go_writes(units: u64, decimals: usize) -> String {
    let whole = units.to_string();
    let value: f64 = format!("{whole}e-{decimals}").parse().expect("it is written as a number");
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific.split_once('e').expect("it was asked for");
    let exponent: i32 = exponent.parse().expect("it is a small integer");
    if (-4..6).contains(&exponent) {
        return value.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORDED: &str = include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fixtures/prometheus/node_exporter-1.5.0.txt"
    ));

    fn samples(body: &str) -> Vec<(&str, f64)> {
        let lines = body.lines().filter(|line| !line.starts_with('#'));
        let samples = lines.map(|line| line.rsplit_once(' ').unwrap());
        samples.map(|(series, value)| (series, value.parse().unwrap())).collect()
    }

    #[test]
    fn numbers_are_written_as_the_recorded_exporter_wrote_them() {
        let mut others = Vec::new();
        for line in RECORDED.lines() {
            let Some((_, number)) = moving(line) else { continue };
            let (_, value) = line.rsplit_once(' ').unwrap();
            if as_go_writes(number.units, number.decimals) != value {
                others.push(value);
            }
        }
        // What addition left in the last digits is not kept.
        let noise = others.iter().filter(|value| value.contains("0000") || value.contains("9999"));
        assert_eq!(noise.count(), others.len(), "{others:?}");
        assert!(others.len() < 6, "{others:?}");
    }

    #[test]
    fn as_many_samples_move_as_of_a_real_exporter() {
        let mut exporter = Exporter::of(RECORDED, 1);
        let (first, second) = (exporter.scrape(), exporter.scrape());
        let (first, second) = (samples(&first), samples(&second));
        assert_eq!((first.len(), second.len()), (507, 507));
        let moved =
            first.iter().zip(&second).filter(|(before, after)| before.1.to_bits() != after.1.to_bits());
        // Scrapes of a real one, 5 to 60 seconds apart, differed in 130 to 171.
        let moved = moved.count();
        assert!((130..172).contains(&moved), "{moved}");
    }

    #[test]
    fn a_counter_never_falls_and_the_same_seed_answers_the_same() {
        let (mut exporter, mut again) = (Exporter::of(RECORDED, 7), Exporter::of(RECORDED, 8));
        again = again.another(7);
        let mut before = exporter.scrape();
        assert_eq!(again.scrape(), before);
        for _ in 0..100 {
            let after = exporter.scrape();
            assert_eq!(again.scrape(), after);
            for ((series, before), (_, after)) in samples(&before).iter().zip(samples(&after)) {
                assert!(!series.contains("_total") || after >= *before, "{series}: {before}, then {after}");
            }
            before = after;
        }
    }
}
