//! The types of metrics, and what a sample is to a metric of its type.

use super::Escaped;

/// What `# TYPE` says of a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricType {
    /// A number that only grows.
    Counter,
    /// A number that goes up and down.
    Gauge,
    /// Counts by upper bound, with a sum and a count.
    Histogram,
    /// The same of numbers that go up and down; in `OpenMetrics` alone.
    GaugeHistogram,
    /// Quantiles, with a sum and a count.
    Summary,
    /// Labels, and the number 1; in `OpenMetrics` alone.
    Info,
    /// A 0 or 1 for each state; in `OpenMetrics` alone.
    StateSet,
    /// `unknown` in `OpenMetrics`, `untyped` in text.
    Unknown,
}

/// What a sample is to the family that the last `# TYPE` before it named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The sample has the family's own name: its value, a quantile, a state.
    Value,
    /// The value of a counter in `OpenMetrics`.
    Total,
    /// When a counter, histogram or summary began: its value is seconds since 1970.
    Created,
    /// A count of a histogram, up to the bound in the label `le`.
    Bucket,
    /// The sum of a histogram or summary.
    Sum,
    /// The count of a histogram or summary.
    Count,
    /// The labels of an info.
    Info,
    /// None: there was no `# TYPE`, or the name is not one of its family.
    Alone,
}

impl MetricType {
    /// The type by its name in [`super::Format::Text`].
    pub(super) fn of_text(name: &str) -> Option<Self> {
        match name {
            "counter" => Some(Self::Counter),
            "gauge" => Some(Self::Gauge),
            "histogram" => Some(Self::Histogram),
            "summary" => Some(Self::Summary),
            "untyped" => Some(Self::Unknown),
            _ => None,
        }
    }

    /// The type by its name in [`super::Format::OpenMetrics`].
    pub(super) fn of_open_metrics(name: &str) -> Option<Self> {
        match name {
            "gaugehistogram" => Some(Self::GaugeHistogram),
            "info" => Some(Self::Info),
            "stateset" => Some(Self::StateSet),
            "unknown" => Some(Self::Unknown),
            "untyped" => None,
            of_both => Self::of_text(of_both),
        }
    }

    /// The name that Prometheus' API gives it, which is that of `OpenMetrics`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
            Self::GaugeHistogram => "gaugehistogram",
            Self::Summary => "summary",
            Self::Info => "info",
            Self::StateSet => "stateset",
            Self::Unknown => "unknown",
        }
    }
}

impl Part {
    /// What a sample called `name` is to `family`.
    pub(super) fn of(name: Escaped<'_>, family: Escaped<'_>, of_type: MetricType) -> Self {
        use MetricType::{Counter, GaugeHistogram, Histogram, Info, Summary};
        let Some(suffix) = name.raw().strip_prefix(family.raw()) else { return Self::Alone };
        match (of_type, suffix) {
            (_, "") => Self::Value,
            (Counter, "_total") => Self::Total,
            (Counter | Histogram | Summary, "_created") => Self::Created,
            (Histogram | GaugeHistogram, "_bucket") => Self::Bucket,
            (Histogram | Summary, "_sum") | (GaugeHistogram, "_gsum") => Self::Sum,
            (Histogram | Summary, "_count") | (GaugeHistogram, "_gcount") => Self::Count,
            (Info, "_info") => Self::Info,
            _ => Self::Alone,
        }
    }
}
