//! Recorded answers of W&B, served again: what readers are told of them, poll by poll, and what writers make of them.

mod answers;
mod golden;
mod polls;
mod reading;
mod serving;
mod told;
mod writing;
