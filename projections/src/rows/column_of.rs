//! A column with how a row has its cell: schema and cells of a table come from one list.

use super::cell::{Cell, CellType};
use super::row::NewRow;
use super::schema::Column;
use super::store::Rows;

/// A type that cells are taken from, whatever it borrows and for how long.
pub(crate) trait CellSource {
    /// The same type with this lifetime.
    type For<'a>;
}

/// A column, and how its cell is had.
pub(crate) struct ColumnOf<S: CellSource> {
    column: Column,
    cell: for<'r, 'a> fn(&'r S::For<'a>) -> Cell,
}

/// The columns of a table in their order: those that name a row, made from a `K`, which is enough to remove it, and the
/// others, made from an `R`.
pub(crate) struct Columns<K: CellSource + 'static, R: CellSource + 'static> {
    pub(crate) key: &'static [ColumnOf<K>],
    /// The content of the row.
    pub(crate) values: &'static [ColumnOf<R>],
    /// How the row came about; this alone makes it no other row.
    pub(crate) origin: &'static [ColumnOf<R>],
}

impl<S: CellSource> ColumnOf<S> {
    /// Makes a column that no row has null.
    pub(crate) const fn of(
        name: &'static str,
        cell_type: CellType,
        cell: for<'r, 'a> fn(&'r S::For<'a>) -> Cell,
    ) -> Self {
        Self { column: Column::of(name, cell_type), cell }
    }

    /// Makes a column that may be null.
    pub(crate) const fn nullable(
        name: &'static str,
        cell_type: CellType,
        cell: for<'r, 'a> fn(&'r S::For<'a>) -> Cell,
    ) -> Self {
        Self { column: Column::nullable(name, cell_type), cell }
    }
}

impl<K: CellSource, R: CellSource> Columns<K, R> {
    /// Returns how many columns there are.
    pub(crate) const fn count(&self) -> usize {
        self.key.len() + self.values.len() + self.origin.len()
    }

    /// Returns all columns as a schema lists them, the key first. `N` is [`Columns::count`].
    pub(crate) const fn plain<const N: usize>(&self) -> [Column; N] {
        assert!(N == self.count(), "a schema lists every column");
        let all = fill([NO_COLUMN; N], 0, self.key);
        let all = fill(all, self.key.len(), self.values);
        fill(all, self.key.len() + self.values.len(), self.origin)
    }

    /// Returns the cells that name a row.
    pub(crate) fn key_of(&self, key: &K::For<'_>) -> Vec<Cell> {
        cells(self.key, key)
    }

    /// Returns the cells of the columns after the key.
    pub(crate) fn values_of(&self, row: &R::For<'_>) -> Vec<Cell> {
        self.values.iter().chain(self.origin).map(|column| (column.cell)(row)).collect()
    }

    /// Makes a row that comes from entry `log_index`.
    pub(crate) fn row(&self, key: &K::For<'_>, row: &R::For<'_>, log_index: u64) -> NewRow {
        NewRow { key: self.key_of(key), values: self.values_of(row), log_index }
    }

    /// Sets the row of `key` as entry `log_index` gives it, or removes it where there is none any more.
    pub(crate) fn put(&self, rows: &mut Rows, key: &K::For<'_>, row: Option<&R::For<'_>>, log_index: u64) {
        match row {
            Some(row) => rows.set(self.row(key, row, log_index)),
            None => rows.remove(&self.key_of(key)),
        }
    }
}

/// Returns these columns as a schema lists them. `N` is the length of the list.
pub(crate) const fn plain<S: CellSource, const N: usize>(columns: &[ColumnOf<S>]) -> [Column; N] {
    assert!(N == columns.len(), "a schema lists every column");
    fill([NO_COLUMN; N], 0, columns)
}

/// Returns the cells of these columns, in their order.
pub(crate) fn cells<S: CellSource>(columns: &[ColumnOf<S>], source: &S::For<'_>) -> Vec<Cell> {
    columns.iter().map(|column| (column.cell)(source)).collect()
}

/// Stands in an array only until a column takes its place.
const NO_COLUMN: Column = Column::of("", CellType::Bool);

const fn fill<S: CellSource, const N: usize>(
    mut all: [Column; N],
    from: usize,
    columns: &[ColumnOf<S>],
) -> [Column; N] {
    let mut place = 0;
    while place < columns.len() {
        all[from + place] = columns[place].column;
        place += 1;
    }
    all
}

impl CellSource for &str {
    type For<'a> = &'a str;
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Word<'a> {
        text: &'a str,
    }

    impl CellSource for Word<'_> {
        type For<'a> = Word<'a>;
    }

    const COLUMNS: Columns<&str, Word<'_>> = Columns {
        key: &[ColumnOf::of("name", CellType::Text, |&name| name.into())],
        values: &[ColumnOf::of("length", CellType::UInt, |word| (word.text.len() as u64).into())],
        origin: &[ColumnOf::nullable("first", CellType::Text, |word| Cell::of(word.text.get(..1)))],
    };

    #[test]
    fn schema_and_cells_come_in_the_order_of_the_lists() {
        const PLAIN: [Column; COLUMNS.count()] = COLUMNS.plain();
        let expected = [
            Column::of("name", CellType::Text),
            Column::of("length", CellType::UInt),
            Column::nullable("first", CellType::Text),
        ];
        assert_eq!(PLAIN, expected);
        let text = String::from("abc");
        let row = COLUMNS.row(&"a", &Word { text: &text }, 7);
        assert_eq!(row.key, ["a".into()]);
        assert_eq!(row.values, [3_u64.into(), "a".into()]);
        assert_eq!(COLUMNS.values_of(&Word { text: "" }), [0_u64.into(), Cell::Null]);
    }
}
