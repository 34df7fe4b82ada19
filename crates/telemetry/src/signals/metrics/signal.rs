//! What becomes of spans and of log lines, so that loss is visible.

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

/// A counter per outcome; both exist from the start.
#[derive(Debug, Clone, Default)]
pub(crate) struct SignalCounters {
    /// Taken by the backend.
    pub(crate) exported: Counter,
    /// Lost: queue full, refused, or not delivered when the process ended.
    pub(crate) dropped: Counter,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    outcome: Outcome,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelValue)]
#[allow(non_camel_case_types)] // the names are the label values
enum Outcome {
    exported,
    dropped,
}

impl SignalCounters {
    /// Registers `name` (without `_total`) with both outcomes at 0.
    pub(crate) fn register(registry: &mut Registry, name: &str, help: &str) -> Self {
        let family = Family::<Labels, Counter>::default();
        registry.register(name, help, family.clone());
        Self {
            exported: family.get_or_create_owned(&Labels { outcome: Outcome::exported }),
            dropped: family.get_or_create_owned(&Labels { outcome: Outcome::dropped }),
        }
    }
}
