//! `annals rebuild`: the tables, from nothing but the entries.

use std::io::Write;
use std::time::Instant;

use annals_log::{Event, LOG_SOURCE, ProjectionState, ProjectionStateRetracted};
use annals_projections::{Projections, StateAudit};

use crate::failure::Failure;
use crate::hotkey::HotkeyGiven;
use crate::reading;
use crate::recording::{ClockGiven, Recording, RootsAt};
use crate::settings::Settings;
use crate::tables::Tables;
use crate::terminal::{self, printable};

/// Make all tables again from the entries, and save them.
///
/// Nothing is lost by it: saved tables only save time. Whatever is saved that nothing vouches for is made again
/// without being told to.
#[derive(clap::Args)]
pub(crate) struct Rebuild {
    /// Record, of every state root in the log that the entries do not give, that it is taken back.
    ///
    /// A recorder that went on over damage may have signed the roots of wrong tables, and the log keeps them.
    /// `annals verify` calls each a fault until an entry takes it back, and lists it from then on. Nothing else in
    /// the log is touched.
    #[arg(long)]
    take_back: bool,
    #[command(flatten)]
    hotkey: HotkeyGiven,
    #[command(flatten)]
    clock: ClockGiven,
}

impl Rebuild {
    pub(crate) fn run(self, settings: &Settings) -> Result<(), Failure> {
        let mut out = terminal::out();
        if self.take_back {
            let recording = Recording::open(
                &settings.data,
                self.hotkey.read(settings)?,
                self.clock,
                RootsAt::EveryEntries,
            )?;
            take_back(recording, settings, &mut out)?;
        }
        let reader = reading::open(&settings.data)?;
        let began = Instant::now();
        let mut tables = Tables::anew(&settings.data, &reader)?.projections;
        let seconds = began.elapsed().as_secs_f64();
        let rows: Vec<_> = tables.snapshot().tables.iter().map(|table| table.open.num_rows()).collect();
        for ((schema, root), rows) in tables.state_roots().into_iter().zip(rows) {
            writeln!(out, "{:<20} {rows:>8} rows  root {root}", schema.name)?;
        }
        let (name, root) = (ProjectionState::FOLD, tables.fold_root());
        writeln!(out, "{name:<20} {:>8} tables  root {root}", Projections::schemas().len())?;
        writeln!(out, "size {}, in {seconds:.1} s", reader.size())?;
        Ok(())
    }
}

fn take_back(mut recording: Recording, settings: &Settings, out: &mut impl Write) -> Result<(), Failure> {
    let reader = reading::open(&settings.data)?;
    let wrong = StateAudit::of(&reader, reader.size(), None, |_| ())?.wrong;
    let now_ms = recording.clock.now_ms();
    let mut events = Vec::new();
    for root in &wrong {
        let (index, size, table) = (root.log_index, root.state.at_size, &root.table);
        let why = format!("it is not what the first {size} entries give");
        let retracted = ProjectionStateRetracted { log_index: index.0, why };
        events.push(Event::new(LOG_SOURCE, table, now_ms, &retracted));
        writeln!(out, "taken back   entry {index}: {} at size {size}", printable(table))?;
    }
    if events.is_empty() {
        writeln!(out, "every state root in the log is what the entries give, so none is taken back")?;
    } else {
        recording.log.append(events)?;
    }
    recording.close()?;
    Ok(())
}
