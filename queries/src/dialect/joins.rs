//! `JOIN ... USING` and `NATURAL JOIN`. The key is one column, the left side's value or else the right one's (SQL:2016,
//! 7.10); DataFusion 55 takes the left side's, of three tables knows two keys, and behind WHERE often none.

use datafusion::sql::sqlparser::ast::{
    Expr, Ident, Join, JoinConstraint, JoinOperator, ObjectName, OrderBy, OrderByKind, Select, SelectItem,
    TableAlias, TableFactor, TableWithJoins, VisitMut, WildcardAdditionalOptions,
};

use super::columns::Known;
use super::outside;
use super::template::Holes;
use crate::error::QueryError;

/// Writes the keys of such joins as what they are, wherever a select and its order name them. Of a select that
/// `is_within` another one, names that several of its tables have are looked at, too: DataFusion takes them for those
/// of a table around it.
///
/// # Errors
/// `NotUnderstood` where a side cannot be named, or a name is ambiguous; as of [`Known::of_relation`] else.
pub(super) fn mend(
    select: &mut Select,
    order_by: &mut Option<OrderBy>,
    known: &Known<'_>,
    is_within: bool,
) -> Result<(), QueryError> {
    let has_keys = select.from.iter_mut().any(has_keys);
    let has_several = select.from.len() > 1 || select.from.iter().any(|from| !from.joins.is_empty());
    if !(has_keys || is_within && has_several) {
        return Ok(());
    }
    let mut columns = Columns::default();
    for from in &mut select.from {
        columns.0.extend(joined(from, known)?.0);
    }
    if !has_keys {
        return put_keys(select, &columns);
    }
    let is_named = expand(&mut select.projection, &columns)?;
    put_keys(select, &columns)?;
    if let Some(OrderBy { kind: OrderByKind::Expressions(order), .. }) = order_by {
        for by in order {
            // A name alone is that of a column of the answer, if there is one.
            let is_of_answer =
                matches!(&by.expr, Expr::Identifier(name) if is_named.contains(&name.value.to_lowercase()));
            if !is_of_answer {
                put_keys(&mut by.expr, &columns)?;
            }
        }
    }
    Ok(())
}

/// The columns that can be named without their table, in the order of `*`.
#[derive(Default)]
struct Columns(Vec<Column>);

struct Column {
    name: String,
    /// The expression that the name stands for.
    value: Expr,
    is_key: bool,
}

impl Columns {
    /// The one column of this name.
    fn get(&self, name: &str) -> Option<&Column> {
        let mut found = self.0.iter().filter(|column| column.name == name);
        found.next().filter(|_| found.next().is_none())
    }

    fn take(&mut self, name: &str) -> Option<Column> {
        let at = self.0.iter().position(|column| column.name == name)?;
        Some(self.0.remove(at))
    }
}

/// Whether a key is named by itself.
fn has_keys(from: &mut TableWithJoins) -> bool {
    let nested = |relation: &mut TableFactor| match relation {
        TableFactor::NestedJoin { table_with_joins, .. } => has_keys(table_with_joins),
        _ => false,
    };
    nested(&mut from.relation)
        || from.joins.iter_mut().any(|join| {
            let by_name = |constraint: &JoinConstraint| {
                matches!(constraint, JoinConstraint::Using(_) | JoinConstraint::Natural)
            };
            parts(&mut join.join_operator).is_some_and(|(_, constraint)| by_name(constraint))
                || nested(&mut join.relation)
        })
}

/// Whose rows without a partner are kept, as far as a key depends on it.
enum Kept {
    /// Or nobody's.
    Left,
    Right,
    Both,
}

/// Whose rows a join keeps, and by what it joins; `None` for kinds of joins that PostgreSQL does not have.
fn parts(operator: &mut JoinOperator) -> Option<(Kept, &mut JoinConstraint)> {
    Some(match operator {
        JoinOperator::Join(constraint)
        | JoinOperator::Inner(constraint)
        | JoinOperator::Left(constraint)
        | JoinOperator::LeftOuter(constraint)
        | JoinOperator::CrossJoin(constraint) => (Kept::Left, constraint),
        JoinOperator::Right(constraint) | JoinOperator::RightOuter(constraint) => (Kept::Right, constraint),
        JoinOperator::FullOuter(constraint) => (Kept::Both, constraint),
        _ => return None,
    })
}

/// The columns of relations that are joined; their conditions are written out on the way.
fn joined(from: &mut TableWithJoins, known: &Known<'_>) -> Result<Columns, QueryError> {
    let mut columns = of_relation(&mut from.relation, known)?;
    for join in &mut from.joins {
        let right = of_relation(&mut join.relation, known)?;
        columns = joined_with(columns, join, right)?;
    }
    Ok(columns)
}

fn joined_with(mut left: Columns, join: &mut Join, mut right: Columns) -> Result<Columns, QueryError> {
    let Some((kept, constraint)) = parts(&mut join.join_operator) else {
        return refused("this kind of JOIN beside a RIGHT or FULL JOIN ... USING: write ON");
    };
    let names = match constraint {
        JoinConstraint::Using(names) => names.iter().map(plain_name).collect::<Result<Vec<_>, _>>()?,
        JoinConstraint::Natural => {
            let is_right = |column: &&Column| right.0.iter().any(|other| other.name == column.name);
            left.0.iter().filter(is_right).map(|column| column.name.clone()).collect()
        }
        _ => {
            left.0.extend(right.0);
            return Ok(left);
        }
    };
    let (mut keys, mut on) = (Vec::new(), None);
    for name in names {
        let sides = left.get(&name).is_some().then(|| left.take(&name)).flatten();
        let sides = sides.zip(right.get(&name).is_some().then(|| right.take(&name)).flatten());
        let Some((a, b)) = sides else {
            return refused(&format!("USING ({name}): it has to be one column of each side"));
        };
        let exprs = &[("a", &a.value), ("b", &b.value)];
        let is_equal = Holes { exprs, ..Holes::default() }.in_expr("a = b");
        on = Some(match on {
            None => is_equal,
            Some(on) => {
                let exprs = &[("a", &on), ("b", &is_equal)];
                Holes { exprs, ..Holes::default() }.in_expr("a and b")
            }
        });
        let value = match kept {
            Kept::Left => a.value,
            Kept::Right => b.value,
            Kept::Both => Holes { exprs, ..Holes::default() }.in_expr("coalesce(a, b)"),
        };
        keys.push(Column { name, value, is_key: true });
    }
    // Without a column in common, NATURAL joins every row with every row.
    *constraint = JoinConstraint::On(on.unwrap_or_else(|| Holes::default().in_expr("true")));
    Ok(Columns(keys.into_iter().chain(left.0).chain(right.0).collect()))
}

fn of_relation(relation: &mut TableFactor, known: &Known<'_>) -> Result<Columns, QueryError> {
    if let TableFactor::NestedJoin { table_with_joins, alias: None } = relation {
        return joined(table_with_joins, known);
    }
    let names = known.of_relation(relation)?;
    let table = name_of(relation)?;
    let column = |name: String| {
        let value = Expr::CompoundIdentifier(vec![table.clone(), Ident::with_quote('"', name.clone())]);
        Column { name, value, is_key: false }
    };
    Ok(Columns(names.into_iter().map(column).collect()))
}

/// By what name the columns of a relation are told from others'.
fn name_of(relation: &mut TableFactor) -> Result<Ident, QueryError> {
    let (alias, own) = match relation {
        TableFactor::Table { name, alias, .. } | TableFactor::Function { name, alias, .. } => {
            (alias, name.0.last().and_then(|part| part.as_ident()).cloned())
        }
        TableFactor::Derived { alias, .. } | TableFactor::UNNEST { alias, .. } => (alias, None),
        TableFactor::TableFunction { alias, .. } | TableFactor::NestedJoin { alias, .. } => (alias, None),
        _ => return refused("this relation beside a RIGHT or FULL JOIN ... USING: write ON"),
    };
    match (alias, own) {
        (Some(TableAlias { name, .. }), _) => Ok(name.clone()),
        (None, Some(name)) => Ok(name),
        (None, None) => {
            refused("a RIGHT or FULL JOIN ... USING of a subquery without a name: write AS and one")
        }
    }
}

fn plain_name(name: &ObjectName) -> Result<String, QueryError> {
    match name.0.last().and_then(|part| part.as_ident()) {
        Some(name) if name.quote_style.is_some() => Ok(name.value.clone()),
        Some(name) => Ok(name.value.to_lowercase()),
        None => refused("USING takes names of columns"),
    }
}

/// Writes `*` out, and names the keys. Returns the names of the answer's columns.
fn expand(projection: &mut Vec<SelectItem>, columns: &Columns) -> Result<Vec<String>, QueryError> {
    let (mut expanded, mut names) = (Vec::new(), Vec::new());
    for item in projection.drain(..) {
        match item {
            SelectItem::Wildcard(options) => {
                if options != WildcardAdditionalOptions::default() && has_options(&options) {
                    return refused(
                        "* with EXCLUDE, REPLACE or the like over a RIGHT or FULL JOIN ... USING",
                    );
                }
                for column in &columns.0 {
                    names.push(column.name.clone());
                    expanded.push(named(column));
                }
            }
            SelectItem::UnnamedExpr(Expr::Identifier(name)) => {
                names.push(name.value.to_lowercase());
                let key = columns.get(&folded(&name)).filter(|column| column.is_key);
                expanded.push(key.map_or(SelectItem::UnnamedExpr(Expr::Identifier(name)), named));
            }
            SelectItem::ExprWithAlias { alias, expr } => {
                names.push(alias.value.to_lowercase());
                expanded.push(SelectItem::ExprWithAlias { expr, alias });
            }
            item => expanded.push(item),
        }
    }
    *projection = expanded;
    Ok(names)
}

fn has_options(options: &WildcardAdditionalOptions) -> bool {
    let WildcardAdditionalOptions { opt_ilike, opt_exclude, opt_except, opt_replace, opt_rename, .. } =
        options;
    let removes = opt_ilike.is_some() || opt_exclude.is_some() || opt_except.is_some();
    removes || opt_replace.is_some() || opt_rename.is_some()
}

fn named(column: &Column) -> SelectItem {
    SelectItem::ExprWithAlias {
        expr: column.value.clone(),
        alias: Ident::with_quote('"', column.name.clone()),
    }
}

fn folded(name: &Ident) -> String {
    if name.quote_style.is_some() { name.value.clone() } else { name.value.to_lowercase() }
}

/// Puts keys in the place of their names.
fn put_keys(node: &mut impl VisitMut, columns: &Columns) -> Result<(), QueryError> {
    outside::of_subqueries(node, |expr| {
        let Expr::Identifier(name) = expr else { return Ok(()) };
        let name = folded(name);
        match columns.get(&name) {
            Some(key) if key.is_key => *expr = key.value.clone(),
            None if columns.0.iter().any(|column| column.name == name) => {
                return refused(&format!(
                    "{name}, which several tables have: say whose it is, as in a.{name}"
                ));
            }
            _ => {}
        }
        Ok(())
    })
}

fn refused<T>(text: &str) -> Result<T, QueryError> {
    Err(QueryError::NotUnderstood(text.to_owned()))
}
