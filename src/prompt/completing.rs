//! Completion, as the line editor asks for it.

use std::rc::Rc;

use rustyline::completion::Completer;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::Validator;
use rustyline::{Context, Helper, Result};

use super::known::Known;

/// Completes words of a log; lines have no colours, and end where Enter is pressed.
pub(super) struct Completing(pub(super) Rc<Known>);

impl Completer for Completing {
    type Candidate = String;

    fn complete(&self, line: &str, pos: usize, _: &Context<'_>) -> Result<(usize, Vec<String>)> {
        Ok(self.0.words().completed(&line[..pos]))
    }
}

impl Helper for Completing {}

impl Highlighter for Completing {}

impl Hinter for Completing {
    type Hint = String;
}

impl Validator for Completing {}
