//! The follower: which node is asked for what next, and what becomes of its answers.

use annals_log::{NodeTrouble, SourceMemory};

use super::ahead::Pace;
use super::connection::Connection;
use super::endpoints::{Endpoints, STATES_SURE};
use super::error::FollowError;
use super::fork;
use super::node::{ANSWER_BYTES_MAX, Trouble, name_of};
use super::options::FollowOptions;
use super::outages::Outages;
use crate::raw::{Exchange, Outcome, Raw};
use crate::sources::chain::cursor::Cursor;
use crate::sources::chain::name::NAME;
use crate::sources::chain::retract::recorded_at;

/// Each block this near to the head has its state read.
const LIVE_BLOCKS: u64 = 8;
/// At most this many other nodes are asked before a recorded block is taken back.
const WITNESSES_MAX: usize = 2;

/// Follows a chain from the last block of the log on.
pub struct ChainFollower {
    options: FollowOptions,
    endpoints: Endpoints,
    connection: Option<Connection>,
    /// The last final height that a node told.
    head: Option<u64>,
    /// The highest final height that any node told.
    highest: u64,
    /// The head at which following ends: the first that a node told.
    end: Option<u64>,
    /// The cursor of the log when the next answers were last asked for.
    stood_at: Option<Cursor>,
    pace: Pace,
    /// An answer that is longer ends the connection.
    answer_bytes_max: u32,
    /// The cursor of the log when answers were last handed on. If it is the same the next time, nothing of them was
    /// taken.
    handed_on_at: Option<Option<Cursor>>,
    outages: Outages,
    /// The node given up last, and why.
    given_up: Option<(String, String)>,
    /// How many fetches were handed on in this session.
    parts: u32,
}

impl ChainFollower {
    /// # Panics
    /// If there is no URL.
    pub fn new(options: FollowOptions) -> Self {
        assert!(!options.rpc.is_empty() || !options.archive.is_empty(), "a node is needed to follow a chain");
        let endpoints = Endpoints::new(&options.rpc, &options.archive);
        Self {
            options,
            endpoints,
            connection: None,
            head: None,
            highest: 0,
            end: None,
            stood_at: None,
            pace: Pace::Quick,
            answer_bytes_max: ANSWER_BYTES_MAX,
            handed_on_at: None,
            outages: Outages::new(),
            given_up: None,
            parts: 0,
        }
    }

    /// Returns the height of the last final block that a node told.
    pub fn head(&self) -> Option<u64> {
        self.head
    }

    /// Returns the node that is asked now: scheme, host and port.
    pub fn node(&self) -> String {
        name_of(self.endpoints.url())
    }

    /// Returns the height of the first block of the log.
    pub fn first(memory: &SourceMemory) -> Option<u64> {
        Cursor::of(memory).map(|cursor| cursor.first)
    }

    /// Returns the height and the hash of the last block of the log.
    pub fn last(memory: &SourceMemory) -> Option<(u64, [u8; 32])> {
        Cursor::of(memory).map(|cursor| (cursor.number, cursor.hash))
    }

    /// Whether the log has all that there is up to `head`, the state behind it included.
    pub fn has_come_to(head: u64, memory: &SourceMemory) -> bool {
        Cursor::of(memory).is_some_and(|cursor| cursor.number >= head && !cursor.standing.is_state_due)
    }

    /// Returns the height of the block recorded last.
    pub fn recorded(memory: &SourceMemory) -> Option<u64> {
        Cursor::of(memory).map(|cursor| cursor.number)
    }

    /// Returns what the answers say of a node that gave none.
    pub fn trouble_in(raw: &Raw) -> Option<String> {
        raw.exchanges.iter().find_map(|exchange| match &exchange.outcome {
            Outcome::Failed(why) => Some(format!("{}: {why}", exchange.request.target)),
            Outcome::Answer(_) => None,
        })
    }

    /// Returns the answers that follow upon the log, or that a node gave none. It waits for a new head when there is
    /// nothing else; `None` says that it came to the head where following ends. Dropping the future loses nothing.
    ///
    /// # Errors
    /// [`FollowError`].
    pub async fn next(&mut self, memory: &SourceMemory) -> Result<Option<Raw>, FollowError> {
        let cursor = Cursor::of(memory);
        if let (Some(Cursor { first, .. }), Some(asked)) = (cursor, self.options.from_block)
            && asked < first
        {
            return Err(FollowError::BelowFirst { first, asked });
        }
        self.judge(cursor);
        loop {
            if self.has_ended(cursor)? {
                return Ok(None);
            }
            self.check_rounds()?;
            match self.try_next(cursor, memory).await {
                Ok(exchanges) if exchanges.is_empty() => {}
                Ok(exchanges) => {
                    self.handed_on_at = Some(cursor);
                    return Ok(Some(self.raw(exchanges)));
                }
                Err(trouble) => {
                    let outage = self.outage(&trouble, cursor);
                    self.leave(&trouble, cursor);
                    if let Some(outage) = outage {
                        return Ok(Some(self.raw(vec![outage])));
                    }
                }
            }
        }
    }

    /// Judges the node by what became of the answers that were handed on.
    fn judge(&mut self, cursor: Option<Cursor>) {
        match self.handed_on_at.take() {
            // The decoder has recorded why.
            Some(at) if at == cursor => {
                self.give_up("what it answered could not be taken; chain_outage says why");
            }
            // Only now are they known to be good: a node that lies would else be asked again at once, for ever.
            Some(_) => {
                self.endpoints.praise();
                (self.outages, self.pace) = (Outages::new(), Pace::Quick);
            }
            None => {}
        }
        // Also when that is a state that was passed over: the log goes on.
        if std::mem::replace(&mut self.stood_at, cursor) != cursor {
            self.endpoints.failed_rounds = 0;
        }
    }

    /// Whether the log has all that it was to have.
    ///
    /// # Errors
    /// `AboveHead`.
    fn has_ended(&self, cursor: Option<Cursor>) -> Result<bool, FollowError> {
        let (Some(head), Some(end), true) = (self.head, self.end, self.options.until_head) else {
            return Ok(false);
        };
        match (cursor, self.options.from_block) {
            // The state behind a block that the node does not have is no node's to tell.
            (Some(Cursor { number, standing, .. }), _) => {
                Ok(number >= end && (number > head || !standing.is_state_due))
            }
            (None, Some(asked)) if asked > head => {
                Err(FollowError::AboveHead { node: self.node(), head, asked })
            }
            (None, _) => Ok(head == 0),
        }
    }

    fn leave(&mut self, trouble: &Trouble, cursor: Option<Cursor>) {
        let is_of_state = cursor.is_some_and(|cursor| cursor.standing.is_state_due);
        if is_of_state && matches!(trouble.kind, NodeTrouble::Refused | NodeTrouble::Pruned) {
            // It gives blocks, and says at once that it gives no state: nobody has to wait for that.
            self.connection = None;
            self.endpoints.pass_on();
        } else {
            self.give_up(&trouble.what);
        }
    }

    /// Gives the node up: the next one is tried, after a pause if this was the last.
    fn give_up(&mut self, what: &str) {
        tracing::info!(node = self.node(), what, "a node is given up");
        self.given_up = Some((self.node(), what.to_owned()));
        self.connection = None;
        self.pace = Pace::Careful;
        self.endpoints.blame();
    }

    fn check_rounds(&self) -> Result<(), FollowError> {
        match (&self.given_up, self.options.rounds_max) {
            (Some((node, what)), Some(max)) if self.endpoints.failed_rounds >= max => {
                Err(FollowError::NoNode { node: node.clone(), what: what.clone() })
            }
            _ => Ok(()),
        }
    }

    fn raw(&mut self, exchanges: Vec<Exchange>) -> Raw {
        let part = self.parts;
        self.parts += 1;
        Raw { source: NAME.to_owned(), exchanges, part, more: true }
    }

    /// Returns the exchange that tells of trouble; `None` when the same was told a short while ago.
    fn outage(&mut self, trouble: &Trouble, cursor: Option<Cursor>) -> Option<Exchange> {
        let node = self.node();
        // The decoder counts how often a due state is refused, and passes over it in the end.
        let is_counted = cursor.is_some_and(|cursor| cursor.standing.is_state_due);
        if !is_counted && self.outages.is_told(&node, trouble) {
            return None;
        }
        let next_block = cursor.map_or(self.options.from_block.unwrap_or(0), |cursor| cursor.number + 1);
        Some(self.outages.tell(node, trouble, next_block))
    }

    /// Returns nothing when it has to be called again: another node is better, or the head has moved.
    async fn try_next(
        &mut self,
        cursor: Option<Cursor>,
        memory: &SourceMemory,
    ) -> Result<Vec<Exchange>, Trouble> {
        if self.connection.is_none() {
            self.endpoints.wait().await;
            let (url, pace, longest) = (self.endpoints.url(), self.pace, self.answer_bytes_max);
            self.connection = Some(Connection::open(url, &self.options, pace, longest).await?);
            tracing::info!(node = self.node(), "a node is asked");
        }
        let connection = self.connection.as_mut().expect("it was opened just now");
        connection.heads.catch_up()?;
        let head = connection.heads.number;
        self.head = Some(head);
        self.highest = self.highest.max(head);
        self.end.get_or_insert(head);
        if let Some(due) = cursor.filter(|cursor| cursor.standing.is_state_due && cursor.number <= head) {
            // A node need not have the state behind a block that is none of its chain's.
            if !connection.has(due.number, due.hash).await? {
                return self.fork(cursor, memory).await;
            }
            let mut reading = self.connection.take().expect("it was opened above");
            let state = reading.state(due.hash, due.standing.spec_version, self.options.netuid).await?;
            self.connection = Some(reading);
            return Ok(state);
        }
        let first = || self.options.from_block.unwrap_or(head.saturating_sub(STATES_SURE)).max(1);
        let next = cursor.map_or_else(first, |cursor| cursor.number + 1);
        if next > head {
            // A branch that is no longer than the log shows by what the log has at its head.
            let recorded = cursor.and_then(|_| recorded_at(memory, head));
            if recorded.is_some_and(|recorded| recorded != connection.heads.hash) {
                return self.fork(cursor, memory).await;
            }
            return self.at_head(cursor, head).await;
        }
        // By the highest head that anybody told, or two nodes that disagree would each send to the other.
        if self.endpoints.prefer_for(self.highest - next) {
            self.connection = None;
            return Ok(Vec::new());
        }
        let group = connection.first_waiting(next).await?;
        if cursor.is_some_and(|cursor| cursor.hash != group.parent) {
            return self.fork(cursor, memory).await;
        }
        let (hash, spec_version) = (group.hash, group.spec_version);
        let may_have_new_code = cursor.is_some_and(|cursor| cursor.standing.may_have_new_code);
        let is_live = next + LIVE_BLOCKS > head;
        // Metadata that it read counts as handed on: a caller that drops this future drops the connection with it.
        let mut reading = self.connection.take().expect("it was opened above");
        let mut exchanges = reading.blocks(if is_live { 1 } else { usize::MAX }, may_have_new_code).await?;
        if is_live {
            match reading.state(hash, spec_version, self.options.netuid).await {
                Ok(state) => exchanges.extend(state),
                // The block is recorded all the same.
                Err(trouble) => exchanges.extend(self.outage(&trouble, cursor)),
            }
        }
        if reading.answer_bytes_max() > self.answer_bytes_max {
            // The next connection takes them.
            self.answer_bytes_max = reading.answer_bytes_max();
        } else {
            self.connection = Some(reading);
        }
        Ok(exchanges)
    }

    /// Waits for a new head when the log has come to this one, unless following ends here.
    async fn at_head(&mut self, cursor: Option<Cursor>, head: u64) -> Result<Vec<Exchange>, Trouble> {
        match (self.options.until_head, self.end, cursor) {
            // Another node told of more.
            (true, Some(end), Some(cursor)) if cursor.number < end => Err(Trouble::wrong(format!(
                "its head is block {head}, and block {end} was called final before"
            ))),
            (true, ..) => Ok(Vec::new()),
            (false, ..) => {
                let connection = self.connection.as_mut().expect("whoever is at its head has one");
                connection.heads.moved(self.options.head_within).await?;
                Ok(Vec::new())
            }
        }
    }

    /// Returns where the node's chain parts from the recorded one, once no other node holds on to the recorded one.
    async fn fork(
        &mut self,
        cursor: Option<Cursor>,
        memory: &SourceMemory,
    ) -> Result<Vec<Exchange>, Trouble> {
        let (Some(connection), Some(cursor)) = (self.connection.as_mut(), cursor) else {
            return Ok(Vec::new());
        };
        connection.forget_blocks();
        let exchanges = fork::fork(&connection.node, &cursor, memory).await?;
        if exchanges.is_empty() {
            return Err(Trouble::wrong(format!("it told two hashes of block {}", cursor.number)));
        }
        for url in self.endpoints.others().iter().take(WITNESSES_MAX) {
            if fork::confirms(url, &cursor, self.options.answer_within).await {
                let (number, other) = (cursor.number, name_of(url));
                return Err(Trouble::wrong(format!(
                    "it has another block {number} than the log and {other}"
                )));
            }
        }
        Ok(exchanges)
    }
}
