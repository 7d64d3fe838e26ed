//! A subquery in the place of a value. DataFusion 55 has no plan for one that looks at the row around it, but where it
//! is an aggregate. Here it becomes one: `first_value` where it takes the first of several rows, and `only_value`,
//! which ends with an error at a second row, where it does not.

use std::ops::ControlFlow;

use datafusion::execution::SessionState;
use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause, FunctionArguments, GroupByExpr,
    LimitClause, OrderByExpr, OrderByKind, Query, Select, SelectItem, SetExpr, Value, Visit as _, Visitor,
};

use super::template::Holes;

/// Takes the first value in place of the first row.
pub(super) fn mend(expr: &mut Expr, state: &SessionState) {
    let Expr::Subquery(query) = expr else { return };
    let Some((function, order)) = taken(query, state) else { return };
    let SetExpr::Select(select) = &mut *query.body else { return };
    let [SelectItem::UnnamedExpr(value) | SelectItem::ExprWithAlias { expr: value, .. }] =
        &mut select.projection[..]
    else {
        return;
    };
    *value = call(function, value, order);
    (query.order_by, query.limit_clause) = (None, None);
}

/// Which function takes the value of a query that has nothing but columns and a filter, and in which order.
fn taken(query: &Query, state: &SessionState) -> Option<(&'static str, Vec<OrderByExpr>)> {
    let SetExpr::Select(select) = &*query.body else { return None };
    let takes_first = query.limit_clause.as_ref().is_some_and(is_one);
    let is_bare =
        query.with.is_none() && query.fetch.is_none() && takes_first == query.limit_clause.is_some();
    let (name, value) = match &select.projection[..] {
        [SelectItem::UnnamedExpr(value)] => (None, value),
        [SelectItem::ExprWithAlias { expr, alias }] => (Some(&alias.value), expr),
        _ => return None,
    };
    let has_table = !select.from.is_empty();
    if !is_bare || !has_table || !has_rows_alone(select) || counts(value, state) {
        return None;
    }
    if !takes_first {
        return Some(("only_value", Vec::new()));
    }
    let Some(order_by) = &query.order_by else { return Some(("first_value", Vec::new())) };
    let OrderByKind::Expressions(order) = &order_by.kind else { return None };
    let mut order = order.clone();
    for by in &mut order {
        // The value may be named, or counted: it is the first column.
        let is_value = match &by.expr {
            Expr::Identifier(by) => Some(&by.value) == name,
            Expr::Value(by) => matches!(&by.value, Value::Number(first, _) if first == "1"),
            _ => false,
        };
        if is_value {
            by.expr = value.clone();
        }
    }
    (!order.iter().any(|by| counts(&by.expr, state))).then_some(("first_value", order))
}

fn is_one(limit: &LimitClause) -> bool {
    let LimitClause::LimitOffset { limit: Some(Expr::Value(limit)), offset: None, limit_by } = limit else {
        return false;
    };
    limit_by.is_empty() && matches!(&limit.value, Value::Number(one, _) if one == "1")
}

/// Whether a select has neither groups nor filters of groups, so that its rows are those of its tables.
pub(super) fn has_rows_alone(select: &Select) -> bool {
    let is_grouped = match &select.group_by {
        GroupByExpr::All(_) => true,
        GroupByExpr::Expressions(by, modifiers) => !by.is_empty() || !modifiers.is_empty(),
    };
    let is_filtered = select.having.is_some() || select.qualify.is_some();
    select.distinct.is_none() && !is_grouped && !is_filtered
}

/// Whether an aggregate or a window is in it.
fn counts(expr: &Expr, state: &SessionState) -> bool {
    struct Seeker<'a>(&'a SessionState);
    impl Visitor for Seeker<'_> {
        type Break = ();
        fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
            let Expr::Function(call) = expr else { return ControlFlow::Continue(()) };
            let name = call.name.to_string().to_lowercase();
            let is_aggregate = self.0.aggregate_functions().contains_key(&name);
            if is_aggregate || call.over.is_some() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        }
    }
    expr.visit(&mut Seeker(state)).is_break()
}

fn call(function: &str, value: &Expr, order: Vec<OrderByExpr>) -> Expr {
    let mut call = Holes::default().in_expr(&format!("{function}(value)"));
    if let Expr::Function(Function { args: FunctionArguments::List(arguments), .. }) = &mut call {
        arguments.args = vec![FunctionArg::Unnamed(FunctionArgExpr::Expr(value.clone()))];
        if !order.is_empty() {
            arguments.clauses.push(FunctionArgumentClause::OrderBy(order));
        }
    }
    call
}
