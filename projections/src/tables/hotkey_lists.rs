//! `allocated_hotkeys`, `penalized_hotkeys`, `penalized_checklist`: one row for each item of each run's list.

use annals_log::Policy;

use crate::cell::{Cell, CellType};
use crate::change::Change;
use crate::hotkey_list::{HotkeyList, ListItem};
use crate::project::SeenRun;
use crate::rows::{NewRow, Rows};
use crate::run::Config;
use crate::schema::{Column, TableSchema};
use crate::standing::Standing;
use crate::tables::{State, Table};

/// A table of one field's lists. The order of its rows is that of upstream's result.
pub(super) struct HotkeyLists {
    schema: &'static TableSchema,
    field: fn(&Config) -> Option<&HotkeyList>,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Any valid validator's list counts.
    OfValidators,
    /// One validator's list counts (`get_penalized_hotkeys_checklist_bak`); the list of one fixed run is shown, signed or
    /// not (`get_penalized_hotkeys_checklist`).
    Checklist,
}

const CREATED_AT: Column = Column::nullable("created_at", CellType::Time);
const RUN_ID: Column = Column::of("run_id", CellType::Text);
const POSITION: Column = Column::of("position", CellType::UInt);
const HOTKEY: Column = Column::nullable("hotkey", CellType::Text);
const ITEM: Column = Column::of("item", CellType::Text);
const VALIDATOR: Column = Column::nullable("validator", CellType::Text);
const COUNTS: Column = Column::of("counts", CellType::Bool);
const COUNTS_UNFLAGGED: Column = Column::of("counts_unflagged", CellType::Bool);
const REASON: Column = Column::of("reason", CellType::Text);

const COLUMNS: &[Column] =
    &[CREATED_AT, RUN_ID, POSITION, HOTKEY, ITEM, VALIDATOR, COUNTS, COUNTS_UNFLAGGED, REASON];

pub(super) const ALLOCATED: HotkeyLists = HotkeyLists {
    schema: &TableSchema {
        name: "allocated_hotkeys",
        about: "What each run says is allocated, item by item; whether it counts, and why not",
        version: 2,
        columns: COLUMNS,
        ending: &[],
        key_columns: 3,
        keeps_history: true,
    },
    field: |config| config.allocated_hotkeys.as_ref(),
    kind: Kind::OfValidators,
};

pub(super) const PENALIZED: HotkeyLists = HotkeyLists {
    schema: &TableSchema {
        name: "penalized_hotkeys",
        about: "What each run says is penalized, item by item; upstream shows it and does nothing else",
        version: 2,
        columns: COLUMNS,
        ending: &[],
        key_columns: 3,
        keeps_history: true,
    },
    field: |config| config.penalized_hotkeys.as_ref(),
    kind: Kind::OfValidators,
};

pub(super) const CHECKLIST: HotkeyLists = HotkeyLists {
    schema: &TableSchema {
        name: "penalized_checklist",
        about: "The checklists of all runs, item by item; what counts there zeroes a score",
        version: 2,
        columns: &[
            CREATED_AT,
            RUN_ID,
            POSITION,
            HOTKEY,
            ITEM,
            VALIDATOR,
            COUNTS,
            COUNTS_UNFLAGGED,
            REASON,
            Column::of("in_fixed_run", CellType::Bool),
        ],
        ending: &[],
        key_columns: 3,
        keeps_history: true,
    },
    field: |config| config.penalized_hotkeys_checklist.as_ref(),
    kind: Kind::Checklist,
};

impl Table for HotkeyLists {
    fn schema(&self) -> &'static TableSchema {
        self.schema
    }

    fn apply(&mut self, change: &Change, state: &State, rows: &mut Rows) {
        let policy = &state.project.rules.policy;
        for run in change.runs.iter().filter(|run| run.changes(|seen| self.list(seen))) {
            if let Some(old) = &run.old
                && run.new.as_ref().is_none_or(|new| new.run.order() != old.run.order())
            {
                rows.remove_under(&old.run.order().cells());
            }
            if let Some(new) = &run.new {
                rows.set_under(&new.run.order().cells(), self.rows_of(new, policy));
            }
        }
    }
}

impl HotkeyLists {
    fn list<'a>(&self, seen: &'a SeenRun) -> Option<&'a HotkeyList> {
        (self.field)(&seen.run.config)
    }

    /// A row for each item.
    fn rows_of(&self, seen: &SeenRun, policy: &Policy) -> Vec<NewRow> {
        let (run, order) = (&seen.run, seen.run.order().cells());
        let (counts, counts_unflagged, reason) = self.verdict(seen, policy);
        let items = self.list(seen).into_iter().flat_map(|list| &list.items);
        let row = |(position, item): (u64, &ListItem)| {
            let mut values = vec![
                Cell::of(item.hotkey()),
                item.to_json().into(),
                run.hotkey(),
                counts.into(),
                counts_unflagged.into(),
                reason.into(),
            ];
            if self.kind == Kind::Checklist {
                values.push((run.run_id == policy.checklist_run).into());
            }
            let key = [order.as_slice(), &[position.into()]].concat();
            NewRow { key, values, log_index: run.log_index }
        };
        (0..).zip(items).map(row).collect()
    }

    /// Whether it counts with the flag on and off, and the reason.
    fn verdict(&self, seen: &SeenRun, policy: &Policy) -> (bool, bool, &'static str) {
        let standing = seen.standing;
        let is_by_checker = seen.run.config.hotkey.as_ref() == Some(&policy.checklist_hotkey);
        match (self.kind, standing) {
            (Kind::OfValidators, _) => (standing.counts(true), standing.counts(false), standing.as_str()),
            (Kind::Checklist, Standing::Counts | Standing::NotValid) if is_by_checker => {
                (true, true, Standing::Counts.as_str())
            }
            (Kind::Checklist, Standing::Counts | Standing::NotValid) => {
                (false, false, "not_the_checklist_hotkey")
            }
            (Kind::Checklist, _) => (false, false, standing.as_str()),
        }
    }
}
