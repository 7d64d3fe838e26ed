//! `annals rebuild`: the tables, from nothing but the entries.

use std::io::Write as _;
use std::time::Instant;

use annals_log::Reader;

use crate::failure::Failure;
use crate::settings::Settings;
use crate::tables::Tables;
use crate::terminal;

/// Make all tables again from the entries, and save them.
///
/// Nothing is lost by it: saved tables only save time. Whatever is saved that does not fit the log is made again without
/// being told to.
#[derive(clap::Args)]
pub(crate) struct Rebuild {}

impl Rebuild {
    pub(crate) fn run(self, settings: &Settings) -> Result<(), Failure> {
        let reader = Reader::open(&settings.data)?;
        let began = Instant::now();
        let mut tables = Tables::anew(&settings.data, &reader)?.projections;
        let seconds = began.elapsed().as_secs_f64();
        let rows: Vec<_> = tables.snapshots().iter().map(|table| table.open.num_rows()).collect();
        let mut out = terminal::out();
        for ((schema, root), rows) in tables.state_roots().into_iter().zip(rows) {
            writeln!(out, "{:<20} {rows:>8} rows  root {root}", schema.name)?;
        }
        writeln!(out, "size {}, in {seconds:.1} s", reader.size())?;
        Ok(())
    }
}
