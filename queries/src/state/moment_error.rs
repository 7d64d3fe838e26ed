//! Why a moment means nothing here.

use annals_log::{LogIndex, TreeSize, utc_text};

/// Why a moment means nothing here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MomentError {
    /// Not the arguments that the function takes.
    #[error(
        "{table}_at takes ('size', number), ('time', timestamp text or milliseconds since 1970), ('fetched', the same) \
         or ('block', number), as {table}_at('time', '2026-01-31 12:00')"
    )]
    NoMoment {
        /// Of which table.
        table: String,
    },
    /// The table forgets what it was.
    #[error("{table} keeps no history: it is only known as it stands, so ask {table} itself")]
    NoHistory {
        /// Which.
        table: String,
    },
    /// It is no moment.
    #[error(
        "{0:?} is no moment: say size:1000, time:2026-01-31T12:00:00Z, fetched:2026-01-31T12:00:00Z or block:5000000"
    )]
    NotAMoment(String),
    /// The log is not so long.
    #[error("what is looked at has size {size}; size {asked} is still to come")]
    BeyondEnd {
        /// What was asked for.
        asked: u64,
        /// What there is.
        size: TreeSize,
    },
    /// Nothing was recorded then.
    #[error(
        "the log begins at {}; nothing is known of {}, which is before",
        utc_text(*first_ms),
        utc_text(*asked_ms)
    )]
    BeforeLog {
        /// What was asked for.
        asked_ms: i64,
        /// When entry 0 was recorded.
        first_ms: i64,
    },
    /// What was fetched by then is not what the log has up to a size.
    #[error(
        "what was fetched by {} is no part that a size names: entry {first} was fetched at {}, and entry {index}, which \
         comes after it, at {}. Ask with 'size', or 'time' for when it was recorded",
        utc_text(*asked_ms),
        utc_text(*first_ms),
        utc_text(*fetched_ms)
    )]
    FetchedBehind {
        /// What was asked for.
        asked_ms: i64,
        /// The first entry that was fetched later.
        first: LogIndex,
        /// When it was fetched.
        first_ms: i64,
        /// An entry behind it that was fetched by then.
        index: LogIndex,
        /// When that was.
        fetched_ms: i64,
    },
    /// Nothing was fetched by then.
    #[error(
        "nothing in this log was fetched by {}{}",
        utc_text(*asked_ms),
        first_ms.map_or_else(String::new, |first_ms| format!("; the first was at {}", utc_text(first_ms)))
    )]
    NothingFetched {
        /// What was asked for.
        asked_ms: i64,
        /// When the first entry was fetched, if there is one.
        first_ms: Option<i64>,
    },
    /// It was not recorded, or taken back.
    #[error("this log has no block {0}; ask with 'time' or 'size'")]
    NoBlock(u64),
    /// Right behind the block's entry, what other sources say is of another time than the block.
    #[error(
        "block {block} was backfilled: the log had it only at {}, and it was made at {}. Tables of the chain can be asked \
         for as of it, as neurons_at('block', {block}); for any other ask with 'time'",
        utc_text(*recorded_ms),
        made_at_ms.map_or_else(|| "a time that it does not say".to_owned(), utc_text)
    )]
    Backfilled {
        /// What was asked for.
        block: u64,
        /// When its last entry was recorded: over 10 minutes later than it was made.
        recorded_ms: i64,
        /// Its own time; a chain's first block has none.
        made_at_ms: Option<i64>,
    },
}
