//! Certificates of servers, made for a test.

use rcgen::{
    BasicConstraints, CertificateParams, IsCa, Issuer, PKCS_ECDSA_P256_SHA256, PublicKeyData,
    SignatureAlgorithm, SigningKey,
};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

struct Key {
    pkcs8: Vec<u8>,
    pair: EcdsaKeyPair,
}

impl Key {
    fn new() -> Self {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let pkcs8 = pkcs8.as_ref().to_vec();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &pkcs8, &random).unwrap();
        Self { pkcs8, pair }
    }
}

impl PublicKeyData for Key {
    fn der_bytes(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ECDSA_P256_SHA256
    }
}

impl SigningKey for Key {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(self.pair.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec())
    }
}

/// A certificate as a server shows it, and its key.
pub(super) struct Shown {
    pub(super) certificate: CertificateDer<'static>,
    pub(super) key: PrivateKeyDer<'static>,
}

/// An authority that signs certificates of servers.
pub(super) struct Authority {
    key: Key,
    params: CertificateParams,
    der: CertificateDer<'static>,
}

impl Authority {
    pub(super) fn new() -> Self {
        let (key, mut params) = (Key::new(), params(&[]));
        // A verifier finds an issuer by its name: two authorities have two.
        let name: String = key.der_bytes()[1..9].iter().map(|byte| format!("{byte:02x}")).collect();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let der = params.self_signed(&key).unwrap().der().clone();
        Self { key, params, der }
    }

    pub(super) fn pem(&self) -> Vec<u8> {
        use base64::Engine as _;
        let text = base64::engine::general_purpose::STANDARD.encode(&self.der);
        format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n").into_bytes()
    }

    /// Signs a certificate for these names; `change` may make it a wrong one.
    pub(super) fn signs(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Shown {
        let (key, mut params) = (Key::new(), params(names));
        change(&mut params);
        let issuer = Issuer::from_params(&self.params, &self.key);
        let certificate = params.signed_by(&key, &issuer).unwrap().der().clone();
        Shown { certificate, key: PrivatePkcs8KeyDer::from(key.pkcs8).into() }
    }
}

/// A certificate that nobody signed but its own key.
pub(super) fn self_signed(names: &[&str]) -> Shown {
    let key = Key::new();
    let certificate = params(names).self_signed(&key).unwrap().der().clone();
    Shown { certificate, key: PrivatePkcs8KeyDer::from(key.pkcs8).into() }
}

fn params(names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.serial_number = Some(vec![7].into());
    params.key_identifier_method = rcgen::KeyIdMethod::PreSpecified(vec![7; 20]);
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(9999, 12, 31);
    params
}
