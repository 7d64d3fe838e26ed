//! What a fold remembers beside the rows of its tables: a saved state is to go on as if it had never stopped.

use std::io;
use std::rc::Rc;

use annals_log::{Hash, Policy, encode};
use bincode::{Decode, Encode};
use sha2::{Digest as _, Sha256};

use crate::chain::{Holder, Remembered};
use crate::claims::Claims;
use crate::project::{Polls, Postponed};
use crate::run::Run;
use crate::saved::Unfit;
use crate::saved_file::Blocks;
use crate::tables::State;
use crate::told_chain::{Runtime, RuntimeId};
use crate::told_db::WaitingRow;

/// Rises whenever the same entries would leave other bytes to remember.
pub(crate) const VERSION: u16 = 1;

/// What was read of it, not yet part of a fold.
pub(crate) struct Memory {
    head: MemoryHead,
    runtimes: Vec<(RuntimeId, Runtime)>,
    neurons: Vec<((u16, u16), Holder)>,
    held: Vec<SavedRun>,
    pending: Vec<Run>,
    postponed: Vec<(String, Run)>,
    waiting: Vec<(String, WaitingRow)>,
    digest: Hash,
}

/// What there is one of, and how many of each thing follow.
#[derive(Encode, Decode)]
struct MemoryHead {
    policy: Policy,
    policy_index: u64,
    polls: Polls,
    chain: Remembered,
    claims: Claims,
    runtimes: u64,
    neurons: u64,
    held: u64,
    pending: u64,
    postponed: u64,
    waiting: u64,
}

#[derive(Encode, Decode)]
struct SavedRun {
    run: Run,
    asked: Option<String>,
    is_listed: bool,
}

/// Digests blocks as they are written or read: each behind its length in 4 bytes, big-endian.
#[derive(Default)]
pub(crate) struct MemoryDigest(Sha256);

impl MemoryDigest {
    pub(crate) fn block(&mut self, bytes: &[u8]) {
        let length = u32::try_from(bytes.len()).expect("the codec writes at most 16 MiB");
        self.0.update(length.to_be_bytes());
        self.0.update(bytes);
    }

    pub(crate) fn finish(self) -> Hash {
        Hash(self.0.finalize().into())
    }
}

/// Hands on what a fold remembers, block by block.
///
/// # Errors
/// The first of `block`.
pub(crate) fn write(state: &State, mut block: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
    let State { project, chain, claims, databases, .. } = state;
    let head = MemoryHead {
        policy: project.rules.policy.clone(),
        policy_index: project.policy_index,
        polls: project.polls.clone(),
        chain: chain.at.clone(),
        claims: claims.clone(),
        runtimes: chain.runtimes.len() as u64,
        neurons: chain.neurons.len() as u64,
        held: project.held.len() as u64,
        pending: project.pending.len() as u64,
        postponed: project.postponed.len() as u64,
        waiting: databases.waiting.len() as u64,
    };
    block(&encode(&head))?;
    chain.runtimes.iter().try_for_each(|runtime| block(&encode(&runtime)))?;
    chain.neurons.iter().try_for_each(|neuron| block(&encode(&neuron)))?;
    for held in project.held.values() {
        let asked = held.asked.as_ref().map(ToString::to_string);
        block(&encode(&SavedRun { run: held.seen.run.clone(), asked, is_listed: held.is_listed }))?;
    }
    project.pending.values().try_for_each(|run| block(&encode(run)))?;
    for postponed in project.postponed.values() {
        block(&encode(&(postponed.asked.to_string(), postponed.run.clone())))?;
    }
    databases.waiting.iter().try_for_each(|row| block(&encode(&row)))
}

/// The digest of what a fold remembers.
pub(crate) fn digest(state: &State) -> Hash {
    let mut digest = MemoryDigest::default();
    let outcome = write(state, |block| {
        digest.block(block);
        Ok(())
    });
    outcome.expect("digesting does not fail");
    digest.finish()
}

impl Memory {
    /// Reads what [`write`] wrote. It is believed by nobody yet.
    ///
    /// # Errors
    /// `Damaged`, `Io`.
    pub(crate) fn read(blocks: &mut Blocks) -> Result<Self, Unfit> {
        blocks.begin_digest();
        let head: MemoryHead = blocks.next()?;
        Ok(Self {
            runtimes: blocks.many(head.runtimes)?,
            neurons: blocks.many(head.neurons)?,
            held: blocks.many(head.held)?,
            pending: blocks.many(head.pending)?,
            postponed: blocks.many(head.postponed)?,
            waiting: blocks.many(head.waiting)?,
            digest: blocks.end_digest(),
            head,
        })
    }

    pub(crate) fn policy(&self) -> &Policy {
        &self.head.policy
    }

    /// As [`digest`] gives it for the fold that wrote this.
    pub(crate) fn digest(&self) -> Hash {
        self.digest
    }

    /// Puts it back into the state of a fold that has read nothing.
    pub(crate) fn restore(self, state: &mut State) {
        let MemoryHead { policy, policy_index, polls, chain, claims, .. } = self.head;
        state.chain.at = chain;
        state.claims = claims;
        state.chain.runtimes.extend(self.runtimes);
        state.chain.neurons.extend(self.neurons);
        state.project.resume(policy, policy_index, polls, &state.chain);
        for SavedRun { run, asked, is_listed } in self.held {
            state.project.restore(run, asked.map(Rc::from), is_listed);
        }
        for run in self.pending {
            state.project.pending.insert(run.run_id.clone(), run);
        }
        for (asked, run) in self.postponed {
            let postponed = Postponed { run, asked: asked.into() };
            state.project.postponed.insert(postponed.run.run_id.clone(), postponed);
        }
        state.databases.waiting.extend(self.waiting);
        state.count.restore(&state.project);
    }
}
