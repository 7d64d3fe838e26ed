//! Refuses `AS OF`: DataFusion parses it under some dialects and then answers with the rows of today.

use std::ops::ControlFlow;

use datafusion::common::plan_err;
use datafusion::error::Result;
use datafusion::logical_expr::planner::{RelationPlanner, RelationPlannerContext, RelationPlanning};
use datafusion::sql::sqlparser::ast::{TableFactor, Visit as _, Visitor};
use datafusion::sql::sqlparser::dialect::{
    BigQueryDialect, DatabricksDialect, Dialect, MsSqlDialect, SnowflakeDialect,
};
use datafusion::sql::sqlparser::parser::Parser;

/// Whoever reads this finds the way that works.
pub(crate) const AS_OF_REFUSED: &str = "AS OF is not understood here; ask for the past with a table function: \
     <table>_at('size', 1000), <table>_at('time', '2026-01-31 12:00') or <table>_at('block', 5000000)";

/// Runs before DataFusion's own planner of relations, which drops the version of a table: a second check, after that
/// of [`crate::question`].
#[derive(Debug)]
pub(crate) struct AsOfRefused;

impl RelationPlanner for AsOfRefused {
    fn plan_relation(
        &self,
        relation: TableFactor,
        _: &mut dyn RelationPlannerContext,
    ) -> Result<RelationPlanning> {
        if let TableFactor::Table { version: Some(_), .. } = &relation {
            return plan_err!("{AS_OF_REFUSED}");
        }
        Ok(RelationPlanning::Original(Box::new(relation)))
    }
}

/// Whether `sql`, which the session's own dialect could not read, asks for the past in the words of another one.
pub(crate) fn is_meant_by(sql: &str) -> bool {
    let dialects: [&dyn Dialect; 4] =
        [&BigQueryDialect {}, &SnowflakeDialect {}, &MsSqlDialect {}, &DatabricksDialect {}];
    dialects.into_iter().any(|dialect| {
        let statements = Parser::parse_sql(dialect, sql).unwrap_or_default();
        statements.visit(&mut VersionSought).is_break()
    })
}

struct VersionSought;

impl Visitor for VersionSought {
    type Break = ();

    fn pre_visit_table_factor(&mut self, relation: &TableFactor) -> ControlFlow<()> {
        match relation {
            TableFactor::Table { version: Some(_), .. } => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::config::Dialect as Named;
    use datafusion::prelude::{SessionConfig, SessionContext};

    use super::*;

    const FORMS: [&str; 9] = [
        "FOR SYSTEM_TIME AS OF '2026-01-01'",
        "FOR SYSTEM_TIME AS OF TIMESTAMP '2026-01-01'",
        "TIMESTAMP AS OF '2026-01-01'",
        "VERSION AS OF 3",
        "AT(TIMESTAMP => '2026-01-01')",
        "BEFORE(STATEMENT => 'x')",
        "AS OF SYSTEM TIME '-10s'",
        "AS OF TIMESTAMP '2026-01-01'",
        "CHANGES(INFORMATION => DEFAULT) AT(OFFSET => -60)",
    ];

    const QUERIES: [&str; 7] = [
        "SELECT * FROM t {}",
        "SELECT * FROM (SELECT * FROM t {}) AS s",
        "WITH c AS (SELECT * FROM t {}) SELECT * FROM c",
        "SELECT * FROM t AS a JOIN t {} ON true",
        "SELECT * FROM t {}, t AS b",
        "SELECT (SELECT max(x) FROM t {})",
        "SELECT 1 WHERE 1 IN (SELECT x FROM t {})",
    ];

    async fn context(dialect: Named) -> SessionContext {
        let mut config = SessionConfig::new();
        config.options_mut().sql_parser.dialect = dialect;
        let context = SessionContext::new_with_config(config);
        context.sql("CREATE TABLE t AS SELECT 1 AS x").await.unwrap();
        context.register_relation_planner(Arc::new(AsOfRefused)).unwrap();
        context
    }

    #[test]
    fn as_of_is_refused_under_every_dialect() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let names: Vec<&str> = Named::available().split([',', ' ']).filter(|name| !name.is_empty()).collect();
        let mut dialects = 0;
        let mut told = 0;
        for dialect in names.iter().filter_map(|name| name.parse::<Named>().ok()) {
            dialects += 1;
            let context = runtime.block_on(context(dialect));
            for (query, form) in QUERIES.iter().flat_map(|query| FORMS.map(|form| (query, form))) {
                let sql = query.replace("{}", form);
                let error = runtime.block_on(context.sql(&sql)).err();
                let error = error.unwrap_or_else(|| panic!("{dialect} ignores: {sql}"));
                told += usize::from(error.to_string().contains(AS_OF_REFUSED));
            }
            let now = runtime.block_on(async { context.sql(&QUERIES[0].replace("{}", "")).await });
            assert!(now.is_ok(), "{dialect} does not read the table at all");
        }
        assert!(dialects >= 12, "{dialects} of {names:?}");
        assert!(told >= 4 * QUERIES.len(), "{told}");
    }

    #[test]
    fn the_words_of_other_dialects_are_known() {
        for form in &FORMS[..5] {
            assert!(is_meant_by(&QUERIES[1].replace("{}", form)), "{form}");
        }
        assert!(!is_meant_by("SELECT * FROM t WHERE"));
        assert!(!is_meant_by("SELECT * FROM t"));
    }
}
