//! W&B asked over loopback: a server that answers as a test says.

mod asking;
mod history;
mod kill;
mod polling;
mod server;
