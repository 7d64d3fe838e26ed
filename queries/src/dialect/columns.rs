//! The columns of a part of a question, for what can be mended only by whoever knows them.

use datafusion::execution::SessionState;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{self, Query, SetExpr, TableFactor, With};
use futures_util::FutureExt as _;

use super::template::Holes;
use crate::error::QueryError;

/// Knows tables, and the names that `WITH` gives around the part that is looked at, the outermost first.
pub(super) struct Known<'a> {
    pub(super) state: &'a SessionState,
    pub(super) withs: Vec<With>,
}

impl Known<'_> {
    /// Returns the names of the columns of a relation, in their order.
    ///
    /// # Errors
    /// `NotUnderstood` where a relation looks at the ones beside it; else as planning it.
    pub(super) fn of_relation(&self, relation: &TableFactor) -> Result<Vec<String>, QueryError> {
        let SetExpr::Select(mut select) = Holes::default().in_query("select * from relation") else {
            unreachable!("the template is a SELECT")
        };
        select.from[0].relation = relation.clone();
        self.of_body(SetExpr::Select(select))
    }

    /// Returns the names of the columns of a query, in their order.
    ///
    /// # Errors
    /// Those of [`Known::of_relation`].
    pub(super) fn of_body(&self, body: SetExpr) -> Result<Vec<String>, QueryError> {
        // Each WITH is around the next: names of an inner one hide those of an outer.
        let innermost = Self::whole(body);
        let query = self
            .withs
            .iter()
            .rev()
            .fold(innermost, |inner, with| query(Some(with.clone()), SetExpr::Query(Box::new(inner))));
        let statement = Statement::Statement(Box::new(ast::Statement::Query(Box::new(query))));
        // Every table is at hand, so a plan waits for nothing.
        let planned = self.state.statement_to_plan(statement).now_or_never();
        let plan = planned.expect("tables are at hand").map_err(|error| QueryError::of(error, 0))?;
        Ok(plan.schema().fields().iter().map(|field| field.name().clone()).collect())
    }

    /// Returns a body as a query of its own.
    pub(super) fn whole(body: SetExpr) -> Query {
        query(None, body)
    }
}

fn query(with: Option<With>, body: SetExpr) -> Query {
    Query {
        with,
        body: Box::new(body),
        order_by: None,
        limit_clause: None,
        fetch: None,
        locks: Vec::new(),
        for_clause: None,
        settings: None,
        format_clause: None,
        pipe_operators: Vec::new(),
    }
}
