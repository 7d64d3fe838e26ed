//! The bounds of one scrape.

use std::time::Duration;

/// Bounds of time and bytes that no server can stretch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GetLimits {
    /// From the beginning to the end of the body, as Prometheus counts `scrape_timeout`.
    pub total: Duration,
    /// From the beginning to the first byte of the answer, connection and TLS included. Never more than `total`.
    pub first_byte: Duration,
    /// Bytes of the status line and headers, and as many of trailers. Interim answers, all together, may have 256 KiB
    /// more.
    pub header_bytes: usize,
    /// How many headers there may be.
    pub headers: usize,
    /// Bytes of the body as sent, and of what it is decompressed.
    pub body_bytes: usize,
}

impl Default for GetLimits {
    fn default() -> Self {
        Self {
            total: Duration::from_secs(10),
            first_byte: Duration::from_secs(10),
            header_bytes: 16 << 10,
            headers: 100,
            body_bytes: 8 << 20,
        }
    }
}
