//! Reports of GPUs, and the certificates that they are to be believed by: two bytes of length, the report, the chain.

use std::sync::LazyLock;

use annals_gpu::Transcript;
use annals_gpu::attestation::{Evidence, MeasurementReport};
use annals_log::Hash;

use crate::golden::fixture;

/// SHA-256 of the root of the golden chain.
const ROOT: &str = "d96edb34b9c4135117d1696e8e4468bf56c4d560217f2d74942f5e27889fa820";
/// Within the validity of all certificates.
const AT_MS: u64 = 1_800_000_000_000;

struct Golden {
    evidence: Evidence,
    nonce: Hash,
    root: Hash,
}

static GOLDEN: LazyLock<Golden> = LazyLock::new(|| {
    let read = |name: &str| std::fs::read(fixture(name)).unwrap();
    let nonce = Transcript::from_bytes(&read("pog/right.pog")).unwrap().attestation_nonce();
    let root = Hash(hex::decode(ROOT).unwrap().try_into().unwrap());
    let evidence = Evidence { report: read("pog/right.spdm"), chain: read("pog/right.pem") };
    evidence.verify(&nonce, &root, AT_MS).unwrap();
    Golden { evidence, nonce, root }
});

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let Evidence { report, chain } = &GOLDEN.evidence;
    let joined = |report: &[u8], chain: &[u8]| {
        [&u16::try_from(report.len()).unwrap().to_le_bytes()[..], report, chain].concat()
    };
    vec![joined(report, chain), joined(report, &[]), joined(&report[..200], &chain[..900])]
}

pub(crate) fn run(input: &[u8]) {
    let Some((length, rest)) = input.split_first_chunk() else { return };
    let length = usize::from(u16::from_le_bytes(*length)).min(rest.len());
    let (report, chain) = rest.split_at(length);
    if let Ok(read) = MeasurementReport::from_bytes(report) {
        assert_eq!([read.signed, read.signature].concat(), report);
        let values = read.measurements.iter().map(|measurement| measurement.value.len() + 7);
        let fields = read.opaque_fields.iter().map(|field| field.value.len() + 4);
        assert_eq!(37 + 8 + values.sum::<usize>() + 34 + fields.sum::<usize>() + 96, report.len());
    }
    let evidence = Evidence { report: report.to_vec(), chain: chain.to_vec() };
    let found = evidence.verify(&GOLDEN.nonce, &GOLDEN.root, AT_MS);
    // The text around certificates is nobody's word, a report is its card's.
    assert!(found.is_err() || report == GOLDEN.evidence.report, "forged");
}
