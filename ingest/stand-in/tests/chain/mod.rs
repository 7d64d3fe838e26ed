//! The source `chain`: recordings played again, nodes followed over loopback, and what nodes do that lie or fail.

mod damaged;
mod doubtful;
mod ends;
mod executed;
mod following;
mod forks;
mod heads;
mod hostile;
mod ladder;
mod large;
mod lines;
mod node;
mod replay;
mod resume;
