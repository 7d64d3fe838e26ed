//! Reads what a metrics endpoint answered from standard input, and writes what annals finds in it: a line of JSON a
//! sample, or one alone for the error.
//!
//! ```text
//! read_metrics CONTENT-TYPE [SAMPLES [LABELS [NAME-BYTES [VALUE-BYTES]]]] < BODY
//! ```
//!
//! `tests/prometheus-conformance.sh` compares it with what others find.

use std::io::{Error, Read as _, Write as _, stdin, stdout};

use annals_log::exposition::{Exemplar, Exposition, ExpositionError, Format, Item, Labels, Limits, Sample};
use annals_log::json::{Object, Value, number, object, text};

fn main() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1);
    let content_type = arguments.next().unwrap_or_default();
    let limits = limits(arguments)?;
    let format = Format::of_content_type(&content_type)
        .ok_or_else(|| Error::other(format!("not a content type of Prometheus: {content_type:?}")))?;
    let mut body = Vec::new();
    stdin().read_to_end(&mut body)?;
    let lines = match samples(limits, &body, format) {
        Ok(samples) => samples.iter().map(|sample| sample.to_json() + "\n").collect(),
        Err(error) => of_error(&error).to_json() + "\n",
    };
    stdout().write_all(lines.as_bytes())
}

fn limits(mut arguments: impl Iterator<Item = String>) -> Result<Limits, Error> {
    let none = Limits::default();
    let mut next = |limit| arguments.next().map_or(Ok(limit), |text| text.parse().map_err(Error::other));
    Ok(Limits {
        samples: next(none.samples)?,
        labels: next(none.labels)?,
        label_name_bytes: next(none.label_name_bytes)?,
        label_value_bytes: next(none.label_value_bytes)?,
    })
}

fn samples(limits: Limits, body: &[u8], format: Format) -> Result<Vec<Value>, ExpositionError> {
    let mut samples = Vec::new();
    for item in Exposition::within(limits, body, format) {
        if let Item::Sample(sample) = item? {
            samples.push(of_sample(&sample));
        }
    }
    Ok(samples)
}

fn of_error(error: &ExpositionError) -> Value {
    object([("line", number(error.line as u64)), ("error", text(error.what))])
}

fn of_sample(sample: &Sample<'_>) -> Value {
    object([
        ("line", number(sample.line as u64)),
        ("name", text(&sample.name.unescape())),
        ("labels", of_labels(&sample.labels)),
        ("value", of_value(sample.value)),
        ("timestamp_ms", of_milliseconds(sample.timestamp_ms)),
        ("exemplar", sample.exemplar.as_ref().map_or(Value::Null, of_exemplar)),
    ])
}

fn of_exemplar(exemplar: &Exemplar<'_>) -> Value {
    object([
        ("labels", of_labels(&exemplar.labels)),
        ("value", of_value(exemplar.value)),
        ("timestamp_ms", of_milliseconds(exemplar.timestamp_ms)),
    ])
}

fn of_labels(labels: &Labels<'_>) -> Value {
    let mut labels: Vec<_> =
        labels.iter().map(|label| (label.name.unescape(), label.value.unescape())).collect();
    labels.sort_unstable();
    let mut sorted = Object::default();
    for (name, value) in labels {
        sorted.insert(name.as_ref().into(), text(&value));
    }
    Value::Object(sorted)
}

/// The shortest text that is read as the same number: JSON has neither NaN nor infinities.
fn of_value(value: f64) -> Value {
    text(&format!("{value:?}"))
}

fn of_milliseconds(milliseconds: Option<i64>) -> Value {
    milliseconds.map_or(Value::Null, |milliseconds| Value::Number(milliseconds.into()))
}
