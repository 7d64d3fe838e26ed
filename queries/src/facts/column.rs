//! A column of a fact table: its name, its type, and how its cell is had from a row.

use annals_log::ReadError;
use annals_projections::CellType::{self, Text, Time, UInt};
use annals_projections::{Cell, Column};

use super::entry::Entry;
use super::filter::{EntryKey, Pushable};
use super::row::FactRow;

/// A column of a table whose rows have a content `T`.
pub(super) struct FactColumn<T> {
    column: Column,
    cell: CellFrom<T>,
    /// By what of the entry a filter on the column leaves out entries.
    key: Option<EntryKey>,
}

/// The origin of a cell. Only what the wanted columns need is read.
enum CellFrom<T> {
    /// The entry itself.
    Entry(fn(&Entry<'_>) -> Cell),
    /// The row's content; the cell is null where that cannot be read.
    Content(fn(&T) -> Cell),
    /// Anything that the entry vouches for.
    Row(ReadCell<T>),
}

type ReadCell<T> = fn(&mut FactRow<'_, '_, T>) -> Result<Cell, ReadError>;

/// The columns that tables share.
impl<T> FactColumn<T> {
    pub(super) const LOG_INDEX: Self =
        Self::of_entry("log_index", UInt, |entry| entry.index.0.into()).pushed(EntryKey::Index);
    pub(super) const KIND: Self =
        Self::of_entry("kind", Text, |entry| entry.envelope.kind.to_string().into()).pushed(EntryKey::Kind);
    pub(super) const SOURCE: Self =
        Self::of_entry("source", Text, |entry| entry.envelope.source.into()).pushed(EntryKey::Source);
    pub(super) const BLOCK_NUMBER: Self =
        Self::nullable_of_entry("block_number", UInt, |entry| Cell::of(entry.envelope.block))
            .pushed(EntryKey::Block);

    pub(super) const RECORDED_AT: Self =
        Self::of_entry("recorded_at", Time, |entry| Cell::Time(entry.envelope.recorded_at_ms))
            .pushed(EntryKey::RecordedAt);
    pub(super) const FETCHED_AT: Self =
        Self::of_entry("fetched_at", Time, |entry| Cell::Time(entry.envelope.fetched_at_ms));
    pub(super) const OBSERVED_AT: Self =
        Self::nullable_of_entry("observed_at", Time, |entry| Cell::time(entry.envelope.observed_at_ms));

    pub(super) const NATIVE_ID: Self = Self::native_id("native_id");
    /// The run's id in W&B, which is the native id of what concerns one run.
    pub(super) const RUN_ID: Self = Self::native_id("run_id");
    /// The native id of what concerns one attempt to prove a GPU.
    pub(super) const ATTEMPT: Self = Self::native_id("attempt");
    /// The native id of what concerns one metrics endpoint.
    pub(super) const TARGET: Self = Self::native_id("target");
    /// The native id of what concerns one block.
    pub(super) const BLOCK_HASH: Self = Self::native_id("block_hash");
    /// When the block was made.
    pub(super) const BLOCK_TIME: Self =
        Self::nullable_of_entry("block_time", Time, |entry| Cell::time(entry.envelope.observed_at_ms));
}

impl<T> FactColumn<T> {
    const fn native_id(name: &'static str) -> Self {
        Self::of_entry(name, Text, |entry| entry.envelope.native_id.into()).pushed(EntryKey::NativeId)
    }

    /// The same column, where filters on it leave out entries by `key`.
    const fn pushed(self, key: EntryKey) -> Self {
        Self { key: Some(key), ..self }
    }

    /// The same column, whose cell is a text that lies in the entry's body, byte for byte, in every schema of its kind
    /// that can be read: an entry without the text has no row with it, and is not taken apart.
    pub(super) const fn in_body(self) -> Self {
        self.pushed(EntryKey::InBody)
    }

    /// The same column, whose cell is the name of a metric: a walk may leave out rows whose names have not the texts
    /// that a filter wants in them.
    pub(super) const fn in_samples(self) -> Self {
        self.pushed(EntryKey::InSamples)
    }

    /// A column that the entry itself gives, never null.
    pub(super) const fn of_entry(
        name: &'static str,
        cell_type: CellType,
        cell: fn(&Entry<'_>) -> Cell,
    ) -> Self {
        Self { column: Column::of(name, cell_type), cell: CellFrom::Entry(cell), key: None }
    }

    /// A column that the entry itself gives.
    pub(super) const fn nullable_of_entry(
        name: &'static str,
        cell_type: CellType,
        cell: fn(&Entry<'_>) -> Cell,
    ) -> Self {
        Self { column: Column::nullable(name, cell_type), cell: CellFrom::Entry(cell), key: None }
    }

    /// A column that the content gives, never null: for tables all of whose rows have their content.
    pub(super) const fn of(name: &'static str, cell_type: CellType, cell: fn(&T) -> Cell) -> Self {
        Self { column: Column::of(name, cell_type), cell: CellFrom::Content(cell), key: None }
    }

    /// A column that the content gives, null where that cannot be read.
    pub(super) const fn nullable(name: &'static str, cell_type: CellType, cell: fn(&T) -> Cell) -> Self {
        Self { column: Column::nullable(name, cell_type), cell: CellFrom::Content(cell), key: None }
    }

    /// A column whose cell reads what it needs, null where there is nothing to read.
    pub(super) const fn read(name: &'static str, cell_type: CellType, cell: ReadCell<T>) -> Self {
        Self { column: Column::nullable(name, cell_type), cell: CellFrom::Row(cell), key: None }
    }

    /// The columns as a schema lists them.
    pub(super) fn plain(columns: &[Self]) -> Vec<Column> {
        columns.iter().map(|column| column.column).collect()
    }

    /// Those columns that filters can be on.
    pub(super) fn pushable(columns: &[Self]) -> Pushable {
        let mut pushable = Pushable::default();
        for column in columns {
            if let Some(key) = column.key {
                pushable.add(column.column.name, key);
            }
        }
        pushable
    }

    /// Makes the column's cell of a row.
    ///
    /// # Errors
    /// A fault met while reading what the entry vouches for.
    pub(super) fn cell(&self, row: &mut FactRow<'_, '_, T>) -> Result<Cell, ReadError> {
        match self.cell {
            CellFrom::Entry(cell) => Ok(cell(row.entry)),
            CellFrom::Content(cell) => Ok(row.content()?.map_or(Cell::Null, cell)),
            CellFrom::Row(cell) => cell(row),
        }
    }
}
