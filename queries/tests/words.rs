//! The sentences about tables and columns: everything has one, and none is left over.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use annals_queries::Limits;
use toml::{Table, Value};

use crate::scratch::{Opened, Scratch, folded, refusal, rows};

/// A session that knows all state tables.
fn session() -> Opened {
    let scratch = Scratch::with(Vec::new());
    let tables = folded(&scratch.reader()).tables;
    scratch.session_with(tables, Limits::default())
}

/// The files of sentences, by the name of their world.
fn worlds() -> BTreeMap<String, (String, Table)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/words");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "toml"));
    let world = |path: std::path::PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let parts = text.parse().unwrap();
        (path.file_stem().unwrap().to_str().unwrap().to_owned(), (text, parts))
    };
    files.map(world).collect()
}

fn part<'a>(parts: &'a Table, name: &str) -> Vec<(&'a str, &'a Value)> {
    let part = parts.get(name).and_then(Value::as_table).into_iter().flatten();
    part.map(|(name, value)| (name.as_str(), value)).collect()
}

#[test]
fn every_table_and_every_column_has_a_sentence() {
    let session = session();
    let bare = rows(&session, "SELECT table_schema, table_name FROM system.tables WHERE about IS NULL");
    assert!(bare.is_empty(), "no sentence about {bare:#?}");
    let bare = rows(&session, "SELECT table_name, column_name FROM system.columns WHERE about IS NULL");
    assert!(bare.is_empty(), "no sentence about {bare:#?}");
    assert!(rows(&session, "SELECT * FROM system.tables").len() > 80);
}

#[test]
fn all_that_clients_can_list_is_there_once_and_in_order() {
    let session = session();
    let others = "FROM information_schema.tables WHERE table_schema <> 'information_schema'";
    let theirs = rows(&session, &format!("SELECT table_schema, table_name {others} ORDER BY 1, 2"));
    assert_eq!(rows(&session, "SELECT table_schema, table_name FROM system.tables"), theirs);
    let columns = "table_schema, table_name, column_name, data_type, is_nullable";
    let theirs = format!(
        "SELECT {columns} FROM information_schema.columns WHERE table_schema <> 'information_schema' \
         ORDER BY table_schema, table_name, ordinal_position"
    );
    assert_eq!(rows(&session, &format!("SELECT {columns} FROM system.columns")), rows(&session, &theirs));
    let places = "SELECT count(*), max(position) FROM system.columns GROUP BY table_name";
    for place in rows(&session, places) {
        let (count, last) = place.split_once('|').unwrap();
        assert_eq!(count, last, "positions count from 1");
    }
}

#[test]
fn no_sentence_is_left_over_or_said_again() {
    let session = session();
    let all = rows(&session, "SELECT table_name, column_name, about FROM system.columns");
    let said: BTreeSet<(String, &str)> = all
        .iter()
        .map(|row| {
            let [table, column, about] = row.splitn(3, '|').collect::<Vec<_>>()[..] else { panic!("{row}") };
            (format!("{table}.{column}"), about)
        })
        .collect();
    let sentences: BTreeSet<&str> = said.iter().map(|(_, about)| *about).collect();
    let tables = rows(&session, "SELECT table_name, about FROM system.tables");
    for (world, (_, parts)) in &worlds() {
        for (table, about) in part(parts, "tables") {
            let row = format!("{table}|{}", about.as_str().unwrap());
            assert!(tables.contains(&row), "{world}.toml: nobody sees the sentence about {table}");
        }
        let shared = part(parts, "shared");
        for (column, about) in &shared {
            let about = about.as_str().unwrap();
            assert!(sentences.contains(about), "{world}.toml: nobody sees what is shared about {column}");
        }
        for (table, columns) in part(parts, "of") {
            for (column, about) in columns.as_table().unwrap() {
                let about = about.as_str().unwrap();
                let is_seen = [table.to_owned(), format!("{table}_history")]
                    .iter()
                    .any(|table| said.contains(&(format!("{table}.{column}"), about)));
                assert!(is_seen, "{world}.toml: nobody sees the sentence about {table}.{column}");
                let again = shared.iter().find(|(_, shared)| shared.as_str() == Some(about));
                assert_eq!(again, None, "{world}.toml: {table}.{column} says what is shared");
            }
        }
    }
}

#[test]
fn a_sentence_fits_a_line_and_has_six_to_twenty_words() {
    for (world, (text, parts)) in worlds() {
        for line in text.lines() {
            assert!(line.chars().count() <= 120, "{world}.toml: {line}");
        }
        assert!(text.lines().count() <= 400, "{world}.toml");
        let of = part(&parts, "of").into_iter().flat_map(|(_, columns)| columns.as_table().unwrap());
        let of = of.map(|(name, about)| (name.as_str(), about));
        for (name, about) in part(&parts, "tables").into_iter().chain(part(&parts, "shared")).chain(of) {
            let about = about.as_str().unwrap();
            let words = about.split_whitespace().count();
            assert!((6..=20).contains(&words), "{world}.toml: {words} words about {name}");
            assert!(!about.ends_with('.'), "{world}.toml: {name} ends in a full stop");
        }
    }
}

#[test]
fn a_state_table_says_how_its_past_is_asked_for() {
    let session = session();
    let about = |table: &str| {
        rows(&session, &format!("SELECT about FROM system.tables WHERE table_name = '{table}'"))
    };
    let stats = "The entry that upstream picks for each uid, with its votes and the rule that decided";
    assert_eq!(about("stats"), [format!("{stats}; its past: stats_history, stats_at(...)")]);
    let past = "The past of stats: every row that ever stood there, with since when and until when";
    assert_eq!(about("stats_history"), [past]);
    let without = rows(&session, "SELECT name FROM system.projections WHERE NOT keeps_history");
    assert_eq!(without, ["wandb_liveness", "samples_latest"]);
    for table in without {
        assert!(!about(&table)[0].contains("its past"), "{table}");
    }
}

#[test]
fn what_describes_a_table_is_a_question_of_the_lists() {
    let session = session();
    let columns = |table: &str| {
        let columns = "SELECT column_name, data_type, is_nullable, about FROM system.columns";
        let (schema, name) = table.split_once('.').unwrap_or(("public", table));
        rows(&session, &format!("{columns} WHERE table_schema = '{schema}' AND table_name = '{name}'"))
    };
    for table in ["stats", "stats_history", "events", "penalized", "system.columns"] {
        let columns = columns(table);
        assert!(columns.len() > 4, "{table}");
        for asked in ["DESCRIBE", "desc", "SHOW COLUMNS FROM", "show columns in"] {
            assert_eq!(rows(&session, &format!("{asked} {table}")), columns, "{asked} {table}");
        }
    }
    assert_eq!(rows(&session, "describe annals.public.\"stats\""), columns("stats"));
    assert_eq!(rows(&session, "describe Stats"), columns("stats"), "a name without quotes is lower case");
    let tables = rows(&session, "SELECT table_schema, table_name, about FROM system.tables");
    assert_eq!(rows(&session, "SHOW TABLES"), tables);
    assert!(rows(&session, "EXPLAIN SHOW TABLES").len() >= 2);
}

#[test]
fn what_is_not_listed_is_described_as_before_or_refused() {
    let session = session();
    assert_eq!(rows(&session, "DESCRIBE information_schema.tables").len(), 4);
    assert_eq!(rows(&session, "DESCRIBE SELECT 1 AS n"), ["n|Int64|NO"]);
    for asked in ["DESCRIBE statz", "SHOW COLUMNS FROM statz", "SELECT * FROM statz"] {
        let told = refusal(&session, asked);
        assert!(told.starts_with("there is no table `statz`; did you mean `stats`?"), "{told}");
    }
    assert!(refusal(&session, "DESCRIBE \"Stats\"").starts_with("there is no table `Stats`"));
    let told = refusal(&session, "describe sources");
    assert!(told.contains("did you mean `system.sources`?"), "{told}");
    for asked in ["SHOW TABLES LIKE 'stats'", "SHOW TABLES FROM system", "SHOW FULL TABLES"] {
        refusal(&session, asked);
    }
}
