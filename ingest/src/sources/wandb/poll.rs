//! A poll in progress: what it has seen, and what is new of that.

use std::collections::{BTreeMap, HashSet};

use annals_log::json::Text;
use annals_log::{
    Event, Evidence, Hash, Known, ListedRun, Payload, PollOutcome, PollScope, RunAddress, RunIdSignature,
    RunNode, SourceMemory, WandbConfigSigned, WandbPoll, WandbRun, WandbRunGone, WandbRunUnseen,
    told_time_ms,
};

use super::name::NAME;
use super::signature::{read_config, verdict};
use super::unseen::{known_runs, unseen_since};
use crate::raw::Exchange;
use crate::source::{EVIDENCE_BYTES_MAX, NAME_BYTES_MAX, SourceError, display_name, shortened};
use crate::wandb_exchange::{
    Operation, Page, ProjectAsked, RunsPage, breaks, kept_answer, single_run, text_of,
};

/// How many runs that could not be read are listed in words.
const UNREADABLE_MAX: usize = 1000;

/// A fold over the answers of one poll.
#[derive(Debug, Default)]
pub struct Poll {
    /// It was made before the last one that the log has.
    pub(super) is_past: bool,
    scope: Option<PollScope>,
    /// Project, filters and order: the same on every page.
    asked: String,
    /// The project of the answer that is taken.
    project: ProjectAsked,
    started_at_ms: Option<i64>,
    finished_at_ms: i64,
    pages: u32,
    /// The last page says that there is another one.
    has_next: bool,
    list: Vec<ListedRun>,
    list_bytes: usize,
    listed: HashSet<String>,
    missing: Vec<String>,
    /// The answers of a server that does not have a run, by run id.
    none_found: BTreeMap<String, Vec<u8>>,
    unreadable: Vec<String>,
    /// Pages of one run that the server broke on. It is those runs that break it once a page behind them is there.
    broken: Vec<Failure>,
    failure: Option<Failure>,
    /// The runs that this poll has recorded itself and the log may not have yet.
    fresh: BTreeMap<String, Known>,
}

#[derive(Debug)]
struct Failure {
    what: String,
    answer: Option<Vec<u8>>,
}

impl Poll {
    /// Takes an answer, and adds an event for each run in it that is not as the log knows it.
    ///
    /// # Errors
    /// `UnknownRequest`: it is the answer to something that no poll asks.
    pub(super) fn take(
        &mut self,
        exchange: &Exchange,
        memory: &SourceMemory,
        events: &mut Vec<Event>,
    ) -> Result<(), SourceError> {
        let operation = Operation::of(&exchange.request, NAME)?;
        self.project = ProjectAsked::of(&exchange.request);
        self.started_at_ms.get_or_insert(exchange.fetched_at_ms);
        self.finished_at_ms = exchange.fetched_at_ms;
        self.pages += 1;
        let mut is_of_one_run = false;
        let nodes = match operation {
            Operation::Runs(page) => {
                is_of_one_run = page.is_shortest;
                self.nodes_of_page(page, exchange)
            }
            Operation::Run { run_id } => self.node_of_run(run_id, exchange),
            Operation::HistoryPage(_) | Operation::ParquetHistory { .. } => {
                return Err(operation.refused_by(NAME));
            }
        };
        match nodes {
            Ok(nodes) => {
                for (place, node) in nodes.into_iter().enumerate() {
                    events.append(&mut self.take_node(place, node, exchange.fetched_at_ms, memory));
                }
            }
            Err(what) if is_of_one_run && breaks(exchange) => {
                let failure = self.failure_of(&what, exchange);
                self.broken.push(failure);
            }
            Err(what) => self.fail(&what, exchange),
        }
        Ok(())
    }

    fn nodes_of_page<'a>(&mut self, asked: RunsPage, exchange: &'a Exchange) -> Result<Vec<&'a str>, String> {
        if self.scope.is_none() {
            let is_sweep = asked.order == "+created_at";
            self.scope = Some(if is_sweep { PollScope::Sweep } else { PollScope::Recent });
            self.asked = asked.asked;
            if !asked.is_first {
                return Err("it is not the first page of runs, and no other came before it".to_owned());
            }
        } else if self.asked != asked.asked {
            return Err(
                "it was asked for another project, other runs or another order than the first".to_owned()
            );
        }
        let page = Page::read(text_of(exchange)?)?;
        self.has_next = page.has_next;
        let room = UNREADABLE_MAX.saturating_sub(self.unreadable.len());
        self.unreadable.extend(self.broken.drain(..).take(room).map(|broken| broken.what));
        Ok(page.nodes)
    }

    fn node_of_run<'a>(&mut self, run_id: String, exchange: &'a Exchange) -> Result<Vec<&'a str>, String> {
        let node = single_run(text_of(exchange)?)?;
        if node.is_none() {
            self.none_found.insert(run_id.clone(), kept_answer(exchange).unwrap_or_default());
            self.missing.push(run_id);
        }
        Ok(node.into_iter().collect())
    }

    fn take_node(
        &mut self,
        place: usize,
        node: &str,
        fetched_at_ms: i64,
        memory: &SourceMemory,
    ) -> Vec<Event> {
        match read_node(node) {
            Ok(run) => self.take_run(&run, node, fetched_at_ms, memory),
            Err(_) if self.unreadable.len() >= UNREADABLE_MAX => Vec::new(),
            Err(what) => {
                self.unreadable.push(format!("answer {}, run {place}: {what}", self.pages));
                Vec::new()
            }
        }
    }

    /// Returns the event of a run, and what its config claims; nothing when the log has this state of it, or the answer
    /// does not tell its config.
    fn take_run(
        &mut self,
        node: &RunNode,
        bytes: &str,
        fetched_at_ms: i64,
        memory: &SourceMemory,
    ) -> Vec<Event> {
        let lossy = |text: &Text| text.to_lossy().into_owned();
        let run_id = lossy(&node.run_id);
        let mut run = WandbRun {
            display_name: node.display_name.as_ref().map(|name| display_name(&name.to_lossy())),
            state: lossy(&node.state),
            created_at: lossy(&node.created_at),
            heartbeat_at: node.heartbeat_at.as_ref().map(lossy),
            config_sha256: node.config.as_ref().map(|config| Hash::of(config.as_bytes()).0),
            signature: RunIdSignature::Absent,
            evidence: Evidence::Answer,
        };
        let (heartbeat_at, state) = (run.heartbeat_at.clone(), run.state.clone());
        self.list_run(ListedRun { run_id: run_id.clone(), heartbeat_at, state });
        if !node.has_config {
            return Vec::new();
        }
        let known = self.fresh.get(&run_id).or_else(|| memory.known(&run_id));
        let digest = Some(run.state_digest());
        if known.is_some_and(|known| known.digest == digest) {
            return Vec::new();
        }
        let config = read_config(node.config.as_ref());
        run.signature = verdict(&node.run_id, &config);
        let earlier = known.and_then(|known| known.payload);
        let payload = Payload::new(bytes.as_bytes().to_vec()).resembling(earlier);
        let fresh = Known { digest, position: None, payload: Some(payload.digest()) };
        self.fresh.insert(run_id.clone(), fresh);
        let event = Event {
            observed_at_ms: run.heartbeat_at.as_deref().and_then(told_time_ms),
            attached: vec![payload],
            ..Event::new(NAME, &run_id, fetched_at_ms, &run)
        };
        let ProjectAsked { entity, project } = &self.project;
        let address = node.run_id.as_str().map(|run_id| RunAddress { entity, project, run_id });
        let signed = WandbConfigSigned::check(address, &config);
        let signed = signed.map(|signed| Event::new(NAME, &run_id, fetched_at_ms, &signed));
        std::iter::once(event).chain(signed).collect()
    }

    /// Lists a run, once, where it was first seen.
    fn list_run(&mut self, run: ListedRun) {
        if self.listed.contains(&run.run_id) {
            return;
        }
        // As the codec counts when it reads them: the struct, and its texts.
        let heartbeat_bytes = run.heartbeat_at.as_ref().map_or(0, String::len);
        self.list_bytes += size_of::<ListedRun>() + run.run_id.len() + run.state.len() + heartbeat_bytes;
        if self.list_bytes <= EVIDENCE_BYTES_MAX {
            self.listed.insert(run.run_id.clone());
            self.list.push(run);
        } else {
            let what = format!("the list of its runs is longer than {EVIDENCE_BYTES_MAX} bytes");
            self.failure.get_or_insert(Failure { what, answer: None });
        }
    }

    /// Lets the poll fail. The first failure is kept.
    fn fail(&mut self, what: &str, exchange: &Exchange) {
        let failure = self.failure_of(what, exchange);
        self.failure.get_or_insert(failure);
    }

    fn failure_of(&self, what: &str, exchange: &Exchange) -> Failure {
        let what = format!("answer {}: {}", self.pages, shortened(what));
        Failure { what, answer: kept_answer(exchange) }
    }

    /// Returns the event that makes the poll whole, or says that it is not, and before it those of runs that a sweep
    /// did not list.
    pub(super) fn close(mut self, memory: &SourceMemory) -> Vec<Event> {
        let broken = std::mem::take(&mut self.broken).into_iter().next();
        let failure = self.failure.take().or(broken).or_else(|| {
            let what = match self.scope {
                None => "no page of runs was asked for",
                Some(PollScope::Sweep) if self.has_next => "it ended although the server has another page",
                Some(_) => return None,
            };
            Some(Failure { what: what.to_owned(), answer: None })
        });
        // A run that could not be read may be any.
        let is_whole = failure.is_none() && self.unreadable.is_empty();
        let mut events = Vec::new();
        let is_other_project = memory.known(&WandbPoll::sweep_key(&self.asked)).is_none();
        if is_whole && self.scope == Some(PollScope::Sweep) && !is_other_project {
            let is_listed = |run_id: &&str| self.listed.contains(*run_id);
            events.extend(
                known_runs(memory).filter(|run_id| !is_listed(run_id)).map(|run| self.unlisted(run, memory)),
            );
        }
        events.push(self.closing(failure));
        events
    }

    /// Returns the event of a run that the log knows and the sweep did not list.
    fn unlisted(&self, run_id: &str, memory: &SourceMemory) -> Event {
        let since = unseen_since(memory, &self.asked, run_id);
        match (since, self.none_found.get(run_id)) {
            (Some(unseen_since_ms), Some(answer)) => Event {
                attached: vec![answer.clone().into()],
                ..Event::new(NAME, run_id, self.finished_at_ms, &WandbRunGone { unseen_since_ms })
            },
            _ => {
                let unseen = WandbRunUnseen {
                    sweep_started_at_ms: self.started_at_ms(),
                    sweep_finished_at_ms: self.finished_at_ms,
                };
                Event::new(NAME, run_id, self.finished_at_ms, &unseen)
            }
        }
    }

    fn started_at_ms(&self) -> i64 {
        self.started_at_ms.unwrap_or(self.finished_at_ms)
    }

    fn closing(self, failure: Option<Failure>) -> Event {
        let (outcome, answer) = match failure {
            None => (PollOutcome::Complete, None),
            Some(Failure { what, answer }) => (PollOutcome::Failed(what), answer),
        };
        let poll = WandbPoll {
            scope: self.scope.unwrap_or(PollScope::Recent),
            started_at_ms: self.started_at_ms(),
            finished_at_ms: self.finished_at_ms,
            pages: self.pages,
            outcome,
            asked: self.asked,
            missing: self.missing,
            unreadable: self.unreadable,
        };
        close(NAME, "", &poll, &self.list, answer)
    }
}

/// Returns the event of a poll, with its list and the answer that it failed on.
pub(crate) fn close(
    source: &str,
    native_id: &str,
    poll: &WandbPoll,
    list: &[ListedRun],
    answer: Option<Vec<u8>>,
) -> Event {
    let list = Payload::new(ListedRun::encode_list(list));
    let attached = std::iter::once(list).chain(answer.map(Payload::new)).collect();
    Event { attached, ..Event::new(source, native_id, poll.finished_at_ms, poll) }
}

/// A node that can be recorded.
pub(super) fn read_node(node: &str) -> Result<RunNode, String> {
    if node.len() > EVIDENCE_BYTES_MAX {
        return Err(format!("it has {} bytes, at most {EVIDENCE_BYTES_MAX} are recorded", node.len()));
    }
    let run = RunNode::read(node).map_err(|error| error.to_string())?;
    let names = [Some(&run.run_id), Some(&run.state), Some(&run.created_at), run.heartbeat_at.as_ref()];
    if names.into_iter().flatten().any(|name| name.as_bytes().len() > NAME_BYTES_MAX) {
        return Err(format!("its name, state or a time has over {NAME_BYTES_MAX} bytes"));
    }
    if run.run_id.as_bytes().is_empty() || run.run_id.as_bytes().iter().any(u8::is_ascii_control) {
        return Err("its name is empty, or has a control character in it".to_owned());
    }
    Ok(run)
}
