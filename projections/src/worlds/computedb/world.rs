//! Validators' databases as a world.

use std::io;

use annals_log::{Kind, ReadError, encode};

use super::anomalies;
use super::fold::{Databases, DbPolled};
use super::told::{ToldDb, WaitingRow};
use crate::entry_view::EntryView;
use crate::odd_entry::{Found, OddEntry};
use crate::policy_in_force::{PolicyInForce, Under};
use crate::unfit::Unfit;
use crate::worlds::saved_lists::SavedLists;
use crate::worlds::world::World;

impl World for Databases {
    type Told = ToldDb;
    type Change = DbPolled;
    type Earlier<'a> = ();
    /// Rows that wait for the end of their poll, by native id.
    type Saved = Vec<(String, WaitingRow)>;
    const LISTS: usize = 1;

    fn begin(_: &PolicyInForce) -> Self {
        Self::default()
    }

    fn read(entry: &mut EntryView<'_>) -> Result<Option<ToldDb>, ReadError> {
        if !ToldDb::is_told_by(entry.envelope) {
            return Ok(None);
        }
        let (body, attached) = (entry.body()?, entry.attached()?.pop());
        Ok(ToldDb::read(entry.index.0, entry.envelope, &body, attached))
    }

    fn apply(&mut self, _: u64, told: Option<ToldDb>, _: Under<'_>, (): ()) -> Option<DbPolled> {
        self.take(told?)
    }

    fn counts(&self) -> Vec<u64> {
        vec![self.waiting.len() as u64]
    }

    fn write(&self, block: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        self.waiting.iter().try_for_each(|row| block(&encode(&row)))
    }

    fn read_saved(lists: &mut SavedLists<'_>) -> Result<Self::Saved, Unfit> {
        lists.next()
    }

    fn restore(&mut self, saved: Self::Saved, _: &PolicyInForce, (): ()) {
        self.waiting.extend(saved);
    }

    const ODD_KINDS: &'static [(Kind, u16)] = anomalies::ODD_KINDS;

    fn odd_in(entry: &mut OddEntry<'_>) -> Result<Found, ReadError> {
        anomalies::odd_in(entry)
    }
}
