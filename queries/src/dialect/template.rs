//! Pieces of SQL with holes, which parts of a question are put into.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Expr, Query, SetExpr, TableFactor, VisitMut, VisitorMut};
use datafusion::sql::sqlparser::parser::Parser;

use super::grammar::Grammar;

/// The fillings of holes, by the names of the holes.
#[derive(Default)]
pub(super) struct Holes<'a> {
    /// In the place of a column of the name.
    pub(super) exprs: &'a [(&'a str, &'a Expr)],
    /// In the place of a table of the name.
    pub(super) queries: &'a [(&'a str, &'a Query)],
}

impl Holes<'_> {
    /// Fills an expression.
    ///
    /// # Panics
    /// If `template` is no expression.
    pub(super) fn in_expr(self, template: &str) -> Expr {
        let parser = Parser::new(&Grammar).try_with_sql(template);
        let parsed = parser.and_then(|mut parser| parser.parse_expr());
        self.fill(parsed.unwrap_or_else(|error| panic!("{template}: {error}")))
    }

    /// Fills the body of a query.
    ///
    /// # Panics
    /// If `template` is no query.
    pub(super) fn in_query(self, template: &str) -> SetExpr {
        let parser = Parser::new(&Grammar).try_with_sql(template);
        let parsed = parser.and_then(|mut parser| parser.parse_query());
        *self.fill(parsed.unwrap_or_else(|error| panic!("{template}: {error}"))).body
    }

    fn fill<T: VisitMut>(mut self, mut template: T) -> T {
        // Nothing breaks off.
        let _ = template.visit(&mut self);
        template
    }
}

/// Holes are filled on the way back, so that nothing is looked for in what fills them.
impl VisitorMut for Holes<'_> {
    type Break = std::convert::Infallible;

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Self::Break> {
        if let Expr::Identifier(name) = expr
            && let Some((_, filling)) = self.exprs.iter().find(|(hole, _)| *hole == name.value)
        {
            *expr = Expr::Nested(Box::new((*filling).clone()));
        }
        ControlFlow::Continue(())
    }

    fn post_visit_table_factor(&mut self, relation: &mut TableFactor) -> ControlFlow<Self::Break> {
        if let TableFactor::Table { name, alias, .. } = relation
            && let Some((_, query)) = self.queries.iter().find(|(hole, _)| *hole == name.to_string())
        {
            let subquery = Box::new((*query).clone());
            *relation = TableFactor::Derived { lateral: false, subquery, alias: alias.take(), sample: None };
        }
        ControlFlow::Continue(())
    }
}
