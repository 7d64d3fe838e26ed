//! What SQL finds here: every table, view and function, each registered once.

use std::sync::Arc;

use datafusion::config::Dialect;
use datafusion::error::Result;
use datafusion::execution::SessionStateBuilder;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use datafusion::prelude::{SessionConfig, SessionContext};

use crate::as_of::AsOfRefused;
use crate::catalog_in_order::{CatalogInOrder, SchemaInOrder};
use crate::directory::{Directory, DirectoryTable, LISTS};
use crate::facts::{FACTS, FactScan};
use crate::gate::Gate;
use crate::in_order::UnionsInOrder;
use crate::listing::{ListingTable, PUBLIC_LISTINGS, SYSTEM_LISTINGS};
use crate::look::Look;
use crate::named_scans::NamedScans;
use crate::penalized::Lists;
use crate::penalized_at::PenalizedAt;
use crate::rows::BATCH_ROWS_MAX;
use crate::state::{AtFunction, StateTable};
use crate::views::VIEWS;
use crate::{exact, functions, not_retracted};

const CATALOG: &str = "annals";
const SCHEMA: &str = "public";
const SYSTEM_SCHEMA: &str = "system";

/// A function may make a batch of texts that takes this part of the memory: one is made of another, and both are there
/// for a while.
const TEXTS_AT_ONCE: usize = 4;

/// The columns of `coverage`, in their order.
const COVERAGE: [&str; 8] =
    ["source", "scope", "run_id", "from_at", "to_at", "outcome", "log_index", "detail"];

/// A context that knows a log and its tables.
pub(crate) fn context(look: &Look, gate: &Gate) -> Result<SessionContext> {
    let mut context = SessionContext::new_with_state(
        SessionStateBuilder::new()
            .with_config(config())
            .with_runtime_env(gate.runtime())
            // Before DataFusion's own, which plan all that they see.
            .with_expr_planners(vec![Arc::new(exact::SignedCounts), Arc::new(functions::Extract)])
            .with_default_features()
            .with_physical_optimizer_rules(physical_rules())
            .with_analyzer_rules(exact::analyzer_rules(gate.limits().memory_bytes / TEXTS_AT_ONCE))
            .with_relation_planners(vec![Arc::new(AsOfRefused), Arc::new(NamedScans)])
            .build(),
    );
    functions::register_all(&mut context, look, gate.limits().memory_bytes / TEXTS_AT_ONCE)?;
    let mut public = SchemaInOrder::default();
    for snapshot in &look.tables.tables {
        let (name, snapshot) = (snapshot.schema.name, Arc::new(snapshot.clone()));
        public.add(name, Arc::new(StateTable::standing(Arc::clone(&snapshot), look.clone())));
        if snapshot.schema.keeps_history {
            let history = StateTable::history(Arc::clone(&snapshot), look.clone());
            public.add(&format!("{name}_history"), Arc::new(history));
        }
        let at = AtFunction::new(snapshot, look.clone());
        context.register_udtf(&format!("{name}_at"), Arc::new(at));
    }
    for &fact in FACTS {
        public.add(fact.name(), Arc::new(FactScan::new(fact, look.clone())));
    }
    let coverage = Arc::new(look.tables.register.coverage.clone());
    public.add("coverage", Arc::new(StateTable::lasting(coverage, &COVERAGE, look.clone())));
    for listing in PUBLIC_LISTINGS {
        public.add(listing.name(), Arc::new(ListingTable::new(listing, look.clone())));
    }
    penalized(&mut public, &context, look)?;
    for (name, recorded) in not_retracted::VIEWS {
        let tables = public.get(recorded).zip(public.get("block_retractions"));
        let (table, retractions) = tables.expect("fact tables are always there");
        public.add(name, not_retracted::view(recorded, table, retractions)?);
    }
    // Views in SQL are planned over tables that are there.
    let catalog = |public: SchemaInOrder| {
        let system = system(&public, look);
        CatalogInOrder::of([(SCHEMA, public), (SYSTEM_SCHEMA, system)])
    };
    context.register_catalog(CATALOG, Arc::new(catalog(public.clone())));
    for view in VIEWS {
        if view.over.iter().all(|table| public.get(table).is_some()) {
            public.add(view.name, view.plan(&context)?);
        }
    }
    context.register_catalog(CATALOG, Arc::new(catalog(public)));
    Ok(context)
}

/// The names of all tables, those of other schemas than `public` with their schema's.
pub(crate) fn tables(context: &SessionContext) -> Vec<String> {
    let catalog = context.catalog(CATALOG).expect("every context has it");
    let names = |schema: &str| catalog.schema(schema).map_or(Vec::new(), |schema| schema.table_names());
    let system = names(SYSTEM_SCHEMA).into_iter().map(|name| format!("{SYSTEM_SCHEMA}.{name}"));
    names(SCHEMA).into_iter().chain(system).collect()
}

/// Adds the view `penalized`, and `penalized_at` where both of its tables have a past.
fn penalized(public: &mut SchemaInOrder, context: &SessionContext, look: &Look) -> Result<()> {
    const TABLES: [&str; 2] = ["penalized_hotkeys", "penalized_checklist"];
    if let [Some(hotkeys), Some(checklist)] = TABLES.map(|table| public.get(table)) {
        let [hotkeys_name, checklist_name] = TABLES.map(str::to_owned);
        let lists = Lists { hotkeys: (hotkeys_name, hotkeys), checklist: (checklist_name, checklist) };
        public.add("penalized", lists.view()?);
    }
    let kept = |table| {
        let mut tables = look.tables.tables.iter();
        let snapshot =
            tables.find(|snapshot| snapshot.schema.name == table && snapshot.schema.keeps_history)?;
        Some(Arc::new(snapshot.clone()))
    };
    if let [Some(hotkeys), Some(checklist)] = TABLES.map(kept) {
        let at = PenalizedAt { hotkeys, checklist, look: look.clone() };
        context.register_udtf("penalized_at", Arc::new(at));
    }
    Ok(())
}

fn config() -> SessionConfig {
    let mut config = SessionConfig::new()
        .with_default_catalog_and_schema(CATALOG, SCHEMA)
        .with_information_schema(true)
        // Two partitions would run on two cores, and give rows and sums of floats in another order every time.
        .with_target_partitions(1)
        .with_batch_size(BATCH_ROWS_MAX);
    config.options_mut().sql_parser.dialect = Dialect::PostgreSQL;
    // A text would be as long as before its cast.
    config.options_mut().sql_parser.support_varchar_with_length = false;
    // Else a time with a zone, as timestamptz '...+02', is one without.
    config.options_mut().execution.time_zone = Some("UTC".to_owned());
    // A view of texts takes more memory than anybody counts.
    config.options_mut().sql_parser.map_string_types_to_utf8view = false;
    // Else a union may become a merge of whatever comes first.
    config.options_mut().optimizer.prefer_existing_union = true;
    config
}

fn physical_rules() -> Vec<Arc<dyn PhysicalOptimizerRule + Send + Sync>> {
    let mut rules: Vec<Arc<dyn PhysicalOptimizerRule + Send + Sync>> = vec![Arc::new(UnionsInOrder)];
    rules.extend(PhysicalOptimizer::new().rules);
    rules
}

fn system(public: &SchemaInOrder, look: &Look) -> SchemaInOrder {
    let mut system = SchemaInOrder::default();
    for listing in SYSTEM_LISTINGS {
        system.add(listing.name(), Arc::new(ListingTable::new(listing, look.clone())));
    }
    let (public, listed) = (public.clone(), system.clone());
    let directory = Arc::new(Directory { public, system: listed, look: look.clone() });
    for list in LISTS {
        system.add(list.name(), Arc::new(DirectoryTable::new(list, Arc::clone(&directory))));
    }
    system
}
