//! The rules of the house, held by tests: which way things lean, how long they may be, and what has to be said where.

mod agreed;
mod circles;
mod files;
mod imports;
mod lengths;
mod source;
