//! Functions of PostgreSQL for which DataFusion has another name, another meaning, or none.

use datafusion::sql::sqlparser::ast::{
    DataType, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, ObjectName, SelectItem,
};

use super::template::Holes;

use crate::error::QueryError;

/// DataFusion's `array_remove` and `array_replace` are for the first of an array alone.
const FUNCTIONS: [(&str, &str); 5] = [
    ("array_remove", "array_remove_all"),
    ("array_replace", "array_replace_all"),
    ("every", "bool_and"),
    ("sign", "signum"),
    ("variance", "var_samp"),
];

/// Functions that an expression is as good as, the arguments by their letters.
const EXPRESSIONS: [(&str, &[&str], &str); 3] = [
    ("mod", &["a", "b"], "(a % b)"),
    ("div", &["a", "b"], "trunc(a / b)::bigint"),
    (
        "width_bucket",
        &["a", "b", "c", "d"],
        "(case when b < c and a < b or b > c and a > b then 0 \
         when b < c and a >= c or b > c and a <= c then d + 1 \
         else floor((a - b)::double * d / (c - b)) + 1 end)::int",
    ),
];

/// Writes a call in DataFusion's words.
///
/// # Errors
/// `NotUnderstood` for a cast to JSON.
pub(super) fn mend(expr: &mut Expr) -> Result<(), QueryError> {
    match expr {
        Expr::Function(call) => {
            let name = call.name.to_string().to_lowercase();
            if let Some(other) = as_expression(&name, &call.args) {
                *expr = other;
            } else if let Some((_, other)) = FUNCTIONS.iter().find(|(word, _)| *word == name) {
                call.name = ObjectName::from(vec![Ident::new(*other)]);
            }
        }
        Expr::Cast { data_type: DataType::JSON | DataType::JSONB, .. } => {
            let text = "the type json: a text is enough for ->, ->> and the json_ functions";
            return Err(QueryError::NotUnderstood(text.to_owned()));
        }
        _ => {}
    }
    Ok(())
}

fn as_expression(name: &str, arguments: &FunctionArguments) -> Option<Expr> {
    let (_, letters, template) = EXPRESSIONS.iter().find(|(function, ..)| *function == name)?;
    let FunctionArguments::List(list) = arguments else { return None };
    let value = |argument: &FunctionArg| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) => Some(value.clone()),
        _ => None,
    };
    let values = list.args.iter().map(value).collect::<Option<Vec<Expr>>>()?;
    let exprs: Vec<(&str, &Expr)> = letters.iter().copied().zip(&values).collect();
    let is_whole = values.len() == letters.len();
    is_whole.then(|| Holes { exprs: &exprs, ..Holes::default() }.in_expr(template))
}

/// `SELECT generate_series(1, 3)` has a row for each number; DataFusion's function of the name makes a list.
pub(super) fn unnest_series(projection: &mut [SelectItem]) {
    for item in projection {
        let (SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }) = item else { continue };
        if matches!(expr, Expr::Function(call) if call.name.to_string().eq_ignore_ascii_case("generate_series"))
        {
            let exprs = &[("series", &*expr)];
            *expr = Holes { exprs, ..Holes::default() }.in_expr("unnest(series)");
        }
    }
}
