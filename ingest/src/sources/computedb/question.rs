//! What is asked of a database: these tables, these columns, and nothing else.

/// As HTTP has it: the answer is the rows, a line each.
pub(super) const FOUND: u16 = 200;
/// The files are those of the poll before.
pub(super) const UNTOUCHED: u16 = 304;
/// There is no such table.
pub(super) const NOT_FOUND: u16 = 404;

/// A table of upstream's.
pub(super) struct Wanted {
    table: &'static str,
    /// The primary key first. Of `allocation` the other column, `details`, has secrets.
    columns: &'static [&'static str],
}

/// Every table that is read.
pub(super) const WANTED: [Wanted; 6] = [
    Wanted { table: "pog_stats", columns: &["id", "hotkey", "gpu_name", "num_gpus", "created_at"] },
    Wanted {
        table: "stats",
        columns: &[
            "uid",
            "hotkey",
            "gpu_specs",
            "score",
            "allocated",
            "own_score",
            "reliability_score",
            "created_at",
        ],
    },
    Wanted { table: "allocation", columns: &["id", "hotkey"] },
    Wanted { table: "blacklist", columns: &["id", "hotkey", "details"] },
    Wanted { table: "wandb_runs", columns: &["hotkey", "run_id"] },
    Wanted { table: "miner_details", columns: &["id", "hotkey", "details", "no_specs_count"] },
];

/// A question to one table.
pub(super) struct Question {
    wanted: &'static Wanted,
    pub(super) columns: Vec<&'static str>,
}

impl Wanted {
    /// A question for the columns that `is_there`.
    pub(super) fn ask(&'static self, is_there: impl Fn(&str) -> bool) -> Question {
        let columns = self.columns.iter().copied().filter(|column| is_there(column)).collect();
        Question { wanted: self, columns }
    }
}

impl Question {
    /// From SQL as [`Self::sql`] gives it; `None` for any other.
    pub(super) fn read(sql: &str) -> Option<Self> {
        let (columns, rest) = sql.strip_prefix("SELECT ")?.split_once(" FROM ")?;
        let table = rest.split(' ').next()?;
        let wanted = WANTED.iter().find(|wanted| wanted.table == table)?;
        let columns: Vec<_> = columns.split(", ").collect();
        let question = wanted.ask(|column| columns.contains(&column));
        (question.has_key() && question.sql() == sql).then_some(question)
    }

    pub(super) fn sql(&self) -> String {
        let (columns, table) = (self.columns.join(", "), self.table());
        format!("SELECT {columns} FROM {table} ORDER BY {}", self.key())
    }

    pub(super) fn table(&self) -> &'static str {
        self.wanted.table
    }

    /// The column that names a row.
    pub(super) fn key(&self) -> &'static str {
        self.wanted.columns[0]
    }

    pub(super) fn has_key(&self) -> bool {
        self.columns.first() == Some(&self.key())
    }

    /// The columns that the table does not have.
    pub(super) fn lacks(&self) -> Vec<String> {
        let lacks = self.wanted.columns.iter().filter(|column| !self.columns.contains(column));
        lacks.map(|&column| column.to_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_read_as_it_was_asked_and_no_other_is() {
        for wanted in &WANTED {
            let sql = wanted.ask(|_| true).sql();
            assert_eq!(Question::read(&sql).unwrap().sql(), sql);
        }
        let older = WANTED[5].ask(|column| column != "no_specs_count");
        assert_eq!(older.sql(), "SELECT id, hotkey, details FROM miner_details ORDER BY id");
        assert_eq!(Question::read(&older.sql()).unwrap().lacks(), ["no_specs_count"]);
        for sql in [
            "",
            "SELECT id, hotkey, details FROM allocation ORDER BY id",
            "SELECT hotkey FROM allocation ORDER BY id",
            "SELECT hotkey, id FROM allocation ORDER BY id",
            "SELECT id, hotkey FROM allocation",
            "SELECT id, hotkey FROM miner ORDER BY id",
        ] {
            assert!(Question::read(sql).is_none(), "{sql}");
        }
    }

    #[test]
    fn no_question_is_for_secrets() {
        for sql in WANTED.iter().map(|wanted| wanted.ask(|_| true).sql()) {
            assert!(!(sql.contains("allocation") && sql.contains("details")), "{sql}");
        }
    }
}
