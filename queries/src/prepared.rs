//! Prepared questions: SQL that was understood once, and is answered as often as there are values for its parameters.

use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::ScalarValue;
use datafusion::execution::SessionState;

use crate::answer::Standing;
use crate::argument::Argument;
use crate::error::QueryError;
use crate::parameters::{Parameter, Parameters, Values};
use crate::session::{Planned, Session};
use crate::stream::AnswerStream;

/// A question, with what can be said of its answers before there is one.
///
/// It keeps the SQL, and each run plans it anew: a plan may be nested as deep as its SQL is long, and could be dropped
/// only on a stack as deep as that.
#[derive(Clone)]
pub struct Prepared {
    session: Session,
    sql: String,
    head: PreparedHead,
}

#[derive(Clone)]
struct PreparedHead {
    schema: SchemaRef,
    parameters: Parameters,
    volatile: Vec<String>,
}

impl Session {
    /// Plans one statement, which may have parameters: `$1`, `$2` and so on. They stand for values, and not for
    /// arguments of `<table>_at`, which are wanted while planning.
    ///
    /// # Errors
    /// As of [`Session::stream`], as far as they can be met before a row is read.
    ///
    /// # Panics
    /// When [`crate::Limits::time`] is set, outside of a tokio runtime with a clock.
    pub async fn prepare(&self, sql: &str) -> Result<Prepared, QueryError> {
        let head = self.plan_elsewhere(sql, head_of).await?;
        Ok(Prepared { session: self.clone(), sql: sql.to_owned(), head })
    }

    /// Begins to answer one statement with values as a person writes them, for parameters that are numbered or named.
    ///
    /// # Errors
    /// As of [`Session::stream`]; `NoValue`, `NoParameter`, `TwoValues`, `ParameterType`.
    ///
    /// # Panics
    /// As [`Session::stream`].
    pub async fn stream_given(
        &self,
        sql: &str,
        arguments: Vec<Argument>,
    ) -> Result<AnswerStream, QueryError> {
        self.stream_with(sql, Values::Written(arguments)).await
    }
}

impl Prepared {
    /// Returns the schema of the rows. Where a column's type follows from a parameter that has none,
    /// [`AnswerStream::schema`] alone has the true one.
    pub fn schema(&self) -> &SchemaRef {
        &self.head.schema
    }

    /// Returns the parameters, `$1` first.
    pub fn parameters(&self) -> &[Parameter] {
        self.head.parameters.list()
    }

    /// Returns the functions used that return something else every time.
    pub fn volatile(&self) -> &[String] {
        &self.head.volatile
    }

    /// Returns what every answer stands on.
    pub fn standing(&self) -> &Standing {
        self.session.standing()
    }

    /// Begins to answer it with a value for each parameter.
    ///
    /// # Errors
    /// As of [`Session::stream`]; `ParameterCount`, `ParameterType`.
    ///
    /// # Panics
    /// As [`Session::stream`].
    pub async fn run(&self, values: Vec<ScalarValue>) -> Result<AnswerStream, QueryError> {
        self.session.stream_with(&self.sql, Values::Typed(values)).await
    }
}

/// Types of columns may change once more while a plan is analyzed, as those of a `UNION`. Without the types of all
/// parameters that may be impossible.
fn head_of(session: &Session, state: &SessionState, planned: Planned) -> Result<PreparedHead, QueryError> {
    let Planned { plan, parameters, volatile } = planned;
    let parameters = parameters.numbered().map_err(|error| session.error(error))?;
    let loose = Arc::clone(plan.schema());
    let analyzed = state.analyzer().execute_and_check(plan, state.config_options(), |_, _| {});
    let schema = match analyzed {
        Ok(analyzed) => Arc::clone(analyzed.schema()),
        Err(_) if parameters.has_untyped() => loose,
        Err(error) => return Err(session.error(error)),
    };
    Ok(PreparedHead { schema: Arc::clone(schema.inner()), parameters, volatile })
}
