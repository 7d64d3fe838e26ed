//! The tables that an answer is read from: kept between sessions, mended, and held to the roots in the log.

use annals_log::{Event, LOG_SOURCE, Log, Options, ProjectionState};
use annals_projections::Projections;
use serde_json::Value;

use super::{STATS, files_in, tie};
use crate::program::{Session, err, fixture, out};

#[test]
fn damaged_tables_are_mended_while_one_asks() {
    let session = Session::with_scenario("sn27-day");
    let history = "select count(*) as n, sum(score) as sum from stats_history";
    let right = out(&session.annals(&["query", history]).success());
    let tables = || files_in(&session.data().join("tables"));
    assert!(tables().len() > 2, "there are closed rows in files");
    for which in ["state", ".rows"] {
        for (path, mut bytes) in tables().into_iter().filter(|(path, _)| path.ends_with(which)) {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0x10;
            std::fs::write(path, bytes).unwrap();
        }
        let mended = session.annals(&["query", history]).success();
        assert_eq!(out(&mended), right, "{which}");
        assert!(err(&mended).contains("made again"), "{which}: {}", err(&mended));
        let again = session.annals(&["query", history]).success();
        assert_eq!(out(&again), right);
        assert!(!err(&again).contains("made again"), "{which}: mended for good, {}", err(&again));
    }
    session.annals(&["verify"]).success();
}

#[test]
fn rebuild_gives_the_roots_that_were_recorded() {
    let session = Session::with_scenario("sn27-day");
    let recorded = session.annals(&[
        "query",
        "select native_id, body ->> 'root' as root from events where kind = 'projection_state'",
    ]);
    let recorded = out(&recorded.success());
    let rebuilt = out(&session.annals(&["rebuild"]).success());
    let roots: Vec<Value> = recorded.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    // One each, and that of the fold as a whole.
    assert_eq!(roots.len(), Projections::schemas().len() + 1);
    let is_of_table = |row: &&Value| row["native_id"] != ProjectionState::FOLD;
    for row in roots.iter().filter(is_of_table) {
        let (table, root) = (row["native_id"].as_str().unwrap(), row["root"].as_str().unwrap());
        let line = rebuilt.lines().find(|line| line.split(' ').next() == Some(table)).unwrap();
        assert!(line.ends_with(root), "{line} has not {root}");
    }
    // The fold also knows of the entries behind its root, which are the roots themselves.
    session.annals(&["verify"]).success();
}

#[test]
fn a_wrong_root_that_was_signed_is_a_fault_until_it_is_taken_back() {
    let session = tie();
    let wrong = ProjectionState { version: 2, policy_sha256: [7; 32], at_size: 3, root: [7; 32], past: None };
    let mut log = Log::open(&session.data(), Options::default()).unwrap();
    let index = log.append(vec![Event::new(LOG_SOURCE, "stats", 0, &wrong)]).unwrap().first;
    log.close().unwrap();

    let verified = session.annals(&["verify"]).code(1);
    let fault = format!("FAULT        entry {index}: stats at size 3 is not what the fold gives");
    assert!(out(&verified).contains(&fault), "{}", out(&verified));
    let rebuilt = session.annals(&["rebuild", "--take-back"]).success();
    assert!(
        out(&rebuilt).contains(&format!("taken back   entry {index}: stats at size 3")),
        "{}",
        out(&rebuilt)
    );
    let verified = session.annals(&["verify"]).success();
    assert!(out(&verified).contains(&format!("taken back   entry {index}: stats")), "{}", out(&verified));
    let again = session.annals(&["rebuild", "--take-back"]).success();
    assert!(out(&again).contains("none is taken back"), "{}", out(&again));
}

#[test]
fn where_nothing_can_be_kept_the_tables_are_made_apart() {
    let session = tie();
    // As in somebody else's folder, but for root, too.
    let tables = session.data().join("tables");
    std::fs::remove_dir_all(&tables).unwrap();
    std::fs::write(&tables, "").unwrap();
    let asked = session.annals(&["query", STATS, "--output", "table"]).success();
    assert!(out(&asked).contains("4 rows"));
    let refused = session.annals(&["rebuild"]).code(3);
    assert!(err(&refused).contains("tables"), "{}", err(&refused));
    // Roots are recorded none the less.
    let set = session.annals(&["policy", "set", &format!("{}/policy.toml", fixture("sn27-day"))]).success();
    assert!(err(&set).contains("could not be kept"), "{}", err(&set));
    let roots = "select count(*) as n from events where kind = 'projection_state'";
    assert_ne!(out(&session.annals(&["query", roots]).success()), "{\"n\":16}\n");
    session.annals(&["verify"]).success();

    std::fs::remove_file(&tables).unwrap();
    let published = session.data().join("published");
    std::fs::remove_dir_all(&published).unwrap();
    std::fs::write(&published, "").unwrap();
    let unkept = session.annals(&["query", STATS, "--with-checkpoint"]).code(1);
    assert!(err(&unkept).contains("published") && out(&unkept).is_empty(), "{}", err(&unkept));
}

#[test]
fn tables_that_the_logs_key_attests_show_that_the_log_was_put_back() {
    let session = tie();
    session.annals(&["query", STATS]).success();
    let early = files_in(&session.data().join("segments"));
    let watermark = std::fs::read(session.data().join("watermark")).unwrap();
    session.annals(&["policy", "set", &format!("{}/policy.toml", fixture("sn27-day"))]).success();
    // All but what was made of it.
    for (path, bytes) in early {
        std::fs::write(path, bytes).unwrap();
    }
    std::fs::write(session.data().join("watermark"), watermark).unwrap();
    let policy = format!("{}/policy.toml", fixture("sn27-day"));
    let database = fixture("computedb/database.db");
    for command in [&["query", STATS][..], &["policy", "set", &policy], &["ingest", &database]] {
        let refused = session.annals(command).code(1);
        assert!(err(&refused).contains("tables/state: the log's key attests"), "{}", err(&refused));
    }
    let verified = session.annals(&["verify"]).code(1);
    assert!(out(&verified).contains("FAULT        tables/state"), "{}", out(&verified));
    // Whoever knows why takes away what can be made again.
    std::fs::remove_dir_all(session.data().join("tables")).unwrap();
    let asked = session.annals(&["query", STATS]).success();
    assert_eq!(out(&asked).lines().count(), 4);
    session.annals(&["verify"]).success();
}
