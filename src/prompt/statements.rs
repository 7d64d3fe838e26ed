//! Lines on their way to be statements.

use annals_queries::{QueryError, check, split_statement};

/// Lines that were written and not yet answered.
#[derive(Default)]
pub(super) struct Statements {
    text: String,
}

impl Statements {
    /// The statements of a whole text, whose last may lack its `;`.
    pub(super) fn of_file(text: &str) -> impl Iterator<Item = String> {
        let mut written = Self::default();
        written.add(text);
        std::iter::from_fn(move || {
            written.next().or_else(|| {
                let last = std::mem::take(&mut written.text);
                Some(last.trim_end().to_owned()).filter(|last| !last.is_empty())
            })
        })
    }

    /// Adds a line. One that holds comments and blanks alone is dropped while no statement is begun.
    pub(super) fn add(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
        self.keep_from(0);
    }

    /// Whether no statement waits for its end.
    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    fn keep_from(&mut self, place: usize) {
        let rest = &self.text[place..];
        self.text = if is_begun(rest) { rest.trim_start().to_owned() } else { String::new() };
    }
}

/// Gives each statement that is whole, with its `;`.
impl Iterator for Statements {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let statement = split_statement(&self.text)?.0.to_owned();
        self.keep_from(statement.len());
        Some(statement)
    }
}

/// Whether more than comments, blanks and a `;` is there.
fn is_begun(text: &str) -> bool {
    !matches!(check(text), Err(QueryError::Statements(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(written: &mut Statements, line: &str) -> Vec<String> {
        written.add(line);
        written.by_ref().collect()
    }

    #[test]
    fn a_statement_takes_as_many_lines_as_it_needs() {
        let mut written = Statements::default();
        assert!(whole(&mut written, "select 1").is_empty() && !written.is_empty());
        assert!(whole(&mut written, "-- not yet;").is_empty());
        assert_eq!(whole(&mut written, "as one; -- done"), ["select 1\n-- not yet;\nas one;"]);
        assert!(written.is_empty());
        assert_eq!(whole(&mut written, " select 2; select 3; select"), ["select 2;", "select 3;"]);
        assert!(!written.is_empty());
        assert_eq!(whole(&mut written, "4;"), ["select\n4;"]);
    }

    #[test]
    fn what_is_quoted_goes_on() {
        let mut written = Statements::default();
        assert!(whole(&mut written, "select 'a;").is_empty());
        assert_eq!(whole(&mut written, "b';"), ["select 'a;\nb';"]);
        assert!(whole(&mut written, "/* begun;").is_empty() && !written.is_empty());
        assert_eq!(whole(&mut written, "*/ select $$;$$;"), ["/* begun;\n*/ select $$;$$;"]);
    }

    #[test]
    fn blanks_and_comments_are_no_statement() {
        let mut written = Statements::default();
        for line in ["", "  ", "-- why", ";", "/* why */"] {
            assert!(whole(&mut written, line).is_empty() && written.is_empty(), "{line}");
        }
    }

    #[test]
    fn the_last_statement_of_a_file_may_lack_its_end() {
        let of = |text: &str| Statements::of_file(text).collect::<Vec<_>>();
        assert_eq!(of("-- why\nselect 1;\n\nselect 2\n"), ["-- why\nselect 1;", "select 2"]);
        assert_eq!(of("select 1;\n-- the end\n"), ["select 1;"]);
        assert!(of("-- nothing").is_empty());
    }
}
