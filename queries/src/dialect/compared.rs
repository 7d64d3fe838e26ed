//! Comparisons with all that a subquery or an array has: `x >= ALL (SELECT ...)`.
//!
//! `= ANY` is `IN`, and `<> ALL` is `NOT IN`. Of the others, DataFusion 55 takes a column within for one of the same
//! name without, and has no plan outside of a filter.

use datafusion::sql::sqlparser::ast::{BinaryOperator, Expr, Query, SetExpr, TableFactor, TableWithJoins};

use super::template::Holes;
use crate::error::QueryError;

/// Writes what is `IN` as that.
///
/// # Errors
/// `NotUnderstood` for an array that is no list of values.
pub(super) fn mend(expr: &mut Expr) -> Result<(), QueryError> {
    let (left, op, right, is_any) = match expr {
        Expr::AnyOp { left, compare_op, right, .. } => (left, compare_op, right, true),
        Expr::AllOp { left, compare_op, right } => (left, compare_op, right, false),
        _ => return Ok(()),
    };
    let negated = match (is_any, &op) {
        (true, BinaryOperator::Eq) => false,
        (false, BinaryOperator::NotEq) => true,
        _ if matches!(**right, Expr::Subquery(_)) => return Ok(()),
        _ => {
            let text =
                "ANY and ALL of an array, but for = ANY and <> ALL: write array_max(...) or array_min(...)";
            return Err(QueryError::NotUnderstood(text.to_owned()));
        }
    };
    let sought = left.clone();
    *expr = match &**right {
        Expr::Subquery(query) => Expr::InSubquery { expr: sought, subquery: query.clone(), negated },
        Expr::Array(array) => Expr::InList { expr: sought, list: array.elem.clone(), negated },
        _ => {
            let text = "ANY of an array that is no list of values: write array_has(array, value)";
            return Err(QueryError::NotUnderstood(text.to_owned()));
        }
    };
    Ok(())
}

/// Gives the subquery a name of its own, where one of its tables has a name that is also around it.
pub(super) fn name_apart(expr: &mut Expr, around: &[Vec<String>]) {
    let (Expr::AnyOp { right, .. } | Expr::AllOp { right, .. }) = expr else { return };
    let Expr::Subquery(query) = &mut **right else { return };
    let within = names(query);
    if !around.iter().flatten().any(|name| within.contains(name)) {
        return;
    }
    let queries = &[("compared", &**query)];
    let named = Holes { queries, ..Holes::default() };
    *query.body = named.in_query("select __compared.__value from compared as __compared(__value)");
    (query.with, query.order_by, query.limit_clause, query.fetch) = (None, None, None, None);
}

/// Writes a comparison as one with the least and the largest.
pub(super) fn as_value(expr: &mut Expr) {
    let (left, op, right, is_any) = match expr {
        Expr::AnyOp { left, compare_op, right, .. } => (left, compare_op, right, true),
        Expr::AllOp { left, compare_op, right } => (left, compare_op, right, false),
        _ => return,
    };
    let Expr::Subquery(query) = &**right else { return };
    // By what one value is enough: for ALL it is what makes it false.
    let decides = match (op, is_any) {
        (BinaryOperator::Gt, true) => "sought > (least)",
        (BinaryOperator::GtEq, true) => "sought >= (least)",
        (BinaryOperator::Lt, true) => "sought < (largest)",
        (BinaryOperator::LtEq, true) => "sought <= (largest)",
        (BinaryOperator::Gt, false) => "sought <= (largest)",
        (BinaryOperator::GtEq, false) => "sought < (largest)",
        (BinaryOperator::Lt, false) => "sought >= (least)",
        (BinaryOperator::LtEq, false) => "sought > (least)",
        (BinaryOperator::NotEq, true) | (BinaryOperator::Eq, false) => {
            "(sought <> (least) or sought <> (largest))"
        }
        _ => return,
    };
    let listed = "from listed as __listed(__value)";
    let decides = decides.replace("least", &format!("select min(__listed.__value) {listed}"));
    let decides = decides.replace("largest", &format!("select max(__listed.__value) {listed}"));
    let template = format!(
        "(case when {decides} then {is_any} \
         when (select count(*) {listed}) > 0 and sought is null then null \
         when (select count(*) {listed} where __listed.__value is null) > 0 then null else {} end)",
        !is_any
    );
    let exprs = &[("sought", &**left)];
    let queries = &[("listed", &**query)];
    *expr = Holes { exprs, queries }.in_expr(&template);
}

/// By what names the columns of a query's tables are told apart.
pub(super) fn names(query: &Query) -> Vec<String> {
    fn of_body(body: &SetExpr, names: &mut Vec<String>) {
        match body {
            SetExpr::Select(select) => select.from.iter().for_each(|from| of_tables(from, names)),
            SetExpr::SetOperation { left, right, .. } => {
                of_body(left, names);
                of_body(right, names);
            }
            SetExpr::Query(query) => of_body(&query.body, names),
            _ => {}
        }
    }
    fn of_tables(from: &TableWithJoins, names: &mut Vec<String>) {
        let joined = from.joins.iter().map(|join| &join.relation);
        for relation in std::iter::once(&from.relation).chain(joined) {
            match relation {
                TableFactor::Table { alias: Some(alias), .. }
                | TableFactor::Derived { alias: Some(alias), .. }
                | TableFactor::Function { alias: Some(alias), .. } => {
                    names.push(alias.name.value.to_lowercase());
                }
                TableFactor::Table { name, .. } | TableFactor::Function { name, .. } => {
                    names.extend(name.0.last().map(|part| part.to_string().to_lowercase()));
                }
                TableFactor::NestedJoin { table_with_joins, .. } => of_tables(table_with_joins, names),
                _ => {}
            }
        }
    }
    let mut found = Vec::new();
    of_body(&query.body, &mut found);
    found
}
