//! All fuzz targets in one program, which is built once: `ANNALS_FUZZ` names the one to run. See `../fuzz.sh`.

#![no_main]

mod attestation;
mod bodies;
mod exposition;
mod golden;
mod graphql;
mod index_rows;
mod json;
mod memory_disk;
mod metadata;
mod note;
mod pog;
mod pog_upstream;
mod proof;
mod recordable;
mod remote_write;
mod scale;
mod segment;
mod tables;
mod wandb_file;
mod watermark;

use std::alloc::System;
use std::path::Path;
use std::sync::LazyLock;

use cap::Cap;
use libfuzzer_sys::fuzz_target;

/// Something that reads bytes which others have written.
struct Target {
    name: &'static str,
    /// Panics if what it promises does not hold.
    run: fn(&[u8]),
    /// Inputs to begin with, out of `fixtures/`.
    seeds: fn() -> Vec<Vec<u8>>,
    /// For one input, beside what is kept for all.
    memory_mib: usize,
}

const TARGETS: &[Target] = &[
    Target { name: "attestation", run: attestation::run, seeds: attestation::seeds, memory_mib: 64 },
    Target { name: "bodies", run: bodies::run, seeds: bodies::seeds, memory_mib: 64 },
    Target { name: "exposition", run: exposition::run, seeds: exposition::seeds, memory_mib: 64 },
    Target { name: "graphql", run: graphql::run, seeds: graphql::seeds, memory_mib: 256 },
    Target { name: "index_rows", run: index_rows::run, seeds: index_rows::seeds, memory_mib: 256 },
    Target { name: "json", run: json::run, seeds: json::seeds, memory_mib: 256 },
    Target { name: "metadata", run: metadata::run, seeds: metadata::seeds, memory_mib: 512 },
    Target { name: "note", run: note::run, seeds: note::seeds, memory_mib: 16 },
    Target { name: "pog", run: pog::run, seeds: pog::seeds, memory_mib: 64 },
    Target { name: "pog_upstream", run: pog_upstream::run, seeds: pog_upstream::seeds, memory_mib: 64 },
    Target { name: "proof", run: proof::run, seeds: proof::seeds, memory_mib: 16 },
    Target { name: "remote_write", run: remote_write::run, seeds: remote_write::seeds, memory_mib: 256 },
    Target { name: "scale", run: scale::run, seeds: scale::seeds, memory_mib: 256 },
    Target { name: "segment", run: segment::run, seeds: segment::seeds, memory_mib: 256 },
    Target { name: "tables", run: tables::run, seeds: tables::seeds, memory_mib: 512 },
    Target { name: "wandb_file", run: wandb_file::run, seeds: wandb_file::seeds, memory_mib: 256 },
    Target { name: "watermark", run: watermark::run, seeds: watermark::seeds, memory_mib: 256 },
];

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

static TARGET: LazyLock<&'static Target> = LazyLock::new(|| {
    let name = std::env::var("ANNALS_FUZZ").expect("ANNALS_FUZZ names a target");
    TARGETS.iter().find(|target| target.name == name).expect("ANNALS_FUZZ names a target of the list")
});

/// Writes the seeds of the target into `folder`.
fn write_seeds(folder: &Path) {
    for (place, seed) in (TARGET.seeds)().into_iter().enumerate() {
        std::fs::write(folder.join(format!("seed-{place:03}")), seed).expect("the folder is there");
    }
}

fuzz_target!(
    init: {
        if let Some(folder) = std::env::var_os("ANNALS_FUZZ_SEEDS") {
            write_seeds(folder.as_ref());
        }
        // To tell of a finding takes memory, too.
        let tell = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |finding| {
            ALLOCATOR.set_limit(usize::MAX).expect("there is no limit");
            tell(finding);
        }));
        // What is kept for all inputs is made before memory is counted.
        (TARGET.run)(&[]);
    },
    |input: &[u8]| {
        let limit = ALLOCATOR.allocated() + (TARGET.memory_mib << 20);
        ALLOCATOR.set_limit(limit).expect("it is above what is allocated");
        (TARGET.run)(input);
        ALLOCATOR.set_limit(usize::MAX).expect("there is no limit");
    }
);
