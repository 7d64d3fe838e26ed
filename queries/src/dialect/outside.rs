//! A walk over the expressions of a part of a question, but not over those of its subqueries, which have names of their
//! own and were mended before.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Expr, Query, VisitMut, VisitorMut};

use crate::error::QueryError;

/// Calls `mend` with each expression that is not within a subquery, the innermost first.
///
/// # Errors
/// The first that `mend` gives; what it had done by then stays done.
pub(super) fn of_subqueries(
    node: &mut impl VisitMut,
    mend: impl FnMut(&mut Expr) -> Result<(), QueryError>,
) -> Result<(), QueryError> {
    node.visit(&mut Outside { depth: 0, mend }).break_value().map_or(Ok(()), Err)
}

struct Outside<F> {
    depth: usize,
    mend: F,
}

impl<F: FnMut(&mut Expr) -> Result<(), QueryError>> VisitorMut for Outside<F> {
    type Break = QueryError;

    fn pre_visit_query(&mut self, _: &mut Query) -> ControlFlow<QueryError> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut Query) -> ControlFlow<QueryError> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<QueryError> {
        if self.depth > 0 {
            return ControlFlow::Continue(());
        }
        (self.mend)(expr).map_or_else(ControlFlow::Break, ControlFlow::Continue)
    }
}
