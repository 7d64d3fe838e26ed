//! Times in texts. Arrow wants seconds; `<table>_at` and people do not.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Cast, Expr};

/// The length of `2026-01-31 12:00`.
const MINUTES: usize = 16;

/// Adds seconds to a text that is cast to a time and has none.
///
/// # Errors
/// The cast, when it is not of such a text.
pub(super) fn with_seconds(cast: Cast) -> Result<Expr, Cast> {
    let is_time = matches!(cast.field.data_type(), DataType::Timestamp(..));
    let text = match &*cast.expr {
        Expr::Literal(text, metadata) if is_time => text.try_as_str().flatten().map(|text| (text, metadata)),
        _ => None,
    };
    let Some(with_seconds) = text.and_then(|(text, metadata)| Some((seconds_added(text)?, metadata.clone())))
    else {
        return Err(cast);
    };
    let (text, metadata) = with_seconds;
    let expr = Box::new(Expr::Literal(ScalarValue::Utf8(Some(text)), metadata));
    Ok(Expr::Cast(Cast { expr, field: cast.field }))
}

/// Reads a text as a value of a type, as a cast in SQL does; `None` where it is none.
pub(crate) fn read_text(text: ScalarValue, as_type: &DataType) -> Option<ScalarValue> {
    let is_time = matches!(as_type, DataType::Timestamp(..));
    let with_seconds = text.try_as_str().flatten().filter(|_| is_time).and_then(seconds_added);
    with_seconds.map_or(text, |text| ScalarValue::Utf8(Some(text))).cast_to(as_type).ok()
}

/// `2026-01-31 12:00:00+02` for `2026-01-31 12:00+02`.
fn seconds_added(text: &str) -> Option<String> {
    let (minutes, zone) = text.split_at_checked(MINUTES)?;
    let digits = |range: std::ops::Range<usize>| minutes[range].bytes().all(|byte| byte.is_ascii_digit());
    let is_date = minutes.is_ascii() && digits(0..4) && digits(5..7) && digits(8..10);
    let is_time = is_date && digits(11..13) && digits(14..16) && minutes.as_bytes()[13] == b':';
    (is_time && !zone.starts_with(':')).then(|| format!("{minutes}:00{zone}"))
}

#[cfg(test)]
mod tests {
    use super::seconds_added;

    #[test]
    fn seconds_are_added_where_a_time_ends_with_its_minutes() {
        for (text, right) in [
            ("2026-01-31 12:00", Some("2026-01-31 12:00:00")),
            ("2026-01-31T12:00", Some("2026-01-31T12:00:00")),
            ("2026-01-31 12:00Z", Some("2026-01-31 12:00:00Z")),
            ("2026-01-31 12:00+02:00", Some("2026-01-31 12:00:00+02:00")),
            ("2026-01-31 12:00 Europe/Berlin", Some("2026-01-31 12:00:00 Europe/Berlin")),
            ("2026-01-31 12:00:07", None),
            ("2026-01-31", None),
            ("2026-01-31 12", None),
            ("noon of the last day", None),
            ("ä2026-01-31 12:00", None),
        ] {
            assert_eq!(seconds_added(text).as_deref(), right, "{text}");
        }
    }
}
