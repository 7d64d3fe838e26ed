//! The entries behind an explanation, and the ways to check them.

use std::collections::BTreeSet;
use std::io::Write;

use annals_queries::Answer;
use serde::Deserialize;

use super::rows::rows_of;
use crate::asking::Asked;
use crate::failure::Failure;

/// An entry of the log.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Evidence {
    pub(super) log_index: u64,
    pub(super) kind: String,
    pub(super) native_id: String,
    pub(super) recorded_at: String,
    pub(super) block_number: Option<u64>,
    /// Whether the entry vouches for bytes that `annals raw` prints.
    pub(super) has_bytes: bool,
}

impl Evidence {
    /// Asks for the entries, and for the policy in force if an entry set it. They come in the order of the log.
    pub(super) fn ask(
        asked: &mut Asked,
        entries: impl IntoIterator<Item = u64>,
    ) -> Result<(Answer, Vec<Self>), Failure> {
        let policy = asked.policy_index().map(|index| index.0);
        let entries: BTreeSet<u64> = entries.into_iter().chain(policy).collect();
        let entries: Vec<String> = entries.iter().map(ToString::to_string).collect();
        // No entry has a negative index.
        let entries = if entries.is_empty() { "-1".to_owned() } else { entries.join(", ") };
        let answer = asked.ask(&format!(
            "select log_index, kind, native_id, recorded_at, block_number, attached <> '[]' as has_bytes from events \
             where log_index in ({entries}) order by log_index"
        ))?;
        let rows = rows_of(&answer)?;
        Ok((answer, rows))
    }
}

/// Says how an entry is proven to anybody, and how the bytes are read that it vouches for.
pub(super) fn write_ways(proven: u64, with_bytes: Option<u64>, out: &mut impl Write) -> Result<(), Failure> {
    writeln!(out, "  annals prove {proven} > p.tlog-proof     proves one of them to anybody")?;
    if let Some(index) = with_bytes {
        writeln!(out, "  annals raw {index}                      is what was told, byte for byte")?;
    }
    Ok(())
}
