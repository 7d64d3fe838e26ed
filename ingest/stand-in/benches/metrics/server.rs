//! A thousand exporters at one port: another machine's at each path `/NUMBER`, and a minute later each time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use annals_stand_in::workload::Exporter;
use axum::Router;
use axum::extract::Path;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;

use super::recorded::recorded;

pub(crate) const ASKED: &str = "ANNALS_BENCH_SERVES_METRICS";

pub(crate) fn router() -> Router {
    let exporters = Arc::new((Exporter::of(&recorded(), 0), Mutex::new(HashMap::new())));
    let answer = move |Path(number): Path<u64>| async move {
        let (first, others) = &*exporters;
        let mut others = others.lock().unwrap_or_else(PoisonError::into_inner);
        let exporter: &mut Exporter = others.entry(number).or_insert_with(|| first.another(number));
        ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], exporter.scrape())
    };
    Router::new().route("/{number}", get(answer))
}
