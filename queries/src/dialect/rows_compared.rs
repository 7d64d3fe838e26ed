//! Rows that are compared: `(a, b) = (c, d)`, `(a, b) IN ((1, 2), (3, 4))`. DataFusion 55 takes them for structs.

use datafusion::sql::sqlparser::ast::{BinaryOperator, Expr, UnaryOperator};

use crate::error::QueryError;

/// Writes a comparison of rows as comparisons of their columns (PostgreSQL's manual, 9.25.5).
///
/// # Errors
/// `NotUnderstood` for rows of two lengths.
pub(super) fn mend(expr: &mut Expr) -> Result<(), QueryError> {
    match expr {
        Expr::InList { expr: row, list, negated } => {
            let Some(columns) = row_of(row) else { return Ok(()) };
            let mut matches = Vec::new();
            for other in list.iter() {
                matches.push(equal(columns, row_of(other).unwrap_or(std::slice::from_ref(other)))?);
            }
            let any = chained(matches, &BinaryOperator::Or);
            *expr = if *negated { not(any) } else { any };
        }
        Expr::BinaryOp { left, op, right } => {
            let (Some(a), Some(b)) = (row_of(left), row_of(right)) else { return Ok(()) };
            let compared = match op {
                BinaryOperator::Eq => equal(a, b)?,
                BinaryOperator::NotEq => not(equal(a, b)?),
                BinaryOperator::Lt | BinaryOperator::LtEq | BinaryOperator::Gt | BinaryOperator::GtEq => {
                    in_order(a, op, b)?
                }
                _ => return Ok(()),
            };
            *expr = compared;
        }
        _ => {}
    }
    Ok(())
}

/// The columns of a row, if it is one.
pub(super) fn row_of(expr: &Expr) -> Option<&[Expr]> {
    match expr {
        Expr::Tuple(columns) => Some(columns),
        Expr::Nested(expr) => row_of(expr),
        _ => None,
    }
}

fn equal(a: &[Expr], b: &[Expr]) -> Result<Expr, QueryError> {
    same_length(a, b)?;
    let pairs = a.iter().zip(b).map(|(a, b)| compared(a, &BinaryOperator::Eq, b));
    Ok(chained(pairs.collect(), &BinaryOperator::And))
}

/// The first columns that differ decide.
fn in_order(a: &[Expr], op: &BinaryOperator, b: &[Expr]) -> Result<Expr, QueryError> {
    same_length(a, b)?;
    let strict = match op {
        BinaryOperator::LtEq => BinaryOperator::Lt,
        BinaryOperator::GtEq => BinaryOperator::Gt,
        strict => strict.clone(),
    };
    let (mut columns, last) = (a.iter().zip(b).rev(), a.len() - 1);
    let Some((a_last, b_last)) = columns.next() else { unreachable!("row {last} is there") };
    let behind = |rest: Expr, (a, b): (&Expr, &Expr)| {
        let tie = chained(vec![compared(a, &BinaryOperator::Eq, b), rest], &BinaryOperator::And);
        chained(vec![compared(a, &strict, b), tie], &BinaryOperator::Or)
    };
    Ok(columns.fold(compared(a_last, op, b_last), behind))
}

fn same_length(a: &[Expr], b: &[Expr]) -> Result<(), QueryError> {
    if a.len() == b.len() && !a.is_empty() {
        return Ok(());
    }
    let text = format!("a row of {} columns is compared with one of {}", a.len(), b.len());
    Err(QueryError::NotUnderstood(text))
}

fn compared(a: &Expr, op: &BinaryOperator, b: &Expr) -> Expr {
    nested(Expr::BinaryOp { left: Box::new(a.clone()), op: op.clone(), right: Box::new(b.clone()) })
}

fn chained(exprs: Vec<Expr>, op: &BinaryOperator) -> Expr {
    let chain = |left: Expr, right: Expr| Expr::BinaryOp {
        left: Box::new(left),
        op: op.clone(),
        right: Box::new(right),
    };
    nested(exprs.into_iter().reduce(chain).expect("a list in parentheses is never empty"))
}

fn not(expr: Expr) -> Expr {
    nested(Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(expr) })
}

fn nested(expr: Expr) -> Expr {
    Expr::Nested(Box::new(expr))
}
