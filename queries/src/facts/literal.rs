//! Literals of filters, as far as they can be held against what an entry has.

use std::ops::RangeInclusive;

use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, Operator};

fn value(expr: &Expr) -> Option<&ScalarValue> {
    match expr {
        Expr::Literal(value, _) => Some(value),
        _ => None,
    }
}

pub(super) fn text(expr: &Expr) -> Option<&str> {
    value(expr)?.try_as_str().flatten()
}

pub(super) fn number(expr: &Expr) -> Option<u64> {
    match *value(expr)? {
        ScalarValue::UInt64(value) => value,
        ScalarValue::Int64(value) => u64::try_from(value?).ok(),
        _ => None,
    }
}

/// In milliseconds since 1970 UTC. DataFusion compares times in the larger of two steps, so none is told in smaller
/// ones than the log's.
pub(super) fn time_ms(expr: &Expr) -> Option<i64> {
    match *value(expr)? {
        ScalarValue::TimestampMillisecond(ms, _) => ms,
        _ => None,
    }
}

/// What of `all` stands so to `value`.
pub(super) fn satisfying<T: Copy + Ord + Step>(
    op: Operator,
    value: T,
    all: RangeInclusive<T>,
) -> Option<RangeInclusive<T>> {
    let (first, last) = all.into_inner();
    let nothing = last..=first;
    Some(match op {
        Operator::Eq => value..=value,
        Operator::Lt => value.before().map_or(nothing, |before| first..=before),
        Operator::LtEq => first..=value,
        Operator::Gt => value.after().map_or(nothing, |after| after..=last),
        Operator::GtEq => value..=last,
        _ => return None,
    })
}

/// What has neighbours, but at its ends.
pub(super) trait Step: Sized {
    fn before(self) -> Option<Self>;
    fn after(self) -> Option<Self>;
}

impl Step for u64 {
    fn before(self) -> Option<Self> {
        self.checked_sub(1)
    }

    fn after(self) -> Option<Self> {
        self.checked_add(1)
    }
}

impl Step for i64 {
    fn before(self) -> Option<Self> {
        self.checked_sub(1)
    }

    fn after(self) -> Option<Self> {
        self.checked_add(1)
    }
}

/// The longest text that whatever is like `pattern` has in it; `None` where there is none, or a character is escaped.
pub(super) fn longest_piece(pattern: &str) -> Option<&str> {
    let pieces = pattern.split(['%', '_']).filter(|piece| !piece.is_empty());
    pieces.max_by_key(|piece| piece.len()).filter(|_| !pattern.contains('\\'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_has_its_longest_piece_in_it() {
        for (pattern, piece) in [
            ("%abc%", Some("abc")),
            ("a%bc_d", Some("bc")),
            ("abc", Some("abc")),
            ("%_%", None),
            ("a\\%b", None),
        ] {
            assert_eq!(longest_piece(pattern), piece, "{pattern}");
        }
    }

    #[test]
    fn nothing_is_beyond_the_ends() {
        let of = |op, value| satisfying(op, value, i64::MIN..=i64::MAX).unwrap();
        assert!(of(Operator::Lt, i64::MIN).is_empty() && of(Operator::Gt, i64::MAX).is_empty());
        assert_eq!(of(Operator::Lt, 0), i64::MIN..=-1);
        assert_eq!(of(Operator::GtEq, 7), 7..=i64::MAX);
        assert_eq!(satisfying(Operator::NotEq, 7, 0..=u64::MAX), None);
    }
}
