//! Bodies as JSON texts: the fields of each kind's struct, in its order; digests as hex.

mod chain;
mod computedb;
mod log;
mod values;
mod wandb;

use annals_log::{
    BlockLeftOut, BlockRetracted, ChainBlock, ChainOutage, ChainState, ClockStepped, ComputeDbPoll,
    ComputeDbRow, ExtrinsicSubmitted, Fact, LogOpened, Policy, ProjectionState, ProjectionStateRetracted,
    ReadError, RecorderStarted, RecorderStopped, RuntimeUpgraded, WandbConfigSigned, WandbFileDamage,
    WandbHistoryRow, WandbPoll, WandbPublished, WandbRun, WandbRunGone, WandbRunUnseen, json::Value,
};

use super::Entry;

pub(super) use values::{number, text, texts};
pub(super) use wandb::scope_name;

/// The body of an entry; `None` for kinds and schemas that are unknown here, and for a body that is not what it should.
///
/// # Errors
/// A fault, when the body lies beside the entry.
pub(super) fn of(entry: &mut Entry<'_>) -> Result<Option<String>, ReadError> {
    let members = match entry.envelope.kind {
        LogOpened::KIND => told(entry, log::log_opened)?,
        RecorderStarted::KIND => told(entry, log::recorder_started)?,
        RecorderStopped::KIND => told(entry, log::recorder_stopped)?,
        ClockStepped::KIND => told(entry, log::clock_stepped)?,
        ProjectionState::KIND => told(entry, log::projection_state)?,
        ProjectionStateRetracted::KIND => told(entry, log::projection_state_retracted)?,
        Policy::KIND => told(entry, log::policy)?,
        WandbRun::KIND => told(entry, wandb::wandb_run)?,
        WandbPoll::KIND => told(entry, wandb::wandb_poll)?,
        WandbHistoryRow::KIND => told(entry, wandb::wandb_history_row)?,
        WandbFileDamage::KIND => told(entry, wandb::wandb_file_damage)?,
        WandbRunUnseen::KIND => told(entry, wandb::wandb_run_unseen)?,
        WandbRunGone::KIND => told(entry, wandb::wandb_run_gone)?,
        WandbConfigSigned::KIND => told(entry, wandb::wandb_config_signed)?,
        WandbPublished::KIND => told(entry, wandb::wandb_published)?,
        ChainBlock::KIND => told(entry, chain::chain_block)?,
        RuntimeUpgraded::KIND => told(entry, chain::runtime_upgraded)?,
        ChainState::KIND => told(entry, chain::chain_state)?,
        BlockRetracted::KIND => told(entry, chain::block_retracted)?,
        BlockLeftOut::KIND => told(entry, chain::block_left_out)?,
        ChainOutage::KIND => told(entry, chain::chain_outage)?,
        ExtrinsicSubmitted::KIND => told(entry, chain::extrinsic_submitted)?,
        ComputeDbPoll::KIND => told(entry, computedb::computedb_poll)?,
        ComputeDbRow::KIND => told(entry, computedb::computedb_row)?,
        _ => None,
    };
    Ok(members.map(|members| members.to_json()))
}

fn told<F: Fact>(entry: &mut Entry<'_>, members: fn(&F) -> Value) -> Result<Option<Value>, ReadError> {
    Ok(entry.fact()?.map(|fact: F| members(&fact)))
}
