//! Metrics as a world.

use std::io;

use annals_log::{Account, Fact as _, Kind, ReadError, Scrape, encode};

use super::fold::{Metrics, MetricsChange, Standing, ToldScrape};
use crate::entry_view::EntryView;
use crate::odd_entry::{Found, OddEntry};
use crate::policy_in_force::{PolicyInForce, Under};
use crate::unfit::Unfit;
use crate::worlds::chain::Chain;
use crate::worlds::saved_lists::SavedLists;
use crate::worlds::world::{Seen, World};

/// The lists of a saved state.
pub(crate) struct SavedMetrics {
    standing: Vec<(String, Standing)>,
    announced: Vec<(Account, String)>,
}

impl World for Metrics {
    type Told = Box<ToldScrape>;
    type Change = MetricsChange;
    type Earlier<'a> = Seen<'a, Chain>;
    type Saved = SavedMetrics;
    const LISTS: usize = 2;

    fn begin(_: &PolicyInForce) -> Self {
        Self::default()
    }

    fn read(entry: &mut EntryView<'_>) -> Result<Option<Self::Told>, ReadError> {
        if entry.envelope.kind != Scrape::KIND {
            return Ok(None);
        }
        let Some(scrape) = Scrape::read(entry.envelope.schema, &entry.body()?) else { return Ok(None) };
        Ok(Some(Box::new(ToldScrape {
            log_index: entry.index.0,
            target: entry.envelope.native_id.to_owned(),
            scrape,
            fetched_at_ms: entry.envelope.fetched_at_ms,
            body: entry.envelope.attached.last().map(|body| body.digest().0),
        })))
    }

    fn apply(
        &mut self,
        _: u64,
        told: Option<Self::Told>,
        _: Under<'_>,
        chain: Seen<'_, Chain>,
    ) -> Option<MetricsChange> {
        if let Some(told) = told {
            self.take_scrape(&told);
            return Some(MetricsChange::Scraped(told));
        }
        let changed = self.take_announcements(chain.change?);
        (!changed.is_empty()).then_some(MetricsChange::Announced(changed))
    }

    fn counts(&self) -> Vec<u64> {
        vec![self.standing.len() as u64, self.announced.len() as u64]
    }

    fn write(&self, block: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        self.standing.iter().try_for_each(|standing| block(&encode(&standing)))?;
        self.announced.iter().try_for_each(|announced| block(&encode(&announced)))
    }

    fn read_saved(lists: &mut SavedLists<'_>) -> Result<Self::Saved, Unfit> {
        Ok(SavedMetrics { standing: lists.next()?, announced: lists.next()? })
    }

    fn restore(&mut self, saved: Self::Saved, _: &PolicyInForce, _: Seen<'_, Chain>) {
        self.standing.extend(saved.standing);
        self.announced.extend(saved.announced);
    }

    // What a fact says of itself, its own file says.
    const ODD_KINDS: &'static [(Kind, u16)] = &[];

    fn odd_in(_: &mut OddEntry<'_>) -> Result<Found, ReadError> {
        Ok(Ok(Vec::new()))
    }
}
