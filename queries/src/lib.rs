//! SQL over a log and its tables, through DataFusion.
//!
//! It is: a [`Gate`], which has the memory and the places of a process, and [`Session`]s that go through it, each over
//! one look at a log. A session knows the state tables as they stand there, scans the fact tables when asked, and tells
//! with every [`AnswerStream`], or [`Answer`] collected from one, what it stands on. It is not: a server, a cache, or
//! anything that writes.
//!
//! What always holds:
//! - an answer stands on one size of the log, whose signed checkpoint it names; what the log records meanwhile is not
//!   in it;
//! - the same SQL over the same log gives the same rows, in the same order with `ORDER BY` or without: a plan has one
//!   partition. Without it, the order is that of the table: state tables by their key, fact tables by log index. What
//!   breaks this, as `now()`, is named in the answer;
//! - nothing is read but the log: no file, no URL; nothing is changed: no DDL, no DML, no COPY, no SET;
//! - a fault met on the way fails the query; no shorter answer is given for the whole one. A stream may have given rows
//!   by then: only one that ended without an error is an answer;
//! - the past is asked for with `<table>_at`, and `AS OF` in any dialect is refused, because DataFusion would ignore
//!   it.
//!
//! A session needs a tokio runtime with its clock on; scans run on its blocking threads.

mod answer;
mod argument;
mod as_of;
mod bounded;
mod catalog;
mod catalog_in_order;
mod chain_text;
mod check;
mod commit_times;
mod deadline;
mod dialect;
mod directory;
mod error;
mod exact;
mod facts;
mod functions;
mod gate;
mod held;
mod in_order;
mod interval;
mod late;
mod limits;
mod listing;
mod look;
mod mistake;
mod named_scans;
mod not_retracted;
mod notes;
mod nothing_known;
mod parameters;
mod penalized;
mod penalized_at;
mod prepared;
mod question;
mod questions;
mod rows;
mod scan_exec;
mod session;
mod signed;
mod state;
mod stream;
mod views;
mod volatile;
mod words;
mod work;

pub use answer::{Answer, Standing};
pub use argument::Argument;
pub use check::check;
pub use datafusion::common::ScalarValue;
pub use dialect::split_statement;
pub use error::QueryError;
pub use gate::Gate;
pub use limits::Limits;
pub use nothing_known::NO_EVIDENCE;
pub use parameters::Parameter;
pub use prepared::Prepared;
pub use questions::{NamedQuestion, QuestionParameter, questions};
pub use session::Session;
pub use state::{Moment, MomentError, Place};
pub use stream::AnswerStream;
