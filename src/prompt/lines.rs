//! Lines from a terminal, with an editor's keys and what was written before.

use std::io;
use std::path::PathBuf;

use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{CompletionType, Config, Editor};

use super::completing::Completing;
use super::history::STATEMENTS_MAX;
use crate::failure::Failure;
use crate::terminal::{say, shown};

/// A terminal that is read line by line. Where it knows no editor's keys, as a dumb one, lines are read as they come.
pub(super) struct Lines {
    editor: Editor<Completing, FileHistory>,
    history: Option<PathBuf>,
}

/// What comes of reading a line.
pub(super) enum Line {
    Written(String),
    /// Ctrl-C: what was written is of no interest any more.
    Interrupted,
    /// Ctrl-D.
    End,
}

impl Lines {
    /// Begins with what was written before.
    ///
    /// # Errors
    /// The terminal cannot be used.
    pub(super) fn open(completing: Completing, history: Option<PathBuf>) -> Result<Self, Failure> {
        let config = Config::builder().max_history_size(STATEMENTS_MAX).map_err(|error| unread(&error))?;
        let config = config.history_ignore_space(true).completion_type(CompletionType::List).build();
        let mut editor = Editor::with_config(config).map_err(|error| unread(&error))?;
        editor.set_helper(Some(completing));
        let mut lines = Self { editor, history };
        if let Some(file) = &lines.history {
            match lines.editor.load_history(file) {
                Err(ReadlineError::Io(error)) if error.kind() == io::ErrorKind::NotFound => {}
                loaded => lines.keep_only_after(loaded),
            }
        }
        Ok(lines)
    }

    /// Reads a line.
    ///
    /// # Errors
    /// The terminal went away.
    pub(super) fn read(&mut self, prompt: &str) -> Result<Line, Failure> {
        match self.editor.readline(prompt) {
            Ok(line) => Ok(Line::Written(line)),
            Err(ReadlineError::Interrupted) => Ok(Line::Interrupted),
            Err(ReadlineError::Eof) => Ok(Line::End),
            Err(error) => Err(unread(&error)),
        }
    }

    /// Keeps what was written, unless it is what was written last, or begins with a space.
    pub(super) fn keep(&mut self, written: &str) {
        let added = self.editor.add_history_entry(written);
        if let (Ok(true), Some(file)) = (added, &self.history) {
            let appended = self.editor.append_history(file);
            self.keep_only_after(appended);
        }
    }

    /// What fails once fails for every line.
    fn keep_only_after(&mut self, outcome: rustyline::Result<()>) {
        if let (Err(error), Some(file)) = (outcome, &self.history) {
            say(&format!("{}: no history is kept: {error}", shown(file)));
            self.history = None;
        }
    }
}

fn unread(error: &ReadlineError) -> Failure {
    Failure::Unavailable(format!("the terminal: {error}"))
}
