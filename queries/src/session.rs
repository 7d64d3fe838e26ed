//! A session: SQL in, answers out, over one look at one log.

use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use annals_log::Reader;
use annals_projections::Snapshot;
use datafusion::arrow::array::{Array as _, RecordBatch};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, SessionState};
use datafusion::physical_plan::execute_stream;
use datafusion::prelude::{SQLOptions, SessionContext};
use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use tokio::sync::{Semaphore, oneshot};

use crate::answer::{Answer, Standing};
use crate::error::QueryError;
use crate::limits::{Limits, SQL_BYTES_MAX};
use crate::look::Look;
use crate::notes::Notes;
use crate::{as_of, catalog, question, volatile};

/// Only what is used of it takes memory.
const STACK_BYTES: usize = 512 << 20;
/// So many queries of a session are answered at once.
pub const QUERIES_AT_ONCE: usize = 8;

/// Answers SQL over a log as it stood when the session was opened. Queries may run at once, and share its memory.
#[derive(Clone)]
pub struct Session {
    context: SessionContext,
    standing: Standing,
    limits: Limits,
    places: Arc<Semaphore>,
}

impl Session {
    /// Opens a session at the size of `reader`; nothing is scanned yet.
    ///
    /// # Errors
    /// `TablesElsewhere`; `Sql` for tables that do not fit together.
    pub fn open(reader: &Reader, tables: Arc<Snapshot>, limits: Limits) -> Result<Self, QueryError> {
        if tables.position != reader.size() {
            return Err(QueryError::TablesElsewhere { tables: tables.position, log: reader.size() });
        }
        let standing = Standing::of(reader, tables.what_if);
        let look = Look { reader: Arc::new(reader.clone()), tables };
        let context =
            catalog::context(&look, &limits).map_err(|error| QueryError::of(error, limits.memory_bytes))?;
        Ok(Self { context, standing, limits, places: Arc::new(Semaphore::new(QUERIES_AT_ONCE)) })
    }

    /// What every answer stands on.
    pub fn standing(&self) -> &Standing {
        &self.standing
    }

    /// Answers one statement, on a thread of its own; [`QUERIES_AT_ONCE`] are answered at once, and others wait. When
    /// the future is dropped, or the time is over, the work ends at its next pause: a join of large tables may go on
    /// for minutes, seen by nobody, and holds its place and its memory until then.
    ///
    /// # Errors
    /// Any but `TablesElsewhere`. What was read before an error is not given.
    ///
    /// # Panics
    /// When [`Limits::time`] is set, outside of a tokio runtime with a clock.
    pub async fn query(&self, sql: &str) -> Result<Answer, QueryError> {
        if sql.len() > SQL_BYTES_MAX {
            return Err(QueryError::TooLong { bytes: sql.len() });
        }
        match self.limits.time {
            None => self.answer_elsewhere(sql).await,
            Some(limit) => tokio::time::timeout(limit, self.answer_elsewhere(sql))
                .await
                .unwrap_or(Err(QueryError::Time { limit })),
        }
    }

    /// A thread of its own, with a runtime of its own: operators of DataFusion compute for long without a pause, and
    /// nobody could be told of the time on the same thread; they recurse as deep as the query is nested; and they may
    /// panic.
    async fn answer_elsewhere(&self, sql: &str) -> Result<Answer, QueryError> {
        let place = Arc::clone(&self.places).acquire_owned().await.expect("places are never closed");
        let (_wanted, unwanted) = oneshot::channel();
        let (tell, answer) = oneshot::channel();
        let (session, sql) = (self.clone(), sql.to_owned());
        let work = move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .build()
                .expect("a runtime without I/O needs memory only");
            let answered =
                catch_unwind(AssertUnwindSafe(|| runtime.block_on(until(unwanted, session.answer(&sql)))));
            // Scans notice by themselves that nobody reads any more.
            runtime.shutdown_background();
            drop(place);
            // Nobody there is fine.
            let _ = tell.send(answered);
        };
        std::thread::Builder::new()
            .name("annals-query".into())
            .stack_size(STACK_BYTES)
            .spawn(work)
            .expect("the operating system starts a thread unless it is out of memory");
        match answer.await.expect("the thread tells whatever comes of it") {
            Ok(answer) => answer.expect("the work is wanted as long as somebody waits here"),
            Err(panic) => Err(QueryError::Panicked(words_of(&*panic))),
        }
    }

    async fn answer(&self, sql: &str) -> Result<Answer, QueryError> {
        let statement = self.parse(sql)?;
        let notes = Arc::new(Notes::default());
        let mut state = self.context.state();
        state.config_mut().set_extension(Arc::clone(&notes));
        let volatile = volatile::used_in(&statement, &state);
        let stream = self.run(&state, statement).await?;
        let mut answer = Answer {
            schema: stream.schema(),
            batches: Vec::new(),
            cut_at: None,
            volatile,
            notes: Vec::new(),
            standing: self.standing.clone(),
        };
        self.collect(stream, &mut answer).await.map_err(|error| self.error(error))?;
        answer.notes = notes.take();
        Ok(answer)
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

    async fn run(
        &self,
        state: &SessionState,
        statement: Statement,
    ) -> Result<SendableRecordBatchStream, QueryError> {
        let plan = state.statement_to_plan(statement).await.map_err(|error| self.error(error))?;
        // A second look, at what the statement came to be.
        SQLOptions::new()
            .with_allow_ddl(false)
            .with_allow_dml(false)
            .with_allow_statements(false)
            .verify_plan(&plan)
            .map_err(|error| QueryError::NotAQuestion(error.strip_backtrace()))?;
        let plan = state.create_physical_plan(&plan).await.map_err(|error| self.error(error))?;
        execute_stream(plan, state.task_ctx()).map_err(|error| self.error(error))
    }

    /// Takes rows up to the limit. One more is looked for, to know whether the answer is cut.
    async fn collect(&self, mut stream: SendableRecordBatchStream, answer: &mut Answer) -> Result<()> {
        let reservation = MemoryConsumer::new("the answer").register(&self.context.runtime_env().memory_pool);
        let mut rows_left = self.limits.rows.unwrap_or(usize::MAX);
        while let Some(batch) = poll_fn(|context| stream.as_mut().poll_next(context)).await {
            let batch = batch?;
            let taken = batch.num_rows().min(rows_left);
            if taken < batch.num_rows() {
                answer.cut_at = self.limits.rows;
            }
            rows_left -= taken;
            if taken > 0 {
                let batch = batch.slice(0, taken);
                reserve(&reservation, &batch)?;
                answer.batches.push(batch);
            }
            if answer.cut_at.is_some() {
                break;
            }
        }
        Ok(())
    }

    fn error(&self, error: DataFusionError) -> QueryError {
        QueryError::of(error, self.limits.memory_bytes)
    }
}

fn words_of(panic: &(dyn Any + Send)) -> String {
    let words = panic.downcast_ref::<&str>().copied();
    words.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("it panicked").to_owned()
}

/// The outcome of `work`, `None` when the other end of `unwanted` is dropped before.
async fn until<T>(unwanted: oneshot::Receiver<()>, work: impl Future<Output = T>) -> Option<T> {
    let (mut unwanted, mut work) = (pin!(unwanted), pin!(work));
    poll_fn(|context| match unwanted.as_mut().poll(context) {
        Poll::Ready(_) => Poll::Ready(None),
        Poll::Pending => work.as_mut().poll(context).map(Some),
    })
    .await
}

/// Counts only what the rows take: slices of a table share its buffers.
fn reserve(reservation: &MemoryReservation, batch: &RecordBatch) -> Result<()> {
    for column in batch.columns() {
        reservation.try_grow(column.to_data().get_slice_memory_size()?)?;
    }
    Ok(())
}
