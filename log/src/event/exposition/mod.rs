//! What a metrics endpoint answers: Prometheus' text format 0.0.4, the UTF-8 names of 1.0.0, and `OpenMetrics` 1.0.
//!
//! The parser takes and refuses what that of Prometheus 3 does, so that a scrape fails here where it fails there: at
//! the first wrong line, and then whole. General libraries lose samples in silence or refuse good ones. It takes time
//! in proportion to the body, and memory that does not grow with it. It differs where that is safer, or as specified:
//! - a label that a sample has twice, one named `__name__`, and an empty name are errors at once; Prometheus finds them
//!   when it stores the sample;
//! - a sample has at most 1,024 labels, also where [`Limits`] names none;
//! - a NUL byte outside of texts and comments is an error, and in a comment it means nothing; Prometheus ends the body
//!   at some of them, and nobody notices, and passes over others;
//! - white space before a sample means nothing; Prometheus makes it a part of the name;
//! - `OpenMetrics` has no line feed within quotes; Prometheus takes one in a name;
//! - everything stays as it is told; Prometheus keeps the first sample of a series that a body has twice, drops labels
//!   without a value, leaves the escapes in an exemplar's labels, and, in version 3, writes `le="1"` as `le="1.0"`.
//!
//! `tests/prometheus-conformance.sh` compares it with Prometheus and others; `log/tests/exposition/corpus.txt` names
//! each difference.
//!
//! [`samples_naming`] finds the samples of metrics by a part of the name in a body that was read before, and parses
//! little more than those.
//!
//! ```
//! use annals_log::exposition::{Exposition, Format, Item};
//!
//! let format = Format::of_content_type("text/plain; version=0.0.4").expect("a format of Prometheus");
//! let mut read = Vec::new();
//! for item in Exposition::of(b"# TYPE load gauge\nload{cpu=\"1\",at=\"a\\\"b\"} 0.5\n", format) {
//!     if let Item::Sample(sample) = item? {
//!         read.push((sample.line, sample.name.unescape(), sample.labels.to_json(), sample.value));
//!     }
//! }
//! assert_eq!(read, [(2, "load".into(), r#"{"at":"a\"b","cpu":"1"}"#.into(), 0.5)]);
//! # Ok::<(), annals_log::exposition::ExpositionError>(())
//! ```

mod cursor;
mod error;
mod escaped;
mod format;
mod item;
mod labels;
mod limits;
mod metric_type;
mod named;
mod number;
mod open_metrics;
mod parse;
mod text;

pub use error::ExpositionError;
pub use escaped::Escaped;
pub use format::Format;
pub use item::{About, Exemplar, Item, Metadata, Sample};
pub use labels::{Label, Labels};
pub use limits::{LABELS_MAX, Limit, Limits};
pub use metric_type::{MetricType, Part};
pub use named::samples_naming;
pub use parse::Exposition;
