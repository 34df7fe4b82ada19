//! The metrics of the service, beside those that every service has.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use telemetry::metrics::Registry;

/// `die_specifications_requested_total{identifier}`, `die_list_requests_total`, `die_specifications_loaded`.
#[derive(Debug, Clone, Default)]
pub struct DieMetrics {
    requested: Family<Identifier, Counter>,
    pub lists: Counter,
    pub loaded: Gauge,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Identifier {
    identifier: String,
}

impl DieMetrics {
    /// Registers all of them.
    pub fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        let help = "Lookups of a die specification that hit";
        registry.register("die_specifications_requested", help, metrics.requested.clone());
        registry.register("die_list_requests", "Requests for the list of dice", metrics.lists.clone());
        registry.register("die_specifications_loaded", "Die specifications in use", metrics.loaded.clone());
        metrics
    }

    /// The counter of lookups that found the die `identifier`, which has to be a known one: it becomes a series.
    pub fn requested(&self, identifier: &str) -> Counter {
        self.requested.get_or_create_owned(&Identifier { identifier: identifier.to_owned() })
    }
}
