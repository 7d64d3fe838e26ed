//! Requests of remote write: a block of Snappy, and the message in it.

use annals_log::remote_write::RemoteWrite;

/// A series with two labels and a sample.
const SERIES: &[u8] = b"\x0a\x2e\x0a\x0e\x0a\x08__name__\x12\x02up\x0a\x0f\x0a\x06hotkey\x12\x055Grwv\x12\x0b\x09\x00\x00\x00\x00\x00\x00\x04\x40\x10\x07";

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    // A literal of up to 60 bytes says its length less one in the tag.
    let literal = |message: &[u8]| {
        let length = u8::try_from(message.len()).unwrap();
        [&[length, (length - 1) << 2], message].concat()
    };
    let seeds = vec![literal(SERIES), literal(&SERIES[..20]), vec![0xff, 0xff, 0xff, 0xff, 0x0f, 0]];
    assert_eq!(RemoteWrite::decode(&seeds[0]).unwrap().samples(), 1);
    seeds
}

pub(crate) fn run(input: &[u8]) {
    let Ok(sent) = RemoteWrite::decode(input) else { return };
    assert!(sent.samples() <= RemoteWrite::SAMPLES_MAX);
    for series in &sent.series {
        let named = series.labels.iter().rev().find(|(name, _)| name == "__name__");
        assert_eq!(series.metric(), named.map(|(_, value)| value.as_str()));
    }
    // A NaN is the same one whoever sent it, so the answer can be compared by its bits.
    let bits = |sent: &RemoteWrite| {
        let samples = sent.series.iter().flat_map(|series| &series.samples);
        samples.map(|sample| (sample.value.to_bits(), sample.timestamp_ms)).collect::<Vec<_>>()
    };
    assert_eq!(bits(&RemoteWrite::decode(input).unwrap()), bits(&sent));
}
