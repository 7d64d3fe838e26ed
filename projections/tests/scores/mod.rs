//! Upstream's own `sync_scores`, case by case: what its code gave is what the rule gives, to the bit.
//!
//! `ANNALS_SCORES` names another file of the same schema.

mod compared;
mod given;
mod table;
mod through_readers;
mod values;
mod vectors;

use std::collections::BTreeSet;
use std::io::Write as _;

use annals_log::json::Object;
use annals_projections::ScoreReason;

use crate::{scratch, scratch_chain};
use given::Given;
use vectors::Vectors;

#[test]
fn scores_are_upstreams_own() {
    let vectors = Vectors::read();
    let cases = vectors.cases();
    let misses: Vec<String> = cases.iter().filter_map(|case| miss(case, &vectors)).collect();
    // Not by `println`, which the test runner keeps to itself.
    writeln!(std::io::stdout(), "scores: {}/{}", cases.len() - misses.len(), cases.len()).unwrap();
    assert!(misses.is_empty(), "{}", misses.join("\n"));
}

#[test]
fn every_score_has_a_reason_that_fits() {
    let vectors = Vectors::read();
    let mut seen = BTreeSet::new();
    for case in vectors.cases() {
        let given = Given::of(case, vectors.constants(values::text(case, "version")));
        let mut validator = given.start();
        // A call that ends early leaves some without.
        if given.calls.iter().any(|call| validator.sync_scores(call).is_err()) {
            continue;
        }
        let queryable = validator.queryable.as_ref().unwrap();
        for neuron in &given.calls[0].neurons {
            let reason = validator.reasons[&neuron.uid];
            let (score, id) = (validator.scores[usize::from(neuron.uid)], values::text(case, "id"));
            let is_not_queried = matches!(reason, ScoreReason::NotQueryable(_));
            assert_eq!(is_not_queried, !queryable.contains(&neuron.uid), "{id}: {}", neuron.uid);
            let may_score = matches!(reason, ScoreReason::Pog | ScoreReason::External);
            assert!(may_score || score == 0.0, "{id}: {}: {score} for {reason:?}", neuron.uid);
            seen.insert(reason.as_str());
        }
    }
    assert!(seen.len() > 1, "all scores have one reason: {seen:?}");
}

#[test]
fn scores_of_recorded_runs_and_databases_are_upstreams_own() {
    through_readers::compare(|log| {
        let cells = |row: String| -> Vec<_> { row.splitn(6, ',').map(str::to_owned).collect() };
        let rows = log.rows("scores", &through_readers::COLUMNS).into_iter();
        rows.map(|row| cells(row).try_into().unwrap()).collect()
    });
}

/// Returns what the rule gives otherwise than upstream, after the name of the case.
fn miss(case: &Object, vectors: &Vectors) -> Option<String> {
    let given = Given::of(case, vectors.constants(values::text(case, "version")));
    let (mut validator, mut ending, mut calls) = (given.start(), Ok(()), 0);
    for call in &given.calls {
        ending = validator.sync_scores(call);
        calls += 1;
        if ending.is_err() {
            break;
        }
    }
    let differences =
        compared::differences(&given, &validator, ending, calls, values::object(case, "outputs"));
    (!differences.is_empty()).then(|| format!("{}: {}", values::text(case, "id"), differences.join("; ")))
}
