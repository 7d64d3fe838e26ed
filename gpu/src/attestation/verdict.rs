//! What a verifier finds in evidence.

use std::fmt;

use annals_log::Hash;

/// SHA-256 of the certificate `NVIDIA Device Identity CA`, which is valid from 2021 on. NVIDIA publishes it as
/// `verifier_device_root.pem` in its repository nvtrust.
pub const NVIDIA_ROOT: Hash = Hash([
    0x10, 0x2b, 0xf6, 0x59, 0xd5, 0x41, 0x96, 0x14, 0xc9, 0xd8, 0xe6, 0xae, 0xce, 0xbc, 0x80, 0x45, 0x4e,
    0xb2, 0x6b, 0x1d, 0xf6, 0xa7, 0x69, 0xac, 0x72, 0x0b, 0x9a, 0x69, 0x0b, 0x16, 0x7b, 0x48,
]);

/// What a verifier finds in evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// There is none: the card, its mode or its driver does not attest. Says nothing of the card.
    NotAvailable,
    /// A GPU of the maker signed this report, under this nonce.
    Verified(Attested),
    /// The first check that failed.
    Refused(Fault),
}

/// What a verified report says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attested {
    /// The serial number of the certificate that the GPU signs with, in hex: the one identity that a report has. A UUID
    /// is not in it.
    pub certificate_serial: String,
    /// The driver that the GPU works under.
    pub driver_version: Option<String>,
    /// SHA-384 of the firmware that signs, in hex, where the report has it: the certificate has it, too.
    pub firmware_id: Option<String>,
}

/// The check that evidence fails, in the order in which they are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The report is none, or the chain holds no certificates.
    Format,
    /// The report carries another nonce: it was made for another run.
    Nonce,
    /// The chain does not end in the root that was asked for.
    UnknownRoot,
    /// A certificate was not valid at the time of the run.
    Expired,
    /// The certificates do not lead from one to the next.
    Chain,
    /// The GPU's certificate did not sign the report.
    Signature,
    /// The GPU's certificate was made for another firmware than the report names.
    Firmware,
}

impl Verdict {
    /// Its name in tables.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NotAvailable => "not_available",
            Self::Verified(_) => "verified",
            Self::Refused(fault) => fault.name(),
        }
    }
}

impl Fault {
    /// Its name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Format => "bad_format",
            Self::Nonce => "other_nonce",
            Self::UnknownRoot => "unknown_root",
            Self::Expired => "expired",
            Self::Chain => "bad_chain",
            Self::Signature => "bad_signature",
            Self::Firmware => "other_firmware",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
