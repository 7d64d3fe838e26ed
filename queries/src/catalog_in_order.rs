//! A catalog that lists what it has in the order of names: DataFusion's own lists it in another order every time.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::{CatalogProvider, SchemaProvider, TableProvider};
use datafusion::error::Result;

/// Schemas by name.
#[derive(Debug)]
pub(crate) struct CatalogInOrder(BTreeMap<String, Arc<dyn SchemaProvider>>);

/// Tables by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct SchemaInOrder(BTreeMap<String, Arc<dyn TableProvider>>);

impl CatalogInOrder {
    pub(crate) fn of<const N: usize>(schemas: [(&str, SchemaInOrder); N]) -> Self {
        let schema = |(name, schema): (&str, SchemaInOrder)| {
            let schema: Arc<dyn SchemaProvider> = Arc::new(schema);
            (name.to_owned(), schema)
        };
        Self(schemas.into_iter().map(schema).collect())
    }
}

impl SchemaInOrder {
    pub(crate) fn add(&mut self, name: &str, table: Arc<dyn TableProvider>) {
        let before = self.0.insert(name.to_owned(), table);
        assert!(before.is_none(), "{name} is one table");
    }

    pub(crate) fn get(&self, name: &str) -> Option<Arc<dyn TableProvider>> {
        self.0.get(name).cloned()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Arc<dyn TableProvider>)> {
        self.0.iter().map(|(name, table)| (name.as_str(), table))
    }
}

impl CatalogProvider for CatalogInOrder {
    fn schema_names(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        self.0.get(name).cloned()
    }
}

#[async_trait]
impl SchemaProvider for SchemaInOrder {
    fn table_names(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        Ok(self.get(name))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}
