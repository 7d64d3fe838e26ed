//! The formats, and how an answer names its own.

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Prometheus' own text format, 0.0.4 or 1.0.0. Names in quotes are read in either.
    Text,
    /// `OpenMetrics`, 0.0.1 or 1.0.0.
    OpenMetrics,
}

impl Format {
    /// Reads the header `Content-Type`: its media type alone decides, as in Prometheus.
    ///
    /// `None` for every other type and for an empty header. There Prometheus 3 gives the scrape up, and Prometheus 2
    /// reads it as [`Format::Text`]; the caller decides.
    pub fn of_content_type(header: &str) -> Option<Self> {
        let media_type = header.split(';').next()?.trim();
        if media_type.eq_ignore_ascii_case("text/plain") {
            Some(Self::Text)
        } else if media_type.eq_ignore_ascii_case("application/openmetrics-text") {
            Some(Self::OpenMetrics)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_media_type_names_the_format() {
        let headers = [
            ("text/plain", Some(Format::Text)),
            ("text/plain; version=0.0.4; charset=utf-8", Some(Format::Text)),
            ("text/plain;version=1.0.0;escaping=allow-utf-8", Some(Format::Text)),
            (" TEXT/Plain ;version=9", Some(Format::Text)),
            ("application/openmetrics-text", Some(Format::OpenMetrics)),
            ("application/openmetrics-text; version=1.0.0; charset=utf-8", Some(Format::OpenMetrics)),
            ("application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily", None),
            ("text/html; charset=utf-8", None),
            ("text/plainer", None),
            ("text/plain, text/plain", None),
            ("", None),
        ];
        for (header, format) in headers {
            assert_eq!(Format::of_content_type(header), format, "{header:?}");
        }
    }
}
