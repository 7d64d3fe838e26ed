//! `config_signatures`: what hotkeys say of whole configs of their runs, beside upstream's signature of the run id.

use annals_log::{ConfigClaim, Fact as _, Hash, Kind, ReadError, WandbConfigSigned};
use annals_projections::CellType::{Text, UInt};
use annals_projections::{Cell, Column};

use super::column::FactColumn;
use super::filter::EntryFilter;
use super::row::FactRow;
use super::{Entry, FactTable, Pushable, Walk};
use crate::rows::Rows;

/// The table; a row for each record of a run whose config has a claim in it. The `wandb_run` is the entry before.
#[derive(Debug)]
pub(super) struct ConfigSignatures;

const COLUMNS: &[FactColumn<WandbConfigSigned>] = &[
    FactColumn::LOG_INDEX,
    FactColumn::RECORDED_AT,
    FactColumn::RUN_ID,
    FactColumn::nullable("hotkey", Text, |signed| Cell::of(signed.hotkey.as_deref())),
    FactColumn::nullable("verdict", Text, |signed| signed.verdict.as_str().into()),
    FactColumn::nullable("origin", Text, |signed| of_claim(signed, |claim| claim.origin.as_str().into())),
    FactColumn::nullable("tree_size", UInt, |signed| of_claim(signed, |claim| claim.tree_size.into())),
    // As in the config, and as checkpoints write it.
    FactColumn::nullable("root", Text, |signed| {
        of_claim(signed, |claim| Hash(claim.root).to_base64().into())
    }),
    FactColumn::nullable("content_sha256", Text, |signed| {
        of_claim(signed, |claim| Hash(claim.content_sha256).to_string().into())
    }),
];

impl FactTable for ConfigSignatures {
    fn name(&self) -> &'static str {
        "config_signatures"
    }

    fn columns(&self) -> Vec<Column> {
        FactColumn::plain(COLUMNS)
    }

    fn pushable(&self) -> Pushable {
        FactColumn::pushable(COLUMNS)
    }

    fn kinds(&self) -> Option<&'static [Kind]> {
        Some(&[WandbConfigSigned::KIND])
    }

    fn by_entry(&self) -> bool {
        true
    }

    fn walk(&self, _: &EntryFilter) -> Box<dyn Walk> {
        Box::new(Self)
    }
}

impl Walk for ConfigSignatures {
    fn take(&mut self, entry: &mut Entry<'_>, rows: &mut Rows) -> Result<(), ReadError> {
        let mut signed = FactRow::fact(entry);
        rows.try_push(COLUMNS, |column| column.cell(&mut signed))
    }
}

fn of_claim(signed: &WandbConfigSigned, cell: fn(&ConfigClaim) -> Cell) -> Cell {
    signed.claim.as_ref().map_or(Cell::Null, cell)
}
