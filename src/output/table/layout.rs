//! How wide the columns of a table are, and which of them are left out.

/// Texts are cut to this width before a column is left out: six characters of a hotkey, `…`, and five.
const CUT_WIDTH_MIN: usize = 12;
/// Rows that do not fit are written as blocks where all of them take no more lines than this...
const BLOCK_LINES_MAX: usize = 50;
/// ... or where there are no more of them than this.
const BLOCKS_MAX: usize = 2;

/// A column as far as its width goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name_width: usize,
    /// The width of the widest cell that was seen.
    pub(super) cell_width: usize,
    /// A text may be cut; a number or a time would be another one.
    pub(super) is_text: bool,
}

/// The room that a table is shown in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    /// Room for the widest rows.
    Any,
    /// A number of columns of a terminal. Columns of the table are left out where they do not fit.
    Columns(usize),
    /// The same where all columns have to be shown.
    AllIn(usize),
}

/// The form that the rows take.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// A block of lines for each row, a column a line.
    Blocks,
    /// A line for each row, with the widths of the first columns; those behind them are left out.
    Grid(Vec<usize>),
}

impl Layout {
    /// Lays out `rows` rows.
    pub(super) fn of(columns: &[Column], rows: usize, room: Room) -> Self {
        let (Room::Columns(width) | Room::AllIn(width)) = room else { return Self::Grid(natural(columns)) };
        if line_width(&natural(columns)) <= width {
            return Self::Grid(natural(columns));
        }
        let is_few = rows <= BLOCKS_MAX || rows * (columns.len() + 1) <= BLOCK_LINES_MAX;
        if rows > 0 && is_few {
            return Self::Blocks;
        }
        match (cut_to(columns, width), room) {
            (Some(widths), _) => Self::Grid(widths),
            (None, Room::AllIn(_)) if rows > 0 => Self::Blocks,
            (None, _) => {
                let shown = (1..columns.len()).rev();
                let cut = shown.map(|count| &columns[..count]).find_map(|columns| cut_to(columns, width));
                // Of a first column that is wider than the terminal all is shown.
                Self::Grid(cut.unwrap_or_else(|| natural(&columns[..columns.len().min(1)])))
            }
        }
    }
}

impl Column {
    fn natural(&self) -> usize {
        self.name_width.max(self.cell_width)
    }

    fn cut_to(&self, width: usize) -> usize {
        if self.is_text { self.name_width.max(self.cell_width.min(width)) } else { self.natural() }
    }
}

/// The width of a row, `| a | b |`.
pub(super) fn line_width(widths: &[usize]) -> usize {
    widths.iter().map(|width| width + 3).sum::<usize>() + 1
}

fn natural(columns: &[Column]) -> Vec<usize> {
    columns.iter().map(Column::natural).collect()
}

/// Cuts the widest texts, all to one width, until a row fits; `None` where that is not enough.
fn cut_to(columns: &[Column], line: usize) -> Option<Vec<usize>> {
    let to = |width| columns.iter().map(|column| column.cut_to(width)).collect::<Vec<_>>();
    (CUT_WIDTH_MIN..=line).rev().map(to).find(|widths| line_width(widths) <= line)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn number(name_width: usize, cell_width: usize) -> Column {
        Column { name_width, cell_width, is_text: false }
    }

    const fn text(name_width: usize, cell_width: usize) -> Column {
        Column { name_width, cell_width, is_text: true }
    }

    fn grid(columns: &[Column], width: usize) -> Vec<usize> {
        match Layout::of(columns, 1000, Room::Columns(width)) {
            Layout::Grid(widths) => widths,
            Layout::Blocks => panic!("a thousand rows in blocks"),
        }
    }

    #[test]
    fn what_fits_is_as_wide_as_it_is() {
        let columns = [number(3, 1), text(6, 48)];
        assert_eq!(Layout::of(&columns, 1000, Room::Any), Layout::Grid(vec![3, 48]));
        assert_eq!(grid(&columns, 58), [3, 48]);
        assert_eq!(grid(&columns, 57), [3, 47], "one less");
    }

    #[test]
    fn the_widest_texts_are_cut_before_a_column_is_left_out() {
        let columns = [number(3, 1), text(6, 48), text(4, 20), text(9, 48), number(5, 8)];
        assert_eq!(grid(&columns, 100), [3, 26, 20, 26, 8]);
        assert_eq!(grid(&columns, 65), [3, 12, 12, 12, 8]);
        assert_eq!(grid(&columns, 62), [3, 15, 15, 15], "the last does not fit any more");
        assert_eq!(grid(&columns, 22), [3, 12]);
        assert_eq!(grid(&columns, 1), [3], "one is always shown");
    }

    #[test]
    fn names_and_numbers_are_never_cut() {
        assert_eq!(grid(&[text(30, 48), number(1, 25)], 62), [30, 25]);
        assert_eq!(grid(&[number(1, 25), number(1, 25)], 40), [25]);
    }

    #[test]
    fn few_rows_that_do_not_fit_are_blocks() {
        let columns = [text(6, 48), text(6, 48)];
        let of = |rows, room| Layout::of(&columns, rows, room);
        assert_eq!(of(16, Room::Columns(80)), Layout::Blocks, "48 lines");
        assert_eq!(of(17, Room::Columns(80)), Layout::Grid(vec![36, 36]));
        let many = vec![text(6, 48); 60];
        assert_eq!(Layout::of(&many, 2, Room::Columns(80)), Layout::Blocks, "122 lines");
        assert_ne!(Layout::of(&many, 3, Room::Columns(80)), Layout::Blocks);
        assert_eq!(of(16, Room::Columns(200)), Layout::Grid(vec![48, 48]));
        assert_eq!(
            of(0, Room::Columns(80)),
            Layout::Grid(vec![36, 36]),
            "there is no row to make a block of"
        );
    }

    #[test]
    fn where_no_column_may_be_left_out_rows_that_do_not_fit_are_blocks() {
        let columns = [text(6, 48), text(6, 48), text(6, 48)];
        assert_eq!(Layout::of(&columns, 1000, Room::AllIn(46)), Layout::Grid(vec![12, 12, 12]));
        assert_eq!(Layout::of(&columns, 1000, Room::AllIn(45)), Layout::Blocks);
        assert_eq!(Layout::of(&columns, 1000, Room::Columns(45)), Layout::Grid(vec![19, 19]));
    }

    #[test]
    fn an_answer_without_columns_has_no_widths() {
        assert_eq!(Layout::of(&[], 5, Room::Columns(0)), Layout::Blocks);
        assert_eq!(Layout::of(&[], 5, Room::Columns(1)), Layout::Grid(Vec::new()));
    }
}
