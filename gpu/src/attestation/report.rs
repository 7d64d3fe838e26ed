//! A measurement report of a GPU: an SPDM 1.1 request `GET_MEASUREMENTS` and the response to it, as DSP0274 has them.

use thiserror::Error;

/// Bytes of a report: as many as NVML has room for.
pub const REPORT_BYTES_MAX: usize = 8_192;
/// Bytes of opaque fields that SPDM 1.1 allows.
const OPAQUE_BYTES_MAX: usize = 1_024;
/// Bytes of an ECDSA signature on P-384: r, then s.
const SIGNATURE_BYTES: usize = 96;

/// SPDM 1.1, `GET_MEASUREMENTS`, a signature is asked for, all measurements are.
const REQUEST: [u8; 4] = [0x11, 0xE0, 0x01, 0xFF];
/// SPDM 1.1, `MEASUREMENTS`.
const RESPONSE: [u8; 2] = [0x11, 0x60];
/// The format of a measurement that DMTF defines.
const DMTF: u8 = 1;

/// What was asked of a GPU and what it answered. Numbers in it are little-endian. Everything before the signature is
/// signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasurementReport<'a> {
    /// The asker's.
    pub nonce: [u8; 32],
    /// The hashes that the GPU has of its firmware and settings, by index from 1 on.
    pub measurements: Vec<Measurement<'a>>,
    /// What the maker adds, in the order of the report.
    pub opaque_fields: Vec<OpaqueField<'a>>,
    /// The request, and the response without its signature.
    pub signed: &'a [u8],
    /// Of `signed`, on P-384 with SHA-384: r, then s.
    pub signature: &'a [u8],
}

/// A hash that the GPU has of a part of its firmware or settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measurement<'a> {
    /// Larger than that of the one before.
    pub index: u8,
    /// What was measured, by DMTF's numbers; the highest bit says that `value` is no hash.
    pub kind: u8,
    /// The hash.
    pub value: &'a [u8],
}

/// Something that the maker adds to a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpaqueField<'a> {
    /// What it is, by the maker's numbers.
    pub kind: u16,
    /// As the GPU gave it.
    pub value: &'a [u8],
}

/// Why bytes are no report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ReportError {
    /// There are more than any report has.
    #[error("a report has at most {REPORT_BYTES_MAX} bytes, not {bytes}")]
    Long {
        /// How many there are.
        bytes: usize,
    },
    /// A part has fewer bytes than its fields.
    #[error("{part} ends within a field")]
    Short {
        /// The part.
        part: &'static str,
    },
    /// A part has more bytes than its fields.
    #[error("{part} has {bytes} bytes more than its fields")]
    Trailing {
        /// The part.
        part: &'static str,
        /// How many are left.
        bytes: usize,
    },
    /// The bytes are another message, or of another version.
    #[error("{part} does not begin as one of SPDM 1.1")]
    Header {
        /// The part.
        part: &'static str,
    },
    /// The opaque fields are longer than SPDM allows.
    #[error("opaque fields have at most {OPAQUE_BYTES_MAX} bytes, not {bytes}")]
    OpaqueLength {
        /// How long they say they are.
        bytes: usize,
    },
    /// A measurement has an index that is not larger than that of the one before, or 0.
    #[error("measurement {index} is out of order")]
    Order {
        /// Its index.
        index: u8,
    },
    /// A measurement is in a format that is not DMTF's.
    #[error("measurement {index} is not in DMTF's format")]
    Specification {
        /// Its index.
        index: u8,
    },
}

impl<'a> MeasurementReport<'a> {
    /// Reads a report. Every length is held against what is there; nothing that a length says is allocated.
    ///
    /// # Errors
    /// The first field that is wrong.
    pub fn from_bytes(bytes: &'a [u8]) -> Result<Self, ReportError> {
        if bytes.len() > REPORT_BYTES_MAX {
            return Err(ReportError::Long { bytes: bytes.len() });
        }
        let mut rest = Rest { part: "report", bytes };
        if rest.array()? != REQUEST {
            return Err(ReportError::Header { part: "request" });
        }
        let nonce = rest.array()?;
        let _slot_asked: [u8; 1] = rest.array()?;
        if rest.array()? != RESPONSE {
            return Err(ReportError::Header { part: "response" });
        }
        let _slot_answered: [u8; 2] = rest.array()?;
        let [measurement_count] = rest.array()?;
        let [low, middle, high] = rest.array()?;
        let record_bytes = u32::from_le_bytes([low, middle, high, 0]);
        let record = rest.part("measurement record", record_bytes as usize)?;
        let measurements = Measurement::read_all(measurement_count, record)?;
        let _responder_nonce: [u8; 32] = rest.array()?;
        let opaque_bytes = usize::from(rest.u16()?);
        if opaque_bytes > OPAQUE_BYTES_MAX {
            return Err(ReportError::OpaqueLength { bytes: opaque_bytes });
        }
        let opaque_fields = OpaqueField::read_all(rest.part("opaque data", opaque_bytes)?)?;
        let signature = rest.take(SIGNATURE_BYTES)?;
        rest.end()?;
        let signed = &bytes[..bytes.len() - SIGNATURE_BYTES];
        Ok(Self { nonce, measurements, opaque_fields, signed, signature })
    }

    /// Returns the first opaque field of `kind`.
    pub fn opaque(&self, kind: u16) -> Option<&'a [u8]> {
        self.opaque_fields.iter().find(|field| field.kind == kind).map(|field| field.value)
    }
}

impl<'a> Measurement<'a> {
    fn read_all(count: u8, mut record: Rest<'a>) -> Result<Vec<Self>, ReportError> {
        let mut measurements = Vec::new();
        let mut index_before = 0;
        for _ in 0..count {
            let [index, specification] = record.array()?;
            if index <= index_before {
                return Err(ReportError::Order { index });
            }
            index_before = index;
            if specification != DMTF {
                return Err(ReportError::Specification { index });
            }
            let bytes = usize::from(record.u16()?);
            let mut block = record.part("measurement", bytes)?;
            let [kind] = block.array()?;
            let value_bytes = usize::from(block.u16()?);
            let value = block.take(value_bytes)?;
            block.end()?;
            measurements.push(Self { index, kind, value });
        }
        record.end()?;
        Ok(measurements)
    }
}

impl<'a> OpaqueField<'a> {
    fn read_all(mut opaque: Rest<'a>) -> Result<Vec<Self>, ReportError> {
        let mut fields = Vec::new();
        while !opaque.bytes.is_empty() {
            let kind = opaque.u16()?;
            let bytes = usize::from(opaque.u16()?);
            fields.push(Self { kind, value: opaque.take(bytes)? });
        }
        Ok(fields)
    }
}

/// What is left of a part whose fields have lengths of their own.
#[derive(Debug)]
struct Rest<'a> {
    part: &'static str,
    bytes: &'a [u8],
}

impl<'a> Rest<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], ReportError> {
        let short = ReportError::Short { part: self.part };
        let (taken, rest) = self.bytes.split_at_checked(length).ok_or(short)?;
        self.bytes = rest;
        Ok(taken)
    }

    /// Takes the next `length` bytes as a part with fields of its own.
    fn part(&mut self, part: &'static str, length: usize) -> Result<Self, ReportError> {
        Ok(Self { part, bytes: self.take(length)? })
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ReportError> {
        Ok(self.take(N)?.try_into().expect("as many as were asked for"))
    }

    fn u16(&mut self) -> Result<u16, ReportError> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    fn end(self) -> Result<(), ReportError> {
        if self.bytes.is_empty() {
            Ok(())
        } else {
            Err(ReportError::Trailing { part: self.part, bytes: self.bytes.len() })
        }
    }
}
