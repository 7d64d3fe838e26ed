//! How fast configs are read, beside parsers that others keep, and which of those keep what `json.loads` keeps.
//!
//! `cargo run --release --manifest-path tests/json-race/Cargo.toml`: a line a parser. A parser that loses something of
//! what decides a dispute could not take the place of ours however fast it is, so its line says what it loses: it is
//! tried here, not remembered.

#![allow(clippy::unwrap_used, reason = "a bench that cannot go on says where")]

mod configs;
mod exact;
mod readers;

use std::hint::black_box;
use std::time::{Duration, Instant};

use readers::{READERS, Reader};

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// All parsers read all texts in each round, one after the other. The fastest round of each counts: what else goes on
/// here only ever slows one down.
const ROUNDS: usize = 201;
/// Of a round and a parser: long beside the clock, and short enough to be left alone now and then.
const ROUND_BYTES: usize = 1 << 20;

fn main() {
    let asked: Vec<String> = std::env::args().skip(1).collect();
    let is_asked = |reader: &&Reader| asked.iter().all(|word| format!("json {}", reader.name).contains(word));
    let readers: Vec<&Reader> = READERS.iter().filter(is_asked).collect();
    if readers.is_empty() {
        return;
    }
    let lost: Vec<String> = readers.iter().map(|reader| exact::lost_by(reader)).collect();
    for (name, texts) in [("a day of W&B", configs::of_the_day()), ("generated", configs::generated())] {
        let bytes: usize = texts.iter().map(String::len).sum();
        println!(
            "json: {name}: {} configs, {:.1} KB each",
            texts.len(),
            kilobytes(bytes) / texts.len() as f64
        );
        let repeats = ROUND_BYTES.div_ceil(bytes);
        let mut took = vec![Vec::new(); readers.len()];
        for _ in 0..ROUNDS {
            for (reader, took) in readers.iter().zip(&mut took) {
                took.push(timed(|| read_all(reader.read, &texts, repeats)));
            }
        }
        for ((reader, took), lost) in readers.iter().zip(took).zip(&lost) {
            let speed = kilobytes(bytes * repeats) / 1e3 / took.iter().min().unwrap().as_secs_f64();
            println!("json: {name}: {:<28} {speed:>6.0} MB/s, {lost}", reader.name);
        }
    }
}

fn read_all(read: fn(&str) -> bool, texts: &[String], repeats: usize) {
    for _ in 0..repeats {
        for text in texts {
            assert!(black_box(read(black_box(text))), "each of them reads a config");
        }
    }
}

fn timed(work: impl FnOnce()) -> Duration {
    let began = Instant::now();
    work();
    began.elapsed()
}

fn kilobytes(bytes: usize) -> f64 {
    bytes as f64 / 1e3
}
