//! One file a command: its arguments, and what it does.

pub(crate) mod checkpoint;
pub(crate) mod ingest;
pub(crate) mod init;
pub(crate) mod prove;
pub(crate) mod raw;
pub(crate) mod verify;
pub(crate) mod verify_proof;
