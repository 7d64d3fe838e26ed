//! How soon the tables follow a commit while W&B is polled, beside the recorder and in a process without a writer.
//!
//! `cargo bench --bench follow`. The polls are those of a recorded day of the subnet, as fast as they can be recorded.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use annals_ingest::{Cassette, Driver, Taken};
use annals_log::{Clock, Log, NewLog, Options, Reader, TreeSize};
use annals_projections::{Projections, Projector, ProjectorOptions};

mod machine;

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const DAY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sn27-day/day.cassette.zst");
/// A poll that ends the wait for the one before would measure how fast the day can be read, not how soon tables follow.
const BETWEEN_POLLS: Duration = Duration::from_millis(20);
const MEDIAN_MAX_MS: f64 = 100.0;
const P95_MAX_MS: f64 = 300.0;

/// Who tells the projector that the log has grown.
#[derive(Clone, Copy)]
enum Told {
    /// The recorder, in the same process.
    ByRecorder,
    /// Nobody: it looks by itself, as beside a recorder in another process.
    ByNobody,
}

fn main() {
    // The words are what Cargo adds and what a user filters by.
    if std::env::args().skip(1).all(|word| word.starts_with("--") || "follow".contains(word.as_str())) {
        bench();
    }
}

fn bench() {
    for (told, how) in [(Told::ByRecorder, "told by the recorder"), (Told::ByNobody, "looking by itself")] {
        let (latencies, recording) = follow(told);
        let mut sorted = latencies.clone();
        sorted.sort_by(f64::total_cmp);
        let [median, p95, worst] = [50, 95, 100].map(|percent| sorted[(sorted.len() - 1) * percent / 100]);
        let verdict = if median < MEDIAN_MAX_MS && p95 < P95_MAX_MS { "reached" } else { "missed" };
        println!(
            "follow: {} commits, {how}: the tables are there after {median:.1} ms, 95 in 100 after {p95:.1} ms, all \
             after {worst:.1} ms (target {MEDIAN_MAX_MS} and {P95_MAX_MS} ms: {verdict}); recording took {:.2} s",
            latencies.len(),
            recording.as_secs_f64()
        );
    }
    let (_, recording) = record(None);
    println!("follow: recording the same without tables took {:.2} s", recording.as_secs_f64());
}

/// Records the day; returns for each commit how many milliseconds the tables took to follow, and the time that
/// recording took.
fn follow(told: Told) -> (Vec<f64>, Duration) {
    record(Some(told))
}

fn record(told: Option<Told>) -> (Vec<f64>, Duration) {
    let folder = tempfile::tempdir().expect("a folder for a log");
    let root = folder.path().join("log");
    let new = NewLog { netuid: 27, ..NewLog::default() };
    let mut log = Log::create(&root, new, Options::default()).expect("the folder is new");
    let projector = told.map(|told| start(&root, told));
    let seen = projector.as_ref().map(|projector| {
        let mut views = projector.views();
        std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().build().expect("it needs memory only");
            let mut seen: Vec<(TreeSize, Instant)> = Vec::new();
            while runtime.block_on(views.changed()).is_ok() {
                let position = views.borrow_and_update().as_ref().map(|view| view.tables.position);
                seen.extend(position.map(|position| (position, Instant::now())));
            }
            seen
        })
    });
    let mut cassette = Cassette::open(Path::new(DAY)).expect("the fixture is there");
    let (mut driver, mut taken) = (Driver::default(), Taken::default());
    let (mut commits, mut recording) = (Vec::new(), Duration::ZERO);
    while let Some(raw) = cassette.next_fetch().expect("the fixture is sound") {
        let began = Instant::now();
        driver.take(&raw, &mut log, &mut taken).expect("the log takes it");
        recording += began.elapsed();
        commits.push((log.size(), Instant::now()));
        if let (Some(projector), Some(Told::ByRecorder)) = (&projector, told) {
            projector.look();
        }
        std::thread::sleep(BETWEEN_POLLS);
    }
    let Some(mut projector) = projector else { return (Vec::new(), recording) };
    projector.settle().expect("the log is sound");
    drop(projector);
    let seen = seen.map(|seen| seen.join().expect("it only looks")).unwrap_or_default();
    let latency = |(size, at): &(TreeSize, Instant)| {
        let first = seen.iter().find(|(position, _)| position >= size);
        first.map(|(_, then)| then.saturating_duration_since(*at).as_secs_f64() * 1e3)
    };
    (commits.iter().filter_map(latency).collect(), recording)
}

fn start(root: &Path, told: Told) -> Projector {
    let look_every = match told {
        Told::ByRecorder => Duration::from_secs(1),
        Told::ByNobody => Duration::from_millis(20),
    };
    let options = ProjectorOptions {
        folder: None,
        look_every,
        entries_between_roots: None,
        clock: Clock::System,
        on_trouble: Box::new(|error| eprintln!("{error}")),
    };
    let root = Arc::new(root.to_owned());
    Projector::start(options, move || Ok((Reader::open(&root)?, Projections::new(None))))
}
