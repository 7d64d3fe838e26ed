//! Verifying a million entries: one core beside a bare scan, two cores beside one.

use std::hint::black_box;
use std::ops::Deref;
use std::time::{Duration, Instant};

use annals_log::{Reader, Verification};
use criterion::{Criterion, Throughput};

use crate::peers::{BareScan, Race, ResidentMemory, ScratchLog, Target};

pub(crate) fn benches(criterion: &mut Criterion, million: &impl Deref<Target = ScratchLog>) {
    let mut track = Race::track(criterion, "verify");
    track.throughput(Throughput::Elements(1_000_000));
    let mut race = Race::default();
    let mut grown_kib = None;
    track.bench_function("one core", |bencher| {
        bencher.iter_custom(|rounds| {
            let mut ours = || {
                let memory = ResidentMemory::now();
                let took = verify(million, 1);
                grown_kib = grown_kib.max(Some(memory.grown_kib()));
                took
            };
            (0..rounds).map(|_| race.round(&mut ours, || bare_scan(million))).sum()
        });
    });
    race.line("verify, one core / bare scan and root", Target::Speed(0.9));
    let mut race = Race::default();
    track.bench_function("two cores", |bencher| {
        bencher.iter_custom(|rounds| {
            (0..rounds).map(|_| race.round(|| verify(million, 2), || verify(million, 1))).sum()
        });
    });
    race.line("verify, two cores / one core", Target::Speed(1.7));
    if let Some(kib) = grown_kib {
        println!("verify, one core: resident memory grows by {kib} KiB at the most");
    }
    track.finish();
}

fn verify(log: &ScratchLog, threads: usize) -> Duration {
    let start = Instant::now();
    let verified = Verification { threads, ..Verification::default() }.run(log.root()).unwrap();
    let took = start.elapsed();
    assert!(verified.is_sound(), "{:?}", verified.faults);
    took
}

fn bare_scan(log: &ScratchLog) -> Duration {
    let start = Instant::now();
    let root = black_box(BareScan::root_of(log.root()));
    let took = start.elapsed();
    assert_eq!(root, Reader::open(log.root()).unwrap().checkpoint().claim().root);
    took
}
