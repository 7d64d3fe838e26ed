//! `allocated_hotkeys`, `penalized_hotkeys`, `penalized_checklist`: one row for each item of each run's list.

use annals_log::Policy;

use super::change::Change;
use super::columns::{
    OfListVerdict, OfRun, counts, counts_unflagged, created_at, order_cells, reason, run_id, validator,
};
use super::hotkey_list::{HotkeyList, ListItem};
use super::list_verdict::ListVerdict;
use super::run::{Config, Run};
use super::seen_run::SeenRun;
use super::world::Wandb;
use crate::evidence::Evidence;
use crate::rows::{Cell, CellSource, CellType, ColumnOf, Columns, NewRow, Rows, TableSchema};
use crate::worlds::table::Table;

/// A table of one field's lists. The order of its rows is that of upstream's result.
pub(crate) struct HotkeyLists {
    schema: &'static TableSchema,
    columns: Columns<ItemKey<'static>, ItemRow<'static>>,
    field: fn(&Config) -> Option<&HotkeyList>,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Any valid validator's list counts.
    OfValidators,
    /// One validator's list counts (`get_penalized_hotkeys_checklist_bak`); the list of one fixed run is shown, signed
    /// or not (`get_penalized_hotkeys_checklist`).
    Checklist,
}

/// The place of an item in the list of a run.
struct ItemKey<'a> {
    run: &'a Run,
    position: u64,
}

/// An item of a list, and what upstream makes of the list.
struct ItemRow<'a> {
    run: &'a Run,
    item: &'a ListItem,
    verdict: ListVerdict,
    is_in_fixed_run: bool,
}

const KEY: &[ColumnOf<ItemKey<'_>>] =
    &[created_at(), run_id(), ColumnOf::of("position", CellType::UInt, |key| key.position.into())];

const HOTKEY: ColumnOf<ItemRow<'_>> =
    ColumnOf::nullable("hotkey", CellType::Text, |row| Cell::of(row.item.hotkey()));
const ITEM: ColumnOf<ItemRow<'_>> = ColumnOf::of("item", CellType::Text, |row| row.item.to_json().into());
const IN_FIXED_RUN: ColumnOf<ItemRow<'_>> =
    ColumnOf::of("in_fixed_run", CellType::Bool, |row| row.is_in_fixed_run.into());

const COLUMNS: Columns<ItemKey<'_>, ItemRow<'_>> = Columns {
    key: KEY,
    values: &[HOTKEY, ITEM, validator(), counts(), counts_unflagged(), reason()],
    origin: &[],
};

const CHECKLIST_COLUMNS: Columns<ItemKey<'_>, ItemRow<'_>> = Columns {
    key: KEY,
    values: &[HOTKEY, ITEM, validator(), counts(), counts_unflagged(), reason(), IN_FIXED_RUN],
    origin: &[],
};

pub(crate) const ALLOCATED: HotkeyLists = HotkeyLists {
    schema: &TableSchema {
        name: "allocated_hotkeys",
        about: "What each run says is allocated, item by item; whether it counts, and why not",
        version: 2,
        columns: &COLUMNS.plain::<{ COLUMNS.count() }>(),
        ending: &[],
        key_columns: KEY.len(),
        origin_columns: COLUMNS.origin.len(),
        keeps_history: true,
        follows_chain_alone: false,
        evidence: &[Evidence::WholePolls],
    },
    columns: COLUMNS,
    field: |config| config.allocated_hotkeys.as_ref(),
    kind: Kind::OfValidators,
};

pub(crate) const PENALIZED: HotkeyLists = HotkeyLists {
    schema: &TableSchema {
        name: "penalized_hotkeys",
        about: "What each run says is penalized, item by item; upstream shows it and does nothing else",
        version: 2,
        columns: &COLUMNS.plain::<{ COLUMNS.count() }>(),
        ending: &[],
        key_columns: KEY.len(),
        origin_columns: COLUMNS.origin.len(),
        keeps_history: true,
        follows_chain_alone: false,
        evidence: &[Evidence::WholePolls],
    },
    columns: COLUMNS,
    field: |config| config.penalized_hotkeys.as_ref(),
    kind: Kind::OfValidators,
};

pub(crate) const CHECKLIST: HotkeyLists = HotkeyLists {
    schema: &TableSchema {
        name: "penalized_checklist",
        about: "The checklists of all runs, item by item; what counts there zeroes a score",
        version: 2,
        columns: &CHECKLIST_COLUMNS.plain::<{ CHECKLIST_COLUMNS.count() }>(),
        ending: &[],
        key_columns: KEY.len(),
        origin_columns: CHECKLIST_COLUMNS.origin.len(),
        keeps_history: true,
        follows_chain_alone: false,
        evidence: &[Evidence::WholePolls],
    },
    columns: CHECKLIST_COLUMNS,
    field: |config| config.penalized_hotkeys_checklist.as_ref(),
    kind: Kind::Checklist,
};

impl Table for HotkeyLists {
    type World = Wandb;

    fn schema(&self) -> &'static TableSchema {
        self.schema
    }

    fn apply(&mut self, _: u64, change: &Change, world: &Wandb, rows: &mut Rows) {
        let policy = &world.project.rules.policy;
        for run in change.runs.iter().filter(|run| run.changes(|seen| self.list(seen))) {
            if let Some(old) = &run.old
                && run.new.as_ref().is_none_or(|new| new.run.order() != old.run.order())
            {
                rows.remove_under(&order_cells(&old.run));
            }
            if let Some(new) = &run.new {
                rows.set_under(&order_cells(&new.run), self.rows_of(new, policy));
            }
        }
    }
}

impl HotkeyLists {
    fn list<'a>(&self, seen: &'a SeenRun) -> Option<&'a HotkeyList> {
        (self.field)(&seen.run.config)
    }

    /// Makes a row for each item.
    fn rows_of(&self, seen: &SeenRun, policy: &Policy) -> Vec<NewRow> {
        let (run, verdict) = (&seen.run, self.verdict(seen, policy));
        let is_in_fixed_run = run.run_id == policy.checklist_run;
        let items = self.list(seen).into_iter().flat_map(|list| &list.items);
        let row = |(position, item)| {
            let values = ItemRow { run, item, verdict, is_in_fixed_run };
            self.columns.row(&ItemKey { run, position }, &values, run.log_index)
        };
        (0..).zip(items).map(row).collect()
    }

    fn verdict(&self, seen: &SeenRun, policy: &Policy) -> ListVerdict {
        let is_by_checker = seen.run.config.hotkey.as_ref() == Some(&policy.checklist_hotkey);
        match self.kind {
            Kind::OfValidators => ListVerdict::of_validators(seen.standing),
            Kind::Checklist => ListVerdict::of_checklist(seen.standing, is_by_checker),
        }
    }
}

impl CellSource for ItemKey<'_> {
    type For<'a> = ItemKey<'a>;
}

impl OfRun for ItemKey<'_> {
    fn run(&self) -> &Run {
        self.run
    }
}

impl CellSource for ItemRow<'_> {
    type For<'a> = ItemRow<'a>;
}

impl OfRun for ItemRow<'_> {
    fn run(&self) -> &Run {
        self.run
    }
}

impl OfListVerdict for ItemRow<'_> {
    fn list_verdict(&self) -> ListVerdict {
        self.verdict
    }
}
