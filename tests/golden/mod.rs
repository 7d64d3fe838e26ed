//! Upstream's own results, from events through the log and the tables to SQL.
//!
//! Each case is what W&B would have answered, recorded as a poll; its policy says which upstream, flag and validators.
//! `ANNALS_GOLDEN` names another file of the same schema.

pub(crate) mod case;
pub(crate) mod python_value;
mod tie;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use annals_log::Upstream;
use annals_log::json::{self, Object, Value};

use case::Case;

/// The label of a version in the file, and the policy that stands for it.
const VERSIONS: [(&str, Upstream); 2] = [("v1_9_0", Upstream::V1_9_0), ("v1_8_3", Upstream::V1_8_3)];

/// The cases that lie in the fixtures.
pub(crate) fn public() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/golden/public.json"))
}

pub(crate) fn read(path: &Path) -> Object {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    json::parse(&text).unwrap().as_object().unwrap().clone()
}

pub(crate) fn cases(golden: &Object) -> &[Value] {
    let Some(Value::List(cases)) = golden.get("cases") else { panic!("the file has no cases") };
    cases
}

/// The case of this id.
pub(crate) fn case<'a>(golden: &'a Object, id: &str) -> Case<'a> {
    let checklist_hotkey = Case::checklist_hotkey(golden);
    let mut all = cases(golden).iter().map(|case| Case::of(case.as_object().unwrap(), &checklist_hotkey));
    all.find(|case| case.id == id).unwrap()
}

#[test]
fn every_golden_case_has_upstreams_results() {
    let given = std::env::var_os("ANNALS_GOLDEN").map(PathBuf::from);
    let path = given.unwrap_or_else(public);
    let golden = read(&path);
    let checklist_hotkey = Case::checklist_hotkey(&golden);
    let cases = cases(&golden);

    // Two threads: the file is walked from both sides of the middle.
    let halves = cases.split_at(cases.len() / 2);
    let check = |cases: &[Value]| -> Vec<String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        cases
            .iter()
            .flat_map(|case| {
                let case = Case::of(case.as_object().unwrap(), &checklist_hotkey);
                runtime.block_on(case.differences(&VERSIONS))
            })
            .collect()
    };
    let (mut differences, others) = std::thread::scope(|scope| {
        let other = scope.spawn(|| check(halves.1));
        (check(halves.0), other.join().unwrap())
    });
    differences.extend(others);

    let all = cases.len() * VERSIONS.len();
    let wrong: BTreeSet<_> =
        differences.iter().map(|difference| difference.split(':').next().unwrap_or_default()).collect();
    // Not by `println`, which the test runner keeps to itself.
    writeln!(std::io::stdout(), "golden: {}/{all}", all - wrong.len()).unwrap();
    assert!(all > 0, "{} has no cases", path.display());
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
