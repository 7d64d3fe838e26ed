//! The source's name in entries.

pub(super) const NAME: &str = "wandb_offline";
