//! A made-up maker of GPUs: its certificates, and the reports that its cards sign.

use annals_gpu::attestation::{Attestation, Evidence, Verdict};
use annals_log::Hash;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, IsCa, Issuer, KeyIdMethod, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PublicKeyData, SignatureAlgorithm, SigningKey,
};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING,
    EcdsaKeyPair, EcdsaSigningAlgorithm, KeyPair as _,
};

/// The time of the run: within the validity of all certificates.
pub(super) const AT_MS: u64 = 1_800_000_000_000;
/// The certificates of a card, by their place in the chain.
pub(super) const GPU: usize = 0;
pub(super) const BOOT_ROM: usize = 1;
pub(super) const MODEL: usize = 3;
pub(super) const ROOT: usize = 4;

/// The digest of the firmware that all cards have.
const FIRMWARE: [u8; 48] = [0xf5; 48];

const NAMES: [&str; 5] = ["GPU firmware", "GPU boot ROM", "Provisioner", "Model", "Device identity"];

/// A key pair on one of two curves.
pub(super) struct Key {
    pkcs8: Vec<u8>,
    public: Vec<u8>,
    signs: &'static EcdsaSigningAlgorithm,
    named: &'static SignatureAlgorithm,
}

impl Key {
    pub(super) fn p384() -> Self {
        Self::on(&ECDSA_P384_SHA384_ASN1_SIGNING, &PKCS_ECDSA_P384_SHA384)
    }

    pub(super) fn p256() -> Self {
        Self::on(&ECDSA_P256_SHA256_ASN1_SIGNING, &PKCS_ECDSA_P256_SHA256)
    }

    fn on(signs: &'static EcdsaSigningAlgorithm, named: &'static SignatureAlgorithm) -> Self {
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(signs, &SystemRandom::new()).unwrap().as_ref().to_vec();
        let pair = EcdsaKeyPair::from_pkcs8(signs, &pkcs8, &SystemRandom::new()).unwrap();
        Self { public: pair.public_key().as_ref().to_vec(), pkcs8, signs, named }
    }

    pub(super) fn signature(&self, algorithm: &'static EcdsaSigningAlgorithm, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, &self.pkcs8, &random).unwrap();
        pair.sign(&random, message).unwrap().as_ref().to_vec()
    }
}

impl PublicKeyData for Key {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        self.named
    }
}

impl SigningKey for Key {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(self.signature(self.signs, message))
    }
}

/// A card: the key that it signs with, and its certificates in DER, the root last.
pub(super) struct Card {
    pub(super) key: Key,
    pub(super) certificates: Vec<Vec<u8>>,
}

impl Card {
    pub(super) fn new() -> Self {
        Self::with(|_, _, _| {})
    }

    /// Makes a card whose maker errs: `change` gets the place, key and contents of each certificate before it is
    /// signed.
    pub(super) fn with(change: impl Fn(usize, &mut Key, &mut CertificateParams)) -> Self {
        let mut certificates = Vec::new();
        let mut issuer: Option<(Key, CertificateParams)> = None;
        for place in (GPU..=ROOT).rev() {
            let (mut key, mut params) = (Key::p384(), params(place));
            change(place, &mut key, &mut params);
            let certificate = match &issuer {
                None => params.self_signed(&key).unwrap(),
                Some((above, above_params)) => {
                    params.signed_by(&key, &Issuer::from_params(above_params, above)).unwrap()
                }
            };
            certificates.insert(0, certificate.der().to_vec());
            issuer = Some((key, params));
        }
        let (key, _) = issuer.unwrap();
        Self { key, certificates }
    }

    pub(super) fn root(&self) -> Hash {
        Hash::of(&self.certificates[ROOT])
    }

    /// Returns the report that the card gives under `nonce`.
    pub(super) fn report(&self, nonce: &Hash) -> Vec<u8> {
        self.signed(unsigned_report(nonce))
    }

    /// Returns the bytes, with the card's signature after them.
    pub(super) fn signed(&self, mut report: Vec<u8>) -> Vec<u8> {
        let signature = self.key.signature(&ECDSA_P384_SHA384_FIXED_SIGNING, &report);
        report.extend_from_slice(&signature);
        report
    }

    pub(super) fn evidence(&self, nonce: &Hash) -> Evidence {
        Evidence { report: self.report(nonce), chain: pem(&self.certificates) }
    }
}

/// Returns what a certificate says, as NVIDIA's do.
fn params(place: usize) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.not_before = rcgen::date_time_ymd(2020, 10, 17);
    params.not_after = rcgen::date_time_ymd(9999, 12, 31);
    params.serial_number = Some(vec![0x53, 0xc2, u8::try_from(place).unwrap()].into());
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, NAMES[place]);
    params.key_identifier_method = KeyIdMethod::PreSpecified(vec![u8::try_from(place).unwrap(); 20]);
    if place == GPU {
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        // A sequence of one octet string, the digest of the firmware.
        let named = [&[0x30, 50, 0x04, 48], &FIRMWARE[..]].concat();
        params.custom_extensions = vec![CustomExtension::from_oid_content(&[2, 23, 133, 5, 4, 1], named)];
    } else {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    }
    params
}

/// Returns a report before it is signed: 64 measurements of 48 bytes, and some opaque fields.
pub(super) fn unsigned_report(nonce: &Hash) -> Vec<u8> {
    report_of(nonce, &FIRMWARE)
}

/// Returns a report that names this firmware.
pub(super) fn report_of(nonce: &Hash, firmware: &[u8]) -> Vec<u8> {
    let mut record = Vec::new();
    for index in 1..=64_u8 {
        record.extend_from_slice(&[index, 1, 51, 0, 1, 48, 0]);
        record.extend_from_slice(&Hash::of(&[index]).0);
        record.extend_from_slice(&Hash::of(&[index]).0[..16]);
    }
    let mut opaque = Vec::new();
    for (kind, value) in [(6_u16, &[1, 2][..]), (3, b"580.95.05\0"), (20, firmware), (21, b"U")] {
        opaque.extend_from_slice(&kind.to_le_bytes());
        opaque.extend_from_slice(&u16::try_from(value.len()).unwrap().to_le_bytes());
        opaque.extend_from_slice(value);
    }
    let mut report = vec![0x11, 0xe0, 0x01, 0xff];
    report.extend_from_slice(&nonce.0);
    report.push(0);
    report.extend_from_slice(&[0x11, 0x60, 0, 0, 64]);
    report.extend_from_slice(&u32::try_from(record.len()).unwrap().to_le_bytes()[..3]);
    report.extend_from_slice(&record);
    report.extend_from_slice(&Hash::of(b"the card's own nonce").0);
    report.extend_from_slice(&u16::try_from(opaque.len()).unwrap().to_le_bytes());
    report.extend_from_slice(&opaque);
    report
}

/// Returns certificates in PEM, without a newline after the last.
pub(super) fn pem(certificates: &[Vec<u8>]) -> Vec<u8> {
    let mut blocks = Vec::new();
    for certificate in certificates {
        let text = STANDARD.encode(certificate);
        let lines: Vec<_> =
            text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        blocks.push(format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----", lines.join("\n")));
    }
    blocks.join("\n").into_bytes()
}

/// Returns the verdict by name.
pub(super) fn verdict(evidence: &Evidence, nonce: &Hash, root: &Hash) -> &'static str {
    verdict_at(evidence, nonce, root, AT_MS)
}

pub(super) fn verdict_at(evidence: &Evidence, nonce: &Hash, root: &Hash, at_ms: u64) -> &'static str {
    let verdict: Verdict = Attestation::Report(evidence.clone()).verify(nonce, root, at_ms);
    verdict.name()
}
