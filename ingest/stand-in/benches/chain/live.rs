//! How soon a block that a node announces is durable in the log, where any reader sees it.

use std::io::BufRead as _;
use std::time::{Duration, SystemTime};

use annals_ingest::sources::ChainFollower;
use annals_ingest::{Driver, Taken};

use super::node;
use super::scratch::{CHAIN, follower, new_log};

const BLOCKS: u64 = 100;
const EVERY: Duration = Duration::from_millis(100);
const TARGET: Duration = Duration::from_secs(2);

pub(crate) fn bench() {
    let mut node = node::start(BLOCKS, Some(EVERY));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let (_folder, mut log) = new_log();
    let mut recorded: Vec<u128> = vec![0];
    runtime.expect("there is memory").block_on(async {
        let (mut follower, mut driver, mut taken) =
            (follower(&node.url), Driver::default(), Taken::default());
        while (recorded.len() as u64) <= BLOCKS {
            let memory = log.memory(CHAIN).expect("it is read");
            let raw = follower.next(memory).await.expect("the node serves").expect("it goes on for ever");
            driver.take(&raw, &mut log, &mut taken).expect("it is recorded");
            let height = ChainFollower::recorded(log.memory(CHAIN).expect("it is read")).unwrap_or_default();
            let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("it is after 1970");
            while recorded.len() as u64 <= height {
                recorded.push(now.as_micros());
            }
        }
    });
    let mut waited = Vec::new();
    let mut line = String::new();
    while waited.len() as u64 + 1 < BLOCKS && node.lines.read_line(&mut line).is_ok_and(|read| read > 0) {
        let told = line
            .trim()
            .split_once(' ')
            .and_then(|(number, at)| Some((number.parse().ok()?, at.parse().ok()?)));
        let (number, at): (usize, u128) = told.expect("the node says which block it announced, and when");
        waited.push(recorded[number].saturating_sub(at));
        line.clear();
    }
    waited.sort_unstable();
    let ms = |place: usize| format!("{}.{} ms", waited[place] / 1000, waited[place] % 1000 / 100);
    let verdict = if waited.iter().all(|&us| us < TARGET.as_micros()) { "reached" } else { "missed" };
    println!(
        "chain live: {} blocks with the state of 256 neurons each: durable {} after the announcement (median), {} at worst \
         (target under {} s: {verdict})",
        waited.len(),
        ms(waited.len() / 2),
        ms(waited.len() - 1),
        TARGET.as_secs()
    );
}
