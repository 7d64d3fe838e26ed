//! One file a command: its arguments, and what it does.

pub(crate) mod ask;
pub(crate) mod checkpoint;
pub(crate) mod completions;
pub(crate) mod demo;
pub(crate) mod explain;
pub(crate) mod fixture;
pub(crate) mod generate;
pub(crate) mod gpu;
pub(crate) mod ingest;
pub(crate) mod init;
pub(crate) mod new;
pub(crate) mod policy;
pub(crate) mod prove;
pub(crate) mod publish;
pub(crate) mod query;
pub(crate) mod raw;
pub(crate) mod rebuild;
pub(crate) mod record;
pub(crate) mod run;
pub(crate) mod serve_chain;
pub(crate) mod serve_metrics;
pub(crate) mod serve_prometheus;
pub(crate) mod serve_wandb;
pub(crate) mod tables;
pub(crate) mod verify;
pub(crate) mod verify_proof;
