//! A look at SQL before there is a log to ask.

use std::thread::Builder;

use crate::error::QueryError;
use crate::work::STACK_BYTES;
use crate::{dialect, session};

/// Reads one statement as a session does. What passes may still name a table that no log has.
///
/// # Errors
/// `TooLong`, `Statements`, `NotAQuestion`, `Ignored`, `AsOf`, `TooLarge`; `Syntax` where it is none; `Panicked`.
pub fn check(sql: &str) -> Result<(), QueryError> {
    let sql = session::read(sql)?;
    // A statement may be nested as deep as it is long, and is dropped on a stack as deep as that.
    let reading = Builder::new().stack_size(STACK_BYTES).spawn(move || dialect::parse(&sql).map(drop));
    let reading = reading.expect("the operating system starts a thread unless it is out of memory");
    reading.join().unwrap_or_else(|panic| Err(QueryError::panicked(&*panic)))
}
