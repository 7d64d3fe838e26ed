//! What a command that runs for long says of its work, on standard error: as text for people, or as JSON for machines.

use std::fmt::{self, Write as _};
use std::io;

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::failure::Failure;
use crate::terminal::{SAID, printable_lines, say_as_events};

const FILTER_VARIABLE: &str = "ANNALS_LOG";
/// Crates of ours.
const OURS: &str = "annals";

/// What every command takes that runs for long.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct LoggingGiven {
    /// How standard error is written; `ANNALS_LOG` filters it: `info` adds each poll and node, `annals=debug` each
    /// answer
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = LogFormat::Text)]
    log_format: LogFormat,
}

/// How standard error is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum LogFormat {
    /// Lines for people
    Text,
    /// An object of JSON a line
    Json,
}

impl LoggingGiven {
    /// Begins to write what the rest of the process says.
    ///
    /// # Errors
    /// `Usage`: `ANNALS_LOG` is no filter.
    pub(crate) fn start(self) -> Result<(), Failure> {
        let registry = tracing_subscriber::registry().with(filter()?);
        let layer = tracing_subscriber::fmt::layer().with_writer(io::stderr);
        let started = match self.log_format {
            LogFormat::Text => registry.with(layer.event_format(Plain)).try_init(),
            LogFormat::Json => {
                say_as_events();
                registry.with(layer.json().flatten_event(true)).try_init()
            }
        };
        started.expect("a process runs one command, which begins this once");
        Ok(())
    }
}

/// What is written: troubles of our own crates, unless the variable says otherwise. What the program says to its user
/// is written whatever the variable says.
fn filter() -> Result<Targets, Failure> {
    let asked = std::env::var(FILTER_VARIABLE).ok().filter(|asked| !asked.is_empty());
    let targets = match asked {
        Some(asked) => asked.parse().map_err(|error| {
            Failure::Usage(format!("{FILTER_VARIABLE} is no filter, as info or annals=debug is one: {error}"))
        })?,
        None => Targets::new().with_target(OURS, LevelFilter::WARN),
    };
    Ok(targets.with_target(SAID, LevelFilter::WARN))
}

/// A line for people, as the program says everything else. The fields beside it are for those who asked to look closer.
struct Plain;

#[derive(Default)]
struct Line {
    message: String,
    fields: String,
}

impl<S, N> FormatEvent<S, N> for Plain
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = Line::default();
        event.record(&mut line);
        if *event.metadata().level() <= Level::WARN {
            line.fields.clear();
        }
        writeln!(writer, "annals: {}{}", printable_lines(&line.message), printable_lines(&line.fields))
    }
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let written = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
        written.expect("a String takes it");
    }
}
