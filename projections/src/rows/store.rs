//! The rows of a state table: the current ones, by key, and those that have ended.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use annals_log::{Hash, RightEdge, TreeSize, encode};
use sha2::{Digest as _, Sha256};

use super::batch::rows_to_batch;
use super::cell::Cell;
use super::closed::{ClosedRow, ClosedTable};
use super::row::{NewRow, Row};
use super::schema::TableSchema;
use super::snapshot::TableSnapshot;

/// The number of buckets that rows fall into by the digest of their key; only buckets that changed are hashed again.
const BUCKETS: usize = 4096;

/// The current rows in the order of their key, and those that have ended.
pub(crate) struct Rows {
    pub(crate) schema: &'static TableSchema,
    open: BTreeMap<Box<[Cell]>, Row>,
    pub(crate) closed: ClosedTable,
    /// The size from which rows written now are there.
    now: TreeSize,
    /// The cells of [`TableSchema::ending`] for rows that end now; empty while nothing is known of their end.
    ending: Vec<Cell>,
    buckets: Vec<Hash>,
    changed: BTreeSet<u16>,
    /// The last snapshot, until a row changes.
    snapshot: Option<TableSnapshot>,
}

impl Rows {
    pub(crate) fn new(schema: &'static TableSchema) -> Self {
        Self {
            schema,
            open: BTreeMap::new(),
            closed: ClosedTable::new(schema),
            now: TreeSize(0),
            ending: Vec::new(),
            buckets: vec![RightEdge::empty().root(); BUCKETS],
            changed: BTreeSet::new(),
            snapshot: None,
        }
    }

    /// Moves to `size`: rows written from now on are there from this size, and nothing is known yet of how rows end.
    pub(crate) fn advance(&mut self, size: TreeSize) {
        self.now = size;
        self.ending.clear();
    }

    /// Gives rows that end before the next [`Rows::advance`] these cells in [`TableSchema::ending`].
    pub(crate) fn end_with(&mut self, ending: Vec<Cell>) {
        assert!(self.schema.has_ending_of(&ending), "{}: {ending:?} is no ending", self.schema.name);
        self.ending = ending;
    }

    /// Sets the row of a key. A row that says the same already stays as it is, with the entry that first said so;
    /// where no history is kept, it takes the new entry.
    pub(crate) fn set(&mut self, row: NewRow) {
        let NewRow { key, values, log_index } = row;
        let compared = self.schema.compared_columns();
        match self.open.get_mut(key.as_slice()) {
            Some(before) if self.schema.keeps_history && before.says(&values, compared) => {}
            Some(before) => {
                self.schema.check(&key, &values);
                self.snapshot = None;
                let (valid_from, bucket) = (self.now.0, before.bucket);
                let row = Row { values: values.into(), log_index, valid_from, bucket };
                self.changed.insert(bucket);
                let before = std::mem::replace(before, row);
                self.close(key.into(), before);
            }
            None => {
                self.schema.check(&key, &values);
                self.snapshot = None;
                let (valid_from, bucket) = (self.now.0, bucket_of(&key));
                self.changed.insert(bucket);
                self.open.insert(key.into(), Row { values: values.into(), log_index, valid_from, bucket });
            }
        }
    }

    /// Ends the row of `key`, if there is one.
    pub(crate) fn remove(&mut self, key: &[Cell]) {
        if let Some((key, before)) = self.open.remove_entry(key) {
            self.snapshot = None;
            self.changed.insert(before.bucket);
            self.close(key, before);
        }
    }

    /// Replaces the rows whose key begins with `prefix` by `rows`.
    pub(crate) fn set_under(&mut self, prefix: &[Cell], rows: Vec<NewRow>) {
        self.keep_under(prefix, &rows.iter().map(|row| row.key.clone()).collect());
        rows.into_iter().for_each(|row| self.set(row));
    }

    /// Ends the rows whose key begins with `prefix`, but for those with one of `keys`.
    pub(crate) fn keep_under(&mut self, prefix: &[Cell], keys: &BTreeSet<Vec<Cell>>) {
        let gone = self.keys_under(prefix).filter(|key| !keys.contains(&***key));
        let gone: Vec<_> = gone.cloned().collect();
        gone.iter().for_each(|key| self.remove(key));
    }

    /// Ends the rows whose key is not one of these.
    pub(crate) fn retain(&mut self, is_kept: impl Fn(&[Cell]) -> bool) {
        let gone: Vec<_> = self.open.keys().filter(|key| !is_kept(key)).cloned().collect();
        gone.iter().for_each(|key| self.remove(key));
    }

    /// Ends the rows whose key begins with `prefix`.
    pub(crate) fn remove_under(&mut self, prefix: &[Cell]) {
        self.set_under(prefix, Vec::new());
    }

    fn keys_under<'a>(&'a self, prefix: &'a [Cell]) -> impl Iterator<Item = &'a Box<[Cell]>> {
        let from = (Bound::Included(prefix), Bound::Unbounded);
        let keys = self.open.range::<[Cell], _>(from).map(|(key, _)| key);
        keys.take_while(move |key| key.starts_with(prefix))
    }

    fn close(&mut self, key: Box<[Cell]>, row: Row) {
        // A row that came and went at one size was there at none.
        if self.schema.keeps_history && row.valid_from < self.now.0 {
            let ending = self.ending.as_slice().into();
            self.closed.push(&ClosedRow { key, row, ending, valid_to: self.now.0 });
        }
    }

    /// Returns the current rows, in the order of their key.
    pub(crate) fn open(&self) -> impl ExactSizeIterator<Item = (&[Cell], &Row)> {
        self.open.iter().map(|(key, row)| (&**key, row))
    }

    /// Returns the table as it is. A table that did not change since is returned as it was then, and shares its rows.
    pub(crate) fn snapshot(&mut self) -> TableSnapshot {
        if let Some(snapshot) = &self.snapshot {
            return snapshot.clone();
        }
        let snapshot = TableSnapshot {
            schema: self.schema,
            open: rows_to_batch(self.schema, self.open()),
            closed: self.closed.rows(),
        };
        self.snapshot.insert(snapshot).clone()
    }

    /// Puts back a row that was saved.
    pub(crate) fn restore(&mut self, key: Vec<Cell>, values: Vec<Cell>, log_index: u64, valid_from: u64) {
        let bucket = bucket_of(&key);
        self.changed.insert(bucket);
        let row = Row { values: values.into(), log_index, valid_from, bucket };
        self.open.insert(key.into(), row);
    }

    /// Returns 32 bytes that name the current rows, under this policy.
    ///
    /// A row is the entry codec over {its columns in order, log index, valid from}; a bucket is the RFC 6962 root of
    /// its rows by key; the root is SHA-256 over {name, version, digest of the policy} and the buckets.
    pub(crate) fn root(&mut self, policy: Hash) -> Hash {
        let mut edges: BTreeMap<u16, RightEdge> = std::mem::take(&mut self.changed)
            .into_iter()
            .map(|bucket| (bucket, RightEdge::empty()))
            .collect();
        if !edges.is_empty() {
            for (key, row) in &self.open {
                if let Some(edge) = edges.get_mut(&row.bucket) {
                    let cells: Vec<&Cell> = key.iter().chain(&row.values).collect();
                    edge.push(Hash::leaf(&encode(&(cells, row.log_index, row.valid_from))));
                }
            }
        }
        for (bucket, edge) in edges {
            self.buckets[usize::from(bucket)] = edge.root();
        }
        let head = encode(&(self.schema.name, self.schema.version, policy.0));
        let mut root = Sha256::new().chain_update(head);
        self.buckets.iter().for_each(|bucket| root.update(bucket.0));
        Hash(root.finalize().into())
    }
}

fn bucket_of(key: &[Cell]) -> u16 {
    let digest = Hash::of(&encode(&key.iter().collect::<Vec<_>>()));
    u16::from_be_bytes([digest.0[0], digest.0[1]]) % 4096
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::{CellType, Column};

    static SCHEMA: TableSchema = TableSchema {
        name: "places",
        about: "Where something is, and by whom it came there.",
        version: 1,
        columns: &[
            Column::of("name", CellType::Text),
            Column::of("place", CellType::UInt),
            Column::of("came_by", CellType::Text),
        ],
        ending: &[],
        key_columns: 1,
        origin_columns: 1,
        keeps_history: true,
        follows_chain_alone: false,
        evidence: &[],
    };

    fn row(place: impl Into<Cell>, came_by: &str, log_index: u64) -> NewRow {
        NewRow { key: vec!["a".into()], values: vec![place.into(), came_by.into()], log_index }
    }

    #[test]
    fn how_it_came_about_makes_no_other_row() {
        let mut rows = Rows::new(&SCHEMA);
        for (size, row) in (1..).zip([row(7_u64, "sea", 0), row(7_u64, "air", 1), row(8_u64, "land", 2)]) {
            rows.advance(TreeSize(size));
            rows.set(row);
            let (_, row) = rows.open().next().unwrap();
            let (place, came_by, log_index) = if size < 3 { (7_u64, "sea", 0) } else { (8, "land", 2) };
            assert_eq!(*row.values, [place.into(), came_by.into()]);
            assert_eq!(row.log_index, log_index);
        }
    }

    #[test]
    #[should_panic(expected = "places: [Text(\"a\")] [Int(7), Text(\"sea\")] is no row")]
    fn a_cell_of_another_type_than_its_column_is_refused() {
        Rows::new(&SCHEMA).set(row(7_i64, "sea", 0));
    }
}
