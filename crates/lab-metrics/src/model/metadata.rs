//! What is known about a metric beside its samples.

use std::fmt;
use std::str::FromStr;

/// The type of a metric family, as the exposition formats name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum MetricKind {
    /// Only goes up, or back to zero.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Cumulative buckets, sum and count.
    Histogram,
    /// Buckets of something that goes up and down.
    GaugeHistogram,
    /// Quantiles, sum and count.
    Summary,
    /// Facts as labels, value 1.
    Info,
    /// One of several states.
    StateSet,
    /// Nothing was said.
    #[default]
    Unknown,
}

impl MetricKind {
    /// The name in OpenMetrics and in the Prometheus API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
            Self::GaugeHistogram => "gaugehistogram",
            Self::Summary => "summary",
            Self::Info => "info",
            Self::StateSet => "stateset",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for MetricKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// `untyped`, the older word for unknown, is read too.
impl FromStr for MetricKind {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Ok(match text {
            "counter" => Self::Counter,
            "gauge" => Self::Gauge,
            "histogram" => Self::Histogram,
            "gaugehistogram" => Self::GaugeHistogram,
            "summary" => Self::Summary,
            "info" => Self::Info,
            "stateset" => Self::StateSet,
            "unknown" | "untyped" => Self::Unknown,
            _ => return Err(()),
        })
    }
}

/// Type, help and unit of a metric family.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Metadata {
    pub kind: MetricKind,
    /// What it counts, in a sentence.
    pub help: String,
    /// The unit, for example `seconds`; empty if none was given.
    pub unit: String,
}
