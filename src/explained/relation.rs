//! What is explained row by row: every state table as its schema has it, and the view `penalized`.

use std::sync::LazyLock;

use annals_projections::{Projections, TableSchema};
use annals_queries::Argument;

/// Columns by which rows may be asked for beside those of the key: whom a row is about, and who says it.
const SUBJECTS: [&str; 5] = ["uid", "hotkey", "validator", "run_id", "target"];

/// The most rows that are told of those that stand.
const STANDING_MAX: usize = 20;
/// The most rows that are told of the past.
const PAST_MAX: usize = 10;

/// Later than any size of a log.
const NEVER: i64 = i64::MAX;

/// The rows of a table, or of a view over tables, with their past where there is one.
pub(crate) struct Relation {
    pub(crate) name: &'static str,
    /// A sentence that says what it holds.
    pub(crate) about: &'static str,
    /// Those by which rows may be asked for, those of the key first.
    pub(crate) columns: Vec<AskedColumn>,
    /// The columns that order the rows; no two rows that stand are equal in all of them.
    pub(super) key: Vec<&'static str>,
    /// What a row says, the key first.
    pub(super) shown: Vec<&'static str>,
    /// What is known only once a row has ended.
    pub(super) ending: Vec<&'static str>,
    pub(super) keeps_history: bool,
    /// Whether a row may be there and not count.
    pub(super) may_not_count: bool,
    /// Where SQL finds the past.
    pub(super) history: String,
    /// All rows, past ones included, as they stand in a FROM clause.
    rows: String,
}

/// A column by which rows may be asked for.
pub(crate) struct AskedColumn {
    pub(crate) name: &'static str,
    /// The name with hyphens, as options have it.
    pub(crate) option: String,
    pub(crate) is_of_key: bool,
}

/// A column, and the value that rows should have in it.
pub(crate) struct Given {
    pub(crate) column: &'static str,
    pub(crate) value: String,
}

/// Every row of the two lists behind `penalized`, those that do not count included; the rows of the view are those that
/// count. The list of the fixed run is shown, signed or not.
const PENALIZED: &str = "(\
     select hotkey, 'penalized_hotkeys' as list, run_id, position, validator, counts, reason, 'display' as effect, \
     log_index, valid_from, valid_to from penalized_hotkeys_history \
     union all \
     select hotkey, 'checklist', run_id, position, validator, counts, reason, 'score_zero', \
     log_index, valid_from, valid_to from penalized_checklist_history \
     union all \
     select hotkey, 'fixed_run', run_id, position, validator, in_fixed_run, 'in_fixed_run', 'display', \
     log_index, valid_from, valid_to from penalized_checklist_history where in_fixed_run)";

/// Returns everything that is explained row by row, in the order of the names. The list is made once.
pub(crate) fn relations() -> &'static [Relation] {
    static RELATIONS: LazyLock<Vec<Relation>> = LazyLock::new(|| {
        let mut all: Vec<Relation> = Projections::schemas().into_iter().map(Relation::of).collect();
        all.push(Relation::penalized());
        all.sort_by_key(|relation| relation.name);
        all
    });
    &RELATIONS
}

impl Relation {
    fn of(schema: &'static TableSchema) -> Self {
        let name = schema.name;
        let all: Vec<&'static str> = schema.columns.iter().map(|column| column.name).collect();
        let key = all[..schema.key_columns].to_vec();
        let subjects = SUBJECTS.into_iter().filter(|subject| all.contains(subject) && !key.contains(subject));
        let asked = key.iter().map(|&column| AskedColumn::of(column, true));
        let rows = if schema.keeps_history {
            format!("{name}_history")
        } else {
            format!("(select *, cast(null as bigint) as valid_to from {name})")
        };
        Self {
            name,
            about: schema.about,
            columns: asked.chain(subjects.map(|subject| AskedColumn::of(subject, false))).collect(),
            ending: schema.ending.iter().map(|column| column.name).collect(),
            keeps_history: schema.keeps_history,
            may_not_count: all.contains(&"counts"),
            shown: all,
            key,
            history: format!("{name}_history"),
            rows,
        }
    }

    fn penalized() -> Self {
        let key = vec!["hotkey", "list", "run_id", "position"];
        let asked = key.iter().map(|&column| AskedColumn::of(column, true));
        Self {
            name: "penalized",
            about: "Every hotkey that a list of a validator's run names, and what upstream does to it",
            columns: asked.chain([AskedColumn::of("validator", false)]).collect(),
            shown: [&key[..], &["validator", "counts", "reason", "effect"]].concat(),
            key,
            ending: Vec::new(),
            keeps_history: true,
            may_not_count: true,
            history: "penalized_hotkeys_history and penalized_checklist_history".to_owned(),
            rows: PENALIZED.to_owned(),
        }
    }

    /// Returns the question how many rows there are, how many of them count, and since which size there has been one
    /// without a gap.
    pub(super) fn tally_sql(&self, given: &[Given]) -> String {
        let (rows, wanted, counts) = (&self.rows, wanted(given), self.counts());
        format!(
            "select count(*) filter (where valid_to is null) as standing, \
             count(*) filter (where valid_to is null and is_counted) as counting, \
             count(*) filter (where valid_to is not null) as ended, \
             max(valid_to) as last_end, \
             max(valid_to) filter (where is_counted) as last_counted_end, \
             max(valid_from) filter (where is_counted and (until is null or until < valid_from)) as unbroken_from \
             from (select valid_from, valid_to, {counts} as is_counted, \
             max(case when {counts} then coalesce(valid_to, {NEVER}) end) over (order by valid_from, valid_to \
             rows between unbounded preceding and 1 preceding) as until from {rows} as r where {wanted}) as spans"
        )
    }

    /// Returns the question for the rows that stand, those that count first.
    pub(super) fn standing_sql(&self, given: &[Given]) -> String {
        let order = if self.may_not_count { "counts desc, " } else { "" };
        let (columns, key) = (list(&[&self.shown, &["log_index", "valid_from"]]), list(&[&self.key]));
        let (rows, wanted) = (&self.rows, wanted(given));
        format!(
            "select {columns} from {rows} as r where valid_to is null and {wanted} order by {order}{key} \
             limit {STANDING_MAX}"
        )
    }

    /// Returns the question for the rows that ended, the newest first.
    pub(super) fn past_sql(&self, given: &[Given]) -> String {
        let ends: &[&str] = &["log_index", "valid_from", "valid_to"];
        let (columns, key) = (list(&[&self.shown, &self.ending, ends]), list(&[&self.key]));
        let (rows, wanted) = (&self.rows, wanted(given));
        format!(
            "select {columns} from {rows} as r where valid_to is not null and {wanted} \
             order by valid_to desc, valid_from desc, {key} limit {PAST_MAX}"
        )
    }

    fn counts(&self) -> &'static str {
        if self.may_not_count { "counts" } else { "true" }
    }
}

impl AskedColumn {
    fn of(name: &'static str, is_of_key: bool) -> Self {
        Self { name, option: name.replace('_', "-"), is_of_key }
    }
}

impl Given {
    /// Returns the value for the parameter that has the column's name: the text as it was written, whatever it is.
    pub(super) fn argument(&self) -> Argument {
        Argument::from(format!("{}='{}'", self.column, self.value.replace('\'', "''")).as_str())
    }
}

/// Returns the condition on a row, with a parameter for each value.
fn wanted(given: &[Given]) -> String {
    let conditions = given.iter().map(|Given { column, .. }| format!("\"{column}\" = ${column}"));
    let conditions: Vec<String> = conditions.collect();
    if conditions.is_empty() { "true".to_owned() } else { conditions.join(" and ") }
}

fn list(columns: &[&[&str]]) -> String {
    let columns = columns.concat();
    columns.iter().map(|column| format!("\"{column}\"")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_the_text_that_was_written() {
        let given = |value: &str| Given { column: "hotkey", value: value.to_owned() }.argument();
        for (value, literal) in [("7", "'7'"), ("null", "'null'"), ("it''s 'x'", "'it''''s ''x'''")] {
            assert_eq!(given(value), Argument::from(format!("hotkey={literal}").as_str()), "{value}");
        }
    }

    #[test]
    fn no_column_is_asked_for_twice_and_all_are_shown() {
        for relation in relations() {
            let mut names: Vec<&str> = relation.columns.iter().map(|column| column.name).collect();
            assert!(names.iter().all(|name| relation.shown.contains(name)), "{}", relation.name);
            names.sort_unstable();
            let count = names.len();
            names.dedup();
            assert_eq!(names.len(), count, "{}", relation.name);
        }
    }
}
