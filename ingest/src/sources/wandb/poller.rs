//! The half of the source that asks W&B: poll after poll, page after page.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use annals_log::{Hash, PollScope, SourceMemory};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tokio::sync::watch;

use super::history_extent::{HistoryExtent, HistoryExtents};
use super::name::NAME;
use super::poll::read_node;
use super::unseen::{known_runs, unseen_since};
use crate::raw::{Exchange, Outcome, Raw, now_ms};
use crate::wandb_api::questions::{LAST_HEARD_FIRST, OLDEST_FIRST};
use crate::wandb_api::{Again, RunsAsked, WandbApi};
use crate::wandb_exchange::{Operation, Page, breaks, single_run, text_of};

/// How many runs a page has, as with the real clients.
const PAGE_RUNS: u32 = 50;
/// A server that gives more pages than this gives them without an end.
const PAGES_MAX: u32 = 10_000;
/// This many unchanged runs in a row end a poll of the runs last heard of: heartbeats move while they are paged
/// through.
const UNCHANGED_RUNS: u32 = 20;
/// A server that breaks on this many runs in a row is broken itself.
const BROKEN_IN_A_ROW_MAX: u32 = 3;
/// How many runs that a sweep did not list are asked for by their ids; the others are after the next sweep.
const ASKED_BY_ID_MAX: usize = 50;

/// The runs that are asked for, and how often.
#[derive(Debug, Clone)]
pub struct PollOptions {
    /// The project, and the filters of its runs.
    pub asked: RunsAsked,
    /// A run that every poll asks for by its id, unless it is listed: upstream reads one that way.
    pub always: Option<String>,
    /// The time from the beginning of a poll to that of the next.
    pub every: Duration,
    /// A poll that begins this long after the last whole sweep is a sweep; the first always is.
    pub sweep_every: Duration,
}

/// Asks W&B for runs.
pub struct WandbPoller {
    api: Arc<WandbApi>,
    options: PollOptions,
    /// The digest of each node as it was last seen, by run id.
    seen: BTreeMap<String, Hash>,
    swept_at: Option<Instant>,
    began_at: Option<Instant>,
    poll: Option<InProgress>,
    /// The run that was last asked for by its id: the next time those after it come first.
    asked_by_id: String,
    /// Why the last poll that is over failed.
    trouble: Option<String>,
    extents: HistoryExtents,
    told: watch::Sender<Arc<HistoryExtents>>,
}

/// A poll that is not over.
struct InProgress {
    scope: PollScope,
    began_at: Instant,
    parts: u32,
    /// The cursor of the next page.
    cursor: Option<String>,
    /// The cursors of earlier pages.
    cursors: BTreeSet<String>,
    per_page: u32,
    /// How many runs a page may have: more of them made an answer that was too long.
    per_page_max: u32,
    /// Why the first run that was passed over was.
    broken: Option<String>,
    broken_in_a_row: u32,
    listed: BTreeSet<String>,
    unchanged: u32,
    /// The runs that are still asked for by their ids, once there is no next page.
    by_id: Option<Vec<String>>,
}

/// The next step of a poll after an answer.
enum Then {
    Page,
    ById(Vec<String>),
    End,
    /// The poll has failed, for this reason.
    Failed(String),
}

impl WandbPoller {
    /// Returns a poller, and how far the histories of runs reach, whenever a poll has heard of them.
    pub fn new(api: Arc<WandbApi>, options: PollOptions) -> (Self, watch::Receiver<Arc<HistoryExtents>>) {
        let (told, extents) = watch::channel(Arc::default());
        let poller = Self {
            api,
            options,
            seen: BTreeMap::new(),
            swept_at: None,
            began_at: None,
            poll: None,
            asked_by_id: String::new(),
            trouble: None,
            extents: BTreeMap::new(),
            told,
        };
        (poller, extents)
    }

    /// Whether the last answers handed on ended a poll.
    pub fn is_between_polls(&self) -> bool {
        self.poll.is_none()
    }

    /// Returns why the last poll that is over failed, if it did.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// Returns the next answers of a poll, in parts of a page each, and waits until a poll is due. A request that
    /// failed is among them. When the future is dropped, the poll begins again.
    pub async fn next(&mut self, memory: &SourceMemory) -> Raw {
        let mut poll = match self.poll.take() {
            Some(poll) => poll,
            None => self.begin().await,
        };
        let (exchanges, then) = match poll.by_id.take() {
            Some(run_ids) => self.runs_by_id(&run_ids, &mut poll).await,
            None => self.page(&mut poll, memory).await,
        };
        let part = poll.parts;
        poll.parts += 1;
        match then {
            Then::Page => self.poll = Some(poll),
            Then::ById(run_ids) => self.poll = Some(InProgress { by_id: Some(run_ids), ..poll }),
            Then::End => self.end(&poll),
            // The part of the project that it did not see may have changed: what is unchanged ends no look at it now.
            Then::Failed(what) => {
                tracing::info!(what, "a poll of runs has failed");
                self.seen.clear();
                self.trouble = Some(what);
            }
        }
        Raw { source: NAME.to_owned(), exchanges, part, more: self.poll.is_some() }
    }

    async fn begin(&mut self) -> InProgress {
        let due_at = self.began_at.map(|at| at + self.options.every);
        let at = due_at.max(self.api.quiet_until());
        if let Some(at) = at {
            tokio::time::sleep_until(at.into()).await;
        }
        let began_at = Instant::now();
        self.began_at = Some(began_at);
        let is_sweep = self.swept_at.is_none_or(|at| began_at >= at + self.options.sweep_every);
        InProgress {
            scope: if is_sweep { PollScope::Sweep } else { PollScope::Recent },
            began_at,
            parts: 0,
            cursor: None,
            cursors: BTreeSet::new(),
            per_page: PAGE_RUNS,
            per_page_max: PAGE_RUNS,
            broken: None,
            broken_in_a_row: 0,
            listed: BTreeSet::new(),
            unchanged: 0,
            by_id: None,
        }
    }

    fn end(&mut self, poll: &InProgress) {
        let (scope, runs, took) = (poll.scope, poll.listed.len(), poll.began_at.elapsed());
        tracing::info!(?scope, runs, parts = poll.parts, ?took, "a poll of runs is over");
        self.trouble.clone_from(&poll.broken);
        if poll.scope == PollScope::Sweep {
            // Also when a run was passed over: that run breaks the next sweep, too.
            self.swept_at = Some(poll.began_at);
        }
        if poll.scope == PollScope::Sweep && poll.broken.is_none() {
            self.seen.retain(|run_id, _| poll.listed.contains(run_id));
            self.extents.retain(|run_id, _| poll.listed.contains(run_id));
        }
        // Also when it is what it was: what was not had of a history is tried again after each poll.
        self.told.send_replace(Arc::new(self.extents.clone()));
    }

    /// Asks for a page, and takes what comes after it. A run that the server breaks on even alone is passed over, and
    /// the server's answer about it is handed on.
    async fn page(&mut self, poll: &mut InProgress, memory: &SourceMemory) -> (Vec<Exchange>, Then) {
        let mut exchange = self.ask_page(poll, Again::UnlessBroken).await;
        if breaks(&exchange) {
            if let Some(cursor) = poll.behind_broken() {
                poll.broken = poll.broken.take().or_else(|| text_of(&exchange).and_then(Page::read).err());
                poll.cursor = Some(cursor);
                return (vec![exchange], Then::Page);
            }
            // It is no single run: a server in trouble is given the time that any is.
            exchange = self.ask_page(poll, Again::Allowed).await;
        }
        let page = match text_of(&exchange).and_then(Page::read) {
            Ok(page) => page,
            Err(what) => return (vec![exchange], Then::Failed(what)),
        };
        poll.broken_in_a_row = 0;
        poll.per_page = (poll.per_page * 4).min(poll.per_page_max);
        if page.nodes.len() > PAGE_RUNS as usize {
            let what =
                format!("a page of {} runs, where {PAGE_RUNS} are asked for at most", page.nodes.len());
            return broken(exchange, &what);
        }
        page.nodes.iter().for_each(|node| self.see(node, poll));
        let (cursor, has_next) = (page.cursor, page.has_next);
        if !has_next || poll.scope == PollScope::Recent && poll.unchanged >= UNCHANGED_RUNS {
            let run_ids = self.ids_to_ask(poll, memory, &exchange);
            return (vec![exchange], if run_ids.is_empty() { Then::End } else { Then::ById(run_ids) });
        }
        let is_new = cursor.clone().is_some_and(|cursor| poll.cursors.insert(cursor));
        if is_new && poll.parts < PAGES_MAX {
            poll.cursor = cursor;
            return (vec![exchange], Then::Page);
        }
        let what = match cursor {
            None => "the server says that there is a next page, and not where it begins",
            Some(_) if is_new => "the server gives page after page without an end",
            Some(_) => "the server sends back to a page that it gave before",
        };
        broken(exchange, what)
    }

    /// Asks for a page. One that is too long for an answer, or that the server breaks on, is asked for again in shorter
    /// ones, down to one run.
    async fn ask_page(&self, poll: &mut InProgress, again: Again) -> Exchange {
        let order = if poll.scope == PollScope::Sweep { OLDEST_FIRST } else { LAST_HEARD_FIRST };
        loop {
            let body = self.options.asked.page(order, poll.per_page, poll.cursor.as_deref());
            let exchange = self.api.ask_again(body, again).await;
            let is_too_long = WandbApi::was_too_long(&exchange);
            if poll.per_page == 1 || !is_too_long && !breaks(&exchange) {
                return exchange;
            }
            poll.per_page = (poll.per_page / 4).max(1);
            if is_too_long {
                poll.per_page_max = poll.per_page;
            }
        }
    }

    /// Notes of a node whether it has changed, and how far its history reaches.
    fn see(&mut self, node: &str, poll: &mut InProgress) {
        // What cannot be read is told by whoever decodes the answer.
        let Ok(run) = read_node(node) else { return };
        let run_id = run.run_id.to_lossy().into_owned();
        // Heartbeats move runs from page to page while they are asked for: a run that comes again says nothing.
        if !poll.listed.insert(run_id.clone()) {
            return;
        }
        let digest = Hash::of(node.as_bytes());
        let is_as_it_was = self.seen.insert(run_id.clone(), digest) == Some(digest);
        poll.unchanged = if is_as_it_was { poll.unchanged + 1 } else { 0 };
        let extent = HistoryExtent { last_step: run.last_step, rows: run.history_rows.unwrap_or_default() };
        self.extents.insert(run_id, extent);
    }

    /// Returns the runs that are asked for by their ids: the one that always is, and those that the last sweep did not
    /// list either.
    fn ids_to_ask(&self, poll: &InProgress, memory: &SourceMemory, page: &Exchange) -> Vec<String> {
        let is_unlisted = |run_id: &&str| !poll.listed.contains(*run_id);
        let always = self.options.always.as_deref().filter(is_unlisted);
        let asked = match Operation::of(&page.request, NAME) {
            Ok(Operation::Runs(page)) if poll.scope == PollScope::Sweep => Some(page.asked),
            _ => None,
        };
        let unseen = asked.iter().flat_map(|asked| {
            known_runs(memory).filter(move |run_id| unseen_since(memory, asked, run_id).is_some())
        });
        let unseen: Vec<&str> = unseen.filter(is_unlisted).filter(|run_id| Some(*run_id) != always).collect();
        let first = unseen.partition_point(|run_id| *run_id <= self.asked_by_id.as_str());
        let unseen = unseen[first..].iter().chain(&unseen[..first]).copied();
        always.into_iter().chain(unseen.take(ASKED_BY_ID_MAX)).map(str::to_owned).collect()
    }

    async fn runs_by_id(&mut self, run_ids: &[String], poll: &mut InProgress) -> (Vec<Exchange>, Then) {
        let (mut exchanges, mut then) = (Vec::with_capacity(run_ids.len()), Then::End);
        for run_id in run_ids {
            let exchange = self.api.ask(self.options.asked.run(run_id)).await;
            self.asked_by_id.clone_from(run_id);
            match text_of(&exchange).and_then(single_run) {
                Ok(Some(node)) => self.see(node, poll),
                Ok(None) => {}
                Err(what) => then = Then::Failed(what),
            }
            exchanges.push(exchange);
            // The poll has failed: whoever goes on asking a server that is down only waits.
            if matches!(then, Then::Failed(_)) {
                break;
            }
        }
        (exchanges, then)
    }
}

impl InProgress {
    /// Returns the cursor after the next run, which the server breaks on; `None` when it cannot be known, or too many
    /// runs in a row broke.
    fn behind_broken(&mut self) -> Option<String> {
        self.broken_in_a_row += 1;
        if self.broken_in_a_row > BROKEN_IN_A_ROW_MAX || self.parts >= PAGES_MAX {
            return None;
        }
        let cursor = behind_next(self.cursor.as_deref())?;
        self.cursors.insert(cursor.clone()).then_some(cursor)
    }
}

/// Returns the cursor after one more run, for servers whose cursors count runs, in decimal or as base64 of that. A
/// wrong one skips nothing: the next run is the one that no page can have.
fn behind_next(cursor: Option<&str>) -> Option<String> {
    let next = |text: &str| Some(text.parse::<u64>().ok()?.checked_add(1)?.to_string());
    let Some(cursor) = cursor else { return next("0") };
    next(cursor).or_else(|| {
        let text = String::from_utf8(BASE64_STANDARD.decode(cursor).ok()?).ok()?;
        Some(BASE64_STANDARD.encode(next(&text)?))
    })
}

/// Fails the poll at an answer that can be read and is still of no use. An exchange that failed follows it, so that the
/// decoder sees that.
fn broken(exchange: Exchange, what: &str) -> (Vec<Exchange>, Then) {
    let failed = Exchange {
        fetched_at_ms: now_ms(),
        outcome: Outcome::Failed(what.to_owned()),
        request: exchange.request.clone(),
    };
    (vec![exchange, failed], Then::Failed(what.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_that_counts_runs_is_moved_by_one() {
        for (cursor, behind) in [
            (None, Some("1")),
            (Some("9"), Some("10")),
            (Some("Mg=="), Some("Mw==")),
            (Some("OTk="), Some("MTAw")),
            (Some("18446744073709551615"), None),
            (Some("WyJhIl0="), None),
            (Some("opaque"), None),
            (Some(""), None),
        ] {
            assert_eq!(behind_next(cursor).as_deref(), behind, "{cursor:?}");
        }
    }
}
