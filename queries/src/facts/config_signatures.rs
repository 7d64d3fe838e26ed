//! `config_signatures`: what hotkeys say of whole configs of their runs, beside upstream's signature of the run id.

use annals_log::{Fact as _, Hash, Kind, ReadError, WandbConfigSigned};
use annals_projections::{Cell, CellType, Column};

use super::{Entry, FactTable, Pushable, Walk};
use crate::rows::Rows;

/// The table; a row each time that a run was recorded whose config has a claim in it. The `wandb_run` is the entry in front.
#[derive(Debug)]
pub(super) struct ConfigSignatures;

impl FactTable for ConfigSignatures {
    fn name(&self) -> &'static str {
        "config_signatures"
    }

    fn columns(&self) -> &'static [Column] {
        const COLUMNS: &[Column] = &[
            Column::of("log_index", CellType::UInt),
            Column::of("recorded_at", CellType::Time),
            Column::of("run_id", CellType::Text),
            Column::nullable("hotkey", CellType::Text),
            Column::nullable("verdict", CellType::Text),
            Column::nullable("origin", CellType::Text),
            Column::nullable("tree_size", CellType::UInt),
            Column::nullable("root", CellType::Text),
            Column::nullable("content_sha256", CellType::Text),
        ];
        COLUMNS
    }

    fn pushable(&self) -> Pushable {
        Pushable { index: "log_index", ..Pushable::default() }
    }

    fn kinds(&self) -> Option<&'static [Kind]> {
        Some(&[WandbConfigSigned::KIND])
    }

    fn walk(&self) -> Box<dyn Walk> {
        Box::new(Self)
    }
}

impl Walk for ConfigSignatures {
    fn take(&mut self, entry: &mut Entry<'_>, rows: &mut Rows) -> Result<(), ReadError> {
        let mut signed: Option<Option<WandbConfigSigned>> = None;
        rows.push(|column| {
            if let Some(cell) = entry.cell_of_run(column) {
                return Ok(cell);
            }
            if signed.is_none() {
                signed = Some(entry.fact()?);
            }
            let Some(Some(signed)) = &signed else { return Ok(Cell::Null) };
            Ok(cell(signed, column))
        })
    }
}

fn cell(signed: &WandbConfigSigned, column: &str) -> Cell {
    let claim = signed.claim.as_ref();
    // As in the config, and as checkpoints write it.
    let root = claim.map(|claim| Hash(claim.root).to_base64());
    let content = claim.map(|claim| Hash(claim.content_sha256).to_string());
    match column {
        "hotkey" => Cell::of(signed.hotkey.as_deref()),
        "verdict" => signed.verdict.as_str().into(),
        "origin" => Cell::of(claim.map(|claim| claim.origin.as_str())),
        "tree_size" => Cell::of(claim.map(|claim| claim.tree_size)),
        "root" => Cell::of(root.as_deref()),
        "content_sha256" => Cell::of(content.as_deref()),
        other => unreachable!("config_signatures has no column {other}"),
    }
}
