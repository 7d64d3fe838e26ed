//! Takes what a node answered, block by block, as far as it can be trusted.

use std::collections::BTreeSet;
use std::sync::Arc;

use annals_log::{
    BATCH_BYTES_MAX, BlockRetracted, ChainOutage, ChainState, Event, Fact, NodeTrouble, RuntimeUpgraded,
    SourceMemory,
};

use super::answers::Answers;
use super::block::{Block, Decoded as DecodedBlock};
use super::cursor::{Cursor, Standing};
use super::followed::{Chain, Following};
use super::layout::Layout;
use super::listing::BESIDE_BYTES_MAX;
use super::moves::{accounts_in, moves_state};
use super::name::NAME;
use super::question::hex_text;
use super::retract::Retraction;
use super::runtime::Runtime;
use super::state::{StateAnswers, differences, things};
use crate::source::{Decoded, SourceError, shortened};

/// A fetch becomes one commit as a rule; blocks beyond this wait for the next.
const BATCH_BYTES: usize = 4 << 20;
/// The bytes of a step, which is never split. What is told beside it has room in its commit, too.
const STEP_BYTES_MAX: usize = BATCH_BYTES_MAX - BESIDE_BYTES_MAX / 4;
/// While catching up, the state is read at least once in this many blocks.
const BLOCKS_BETWEEN_STATES: u64 = 100;
/// How often a due state is asked for that is not as its runtime has it.
const STATE_TRIES: u32 = 3;

/// The steps that are made of one fetch.
pub(super) struct Taking<'a> {
    source: &'a Chain,
    following: &'a mut Following,
    memory: &'a SourceMemory,
    fetched_at_ms: i64,
    cursor: Option<Cursor>,
    steps: Vec<Vec<Event>>,
    bytes: usize,
    /// Metadata that this fetch adds to the log.
    recorded: BTreeSet<u32>,
}

/// Why a recording of the chain cannot be taken in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
    /// It is of another chain than the log. A node that is followed is asked before.
    #[error("it is of another chain: its block 0 is {told}, and the log is of {wanted}")]
    OtherChain {
        /// The hash of its block 0, as `0x` and hex.
        told: String,
        /// The genesis of the log's chain.
        wanted: String,
    },
    /// It lacks what decodes its blocks.
    #[error("the recording has blocks of runtime {spec_version}, and not its metadata")]
    NoMetadata {
        /// The version of the runtime.
        spec_version: u32,
    },
}

/// Why what follows in a fetch is not taken.
enum Stop {
    /// Something is wrong with it, in words.
    Wrong(String),
    /// It waits for the next fetch.
    Enough,
    /// The recording lacks something.
    Recording(ChainError),
}

impl From<ChainError> for SourceError {
    fn from(error: ChainError) -> Self {
        Self::Unfit(error.into())
    }
}

impl From<String> for Stop {
    fn from(what: String) -> Self {
        Self::Wrong(what)
    }
}

impl<'a> Taking<'a> {
    pub(super) fn new(
        source: &'a Chain,
        following: &'a mut Following,
        memory: &'a SourceMemory,
        fetched_at_ms: i64,
    ) -> Self {
        let cursor = Cursor::of(memory);
        let (steps, bytes, recorded) = (Vec::new(), 0, BTreeSet::new());
        Self { source, following, memory, fetched_at_ms, cursor, steps, bytes, recorded }
    }

    pub(super) fn end(self) -> Decoded {
        let is_recorded = self.steps.is_empty();
        Decoded { steps: self.steps, cursor: self.cursor.map(Cursor::to_bytes), is_recorded }
    }

    /// # Errors
    /// The recording is of another chain, or lacks the metadata of a runtime of which it has blocks.
    pub(super) fn take_all(&mut self, answers: &mut Answers<'_>) -> Result<(), SourceError> {
        answers.runtimes.drain(..).for_each(|runtime| self.following.runtimes.learn(runtime));
        match self.take_what_joins(answers) {
            Ok(()) | Err(Stop::Enough) => {}
            Err(Stop::Wrong(what)) => self.refuse(answers.node, &what),
            Err(Stop::Recording(error)) => return Err(error.into()),
        }
        for outage in &answers.outages {
            self.tell(answers.node, outage.next_block, outage.since_ms, outage.trouble, outage.what);
        }
        Ok(())
    }

    fn take_what_joins(&mut self, answers: &Answers<'_>) -> Result<(), Stop> {
        self.check_chain(answers)?;
        if let Some(cursor) = self.cursor {
            if let Some(retraction) = Retraction::of(&cursor, answers, self.memory)? {
                self.retract(retraction, cursor);
                return Ok(());
            }
            if cursor.standing.is_state_due {
                // No block is taken over it, or what changed in between would be told too late.
                return self.take_due_state(cursor, answers);
            }
        }
        for (height, hash) in answers.heights_behind(self.cursor.map(|cursor| cursor.number)) {
            let block = Block::of(height, hash, self.cursor.as_ref(), answers);
            let block = block.map_err(|what| format!("block {height}: {what}"))?;
            self.take_block(&block, answers)?;
        }
        Ok(())
    }

    /// Checks that the answers are of the chain that the log was made for. Once there is a block, its descendants are.
    fn check_chain(&self, answers: &Answers<'_>) -> Result<(), Stop> {
        let Some(wanted) = &self.source.genesis else { return Ok(()) };
        match answers.hashes.get(&0) {
            Some(Some(genesis)) => match hex_text(genesis) {
                told if told == *wanted => Ok(()),
                told => Err(Stop::Recording(ChainError::OtherChain { told, wanted: wanted.clone() })),
            },
            None if self.cursor.is_some() || answers.blocks.is_empty() => Ok(()),
            _ => {
                let what =
                    format!("it may be of another chain: block 0 is not told, and the log is of {wanted}");
                Err(Stop::Wrong(what))
            }
        }
    }

    fn retract(&mut self, retraction: Retraction, cursor: Cursor) {
        let Retraction { number, hash, retracted } = retraction;
        let events = retracted.into_iter().map(|(height, hash, replaced_by)| {
            self.event(height, &hex_text(&hash), &BlockRetracted { replaced_by })
        });
        let events = events.collect();
        // Nobody remembers which runtime executed that block: the next one tells, and has its state read.
        let standing = Standing { may_have_new_code: true, is_state_due: false, ..cursor.standing };
        self.put(events, Cursor { number, hash, standing, ..cursor });
    }

    fn take_due_state(&mut self, cursor: Cursor, answers: &Answers<'_>) -> Result<(), Stop> {
        let Some(state) = answers.states.get(&cursor.hash) else {
            let refused = answers.outages.iter().find(|outage| outage.trouble != NodeTrouble::Unreachable);
            if let Some(outage) = refused.filter(|_| self.gives_up_state_of(&cursor)) {
                self.pass_over_state(cursor, answers.node, outage.what);
            }
            return Ok(());
        };
        let runtime = self.runtime(cursor.standing.spec_version)?;
        let taken = self.state(&cursor, &runtime, state).and_then(|fact| {
            // Also without a change: it says that the state was read.
            let step = vec![self.event(cursor.number, &hex_text(&cursor.hash), &fact)];
            self.fits(&step).map(|()| step)
        });
        match taken {
            Ok(step) => self.put(step, cursor.with_state()),
            Err(Stop::Wrong(what)) if self.gives_up_state_of(&cursor) => {
                self.pass_over_state(cursor, answers.node, &what);
            }
            Err(stop) => return Err(stop),
        }
        Ok(())
    }

    /// Whether the state is given up. A node may be wrong and another one right; but blocks do not wait for ever for a
    /// state that no node tells well.
    fn gives_up_state_of(&mut self, cursor: &Cursor) -> bool {
        let times = match self.following.refused_state {
            Some((hash, times)) if hash == cursor.hash => times + 1,
            _ => 1,
        };
        self.following.refused_state = Some((cursor.hash, times));
        times >= STATE_TRIES
    }

    fn pass_over_state(&mut self, cursor: Cursor, node: &str, what: &str) {
        let what = format!("the state behind block {} is passed over: {what}", cursor.number);
        let outage = self.outage(node, cursor.number + 1, self.fetched_at_ms, NodeTrouble::Wrong, &what);
        self.put(vec![outage], cursor.without_state());
    }

    /// Takes a block, and the state after it if that was read, as one step.
    fn take_block(&mut self, block: &Block, answers: &Answers<'_>) -> Result<(), Stop> {
        let (height, native_id) = (block.number(), hex_text(&block.hash));
        let in_block = |what: String| Stop::Wrong(format!("block {height}: {what}"));
        let runtime = self.runtime(block.spec_version(answers).map_err(in_block)?)?;
        let mut decoded = block.decode(&runtime, &self.source.watch, answers).map_err(in_block)?;
        let runtime_told = self.runtime_event(height, &runtime);
        let event = self.event(height, &native_id, &decoded.fact);
        let (observed_at_ms, attached) = (decoded.observed_at_ms, std::mem::take(&mut decoded.attached));
        let mut step = vec![Event { observed_at_ms, attached, ..event }];
        step.extend(decoded.left_out.as_ref().map(|left_out| self.event(height, &native_id, left_out)));
        self.fits(&step).map_err(|_| in_block("its header alone has more bytes than a block".to_owned()))?;

        let first = self.cursor.map_or(height, |cursor| cursor.first);
        let standing = self.standing(height, &runtime, &decoded);
        let mut cursor = Cursor { first, number: height, hash: block.hash, standing };
        if let Some(state) = answers.states.get(&block.hash)
            && !standing.may_have_new_code
        {
            let told = self.state(&cursor, &runtime, state).map(|fact| {
                let event = self.event(height, &native_id, &fact);
                Some(event).filter(|_| !fact.changes.is_empty())
            });
            match told {
                Ok(event) if bytes_of(&step) + bytes_of(event.as_slice()) <= STEP_BYTES_MAX => {
                    cursor = cursor.with_state();
                    step.extend(event);
                }
                // The block is sound: its state is asked for again, by itself.
                _ => cursor.standing.is_state_due = true,
            }
        }
        if !self.steps.is_empty() && self.bytes + bytes_of(&step) > BATCH_BYTES {
            return Err(Stop::Enough);
        }
        // A step of its own: together they may be more than a commit takes.
        if let Some(event) = runtime_told {
            self.put(vec![event], cursor);
        }
        self.put(step, cursor);
        let standing = cursor.standing;
        // A state is compared with what is recorded before this fetch; behind new code the metadata may be another.
        let waits = standing.is_state_due || standing.state_at == Some(height) || standing.may_have_new_code;
        if waits { Err(Stop::Enough) } else { Ok(()) }
    }

    /// Returns what holds after a block, before the state there was read.
    fn standing(&self, height: u64, runtime: &Runtime, decoded: &DecodedBlock) -> Standing {
        let block = &decoded.fact;
        let spec_version = runtime.told.spec_version;
        let may_have_new_code = block.replaces_code();
        let before = self.cursor.map(|cursor| cursor.standing);
        let state_at = before.and_then(|before| before.state_at);
        let passed_over_at = before.and_then(|before| before.passed_over_at);
        let accounts = self.following.accounts.as_ref();
        let is_due = match (before, state_at.max(passed_over_at)) {
            (Some(before), Some(looked_at))
                if !before.may_have_new_code && before.spec_version == spec_version =>
            {
                height >= looked_at + BLOCKS_BETWEEN_STATES
                    // An event that nobody can read may be of the subnet.
                    || decoded.left_out.is_some()
                    || moves_state(&block.events, self.source.netuid, accounts)
            }
            _ => true,
        };
        let has_state = Layout::of(&runtime.metadata, self.source.netuid).is_some();
        // Right behind new code nothing can be read well: the next block is the first that it executes, and then it is
        // due.
        let is_state_due = is_due && has_state && !may_have_new_code;
        Standing { spec_version, may_have_new_code, state_at, passed_over_at, is_state_due }
    }

    fn state(
        &mut self,
        cursor: &Cursor,
        runtime: &Runtime,
        answers: &StateAnswers,
    ) -> Result<ChainState, Stop> {
        let netuid = self.source.netuid;
        let layout =
            Layout::of(&runtime.metadata, netuid).ok_or_else(|| "the runtime has no subnets".to_owned())?;
        let told = things(&layout, answers);
        let (stake_source, now) =
            told.map_err(|what| format!("the state behind block {}: {what}", cursor.number))?;
        self.following.accounts = Some(accounts_in(&now));
        let changes = differences(&now, self.memory);
        Ok(ChainState { netuid, since: cursor.standing.state_at, stake_source, changes })
    }

    fn runtime(&self, spec_version: u32) -> Result<Arc<Runtime>, Stop> {
        let known = self.following.runtimes.get(spec_version);
        known.ok_or(Stop::Recording(ChainError::NoMetadata { spec_version }))
    }

    /// Returns the event of a runtime; `None` when the log has its metadata.
    fn runtime_event(&mut self, height: u64, runtime: &Runtime) -> Option<Event> {
        let spec_version = runtime.told.spec_version;
        let known = self.memory.known(&RuntimeUpgraded::key(&spec_version.to_string()));
        let is_recorded = known.and_then(|known| known.payload) == Some(runtime.metadata_sha256);
        let is_new = !is_recorded && self.recorded.insert(spec_version);
        is_new.then(|| runtime.event(height, self.fetched_at_ms))
    }

    fn event<F: Fact>(&self, height: u64, native_id: &str, fact: &F) -> Event {
        Event { block: Some(height), ..Event::new(NAME, native_id, self.fetched_at_ms, fact) }
    }

    fn fits(&self, step: &[Event]) -> Result<(), Stop> {
        let bytes = bytes_of(step);
        if bytes > STEP_BYTES_MAX {
            return Err(Stop::Wrong(format!(
                "it takes {bytes} bytes to record, and {STEP_BYTES_MAX} are taken"
            )));
        }
        Ok(())
    }

    fn put(&mut self, step: Vec<Event>, cursor: Cursor) {
        self.bytes += bytes_of(&step);
        self.steps.push(step);
        self.cursor = Some(cursor);
    }

    /// Tells that answers of `node` were not taken.
    pub(super) fn refuse(&mut self, node: &str, what: &str) {
        let next_block = self.cursor.map_or(0, |cursor| cursor.number + 1);
        self.tell(node, next_block, self.fetched_at_ms, NodeTrouble::Wrong, what);
    }

    fn outage(&self, node: &str, next_block: u64, since_ms: i64, trouble: NodeTrouble, what: &str) -> Event {
        let outage = ChainOutage { next_block, since_ms, trouble, what: shortened(what) };
        Event::new(NAME, node, self.fetched_at_ms, &outage)
    }

    fn tell(&mut self, node: &str, next_block: u64, since_ms: i64, trouble: NodeTrouble, what: &str) {
        let event = self.outage(node, next_block, since_ms, trouble, what);
        // Together with what was taken before it: a commit of its own would come before the cursor moves.
        match self.steps.last_mut() {
            Some(step) => step.push(event),
            None => self.steps.push(vec![event]),
        }
    }
}

/// Returns the bytes that a step takes of a batch, at most.
fn bytes_of(step: &[Event]) -> usize {
    step.iter().map(Event::batch_bytes_max).sum()
}
