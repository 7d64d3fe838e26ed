//! Versions as the numbers that upstream compares.

use crate::upstream::python::int;

/// Returns the number of a version, 100 a + 10 b + c for `a.b.c`, without bounds: 1.9.10, 1.10.0 and 2.0.0 are all 200.
/// `None` where upstream has none: three parts are not integers, or there are fewer; a fourth is not read.
pub(crate) fn version_number(version: &str) -> Option<i128> {
    let mut parts = version.split('.').map(|part| int(part)?.parse::<i128>().ok());
    let (major, minor, patch) = (parts.next()??, parts.next()??, parts.next()??);
    major.checked_mul(100)?.checked_add(minor.checked_mul(10)?)?.checked_add(patch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_a_number_of_its_first_three_parts() {
        assert_eq!(version_number("1.8.5"), Some(185));
        assert_eq!(version_number("1.9.10"), version_number("2.0.0"));
        assert_eq!(version_number("1.8.5.9"), Some(185));
        assert_eq!((version_number("1.8"), version_number("1.8.x"), version_number("")), (None, None, None));
    }
}
