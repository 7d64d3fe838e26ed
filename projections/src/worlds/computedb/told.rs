//! Reads the entries of validators' databases.

use annals_log::{ComputeDbPoll, ComputeDbRow, DbRow, DbRowPlace, Envelope, Fact, decode};

/// A fact of a database.
pub(crate) enum ToldDb {
    /// A row changed; its native id names database, table and key.
    Row { native_id: String, row: WaitingRow },
    /// A poll is over; it told every row of these tables that changed.
    Poll { database: String, tables: Vec<String> },
}

/// A state of a row. It waits for the end of its poll, since the poll's other rows are not known before.
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub(crate) struct WaitingRow {
    /// The entry that told it.
    pub(crate) log_index: u64,
    /// The row as a line of [`DbRow`]; `None` when it is gone.
    pub(crate) line: Option<String>,
}

impl ToldDb {
    /// Whether [`Self::read`] knows entries of this kind.
    pub(crate) fn is_told_by(envelope: &Envelope<'_>) -> bool {
        let kinds =
            [(ComputeDbRow::KIND, ComputeDbRow::SCHEMA), (ComputeDbPoll::KIND, ComputeDbPoll::SCHEMA)];
        kinds.contains(&(envelope.kind, envelope.schema))
    }

    /// Reads entry `log_index` with this body and its last attached payload; `None` when they do not decode.
    pub(crate) fn read(
        log_index: u64,
        envelope: &Envelope<'_>,
        body: &[u8],
        attached: Option<Vec<u8>>,
    ) -> Option<Self> {
        if envelope.kind == ComputeDbPoll::KIND {
            let poll: ComputeDbPoll = decode(body).ok()?;
            let tables = poll.tables_read().map(str::to_owned).collect();
            return Some(Self::Poll { database: envelope.native_id.to_owned(), tables });
        }
        let told: ComputeDbRow = decode(body).ok()?;
        DbRowPlace::read(envelope.native_id)?;
        let line = if told.is_gone {
            None
        } else {
            let line = String::from_utf8(attached?).ok()?;
            DbRow::read(&line).ok()?;
            Some(line)
        };
        let row = WaitingRow { log_index, line };
        Some(Self::Row { native_id: envelope.native_id.to_owned(), row })
    }
}
