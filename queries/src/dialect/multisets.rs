//! `EXCEPT ALL` and `INTERSECT ALL`: DataFusion 55 asks of each row whether it is on the right at all. Here rows that
//! are alike are numbered on both sides, and the numbered rows are all different.

use datafusion::sql::sqlparser::ast::{Ident, SelectItem, SetExpr, SetOperator, SetQuantifier};

use super::columns::Known;
use super::template::Holes;
use crate::error::QueryError;

/// Mends a query's body, its innermost parts first.
///
/// # Errors
/// `NotUnderstood` for `BY NAME`; as of [`Known::of_body`] else.
pub(super) fn mend(body: &mut SetExpr, known: &Known<'_>) -> Result<(), QueryError> {
    let SetExpr::SetOperation { left, op, set_quantifier, right } = body else { return Ok(()) };
    mend(left, known)?;
    mend(right, known)?;
    let word = match (op, set_quantifier) {
        (SetOperator::Except | SetOperator::Minus, SetQuantifier::All) => "except",
        (SetOperator::Intersect, SetQuantifier::All) => "intersect",
        (SetOperator::Union, _) | (_, SetQuantifier::None | SetQuantifier::Distinct) => return Ok(()),
        (op, quantifier) => {
            return Err(QueryError::NotUnderstood(format!(
                "{op} {quantifier}: name the columns in their order"
            )));
        }
    };
    let names = match named(left) {
        Some(names) => names,
        None => known.of_body((**left).clone())?,
    };
    let columns: Vec<String> = (0..names.len()).map(|column| format!("__column_{column}")).collect();
    let listed = columns.join(", ");
    let side = |name: &str| {
        format!(
            "select *, row_number() over (partition by {listed}) as __alike from {name} as {name}({listed})"
        )
    };
    let template = format!("select {listed} from ({} {word} {}) as __alike", side("__left"), side("__right"));
    let whole = |side: &SetExpr| Known::whole(side.clone());
    let queries = &[("__left", &whole(left)), ("__right", &whole(right))];
    *body = Holes { queries, ..Holes::default() }.in_query(&template);
    name_columns(body, names);
    Ok(())
}

/// The names of the columns of what was mended, which need not be planned again.
fn named(body: &SetExpr) -> Option<Vec<String>> {
    let SetExpr::Select(select) = body else { return None };
    let name = |item: &SelectItem| match item {
        SelectItem::ExprWithAlias { alias, .. } if alias.quote_style.is_some() => Some(alias.value.clone()),
        _ => None,
    };
    select.projection.iter().map(name).collect()
}

/// The columns bear the names of the left side's, as always.
fn name_columns(body: &mut SetExpr, names: Vec<String>) {
    let SetExpr::Select(select) = body else { unreachable!("the template is a SELECT") };
    for (item, name) in select.projection.iter_mut().zip(names) {
        if let SelectItem::UnnamedExpr(expr) = item {
            let (expr, alias) = (expr.clone(), Ident::with_quote('"', name));
            *item = SelectItem::ExprWithAlias { expr, alias };
        }
    }
}
