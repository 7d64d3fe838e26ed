//! The prompt's loop: a line is an order, or a part of statements that are answered.

use std::cell::RefCell;
use std::io::{self, Write as _};
use std::ops::ControlFlow;
use std::path::Path;
use std::rc::Rc;
use std::time::Instant;

use annals_log::utc_text;
use indicatif::HumanCount;

use super::completing::Completing;
use super::history;
use super::known::Known;
use super::lines::{Line, Lines};
use super::orders::{self, Order};
use super::statements::Statements;
use crate::asking::Asked;
use crate::asking::answering::Answering;
use crate::asking::interrupts::Interrupts;
use crate::asking::sql_text;
use crate::failure::Failure;
use crate::output;
use crate::output::format::Format;
use crate::output::manner::Manner;
use crate::settings::Settings;
use crate::tables_page;
use crate::terminal::{self, say, shown};

const PROMPT: &str = "annals> ";
/// A statement goes on.
const PROMPT_WITHIN: &str = "   ...> ";

/// A log that is asked one statement after another.
struct Conversation<'a> {
    form: &'a Answering,
    settings: &'a Settings,
    asked: Rc<RefCell<Asked>>,
    known: Rc<Known>,
    interrupts: Interrupts,
    manner: Manner,
    /// Whether the time of each answer is told.
    is_timed: bool,
}

/// Asks for statements and answers them, until its user leaves.
///
/// # Errors
/// There is no log to ask, or no terminal. A statement without an answer is no error.
pub(crate) fn run(form: &Answering, settings: &Settings) -> Result<(), Failure> {
    let manner = form.manner(settings)?;
    let asked = Rc::new(RefCell::new(form.open(settings, &manner)?));
    // What the tables took to be made could be ended; from here on Ctrl-C stops an answer.
    let interrupts = Interrupts::watch()?;
    asked.borrow_mut().stop_at(interrupts.clone());
    let known = Rc::new(Known::of(Rc::clone(&asked)));
    let lines = Lines::open(Completing(Rc::clone(&known)), history::file(&settings.data))?;
    let mut talk = Conversation { form, settings, asked, known, interrupts, manner, is_timed: false };
    if !talk.manner.is_quiet {
        writeln!(terminal::out(), "{}; a statement ends with `;`, \\? is for help", talk.standing())?;
    }
    talk.go_on(lines)
}

impl Conversation<'_> {
    fn go_on(&mut self, mut lines: Lines) -> Result<(), Failure> {
        let mut statements = Statements::default();
        let mut written = Vec::new();
        while terminal::is_heard() {
            // One that came too late to stop an answer is no word on the next line.
            self.interrupts.take();
            let line = match lines.read(if statements.is_empty() { PROMPT } else { PROMPT_WITHIN })? {
                // A terminal without an editor's keys gives the line nevertheless.
                Line::Written(line) if !self.interrupts.take() => line,
                Line::Written(_) | Line::Interrupted => {
                    (statements, written) = Default::default();
                    continue;
                }
                Line::End => break,
            };
            let order = orders::read(&line);
            if statements.is_empty() {
                if let Some(order) = order {
                    lines.keep(&line);
                    if self.obey(order).is_break() {
                        break;
                    }
                    continue;
                }
                if let Some(hint) = self.hint(&line) {
                    lines.keep(&line);
                    say(&hint);
                    continue;
                }
            } else if line.starts_with('\\') && matches!(order, Some(Ok(Order::Quit))) {
                break;
            }
            statements.add(&line);
            written.push(line);
            let whole: Vec<String> = statements.by_ref().collect();
            if statements.is_empty() {
                // Before the answer, which may take long.
                lines.keep(&std::mem::take(&mut written).join("\n"));
            }
            for sql in whole {
                let answered = self.answer(&sql);
                if self.tell(answered).is_break() {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Does what an order says; what fails is said. It breaks where the prompt is left.
    fn obey(&mut self, order: Result<Order, String>) -> ControlFlow<()> {
        if let Ok(Order::Quit) = order {
            return ControlFlow::Break(());
        }
        let done = order.map_err(Failure::Usage).and_then(|order| self.do_order(order));
        // One that was stopped leaves nothing else to do.
        let _ = self.tell(done);
        ControlFlow::Continue(())
    }

    fn do_order(&mut self, order: Order) -> Result<(), Failure> {
        match order {
            Order::Tables => self.write_page(None),
            Order::Columns(table) => self.write_page(Some(&table)),
            Order::Expanded => {
                self.manner.is_expanded = !self.manner.is_expanded;
                if self.manner.is_expanded {
                    self.manner.format = Format::Table;
                }
                self.told("expanded", if self.manner.is_expanded { "on" } else { "off" })
            }
            Order::Timing => {
                self.is_timed = !self.is_timed;
                self.told("timing", if self.is_timed { "on" } else { "off" })
            }
            Order::Output(format) => {
                self.manner.format = Format::for_reader(Some(format))?;
                self.manner.is_expanded &= format == Format::Table;
                self.told("output", &format.to_string())
            }
            Order::Rows(rows) => {
                self.manner.rows = Some(rows);
                self.told("rows", &rows.limit().map_or_else(|| "all".to_owned(), |rows| rows.to_string()))
            }
            Order::File(file) => self.answer_file(&file),
            Order::Refresh => self.refresh(),
            Order::Help => Ok(terminal::out().write_all(orders::help().as_bytes())?),
            Order::Quit => Ok(()),
        }
    }

    fn told(&self, what: &str, is: &str) -> Result<(), Failure> {
        Ok(writeln!(terminal::out(), "{what}: {is}")?)
    }

    /// Answers one statement as `annals query` does.
    fn answer(&self, sql: &str) -> Result<(), Failure> {
        let begun = Instant::now();
        let answered = self.write(sql);
        if self.is_timed {
            writeln!(terminal::out(), "time: {:.3} s", begun.elapsed().as_secs_f64())?;
        }
        answered
    }

    fn answer_file(&self, file: &Path) -> Result<(), Failure> {
        let text = sql_text::in_file(file)?;
        if text.len() as u64 >= sql_text::SQL_BYTES_MAX {
            return Err(Failure::Usage(format!("{}: a file of SQL has less than 1 MiB", shown(file))));
        }
        Statements::of_file(&text).try_for_each(|sql| self.answer(&sql)).map_err(|failure| failure.at(file))
    }

    fn write(&self, sql: &str) -> Result<(), Failure> {
        let mut asked = self.asked.borrow_mut();
        asked.limit_rows(self.manner.limit())?;
        // The window may be another one by now.
        let manner = Manner { columns: Manner::columns_here(), ..self.manner };
        output::write(asked.stream(sql, &[])?, &manner)
    }

    /// Writes what there is to ask, however few rows of an answer are wanted.
    fn write_page(&self, table: Option<&str>) -> Result<(), Failure> {
        let mut asked = self.asked.borrow_mut();
        asked.limit_rows(None)?;
        tables_page::write(table, &mut asked)
    }

    fn refresh(&self) -> Result<(), Failure> {
        let mut asked = self.form.open(self.settings, &self.manner)?;
        asked.stop_at(self.interrupts.clone());
        *self.asked.borrow_mut() = asked;
        Ok(writeln!(terminal::out(), "{}", self.standing())?)
    }

    /// What all answers stand on until the log is looked at again.
    fn standing(&self) -> String {
        let asked = self.asked.borrow();
        let standing = asked.standing();
        format!(
            "size {}, as recorded up to {}",
            HumanCount(standing.size.0),
            utc_text(standing.recorded_at_ms)
        )
    }

    /// Returns what to write in place of the bare name of a table.
    fn hint(&self, line: &str) -> Option<String> {
        let name = line.trim().trim_end_matches(';').trim_end();
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_.".contains(c));
        (is_name && self.known.words().has_table(name)).then(|| {
            format!("`{name}` is a table: select * from {name} limit 10; gives rows, \\d {name} its columns")
        })
    }

    /// Says why something was not done; it breaks where its user stopped it.
    fn tell(&self, outcome: Result<(), Failure>) -> ControlFlow<()> {
        let Err(failure) = outcome else { return ControlFlow::Continue(()) };
        let is_stopped = self.interrupts.take();
        if is_stopped {
            // The terminal shows ^C, and leaves the cursor behind it.
            let _ = writeln!(io::stderr());
        }
        say(&failure.to_string());
        if is_stopped { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}
