//! Tells questions that are wholly understood from all other statements.

use std::ops::ControlFlow;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{self, GroupByExpr, Query, Select, TableFactor, Visit as _, Visitor};

use crate::error::QueryError;

/// Gives `statement` back when it can only ask, and nothing in it would be passed over.
///
/// # Errors
/// `NotAQuestion`, with its first words. `Ignored`, with the clause; `AsOf` where that is a version of a table.
pub(crate) fn check(statement: Statement) -> Result<Statement, QueryError> {
    let Some(asked) = asked(&statement) else {
        let text = statement.to_string();
        let words: Vec<&str> = text.split_whitespace().take(2).collect();
        return Err(QueryError::NotAQuestion(words.join(" ")));
    };
    match asked.visit(&mut Ignored) {
        ControlFlow::Continue(()) => Ok(statement),
        ControlFlow::Break(error) => Err(error),
    }
}

/// What is asked, if it is a question. `SHOW` of settings and functions is none: DataFusion makes SQL of it by pasting
/// text together.
pub(crate) fn asked(statement: &Statement) -> Option<&ast::Statement> {
    match statement {
        Statement::Statement(statement) => matches!(
            **statement,
            ast::Statement::Query(_)
                | ast::Statement::Explain { .. }
                | ast::Statement::ExplainTable { .. }
                | ast::Statement::ShowTables { .. }
                | ast::Statement::ShowColumns { .. }
        )
        .then_some(statement),
        Statement::Explain(explain) => asked(&explain.statement),
        Statement::CreateExternalTable(_) | Statement::CopyTo(_) | Statement::Reset(_) => None,
    }
}

/// Looks for what DataFusion 55 parses and then forgets: the answer would be to another question.
struct Ignored;

fn ignored(clause: &'static str, is_there: bool) -> ControlFlow<QueryError> {
    if is_there { ControlFlow::Break(QueryError::Ignored(clause)) } else { ControlFlow::Continue(()) }
}

impl Visitor for Ignored {
    type Break = QueryError;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<QueryError> {
        ignored("FOR XML, FOR JSON", query.for_clause.is_some())?;
        ignored("FOR UPDATE, FOR SHARE", !query.locks.is_empty())?;
        ignored("SETTINGS", query.settings.is_some())?;
        ignored("FORMAT", query.format_clause.is_some())?;
        // Of a query in WITH RECURSIVE only the body is planned.
        let bounded = |query: &Query| {
            let is_limited = query.limit_clause.is_some() || query.fetch.is_some();
            is_limited || query.order_by.is_some() || query.with.is_some()
        };
        let recursive = query.with.iter().filter(|with| with.recursive);
        let has_bounded = recursive.flat_map(|with| &with.cte_tables).any(|table| bounded(&table.query));
        ignored("LIMIT, ORDER BY and WITH inside of WITH RECURSIVE", has_bounded)
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<QueryError> {
        ignored("CONNECT BY", !select.connect_by.is_empty())?;
        ignored("SORT BY", !select.sort_by.is_empty())?;
        ignored("CLUSTER BY", !select.cluster_by.is_empty())?;
        ignored("DISTRIBUTE BY", !select.distribute_by.is_empty())?;
        ignored("PREWHERE", select.prewhere.is_some())?;
        let (GroupByExpr::All(modifiers) | GroupByExpr::Expressions(_, modifiers)) = &select.group_by;
        ignored("GROUPING SETS, ROLLUP and the like behind GROUP BY's columns", !modifiers.is_empty())
    }

    fn pre_visit_table_factor(&mut self, relation: &TableFactor) -> ControlFlow<QueryError> {
        const SAMPLE: &str = "TABLESAMPLE";
        const ORDINALITY: &str = "WITH ORDINALITY";
        match relation {
            TableFactor::Table {
                version,
                sample,
                with_ordinality,
                partitions,
                json_path,
                with_hints,
                ..
            } => {
                if version.is_some() {
                    return ControlFlow::Break(QueryError::AsOf);
                }
                ignored(SAMPLE, sample.is_some())?;
                ignored(ORDINALITY, *with_ordinality)?;
                ignored("PARTITION", !partitions.is_empty())?;
                ignored("a path behind a table", json_path.is_some())?;
                ignored("a hint", !with_hints.is_empty())
            }
            TableFactor::Derived { sample, .. } => ignored(SAMPLE, sample.is_some()),
            TableFactor::Function { with_ordinality, .. } | TableFactor::UNNEST { with_ordinality, .. } => {
                ignored(ORDINALITY, *with_ordinality)
            }
            _ => ControlFlow::Continue(()),
        }
    }
}
