//! Rows that W&B has exported into Parquet files, which clients then fetch.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use annals_ingest::wandb_exchange::exported_rows;

use super::history::{Rows, text_of_row};

/// A file `RUN.parquet`, or `RUN.PART.parquet`.
pub(super) struct Export {
    pub(super) file: String,
    pub(super) bytes: Arc<[u8]>,
    pub(super) rows: Rows,
}

impl Export {
    /// Reads a file. Returns the id of the run, and the file with its rows.
    ///
    /// # Errors
    /// Says why the rows cannot be read.
    pub(super) fn read(path: &Path) -> Result<(String, Self), String> {
        let file = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        let run_id = file.split('.').next().unwrap_or_default().to_owned();
        let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
        let mut rows = Rows::default();
        for row in exported_rows(&bytes)? {
            rows.add(text_of_row(row), i64::MIN);
        }
        Ok((run_id, Self { file, bytes: bytes.into(), rows }))
    }
}

/// Returns the part of `length` bytes that a header `Range` asks for; `None` when it asks for no single range in them.
pub(super) fn range(header: &str, length: usize) -> Option<Range<usize>> {
    let (from, to) = header.strip_prefix("bytes=")?.split_once('-')?;
    let number = |text: &str| text.parse::<usize>().ok();
    let range = match (from, to) {
        ("", last) => length.checked_sub(number(last)?.min(length))?..length,
        (from, "") => number(from)?..length,
        (from, to) => number(from)?..number(to)?.saturating_add(1).min(length),
    };
    (range.start < range.end).then_some(range)
}

#[cfg(test)]
mod tests {
    use super::range;

    #[test]
    fn a_range_is_as_http_writes_it() {
        let cases = [
            ("bytes=0-0", Some(0..1)),
            ("bytes=2-", Some(2..10)),
            ("bytes=-4", Some(6..10)),
            ("bytes=8-99", Some(8..10)),
            ("bytes=10-", None),
            ("bytes=5-4", None),
            ("lines=0-1", None),
            ("bytes=-0", None),
        ];
        for (header, expected) in cases {
            assert_eq!(range(header, 10), expected, "{header}");
        }
    }
}
