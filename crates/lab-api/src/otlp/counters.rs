//! What the receiver counts, by signal and transport.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::otlp::answer::Outcome;
use crate::otlp::refusal::Refusal;

/// A kind of telemetry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Signal {
    /// Spans.
    Traces,
    /// Log records.
    Logs,
    /// Data points.
    Metrics,
}

impl Signal {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Traces, Self::Logs, Self::Metrics];

    /// The name, for example for a metric's label.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Traces => "traces",
            Self::Logs => "logs",
            Self::Metrics => "metrics",
        }
    }
}

/// How telemetry came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Transport {
    /// OTLP over HTTP.
    Http,
    /// OTLP over gRPC.
    Grpc,
}

impl Transport {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Http, Self::Grpc];

    /// The name, for example for a metric's label.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Grpc => "grpc",
        }
    }
}

/// What came of one signal over one transport.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignalCounts {
    /// Requests answered with success, full or partial.
    pub requests: u64,
    /// Items stored: spans, log records, data points.
    pub accepted: u64,
    /// Items refused, by reason.
    pub rejected: BTreeMap<&'static str, u64>,
    /// Requests refused whole, by reason.
    pub refused_requests: BTreeMap<&'static str, u64>,
}

/// A snapshot of the counters; every signal and transport is there from the start.
pub type OtlpStats = BTreeMap<(Signal, Transport), SignalCounts>;

/// The counters of a receiver.
#[derive(Debug)]
pub(crate) struct Counters(Mutex<OtlpStats>);

impl Default for Counters {
    fn default() -> Self {
        let keys = Signal::ALL.into_iter().flat_map(|signal| Transport::ALL.map(|transport| (signal, transport)));
        Self(Mutex::new(keys.map(|key| (key, SignalCounts::default())).collect()))
    }
}

impl Counters {
    pub(crate) fn count(&self, signal: Signal, transport: Transport, outcome: &Outcome) {
        self.change(signal, transport, |counts| {
            counts.requests += 1;
            counts.accepted += outcome.accepted;
            for (reason, items) in &outcome.rejected {
                *counts.rejected.entry(reason).or_default() += items;
            }
        });
    }

    pub(crate) fn refuse(&self, signal: Signal, transport: Transport, refusal: &Refusal) {
        self.change(signal, transport, |counts| *counts.refused_requests.entry(refusal.reason()).or_default() += 1);
    }

    pub(crate) fn stats(&self) -> OtlpStats {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn change(&self, signal: Signal, transport: Transport, change: impl FnOnce(&mut SignalCounts)) {
        change(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry((signal, transport)).or_default());
    }
}
