//! Where a statement ends in a text that is being written.

use datafusion::sql::sqlparser::tokenizer::{Location, Token, Tokenizer};

use super::grammar::Grammar;

/// Returns the first statement of `text` with its `;`, and the text after it; `None` until a `;` ends one. A `;` in
/// quotes, between dollars or in a comment ends none.
///
/// A text that cannot be read beyond some place is taken as a statement as soon as its last line ends with `;`:
/// whoever answers it says what is wrong.
pub fn split_statement(text: &str) -> Option<(&str, &str)> {
    let mut tokens = Vec::new();
    let read = Tokenizer::new(&Grammar, text).tokenize_with_location_into_buf(&mut tokens);
    if let Some(end) = tokens.iter().find(|token| token.token == Token::SemiColon) {
        return Some(text.split_at(byte_after(text, end.span.start)));
    }
    let is_wrong = read.is_err_and(|error| !is_open(&error.message));
    (is_wrong && text.trim_end().ends_with(';')).then_some((text, ""))
}

/// sqlparser's words for quotes, dollars and comments that nothing ends yet.
fn is_open(words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    ["unterminated", "before eof", "eof while", "unexpected eof"].iter().any(|open| words.contains(open))
}

/// Returns the byte after the character at `place`, whose line and column count characters from 1.
fn byte_after(text: &str, place: Location) -> usize {
    let lines = usize::try_from(place.line).expect("a text in memory has as many lines as fit");
    let column = usize::try_from(place.column).expect("a line in memory has as many characters as fit");
    let start: usize = text.split_inclusive('\n').take(lines - 1).map(str::len).sum();
    start + text[start..].chars().take(column).map(char::len_utf8).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::split_statement;

    #[test]
    fn a_statement_ends_with_a_semicolon() {
        assert_eq!(split_statement("select 1; select 2;"), Some(("select 1;", " select 2;")));
        assert_eq!(split_statement("select 'é',\n 'ü';\nrest"), Some(("select 'é',\n 'ü';", "\nrest")));
        assert_eq!(split_statement(";"), Some((";", "")));
        assert_eq!(split_statement("select 1"), None);
        assert_eq!(split_statement(""), None);
    }

    #[test]
    fn a_semicolon_within_something_ends_nothing() {
        for open in [
            "select 'a;",
            "select 'it''s;",
            "select \"a;",
            "select e'a\\';",
            "select $$a;",
            "select $tag$a;$$;",
            "select U&'a;",
            "select 1 /* a;",
            "select 1 /* a /* b */ ;",
            "select 1 -- a;",
            "select x'00;",
        ] {
            assert_eq!(split_statement(open), None, "{open}");
        }
        for whole in
            ["select ';';", "select \";\";", "select $$;$$;", "select /* ; */ 1;", "select 1 -- ;\n;"]
        {
            assert_eq!(split_statement(whole), Some((whole, "")), "{whole}");
        }
    }

    #[test]
    fn what_cannot_be_read_does_not_wait_for_ever() {
        let wrong = "select U&'\\zzzz';";
        assert_eq!(split_statement(wrong), Some((wrong, "")));
        assert_eq!(
            split_statement("select 1; select U&'\\zzzz';"),
            Some(("select 1;", " select U&'\\zzzz';"))
        );
    }
}
