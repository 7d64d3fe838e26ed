//! What is read from a body, as lines that a test can be written with.

use annals_log::exposition::{About, Exposition, Format, Item, Sample};

/// A line for each item, and one for the error, if there is one.
pub(crate) fn read(body: impl AsRef<[u8]>, format: Format) -> Vec<String> {
    let items = Exposition::of(body.as_ref(), format);
    items.map(|item| item.map_or_else(|error| format!("error: {error}"), |item| shown(&item))).collect()
}

fn shown(item: &Item<'_>) -> String {
    let metadata = match item {
        Item::Sample(sample) => return shown_sample(sample),
        Item::Metadata(metadata) => metadata,
    };
    let (line, family) = (metadata.line, metadata.family.unescape());
    match metadata.about {
        About::Type(of_type) => format!("{line} type {family:?} {}", of_type.as_str()),
        About::Help(text) => format!("{line} help {family:?} {:?}", text.unescape()),
        About::Unit(unit) => format!("{line} unit {family:?} {unit:?}"),
    }
}

fn shown_sample(sample: &Sample<'_>) -> String {
    let exemplar = sample.exemplar.map_or(String::new(), |exemplar| {
        format!(" like {}", point(&exemplar.labels.to_json(), exemplar.value, exemplar.timestamp_ms))
    });
    let point = point(&sample.labels.to_json(), sample.value, sample.timestamp_ms);
    format!("{} {:?} {point}{exemplar}", sample.line, sample.name.unescape())
}

/// Labels, a value, and a timestamp.
pub(crate) fn point(labels: &str, value: f64, timestamp_ms: Option<i64>) -> String {
    let at = timestamp_ms.map_or(String::new(), |milliseconds| format!(" at {milliseconds}"));
    format!("{labels} {value:?}{at}")
}

/// Checks a table of bodies and the lines that are read from them.
pub(crate) fn assert_read(format: Format, table: &[(&str, &[&str])]) {
    for (body, lines) in table {
        assert_eq!(read(body, format), *lines, "{body:?}");
    }
}

/// Checks a table of bodies of which nothing can be read, and the error of each.
pub(crate) fn assert_refused(format: Format, table: &[(&str, &str)]) {
    for (body, error) in table {
        let lines = read(body, format);
        assert_eq!(lines.last(), Some(&format!("error: {error}")), "{body:?}");
    }
}
