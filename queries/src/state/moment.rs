//! Moments: what `<table>_at` takes, and the size of the log that each means.

use std::num::NonZeroI64;
use std::str::FromStr;

use annals_log::{LogIndex, Reader, TreeSize, utc_text};
use annals_projections::Snapshot;
use datafusion::arrow::compute::kernels::cast_utils::string_to_timestamp_nanos;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::Expr;

use super::fetched;
use super::moment_error::MomentError;
use super::scope::Scope;
use crate::error::QueryError;
use crate::held::hold;
use crate::late::is_late;

/// When; as text `size:1000`, `time:2026-01-31 12:00` (RFC 3339 or milliseconds since 1970 are fine, too; UTC unless
/// said otherwise), `fetched:2026-01-31 12:00` or `block:5000000`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// When the log had so many entries.
    Size(u64),
    /// When the log had recorded what it had by then, in milliseconds since 1970 UTC.
    Time(i64),
    /// When it had what was fetched by then, in milliseconds since 1970 UTC: in a log that was imported, all is
    /// recorded on the day of the import. It is the largest size of which every entry was fetched at or before that
    /// time. Where sources were imported one after another, entries behind it may have been fetched by then, too: then
    /// no size is meant, and it is refused.
    Fetched(i64),
    /// Right behind this block of the chain: behind its entry, or behind the last that tells of the state behind it,
    /// which may be of a later commit. Of a height that was recorded several times, it is the block that was not
    /// taken back.
    Block(u64),
}

/// A moment as a size of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The log was so long.
    pub size: TreeSize,
    /// What has to be said of it.
    pub note: Option<String>,
}

impl Moment {
    /// Reads the arguments of `<table>_at`.
    pub(crate) fn of(table: &str, arguments: &[Expr]) -> Result<Self> {
        let no_moment = || external(MomentError::NoMoment { table: table.to_owned() });
        let [Expr::Literal(what, _), Expr::Literal(value, _)] = arguments else { return Err(no_moment()) };
        let moment = match what.try_as_str().flatten() {
            Some("size") => whole_number(value).map(Self::Size),
            Some("block") => whole_number(value).map(Self::Block),
            Some("time") => time_ms(value).map(Self::Time),
            Some("fetched") => time_ms(value).map(Self::Fetched),
            _ => None,
        };
        moment.ok_or_else(no_moment)
    }

    /// Returns the size of the log that it means, for all tables: a block that was backfilled is refused. `tables` are
    /// those of the log at the reader's size; they know its blocks. Walks frame headers.
    ///
    /// # Errors
    /// `Moment`, `Log`.
    pub fn place(self, reader: &Reader, tables: &Snapshot) -> Result<Place, QueryError> {
        // No query is run, so none can need too much memory.
        self.find(reader, tables, Scope::Everything).map_err(|error| QueryError::of(error, 0))
    }

    /// The same, where DataFusion asks: not for the threads that queries run on.
    pub(crate) fn find(self, reader: &Reader, tables: &Snapshot, scope: Scope) -> Result<Place> {
        let place = match self {
            Self::Size(size) => return at_size(reader, TreeSize(size)),
            Self::Block(block) => return after_block(reader, tables, block, scope),
            Self::Fetched(at_ms) => return at_fetched(reader, at_ms),
            Self::Time(at_ms) => at_time(reader, at_ms)?,
        };
        // When something was recorded stands in the entries; headers of frames only repeat it.
        let unchecked = hold(reader, "times of commits").map_err(external)?;
        let note: Vec<String> = place.note.into_iter().chain(unchecked).collect();
        Ok(Place { note: (!note.is_empty()).then(|| note.join("; ")), ..place })
    }
}

impl FromStr for Moment {
    type Err = MomentError;

    fn from_str(text: &str) -> Result<Self, MomentError> {
        let (what, value) = text.split_once(':').unwrap_or_default();
        let moment = match what {
            "size" => value.parse().ok().map(Self::Size),
            "block" => value.parse().ok().map(Self::Block),
            "time" => value.parse().ok().or_else(|| text_ms(value)).map(Self::Time),
            "fetched" => value.parse().ok().or_else(|| text_ms(value)).map(Self::Fetched),
            _ => None,
        };
        moment.ok_or_else(|| MomentError::NotAMoment(text.to_owned()))
    }
}

fn external(error: impl std::error::Error + Send + Sync + 'static) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

fn whole_number(value: &ScalarValue) -> Option<u64> {
    match value.cast_to(&DataType::UInt64).ok()? {
        // A text is no number, though it could be cast to one.
        ScalarValue::UInt64(number) if value.data_type().is_integer() => number,
        _ => None,
    }
}

fn time_ms(value: &ScalarValue) -> Option<i64> {
    if let Some(text) = value.try_as_str() {
        return text_ms(text?);
    }
    match value.data_type() {
        DataType::Timestamp(..) | DataType::Date32 => {
            let millisecond = datafusion::arrow::datatypes::TimeUnit::Millisecond;
            match value.cast_to(&DataType::Timestamp(millisecond, Some("UTC".into()))).ok()? {
                ScalarValue::TimestampMillisecond(ms, _) => ms,
                _ => None,
            }
        }
        other if other.is_integer() => match value.cast_to(&DataType::Int64).ok()? {
            ScalarValue::Int64(ms) => ms,
            _ => None,
        },
        _ => None,
    }
}

fn text_ms(text: &str) -> Option<i64> {
    // Seconds may be left out, as people do.
    let nanos = string_to_timestamp_nanos(text).or_else(|_| string_to_timestamp_nanos(&format!("{text}:00")));
    nanos.ok().map(|nanos| nanos.div_euclid(1_000_000))
}

fn at_size(reader: &Reader, size: TreeSize) -> Result<Place> {
    if size > reader.size() {
        return Err(external(MomentError::BeyondEnd { asked: size.0, size: reader.size() }));
    }
    let is_signed = size == TreeSize(0) || reader.is_signed_at(size).map_err(external)?;
    let note = format!("size {size} lies inside a commit: its root can be computed, and nobody signed it");
    Ok(Place { size, note: (!is_signed).then_some(note) })
}

fn at_time(reader: &Reader, at_ms: i64) -> Result<Place> {
    let Some(size) = reader.size_at_time(at_ms).map_err(external)? else {
        let first_ms = recorded_ms_of(reader, LogIndex(0))?;
        return Err(external(MomentError::BeforeLog { asked_ms: at_ms, first_ms }));
    };
    if at_ms >= reader.recorded_at_ms() {
        return Ok(Place { size, note: Some(not_final("ends at", reader.recorded_at_ms())) });
    }
    let recorded_ms = recorded_ms_of(reader, LogIndex(size.0 - 1))?;
    let note = format!("{} is size {size}, recorded at {}", utc_text(at_ms), utc_text(recorded_ms));
    Ok(Place { size, note: Some(note) })
}

fn at_fetched(reader: &Reader, at_ms: i64) -> Result<Place> {
    let fetched = fetched::by(reader, at_ms)?;
    let found = if fetched.is_all {
        not_final("was fetched until", fetched.last_ms)
    } else {
        let (asked, last) = (utc_text(at_ms), utc_text(fetched.last_ms));
        format!("{asked} is size {}, the last of it fetched at {last}", fetched.size)
    };
    let place = at_size(reader, fetched.size)?;
    let notes: Vec<String> = std::iter::once(found).chain(place.note).collect();
    Ok(Place { note: Some(notes.join("; ")), ..place })
}

/// Words for a time of which more may still come.
fn not_final(ends: &str, last_ms: i64) -> String {
    let last = utc_text(last_ms);
    format!("not final: what is looked at {ends} {last}, at or before the time that was asked for")
}

fn recorded_ms_of(reader: &Reader, index: LogIndex) -> Result<i64> {
    let mut scan = reader.scan(index..index.size_through().next_index());
    let frame = scan.next_frame().map_err(external)?.expect("only entries that the log has are asked for");
    let found = frame.entries().find(|&(at, _)| at == index);
    let (_, entry) = found.expect("a scan begins with the frame that holds its first index");
    Ok(reader.envelope(index, entry).map_err(external)?.recorded_at_ms)
}

fn after_block(reader: &Reader, tables: &Snapshot, block: u64, scope: Scope) -> Result<Place> {
    let found = tables.blocks.get(block).ok_or_else(|| external(MomentError::NoBlock(block)))?;
    let (made_at_ms, recorded_ms) = (found.time_ms.map(NonZeroI64::get), found.recorded_at_ms);
    if scope == Scope::Everything && made_at_ms.is_none_or(|made_at_ms| is_late(made_at_ms, recorded_ms)) {
        return Err(external(MomentError::Backfilled { block, recorded_ms, made_at_ms }));
    }
    at_size(reader, LogIndex(found.last).size_through())
}
