//! Chains of right certificates that do not lead where they should, and certificates that should not be there.

use annals_gpu::attestation::Evidence;
use annals_log::Hash;
use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa};

use super::maker::{AT_MS, BOOT_ROM, Card, GPU, Key, MODEL, ROOT, pem, verdict, verdict_at};

/// A moment of 2030 and one of 2031, in milliseconds since 1970.
const MIDDLE_OF_2030: u64 = 1_908_000_000_000;
const MIDDLE_OF_2031: u64 = 1_940_000_000_000;

fn nonce() -> Hash {
    Hash::of(b"this run")
}

/// Returns the verdict on a report of `card` with the certificates that `change` leaves.
fn with_chain(card: &Card, change: impl FnOnce(&mut Vec<Vec<u8>>)) -> &'static str {
    let mut certificates = card.certificates.clone();
    change(&mut certificates);
    verdict(&Evidence { report: card.report(&nonce()), chain: pem(&certificates) }, &nonce(), &card.root())
}

/// Returns the verdict on a card of a maker who changes the certificate at `place`.
fn with_certificate(place: usize, change: impl Fn(&mut Key, &mut CertificateParams)) -> &'static str {
    let card = Card::with(|at, key, params| {
        if at == place {
            change(key, params);
        }
    });
    verdict(&card.evidence(&nonce()), &nonce(), &card.root())
}

#[test]
fn certificates_in_another_order_are_refused() {
    let card = Card::new();
    for first in GPU..=ROOT {
        for second in first + 1..=ROOT {
            let expected = if second == ROOT { "unknown_root" } else { "bad_chain" };
            assert_eq!(with_chain(&card, |chain| chain.swap(first, second)), expected, "{first} {second}");
        }
    }
    assert_eq!(with_chain(&card, |chain| chain.reverse()), "unknown_root");
}

#[test]
fn a_chain_that_lacks_a_certificate_is_refused() {
    let card = Card::new();
    for place in GPU..ROOT {
        assert_eq!(with_chain(&card, |chain| _ = chain.remove(place)), "bad_chain", "{place}");
    }
    assert_eq!(with_chain(&card, |chain| _ = chain.pop()), "unknown_root");
    assert_eq!(with_chain(&card, |chain| chain.truncate(1)), "unknown_root");
    assert_eq!(with_chain(&card, |chain| _ = chain.drain(..ROOT)), "bad_chain");
}

#[test]
fn a_certificate_that_the_chain_does_not_need_is_refused() {
    let (card, other) = (Card::new(), Card::new());
    for place in GPU..=ROOT {
        for certificate in [&card.certificates[place], &other.certificates[place]] {
            assert_eq!(
                with_chain(&card, |chain| chain.insert(1, certificate.clone())),
                "bad_chain",
                "{place}"
            );
        }
    }
}

#[test]
fn a_certificate_of_another_maker_is_refused() {
    let (card, other) = (Card::new(), Card::new());
    for place in GPU..=ROOT {
        let expected = if place == ROOT { "unknown_root" } else { "bad_chain" };
        let found = with_chain(&card, |chain| chain[place].clone_from(&other.certificates[place]));
        assert_eq!(found, expected, "{place}");
    }
    // All but the root, which signed none of them.
    let found = with_chain(&other, |chain| chain[ROOT].clone_from(&card.certificates[ROOT]));
    assert_eq!(found, "unknown_root");
    let evidence = Evidence {
        report: other.report(&nonce()),
        chain: pem(&[&other.certificates[..ROOT], &card.certificates[ROOT..]].concat()),
    };
    assert_eq!(verdict(&evidence, &nonce(), &card.root()), "bad_chain");
}

#[test]
fn certificates_have_to_be_valid_at_the_time_of_the_run() {
    for place in GPU..ROOT {
        let card = Card::with(|at, _, params| {
            if at == place {
                params.not_before = rcgen::date_time_ymd(2030, 1, 1);
                params.not_after = rcgen::date_time_ymd(2031, 1, 1);
            }
        });
        let evidence = card.evidence(&nonce());
        let at = |at_ms| verdict_at(&evidence, &nonce(), &card.root(), at_ms);
        assert_eq!(at(AT_MS), "expired", "{place}, too early");
        assert_eq!(at(MIDDLE_OF_2030), "verified", "{place}");
        assert_eq!(at(MIDDLE_OF_2031), "expired", "{place}, too late");
        assert_eq!([at(0), at(u64::MAX)], ["expired"; 2], "{place}");
    }
}

#[test]
fn a_root_is_trusted_by_its_hash_alone() {
    let long_gone = with_certificate(ROOT, |_, params| params.not_after = rcgen::date_time_ymd(2021, 1, 1));
    assert_eq!(long_gone, "verified");
}

#[test]
fn a_certificate_that_may_not_sign_others_is_refused_above_one() {
    for place in BOOT_ROM..=MODEL {
        assert_eq!(with_certificate(place, |_, params| params.is_ca = IsCa::NoCa), "bad_chain", "{place}");
    }
    // A chain of five has three certificates between the GPU's and the root.
    let short = IsCa::Ca(BasicConstraints::Constrained(1));
    assert_eq!(with_certificate(MODEL, |_, params| params.is_ca = short), "bad_chain");
    // And the GPU's own may sign reports, but no certificates.
    let own = IsCa::Ca(BasicConstraints::Unconstrained);
    assert_eq!(with_certificate(GPU, |_, params| params.is_ca = own), "bad_chain");
}

#[test]
fn certificates_are_signed_on_p384() {
    for place in BOOT_ROM..=ROOT {
        assert_eq!(with_certificate(place, |key, _| *key = Key::p256()), "bad_chain", "{place}");
    }
}

#[test]
fn a_certificate_for_other_uses_does_not_sign_reports() {
    let uses = |purpose: ExtendedKeyUsagePurpose| {
        with_certificate(GPU, |_, params| params.extended_key_usages = vec![purpose.clone()])
    };
    assert_eq!(uses(ExtendedKeyUsagePurpose::ServerAuth), "bad_chain");
    assert_eq!(uses(ExtendedKeyUsagePurpose::Other(vec![1, 3, 6, 1, 4, 1, 412, 274, 3])), "verified");
}
