//! Attestation: reports and certificates of a made-up maker, right and wrong.

mod certificates;
mod corrupted;
mod format;
mod golden;
mod maker;
mod verdicts;
