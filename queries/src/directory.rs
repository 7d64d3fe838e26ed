//! `system.tables` and `system.columns`: all that can be asked, each with its sentence.

use std::fmt;
use std::sync::Arc;

use annals_projections::CellType::{Text, UInt};
use annals_projections::{Cell, Column};
use async_trait::async_trait;
use datafusion::arrow::datatypes::{FieldRef, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;

use crate::catalog_in_order::SchemaInOrder;
use crate::look::Look;
use crate::rows::{RowColumn, Rows};
use crate::scan_exec::{Reading, ScanExec, Sink};
use crate::{signed, words};

/// The lists of what can be asked.
pub(crate) const LISTS: [List; 2] = [List::Tables, List::Columns];

/// A list of what can be asked, in the order of schemas, tables and columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum List {
    Tables,
    Columns,
}

/// The catalogue as it is listed: every table but the lists themselves, which are added while they are read.
pub(crate) struct Directory {
    pub(crate) public: SchemaInOrder,
    pub(crate) system: SchemaInOrder,
    pub(crate) look: Look,
}

/// A list as SQL sees it.
#[derive(Clone)]
pub(crate) struct DirectoryTable {
    list: List,
    directory: Arc<Directory>,
}

#[derive(Debug)]
struct DirectoryReading {
    table: DirectoryTable,
    columns: Vec<usize>,
}

struct ListedTable {
    schema: &'static str,
    name: String,
    about: Option<String>,
    columns: SchemaRef,
}

struct ListedColumn {
    schema: &'static str,
    table: String,
    /// From 1.
    position: u64,
    field: FieldRef,
}

const TABLES: &[RowColumn<ListedTable>] = &[
    RowColumn::of("table_schema", Text, |table| table.schema.into()),
    RowColumn::of("table_name", Text, |table| table.name.as_str().into()),
    RowColumn::nullable("about", Text, |table| Cell::of(table.about.as_deref())),
];

const COLUMNS: &[RowColumn<ListedColumn>] =
    &[
        RowColumn::of("table_schema", Text, |column| column.schema.into()),
        RowColumn::of("table_name", Text, |column| column.table.as_str().into()),
        RowColumn::of("position", UInt, |column| column.position.into()),
        RowColumn::of("column_name", Text, |column| column.field.name().as_str().into()),
        RowColumn::of("data_type", Text, |column| column.field.data_type().to_string().into()),
        // As DataFusion says it in information_schema.
        RowColumn::of("is_nullable", Text, |column| {
            if column.field.is_nullable() { "YES".into() } else { "NO".into() }
        }),
        RowColumn::nullable("about", Text, |column| {
            Cell::of(words::of_column(&column.table, column.field.name()))
        }),
    ];

impl List {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Tables => "tables",
            Self::Columns => "columns",
        }
    }

    fn columns(self) -> Vec<Column> {
        match self {
            Self::Tables => RowColumn::plain(TABLES),
            Self::Columns => RowColumn::plain(COLUMNS),
        }
    }

    fn schema(self) -> SchemaRef {
        signed::schema(&Column::schema_of(&self.columns()))
    }
}

impl Directory {
    /// Returns all tables, in their order.
    fn tables(&self) -> Vec<ListedTable> {
        let public = self.public.iter().map(|(name, table)| ("public", name, table.schema()));
        let system = self.system.iter().map(|(name, table)| ("system", name, table.schema()));
        let lists = LISTS.into_iter().map(|list| ("system", list.name(), list.schema()));
        let all = public.chain(system).chain(lists);
        let listed = all.map(|(schema, name, columns)| {
            let about = self.about(name);
            ListedTable { schema, name: name.to_owned(), about, columns }
        });
        let mut tables: Vec<_> = listed.collect();
        tables.sort_by(|a, b| (a.schema, &a.name).cmp(&(b.schema, &b.name)));
        tables
    }

    fn about(&self, table: &str) -> Option<String> {
        let tables = &self.look.tables;
        let said = words::of_table(table, tables.tables.iter().map(|snapshot| snapshot.schema));
        // Its rows never end, so it has no other past.
        let coverage = tables.register.coverage.schema;
        said.or_else(|| (coverage.name == table).then(|| coverage.about.to_owned()))
    }
}

impl ListedTable {
    fn list_columns(&self) -> impl Iterator<Item = ListedColumn> {
        (1..).zip(self.columns.fields()).map(|(position, field)| ListedColumn {
            schema: self.schema,
            table: self.name.clone(),
            position,
            field: Arc::clone(field),
        })
    }
}

impl DirectoryTable {
    pub(crate) fn new(list: List, directory: Arc<Directory>) -> Self {
        Self { list, directory }
    }
}

impl fmt::Debug for DirectoryTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.list.name())
    }
}

impl Reading for DirectoryReading {
    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.table, f)
    }

    fn read(&self, sink: &mut Sink) -> Result<()> {
        let DirectoryTable { list, directory } = &self.table;
        let mut rows = Rows::new(&list.columns(), &self.columns);
        for table in &directory.tables() {
            match list {
                List::Tables => rows.push(TABLES, table),
                List::Columns => table.list_columns().for_each(|column| rows.push(COLUMNS, &column)),
            }
        }
        let _ = sink.push(rows.take());
        Ok(())
    }
}

#[async_trait]
impl TableProvider for DirectoryTable {
    fn schema(&self) -> SchemaRef {
        self.list.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = self.schema();
        let columns = projection.cloned().unwrap_or_else(|| (0..schema.fields().len()).collect());
        let schema = Arc::new(schema.project(&columns)?);
        let reading = Arc::new(DirectoryReading { table: self.clone(), columns });
        Ok(Arc::new(ScanExec::new(&schema, reading, None).fetching(limit)))
    }
}
