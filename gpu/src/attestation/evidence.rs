//! Evidence: a report and the certificates that it is to be believed by.

use annals_log::Hash;

use super::certificates::{Certificates, TwoNumbers};
use super::report::MeasurementReport;
use super::verdict::{Attested, Fault, Verdict};
use crate::transcript::Transcript;

/// Bytes of a chain in PEM. NVML has room for 5,120.
pub const CHAIN_BYTES_MAX: usize = 8_192;

/// The numbers that NVIDIA gives to opaque fields.
const DRIVER_VERSION: u16 = 3;
const FIRMWARE_ID: u16 = 20;

/// What a GPU gives where it is asked to attest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attestation {
    /// Nothing: the card, its mode or its driver does not attest.
    NotAvailable,
    /// A report.
    Report(Evidence),
}

/// A report and its certificates, as they were given. A stranger can verify them offline, years later.
///
/// It is evidence that a GPU of the maker was there when the nonce was known. It is none that this GPU did the work: a
/// miner can have a report made elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// A [`MeasurementReport`].
    pub report: Vec<u8>,
    /// PEM: the GPU's certificate first, the root last.
    pub chain: Vec<u8>,
}

impl Attestation {
    /// Verifies the evidence beside an attempt: under its nonce, at the time at which its rounds were received.
    pub fn verify_beside(&self, transcript: &Transcript, root: &Hash) -> Verdict {
        let at_ms = transcript.times.rounds_received_ns / 1_000_000;
        self.verify(&transcript.attestation_nonce(), root, at_ms)
    }

    /// Verifies the evidence, if there is some: see [`Evidence::verify`].
    pub fn verify(&self, nonce: &Hash, root: &Hash, at_ms: u64) -> Verdict {
        match self {
            Self::NotAvailable => Verdict::NotAvailable,
            Self::Report(evidence) => match evidence.verify(nonce, root, at_ms) {
                Ok(attested) => Verdict::Verified(attested),
                Err(fault) => Verdict::Refused(fault),
            },
        }
    }
}

impl Evidence {
    /// Returns the evidence as a worker hands it over: the length of the report as a u32, little-endian, the report,
    /// the chain.
    pub fn to_bytes(&self) -> Vec<u8> {
        let length = u32::try_from(self.report.len()).unwrap_or(u32::MAX);
        [&length.to_le_bytes()[..], &self.report, &self.chain].concat()
    }

    /// Reads what [`Evidence::to_bytes`] writes. What cannot be that is a report of all bytes without a chain, which no
    /// check lets pass.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let parts = bytes.split_first_chunk().and_then(|(length, rest)| {
            rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)
        });
        let (report, chain) = parts.unwrap_or((bytes, &[]));
        Self { report: report.to_vec(), chain: chain.to_vec() }
    }

    /// Verifies that a GPU whose certificates lead to the root with SHA-256 `root` has signed this report, that the
    /// report carries `nonce`, and that the certificates were valid at `at_ms`, the time of the run.
    ///
    /// It does not ask whether a certificate was revoked since, or whether the measurements are those of firmware that
    /// the maker published: both need the maker's servers.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn verify(&self, nonce: &Hash, root: &Hash, at_ms: u64) -> Result<Attested, Fault> {
        // The report has a bound of its own, which its reader knows.
        if self.chain.len() > CHAIN_BYTES_MAX {
            return Err(Fault::Format);
        }
        let report = MeasurementReport::from_bytes(&self.report).map_err(|_| Fault::Format)?;
        let certificates = Certificates::from_pem(&self.chain)?;
        if report.nonce != nonce.0 {
            return Err(Fault::Nonce);
        }
        let gpu = certificates.leading_to(root, at_ms)?;
        gpu.verify_signature(&TwoNumbers, report.signed, report.signature).map_err(|_| Fault::Signature)?;
        let firmware_id = report.opaque(FIRMWARE_ID);
        if firmware_id.is_some_and(|id| !holds_digest(&gpu.der(), id)) {
            return Err(Fault::Firmware);
        }
        Ok(Attested {
            certificate_serial: hex::encode(gpu.serial()),
            driver_version: report.opaque(DRIVER_VERSION).and_then(text_of),
            firmware_id: firmware_id.map(hex::encode),
        })
    }
}

/// Returns whether the certificate names this digest. Cards do so in more than one extension, but always by an octet
/// string of 48 bytes. What measures the firmware makes the certificate, so a firmware can put nothing into it.
fn holds_digest(certificate: &[u8], digest: &[u8]) -> bool {
    let octet_string = [&[0x04, 48], digest].concat();
    digest.len() == 48 && certificate.windows(octet_string.len()).any(|bytes| bytes == octet_string)
}

/// Returns a text that zeros fill up, if it is one.
fn text_of(value: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(value).ok()?;
    Some(text.trim_end_matches('\0').to_owned())
}
