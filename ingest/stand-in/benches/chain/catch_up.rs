//! Catching up, beside decoding what was answered alone; and the memory that catching up with many blocks takes.

use std::time::{Duration, Instant};

use annals_ingest::sources::{Chain, Following, RawEvents, WATCHED_PALLETS, Watch};
use annals_ingest::{Outcome, Raw, Source as _};
use annals_log::{Batch, Event, Log};

use super::node;
use super::scratch::{CHAIN, catch_up, new_log};
use super::subnet::NETUID;
use crate::curve::Curve;

const ROUNDS: usize = 7;
const BLOCKS: u64 = 1_000;
const MANY_BLOCKS: u64 = 60_000;
/// One every 12 s.
const BLOCKS_A_DAY: f64 = 7_200.0;
const TARGET: f64 = 0.7;

pub(crate) fn bench() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("there is memory");
    // First, while the process has done nothing else.
    memory(&runtime);
    race(&runtime);
}

fn race(runtime: &tokio::runtime::Runtime) {
    let node = node::start(BLOCKS, None);
    let mut answers = Vec::new();
    let (_folder, mut log) = new_log();
    runtime.block_on(catch_up(&node.url, &mut log, BLOCKS, |raw, _| answers.push(raw.clone())));
    let bytes: usize = answers.iter().map(bytes_of).sum();
    let (mut alone, mut caught_up) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        alone.push(decode_alone(&answers, RawEvents::Kept).0);
        let (_folder, mut log) = new_log();
        caught_up.push(runtime.block_on(catch_up(&node.url, &mut log, BLOCKS, |_, _| ())));
    }
    let (alone, caught_up) = (median(alone), median(caught_up));
    #[expect(clippy::cast_precision_loss, reason = "shown to three digits")]
    let (blocks, mib) = (BLOCKS as f64, bytes as f64 / f64::from(1 << 20));
    let show = |what: &str, took: Duration| {
        let (blocks, mib) = (blocks / took.as_secs_f64(), mib / took.as_secs_f64());
        println!("chain {what:<28} {blocks:>8.0} blocks/s {mib:>8.1} MiB/s");
    };
    println!(
        "chain: {BLOCKS} blocks of {:.1} KiB of answers each, medians of {ROUNDS} rounds",
        mib * 1024.0 / blocks
    );
    show("decoding alone, one core", alone);
    show("catching up over loopback", caught_up);
    let ratio = alone.as_secs_f64() / caught_up.as_secs_f64();
    let verdict = if ratio >= TARGET { "reached" } else { "missed" };
    println!("chain catching up / decoding alone: {ratio:.2} (target {TARGET}: {verdict})");
    room(&answers);
}

/// The time that decoding alone takes, and the bytes of what it gives; what it needs of the log is recorded outside of
/// it.
fn decode_alone(answers: &[Raw], raw_events: RawEvents) -> (Duration, usize) {
    let (_folder, mut log) = new_log();
    let watch = Watch::of(WATCHED_PALLETS, raw_events);
    let chain = Chain { netuid: NETUID, watch, ..Chain::default() };
    let (mut following, mut took, mut bytes) = (Following::default(), Duration::ZERO, 0);
    for raw in answers {
        let memory = log.memory(CHAIN).expect("it is read");
        let start = Instant::now();
        let decoded = chain.decode(raw, &mut following, memory).expect("it is a chain's");
        took += start.elapsed();
        bytes += decoded.steps.iter().flatten().map(bytes_told).sum::<usize>();
        record(&mut log, decoded);
    }
    (took, bytes)
}

fn bytes_told(event: &Event) -> usize {
    event.body.len() + event.attached.iter().map(|payload| payload.bytes().len()).sum::<usize>()
}

/// What is recorded a day of such blocks. How much less the disk takes depends on how alike they are: these are too
/// alike.
fn room(answers: &[Raw]) {
    #[expect(clippy::cast_precision_loss, reason = "shown to whole megabytes")]
    let megabytes_a_day = |raw_events| {
        let (_, bytes) = decode_alone(answers, raw_events);
        bytes as f64 / BLOCKS as f64 * BLOCKS_A_DAY / 1e6
    };
    println!(
        "chain: {:.0} MB a day are recorded of such blocks before compression, {:.0} MB without raw events",
        megabytes_a_day(RawEvents::Kept),
        megabytes_a_day(RawEvents::LeftOut)
    );
}

fn record(log: &mut Log, decoded: annals_ingest::Decoded) {
    let after = log.memory(CHAIN).expect("it is read").sequence;
    let (cursor, events) = (decoded.cursor.unwrap_or_default(), decoded.steps.concat());
    if !events.is_empty() {
        log.record(Batch { after, cursor, events }).expect("it is recorded");
    }
}

fn bytes_of(raw: &Raw) -> usize {
    let answers = raw.exchanges.iter().map(|exchange| match &exchange.outcome {
        Outcome::Answer(answer) => answer.body.len(),
        Outcome::Failed(_) => 0,
    });
    answers.sum()
}

fn memory(runtime: &tokio::runtime::Runtime) {
    let node = node::start(MANY_BLOCKS, None);
    let (_folder, mut log) = new_log();
    let mut curve = Curve::begin("chain", "blocks", MANY_BLOCKS);
    let took = runtime
        .block_on(catch_up(&node.url, &mut log, MANY_BLOCKS, |_, recorded| curve.look(recorded.max(1))));
    curve.print(None);
    println!("chain: {MANY_BLOCKS} blocks took {:.1} s", took.as_secs_f64());
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
