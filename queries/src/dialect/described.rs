//! `SHOW TABLES`, `DESCRIBE` and `SHOW COLUMNS` as questions of `system.tables` and `system.columns`, which have a
//! sentence for everything. DataFusion's own answers have names and types alone.

use datafusion::execution::SessionState;
use datafusion::sql::planner::object_name_to_table_reference;
use datafusion::sql::sqlparser::ast::{
    DescribeAlias, Expr, ObjectName, SetExpr, ShowStatementIn, ShowStatementOptions, Statement, Value,
};

use super::columns::Known;
use super::template::Holes;

const TABLES: &str = "select table_schema, table_name, about from system.tables";
const COLUMNS: &str = "select column_name, data_type, is_nullable, about from system.columns \
     where table_schema = wanted_schema and table_name = wanted_table";

/// The schema of DataFusion's own lists, which `system.columns` leaves out.
const OF_DATAFUSION: &str = "information_schema";

/// Writes the statement as a question. What asks for more than a table's columns, and tables that are not listed, stay
/// as they are: DataFusion says what is wrong with them.
pub(super) fn mend(statement: &mut Statement, state: &SessionState) {
    let body = match statement {
        Statement::ShowTables {
            terse: false,
            history: false,
            extended: false,
            full: false,
            external: false,
            show_options,
        } if is_plain(show_options) && show_options.show_in.is_none() => Holes::default().in_query(TABLES),
        Statement::ExplainTable {
            describe_alias: DescribeAlias::Describe | DescribeAlias::Desc,
            hive_format: None,
            table_name,
            ..
        } => match listed(table_name, state) {
            Some(table) => columns_of(table),
            None => return,
        },
        Statement::ShowColumns { extended: false, full: false, show_options } if is_plain(show_options) => {
            let of_table = match &show_options.show_in {
                Some(ShowStatementIn { parent_type: None, parent_name: Some(name), .. }) => {
                    listed(name, state)
                }
                _ => None,
            };
            match of_table {
                Some(table) => columns_of(table),
                None => return,
            }
        }
        _ => return,
    };
    *statement = Statement::Query(Box::new(Known::whole(body)));
}

fn is_plain(options: &ShowStatementOptions) -> bool {
    let ShowStatementOptions { show_in: _, starts_with, limit, limit_from, filter_position } = options;
    starts_with.is_none() && limit.is_none() && limit_from.is_none() && filter_position.is_none()
}

/// Returns schema and name of a table that `system.columns` lists.
fn listed(name: &ObjectName, state: &SessionState) -> Option<(String, String)> {
    let reference = object_name_to_table_reference(name.clone(), true).ok()?;
    let defaults = &state.config_options().catalog;
    let resolved = reference.resolve(&defaults.default_catalog, &defaults.default_schema);
    let is_listed = *resolved.schema != *OF_DATAFUSION
        && state.schema_for_ref(resolved.clone()).is_ok_and(|schema| schema.table_exist(&resolved.table));
    is_listed.then(|| (resolved.schema.to_string(), resolved.table.to_string()))
}

fn columns_of((schema, table): (String, String)) -> SetExpr {
    let [schema, table] = [schema, table].map(|name| Expr::Value(Value::SingleQuotedString(name).into()));
    let exprs = &[("wanted_schema", &schema), ("wanted_table", &table)];
    Holes { exprs, ..Holes::default() }.in_query(COLUMNS)
}
