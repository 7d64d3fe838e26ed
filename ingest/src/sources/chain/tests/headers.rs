//! Headers of finney and its test network, as nodes told them: each hashes to its hash.

use std::collections::BTreeMap;

use annals_log::BlockHeader;
use serde_json::Value;
use sp_crypto_hashing::blake2_256;

use super::{answered, fixture};
use crate::sources::chain::question::{BlockHash, hash_of_hex, header_told};

/// With the network of each.
fn headers() -> Vec<(BlockHash, BlockHeader, String)> {
    let lines = std::fs::read_to_string(fixture("chain-headers/finney_headers.jsonl")).unwrap();
    let told = lines.lines().map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        let header = header_told(&answered(&line["header"].to_string())).unwrap().unwrap();
        let network = line["network"].as_str().unwrap().to_owned();
        (hash_of_hex(line["hash"].as_str().unwrap()).unwrap(), header, network)
    });
    told.collect()
}

#[test]
fn every_real_header_hashes_to_its_hash() {
    let headers = headers();
    assert_eq!(headers.len(), 57);
    for (hash, header, network) in &headers {
        assert_eq!(blake2_256(&header.to_scale()), *hash, "{network} {}", header.number);
        assert_eq!(BlockHeader::from_scale(&header.to_scale()).as_ref(), Some(header));
        assert!(!header.digest.is_empty());
    }
}

#[test]
fn consecutive_real_headers_name_their_parents() {
    let headers = headers();
    let of_test: BTreeMap<u64, _> = headers
        .iter()
        .filter(|(.., network)| network == "testfinney")
        .map(|(hash, header, _)| (header.number, (hash, header)))
        .collect();
    let pairs = of_test.values().zip(of_test.values().skip(1));
    let joined = pairs.filter(|((hash, _), (_, next))| next.parent_hash == **hash).count();
    assert_eq!((of_test.len(), joined), (15, 14));
}

#[test]
fn a_header_that_was_changed_anywhere_has_another_hash() {
    for (hash, header, _) in headers() {
        let changed: [fn(&mut BlockHeader); 5] = [
            |header| header.number += 1,
            |header| header.parent_hash[0] ^= 1,
            |header| header.state_root[31] ^= 1,
            |header| header.extrinsics_root[7] ^= 1,
            |header| header.digest.truncate(1),
        ];
        for change in changed {
            let mut other = header.clone();
            change(&mut other);
            assert_ne!(blake2_256(&other.to_scale()), hash);
        }
    }
}

#[test]
fn a_header_with_a_field_that_is_none_is_refused() {
    let line = r#"{"parentHash":"0xPARENT","number":"0x2a","stateRoot":"0x00","extrinsicsRoot":"0x00","digest":{"logs":[]}}"#;
    let hash = "11".repeat(32);
    let sound = line.replace("PARENT", &hash).replace("0x00", &format!("0x{hash}"));
    assert_eq!(header_told(&answered(&sound)).unwrap().unwrap().number, 42);
    assert_eq!(header_told(&answered("null")), Ok(None));
    for wrong in [
        line.to_owned(),
        sound.replace("\"0x2a\"", "\"2a\""),
        sound.replace("\"0x2a\"", "\"0x100000000\""),
        sound.replace("[]", "[\"0x0610\"]"),
        sound.replace("[]", "[\"0x0800\"]"),
        sound.replacen("0x11", "0x1", 1),
        sound.replace("\"number\"", "\"numbers\""),
        "{}".to_owned(),
        "[".repeat(100_000),
    ] {
        assert!(header_told(&answered(&wrong)).is_err(), "{wrong}");
    }
}
