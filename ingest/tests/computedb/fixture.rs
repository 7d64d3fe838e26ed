//! The database of the fixtures, and who made it. `ANNALS_ACCEPT=1` makes it again.

use std::path::{Path, PathBuf};

use annals_ingest::sources::ComputeDbFile;
use annals_log::json;

use super::answers;
use super::owner::Owner;

const MINERS: [&str; 3] = [
    "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty",
    "5FLSigC9HGRKVhB9FiEo4Y3koPsNmBmLJbpXg2mp1hXcS59Y",
    "5DAAnrj7VHTznn2AWBemMuyBwZWs6FNFjdyVXUeYum3PTXFy",
];
const VALIDATOR: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/computedb/database.db")
}

/// Three miners: one measured and rented out, one that fails for a while, one that lies about its specs.
fn make(path: &Path) {
    let mut owner = Owner::of(path);
    let [good, failing, lying] = MINERS;
    let parsed = |text: &str| json::parse(text).unwrap();
    let specs = r#"{"cpu": {"count": 64}, "gpu": {"count": 8, "capacity": 655360, "details": [{"name": "NVIDIA H100 80GB HBM3"}]}}"#;
    owner.update_miner_details(good, &parsed(specs));
    owner.update_miner_details(lying, &parsed(r#"{"gpu": {"count": "eight"}}"#));
    let h100 = (Some("NVIDIA H100 80GB HBM3"), Some(8));
    for (minute, gpu) in [(0, h100), (12, h100), (24, (None, None)), (36, h100), (48, h100)] {
        owner.update_pog_stats(good, gpu, &format!("2026-01-01 00:{minute:02}:07"));
    }
    for (minute, gpu) in [(1, (Some("NVIDIA L40"), Some(1))), (13, (None, Some(0))), (25, (None, None))] {
        owner.update_pog_stats(failing, gpu, &format!("2026-01-01 00:{minute:02}:31"));
    }
    let stats = format!(
        r#"{{"7": {{"hotkey": "{good}", "gpu_specs": {{"gpu_name": "NVIDIA H100 80GB HBM3", "num_gpus": 8}},
                   "score": 66.0, "allocated": true, "own_score": true, "reliability_score": 0.0}},
            "12": {{"hotkey": "{failing}", "gpu_specs": {{"gpu_name": "NVIDIA L40", "num_gpus": 1}},
                   "score": 2.5, "allocated": false, "own_score": false, "reliability_score": 0.0}},
            "200": {{"hotkey": "{lying}", "gpu_specs": "not json", "score": 0, "allocated": null, "own_score": true}}}}"#
    );
    owner.write_stats(parsed(&stats).as_object().unwrap(), "2026-01-01 00:50:00");
    owner.allocate(
        good,
        r#"{"ip": "192.0.2.7", "username": "root", "password": "fake-secret", "ssh_key": "fake-secret"}"#,
    );
    owner.penalize(lying);
    owner.save_run_id(VALIDATOR, "0djlnjjs");
    owner.run("PRAGMA page_size = 512; VACUUM;");
}

#[test]
fn the_fixture_is_what_its_maker_makes() {
    let folder = tempfile::tempdir().unwrap();
    let made = folder.path().join("database.db");
    make(&made);
    if std::env::var_os("ANNALS_ACCEPT").is_some() {
        std::fs::create_dir_all(fixture().parent().unwrap()).unwrap();
        std::fs::copy(&made, fixture()).unwrap();
    }
    // Not its bytes: those have the version of SQLite in them.
    let told = |path: &Path| answers(&ComputeDbFile::open(path, None).unwrap().take(0));
    assert_eq!(told(&fixture()), told(&made));
    assert_eq!(told(&made).len(), 4 + 3 + 3 + 1 + 1 + 1 + 2);
}
