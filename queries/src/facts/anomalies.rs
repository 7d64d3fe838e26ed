//! `anomalies`: what entries say that upstream would stumble over, or that cannot be read.

use annals_log::{
    BlockLeftOut, BlockRetracted, ChainBlock, ChainState, ClockStepped, ComputeDbPoll, ComputeDbRow,
    Fact as _, Kind, ReadError, RuntimeUpgraded, WandbFileDamage, WandbPoll, WandbRun,
};
use annals_projections::{Anomaly, Cell, CellType, Column, anomalies_of};

use super::{Entry, FactTable, Pushable, Walk};
use crate::rows::Rows;

/// The table.
#[derive(Debug)]
pub(super) struct Anomalies;

impl FactTable for Anomalies {
    fn name(&self) -> &'static str {
        "anomalies"
    }

    fn columns(&self) -> &'static [Column] {
        const COLUMNS: &[Column] = &[
            Column::of("log_index", CellType::UInt),
            Column::of("recorded_at", CellType::Time),
            Column::of("source", CellType::Text),
            Column::of("native_id", CellType::Text),
            Column::of("kind", CellType::Text),
            Column::of("place", CellType::Text),
            Column::of("detail", CellType::Text),
        ];
        COLUMNS
    }

    fn pushable(&self) -> Pushable {
        // `kind` is the anomaly's here, not the entry's.
        Pushable { index: "log_index", source: "source", ..Pushable::default() }
    }

    fn kinds(&self) -> Option<&'static [Kind]> {
        Some(&[
            WandbRun::KIND,
            WandbPoll::KIND,
            WandbFileDamage::KIND,
            ChainBlock::KIND,
            RuntimeUpgraded::KIND,
            ChainState::KIND,
            BlockRetracted::KIND,
            BlockLeftOut::KIND,
            ComputeDbPoll::KIND,
            ComputeDbRow::KIND,
            ClockStepped::KIND,
        ])
    }

    fn walk(&self) -> Box<dyn Walk> {
        Box::new(Self)
    }
}

impl Walk for Anomalies {
    fn take(&mut self, entry: &mut Entry<'_>, rows: &mut Rows) -> Result<(), ReadError> {
        let body = entry.body()?;
        let envelope = entry.envelope.clone();
        let found = anomalies_of(&envelope, &body, &mut |place| {
            Ok(entry.attached(place)?.expect("only places that the entry has are asked for"))
        })?;
        found.iter().try_for_each(|anomaly| rows.push(|column| Ok(cell(entry, anomaly, column))))
    }
}

fn cell(entry: &Entry<'_>, anomaly: &Anomaly, column: &str) -> Cell {
    match column {
        "log_index" => entry.index.0.into(),
        "recorded_at" => Cell::Time(entry.envelope.recorded_at_ms),
        "source" => entry.envelope.source.into(),
        "native_id" => entry.envelope.native_id.into(),
        "kind" => anomaly.kind.into(),
        "place" => anomaly.place.as_str().into(),
        "detail" => anomaly.detail.as_str().into(),
        other => unreachable!("anomalies has no column {other}"),
    }
}
