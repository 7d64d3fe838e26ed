//! `computedb_row`: a row of a validator's database is not as it was.

use bincode::{Decode, Encode};

use super::SqlValue;
use crate::event::json::Value;
use crate::event::json::fields::object;
use crate::event::{Derived, EventView, Fact, Kind, Known, Memory};

/// A row that is new, changed, or gone. The native id is its [`DbRowPlace`]. Attached, if it stands: the row, a line of
/// [`super::DbRow`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct ComputeDbRow {
    /// Its owner deleted it, or the whole table.
    pub is_gone: bool,
}

/// Which row of which table of which database: three words with a space between them.
#[derive(Debug, Clone, PartialEq)]
pub struct DbRowPlace<'a> {
    /// The database's name, which has no space in it.
    pub database: &'a str,
    /// As upstream calls it.
    pub table: &'a str,
    /// The row's primary key, in the native id as JSON.
    pub key: SqlValue,
}

impl Fact for ComputeDbRow {
    const KIND: Kind = Kind(0x0502);
    const NAME: &'static str = "computedb_row";
    const SCHEMA: u16 = 1;
    const MEMORIES: Derived<Self, Memory> = Some(|row, event| vec![row.remembered(event)]);

    fn fields(&self) -> Value {
        object([("is_gone", Value::Bool(self.is_gone))])
    }
}

impl ComputeDbRow {
    fn remembered(self, event: &EventView<'_>) -> Memory {
        // Nobody asks for rows that are gone, and of some tables those are far more than the others.
        if self.is_gone {
            return Memory::forget(event.native_id);
        }
        let payload = event.payload;
        Memory::of(event.native_id, Known { digest: payload, position: None, payload })
    }
}

impl<'a> DbRowPlace<'a> {
    /// From a native id; `None` when it is none.
    pub fn read(native_id: &'a str) -> Option<Self> {
        let (database, rest) = native_id.split_once(' ')?;
        let (table, key) = rest.split_once(' ')?;
        Some(Self { database, table, key: SqlValue::from_json(key)? })
    }

    /// As native id.
    pub fn native_id(&self) -> String {
        format!("{}{}", Self::prefix(self.database, self.table), self.key.to_json())
    }

    /// What the native ids of a table's rows begin with.
    pub fn prefix(database: &str, table: &str) -> String {
        format!("{database} {table} ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written() {
        let keys = [
            SqlValue::Integer(-1),
            SqlValue::Text("a b".into()),
            SqlValue::Text(String::new()),
            SqlValue::Null,
        ];
        for key in keys {
            let place = DbRowPlace { database: "database", table: "stats", key };
            assert_eq!(DbRowPlace::read(&place.native_id()), Some(place.clone()));
        }
        assert_eq!(DbRowPlace::read("database stats 01"), None);
        assert_eq!(DbRowPlace::read("database stats"), None);
    }
}
