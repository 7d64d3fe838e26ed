//! How a command that has one thing to say writes it: as lines for people, or as one JSON object for programs.

use serde::Serialize;

use crate::failure::Failure;
use crate::output::write_text;

/// The flag that every such command takes.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub(crate) struct FormGiven {
    /// How to write it
    ///
    /// Keys of the object stay what they are, and others may come. The exit code and what standard error says are the
    /// same.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Form::Text)]
    output: Form,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// For reading
    #[default]
    Text,
    /// One object
    Json,
}

impl FormGiven {
    pub(crate) fn is_json(self) -> bool {
        self.output == Form::Json
    }
}

/// Writes an object in one line.
pub(crate) fn write_object(object: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string(object).expect("its keys are texts, and no number is infinite");
    write_text(&(text + "\n"))
}
