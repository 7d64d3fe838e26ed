//! A session: SQL in, answers out, over one look at one log.

use std::future::poll_fn;
use std::sync::Arc;

use annals_log::{Lookups, Reader};
use annals_projections::Snapshot;
use datafusion::arrow::array::RecordBatch;
use datafusion::common::ScalarValue;
use datafusion::error::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, SessionState};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::execute_stream;
use datafusion::prelude::{SQLOptions, SessionContext};
use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use tokio::sync::{mpsc, oneshot};

use crate::answer::{Answer, Standing};
use crate::commit_times::CommitTimes;
use crate::deadline::Deadline;
use crate::error::QueryError;
use crate::gate::Gate;
use crate::limits::SQL_BYTES_MAX;
use crate::look::Look;
use crate::notes::Notes;
use crate::parameters::Parameters;
use crate::stream::{AnswerStream, BATCHES_AHEAD, CutAt, Head};
use crate::work::Work;
use crate::{as_of, catalog, functions, question, scan_exec, volatile};

/// Answers SQL over a log as it stood when the session was opened. Queries may run at once; the memory and the places
/// that they take are those of the session's gate, which other sessions share.
///
/// Opening one is cheap: a server opens one for each connection and each size of the log.
#[derive(Clone)]
pub struct Session {
    context: SessionContext,
    standing: Standing,
    times: Arc<CommitTimes>,
    gate: Arc<Gate>,
}

/// A statement that was planned, not yet optimized.
pub(crate) struct Planned {
    pub(crate) plan: LogicalPlan,
    pub(crate) parameters: Parameters,
    pub(crate) volatile: Vec<String>,
}

/// Where an answer goes.
struct Outlet {
    head: oneshot::Sender<Head>,
    batches: mpsc::Sender<RecordBatch>,
}

impl Session {
    /// Opens a session at the size of `reader`; nothing is scanned yet.
    ///
    /// # Errors
    /// `TablesElsewhere`; `Sql` for tables that do not fit together.
    pub fn open(reader: &Reader, tables: Arc<Snapshot>, gate: &Arc<Gate>) -> Result<Self, QueryError> {
        Self::of(reader, tables, None, gate)
    }

    /// Opens one in the process that holds the log, which finds entries of one kind, block, or source and native id by
    /// the log's index. An answer that stands on what the index names says so.
    ///
    /// # Errors
    /// As of [`Session::open`].
    pub fn open_beside(
        lookups: Lookups,
        reader: &Reader,
        tables: Arc<Snapshot>,
        gate: &Arc<Gate>,
    ) -> Result<Self, QueryError> {
        Self::of(reader, tables, Some(lookups), gate)
    }

    fn of(
        reader: &Reader,
        tables: Arc<Snapshot>,
        lookups: Option<Lookups>,
        gate: &Arc<Gate>,
    ) -> Result<Self, QueryError> {
        if tables.position != reader.size() {
            return Err(QueryError::TablesElsewhere { tables: tables.position, log: reader.size() });
        }
        let standing = Standing::of(reader, tables.what_if);
        let reader = Arc::new(reader.clone());
        let times = Arc::new(CommitTimes::new(Arc::clone(&reader)));
        let look = Look { reader, tables, times: Arc::clone(&times), lookups };
        let context = catalog::context(&look, gate)
            .map_err(|error| QueryError::of(error, gate.limits().memory_bytes))?;
        Ok(Self { context, standing, times, gate: Arc::clone(gate) })
    }

    /// What every answer stands on.
    pub fn standing(&self) -> &Standing {
        &self.standing
    }

    /// Answers one statement, whole.
    ///
    /// # Errors
    /// As of [`Session::stream`], and of [`AnswerStream::collect`]. What was read before an error is not given.
    ///
    /// # Panics
    /// When [`crate::Limits::time`] is set, outside of a tokio runtime with a clock.
    pub async fn query(&self, sql: &str) -> Result<Answer, QueryError> {
        self.stream(sql).await?.collect().await
    }

    /// Begins to answer one statement, on a thread of its own: [`crate::Limits::places`] of all sessions are answered
    /// at once, and others wait. When the stream is dropped, or the time is over, the work ends at its next pause.
    ///
    /// # Errors
    /// Any but `TablesElsewhere`.
    ///
    /// # Panics
    /// When [`crate::Limits::time`] is set, outside of a tokio runtime with a clock.
    pub async fn stream(&self, sql: &str) -> Result<AnswerStream, QueryError> {
        self.stream_with(sql, Vec::new()).await
    }

    /// The same for a statement with parameters.
    pub(crate) async fn stream_with(
        &self,
        sql: &str,
        values: Vec<ScalarValue>,
    ) -> Result<AnswerStream, QueryError> {
        let deadline = Deadline::of(self.gate.limits().time);
        let notes = Arc::new(Notes::default());
        let (head, told) = oneshot::channel();
        let (batches, taken) = mpsc::channel(BATCHES_AHEAD);
        let (session, sql, said) = (self.clone(), read(sql)?, Arc::clone(&notes));
        let work = Work::begin(&self.gate, deadline, move || async move {
            session.answer(&sql, values, said, Outlet { head, batches }).await
        })
        .await?;
        let Ok(head) = deadline.hold(told).await? else {
            let error = work.outcome().await.err();
            return Err(error.expect("whoever has no error tells what the rows will be"));
        };
        Ok(AnswerStream {
            head,
            standing: self.standing.clone(),
            notes,
            gate: Arc::clone(&self.gate),
            deadline,
            batches: taken,
            work: Some(work),
            cut_at: None,
        })
    }

    /// Plans one statement elsewhere, and tells what `tell` makes of that.
    pub(crate) async fn plan_elsewhere<T: Send + 'static>(
        &self,
        sql: &str,
        tell: impl FnOnce(&Self, &SessionState, Planned) -> Result<T, QueryError> + Send + 'static,
    ) -> Result<T, QueryError> {
        let deadline = Deadline::of(self.gate.limits().time);
        let (session, sql) = (self.clone(), read(sql)?);
        let work = Work::begin(&self.gate, deadline, move || async move {
            let state = session.context.state();
            let planned = session.plan(&state, &sql).await?;
            tell(&session, &state, planned)
        });
        work.await?.outcome().await
    }

    async fn answer(
        &self,
        sql: &str,
        values: Vec<ScalarValue>,
        notes: Arc<Notes>,
        outlet: Outlet,
    ) -> Result<CutAt, QueryError> {
        let mut state = self.context.state();
        functions::tell(&mut state, &self.times, &notes).map_err(|error| self.error(error))?;
        state.config_mut().set_extension(notes);
        let Planned { plan, parameters, volatile } = self.plan(&state, sql).await?;
        let values = parameters.take(values)?;
        let plan =
            if parameters.list().is_empty() { Ok(plan) } else { plan.replace_params_with_values(&values) };
        let plan = plan.map_err(|error| self.error(error))?;
        let plan = state.create_physical_plan(&plan).await.map_err(|error| self.error(error))?;
        let plan = scan_exec::first_rows_at_once(plan).map_err(|error| self.error(error))?;
        let rows = execute_stream(plan, state.task_ctx()).map_err(|error| self.error(error))?;
        // Nobody there is fine: the work then ends by itself.
        let _ = outlet.head.send(Head { schema: rows.schema(), volatile });
        self.pass_on(rows, &outlet.batches).await
    }

    async fn plan(&self, state: &SessionState, sql: &str) -> Result<Planned, QueryError> {
        let statement = self.parse(sql)?;
        let volatile = volatile::used_in(&statement, state);
        let plan = state.statement_to_plan(statement).await.map_err(|error| self.error(error))?;
        // A second look, at what the statement came to be.
        SQLOptions::new()
            .with_allow_ddl(false)
            .with_allow_dml(false)
            .with_allow_statements(false)
            .verify_plan(&plan)
            .map_err(|error| QueryError::NotAQuestion(error.strip_backtrace()))?;
        let parameters = Parameters::of(&plan).map_err(|error| self.error(error))?;
        Ok(Planned { plan, parameters, volatile })
    }

    fn parse(&self, sql: &str) -> Result<Statement, QueryError> {
        let parser = DFParserBuilder::new(sql).with_dialect(&PostgreSqlDialect {}).build();
        let mut statements = match parser.and_then(|mut parser| parser.parse_statements()) {
            Ok(statements) => statements,
            Err(_) if as_of::is_meant_by(sql) => return Err(QueryError::AsOf),
            Err(error) => return Err(self.error(error)),
        };
        let count = statements.len();
        let statement = statements.pop_front().filter(|_| count == 1).ok_or(QueryError::Statements(count))?;
        question::check(statement)
    }

    /// Hands on rows up to the limit. One more is looked for, to know whether the answer is cut.
    async fn pass_on(
        &self,
        mut rows: SendableRecordBatchStream,
        batches: &mpsc::Sender<RecordBatch>,
    ) -> Result<CutAt, QueryError> {
        let limit = self.gate.limits().rows;
        let mut rows_left = limit.unwrap_or(usize::MAX);
        while let Some(batch) = poll_fn(|context| rows.as_mut().poll_next(context)).await {
            let batch = batch.map_err(|error| self.error(error))?;
            let taken = batch.num_rows().min(rows_left);
            rows_left -= taken;
            let is_cut = taken < batch.num_rows();
            if taken > 0 && batches.send(batch.slice(0, taken)).await.is_err() {
                break;
            }
            if is_cut {
                return Ok(limit);
            }
        }
        Ok(None)
    }

    pub(crate) fn error(&self, error: DataFusionError) -> QueryError {
        QueryError::of(error, self.gate.limits().memory_bytes)
    }
}

/// The text of a statement, unless it is longer than any question.
fn read(sql: &str) -> Result<String, QueryError> {
    if sql.len() > SQL_BYTES_MAX {
        return Err(QueryError::TooLong { bytes: sql.len() });
    }
    Ok(sql.to_owned())
}
