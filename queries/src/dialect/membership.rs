//! `IN`, `ANY`, `ALL` and `EXISTS` with a subquery.
//!
//! DataFusion 55 answers `IN` and `EXISTS` as joins of the filter that they stand in. That is right where the filter
//! treats "unknown" as "no"; elsewhere a `NOT IN` of a null comes out true, and outside of a filter there is no answer
//! at all. Here both become counts, which are right everywhere. `ANY` and `ALL` are in [`super::compared`].

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, Query, SelectItem, SetExpr, UnaryOperator, VisitMut,
};

use super::first_row::has_rows_alone;
use super::rows_compared::row_of;
use super::template::Holes;
use super::{compared, outside};
use crate::error::QueryError;

/// The place of an expression in a select.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// All that it is part of is joined by `AND`, so that "unknown" is as good as "no", also behind a `NOT`.
    Conjunct,
    /// In parts joined by `AND` and `OR`: "unknown" is as good as "no", as long as nothing turns it round.
    Condition,
    /// Elsewhere in a filter.
    Filter,
    /// Not in a filter.
    Value,
}

/// Mends a filter: what stands behind `WHERE`, `HAVING` or `QUALIFY`.
///
/// # Errors
/// `NotUnderstood`, for a row of columns that is looked for where that is not understood.
pub(super) fn mend_filter(filter: &mut Expr) -> Result<(), QueryError> {
    in_filter(filter, Place::Conjunct)
}

/// Mends all that is no filter, in anything but subqueries.
///
/// # Errors
/// Those of [`mend_filter`].
pub(super) fn mend_values(node: &mut impl VisitMut) -> Result<(), QueryError> {
    elsewhere(node, Place::Value)
}

fn in_filter(expr: &mut Expr, place: Place) -> Result<(), QueryError> {
    match expr {
        Expr::Nested(expr) => in_filter(expr, place),
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            in_filter(left, place)?;
            in_filter(right, place)
        }
        Expr::BinaryOp { left, op: BinaryOperator::Or, right } => {
            in_filter(left, Place::Condition)?;
            in_filter(right, Place::Condition)
        }
        Expr::UnaryOp { op: UnaryOperator::Not, expr: inner } if place == Place::Conjunct => {
            if let Some(turned) = turned(inner) {
                *expr = turned;
                return in_filter(expr, place);
            }
            elsewhere(expr, Place::Filter)
        }
        Expr::InSubquery { .. } => in_subquery(expr, place),
        _ => elsewhere(expr, Place::Filter),
    }
}

/// `x NOT IN (...)` for `NOT x IN (...)`.
fn turned(expr: &Expr) -> Option<Expr> {
    match expr {
        Expr::Nested(expr) => turned(expr),
        Expr::InSubquery { expr, subquery, negated } => {
            let (expr, subquery) = (expr.clone(), subquery.clone());
            Some(Expr::InSubquery { expr, subquery, negated: !negated })
        }
        _ => None,
    }
}

fn elsewhere(node: &mut impl VisitMut, place: Place) -> Result<(), QueryError> {
    outside::of_subqueries(node, |expr| {
        match expr {
            Expr::InSubquery { .. } => return in_subquery(expr, place),
            Expr::Exists { .. } if place == Place::Value => exists(expr),
            Expr::AnyOp { .. } | Expr::AllOp { .. } if place == Place::Value => compared::as_value(expr),
            _ => {}
        }
        Ok(())
    })
}

fn in_subquery(expr: &mut Expr, place: Place) -> Result<(), QueryError> {
    let Expr::InSubquery { expr: sought, subquery, negated } = expr else { return Ok(()) };
    if let Some(columns) = row_of(sought) {
        *expr = row_in(columns, subquery, *negated, place)?;
        return Ok(());
    }
    let is_right = match place {
        Place::Conjunct => true,
        Place::Condition => !*negated,
        Place::Filter | Place::Value => false,
    };
    if !is_right {
        let exprs = &[("sought", &**sought)];
        let queries = &[("listed", &**subquery)];
        let counted = Holes { exprs, queries }.in_expr(IN);
        *expr = if *negated { not(counted) } else { counted };
    }
    Ok(())
}

/// True if it is listed; else unknown if a null is listed, or nothing is listed for a null to differ from.
const IN: &str = "(case \
     when (select count(*) from listed as __listed(__value) where __listed.__value = sought) > 0 then true \
     when (select count(*) from listed as __listed(__value) where __listed.__value is null) > 0 then null \
     when sought is null and (select count(*) from listed as __listed(__value)) > 0 then null \
     else false end)";

/// Rows are looked for by `EXISTS`, where a filter is; a row with a null in it may be the one or not.
fn row_in(columns: &[Expr], subquery: &Query, negated: bool, place: Place) -> Result<Expr, QueryError> {
    if place == Place::Value || (negated && place != Place::Conjunct) {
        let text = "pairs are looked for in a subquery behind WHERE alone, joined by AND: elsewhere join the subquery, \
                    or write EXISTS";
        return Err(QueryError::NotUnderstood(text.to_owned()));
    }
    let names: Vec<String> = (0..columns.len()).map(|column| format!("__value_{column}")).collect();
    let matches = names.iter().enumerate().map(|(at, name)| format!("__listed.{name} = sought_{at}"));
    let matches = matches.collect::<Vec<_>>().join(" and ");
    let holes: Vec<String> = (0..columns.len()).map(|column| format!("sought_{column}")).collect();
    let exprs: Vec<(&str, &Expr)> = holes.iter().map(String::as_str).zip(columns).collect();
    let queries = &[("listed", subquery)];
    let listed = format!("exists (select 1 from listed as __listed({}) where ", names.join(", "));
    let template = if negated {
        format!("not {listed}({matches}) is not false)")
    } else {
        format!("{listed}{matches})")
    };
    Ok(Holes { exprs: &exprs, queries }.in_expr(&template))
}

fn exists(expr: &mut Expr) {
    let Expr::Exists { subquery, negated } = expr else { return };
    let mut subquery = subquery.clone();
    let counted = if counts_rows(&mut subquery) {
        Expr::Subquery(subquery)
    } else {
        let queries = &[("found", &*subquery)];
        Holes { queries, ..Holes::default() }.in_expr("(select count(*) from found as __found)")
    };
    let exprs = &[("counted", &counted)];
    let compared = if *negated { "(counted = 0)" } else { "(counted > 0)" };
    *expr = Holes { exprs, ..Holes::default() }.in_expr(compared);
}

/// Has a query give the number of its rows, if it has nothing but a filter: DataFusion has a plan for that where the
/// filter looks at the row around it, and none for a query within.
fn counts_rows(query: &mut Query) -> bool {
    let SetExpr::Select(select) = &mut *query.body else { return false };
    // An aggregate makes one row of none: it may be in any expression that is no literal or name.
    let is_bare = |item: &SelectItem| match item {
        SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..) => true,
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => {
            matches!(expr, Expr::Value(_) | Expr::Identifier(_) | Expr::CompoundIdentifier(_))
        }
        SelectItem::ExprWithAliases { .. } => false,
    };
    let is_cut = query.limit_clause.is_some() || query.fetch.is_some();
    if !has_rows_alone(select) || is_cut || !select.projection.iter().all(is_bare) {
        return false;
    }
    query.order_by = None;
    select.projection = vec![SelectItem::UnnamedExpr(Holes::default().in_expr("count(*)"))];
    true
}

fn not(expr: Expr) -> Expr {
    Expr::Nested(Box::new(Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(expr) }))
}
