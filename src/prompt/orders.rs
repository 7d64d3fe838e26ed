//! Orders to the prompt itself: lines that are no SQL.

use std::path::PathBuf;

use clap::ValueEnum as _;

use crate::output::format::Format;
use crate::output::manner::RowsMax;

/// A line that is no SQL.
#[derive(Debug, PartialEq)]
pub(super) enum Order {
    /// The tables.
    Tables,
    /// The columns of a table.
    Columns(String),
    /// Turns blocks of lines for each row on or off.
    Expanded,
    /// Turns the time of each answer on or off.
    Timing,
    /// The form of the answers.
    Output(Format),
    /// How many rows are written.
    Rows(RowsMax),
    /// Answers the statements in a file.
    File(PathBuf),
    /// Looks at the log as it is by now.
    Refresh,
    Help,
    Quit,
}

/// How an order is written, and what it does.
struct Usage {
    name: &'static str,
    takes: &'static str,
    does: &'static str,
}

/// Every order, as the help lists them.
const ORDERS: &[Usage] = &[
    Usage { name: "\\d", takes: "[TABLE]", does: "the tables and what each holds, or the columns of one" },
    Usage { name: "\\x", takes: "", does: "a block of lines for each row, or lines again" },
    Usage { name: "\\o", takes: "FORMAT", does: "how answers are written: table, json, ndjson, csv" },
    Usage { name: "\\rows", takes: "N|all", does: "how many rows are written" },
    Usage { name: "\\timing", takes: "", does: "tell how long each answer takes, or no more" },
    Usage {
        name: "\\i",
        takes: "FILE",
        does: "answer the statements in a file, up to the first without an answer",
    },
    Usage { name: "\\refresh", takes: "", does: "look at the log again, at its size of then" },
    Usage { name: "\\?", takes: "", does: "this list" },
    Usage { name: "\\q", takes: "", does: "leave, as Ctrl-D" },
];

/// How others call the same.
const SYNONYMS: &[(&str, &str)] = &[
    (".tables", "\\d"),
    (".schema", "\\d"),
    ("\\dt", "\\d"),
    ("\\h", "\\?"),
    ("help", "\\?"),
    ("?", "\\?"),
    (".help", "\\?"),
    ("exit", "\\q"),
    ("quit", "\\q"),
    (".exit", "\\q"),
    (".quit", "\\q"),
];

/// Reads a line as an order; `None` where it is SQL. One that nobody knows, or that lacks its word, is a sentence.
pub(super) fn read(line: &str) -> Option<Result<Order, String>> {
    let line = line.trim();
    let line = line.strip_suffix(';').unwrap_or(line).trim_end();
    let (written, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let lower = written.to_ascii_lowercase();
    let synonym = SYNONYMS.iter().find(|(synonym, _)| *synonym == lower);
    let name = synonym.map_or(lower.as_str(), |(_, name)| name);
    if !name.starts_with('\\') {
        return None;
    }
    Some(
        order(name, rest.trim())
            .unwrap_or_else(|| Err(format!("there is no `{written}`; \\? lists what there is"))),
    )
}

fn order(name: &str, word: &str) -> Option<Result<Order, String>> {
    let usage = ORDERS.iter().find(|usage| usage.name == name)?;
    let takes_word = !usage.takes.is_empty();
    let needs_word = takes_word && !usage.takes.starts_with('[');
    if (needs_word && word.is_empty()) || (!takes_word && !word.is_empty()) {
        return Some(Err(format!("it is written `{}`: {}", usage.written(), usage.does)));
    }
    Some(match name {
        "\\d" if word.is_empty() => Ok(Order::Tables),
        "\\d" => Ok(Order::Columns(word.to_owned())),
        "\\x" => Ok(Order::Expanded),
        "\\o" => Format::from_str(word, true).map(Order::Output).map_err(|_| {
            let names: Vec<_> = Format::value_variants().iter().map(ToString::to_string).collect();
            format!("there is no form `{word}`; there are {}", names.join(", "))
        }),
        "\\rows" => word.parse().map(Order::Rows).map_err(|wanted: &str| format!("`{word}` is not {wanted}")),
        "\\timing" => Ok(Order::Timing),
        "\\i" => Ok(Order::File(word.into())),
        "\\refresh" => Ok(Order::Refresh),
        "\\?" => Ok(Order::Help),
        "\\q" => Ok(Order::Quit),
        _ => return None,
    })
}

/// The names of all orders.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    ORDERS.iter().map(|usage| usage.name)
}

/// What a prompt takes, a line each.
pub(super) fn help() -> String {
    let width = ORDERS.iter().map(|usage| usage.written().len()).max().unwrap_or_default();
    let orders: String =
        ORDERS.iter().map(|usage| format!("  {:width$}  {}\n", usage.written(), usage.does)).collect();
    format!(
        "A statement ends with `;` and may take several lines: select uid, score from stats order by uid;\n{orders}Ctrl-C \
         clears what is written or stops an answer, Tab completes, the arrows find what was asked before.\n"
    )
}

impl Usage {
    fn written(&self) -> String {
        format!("{} {}", self.name, self.takes).trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(line: &str) -> Order {
        read(line).unwrap().unwrap()
    }

    #[test]
    fn orders_are_read_with_their_words() {
        for (line, order) in [
            ("\\d", Order::Tables),
            (" \\d  stats ;", Order::Columns("stats".into())),
            (".tables", Order::Tables),
            (".schema stats", Order::Columns("stats".into())),
            ("\\x", Order::Expanded),
            ("\\TIMING", Order::Timing),
            ("\\o csv", Order::Output(Format::Csv)),
            ("\\rows 7", Order::Rows(RowsMax::AtMost(7))),
            ("\\rows all", Order::Rows(RowsMax::All)),
            ("\\i my questions.sql", Order::File("my questions.sql".into())),
            ("\\refresh", Order::Refresh),
            ("\\?", Order::Help),
            ("help;", Order::Help),
            ("\\q", Order::Quit),
            ("EXIT", Order::Quit),
            ("quit;", Order::Quit),
        ] {
            assert_eq!(known(line), order, "{line}");
        }
    }

    #[test]
    fn what_is_no_order_is_sql_or_a_sentence() {
        for sql in ["select 1;", "", "stats", "-- \\d", "explain select 1;"] {
            assert_eq!(read(sql), None, "{sql}");
        }
        for (line, says) in [
            ("\\dance", "there is no `\\dance`"),
            ("\\o xml", "there are table, json, ndjson, csv"),
            ("\\o", "it is written `\\o FORMAT`"),
            ("\\rows many", "`many` is not a number of rows"),
            ("\\x on", "it is written `\\x`"),
            ("\\i", "`\\i FILE`"),
        ] {
            let told = read(line).unwrap().unwrap_err();
            assert!(told.contains(says), "{line}: {told}");
        }
    }

    #[test]
    fn the_help_lists_every_order_and_each_is_one() {
        let help = help();
        for name in names() {
            assert!(help.contains(name), "{name}: {help}");
            assert!(order(name, "").is_some(), "{name}");
        }
        for (synonym, name) in SYNONYMS {
            assert!(names().any(|other| other == *name), "{synonym}");
        }
    }
}
