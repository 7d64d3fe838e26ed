//! The grammar: PostgreSQL's, with the strength of operators that it has there.

use std::any::TypeId;

use datafusion::sql::sqlparser::ast::{Expr, UnaryOperator};
use datafusion::sql::sqlparser::dialect::{Dialect, PostgreSqlDialect, Precedence};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::Token;

/// The strength of `COLLATE`, next below a sign's: `-2 ^ 2` is 4 and `-2::text` a sign before a text (PostgreSQL's
/// manual, 4.1.6).
const BELOW_SIGNS: u8 = 120;

/// sqlparser's dialect of PostgreSQL, where two operators have the strength that PostgreSQL gives them:
/// `IS [NOT] DISTINCT FROM`, behind which sqlparser takes all that follows, and a sign, which it lets `^` outdo.
#[derive(Debug)]
pub(super) struct Grammar;

/// Hands abilities on, so that the wrapper has those of what it wraps.
macro_rules! as_postgresql {
    ($($ability:ident),* $(,)?) => {
        $(fn $ability(&self) -> bool {
            PostgreSqlDialect {}.$ability()
        })*
    };
}

impl Dialect for Grammar {
    fn dialect(&self) -> TypeId {
        PostgreSqlDialect {}.dialect()
    }

    fn identifier_quote_style(&self, identifier: &str) -> Option<char> {
        PostgreSqlDialect {}.identifier_quote_style(identifier)
    }

    fn is_delimited_identifier_start(&self, ch: char) -> bool {
        PostgreSqlDialect {}.is_delimited_identifier_start(ch)
    }

    fn is_identifier_start(&self, ch: char) -> bool {
        PostgreSqlDialect {}.is_identifier_start(ch)
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        PostgreSqlDialect {}.is_identifier_part(ch)
    }

    fn is_custom_operator_part(&self, ch: char) -> bool {
        PostgreSqlDialect {}.is_custom_operator_part(ch)
    }

    fn is_reserved_for_identifier(&self, keyword: Keyword) -> bool {
        PostgreSqlDialect {}.is_reserved_for_identifier(keyword)
    }

    fn get_next_precedence(&self, parser: &Parser) -> Option<Result<u8, ParserError>> {
        PostgreSqlDialect {}.get_next_precedence(parser)
    }

    fn prec_value(&self, precedence: Precedence) -> u8 {
        PostgreSqlDialect {}.prec_value(precedence)
    }

    as_postgresql!(
        supports_unicode_string_literal,
        supports_filter_during_aggregation,
        supports_group_by_expr,
        allow_extract_custom,
        allow_extract_single_quotes,
        supports_create_index_with_clause,
        supports_explain_with_utility_options,
        supports_listen_notify,
        supports_factorial_operator,
        supports_bitwise_shift_operators,
        supports_comment_on,
        supports_load_extension,
        supports_named_fn_args_with_colon_operator,
        supports_empty_projections,
        supports_nested_comments,
        supports_string_escape_constant,
        supports_numeric_literal_underscores,
        supports_array_typedef_with_brackets,
        supports_geometric_types,
        supports_set_names,
        supports_alter_column_type_using,
        supports_notnull_operator,
        supports_interval_options,
        supports_insert_table_alias,
        supports_create_table_like_parenthesized,
        supports_select_wildcard_with_alias,
        supports_comma_separated_trim,
        supports_xml_expressions,
        supports_comment_optimizer_hint,
    );

    // Named arguments have plain names here. To look for an expression in the place of a name, sqlparser reads every
    // argument twice, and what is in it four times, and so on.
    fn supports_named_fn_args_with_expr_name(&self) -> bool {
        false
    }

    fn parse_prefix(&self, parser: &mut Parser) -> Option<Result<Expr, ParserError>> {
        let op = match parser.peek_token_ref().token {
            Token::Minus => UnaryOperator::Minus,
            Token::Plus => UnaryOperator::Plus,
            _ => return None,
        };
        parser.next_token();
        let signed = parser.parse_subexpr(BELOW_SIGNS);
        Some(signed.map(|expr| Expr::UnaryOp { op, expr: Box::new(expr) }))
    }

    fn parse_infix(
        &self,
        parser: &mut Parser,
        left: &Expr,
        precedence: u8,
    ) -> Option<Result<Expr, ParserError>> {
        use Keyword::{DISTINCT, FROM, IS, NOT};
        let make = if parser.parse_keywords(&[IS, DISTINCT, FROM]) {
            Expr::IsDistinctFrom
        } else if parser.parse_keywords(&[IS, NOT, DISTINCT, FROM]) {
            Expr::IsNotDistinctFrom
        } else {
            return None;
        };
        let right = parser.parse_subexpr(precedence);
        Some(right.map(|right| make(Box::new(left.clone()), Box::new(right))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(sql: &str) -> String {
        let mut parser = Parser::new(&Grammar).try_with_sql(sql).unwrap();
        parenthesised(&parser.parse_expr().unwrap())
    }

    /// Every operator with its operands in parentheses.
    fn parenthesised(expr: &Expr) -> String {
        let inner = parenthesised;
        match expr {
            Expr::Nested(expr) => inner(expr),
            Expr::BinaryOp { left, op, right } => format!("({} {op} {})", inner(left), inner(right)),
            Expr::UnaryOp { op, expr } => format!("({op} {})", inner(expr)),
            Expr::Cast { expr, data_type, .. } => format!("({}::{data_type})", inner(expr)),
            Expr::IsDistinctFrom(left, right) => format!("({} <> {})", inner(left), inner(right)),
            Expr::IsNotDistinctFrom(left, right) => format!("({} == {})", inner(left), inner(right)),
            expr => expr.to_string(),
        }
    }

    #[test]
    fn distinct_from_takes_no_more_than_a_comparison_does() {
        for (sql, right) in [
            ("a is distinct from b and c", "((a <> b) AND c)"),
            ("a is not distinct from b or c", "((a == b) OR c)"),
            ("a is distinct from b + 1 and c", "((a <> (b + 1)) AND c)"),
            ("a + 1 is distinct from b", "((a + 1) <> b)"),
            ("a = b is distinct from c = d", "((a = b) <> (c = d))"),
            ("a is distinct from (b and c)", "(a <> (b AND c))"),
            ("not a is distinct from b and c", "((NOT (a <> b)) AND c)"),
            ("a is distinct from b is not distinct from c and d", "(((a <> b) == c) AND d)"),
            ("a is null", "a IS NULL"),
        ] {
            assert_eq!(parsed(sql), right, "{sql}");
        }
    }

    #[test]
    fn a_sign_is_stronger_than_a_power_and_weaker_than_a_cast() {
        for (sql, right) in [
            ("-2 ^ 2", "((- 2) ^ 2)"),
            ("2 ^ -2", "(2 ^ (- 2))"),
            ("- -2 ^ 2", "((- (- 2)) ^ 2)"),
            ("-2::text", "(- (2::TEXT))"),
            ("+a * b", "((+ a) * b)"),
            ("a - -b", "(a - (- b))"),
        ] {
            assert_eq!(parsed(sql), right, "{sql}");
        }
    }
}
