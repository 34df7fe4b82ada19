//! The stack under judgement: a typed client for each of its servers.

pub mod collector;
pub mod endpoint;
pub mod grafana;
pub mod loki;
pub mod prometheus;
pub mod sample;
pub mod services;
pub mod span;
pub mod tempo;

use self::collector::Collector;
use self::grafana::Grafana;
use self::loki::Loki;
use self::prometheus::Prometheus;
use self::services::Services;
use self::tempo::Tempo;
use crate::time::clock::Clock;

/// Everything that can be asked. Clones share connections.
#[derive(Debug, Clone)]
pub struct Stack {
    pub prometheus: Prometheus,
    pub loki: Loki,
    pub tempo: Tempo,
    pub grafana: Grafana,
    /// The dice system itself.
    pub services: Services,
    /// The lab's collector, which a real stack has not.
    pub collector: Collector,
    /// The control address of a traffic generator that no lab has started; it knows the collector's orders about traffic alone.
    pub generator: Collector,
    /// The time of the one who asks.
    pub clock: Clock,
}
