//! The log that the SQL files ask: a golden case with a bit of everything, polled three times, two real `.wandb` files,
//! some blocks, a validator's database, proofs of GPUs, and scrapes.

use std::path::Path;

use annals_ingest::sources::WandbFile;
use annals_ingest::{Driver, Taken};
use annals_log::Log;

use crate::golden;
use crate::golden::case::{START_MS, options};
use crate::sql::{chain, database, gpu, metrics};

/// Sixteen runs of validators and miners, with forged signatures, ties and strangers.
const CASE: &str = "mixed-0546";

pub(crate) fn record(root: &Path) {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let golden = golden::read(&golden::public());
    let case = golden::case(&golden, CASE);
    case.record(root);

    let mut log = Log::open(root, options()).unwrap();
    log.append(vec![case.policy_event()]).unwrap();
    case.record_failed_poll(&mut log, START_MS + 120_000);
    case.record_poll(&mut log, START_MS + 180_000);
    let mut driver = Driver::default();
    for name in ["run-offline-0.19.0.wandb", "run-offline-0.31.0.wandb"] {
        let mut file =
            WandbFile::open(&fixtures.join("wandb-offline").join(name), START_MS + 240_000).unwrap();
        while let Some(raw) = file.next_records().unwrap() {
            driver.take(&raw, &mut log, &mut Taken::default()).unwrap();
        }
    }
    chain::record(&mut log);
    database::record(&mut log);
    gpu::record(&mut log);
    metrics::record(&mut log);
    log.close().unwrap();
}
