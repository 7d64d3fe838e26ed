//! SQL over a log and its tables, through DataFusion.
//!
//! It is: one [`Session`] over one look at a log, which knows the state tables as they stand there, scans the fact
//! tables when asked, and tells with every [`Answer`] what it stands on. It is not: a server, a cache, or anything that
//! writes.
//!
//! What always holds:
//! - an answer stands on one size of the log, whose signed checkpoint it names; what the log records meanwhile is not
//!   in it;
//! - the same SQL over the same log gives the same rows, in the same order with `ORDER BY` or without: a plan has one
//!   partition. Without it, the order is that of the table: state tables by their key, fact tables by log index. What
//!   breaks this, as `now()`, is named in the answer;
//! - nothing is read but the log: no file, no URL; nothing is changed: no DDL, no DML, no COPY, no SET;
//! - a fault met on the way fails the query; no shorter answer is given for the whole one;
//! - the past is asked for with `<table>_at`, and `AS OF` in any dialect is refused, because DataFusion would ignore
//!   it.
//!
//! A session needs a tokio runtime with its clock on; scans run on its blocking threads.

mod answer;
mod as_of;
mod catalog;
mod catalog_in_order;
mod chain_text;
mod error;
mod facts;
mod functions;
mod held;
mod in_order;
mod late;
mod limits;
mod listing;
mod look;
mod named_scans;
mod not_retracted;
mod notes;
mod penalized;
mod question;
mod rows;
mod scan_exec;
mod session;
mod state;
mod volatile;

pub use answer::{Answer, Standing};
pub use error::QueryError;
pub use limits::Limits;
pub use session::{QUERIES_AT_ONCE, Session};
pub use state::{Moment, MomentError, Place};
