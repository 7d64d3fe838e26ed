//! What polls cost: processor, memory, room.

use std::sync::Arc;
use std::time::{Duration, Instant};

use annals_ingest::sources::{PollOptions, WandbPoller};
use annals_ingest::{ApiKey, ApiOptions, Driver, RunsAsked, Taken, WandbApi};
use annals_log::Log;

use super::project::CHANGED;
use super::server::ASKED;
use crate::chain::scratch::{new_log, room};
use crate::curve::Curve;
use crate::processor;
use crate::server::Server;

const POLLS: u64 = 200;
const MANY_POLLS: u64 = 10_000;
const POLLS_A_DAY: f64 = 2_880.0;
const CPU_TARGET: Duration = Duration::from_millis(60);
const MEMORY_TARGET_MIB: f64 = 64.0;
const ROOM_TARGET_MB: f64 = 60.0;

/// Somebody who polls, and the log that it is recorded in.
struct Recorder {
    folder: tempfile::TempDir,
    log: Log,
    driver: Driver,
    poller: WandbPoller,
    taken: Taken,
    bytes: usize,
}

pub(crate) fn bench() {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("there is memory");
    let server = Server::start(ASKED, "1");
    // First, while the process has done nothing else.
    runtime.block_on(many(&server));
    runtime.block_on(cost(&server));
}

async fn cost(server: &Server) {
    let mut recorder = Recorder::new(server);
    recorder.poll().await;
    recorder.bytes = 0;
    let (events, room, began, cpu) =
        (recorder.taken.events, recorder.room(), Instant::now(), processor::taken());
    for _ in 0..POLLS {
        recorder.poll().await;
    }
    let polls = u32::try_from(POLLS).expect("they are few");
    let (wall, cpu) = (began.elapsed() / polls, (processor::taken() - cpu) / polls);
    let events = (recorder.taken.events - events) as f64 / POLLS as f64;
    let (answered, room) =
        (recorder.bytes as f64 / POLLS as f64, (recorder.room() - room) as f64 / POLLS as f64);
    println!(
        "wandb: polls of 20 validators' runs with 256 votes each and 280 miners' runs, {:.2} MB, {CHANGED} of them changed; \
         the server is another process",
        answered / 1e6
    );
    let reached = |is: bool| if is { "reached" } else { "missed" };
    println!(
        "wandb a poll: {:.1} ms of processor (target under {} ms: {}), {:.1} ms until it is durable, {events:.2} events (target {}: {})",
        cpu.as_secs_f64() * 1e3,
        CPU_TARGET.as_millis(),
        reached(cpu < CPU_TARGET),
        wall.as_secs_f64() * 1e3,
        CHANGED + 1,
        reached((events - (CHANGED + 1) as f64).abs() < 0.01)
    );
    let a_day = room * POLLS_A_DAY / 1e6;
    println!(
        "wandb room: {:.1} KB a poll on disk, {a_day:.1} MB a day at a poll every 30 s (target {ROOM_TARGET_MB} MB: {})",
        room / 1e3,
        reached(a_day <= ROOM_TARGET_MB)
    );
}

async fn many(server: &Server) {
    let mut recorder = Recorder::new(server);
    let mut curve = Curve::begin("wandb", "polls", MANY_POLLS);
    for poll in 1..=MANY_POLLS {
        recorder.poll().await;
        curve.look(poll);
    }
    curve.print(Some(MEMORY_TARGET_MIB));
}

impl Recorder {
    fn new(server: &Server) -> Self {
        let (folder, log) = new_log();
        let key = ApiKey::new("5ec2e7", "the bench").expect("it is one");
        let (base_url, answer_within, patience) =
            (server.url.clone(), Duration::from_secs(30), Duration::ZERO);
        let api = WandbApi::new(&ApiOptions { base_url, key, answer_within, patience }).expect("it is a URL");
        let options = PollOptions {
            asked: RunsAsked::of_subnet("neuralinternet", "opencompute", 27),
            always: None,
            every: Duration::ZERO,
            // As often as at a poll every 30 s, one of 30 is a sweep: it brings no more than the others.
            sweep_every: Duration::from_secs(1),
        };
        let (poller, _) = WandbPoller::new(Arc::new(api), options);
        Self { folder, log, driver: Driver::default(), poller, taken: Taken::default(), bytes: 0 }
    }

    async fn poll(&mut self) {
        loop {
            let memory = self.log.memory("wandb").expect("it is read");
            let raw = self.poller.next(memory).await;
            self.bytes += raw
                .exchanges
                .iter()
                .map(|exchange| exchange.outcome.body().map_or(0, <[u8]>::len))
                .sum::<usize>();
            self.driver.take(&raw, &mut self.log, &mut self.taken).expect("it is recorded");
            if self.poller.is_between_polls() {
                assert_eq!(self.poller.trouble(), None);
                return;
            }
        }
    }

    fn room(&self) -> u64 {
        room(&self.folder)
    }
}
