//! Golden evidence in which one byte is another: none of it is verified, and nothing ends the verifier.

use annals_gpu::attestation::{Evidence, Fault};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

use super::golden::GOLDEN;
use super::maker::{AT_MS, ROOT, pem};

/// Where the fields of the golden report lie.
const NONCE: std::ops::Range<usize> = 4..36;
const RECORD: std::ops::Range<usize> = 45..45 + 64 * 55;
const SIGNATURE_BYTES: usize = 96;
/// One byte of 23 in the measurements stands for all. It shares no factor with 55, the bytes of a measurement, so each
/// field of one is hit.
const STEP: usize = 23;

fn fault(evidence: &Evidence) -> Fault {
    evidence.verify(&GOLDEN.nonce, &GOLDEN.root, AT_MS).unwrap_err()
}

/// Returns the certificates of the golden chain in DER.
fn certificates() -> Vec<Vec<u8>> {
    CertificateDer::pem_slice_iter(&GOLDEN.evidence.chain).map(|found| found.unwrap().to_vec()).collect()
}

#[test]
fn every_part_of_the_report_is_signed() {
    let report = &GOLDEN.evidence.report;
    let mut tried = 0;
    for at in 0..report.len() {
        if RECORD.contains(&at) && at % STEP != 0 {
            continue;
        }
        let mut evidence = GOLDEN.evidence.clone();
        evidence.report[at] ^= 1 << (at % 8);
        let found = fault(&evidence);
        if NONCE.contains(&at) {
            assert_eq!(found, Fault::Nonce, "byte {at}");
        } else if at >= report.len() - SIGNATURE_BYTES {
            assert_eq!(found, Fault::Signature, "byte {at}");
        } else {
            assert!(matches!(found, Fault::Format | Fault::Signature), "byte {at}: {found:?}");
        }
        tried += 1;
    }
    println!("report: {tried} bytes, one at a time, refused");
}

#[test]
fn every_part_of_a_certificate_is_signed() {
    let whole = certificates();
    let mut tried = 0;
    for place in 0..=ROOT {
        for at in 0..whole[place].len() {
            let mut certificates = whole.clone();
            certificates[place][at] ^= 1 << (at % 8);
            let evidence = Evidence { chain: pem(&certificates), ..GOLDEN.evidence.clone() };
            let found = fault(&evidence);
            if place == ROOT {
                assert_eq!(found, Fault::UnknownRoot, "byte {at}");
            } else {
                assert!(
                    matches!(found, Fault::Chain | Fault::Expired),
                    "certificate {place}, byte {at}: {found:?}"
                );
            }
            tried += 1;
        }
    }
    println!("certificates: {tried} bytes, one at a time, refused");
}

#[test]
fn evidence_that_ends_early_is_refused_at_every_length() {
    for length in 0..GOLDEN.evidence.report.len() {
        let report = GOLDEN.evidence.report[..length].to_vec();
        assert_eq!(fault(&Evidence { report, ..GOLDEN.evidence.clone() }), Fault::Format, "{length}");
    }
    for length in 0..GOLDEN.evidence.chain.len() {
        let chain = GOLDEN.evidence.chain[..length].to_vec();
        let found = fault(&Evidence { chain, ..GOLDEN.evidence.clone() });
        assert!(matches!(found, Fault::Format | Fault::UnknownRoot | Fault::Chain), "{length}: {found:?}");
    }
    println!("{} lengths refused", GOLDEN.evidence.report.len() + GOLDEN.evidence.chain.len());
}
