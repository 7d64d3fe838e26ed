//! Upstream's own `sync_scores`, case by case: what its code gave is what the rule gives, to the bit.
//!
//! `ANNALS_SCORES` names another file of the same schema.

mod compared;
mod given;
mod recorded;
mod table;
mod values;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::PathBuf;

use annals_log::json::{self, Object, Value};
use annals_projections::ScoreReason;

use given::Given;

pub(crate) struct Vectors {
    /// Where the cases come from.
    path: PathBuf,
    file: Object,
}

impl Vectors {
    /// Reads the file that the environment names, or else the fixture.
    pub(crate) fn read() -> Self {
        let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/golden/scores_vectors.json");
        let path = std::env::var_os("ANNALS_SCORES").map_or_else(|| PathBuf::from(fixture), PathBuf::from);
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let Value::Object(file) = values::plain(json::parse(&text).unwrap()) else { panic!("no object") };
        assert_eq!(values::text(&file, "schema"), "ni-sn27-scores/1", "{}", path.display());
        Self { path, file }
    }

    pub(crate) fn cases(&self) -> Vec<&Object> {
        let cases = values::list(&self.file, "cases");
        assert!(!cases.is_empty(), "{} has no cases", self.path.display());
        cases.iter().map(|case| case.as_object().unwrap()).collect()
    }

    /// The hotkey that upstream was made to take for the checklist's.
    pub(crate) fn checklist_hotkey(&self) -> String {
        values::text(values::object(&self.file, "ni_hotkey"), "replaced_by").to_owned()
    }

    /// What upstream hard-codes in a version.
    pub(crate) fn constants(&self, version: &str) -> &Object {
        values::object(values::object(&self.file, "constants"), version)
    }
}

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
