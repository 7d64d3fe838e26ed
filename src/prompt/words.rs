//! Words that the end of a line may come to be.

use super::orders;

/// The words of SQL that questions are made of.
const KEYWORDS: &str = "\
    all and any as asc between by case cast coalesce count cross current desc describe distinct else end except \
    exists explain extract false fetch filter first following from full group having ilike in inner intersect \
    interval is join last lateral left like limit natural not null nulls offset on or order outer over partition \
    preceding range recursive right row rows select show similar some tables then timestamp to true unbounded union \
    using values when where window with within";
/// After these a table comes.
const BEFORE_TABLES: &[&str] = &["from", "join", "describe", "\\d", ".schema"];

/// The names of a log, and the words that questions are made of.
#[derive(Default)]
pub(super) struct Words {
    pub(super) tables: Vec<String>,
    pub(super) columns: Vec<String>,
    pub(super) functions: Vec<String>,
}

impl Words {
    /// Whether a table has this name.
    pub(super) fn has_table(&self, name: &str) -> bool {
        let name = name.strip_prefix("public.").unwrap_or(name);
        self.tables.iter().any(|table| table.eq_ignore_ascii_case(name))
    }

    /// Returns where the last word of `line` begins, in bytes, and what it may come to be, in order: after `from`
    /// tables and their past, after the dot of another name columns, else whatever there is. A keyword is as large as
    /// what is written of it.
    pub(super) fn completed(&self, line: &str) -> (usize, Vec<String>) {
        let is_within = |c: char| c.is_alphanumeric() || "_.\\?".contains(c);
        let start = line.trim_end_matches(is_within).len();
        let (before, begun) = (line[..start].trim_end(), &line[start..]);
        if before.is_empty() && begun.is_empty() {
            return (start, Vec::new());
        }
        if before.is_empty() && begun.starts_with('\\') {
            return (start, ordered(beginning(begun, orders::names())));
        }
        let mut found = beginning(begun, self.tables.iter().map(String::as_str));
        if let Some((of, column)) = begun.rsplit_once('.')
            && found.is_empty()
        {
            let columns = beginning(column, self.columns.iter().map(String::as_str));
            return (start + of.len() + 1, ordered(columns));
        }
        found.extend(beginning(begun, self.pasts().iter().map(String::as_str)));
        let last = before.split_whitespace().next_back().unwrap_or_default().to_ascii_lowercase();
        if !BEFORE_TABLES.contains(&last.as_str()) {
            found.extend(self.others(begun));
        }
        (start, ordered(found))
    }

    fn others(&self, begun: &str) -> Vec<String> {
        let is_large = begun.chars().any(char::is_alphabetic) && !begun.chars().any(char::is_lowercase);
        let keywords = beginning(begun, KEYWORDS.split(' ')).into_iter();
        let keywords = keywords.map(|word| if is_large { word.to_ascii_uppercase() } else { word });
        let names = self.columns.iter().chain(&self.functions).map(String::as_str);
        keywords.chain(beginning(begun, names)).collect()
    }

    /// A table that keeps its past can be asked for as it was.
    fn pasts(&self) -> Vec<String> {
        let kept = self.tables.iter().filter_map(|table| table.strip_suffix("_history"));
        kept.map(|table| format!("{table}_at(")).collect()
    }
}

fn ordered(mut words: Vec<String>) -> Vec<String> {
    words.sort_unstable();
    words.dedup();
    words
}

fn beginning<'a>(begun: &str, words: impl Iterator<Item = &'a str>) -> Vec<String> {
    let begins = |word: &&str| word.get(..begun.len()).is_some_and(|start| start.eq_ignore_ascii_case(begun));
    words.filter(begins).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Words {
        let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Words {
            tables: named(&["stats", "stats_history", "scores", "system.sources"]),
            columns: named(&["score", "uid", "selected_at"]),
            functions: named(&["substr", "label"]),
        }
    }

    #[test]
    fn the_last_word_is_completed() {
        for (line, start, found) in [
            ("sel", 0, &["select", "selected_at"][..]),
            ("SEL", 0, &["SELECT", "selected_at"]),
            ("select sc", 7, &["score", "scores"]),
            ("select 'é', la", 13, &["label", "last", "lateral"]),
            ("select * from st", 14, &["stats", "stats_at(", "stats_history"]),
            ("select * FROM sy", 14, &["system.sources"]),
            ("select count(ui", 13, &["uid"]),
            ("select s.sco", 9, &["score"]),
            ("\\r", 0, &["\\refresh", "\\rows"]),
            ("\\d sc", 3, &["scores"]),
            ("", 0, &[]),
            ("xyz", 0, &[]),
        ] {
            let (from, words) = words().completed(line);
            assert_eq!(
                (from, words.iter().map(String::as_str).collect::<Vec<_>>()),
                (start, found.to_vec()),
                "{line}"
            );
        }
    }

    #[test]
    fn a_table_is_known_by_its_name() {
        let words = words();
        assert!(
            words.has_table("stats") && words.has_table("public.STATS") && words.has_table("system.sources")
        );
        assert!(!words.has_table("sources") && !words.has_table("select"));
    }
}
