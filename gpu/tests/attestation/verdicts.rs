//! Whole evidence: what passes, and what each fault is called.

use annals_gpu::attestation::{Attestation, CHAIN_BYTES_MAX, Evidence, Fault, NVIDIA_ROOT, Verdict};
use annals_log::Hash;
use ring::signature::ECDSA_P384_SHA384_ASN1_SIGNING;

use super::maker::{AT_MS, Card, GPU, Key, pem, report_of, unsigned_report, verdict};

fn nonce() -> Hash {
    Hash::of(b"this run")
}

#[test]
fn a_report_of_a_card_whose_certificates_lead_to_the_root_is_verified() {
    let card = Card::new();
    let evidence = card.evidence(&nonce());
    let found = Attestation::Report(evidence.clone()).verify(&nonce(), &card.root(), AT_MS);
    let Verdict::Verified(attested) = &found else { panic!("{found}") };
    assert_eq!(attested.certificate_serial, "53c200");
    assert_eq!(attested.driver_version.as_deref(), Some("580.95.05"));
    assert_eq!(attested.firmware_id, Some("f5".repeat(48)));
    assert_eq!(evidence.verify(&nonce(), &card.root(), AT_MS).as_ref(), Ok(attested));
}

#[test]
fn a_card_that_gave_nothing_is_not_judged() {
    let found = Attestation::NotAvailable.verify(&nonce(), &NVIDIA_ROOT, AT_MS);
    assert_eq!(found, Verdict::NotAvailable);
    assert_eq!(found.to_string(), "not_available");
}

#[test]
fn a_report_made_for_another_run_is_refused() {
    let card = Card::new();
    assert_eq!(verdict(&card.evidence(&Hash::of(b"another run")), &nonce(), &card.root()), "other_nonce");
}

#[test]
fn a_made_up_maker_is_not_nvidia() {
    assert_eq!(NVIDIA_ROOT.to_string(), "102bf659d5419614c9d8e6aecebc80454eb26b1df6a769ac720b9a690b167b48");
    assert_eq!(verdict(&Card::new().evidence(&nonce()), &nonce(), &NVIDIA_ROOT), "unknown_root");
}

#[test]
fn a_report_that_another_card_signed_is_refused() {
    let (card, other) = (Card::new(), Card::new());
    let report = other.report(&nonce());
    let evidence = Evidence { report, chain: pem(&card.certificates) };
    assert_eq!(verdict(&evidence, &nonce(), &card.root()), "bad_signature");
}

#[test]
fn a_report_that_names_another_firmware_than_the_certificate_is_refused() {
    let card = Card::new();
    let names = |firmware: &[u8]| {
        let report = card.signed(report_of(&nonce(), firmware));
        verdict(&Evidence { report, chain: pem(&card.certificates) }, &nonce(), &card.root())
    };
    assert_eq!(names(&[0xf5; 48]), "verified");
    // Another, one that the certificate begins with, and bytes of the certificate that are no digest in it.
    assert_eq!(names(&[0xf4; 48]), "other_firmware");
    assert_eq!(names(&[0xf5; 47]), "other_firmware");
    assert_eq!(names(&card.certificates[GPU][..48]), "other_firmware");
    assert_eq!(names(&[]), "other_firmware");
}

#[test]
fn a_signature_is_two_numbers_of_48_bytes() {
    let card = Card::new();
    let unsigned = unsigned_report(&nonce());
    let refused = |signature: &[u8]| {
        let report = [&unsigned[..], signature].concat();
        verdict(&Evidence { report, chain: pem(&card.certificates) }, &nonce(), &card.root())
    };
    assert_eq!(refused(&[0; 96]), "bad_signature");
    assert_eq!(refused(&[0xff; 96]), "bad_signature");
    // As certificates have it, in DER, which is longer.
    assert_eq!(refused(&card.key.signature(&ECDSA_P384_SHA384_ASN1_SIGNING, &unsigned)), "bad_format");
}

#[test]
fn a_card_with_a_key_on_another_curve_signs_nothing() {
    let weak = Card::with(|place, key, _| {
        if place == GPU {
            *key = Key::p256();
        }
    });
    let strong = Card::new();
    // A right signature on P-384, beside a certificate for P-256.
    let evidence = Evidence { report: strong.report(&nonce()), chain: pem(&weak.certificates) };
    assert_eq!(verdict(&evidence, &nonce(), &weak.root()), "bad_signature");
}

#[test]
fn a_chain_that_is_none_or_too_long_is_refused() {
    let card = Card::new();
    let refused =
        |chain: Vec<u8>| verdict(&Evidence { report: card.report(&nonce()), chain }, &nonce(), &card.root());
    assert_eq!(refused(Vec::new()), "bad_format");
    assert_eq!(refused(card.certificates.concat()), "bad_format");
    assert_eq!(refused(b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----".to_vec()), "bad_format");
    assert_eq!(
        refused(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----".to_vec()),
        "unknown_root"
    );
    let certificate = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert_eq!(refused(certificate.repeat(9)), "bad_format");
    let mut spaced = pem(&card.certificates);
    spaced.resize(CHAIN_BYTES_MAX, b'\n');
    assert_eq!(refused(spaced.clone()), "verified");
    spaced.push(b'\n');
    assert_eq!(refused(spaced), "bad_format");
}

#[test]
fn every_fault_has_a_name() {
    let faults = [
        (Fault::Format, "bad_format"),
        (Fault::Nonce, "other_nonce"),
        (Fault::UnknownRoot, "unknown_root"),
        (Fault::Expired, "expired"),
        (Fault::Chain, "bad_chain"),
        (Fault::Signature, "bad_signature"),
        (Fault::Firmware, "other_firmware"),
    ];
    for (fault, name) in faults {
        assert_eq!(Verdict::Refused(fault).to_string(), name);
    }
}
