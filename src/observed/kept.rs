//! How a metric comes into a registry. Names, helps and labels are constants, so none of this fails.

use prometheus::core::Collector;
use prometheus::{IntCounterVec, IntGaugeVec, Opts, PullingGauge, Registry};

const IS_CONSTANT: &str = "the name, the help and the labels are constants that Prometheus takes";

/// The name of the label that says which source.
pub(super) const SOURCE: &str = "source";

/// Registers a metric, and returns it to whoever moves it.
pub(super) fn kept<C: Collector + Clone + 'static>(registry: &Registry, made: prometheus::Result<C>) -> C {
    let metric = made.expect(IS_CONSTANT);
    registry.register(Box::new(metric.clone())).expect("no two metrics of a registry have one name");
    metric
}

/// Registers counters, one for each value of a label.
pub(super) fn counters(registry: &Registry, name: &str, help: &str, label: &str) -> IntCounterVec {
    kept(registry, IntCounterVec::new(Opts::new(name, help), &[label]))
}

/// Registers gauges, one for each source.
pub(super) fn gauges_by_source(registry: &Registry, name: &str, help: &str) -> IntGaugeVec {
    kept(registry, IntGaugeVec::new(Opts::new(name, help), &[SOURCE]))
}

/// Registers a gauge that is looked up whenever somebody asks.
pub(super) fn looked_up(
    registry: &Registry,
    name: &str,
    help: &str,
    look: impl Fn() -> f64 + Send + Sync + 'static,
) {
    kept(registry, PullingGauge::new(name, help, Box::new(look)));
}

/// Seconds of so many milliseconds since 1970 UTC.
pub(super) fn seconds(ms: i64) -> f64 {
    ms as f64 / 1_000.0
}
