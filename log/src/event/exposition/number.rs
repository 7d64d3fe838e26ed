//! Numbers and timestamps, as Go reads them.

/// Reads a number as `strconv.ParseFloat` does in Prometheus: `NaN` without a sign, `Inf` and `Infinity` with or
/// without one, in upper or lower case; nothing hexadecimal, and nothing too large for a double. Every NaN is the same.
pub(super) fn float(text: &str) -> Option<f64> {
    let value: f64 = text.parse().ok()?;
    // Rust takes a signed NaN, and makes an infinity of what is too large.
    let is_word = text.starts_with(['n', 'N']);
    let has_digit = || text.bytes().any(|byte| byte.is_ascii_digit());
    if (value.is_nan() && !is_word) || (value.is_infinite() && has_digit()) { None } else { Some(value) }
}

/// Makes milliseconds of seconds, and cuts off what is less than one, as Prometheus does. `None` where a timestamp
/// cannot be: `NaN`, infinite, or beyond 64 bits.
pub(super) fn milliseconds(seconds: f64) -> Option<i64> {
    /// 2^63, the first number that is too large.
    const BOUND: f64 = 9_223_372_036_854_775_808.0;
    let milliseconds = seconds * 1000.0;
    #[expect(clippy::cast_possible_truncation, reason = "the part below a millisecond is what is cut off")]
    (-BOUND..BOUND).contains(&milliseconds).then_some(milliseconds as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_go() {
        let read = [
            ("0", 0.0),
            ("-0", -0.0),
            ("+1.5e3", 1500.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("1E-2", 0.01),
            ("1e-999", 0.0),
            ("9007199254740993", 9_007_199_254_740_992.0),
            ("Inf", f64::INFINITY),
            ("+Inf", f64::INFINITY),
            ("-inf", f64::NEG_INFINITY),
            ("-InFiNiTy", f64::NEG_INFINITY),
        ];
        for (text, value) in read {
            assert_eq!(float(text).map(f64::to_bits), Some(value.to_bits()), "{text}");
        }
        for text in ["NaN", "nan", "NAN"] {
            assert_eq!(float(text).map(f64::to_bits), Some(f64::NAN.to_bits()), "{text}");
        }
        let refused = [
            "", ".", "e5", "1e", "1e+", "+", "-", "--1", "1_000", "0x10", "0x1p-3", "1p3", "1e999", "-1e999",
            "+NaN", "-nan", "infinit", "nanx", "true", "1,5", "1 ", " 1", "１", "1\r",
        ];
        for text in refused {
            assert_eq!(float(text), None, "{text:?}");
        }
    }

    #[test]
    fn seconds_lose_what_is_below_a_millisecond() {
        assert_eq!(milliseconds(1_520_879_607.789), Some(1_520_879_607_789));
        assert_eq!(milliseconds(-0.0019), Some(-1));
        assert_eq!(milliseconds(-9e15), Some(-9_000_000_000_000_000_000));
        for seconds in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e16, -1e16, 9_223_372_036_854_776.0] {
            assert_eq!(milliseconds(seconds), None, "{seconds}");
        }
    }
}
