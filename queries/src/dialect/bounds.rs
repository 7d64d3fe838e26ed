//! How large a question may be: the planner's time and memory grow faster than a question's length.

use std::collections::VecDeque;
use std::ops::ControlFlow;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    Expr, ObjectName, Query, Select, SetExpr, SetOperator, SetQuantifier, TableFactor, Visit as _, Visitor,
};

use crate::error::QueryError;
use crate::question;

/// Tables and SELECTs that a plan has: a table of `WITH` counts with all that is in it wherever it is named.
const PARTS_MAX: usize = 256;
/// A join is planned together with all joins before it, and `EXCEPT ALL` is two windows: each counts as so many parts.
const PARTS_OF_JOIN: usize = 4;
const PARTS_OF_MULTISET: usize = 8;
/// Columns of one SELECT.
const COLUMNS_MAX: usize = 512;
/// Expressions one inside of the other, as `((1 + 1) + 1) + 1` without its parentheses is, too.
const DEPTH_MAX: usize = 1024;

/// Refuses a question that would keep the planner busy for long.
///
/// # Errors
/// `TooLarge`.
pub(super) fn check(statement: &Statement) -> Result<(), QueryError> {
    let Some(asked) = question::asked(statement) else { return Ok(()) };
    asked.visit(&mut Size::default()).break_value().map_or(Ok(()), Err)
}

#[derive(Default)]
struct Size {
    depth: usize,
    /// The queries that are being looked at, the innermost last.
    queries: Vec<Counted>,
    /// The tables of `WITH` that can be named, each with its number of parts, the innermost last.
    named: Vec<(String, usize)>,
}

/// A query, as far as it was looked at.
struct Counted {
    parts: usize,
    /// The tables of its `WITH` that are still to come: they are looked at first.
    withs: VecDeque<String>,
    /// How many names there were outside of it.
    names_outside: usize,
}

impl Size {
    fn add(&mut self, parts: usize) -> ControlFlow<QueryError> {
        let Some(query) = self.queries.last_mut() else { return ControlFlow::Continue(()) };
        query.parts = query.parts.saturating_add(parts);
        if query.parts <= PARTS_MAX {
            return ControlFlow::Continue(());
        }
        ControlFlow::Break(QueryError::TooLarge {
            what: "tables and SELECTs (a join counts as four, EXCEPT ALL as eight, those of WITH as often as they are named)",
            max: PARTS_MAX,
        })
    }

    fn parts_of(&self, table: &ObjectName) -> usize {
        let name = table.to_string().to_lowercase();
        self.named.iter().rev().find(|(named, _)| *named == name).map_or(1, |(_, parts)| *parts)
    }
}

/// How often `EXCEPT ALL` and `INTERSECT ALL` are in a body.
fn multisets(body: &SetExpr) -> usize {
    let SetExpr::SetOperation { left, op, set_quantifier, right } = body else { return 0 };
    let is_multiset = *op != SetOperator::Union && *set_quantifier == SetQuantifier::All;
    usize::from(is_multiset) + multisets(left) + multisets(right)
}

impl Visitor for Size {
    type Break = QueryError;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<QueryError> {
        let withs = query.with.iter().flat_map(|with| &with.cte_tables);
        let withs = withs.map(|table| table.alias.name.to_string().to_lowercase()).collect();
        self.queries.push(Counted { parts: 0, withs, names_outside: self.named.len() });
        self.add(PARTS_OF_MULTISET * multisets(&query.body))
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<QueryError> {
        let Some(query) = self.queries.pop() else { return ControlFlow::Continue(()) };
        self.named.truncate(query.names_outside);
        match self.queries.last_mut().and_then(|around| around.withs.pop_front()) {
            Some(name) => {
                self.named.push((name, query.parts));
                // Each is planned once, named or not.
                self.add(1)
            }
            None => self.add(query.parts),
        }
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<QueryError> {
        if select.projection.len() > COLUMNS_MAX {
            return ControlFlow::Break(QueryError::TooLarge { what: "columns", max: COLUMNS_MAX });
        }
        let joins: usize = select.from.iter().map(|from| from.joins.len()).sum();
        self.add(1 + PARTS_OF_JOIN * joins)
    }

    fn pre_visit_table_factor(&mut self, relation: &TableFactor) -> ControlFlow<QueryError> {
        match relation {
            TableFactor::Table { name, .. } => self.add(self.parts_of(name)),
            _ => self.add(1),
        }
    }

    fn pre_visit_expr(&mut self, _: &Expr) -> ControlFlow<QueryError> {
        self.depth += 1;
        if self.depth <= DEPTH_MAX {
            return ControlFlow::Continue(());
        }
        ControlFlow::Break(QueryError::TooLarge {
            what: "expressions one inside of the other",
            max: DEPTH_MAX,
        })
    }

    fn post_visit_expr(&mut self, _: &Expr) -> ControlFlow<QueryError> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }
}
