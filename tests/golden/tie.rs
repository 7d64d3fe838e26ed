//! `fixtures/golden-tie`: one golden case as a scenario, for the demo and for `annals fixture check`.
//!
//! `ANNALS_ACCEPT=1` writes its cassette and its policy.

use std::path::{Path, PathBuf};

use annals_ingest::CassetteWriter;
use annals_log::{Envelope, Fact as _, LogIndex, Policy, Reader, decode};

use super::case::START_MS;
use crate::policy_text::to_toml;
use crate::program::{Session, text};

/// Four validators say four different things of every uid, and all give the same score.
const CASE: &str = "score_tie-0050";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/golden-tie")
}

#[test]
fn the_scenario_is_the_golden_case() {
    let golden = super::read(&super::public());
    let case = super::case(&golden, CASE);
    let mut cassette = CassetteWriter::new(Vec::new()).unwrap();
    cassette.write(&case.poll(START_MS)).unwrap();
    let comment = format!("The validators and uids of the golden case {CASE}.");
    let policy = to_toml(case.policy(), &comment);
    for (name, made) in [("case.cassette", cassette.into_inner()), ("policy.toml", policy.into())] {
        let path = folder().join(name);
        if std::env::var_os("ANNALS_ACCEPT").is_some() {
            std::fs::create_dir_all(folder()).unwrap();
            std::fs::write(&path, &made).unwrap();
        }
        assert!(std::fs::read(&path).unwrap() == made, "{name} is not what the case makes");
    }

    let session = Session::new();
    session.annals(&["init", "--policy", text(&folder().join("policy.toml"))]).success();
    let log = session.data();
    let entry = Reader::open(&log).unwrap().entry(LogIndex(2)).unwrap();
    let envelope = Envelope::decode(&entry).unwrap();
    assert_eq!(envelope.kind, Policy::KIND);
    let body = match envelope.body {
        annals_log::Body::Inline(body) => body.to_vec(),
        annals_log::Body::Detached(payload) => {
            Reader::open(&log).unwrap().payload(LogIndex(2), payload).unwrap()
        }
    };
    assert_eq!(&decode::<Policy>(&body).unwrap(), case.policy(), "as the command reads it");
}
