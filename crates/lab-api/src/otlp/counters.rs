//! What the receiver counts, by signal and transport.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::otlp::outcome::Outcome;
use crate::otlp::refusal::Refusal;
use crate::otlp::request::{Signal, Transport};

/// The reason of points whose series already had another value at their time.
const CONFLICT: &str = "duplicate_timestamp";

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
            if outcome.conflicts > 0 {
                *counts.rejected.entry(CONFLICT).or_default() += outcome.conflicts;
            }
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
