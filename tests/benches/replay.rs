//! How fast a log is folded into all tables, beside the least that any replay has to do: read it, check it, expand and
//! parse what it says.
//!
//! `cargo bench --bench replay`; `ANNALS_BENCH_ENTRIES` is the length of the log, 100,000 unless told.

use std::cell::LazyCell;
use std::hint::black_box;
use std::time::{Duration, Instant};

use annals_log::{
    Envelope, Fact as _, Frame, ListedRun, LogIndex, Payloads, ReadError, Reader, RunConfig, WandbHistoryRow,
    WandbPoll, WandbRun, decode,
};
use annals_projections::Projections;
use criterion::{Criterion, SamplingMode, Throughput};

mod machine;

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ENTRIES: u64 = 100_000;
/// The fewest that criterion takes.
const ROUNDS: usize = 10;
const RATIO_MAX: f64 = 1.3;

/// How long one round took: the least that has to be done, and the fold.
type Pair = (Duration, Duration);

fn main() {
    let mut criterion = Criterion::default().without_plots().configure_from_args();
    // Made only for whoever asks for this bench.
    let entries = machine::entries_asked("ANNALS_BENCH_ENTRIES", ENTRIES);
    let made = LazyCell::new(|| {
        let log = machine::log_of(entries);
        let reader = Reader::open(log.path()).expect("the log was made just now");
        (log, reader)
    });
    let mut pairs: Vec<Pair> = Vec::new();
    let mut group = criterion.benchmark_group("replay");
    group.sampling_mode(SamplingMode::Flat).sample_size(ROUNDS).throughput(Throughput::Elements(entries));
    // A round is long, and one kept warm is like the next: one a sample.
    group.warm_up_time(Duration::from_millis(1)).measurement_time(Duration::from_millis(1));
    group.bench_function("into all tables", |bencher| {
        bencher.iter_custom(|rounds| {
            let first = pairs.len();
            let (_, reader) = &*made;
            pairs.extend((0..rounds).map(|_| pair(reader)));
            pairs[first..].iter().map(|(_, fold)| fold).sum()
        });
    });
    group.finish();
    if !pairs.is_empty() {
        report(made.1.size().0, &pairs);
    }
    criterion.final_summary();
}

/// In pairs, so that what else goes on here slows both down.
fn pair(reader: &Reader) -> Pair {
    let parse = timed(|| parse_all(reader).expect("the log is sound"));
    (parse, timed(|| drop(black_box(fold(reader)))))
}

fn report(entries: u64, pairs: &[Pair]) {
    // Far below what a double tells apart.
    let rate = |side: fn(&Pair) -> Duration| {
        let seconds: Vec<f64> = pairs.iter().map(|pair| side(pair).as_secs_f64()).collect();
        entries as f64 / machine::median(seconds)
    };
    let ratio = pairs.iter().map(|(parse, fold)| fold.as_secs_f64() / parse.as_secs_f64()).collect();
    println!("read + decompress + digest + parse: {:.0} entries/s", rate(|pair| pair.0));
    println!("replay into all tables: {:.0} entries/s", rate(|pair| pair.1));
    println!(
        "replay / read + decompress + digest + parse: {:.2} times (target: at most {RATIO_MAX})",
        machine::median(ratio)
    );
    println!("replay, peak resident memory: {} MiB", machine::own_peak_bytes() >> 20);
}

fn timed(work: impl FnOnce()) -> Duration {
    let began = Instant::now();
    work();
    began.elapsed()
}

/// The fold, as `annals query` begins it: rows that stand no more leave memory for files.
fn fold(reader: &Reader) -> Projections {
    let folder = tempfile::tempdir().expect("a folder for the tables");
    let mut tables = Projections::begin_in(folder.path(), None).expect("the folder can be written to");
    tables.catch_up(reader, reader.size(), |_| ()).expect("the log is sound");
    tables
}

/// Every frame and its checksum, every envelope, every payload and its digest, every body and config: nothing is kept.
fn parse_all(reader: &Reader) -> Result<(), ReadError> {
    let mut payloads = Payloads::of(reader);
    let mut scan = reader.scan(LogIndex(0)..reader.size().next_index());
    while let Some(frame) = scan.next_frame()? {
        for (index, entry) in frame.entries() {
            parse(&reader.envelope(index, entry)?, &frame, &mut payloads)?;
        }
    }
    Ok(())
}

fn parse(envelope: &Envelope<'_>, frame: &Frame<'_>, payloads: &mut Payloads) -> Result<(), ReadError> {
    const SOUND: &str = "the log was made of such bodies";
    let body = payloads.body(frame, envelope)?;
    let attached: Vec<Vec<u8>> =
        envelope.attached.iter().map(|&payload| payloads.get(frame, payload)).collect::<Result<_, _>>()?;
    if envelope.kind == WandbRun::KIND {
        let run: WandbRun = decode(&body).expect(SOUND);
        let config = run.config_text(&attached).expect(SOUND);
        black_box(config.map(|text| RunConfig::read(&text).expect(SOUND)));
    } else if envelope.kind == WandbPoll::KIND {
        black_box(decode::<WandbPoll>(&body).expect(SOUND));
        black_box(attached.first().map(|list| ListedRun::decode_list(list).expect(SOUND)));
    } else if envelope.kind == WandbHistoryRow::KIND {
        black_box(decode::<WandbHistoryRow>(&body).expect(SOUND));
    }
    black_box(attached);
    Ok(())
}
