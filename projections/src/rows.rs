//! The rows of a state table: those that stand, by key, and what stood before them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use annals_log::{Hash, RightEdge, TreeSize, encode};
use sha2::{Digest as _, Sha256};

use crate::cell::Cell;
use crate::closed::{ClosedRow, ClosedTable};
use crate::schema::TableSchema;

/// Rows fall into so many buckets by the digest of their key; only those that changed are hashed again.
const BUCKETS: usize = 4096;

/// Rows by key, in its order, and their past.
pub(crate) struct Rows {
    pub(crate) schema: &'static TableSchema,
    open: BTreeMap<Box<[Cell]>, Row>,
    pub(crate) closed: ClosedTable,
    /// The size that rows written now stand from.
    now: TreeSize,
    /// The cells of [`TableSchema::ending`] of rows that end now; none where nothing is known of their end.
    ending: Vec<Cell>,
    buckets: Vec<Hash>,
    changed: BTreeSet<u16>,
}

/// A row as a fold makes it.
pub(crate) struct NewRow {
    pub(crate) key: Vec<Cell>,
    /// Of the columns behind the key.
    pub(crate) values: Vec<Cell>,
    /// The entry that it comes from.
    pub(crate) log_index: u64,
}

/// A row that stands, beside its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) values: Box<[Cell]>,
    pub(crate) log_index: u64,
    pub(crate) valid_from: u64,
    bucket: u16,
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
        }
    }

    /// Whatever is written from now on stands from `size` on. Of the end of what ends nothing is known.
    pub(crate) fn advance(&mut self, size: TreeSize) {
        self.now = size;
        self.ending.clear();
    }

    /// Rows that end from now on, up to where the table advances, have these cells in [`TableSchema::ending`].
    pub(crate) fn end_with(&mut self, ending: Vec<Cell>) {
        assert_eq!(ending.len(), self.schema.ending.len(), "an ending has all its columns");
        self.ending = ending;
    }

    /// The row is this from now on. One that is so already stays as it is, with the entry that first said so; where no
    /// past is kept, with the last one.
    pub(crate) fn set(&mut self, row: NewRow) {
        let NewRow { key, values, log_index } = row;
        assert_eq!(key.len(), self.schema.key_columns, "a key has the table's key columns");
        assert_eq!(key.len() + values.len(), self.schema.columns.len(), "a row has all columns");
        let (key, values) = (key.into_boxed_slice(), values.into_boxed_slice());
        let before = self.open.get_mut(&key);
        match before {
            Some(before) if before.values == values && self.schema.keeps_history => {}
            Some(before) => {
                let row = Row { values, log_index, valid_from: self.now.0, bucket: before.bucket };
                self.changed.insert(row.bucket);
                let before = std::mem::replace(before, row);
                self.close(key, before);
            }
            None => {
                let bucket = bucket_of(&key);
                self.changed.insert(bucket);
                self.open.insert(key, Row { values, log_index, valid_from: self.now.0, bucket });
            }
        }
    }

    /// As [`Self::set`] with `origin` behind the values. How it came about makes no other row of one that says the same.
    pub(crate) fn set_with_origin(&mut self, mut row: NewRow, origin: &[Cell]) {
        if !self.says(&row.key, &row.values) {
            row.values.extend_from_slice(origin);
            self.set(row);
        }
    }

    /// Whether a row of `key` stands whose first values behind the key are these.
    pub(crate) fn says(&self, key: &[Cell], values: &[Cell]) -> bool {
        self.open.get(key).is_some_and(|row| row.values.starts_with(values))
    }

    /// The row of `key` stands no more.
    pub(crate) fn remove(&mut self, key: &[Cell]) {
        if let Some((key, before)) = self.open.remove_entry(key) {
            self.changed.insert(before.bucket);
            self.close(key, before);
        }
    }

    /// The rows whose key begins with `prefix` are `rows` from now on.
    pub(crate) fn set_under(&mut self, prefix: &[Cell], rows: Vec<NewRow>) {
        self.keep_under(prefix, &rows.iter().map(|row| row.key.clone()).collect());
        rows.into_iter().for_each(|row| self.set(row));
    }

    /// Of the rows whose key begins with `prefix` only those with one of `keys` stand from now on.
    pub(crate) fn keep_under(&mut self, prefix: &[Cell], keys: &BTreeSet<Vec<Cell>>) {
        let gone = self.keys_under(prefix).filter(|key| !keys.contains(&***key));
        let gone: Vec<_> = gone.cloned().collect();
        gone.iter().for_each(|key| self.remove(key));
    }

    /// Only rows stand whose key is one of these.
    pub(crate) fn retain(&mut self, is_kept: impl Fn(&[Cell]) -> bool) {
        let gone: Vec<_> = self.open.keys().filter(|key| !is_kept(key)).cloned().collect();
        gone.iter().for_each(|key| self.remove(key));
    }

    /// No row stands whose key begins with `prefix`.
    pub(crate) fn remove_under(&mut self, prefix: &[Cell]) {
        self.set_under(prefix, Vec::new());
    }

    fn keys_under<'a>(&'a self, prefix: &'a [Cell]) -> impl Iterator<Item = &'a Box<[Cell]>> {
        let from = (Bound::Included(prefix), Bound::Unbounded);
        let keys = self.open.range::<[Cell], _>(from).map(|(key, _)| key);
        keys.take_while(move |key| key.starts_with(prefix))
    }

    fn close(&mut self, key: Box<[Cell]>, row: Row) {
        // What came and went at one size never stood at any.
        if self.schema.keeps_history && row.valid_from < self.now.0 {
            let ending = self.ending.as_slice().into();
            self.closed.push(&ClosedRow { key, row, ending, valid_to: self.now.0 });
        }
    }

    /// Rows that stand, in the order of their key.
    pub(crate) fn open(&self) -> impl ExactSizeIterator<Item = (&[Cell], &Row)> {
        self.open.iter().map(|(key, row)| (&**key, row))
    }

    /// Puts back a row that was saved.
    pub(crate) fn restore(&mut self, key: Vec<Cell>, values: Vec<Cell>, log_index: u64, valid_from: u64) {
        let bucket = bucket_of(&key);
        self.changed.insert(bucket);
        let row = Row { values: values.into(), log_index, valid_from, bucket };
        self.open.insert(key.into(), row);
    }

    /// 32 bytes that name the rows that stand, under this policy.
    ///
    /// A row is the entry codec over {its columns in order, log index, valid from}; a bucket the RFC 6962 root of its rows
    /// by key; the root SHA-256 over {name, version, digest of the policy} and the buckets.
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
