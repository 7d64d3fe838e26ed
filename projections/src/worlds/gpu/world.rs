//! GPUs as a world.

use std::io;

use annals_log::{Fact as _, GpuInventory, Kind, ReadError, encode};

use super::fold::{GpuChange, Gpus, Results};
use crate::entry_view::EntryView;
use crate::odd_entry::{Found, OddEntry};
use crate::policy_in_force::{PolicyInForce, Under};
use crate::unfit::Unfit;
use crate::worlds::computedb::Databases;
use crate::worlds::saved_lists::SavedLists;
use crate::worlds::world::{Seen, World};

impl World for Gpus {
    type Told = (u64, Box<GpuInventory>);
    type Change = GpuChange;
    type Earlier<'a> = Seen<'a, Databases>;
    /// Results by database and hotkey.
    type Saved = Vec<((String, String), Results)>;
    const LISTS: usize = 1;

    fn begin(_: &PolicyInForce) -> Self {
        Self::default()
    }

    fn read(entry: &mut EntryView<'_>) -> Result<Option<Self::Told>, ReadError> {
        if entry.envelope.kind != GpuInventory::KIND {
            return Ok(None);
        }
        let told = GpuInventory::read(entry.envelope.schema, &entry.body()?);
        Ok(told.map(|told| (entry.index.0, told.into())))
    }

    fn apply(
        &mut self,
        _: u64,
        told: Option<Self::Told>,
        _: Under<'_>,
        databases: Seen<'_, Databases>,
    ) -> Option<GpuChange> {
        if let Some((log_index, inventory)) = told {
            return Some(GpuChange::Told { inventory, log_index });
        }
        let changed = self.take(&databases.change?.rows);
        (!changed.is_empty()).then_some(GpuChange::Results(changed))
    }

    fn counts(&self) -> Vec<u64> {
        vec![self.results.len() as u64]
    }

    fn write(&self, block: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        self.results.iter().try_for_each(|results| block(&encode(&results)))
    }

    fn read_saved(lists: &mut SavedLists<'_>) -> Result<Self::Saved, Unfit> {
        lists.next()
    }

    fn restore(&mut self, saved: Self::Saved, _: &PolicyInForce, _: Seen<'_, Databases>) {
        self.results.extend(saved);
    }

    // What a fact says of itself, its own file says.
    const ODD_KINDS: &'static [(Kind, u16)] = &[];

    fn odd_in(_: &mut OddEntry<'_>) -> Result<Found, ReadError> {
        Ok(Ok(Vec::new()))
    }
}
