//! `anomalies`: what entries say that upstream would stumble over, or that cannot be read.

use std::sync::LazyLock;

use annals_log::{Anomaly, Kind, ReadError};
use annals_projections::CellType::Text;
use annals_projections::{Column, anomalies_of, kinds_with_anomalies};

use super::column::FactColumn;
use super::filter::EntryFilter;
use super::row::FactRow;
use super::{Entry, FactTable, Pushable, Walk};
use crate::rows::Rows;

/// The table.
#[derive(Debug)]
pub(super) struct Anomalies;

const COLUMNS: &[FactColumn<Anomaly>] = &[
    FactColumn::LOG_INDEX,
    FactColumn::RECORDED_AT,
    FactColumn::SOURCE,
    FactColumn::NATIVE_ID,
    // The anomaly's, not the entry's: no filter on it leaves out an entry.
    FactColumn::of("kind", Text, |anomaly| anomaly.kind.into()),
    FactColumn::of("place", Text, |anomaly| anomaly.place.as_str().into()),
    FactColumn::of("detail", Text, |anomaly| anomaly.detail.as_str().into()),
];

impl FactTable for Anomalies {
    fn name(&self) -> &'static str {
        "anomalies"
    }

    fn columns(&self) -> Vec<Column> {
        FactColumn::plain(COLUMNS)
    }

    fn pushable(&self) -> Pushable {
        FactColumn::pushable(COLUMNS)
    }

    fn kinds(&self) -> Option<&'static [Kind]> {
        static KINDS: LazyLock<Vec<Kind>> = LazyLock::new(kinds_with_anomalies);
        Some(&KINDS)
    }

    fn by_entry(&self) -> bool {
        true
    }

    fn walk(&self, _: &EntryFilter) -> Box<dyn Walk> {
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
        for anomaly in found {
            let mut row = FactRow::of(entry, anomaly);
            rows.try_push(COLUMNS, |column| column.cell(&mut row))?;
        }
        Ok(())
    }
}
