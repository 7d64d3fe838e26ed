//! Mistakes in a question's text, told so that their place is seen: sqlparser's words with the line and a caret under
//! it, and the table that was probably meant.

use crate::error::QueryError;

/// The number of characters of a line that are shown on each side of the place.
const SHOWN_CHARS: usize = 60;
/// How the words of sqlparser end.
const PLACE: &str = " at Line: ";

/// The words of sqlparser about `sql`, with its line and a caret; its words alone where they name no place.
pub(crate) fn of_syntax(sql: &str, words: &str) -> QueryError {
    let told = words.rsplit_once(PLACE).and_then(|(words, place)| {
        let (line, column) = place.split_once(", Column: ")?;
        let (line, column): (usize, usize) = (line.parse().ok()?, column.trim_end_matches(')').parse().ok()?);
        let text = sql.lines().nth(line.checked_sub(1)?)?;
        Some(format!("line {line}, column {column}: {}\n{}", in_plain_words(words), with_caret(text, column)))
    });
    QueryError::Syntax(told.unwrap_or_else(|| in_plain_words(words)))
}

/// `Expected: end of statement, found: stats` is how sqlparser tells that there is something else.
fn in_plain_words(words: &str) -> String {
    let words = words.trim_start_matches("sql parser error: ");
    match words.strip_prefix("Expected: ").and_then(|words| words.split_once(", found: ")) {
        Some(("end of statement", found)) => {
            format!("`{found}` is not expected here; is a word before it misspelled, or something missing?")
        }
        Some((wanted, "EOF")) => format!("the question ends where {wanted} is expected"),
        Some((wanted, found)) => format!("`{found}` stands where {wanted} is expected"),
        None => words.to_owned(),
    }
}

fn with_caret(line: &str, column: usize) -> String {
    let at = column.saturating_sub(1);
    let start = at.saturating_sub(SHOWN_CHARS);
    let shown: String = line.chars().skip(start).take(2 * SHOWN_CHARS).collect();
    format!("  {shown}\n  {}^", " ".repeat(at - start))
}

/// Returns the name that was probably meant by one that no table has: the nearest, if it is near. The schema before a
/// name may be missing.
pub(crate) fn nearest<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let far = 1 + name.chars().count() / 3;
    let to = |other: &str| strsim::damerau_levenshtein(name, other);
    let without_schema = |other: &'a str| other.split_once('.').map_or(other, |(_, table)| table);
    let by_distance = names.into_iter().map(|other| (to(other).min(to(without_schema(other))), other));
    by_distance.filter(|(distance, _)| *distance <= far).min().map(|(_, other)| other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_seen() {
        let words = "sql parser error: Expected: end of statement, found: stats at Line: 2, Column: 6";
        assert_eq!(
            of_syntax("select *\nfrom stats stats", words).to_string(),
            "line 2, column 6: `stats` is not expected here; is a word before it misspelled, or something missing?\n  \
             from stats stats\n       ^"
        );
        let long = format!("select {} fro x", "a, ".repeat(100));
        let told =
            of_syntax(&long, "Expected: an expression, found: EOF at Line: 1, Column: 300").to_string();
        assert!(told.starts_with("line 1, column 300: the question ends where an expression is expected\n"));
        assert!(told.lines().all(|line| line.chars().count() <= 2 + 2 * SHOWN_CHARS), "{told}");
        assert_eq!(of_syntax("x", "no place").to_string(), "no place");
    }

    #[test]
    fn the_nearest_name_is_meant() {
        let names = ["stats", "stats_votes", "scores", "penalized", "system.sources"];
        for (name, meant) in [
            ("stat", Some("stats")),
            ("penalised", Some("penalized")),
            ("sttas", Some("stats")),
            ("source", Some("system.sources")),
            ("system.source", Some("system.sources")),
            ("nowhere", None),
        ] {
            assert_eq!(nearest(name, names), meant, "{name}");
        }
    }
}
