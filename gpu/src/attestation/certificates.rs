//! The certificates that lead from a GPU to its maker.

use std::time::Duration;

use annals_log::Hash;
use ring::signature::{ECDSA_P384_SHA384_FIXED, UnparsedPublicKey};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{
    AlgorithmIdentifier, CertificateDer, InvalidSignature, SignatureVerificationAlgorithm, UnixTime, alg_id,
};
use webpki::ring::ECDSA_P384_SHA384;
use webpki::{Cert, EndEntityCert, Error, KeyUsage, anchor_from_trusted_cert};

use super::verdict::Fault;

/// Certificates of a chain, the root among them.
const CERTIFICATES_MAX: usize = 8;
/// The use `responder-auth` that DSP0274 defines, 1.3.6.1.4.1.412.274.3. A certificate that limits its uses must allow
/// it.
const RESPONDER_AUTH: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x83, 0x1c, 0x82, 0x12, 0x03];

/// A chain of certificates: the GPU's first, each signed by the next, the root last.
#[derive(Debug)]
pub(super) struct Certificates(Vec<CertificateDer<'static>>);

impl Certificates {
    /// Reads a chain in PEM. What lies between certificates is left out, as everybody does.
    pub(super) fn from_pem(pem: &[u8]) -> Result<Self, Fault> {
        let mut certificates = Vec::new();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            if certificates.len() == CERTIFICATES_MAX {
                return Err(Fault::Format);
            }
            certificates.push(certificate.map_err(|_| Fault::Format)?);
        }
        if certificates.is_empty() { Err(Fault::Format) } else { Ok(Self(certificates)) }
    }

    /// Returns the GPU's certificate, if the chain leads to `root` by way of every certificate in it, and all but the
    /// root were valid at `at_ms`: who trusts a root trusts it by its hash.
    pub(super) fn leading_to(&self, root: &Hash, at_ms: u64) -> Result<EndEntityCert<'_>, Fault> {
        let (last, below) = self.0.split_last().expect("a chain holds a certificate");
        if Hash::of(last) != *root {
            return Err(Fault::UnknownRoot);
        }
        let [own, between @ ..] = below else { return Err(Fault::Chain) };
        let anchors = [anchor_from_trusted_cert(last).map_err(|_| Fault::Chain)?];
        let own = EndEntityCert::try_from(own).map_err(|_| Fault::Chain)?;
        let path = own
            .verify_for_usage(
                &[ECDSA_P384_SHA384],
                &anchors,
                between,
                UnixTime::since_unix_epoch(Duration::from_millis(at_ms)),
                KeyUsage::required_if_present(RESPONDER_AUTH),
                None,
                None,
            )
            .map_err(|error| fault_of(&error))?;
        // The search for a path tries certificates in any order, and leaves out those it does not need.
        if path.intermediate_certificates().map(Cert::der).eq(between.iter().cloned()) {
            Ok(own)
        } else {
            Err(Fault::Chain)
        }
    }
}

fn fault_of(error: &Error) -> Fault {
    match error {
        Error::CertExpired { .. } | Error::CertNotValidYet { .. } => Fault::Expired,
        _ => Fault::Chain,
    }
}

/// ECDSA on P-384 with SHA-384, the signature as two numbers of 48 bytes. Certificates have theirs in DER.
#[derive(Debug)]
pub(super) struct TwoNumbers;

impl SignatureVerificationAlgorithm for TwoNumbers {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let key = UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, public_key);
        key.verify(message, signature).map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_P384
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_SHA384
    }
}
