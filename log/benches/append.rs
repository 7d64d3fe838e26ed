//! Appending: thousands at once and one at a time, beside a raw file, fjall, and a signature an event.

use std::hint::black_box;
use std::time::{Duration, Instant};

use annals_log::{Durability, Event, Hash, HotkeySigner, NoteSigner, RightEdge};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput};
use sp_core::crypto::Pair as _;
use sp_core::sr25519;

use crate::peers::{
    Alone, ENTRY_BYTES, Race, RawFile, ScratchLog, Target, TwoFiles, UnsignedKeyspace, events,
};

const BATCH: u64 = 1_000;
/// Of one round: long enough to fill a segment of 64 MiB within a race.
const BATCHES: u64 = 50;
const SINGLE_COMMITS: u64 = 40;

pub(crate) fn benches(criterion: &mut Criterion) {
    let mut track = Race::track(criterion, "append");
    track.throughput(Throughput::Elements(BATCHES * BATCH));
    let mut lagged = ScratchLog::new(Durability::Lagged);
    beside_raw_file(&mut track, "lagged", Target::Speed(0.85), || lagged.write(batches_of_events()));
    let mut strict = ScratchLog::new(Durability::Strict);
    beside_raw_file(&mut track, "strict", Target::Speed(0.5), || strict.write(batches_of_events()));
    let (mut fjall, entries) = (UnsignedKeyspace::new(), batches_of_entries(BATCHES));
    beside_raw_file(&mut track, "unsigned fjall", Target::Told, || fjall.write(&entries));
    track.finish();
    signed_each(criterion);
    one_at_a_time(criterion);
    hashes_and_signature(criterion);
}

fn beside_raw_file(
    track: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    target: Target,
    mut ours: impl FnMut() -> Duration,
) {
    let (mut race, mut raw) = (Race::default(), RawFile::new());
    let entries = batches_of_entries(BATCHES);
    track.bench_function(name, |bencher| {
        bencher
            .iter_custom(|rounds| (0..rounds).map(|_| race.round(&mut ours, || raw.write(&entries))).sum());
    });
    race.line(&format!("append {name} / raw file"), target);
    race.each(&format!("append {name}"), "raw file", BATCHES);
}

/// The raw file with one sr25519 signature an event: what a log would be that signs entries and not roots.
fn signed_each(criterion: &mut Criterion) {
    const BATCHES: u64 = 10;
    let key = schnorrkel::MiniSecretKey::from_bytes(&[27; 32]).unwrap();
    let key = key.expand_to_keypair(schnorrkel::ExpansionMode::Ed25519);
    let context = schnorrkel::signing_context(b"substrate");
    let sign_all = |batches: &[Vec<Vec<u8>>]| {
        let start = Instant::now();
        for entry in batches.iter().flatten() {
            black_box(key.sign(context.bytes(entry)));
        }
        start.elapsed()
    };
    let mut track = Race::track(criterion, "append");
    track.throughput(Throughput::Elements(BATCHES * BATCH));
    let (mut race, mut raw, mut signed) = (Race::default(), RawFile::new(), RawFile::new());
    let entries = batches_of_entries(BATCHES);
    track.bench_function("sr25519 an event", |bencher| {
        bencher.iter_custom(|rounds| {
            let ours = |signed: &mut RawFile| sign_all(&entries) + signed.write(&entries);
            (0..rounds).map(|_| race.round(|| ours(&mut signed), || raw.write(&entries))).sum()
        });
    });
    race.line("append sr25519 an event / raw file", Target::Told);
    race.each("append sr25519 an event", "raw file", BATCHES);
    track.finish();
}

fn one_at_a_time(criterion: &mut Criterion) {
    let mut track = Race::track(criterion, "append one");
    track.throughput(Throughput::Elements(SINGLE_COMMITS));
    let (mut race, mut two_files) = (Race::default(), TwoFiles::new());
    let mut log = ScratchLog::new(Durability::Strict);
    track.bench_function("strict", |bencher| {
        bencher.iter_custom(|rounds| {
            let mut ours = || log.write_single(events(0, SINGLE_COMMITS));
            (0..rounds).map(|_| race.round(&mut ours, || two_files.write(SINGLE_COMMITS))).sum()
        });
    });
    race.line("append one, strict / two fdatasyncs", Target::Time(1.2));
    race.each("append one, strict", "two fdatasyncs", SINGLE_COMMITS);
    track.finish();
}

/// What a commit takes whatever the disk is: on a fast one these are the limit.
fn hashes_and_signature(criterion: &mut Criterion) {
    let hashes = Alone::measure(criterion, "append/hashes", || {
        let entries = batches_of_entries(1);
        move || {
            let mut edge = RightEdge::empty();
            entries[0].iter().for_each(|entry| edge.push(Hash::leaf(entry)));
            edge.root()
        }
    });
    hashes.line("append, hashes of 1000 entries alone", "");
    let signature = Alone::measure(criterion, "append/signature", || {
        let signer = NoteSigner::from_seed("annals.local/sn27/0123456789abcdef", [27; 32]).unwrap();
        let text = format!("{}\n1000000\n{}=\n", signer.vkey().name(), "A".repeat(43));
        move || signer.sign(&text)
    });
    signature.line("append, Ed25519 signature of a commit alone", "");
    let hotkey = Alone::measure(criterion, "append/hotkey", || {
        let signer = HotkeySigner::new(sr25519::Pair::from_seed(&[27; 32]));
        let text = format!("annals.local/sn27/0123456789abcdef\n1000000\n{}=\n", "A".repeat(43));
        move || signer.sign(&text)
    });
    hotkey.line("append, sr25519 line of a commit alone", "");
}

fn batches_of_events() -> Vec<Vec<Event>> {
    (0..BATCHES).map(|batch| events(batch * BATCH, BATCH)).collect()
}

fn batches_of_entries(batches: u64) -> Vec<Vec<Vec<u8>>> {
    let entry = |_| (0..ENTRY_BYTES).map(|_| fastrand::u8(..)).collect();
    (0..batches).map(|_| (0..BATCH).map(entry).collect()).collect()
}
