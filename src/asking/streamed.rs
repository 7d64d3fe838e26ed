//! Answers that are given while their rows are found.

use annals_queries::{AnswerStream, Argument, QueryError};
use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;

use super::Asked;
use super::told::{Answered, Question, Told};
use crate::failure::Failure;
use crate::output::manner::TableShape;
use crate::policy_file;

/// A stream and its first rows.
type Begun = Result<(AnswerStream, Option<RecordBatch>), QueryError>;

/// An answer whose first rows are here, or which has none.
pub(crate) struct Streamed<'a> {
    asked: &'a mut Asked,
    question: Question,
    stream: AnswerStream,
    first: Option<RecordBatch>,
}

impl Asked {
    /// Begins to answer SQL with values for its parameters, up to the first rows. Tables whose files are damaged are
    /// made again, once.
    pub(crate) fn stream(&mut self, sql: &str, arguments: &[Argument]) -> Result<Streamed<'_>, Failure> {
        let (stream, first) = match self.begin(sql, arguments)? {
            Err(damaged @ QueryError::Tables(_)) => {
                self.mend(&damaged)?;
                self.begin(sql, arguments)?
            }
            begun => begun,
        }?;
        let question = Question {
            sql: sql.to_owned(),
            parameters: arguments.iter().map(Argument::to_text).collect(),
            policy: self.what_if.as_ref().map(policy_file::to_toml),
            rows_max: self.gate.limits().rows,
        };
        Ok(Streamed { asked: self, question, stream, first })
    }

    fn begin(&self, sql: &str, arguments: &[Argument]) -> Result<Begun, Failure> {
        self.wait(async {
            let mut stream = self.session.stream_given(sql, arguments.to_vec()).await?;
            let first = stream.next().await?;
            Ok((stream, first))
        })
    }

    /// Waits for a part of an answer. A stream that was waited for in vain is to be dropped: that ends its query.
    fn wait<T>(&self, part: impl Future<Output = T>) -> Result<T, Failure> {
        let part = self.runtime.block_on(self.interrupts.hold(part));
        part.ok_or_else(|| Failure::Unavailable("stopped: this is not the whole answer".to_owned()))
    }
}

impl Streamed<'_> {
    pub(crate) fn schema(&self) -> &SchemaRef {
        self.stream.schema()
    }

    /// Returns the next rows; `None` behind the last.
    ///
    /// # Errors
    /// What was given before is not the whole answer. Damaged tables are made again for whoever asks next.
    pub(crate) fn next(&mut self) -> Result<Option<RecordBatch>, Failure> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        let next = self.asked.wait(self.stream.next())?;
        if let Err(damaged @ QueryError::Tables(_)) = &next {
            self.asked.mend(damaged)?;
        }
        Ok(next?)
    }

    /// Returns what has to be told beside the rows, as far as it is known by now.
    pub(crate) fn told(&self) -> Told {
        let mut notes = self.stream.notes();
        notes.extend(self.asked.note.clone());
        Told {
            standing: self.stream.standing().clone(),
            volatile: self.stream.volatile().to_vec(),
            cut_at: self.stream.cut_at(),
            notes,
            only_notes: None,
            answered: None,
        }
    }

    /// Returns what makes evidence of the rows.
    pub(crate) fn answered(
        &self,
        row_count: u64,
        rows_sha256: String,
        table: Option<TableShape>,
    ) -> Answered {
        let (question, annals) = (self.question.clone(), env!("CARGO_PKG_VERSION").to_owned());
        Answered { question, row_count, rows_sha256, annals, table }
    }

    /// As [`Asked::publish`].
    pub(crate) fn publish(&self) -> Result<(), Failure> {
        self.asked.publish()
    }
}
