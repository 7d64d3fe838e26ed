//! A thousand targets, scraped as the program does: processor, memory, and room in the log.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use annals_ingest::sources::{Allowed, BodyMemory, Form, GetLimits, ScrapeGet, Scraper, ScraperOptions};
use annals_ingest::{Driver, Feed as _, Raw, Taken};
use annals_log::Hash;

use super::server::ASKED;
use crate::chain::scratch::{new_log, room};
use crate::curve::Curve;
use crate::processor;
use crate::server::Server;

const TARGETS: u64 = 1_000;
/// A tenth of what `annals run` has: an hour's worth of rounds is over in six minutes.
const INTERVAL: Duration = Duration::from_secs(6);
const ROUNDS: u64 = 10;
/// As the program has it.
const BODY_MEMORY_BYTES: usize = 64 << 20;
/// Under 200 MB.
const MEMORY_TARGET_MIB: f64 = 190.0;
/// A thousand targets a minute are to be no burden: a tenth of one core.
const CPU_TARGET: Duration = Duration::from_secs(6);

/// What came so far.
#[derive(Default)]
struct Came {
    scrapes: u64,
    failed: u64,
    bytes: u64,
}

pub(crate) fn bench() {
    let rounds = std::env::var("ANNALS_BENCH_METRICS_ROUNDS");
    let rounds = rounds.map_or(ROUNDS, |asked| asked.parse().expect("a number of rounds"));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let server = Server::start(ASKED, "1");
    runtime.expect("there is memory").block_on(scrape(&server, rounds));
}

async fn scrape(server: &Server, rounds: u64) {
    let (folder, mut log) = new_log();
    let (mut scraper, mut driver, mut taken) =
        (scraper(&server.url), Driver::default().live(), Taken::default());
    let (room_before, cpu, began) = (room(&folder), processor::taken(), Instant::now());
    let mut came = Came::default();
    let count = rounds * TARGETS;
    let mut curve = Curve::begin("metrics", "scrapes", count);
    while came.scrapes < count {
        let raw = scraper.next(Arc::default()).await.expect("it asks").expect("it goes on for ever");
        driver.take(&raw, &mut log, &mut taken).expect("it is recorded");
        came.add(&raw);
        curve.look(came.scrapes.min(count));
    }
    assert_eq!(taken.events, came.scrapes, "every scrape is an event");
    let (wall, cpu) = (began.elapsed(), processor::taken() - cpu);
    drop(log);
    came.print(wall, cpu);
    curve.print(Some(MEMORY_TARGET_MIB));
    let part = (room(&folder) - room_before) as f64 / came.bytes as f64;
    println!(
        "metrics room: {:.2} KB a scrape on disk, {part:.4} of the bodies with the first of each target \
         (told; the target is that of 100 successive bodies)",
        (room(&folder) - room_before) as f64 / came.scrapes as f64 / 1e3
    );
}

fn scraper(url: &str) -> Scraper {
    let given = (0..TARGETS).map(|number| format!("{url}/{number}").parse().expect("it is a URL"));
    Scraper::new(ScraperOptions {
        announced: None,
        given: given.collect(),
        allowed: Allowed::loopback(),
        interval: INTERVAL,
        get: ScrapeGet {
            limits: GetLimits { total: INTERVAL, first_byte: INTERVAL, ..GetLimits::default() },
            form: Form::default(),
            memory: BodyMemory::of_bytes(BODY_MEMORY_BYTES),
            tls: None,
        },
        seed: Hash([1; 32]),
        is_once: false,
        stand_ins: BTreeMap::new(),
    })
}

impl Came {
    fn add(&mut self, raw: &Raw) {
        for exchange in &raw.exchanges {
            let told = exchange.outcome.body().unwrap_or_default();
            let line = told.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            let body = told.len() - line;
            self.scrapes += 1;
            self.failed += u64::from(body == 0);
            self.bytes += body as u64;
        }
    }

    fn print(&self, wall: Duration, cpu: Duration) {
        let Self { scrapes, failed, bytes } = self;
        let rounds = *scrapes as f64 / TARGETS as f64;
        println!(
            "metrics: {scrapes} scrapes of {TARGETS} targets at an interval of {} s, {:.1} KB each, {failed} failed \
             (target 0: {}); the server is another process",
            INTERVAL.as_secs(),
            *bytes as f64 / *scrapes as f64 / 1e3,
            reached(*failed == 0)
        );
        let a_round = cpu.as_secs_f64() / rounds;
        println!(
            "metrics a round of {TARGETS}: {a_round:.2} s of processor (target under {} s, a tenth of a core at a round a \
             minute: {}), {:.0} us a scrape, {:.0} MB/s of bodies a core",
            CPU_TARGET.as_secs(),
            reached(a_round < CPU_TARGET.as_secs_f64()),
            a_round / TARGETS as f64 * 1e6,
            *bytes as f64 / cpu.as_secs_f64() / 1e6
        );
        let (rate, least) = (*scrapes as f64 / wall.as_secs_f64(), TARGETS as f64 / 60.0);
        println!(
            "metrics rate: {rate:.0} scrapes/s (target at least {least:.0}, {TARGETS} a minute: {}); the interval asks for {:.0}",
            reached(rate >= least),
            TARGETS as f64 / INTERVAL.as_secs_f64()
        );
    }
}

fn reached(is: bool) -> &'static str {
    if is { "reached" } else { "missed" }
}
