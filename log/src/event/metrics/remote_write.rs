//! The body of a request of Prometheus' remote write 1.0: a protobuf message, compressed as one block of Snappy
//! (`prometheus/prompb/types.proto`, `remote.proto`).

use prost::Message;

/// The samples that a request brings.
#[derive(Debug, Clone, PartialEq)]
pub struct RemoteWrite {
    /// In the order of the request.
    pub series: Vec<Series>,
}

/// A series, and what was measured of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Names and values, in the order of the request; `__name__` has the metric's name.
    pub labels: Vec<(String, String)>,
    /// In the order of the request.
    pub samples: Vec<TimedValue>,
}

/// A sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TimedValue {
    /// Every NaN is the same one, but for the marker of Prometheus that a series has ended, which is left out.
    pub value: f64,
    /// When the sender says it was so, in milliseconds since 1970 UTC.
    pub timestamp_ms: i64,
}

/// Why a body is no request of remote write.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RemoteWriteError {
    /// It would be longer than is read, decompressed.
    #[error("the body has {bytes} bytes, at most {} are read", RemoteWrite::BYTES_MAX)]
    TooLong {
        /// The length that its beginning promises.
        bytes: usize,
    },
    /// It is no block of Snappy.
    #[error("the body is no block of Snappy: {0}")]
    Compression(String),
    /// It is no such message.
    #[error("the body is no WriteRequest: {0}")]
    Message(String),
    /// It has more samples than are taken.
    #[error("the body has {samples} samples, at most {} are taken", RemoteWrite::SAMPLES_MAX)]
    TooManySamples {
        /// In all series.
        samples: usize,
    },
}

/// The bits by which Prometheus says that a series has ended (`model/value/value.go`).
const STALE: u64 = 0x7ff0_0000_0000_0002;

#[derive(Clone, PartialEq, Message)]
struct WireRequest {
    #[prost(message, repeated, tag = "1")]
    timeseries: Vec<WireSeries>,
}

#[derive(Clone, PartialEq, Message)]
struct WireSeries {
    #[prost(message, repeated, tag = "1")]
    labels: Vec<WireLabel>,
    #[prost(message, repeated, tag = "2")]
    samples: Vec<WireSample>,
}

#[derive(Clone, PartialEq, Message)]
struct WireLabel {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    value: String,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct WireSample {
    #[prost(double, tag = "1")]
    value: f64,
    #[prost(int64, tag = "2")]
    timestamp: i64,
}

impl RemoteWrite {
    /// The most bytes of a message that are read, decompressed; a series of two bytes takes 24 times that in memory.
    /// Prometheus sends some hundred KiB at once.
    pub const BYTES_MAX: usize = 2 << 20;
    /// The most samples that are taken of a request.
    pub const SAMPLES_MAX: usize = 100_000;

    /// Decodes a compressed body. Memory is bounded by [`RemoteWrite::BYTES_MAX`].
    ///
    /// # Errors
    /// [`RemoteWriteError`]. Nothing of such a body may be taken.
    pub fn decode(body: &[u8]) -> Result<Self, RemoteWriteError> {
        let compression = |error: snap::Error| RemoteWriteError::Compression(error.to_string());
        let bytes = snap::raw::decompress_len(body).map_err(compression)?;
        if bytes > Self::BYTES_MAX {
            return Err(RemoteWriteError::TooLong { bytes });
        }
        let message = snap::raw::Decoder::new().decompress_vec(body).map_err(compression)?;
        let request = WireRequest::decode(message.as_slice())
            .map_err(|error| RemoteWriteError::Message(error.to_string()))?;
        let samples = request.timeseries.iter().map(|series| series.samples.len()).sum();
        if samples > Self::SAMPLES_MAX {
            return Err(RemoteWriteError::TooManySamples { samples });
        }
        Ok(Self { series: request.timeseries.into_iter().map(Series::of).collect() })
    }

    /// How many samples there are, in all series.
    pub fn samples(&self) -> usize {
        self.series.iter().map(|series| series.samples.len()).sum()
    }
}

impl Series {
    fn of(series: WireSeries) -> Self {
        let labels = series.labels.into_iter().map(|label| (label.name, label.value)).collect();
        let samples = series.samples.into_iter().filter(|sample| sample.value.to_bits() != STALE);
        Self { labels, samples: samples.map(TimedValue::of).collect() }
    }

    /// The value of a label; of one that comes twice the last, as the proxy has it.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.labels.iter().rev().find(|(of, _)| of == name).map(|(_, value)| value.as_str())
    }

    /// The metric's name.
    pub fn metric(&self) -> Option<&str> {
        self.label("__name__")
    }
}

impl TimedValue {
    fn of(sample: WireSample) -> Self {
        let value = if sample.value.is_nan() { f64::NAN } else { sample.value };
        Self { value, timestamp_ms: sample.timestamp }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(series: Vec<WireSeries>) -> Vec<u8> {
        let message = WireRequest { timeseries: series }.encode_to_vec();
        snap::raw::Encoder::new().compress_vec(&message).unwrap()
    }

    fn series(labels: &[(&str, &str)], samples: &[(f64, i64)]) -> WireSeries {
        let labels =
            labels.iter().map(|(name, value)| WireLabel { name: (*name).into(), value: (*value).into() });
        let samples = samples.iter().map(|&(value, timestamp)| WireSample { value, timestamp });
        WireSeries { labels: labels.collect(), samples: samples.collect() }
    }

    #[test]
    fn a_request_is_read_and_the_marker_of_an_end_is_no_sample() {
        let sent = series(
            &[("__name__", "up"), ("hotkey", "a"), ("hotkey", "b")],
            &[(1.5, -3), (f64::from_bits(STALE), 4)],
        );
        let read = RemoteWrite::decode(&body(vec![sent])).unwrap();
        assert_eq!(read.samples(), 1);
        let series = &read.series[0];
        assert_eq!(
            (series.metric(), series.label("hotkey"), series.label("netuid")),
            (Some("up"), Some("b"), None)
        );
        assert_eq!(series.samples, [TimedValue { value: 1.5, timestamp_ms: -3 }]);
        assert_eq!(RemoteWrite::decode(&body(Vec::new())).unwrap().series, []);
    }

    #[test]
    fn what_is_no_request_is_refused_and_a_promised_length_is_not_allocated() {
        // A header of Snappy that promises four gigabytes.
        let bomb = [0xff, 0xff, 0xff, 0xff, 0x0f, 0x00];
        assert_eq!(RemoteWrite::decode(&bomb), Err(RemoteWriteError::TooLong { bytes: u32::MAX as usize }));
        let zeros = snap::raw::Encoder::new().compress_vec(&vec![0; RemoteWrite::BYTES_MAX + 1]).unwrap();
        assert!(matches!(RemoteWrite::decode(&zeros), Err(RemoteWriteError::TooLong { .. })));
        let right = body(vec![series(&[("__name__", "up")], &[(1.0, 2)])]);
        for cut in 1..right.len() {
            assert!(RemoteWrite::decode(&right[..cut]).is_err(), "{cut} bytes");
        }
        let words = snap::raw::Encoder::new().compress_vec(b"no message").unwrap();
        assert!(matches!(RemoteWrite::decode(&words), Err(RemoteWriteError::Message(_))));
        let many = vec![(0.0, 0); RemoteWrite::SAMPLES_MAX + 1];
        let samples = many.len();
        let refused = RemoteWrite::decode(&body(vec![series(&[], &many)]));
        assert_eq!(refused, Err(RemoteWriteError::TooManySamples { samples }));
    }
}
