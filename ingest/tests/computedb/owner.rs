//! A validator, as far as it writes its database: upstream's schema and what upstream's functions do to it.

use std::path::Path;

use annals_log::json::{Object, Value};
use rusqlite::types::Value as Sql;
use rusqlite::{Connection, ToSql, params};

/// As upstream's `ComputeDb.init` makes it.
const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS miner (uid INTEGER PRIMARY KEY, ss58_address TEXT UNIQUE);
    CREATE TABLE IF NOT EXISTS miner_details
        (id INTEGER PRIMARY KEY, hotkey TEXT UNIQUE, details TEXT, no_specs_count INTEGER DEFAULT 0);
    CREATE TABLE IF NOT EXISTS tb (id INTEGER PRIMARY KEY, hotkey TEXT, details TEXT);
    CREATE TABLE IF NOT EXISTS challenge_details (uid INTEGER, ss58_address TEXT, success BOOLEAN, elapsed_time REAL,
        difficulty INTEGER, created_at TIMESTAMP,
        FOREIGN KEY (uid) REFERENCES miner(uid) ON DELETE CASCADE,
        FOREIGN KEY (ss58_address) REFERENCES miner(ss58_address) ON DELETE CASCADE);
    CREATE TABLE IF NOT EXISTS blacklist (id INTEGER PRIMARY KEY, hotkey TEXT UNIQUE, details TEXT);
    CREATE TABLE IF NOT EXISTS allocation (id INTEGER PRIMARY KEY, hotkey TEXT UNIQUE, details TEXT);
    CREATE INDEX IF NOT EXISTS idx_uid ON challenge_details (uid);
    CREATE INDEX IF NOT EXISTS idx_ss58_address ON challenge_details (ss58_address);
    CREATE TABLE IF NOT EXISTS wandb_runs (hotkey TEXT PRIMARY KEY, run_id TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS pog_stats (id INTEGER PRIMARY KEY AUTOINCREMENT, hotkey TEXT, gpu_name TEXT,
        num_gpus INTEGER, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
        FOREIGN KEY (hotkey) REFERENCES miner_details (hotkey) ON DELETE CASCADE);
    CREATE TABLE IF NOT EXISTS stats (uid INTEGER PRIMARY KEY, hotkey TEXT NOT NULL, gpu_specs TEXT, score REAL,
        allocated BOOLEAN, own_score BOOLEAN, reliability_score REAL, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
        FOREIGN KEY (hotkey) REFERENCES miner_details (hotkey) ON DELETE CASCADE);";

/// It holds its database open, and waits for nobody.
pub(crate) struct Owner {
    pub(crate) db: Connection,
}

/// What ends a function of upstream's, which then rolls back and goes on.
#[derive(Debug)]
struct Raised;

impl From<rusqlite::Error> for Raised {
    fn from(_: rusqlite::Error) -> Self {
        Self
    }
}

impl Owner {
    pub(crate) fn of(path: &Path) -> Self {
        let owner = Self::bare(path);
        owner.run(SCHEMA);
        owner
    }

    /// Without upstream's tables. Nothing is synced: only processes crash here.
    pub(crate) fn bare(path: &Path) -> Self {
        let owner = Self { db: Connection::open(path).unwrap() };
        owner.db.busy_timeout(std::time::Duration::ZERO).unwrap();
        owner.run("PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF;");
        owner
    }

    pub(crate) fn run(&self, sql: &str) {
        self.db.execute_batch(sql).unwrap();
    }

    /// `write_stats`, at this time.
    pub(crate) fn write_stats(&mut self, stats: &Object, at: &str) {
        let transaction = self.db.transaction().unwrap();
        let write = |(uid, entry): (&str, &Object)| -> Result<(), Raised> {
            let get = |key| entry.get(key).unwrap_or(&Value::Null);
            let score = entry.get("score").map_or(Ok(0.0), float)?;
            transaction.execute(
                "INSERT INTO stats (uid, hotkey, gpu_specs, score, allocated, own_score, reliability_score, created_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (uid) DO UPDATE SET hotkey = excluded.hotkey,
                 gpu_specs = excluded.gpu_specs, score = excluded.score, allocated = excluded.allocated,
                 own_score = excluded.own_score, reliability_score = excluded.reliability_score, created_at = ?8",
                params![
                    uid.parse::<i64>().unwrap(),
                    adapted(get("hotkey"))?,
                    match get("gpu_specs") {
                        specs @ Value::Object(_) => Sql::Text(dumped(specs)),
                        other => adapted(other)?,
                    },
                    score,
                    adapted(get("allocated"))?,
                    adapted(get("own_score"))?,
                    adapted(get("reliability_score"))?,
                    at,
                ],
            )?;
            Ok(())
        };
        let mut entries =
            stats.iter().map(|(uid, entry)| (uid.as_str().unwrap(), entry.as_object().unwrap()));
        match entries.try_for_each(write) {
            Ok(()) => transaction.commit().unwrap(),
            Err(Raised) => transaction.rollback().unwrap(),
        }
    }

    /// `update_pog_stats`, at this time.
    pub(crate) fn update_pog_stats(&mut self, hotkey: &str, gpu: (Option<&str>, Option<i64>), at: &str) {
        let transaction = self.db.transaction().unwrap();
        let insert = "INSERT INTO pog_stats (hotkey, gpu_name, num_gpus, created_at) VALUES (?1, ?2, ?3, ?4)";
        transaction.execute(insert, params![hotkey, gpu.0, gpu.1, at]).unwrap();
        let keep_four = "DELETE FROM pog_stats WHERE id NOT IN
            (SELECT id FROM pog_stats WHERE hotkey = ?1 ORDER BY created_at DESC LIMIT 4) AND hotkey = ?1";
        transaction.execute(keep_four, [hotkey]).unwrap();
        transaction.commit().unwrap();
    }

    /// `update_miner_details` of one hotkey: the table is made anew each time, for upstream never finds its index. What
    /// is empty is given one value more than its statement has places, which rolls back what came after.
    pub(crate) fn update_miner_details(&mut self, hotkey: &str, specs: &Value) {
        self.run(
            "BEGIN;
             CREATE TABLE IF NOT EXISTS new_miner_details
                (id INTEGER PRIMARY KEY, hotkey TEXT UNIQUE, details TEXT, no_specs_count INTEGER DEFAULT 0);
             INSERT INTO new_miner_details (id, hotkey, details) SELECT id, hotkey, details FROM miner_details;
             DROP TABLE miner_details;
             ALTER TABLE new_miner_details RENAME TO miner_details;
             COMMIT;",
        );
        if specs.is_truthy() {
            let upsert = "INSERT INTO miner_details (hotkey, details, no_specs_count) VALUES (?1, ?2, 0)
                ON CONFLICT(hotkey) DO UPDATE SET details = excluded.details, no_specs_count = 0";
            self.execute(upsert, &[&hotkey, &dumped(specs)]);
        }
    }

    /// `update_allocation_db`.
    pub(crate) fn allocate(&self, hotkey: &str, details: &str) {
        let upsert = "INSERT INTO allocation (hotkey, details) VALUES (?1, ?2)
            ON CONFLICT(hotkey) DO UPDATE SET details = excluded.details";
        self.execute(upsert, &[&hotkey, &details]);
    }

    /// The same, with the flag off.
    pub(crate) fn deallocate(&self, hotkey: &str) {
        self.execute("DELETE FROM allocation WHERE hotkey = ?1", &[&hotkey]);
    }

    /// `update_blacklist_db`.
    pub(crate) fn penalize(&self, hotkey: &str) {
        self.execute("INSERT INTO blacklist (hotkey) VALUES (?1) ON CONFLICT(hotkey) DO NOTHING", &[&hotkey]);
    }

    /// `save_run_id`.
    pub(crate) fn save_run_id(&self, hotkey: &str, run_id: &str) {
        self.execute(
            "INSERT OR IGNORE INTO wandb_runs (hotkey, run_id) VALUES (?1, ?2)",
            &[&hotkey, &run_id],
        );
    }

    fn execute(&self, sql: &str, values: &[&dyn ToSql]) {
        self.db.execute(sql, values).unwrap();
    }
}

/// `float(value)`.
fn float(value: &Value) -> Result<f64, Raised> {
    match value {
        Value::Bool(value) => Ok(f64::from(u8::from(*value))),
        Value::Number(number) => Ok(number.to_f64()),
        Value::Text(text) => text.as_str().and_then(|text| text.trim().parse().ok()).ok_or(Raised),
        _ => Err(Raised),
    }
}

/// As Python's `sqlite3` hands it over.
fn adapted(value: &Value) -> Result<Sql, Raised> {
    Ok(match value {
        Value::Null => Sql::Null,
        Value::Bool(value) => Sql::Integer(i64::from(*value)),
        Value::Number(number) if number.is_integer() => {
            Sql::Integer(number.as_str().parse().map_err(|_| Raised)?)
        }
        Value::Number(number) => Sql::Real(number.to_f64()),
        Value::Text(text) => Sql::Text(text.as_str().ok_or(Raised)?.to_owned()),
        Value::List(_) | Value::Object(_) => return Err(Raised),
    })
}

/// `json.dumps(value)`.
fn dumped(value: &Value) -> String {
    match value {
        Value::List(items) => format!("[{}]", items.iter().map(dumped).collect::<Vec<_>>().join(", ")),
        Value::Object(object) => {
            let key = |key: &annals_log::json::Text| Value::Text(key.clone()).to_json();
            let members = object.iter().map(|(name, value)| format!("{}: {}", key(name), dumped(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        other => other.to_json(),
    }
}
