//! Questions that have a name: what owners, validators, miners and auditors ask again and again, each a file of SQL in
//! `questions/`. What they answer on the recorded day, and why that is right, is in `questions/expected.md`.
//!
//! A file begins with comments: the question; who asks it; a line for each parameter; the tables without whose rows an
//! answer means nothing.

/// A question, and what there is to know before it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedQuestion {
    /// The word behind `annals ask`.
    pub name: &'static str,
    /// The question in a sentence.
    pub sentence: &'static str,
    /// A sentence on who asks it, and when.
    pub asked_by: &'static str,
    /// In the order in which they are told.
    pub parameters: Vec<QuestionParameter>,
    /// The tables of which one has to have a row, or no row of the answer is no evidence.
    pub stands_on: Vec<&'static str>,
    /// The whole file: one statement, which names its parameters as `$name`. One that is not given is null.
    pub sql: &'static str,
}

/// A parameter of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuestionParameter {
    /// Without its `$`.
    pub name: &'static str,
    /// Whether there is no answer without it.
    pub is_required: bool,
    /// The type, in SQL's word.
    pub sql_type: &'static str,
    /// A few words on what it is for.
    pub about: &'static str,
}

const FILES: [(&str, &str); 28] = [
    ("against-me", include_str!("../questions/against-me.sql")),
    ("allocation-days", include_str!("../questions/allocation-days.sql")),
    ("announced-metrics", include_str!("../questions/announced-metrics.sql")),
    ("checklist-differs", include_str!("../questions/checklist-differs.sql")),
    ("claimed-proven", include_str!("../questions/claimed-proven.sql")),
    ("dead-renters", include_str!("../questions/dead-renters.sql")),
    ("deregistered", include_str!("../questions/deregistered.sql")),
    ("disagreements", include_str!("../questions/disagreements.sql")),
    ("double-voters", include_str!("../questions/double-voters.sql")),
    ("excluded", include_str!("../questions/excluded.sql")),
    ("gaps", include_str!("../questions/gaps.sql")),
    ("gpu-hours", include_str!("../questions/gpu-hours.sql")),
    ("inherited-scores", include_str!("../questions/inherited-scores.sql")),
    ("order-ties", include_str!("../questions/order-ties.sql")),
    ("penalties", include_str!("../questions/penalties.sql")),
    ("pog-attempts", include_str!("../questions/pog-attempts.sql")),
    ("pog-streak", include_str!("../questions/pog-streak.sql")),
    ("rented-twice", include_str!("../questions/rented-twice.sql")),
    ("replayed-root", include_str!("../questions/replayed-root.sql")),
    ("skipped-allocated", include_str!("../questions/skipped-allocated.sql")),
    ("spec-changes", include_str!("../questions/spec-changes.sql")),
    ("stake-crossings", include_str!("../questions/stake-crossings.sql")),
    ("state-at", include_str!("../questions/state-at.sql")),
    ("unsigned-edits", include_str!("../questions/unsigned-edits.sql")),
    ("unverified-runs", include_str!("../questions/unverified-runs.sql")),
    ("votes", include_str!("../questions/votes.sql")),
    ("who-rents", include_str!("../questions/who-rents.sql")),
    ("why-zero", include_str!("../questions/why-zero.sql")),
];

/// Returns all of them, by name.
///
/// # Panics
/// If a file does not begin as it should, which a test excludes.
pub fn questions() -> Vec<NamedQuestion> {
    FILES.iter().map(|(name, sql)| read(name, sql)).collect()
}

fn read(name: &'static str, sql: &'static str) -> NamedQuestion {
    let mut comments = sql.lines().map_while(|line| line.strip_prefix("-- "));
    let missing = |what: &str| -> ! { panic!("{name}.sql: {what} is missing") };
    let sentence = comments.next().unwrap_or_else(|| missing("the question"));
    let asked_by = comments.next().and_then(|line| line.strip_prefix("Asked by: "));
    let asked_by = asked_by.unwrap_or_else(|| missing("who asks"));
    let (mut parameters, mut stands_on) = (Vec::new(), Vec::new());
    for line in comments {
        match line.strip_prefix("Stands on: ") {
            Some(tables) => stands_on.extend(tables.split(", ")),
            None => parameters.push(parameter(line).unwrap_or_else(|| missing("a parameter's line"))),
        }
    }
    NamedQuestion { name, sentence, asked_by, parameters, stands_on, sql }
}

/// `uid (optional, bigint): the miner's uid`.
fn parameter(line: &'static str) -> Option<QuestionParameter> {
    let (name, rest) = line.split_once(" (")?;
    let (kind, about) = rest.split_once("): ")?;
    let (need, sql_type) = kind.split_once(", ")?;
    Some(QuestionParameter { name, is_required: need == "required", sql_type, about })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

    use super::*;

    #[test]
    fn every_file_is_a_question_that_tells_its_parameters() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/questions");
        let files =
            fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
        let files: BTreeSet<String> =
            files.filter_map(|file| file.strip_suffix(".sql").map(str::to_owned)).collect();
        let questions = questions();
        let names: BTreeSet<String> = questions.iter().map(|question| question.name.to_owned()).collect();
        assert_eq!(names, files);
        let expected = fs::read_to_string(format!("{folder}/expected.md")).unwrap();
        for question in &questions {
            let name = question.name;
            assert!(question.sentence.ends_with('?') && question.asked_by.ends_with('.'), "{name}");
            assert!(!question.stands_on.is_empty(), "{name}");
            assert!(expected.contains(&format!("\n## {name}\n")), "{name} has no expected answer");
            let told: BTreeSet<&str> = question.parameters.iter().map(|parameter| parameter.name).collect();
            assert_eq!(used(question.sql), told, "{name}");
        }
    }

    fn used(sql: &str) -> BTreeSet<&str> {
        let lines = sql.lines().filter(|line| !line.trim_start().starts_with("--"));
        let names = lines.flat_map(|line| line.split('$').skip(1));
        names
            .map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or(""))
            .collect()
    }
}
