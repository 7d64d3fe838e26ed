//! Names of columns that have none. DataFusion calls a cast by what is cast, and refuses two columns of one name.

use std::collections::HashSet;

use datafusion::sql::sqlparser::ast::{Expr, Ident, SelectItem};

/// Calls each cast by its text, and what stands there twice by its text and a number.
pub(super) fn mend(projection: &mut [SelectItem]) {
    if projection.len() < 2 {
        return;
    }
    let mut texts = HashSet::new();
    for item in projection {
        let SelectItem::UnnamedExpr(expr) = item else { continue };
        if matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_)) {
            continue;
        }
        let text = expr.to_string();
        let mut name = text.clone();
        let mut times = 1;
        while !texts.insert(name.clone()) {
            times += 1;
            name = format!("{text}_{times}");
        }
        if times > 1 || is_cast(expr) {
            *item = SelectItem::ExprWithAlias { expr: expr.clone(), alias: Ident::with_quote('"', name) };
        }
    }
}

fn is_cast(expr: &Expr) -> bool {
    match expr {
        Expr::Nested(expr) => is_cast(expr),
        Expr::Cast { .. } => true,
        _ => false,
    }
}
