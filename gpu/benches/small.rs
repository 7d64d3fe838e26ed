//! The prover that is the reference, and the oracle for kernels, at sizes that a CPU can do.

use annals_gpu::{CpuProver, Parameters, PhiloxKey, Prover, Round, RoundSeed, is_product};
use annals_log::Hash;
use criterion::Criterion;

use crate::alone::processor_time;

const SMALL: Parameters = Parameters {
    size: 1_024,
    rounds: 4_096,
    kept_rounds: 0,
    sweeps: 0,
    round_openings: 1,
    sweep_openings: 0,
    rounds_ms_max: 1_000,
    sweeps_ms_max: 1_000,
};

pub(crate) fn benches(criterion: &mut Criterion) {
    let round = processor_time(criterion, "prover/a round of 1,024", || {
        CpuProver::new(SMALL).round(0, RoundSeed(Hash([7; 32]))).unwrap()
    });
    if let Some(took) = round {
        let rate = SMALL.operations_per_round() as f64 / took.as_secs_f64() / 1e9;
        println!("prover on the CPU: {rate:.0} * 10^9 operations a second, commitments and all");
    }

    let size = SMALL.size as usize;
    let lines = |fill: &dyn Fn(u32, &mut [u8])| -> Vec<i8> {
        let mut bytes = vec![0; size * size];
        (0..).zip(bytes.chunks_mut(size)).for_each(|(line, bytes)| fill(line, bytes));
        bytes.iter().map(|byte| byte.cast_signed()).collect()
    };
    let round = Round::new(RoundSeed(Hash([8; 32])), SMALL.size);
    let left = lines(&|row, bytes| round.fill_left_row(row, 0, bytes));
    let right = lines(&|column, bytes| round.fill_right_column(column, 0, bytes));
    let mut product = vec![0; size * size];
    for (row, sums) in left.chunks(size).zip(product.chunks_mut(size)) {
        for (column, sum) in right.chunks(size).zip(sums) {
            *sum = row.iter().zip(column).map(|(left, right)| i32::from(*left) * i32::from(*right)).sum();
        }
    }
    let key = PhiloxKey::of(&[4; 32]);
    let oracle = processor_time(criterion, "freivalds/a product of 1,024", || {
        assert!(is_product(size, &left, &right, &product, &key));
    });
    if let Some(took) = oracle {
        let full = took.as_secs_f64() * f64::from(20_480 / SMALL.size).powi(2);
        println!("oracle for kernels: {took:?}, about {full:.1} s for a product of 20,480");
    }
}
