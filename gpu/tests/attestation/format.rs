//! A report is read byte by byte, or refused with the field that is wrong.

use annals_gpu::attestation::{MeasurementReport, OpaqueField, REPORT_BYTES_MAX, ReportError};
use annals_log::Hash;

use super::maker::unsigned_report;

/// Where things lie in a report of the made-up maker.
const RESPONSE: usize = 37;
const COUNT: usize = 41;
const RECORD_LENGTH: usize = 42;
const RECORD: usize = 45;
const MEASUREMENT: usize = 55;
const OPAQUE_LENGTH: usize = RECORD + 64 * MEASUREMENT + 32;

fn nonce() -> Hash {
    Hash::of(b"nonce")
}

/// A report with a signature of zeros: its reader checks none.
fn report() -> Vec<u8> {
    let mut report = unsigned_report(&nonce());
    report.extend_from_slice(&[0; 96]);
    report
}

/// Returns what is wrong in a report in which one byte is another.
fn fault_with(at: usize, byte: u8) -> ReportError {
    let mut report = report();
    assert_ne!(report[at], byte);
    report[at] = byte;
    MeasurementReport::from_bytes(&report).unwrap_err()
}

#[test]
fn a_report_is_read_field_by_field() {
    let bytes = report();
    let report = MeasurementReport::from_bytes(&bytes).unwrap();
    assert_eq!(report.nonce, nonce().0);
    assert_eq!(report.signed, unsigned_report(&nonce()));
    assert_eq!(report.signature, [0; 96]);
    assert_eq!(report.measurements.len(), 64);
    let last = report.measurements[63];
    assert_eq!((last.index, last.kind, &last.value[..32]), (64, 1, &Hash::of(&[64]).0[..]));
    let kinds: Vec<_> = report.opaque_fields.iter().map(|field| field.kind).collect();
    assert_eq!(kinds, [6, 3, 20, 21]);
    assert_eq!(report.opaque_fields[3], OpaqueField { kind: 21, value: b"U" });
    assert_eq!(report.opaque(3), Some(&b"580.95.05\0"[..]));
    assert_eq!(report.opaque(7), None);
}

#[test]
fn a_report_that_ends_early_is_refused_at_every_length() {
    let bytes = report();
    for length in 0..bytes.len() {
        let error = MeasurementReport::from_bytes(&bytes[..length]).unwrap_err();
        assert!(matches!(error, ReportError::Short { part: "report" }), "{length}: {error}");
    }
    println!("{} lengths refused", bytes.len());
}

#[test]
fn bytes_that_are_too_many_are_refused() {
    let mut bytes = report();
    bytes.push(0);
    let error = MeasurementReport::from_bytes(&bytes).unwrap_err();
    assert_eq!(error, ReportError::Trailing { part: "report", bytes: 1 });
    bytes.resize(REPORT_BYTES_MAX + 1, 0);
    let error = MeasurementReport::from_bytes(&bytes).unwrap_err();
    assert_eq!(error, ReportError::Long { bytes: REPORT_BYTES_MAX + 1 });
}

#[test]
fn another_message_or_version_is_refused() {
    for at in 0..4 {
        assert_eq!(fault_with(at, 0x12), ReportError::Header { part: "request" });
    }
    for at in [RESPONSE, RESPONSE + 1] {
        assert_eq!(fault_with(at, 0x12), ReportError::Header { part: "response" });
    }
}

#[test]
fn a_length_that_lies_is_refused() {
    // One less than there is, one more, and more than any report has.
    let trailing = fault_with(COUNT, 63);
    assert_eq!(trailing, ReportError::Trailing { part: "measurement record", bytes: MEASUREMENT });
    assert_eq!(fault_with(COUNT, 65), ReportError::Short { part: "measurement record" });
    let [low, _, _, _] = (64 * 55_u32).to_le_bytes();
    assert_eq!(fault_with(RECORD_LENGTH, low - 1), ReportError::Short { part: "measurement record" });
    let trailing = fault_with(RECORD_LENGTH, low + 1);
    assert_eq!(trailing, ReportError::Trailing { part: "measurement record", bytes: 1 });
    assert_eq!(fault_with(RECORD_LENGTH + 2, 0xff), ReportError::Short { part: "report" });

    let second = RECORD + MEASUREMENT;
    assert_eq!(fault_with(second + 2, 50), ReportError::Short { part: "measurement" });
    assert_eq!(fault_with(second + 2, 52), ReportError::Trailing { part: "measurement", bytes: 1 });
    assert_eq!(fault_with(second + 3, 0xff), ReportError::Short { part: "measurement record" });
    assert_eq!(fault_with(second + 5, 47), ReportError::Trailing { part: "measurement", bytes: 1 });
    assert_eq!(fault_with(second + 5, 49), ReportError::Short { part: "measurement" });

    let opaque_bytes = 4 * 4 + 2 + 10 + 48 + 1;
    assert_eq!(fault_with(OPAQUE_LENGTH, opaque_bytes - 1), ReportError::Short { part: "opaque data" });
    assert_eq!(fault_with(OPAQUE_LENGTH, opaque_bytes + 1), ReportError::Short { part: "opaque data" });
    let bytes = 0x0500 + usize::from(opaque_bytes);
    assert_eq!(fault_with(OPAQUE_LENGTH + 1, 5), ReportError::OpaqueLength { bytes });
    assert_eq!(fault_with(OPAQUE_LENGTH + 4, 0xff), ReportError::Short { part: "opaque data" });
}

#[test]
fn a_measurement_out_of_order_or_of_another_format_is_refused() {
    let third = RECORD + 2 * MEASUREMENT;
    assert_eq!(fault_with(RECORD, 0), ReportError::Order { index: 0 });
    assert_eq!(fault_with(third, 2), ReportError::Order { index: 2 });
    assert_eq!(fault_with(third, 4), ReportError::Order { index: 4 });
    assert_eq!(fault_with(third + 1, 2), ReportError::Specification { index: 3 });
}
