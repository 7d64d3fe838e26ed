//! What a fold remembers beside the rows of its tables, so that a saved state continues as if it had never stopped.

use std::io;
use std::sync::Arc;

use annals_log::{Hash, PastRows, Policy, encode};
use bincode::{Decode, Encode};

use super::chain::Remembered;
use super::list::{LISTS, SavedWorlds, Worlds};
use super::saved_lists::SavedLists;
use super::wandb::{Claims, Polls};
use crate::digest::MemoryDigest;
use crate::policy_in_force::PolicyInForce;
use crate::register::{Register, RegisterHead, SavedRegister};
use crate::saved_file::Blocks;
use crate::unfit::Unfit;

/// Rises whenever the same entries would leave other bytes to remember.
pub(crate) const VERSION: u16 = 5;

/// The memory of a saved state, which nothing vouches for yet.
pub(crate) struct Memory {
    head: MemoryHead,
    register: SavedRegister,
    worlds: SavedWorlds,
    digest: Hash,
}

/// Single values, and the length of each list that follows. The worlds that have single values are those of version 1;
/// another world puts its own into a list.
#[derive(Encode, Decode)]
struct MemoryHead {
    policy: Policy,
    policy_index: u64,
    register: RegisterHead,
    polls: Polls,
    chain: Remembered,
    claims: Claims,
    counts: [u64; LISTS],
}

/// Calls `block` with what a fold remembers, block by block.
///
/// # Errors
/// The first error of `block`.
pub(crate) fn write(
    policy: &PolicyInForce,
    register: &Register,
    worlds: &Worlds,
    mut block: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let head = MemoryHead {
        policy: Policy::clone(&policy.policy),
        policy_index: policy.index,
        register: register.head(),
        polls: worlds.wandb.project.polls.clone(),
        chain: worlds.chain.at.clone(),
        claims: worlds.wandb.claims.clone(),
        counts: worlds.counts(),
    };
    block(&encode(&head))?;
    register.write(&mut block)?;
    worlds.write(&mut block)
}

/// Returns the digest of what a fold remembers.
pub(crate) fn digest(policy: &PolicyInForce, register: &Register, worlds: &Worlds) -> Hash {
    let mut digest = MemoryDigest::default();
    let outcome = write(policy, register, worlds, |block| {
        digest.block(block);
        Ok(())
    });
    outcome.expect("digesting does not fail");
    digest.finish()
}

impl Memory {
    /// Reads what [`write`] wrote.
    ///
    /// # Errors
    /// `Damaged`, `Io`.
    pub(crate) fn read(blocks: &mut Blocks) -> Result<Self, Unfit> {
        blocks.begin_digest();
        let head: MemoryHead = blocks.next()?;
        let register = SavedRegister::read(blocks, &head.register)?;
        let worlds = SavedWorlds::read(&mut SavedLists::of(blocks, &head.counts))?;
        Ok(Self { head, register, worlds, digest: blocks.end_digest() })
    }

    pub(crate) fn policy(&self) -> &Policy {
        &self.head.policy
    }

    /// Returns the digest that [`digest`] has for the fold that wrote this.
    pub(crate) fn digest(&self) -> Hash {
        self.digest
    }

    /// Returns what names the covered times, whose files are read apart.
    pub(crate) fn covered(&self) -> PastRows {
        self.head.register.covered
    }

    /// Puts it back into a fold that has read nothing.
    pub(crate) fn restore(self, policy: &mut PolicyInForce, register: &mut Register, worlds: &mut Worlds) {
        register.restore(self.register);
        (policy.policy, policy.index) = (Arc::new(self.head.policy), self.head.policy_index);
        worlds.chain.at = self.head.chain;
        worlds.wandb.claims = self.head.claims;
        worlds.wandb.project.polls = self.head.polls;
        worlds.restore(self.worlds, policy);
    }
}
