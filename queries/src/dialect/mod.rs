//! The SQL that is spoken here: PostgreSQL's, as far as DataFusion 55 can answer it.
//!
//! sqlparser 0.62 and DataFusion read some forms otherwise than PostgreSQL does, or answer them wrongly. Each is
//! written here as another form that is answered rightly, or refused. What depends on types is mended later, in
//! [`crate::exact`].

mod bounds;
mod columns;
mod compared;
mod described;
mod first_row;
mod grammar;
mod joins;
mod membership;
mod multisets;
mod names;
mod outside;
mod patterns;
mod rows_compared;
mod split;
mod synonyms;
mod template;

use std::ops::ControlFlow;

use datafusion::error::DataFusionError;
use datafusion::execution::SessionState;
use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::sqlparser::ast::{
    Expr, Fetch, LimitClause, OrderBy, Query, Select, SetExpr, TableWithJoins, Value, VisitMut as _,
    VisitorMut,
};
use datafusion::sql::sqlparser::parser::ParserError;

use crate::error::QueryError;
use crate::{as_of, mistake, question};

use columns::Known;
use grammar::Grammar;
pub use split::split_statement;

/// sqlparser's own limit.
const NESTED_MAX: usize = 50;

/// Reads a text as one question.
///
/// # Errors
/// `Statements`, `NotAQuestion`, `Ignored`, `AsOf`; `TooLarge` for one that would keep the planner busy for long;
/// `Syntax` for what is none.
pub(crate) fn parse(sql: &str) -> Result<Statement, QueryError> {
    let parser = DFParserBuilder::new(sql).with_dialect(&Grammar).with_recursion_limit(NESTED_MAX).build();
    let mut statements = match parser.and_then(|mut parser| parser.parse_statements()) {
        Ok(statements) => statements,
        Err(_) if as_of::is_meant_by(sql) => return Err(QueryError::AsOf),
        Err(error) => return Err(syntax_error(sql, error)),
    };
    let count = statements.len();
    let statement = statements.pop_front().filter(|_| count == 1).ok_or(QueryError::Statements(count))?;
    let statement = question::check(statement)?;
    bounds::check(&statement)?;
    Ok(statement)
}

fn syntax_error(sql: &str, error: DataFusionError) -> QueryError {
    match error.find_root() {
        DataFusionError::SQL(parser_error, _) => match &**parser_error {
            ParserError::TokenizerError(words) | ParserError::ParserError(words) => {
                mistake::of_syntax(sql, words)
            }
            ParserError::RecursionLimitExceeded => QueryError::TooLarge {
                what: "parentheses and subqueries one inside of the other",
                max: NESTED_MAX,
            },
        },
        _ => QueryError::of(error, 0),
    }
}

/// Writes a question in forms that are answered as PostgreSQL answers those it was asked in.
///
/// # Errors
/// `NotUnderstood`, with what to write instead; errors of planning parts of it.
pub(crate) fn mend(statement: &mut Statement, state: &SessionState) -> Result<(), QueryError> {
    let known = Known { state, withs: Vec::new() };
    let asked = match statement {
        Statement::Explain(explain) => return mend(&mut explain.statement, state),
        Statement::Statement(statement) => statement,
        Statement::CreateExternalTable(_) | Statement::CopyTo(_) | Statement::Reset(_) => return Ok(()),
    };
    described::mend(asked, state);
    let mut mender = Mender { known, around: Vec::new(), compared: Vec::new() };
    asked.visit(&mut mender).break_value().map_or(Ok(()), Err)
}

/// Mends subqueries before what is around them.
struct Mender<'a> {
    known: Known<'a>,
    /// By what names tables are told apart in the queries that are being looked at, the innermost last.
    around: Vec<Vec<String>>,
    /// The places of the subqueries of `ANY` and `ALL`, which are no values.
    compared: Vec<*const Expr>,
}

impl VisitorMut for Mender<'_> {
    type Break = QueryError;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<QueryError> {
        self.known.withs.extend(query.with.clone());
        self.around.push(compared::names(query));
        take_fetch_as_limit(query);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &mut Query) -> ControlFlow<QueryError> {
        self.around.pop();
        let mended = mend_query(query, &self.known, !self.around.is_empty());
        if query.with.is_some() {
            self.known.withs.pop();
        }
        flow(mended)
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<QueryError> {
        let mended = compared::mend(expr);
        if let Expr::AnyOp { right, .. } | Expr::AllOp { right, .. } = expr {
            self.compared.push(&raw const **right);
        }
        flow(mended)
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<QueryError> {
        let is_compared = self.compared.pop_if(|place| std::ptr::eq(*place, expr)).is_some();
        if !is_compared {
            first_row::mend(expr, self.known.state);
        }
        patterns::mend(expr);
        compared::name_apart(expr, &self.around);
        flow(synonyms::mend(expr).and_then(|()| rows_compared::mend(expr)))
    }
}

/// `FETCH FIRST 2 ROWS ONLY` is the standard's `LIMIT 2`.
fn take_fetch_as_limit(query: &mut Query) {
    let Some(Fetch { with_ties: false, percent: false, quantity }) = &query.fetch else { return };
    let one = || Expr::Value(Value::Number("1".to_owned(), false).into());
    let limit = Some(quantity.clone().unwrap_or_else(one));
    query.limit_clause = match query.limit_clause.take() {
        None => Some(LimitClause::LimitOffset { limit, offset: None, limit_by: Vec::new() }),
        Some(LimitClause::LimitOffset { limit: None, offset, limit_by }) => {
            Some(LimitClause::LimitOffset { limit, offset, limit_by })
        }
        // Two limits: DataFusion says that it does not know the second.
        limit => {
            query.limit_clause = limit;
            return;
        }
    };
    query.fetch = None;
}

fn flow(mended: Result<(), QueryError>) -> ControlFlow<QueryError> {
    mended.map_or_else(ControlFlow::Break, ControlFlow::Continue)
}

fn mend_query(query: &mut Query, known: &Known<'_>, is_within: bool) -> Result<(), QueryError> {
    if let SetExpr::Select(select) = &mut *query.body {
        mend_select(select, &mut query.order_by, known, is_within)?;
    } else {
        mend_selects(&mut query.body, known, is_within)?;
    }
    if let Some(order_by) = &mut query.order_by {
        membership::mend_values(order_by)?;
    }
    multisets::mend(&mut query.body, known)
}

/// Selects that are parts of a query; queries in parentheses were mended before.
fn mend_selects(body: &mut SetExpr, known: &Known<'_>, is_within: bool) -> Result<(), QueryError> {
    match body {
        SetExpr::Select(select) => mend_select(select, &mut None, known, is_within),
        SetExpr::SetOperation { left, right, .. } => {
            mend_selects(left, known, is_within)?;
            mend_selects(right, known, is_within)
        }
        SetExpr::Values(values) => membership::mend_values(values),
        _ => Ok(()),
    }
}

fn mend_select(
    select: &mut Select,
    order_by: &mut Option<OrderBy>,
    known: &Known<'_>,
    is_within: bool,
) -> Result<(), QueryError> {
    names::mend(&mut select.projection);
    synonyms::unnest_series(&mut select.projection);
    joins::mend(select, order_by, known, is_within)?;
    for filter in [&mut select.selection, &mut select.having, &mut select.qualify].into_iter().flatten() {
        membership::mend_filter(filter)?;
    }
    let Select { distinct, projection, from, group_by, named_window, .. } = select;
    from.iter_mut().try_for_each(|from: &mut TableWithJoins| membership::mend_values(from))?;
    membership::mend_values(distinct)?;
    membership::mend_values(projection)?;
    membership::mend_values(group_by)?;
    membership::mend_values(named_window)
}
