//! What a sample is to the family that was described last.

use annals_log::exposition::{Exposition, Format, Item, Part};

fn parts(body: &str, format: Format) -> Vec<(String, Part)> {
    let mut parts = Vec::new();
    for item in Exposition::of(body.as_bytes(), format) {
        if let Item::Sample(sample) = item.unwrap() {
            parts.push((sample.name.unescape().into_owned(), sample.part));
        }
    }
    parts
}

#[test]
fn a_sample_is_known_by_the_type_before_it() {
    let families: [(&str, &[(&str, Part)]); 8] = [
        (
            "counter",
            &[("_total", Part::Total), ("_created", Part::Created), ("", Part::Value), ("_sum", Part::Alone)],
        ),
        ("gauge", &[("", Part::Value), ("_total", Part::Alone), ("_created", Part::Alone)]),
        (
            "histogram",
            &[
                ("_bucket", Part::Bucket),
                ("_sum", Part::Sum),
                ("_count", Part::Count),
                ("_created", Part::Created),
                ("_gsum", Part::Alone),
            ],
        ),
        (
            "gaugehistogram",
            &[
                ("_bucket", Part::Bucket),
                ("_gsum", Part::Sum),
                ("_gcount", Part::Count),
                ("_sum", Part::Alone),
            ],
        ),
        (
            "summary",
            &[("", Part::Value), ("_sum", Part::Sum), ("_count", Part::Count), ("_created", Part::Created)],
        ),
        ("info", &[("_info", Part::Info)]),
        ("stateset", &[("", Part::Value), ("_info", Part::Alone)]),
        ("unknown", &[("", Part::Value), ("_total", Part::Alone)]),
    ];
    for (name, samples) in families {
        let mut body = format!("a_total 1\n# TYPE a {name}\n");
        let mut expected = vec![("a_total".to_owned(), Part::Alone)];
        for (suffix, part) in samples {
            body += &format!("a{suffix} 1\n");
            expected.push((format!("a{suffix}"), *part));
        }
        // Help of another family changes nothing, and neither does a name that only begins the same.
        body += "# HELP b c\na_other 1\nb 1\n# EOF\n";
        expected.extend([("a_other".to_owned(), Part::Alone), ("b".to_owned(), Part::Alone)]);
        assert_eq!(parts(&body, Format::OpenMetrics), expected, "{name}");
    }
}

#[test]
fn a_family_in_quotes_is_known_too() {
    let body = "# TYPE \"é.a\" histogram\n{\"é.a_bucket\",le=\"1\"} 1\n{\"é.a_count\"} 1\n";
    let expected = [("é.a_bucket".to_owned(), Part::Bucket), ("é.a_count".to_owned(), Part::Count)];
    assert_eq!(parts(body, Format::Text), expected);
}
