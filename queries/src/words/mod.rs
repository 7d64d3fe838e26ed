//! The sentences about tables and columns: a file of TOML for each world, where they can be read one after another.
//!
//! A file has three parts. `[tables]` has a sentence for each table that is no state table: those say theirs in their
//! schema. `[of.TABLE]` has the columns that TABLE has alone, or that mean something of their own there; every table
//! of the world has that part. `[shared]` has what columns mean in all other tables of the world; that of `log.toml`
//! holds for all worlds.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use annals_projections::TableSchema;
use toml::{Table, Value};

const WORLDS: [(&str, &str); 8] = [
    ("log", include_str!("log.toml")),
    ("chain", include_str!("chain.toml")),
    ("wandb", include_str!("wandb.toml")),
    ("computedb", include_str!("computedb.toml")),
    ("gpu", include_str!("gpu.toml")),
    ("metrics", include_str!("metrics.toml")),
    ("scores", include_str!("scores.toml")),
    ("system", include_str!("system.toml")),
];

/// What the name of a table's past ends in.
const PAST: &str = "_history";

static WORDS: LazyLock<Words> = LazyLock::new(Words::read);

/// All sentences.
struct Words {
    tables: BTreeMap<String, String>,
    worlds: Vec<World>,
}

/// Sentences about columns, by name.
type Sentences = BTreeMap<String, String>;

struct World {
    shared: Sentences,
    own: BTreeMap<String, Sentences>,
}

/// Returns the sentence about a table of the catalogue: one of the state tables whose schemas these are, its past, or
/// any other table. `None` where nobody has said anything of it.
pub(crate) fn of_table<'a>(
    name: &str,
    mut schemas: impl Iterator<Item = &'a TableSchema> + Clone,
) -> Option<String> {
    if let Some(schema) = schemas.clone().find(|schema| schema.name == name) {
        return Some(of_state_table(schema));
    }
    if let Some(said) = WORDS.tables.get(name) {
        return Some(said.clone());
    }
    let present = name.strip_suffix(PAST)?;
    schemas.find(|schema| schema.name == present)?;
    Some(format!("The past of {present}: every row that ever stood there, with since when and until when"))
}

/// Returns the sentence about a column of a table, or of a table's past.
pub(crate) fn of_column(table: &str, column: &str) -> Option<&'static str> {
    let world_of = |table: &str| WORDS.worlds.iter().find(|world| world.own.contains_key(table));
    let table = if world_of(table).is_some() { table } else { table.strip_suffix(PAST)? };
    let world = world_of(table)?;
    let own = world.own.get(table)?;
    let everywhere = &WORDS.worlds.first()?.shared;
    let said = own.get(column).or_else(|| world.shared.get(column)).or_else(|| everywhere.get(column));
    said.map(String::as_str)
}

/// The table's own sentence, and how its past is asked for.
fn of_state_table(schema: &TableSchema) -> String {
    let TableSchema { name, about, keeps_history, .. } = schema;
    if *keeps_history {
        format!("{about}; its past: {name}{PAST}, {name}_at(...)")
    } else {
        (*about).to_owned()
    }
}

impl Words {
    /// # Panics
    /// If a file is not as the module says, which a test excludes.
    fn read() -> Self {
        let mut words = Self { tables: BTreeMap::new(), worlds: Vec::new() };
        for (world, text) in WORLDS {
            let mut parts: Table = text.parse().unwrap_or_else(|error| panic!("{world}.toml: {error}"));
            words.tables.extend(sentences(world, parts.remove("tables")));
            let own = table(world, parts.remove("of")).into_iter();
            let own = own.map(|(table, columns)| (table, sentences(world, Some(columns)))).collect();
            words.worlds.push(World { shared: sentences(world, parts.remove("shared")), own });
            assert!(parts.is_empty(), "{world}.toml has a part too many");
        }
        words
    }
}

fn table(world: &str, part: Option<Value>) -> Table {
    match part {
        Some(Value::Table(table)) => table,
        None => Table::new(),
        Some(other) => panic!("{world}.toml: {other} is no table"),
    }
}

fn sentences(world: &str, part: Option<Value>) -> Sentences {
    let sentence = |(name, value)| match value {
        Value::String(text) => (name, text),
        other => panic!("{world}.toml: {name} = {other} is no sentence"),
    };
    table(world, part).into_iter().map(sentence).collect()
}
