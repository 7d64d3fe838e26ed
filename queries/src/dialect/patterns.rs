//! `SIMILAR TO`, and `LIKE` with another escape: DataFusion 55 takes the first for a regular expression and refuses the
//! second.

use datafusion::sql::sqlparser::ast::{Expr, ValueWithSpan};

use super::template::Holes;

/// Writes a pattern of the SQL standard in the words that DataFusion has.
pub(super) fn mend(expr: &mut Expr) {
    match expr {
        Expr::SimilarTo { negated, expr: text, pattern, escape_char } => {
            let escape = escape_char.clone().map(Expr::Value);
            let negated = if *negated { "not " } else { "" };
            let similar = if let Some(escape) = &escape {
                let exprs = &[("text", &**text), ("pattern", &**pattern), ("escape", escape)];
                let template = format!("{negated}regexp_like(text, similar_to_escape(pattern, escape))");
                Holes { exprs, ..Holes::default() }.in_expr(&template)
            } else {
                let exprs = &[("text", &**text), ("pattern", &**pattern)];
                let template = format!("{negated}regexp_like(text, similar_to_escape(pattern))");
                Holes { exprs, ..Holes::default() }.in_expr(&template)
            };
            *expr = similar;
        }
        Expr::Like { pattern, escape_char, .. } | Expr::ILike { pattern, escape_char, .. } => {
            if let Some(escape) = escape_char.take() {
                **pattern = with_backslashes(pattern, escape);
            }
        }
        _ => {}
    }
}

fn with_backslashes(pattern: &Expr, escape: ValueWithSpan) -> Expr {
    let escape = Expr::Value(escape);
    let exprs = &[("pattern", pattern), ("escape", &escape)];
    Holes { exprs, ..Holes::default() }.in_expr("like_escape(pattern, escape)")
}
