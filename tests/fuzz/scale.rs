//! Events and extrinsics of blocks, by the metadata of real runtimes: a byte says which runtime and what of the two.

use std::sync::LazyLock;

use annals_ingest::fuzzing::Runtime;

use crate::golden::fixture;

const VERSIONS: [u32; 4] = [101, 119, 143, 185];

pub(crate) static RUNTIMES: LazyLock<Vec<Runtime>> =
    LazyLock::new(|| VERSIONS.map(|version| Runtime::of(metadata_of(version)).unwrap()).into());

pub(crate) fn metadata_of(version: u32) -> Vec<u8> {
    let file = std::fs::File::open(fixture(&format!("chain-executed/v{version}.scale.zst"))).unwrap();
    zstd::decode_all(file).unwrap()
}

/// The place of its runtime in the list, events, extrinsics.
pub(crate) fn blocks() -> Vec<(u8, Vec<u8>, Vec<Vec<u8>>)> {
    let ladder = std::fs::read(fixture("chain-executed/ladder.json")).unwrap();
    let ladder: serde_json::Value = serde_json::from_slice(&ladder).unwrap();
    let bytes = |value: &serde_json::Value| hex::decode(value.as_str()?.strip_prefix("0x")?).ok();
    let blocks = ladder["blocks"].as_array().unwrap().iter();
    blocks
        .filter_map(|block| {
            let version = block["spec_version_at_hash"].as_u64()?;
            let place = VERSIONS.iter().position(|known| u64::from(*known) == version)?;
            let extrinsics = block["extrinsics"].as_array()?.iter().filter_map(bytes).collect();
            Some((u8::try_from(place).ok()?, bytes(&block["events"])?, extrinsics))
        })
        .collect()
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (place, events, extrinsics) in blocks() {
        seeds.push([&[place], &events[..]].concat());
        seeds.extend(extrinsics.iter().map(|extrinsic| [&[place + 4], &extrinsic[..]].concat()));
    }
    assert!(seeds.len() > 10, "the ladder has blocks");
    seeds
}

pub(crate) fn run(input: &[u8]) {
    let (which, bytes) = input.split_first().unwrap_or((&0, &[]));
    let runtime = &RUNTIMES[usize::from(which % 4)];
    if which & 4 == 0 { runtime.events(bytes) } else { runtime.extrinsic(bytes) }
}
