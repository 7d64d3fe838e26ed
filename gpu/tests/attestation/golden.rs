//! Evidence that was once made, beside the run of `fixtures/pog/right.pog`: it is judged alike for ever.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use annals_gpu::Transcript;
use annals_gpu::attestation::Evidence;
use annals_log::Hash;

use super::maker::{AT_MS, Card};

/// SHA-256 of the root of the chain.
const ROOT: &str = "d96edb34b9c4135117d1696e8e4468bf56c4d560217f2d74942f5e27889fa820";

pub(super) struct Golden {
    pub(super) evidence: Evidence,
    pub(super) nonce: Hash,
    pub(super) root: Hash,
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/pog").join(name)
}

/// The evidence of the fixtures; `ANNALS_ACCEPT=1` writes what is missing. No signature is made twice, so none is ever
/// made again.
pub(super) static GOLDEN: LazyLock<Golden> = LazyLock::new(|| {
    let run = Transcript::from_bytes(&std::fs::read(path("right.pog")).unwrap()).unwrap();
    let nonce = run.attestation_nonce();
    let (report, chain) = (path("right.spdm"), path("right.pem"));
    if !report.exists() && std::env::var_os("ANNALS_ACCEPT").is_some() {
        let card = Card::new();
        println!("the root is {}", card.root());
        let evidence = card.evidence(&nonce);
        std::fs::write(&report, evidence.report).unwrap();
        std::fs::write(&chain, evidence.chain).unwrap();
    }
    let evidence = Evidence { report: std::fs::read(report).unwrap(), chain: std::fs::read(chain).unwrap() };
    Golden { evidence, nonce, root: Hash(hex::decode(ROOT).unwrap().try_into().unwrap()) }
});

#[test]
fn golden_evidence_is_verified() {
    let attested = GOLDEN.evidence.verify(&GOLDEN.nonce, &GOLDEN.root, AT_MS).unwrap();
    assert_eq!(attested.certificate_serial, "53c200");
    assert_eq!(attested.driver_version.as_deref(), Some("580.95.05"));
}

#[test]
fn the_nonce_is_a_digest_of_the_seed_after_the_last_round() {
    // PROTOCOL.md shows both.
    let seed_end = hex::decode("122dcaeef455664af0bacb69fdf1ac4cd4c11c93e704fa83374df72ea66ad325").unwrap();
    let nonce = GOLDEN.nonce;
    assert_eq!(nonce, Hash::of(&[b"annals-pog2-attn", &seed_end[..]].concat()));
    assert_eq!(nonce.to_string(), "e12848c76f34ae5b597c3ddc8b506e0db044535d080372ae3b09f561397b3ebe");
}
