//! Why a query has no answer, and what to do about it.

use std::any::Any;
use std::time::Duration;

use annals_log::{ReadError, TreeSize};
use annals_projections::DamagedTable;
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::error::ArrowError;
use datafusion::error::DataFusionError;

use crate::as_of::AS_OF_REFUSED;
use crate::limits::SQL_BYTES_MAX;
use crate::state::MomentError;

/// Why a query has no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// The tables were folded to another size than the log is looked at.
    #[error("the tables stand at size {tables} and the log is read at {log}; let the tables catch up first")]
    TablesElsewhere {
        /// Where the tables stand.
        tables: TreeSize,
        /// Where the log does.
        log: TreeSize,
    },
    /// None, or several.
    #[error("one statement at a time; here are {0}")]
    Statements(usize),
    /// It would change something, or set something.
    #[error(
        "only questions are answered here, as SELECT, EXPLAIN, SHOW TABLES and DESCRIBE, and this is {0}"
    )]
    NotAQuestion(String),
    /// Something in it would be passed over without a word.
    #[error("{0} is not understood here; an answer without it would be one to another question")]
    Ignored(&'static str),
    /// It has a form that cannot be answered rightly here.
    #[error("not understood here: {0}")]
    NotUnderstood(String),
    /// It would keep the planner busy for long.
    #[error("the question has more than {max} {what}: ask it in parts")]
    TooLarge {
        /// The parts of which it has too many.
        what: &'static str,
        /// The most that are planned.
        max: usize,
    },
    /// There are more values than parameters, or fewer.
    #[error(
        "the query has {expected} parameter(s), and {given} value(s) were given: {name} is the first that lacks one of both"
    )]
    ParameterCount {
        /// The first without a value, or that the query does not have.
        name: String,
        /// How many the query has.
        expected: usize,
        /// How many values there are.
        given: usize,
    },
    /// A value is not of its parameter's type.
    #[error("parameter {name} is of type {expected}, and {given} is no such value")]
    ParameterType {
        /// As in the SQL.
        name: String,
        /// What the query wants.
        expected: DataType,
        /// The value, with its type.
        given: String,
    },
    /// A parameter got no value.
    #[error("parameter {0} has no value")]
    NoValue(String),
    /// A value is for a parameter that the query does not have.
    #[error("the query has no parameter {0}")]
    NoParameter(String),
    /// A parameter got more than one value.
    #[error("parameter {0} has two values")]
    TwoValues(String),
    /// It is longer than any question.
    #[error("the query has {bytes} bytes, at most {SQL_BYTES_MAX} are read")]
    TooLong {
        /// Its own.
        bytes: usize,
    },
    /// A mistake of annals or DataFusion. Other queries are not concerned.
    #[error("this query met a mistake in the program itself: {0}")]
    Panicked(String),
    /// A saved table is not what was written.
    #[error("{}", root_text(.0))]
    Tables(#[source] Box<DataFusionError>),
    /// The past was asked for in a way that DataFusion ignores.
    #[error("{AS_OF_REFUSED}")]
    AsOf,
    /// `<table>_at` was asked for a moment that it does not know.
    #[error("{}", root_text(.0))]
    Moment(#[source] Box<DataFusionError>),
    /// A fault met while scanning: what was read before it is not given.
    #[error("the log could not be read: {}", root_text(.0))]
    Log(#[source] Box<DataFusionError>),
    /// The query needs more memory.
    #[error(
        "the query needs more than its {} MiB of memory; ask for less, as with a LIMIT or fewer columns, or raise the \
         limit `memory_bytes`: {}",
        limit_bytes >> 20,
        root_text(source)
    )]
    Memory {
        /// For all queries of the process together.
        limit_bytes: usize,
        /// Who wanted more.
        source: Box<DataFusionError>,
    },
    /// The query took too long.
    #[error("the query took over {} s; ask for less, as with a range of log_index, or raise the limit `time`", limit.as_secs_f64())]
    Time {
        /// From the SQL to the last row.
        limit: Duration,
    },
    /// No table bears the name.
    #[error(
        "there is no table `{name}`{}; SHOW TABLES lists those there are, and DESCRIBE <table> its columns",
        meant.as_ref().map_or(String::new(), |meant| format!("; did you mean `{meant}`?"))
    )]
    NoTable {
        /// The name in the question.
        name: String,
        /// A table of nearly the same name.
        meant: Option<String>,
    },
    /// It is no SQL; with the line and a caret under the place.
    #[error("{0}")]
    Syntax(String),
    /// It names a column that is not there, or failed on a row.
    #[error("{}", root_text(.0))]
    Sql(#[source] Box<DataFusionError>),
}

impl QueryError {
    /// A subquery for which DataFusion has no plan.
    pub(crate) fn subquery() -> Self {
        Self::NotUnderstood(SUBQUERY.to_owned())
    }

    /// Takes the words of a thread that panicked.
    pub(crate) fn panicked(panic: &(dyn Any + Send)) -> Self {
        let words = panic.downcast_ref::<&str>().copied();
        let words = words.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        Self::Panicked(words.unwrap_or("it panicked").to_owned())
    }

    /// Sorts what DataFusion says by what the caller can do about it.
    pub(crate) fn of(error: DataFusionError, limit_bytes: usize) -> Self {
        let source = Box::new(error);
        match source.find_root() {
            DataFusionError::ResourcesExhausted(_) => Self::Memory { limit_bytes, source },
            DataFusionError::External(inner) if inner.is::<MomentError>() => Self::Moment(source),
            DataFusionError::External(inner) if inner.is::<ReadError>() => Self::Log(source),
            DataFusionError::ArrowError(inner, _) if is_damaged_table(inner) => Self::Tables(source),
            root if is_of_names(root) => Self::NotUnderstood(NAMES.to_owned()),
            root if is_of_subquery(root) => Self::subquery(),
            DataFusionError::Plan(text) if text.contains(AS_OF_REFUSED) => Self::AsOf,
            DataFusionError::Plan(text) if text.starts_with("table '") => {
                let name = text.split('\'').nth(1).unwrap_or_default();
                let name =
                    name.strip_prefix("annals.public.").or(name.strip_prefix("annals.")).unwrap_or(name);
                Self::NoTable { name: name.to_owned(), meant: None }
            }
            _ => Self::Sql(source),
        }
    }
}

fn is_damaged_table(error: &ArrowError) -> bool {
    matches!(error, ArrowError::ExternalError(inner) if inner.is::<DamagedTable>())
}

const NAMES: &str = "two columns of one name: name them apart, with AS";
const SUBQUERY: &str = "a subquery in this place, or one that looks at the row around it in this way: read its table in \
     FROM and join it, with row_number() over (partition by ...) where one row of several is wanted";

/// DataFusion tells columns that are computed alike by their texts.
fn is_of_names(error: &DataFusionError) -> bool {
    let text = error.strip_backtrace();
    text.contains("require unique expression names") || text.contains("which would be ambiguous")
}

/// DataFusion has plans for some subqueries and says of the others what they look like inside.
fn is_of_subquery(error: &DataFusionError) -> bool {
    if matches!(error, DataFusionError::Execution(_)) {
        return false;
    }
    let text = error.strip_backtrace();
    let has_no_plan = text.contains("Physical plan does not support logical expression");
    has_no_plan
        || text.contains("OuterReferenceColumn")
        || text.contains("orrelated ")
        || text.contains("subquery")
}

/// The text of what is at the bottom, without the layers that it came through.
fn root_text(error: &DataFusionError) -> String {
    match error.find_root() {
        DataFusionError::External(inner) => inner.to_string(),
        root => root.strip_backtrace(),
    }
}
