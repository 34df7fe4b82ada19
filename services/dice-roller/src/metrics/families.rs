//! The metrics of dice-roller, by the struct that raises them.
//!
//! Handles are looked up once a request, by die; series of known dice exist before they are used. Counts that
//! must add up are made by the guards in [`count`](crate::metrics::count), which count on every way out.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::RwLock;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use telemetry::metrics::TracedHistogram;

use crate::metrics::labels::{BatchLabels, BatchSize, DieLabel, LookupLabels, OutcomeLabel, RollLabels};

use crate::rolling::batch::{Batch, Outcome};
use crate::rolling::roll::RollEnd;
use telemetry::Strategy;

/// Seconds in which rolls and batches are counted.
const SECONDS: [f64; 9] = [0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0];
/// Seconds that a lookup takes: a die-service on the same machine answers within a tenth of a millisecond.
const LOOKUP_SECONDS: [f64; 16] = [
    0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0,
];
const FACES: [f64; 8] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];
const BATCH_SIZES: [f64; 15] =
    [1.0, 2.0, 3.0, 5.0, 10.0, 15.0, 20.0, 30.0, 50.0, 75.0, 100.0, 200.0, 300.0, 500.0, 750.0];

/// The label of dice that die-service does not know: what users type never becomes a series.
const UNKNOWN: &str = "unknown";

/// How rolls end, as labels say it.
const ENDS: [&str; 3] = ["success", "error", "cancelled"];

/// All metrics of the service.
#[derive(Debug)]
pub struct Metrics {
    roll_duration: Histograms<OutcomeLabel>,
    dice_rolls: Family<RollLabels, Counter>,
    dice_roll_value: Histograms<DieLabel>,
    die_service_requests: Family<LookupLabels, Counter>,
    die_service_request_duration: TracedHistogram,
    async_rolls: Family<RollLabels, Counter>,
    batches: Family<BatchLabels, Counter>,
    batch_size: Histograms<OutcomeLabel>,
    batch_duration: Histograms<OutcomeLabel>,
    success_seconds: Family<BatchSize, Counter<f64>>,
    success_batches: Family<BatchSize, Counter>,
    in_progress: Gauge,
    dice: RwLock<HashMap<String, Arc<DieMetrics>>>,
}

/// The handles of one known die.
#[derive(Debug)]
pub struct DieMetrics {
    pub(super) single: Ends<Counter>,
    pub(super) in_batch: Ends<Counter>,
    pub(super) value: TracedHistogram,
    pub(super) in_progress: Gauge,
    found: Counter,
}

/// One handle for each end of a roll.
#[derive(Debug)]
pub(super) struct Ends<M> {
    success: M,
    error: M,
    cancelled: M,
}

/// How a lookup at die-service ended, other than by finding the die.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LookupFailure {
    /// It answered with this status instead of a specification.
    Status(u16),
    /// No answer in time.
    Timeout,
    Connection,
    /// Our own client left first.
    Cancelled,
}

impl Metrics {
    /// Registers everything; batches may have up to `max_batch` rolls.
    pub fn register(registry: &mut Registry, max_batch: usize) -> Self {
        let sizes = BATCH_SIZES.into_iter().filter(|size| *size <= 20.0 || *size < max_batch as f64);
        let sizes: Arc<[f64]> = sizes.chain((max_batch > 20).then_some(max_batch as f64)).collect();
        let metrics = Self {
            roll_duration: durations(SECONDS.into()),
            dice_rolls: Family::default(),
            dice_roll_value: histograms(FACES.into()),
            die_service_requests: Family::default(),
            die_service_request_duration: TracedHistogram::new(&LOOKUP_SECONDS),
            async_rolls: Family::default(),
            batches: Family::default(),
            batch_size: histograms(sizes),
            batch_duration: durations(SECONDS.into()),
            success_seconds: Family::default(),
            success_batches: Family::default(),
            in_progress: Gauge::default(),
            dice: RwLock::default(),
        };
        metrics.register_in(registry);
        metrics.create_series(max_batch);
        metrics
    }

    fn register_in(&self, registry: &mut Registry) {
        registry.register(
            "roll_duration_seconds",
            "Duration of a single roll, lookup excluded",
            self.roll_duration.clone(),
        );
        registry.register("dice_rolls", "Single rolls whose die was found", self.dice_rolls.clone());
        registry.register("dice_roll_value", "Faces of successful rolls", self.dice_roll_value.clone());
        registry.register("die_service_requests", "Lookups at die-service", self.die_service_requests.clone());
        registry.register(
            "die_service_request_duration_seconds",
            "Duration of lookups at die-service",
            self.die_service_request_duration.clone(),
        );
        registry.register("async_rolls", "Rolls of batches whose die was found", self.async_rolls.clone());
        registry.register("async_roll_batches", "Batches by how they ended", self.batches.clone());
        registry.register("async_roll_batch_size", "Rolls that a batch was asked for", self.batch_size.clone());
        registry.register(
            "async_roll_duration_seconds",
            "Time from the start of a batch's first roll to the end of its last",
            self.batch_duration.clone(),
        );
        registry.register(
            "async_roll_success_seconds",
            "Summed duration of successful batches by size",
            self.success_seconds.clone(),
        );
        registry.register("async_roll_success_batches", "Successful batches by size", self.success_batches.clone());
        registry.register("async_rolls_in_progress", "Rolls of batches that run now", self.in_progress.clone());
    }

    /// Creates at 0 what does not depend on a die.
    fn create_series(&self, max_batch: usize) {
        for outcome in ENDS {
            drop(self.roll_duration.get_or_create(&OutcomeLabel { outcome }));
        }
        for outcome in Outcome::ALL.map(Outcome::name) {
            drop(self.batch_size.get_or_create(&OutcomeLabel { outcome }));
            drop(self.batch_duration.get_or_create(&OutcomeLabel { outcome }));
            for strategy in Strategy::ALL.map(Strategy::name) {
                drop(self.batches.get_or_create(&BatchLabels { strategy, outcome }));
            }
        }
        for batch_size in 1..=max_batch as u64 {
            drop(self.success_seconds.get_or_create(&BatchSize { batch_size }));
            drop(self.success_batches.get_or_create(&BatchSize { batch_size }));
        }
        self.lookup_counter(None, LookupFailure::Status(404));
    }

    /// The handles of a die that die-service knows; its series exist from now on.
    pub fn die(&self, name: &str) -> Arc<DieMetrics> {
        if let Some(die) = self.dice.read().get(name) {
            return Arc::clone(die);
        }
        let mut dice = self.dice.write();
        Arc::clone(dice.entry(name.to_owned()).or_insert_with(|| Arc::new(self.new_die(name))))
    }

    fn new_die(&self, name: &str) -> DieMetrics {
        for failure in [LookupFailure::Timeout, LookupFailure::Connection, LookupFailure::Cancelled] {
            self.lookup_counter(Some(name), failure);
        }
        let counter = |family: &Family<RollLabels, Counter>, result| {
            family.get_or_create_owned(&RollLabels { die_type: name.to_owned(), result })
        };
        let found = LookupLabels { identifier: name.to_owned(), status: "success".into() };
        DieMetrics {
            single: Ends::new(|end| counter(&self.dice_rolls, end)),
            in_batch: Ends::new(|end| counter(&self.async_rolls, end)),
            value: self.dice_roll_value.get_or_create_owned(&DieLabel { die_type: name.to_owned() }),
            in_progress: self.in_progress.clone(),
            found: self.die_service_requests.get_or_create_owned(&found),
        }
    }

    /// A lookup that found its die.
    pub fn lookup_found(&self, die: &DieMetrics, duration: Duration) {
        die.found.inc();
        self.die_service_request_duration.observe(duration.as_secs_f64());
    }

    /// A lookup that did not. A die that die-service denies is unknown, whatever was known before.
    pub fn lookup_failed(&self, name: &str, failure: LookupFailure, duration: Duration) {
        let known = failure != LookupFailure::Status(404) && self.dice.read().contains_key(name);
        self.lookup_counter(known.then_some(name), failure).inc();
        self.die_service_request_duration.observe(duration.as_secs_f64());
    }

    fn lookup_counter(&self, name: Option<&str>, failure: LookupFailure) -> Counter {
        let status = match failure {
            LookupFailure::Status(code) => format!("error_{code}").into(),
            LookupFailure::Timeout => "timeout".into(),
            LookupFailure::Connection => "connection_error".into(),
            LookupFailure::Cancelled => "cancelled".into(),
        };
        let identifier = name.unwrap_or(UNKNOWN).to_owned();
        self.die_service_requests.get_or_create_owned(&LookupLabels { identifier, status })
    }

    /// How long a single roll took.
    pub fn rolled(&self, end: RollEnd, duration: Duration) {
        let outcome = OutcomeLabel { outcome: end.name() };
        self.roll_duration.get_or_create(&outcome).observe(duration.as_secs_f64());
    }

    /// How long the rolls of a batch took.
    pub fn batch_rolled(&self, batch: &Batch) {
        let (outcome, seconds) = (batch.outcome.name(), batch.wall_time().as_secs_f64());
        self.batch_duration.get_or_create(&OutcomeLabel { outcome }).observe(seconds);
        if batch.outcome == Outcome::Success {
            let size = BatchSize { batch_size: batch.rolls.len() as u64 };
            self.success_seconds.get_or_create(&size).inc_by(seconds);
            self.success_batches.get_or_create(&size).inc();
        }
    }

    /// A validated batch is over.
    pub(super) fn batch_ended(&self, strategy: Strategy, outcome: Outcome, times: usize) {
        let (strategy, outcome) = (strategy.name(), outcome.name());
        self.batches.get_or_create(&BatchLabels { strategy, outcome }).inc();
        self.batch_size.get_or_create(&OutcomeLabel { outcome }).observe(times as f64);
    }
}

impl<M> Ends<M> {
    fn new(make: impl Fn(&'static str) -> M) -> Self {
        let [success, error, cancelled] = ENDS.map(make);
        Self { success, error, cancelled }
    }

    /// The handle for this end.
    pub(super) fn of(&self, end: RollEnd) -> &M {
        match end {
            RollEnd::Success(_) => &self.success,
            RollEnd::Error => &self.error,
            RollEnd::Cancelled => &self.cancelled,
        }
    }
}

/// A family of histograms with the same buckets.
type Histograms<L> = Family<L, TracedHistogram, Buckets>;

#[derive(Debug, Clone)]
struct Buckets {
    bounds: Arc<[f64]>,
    /// They have a native form, too.
    are_native: bool,
}

impl MetricConstructor<TracedHistogram> for Buckets {
    fn new_metric(&self) -> TracedHistogram {
        if self.are_native { TracedHistogram::with_native(&self.bounds) } else { TracedHistogram::new(&self.bounds) }
    }
}

fn histograms<L: Clone + std::hash::Hash + Eq>(bounds: Arc<[f64]>) -> Histograms<L> {
    Family::new_with_constructor(Buckets { bounds, are_native: false })
}

/// Histograms of seconds, which have a native form, too.
fn durations<L: Clone + std::hash::Hash + Eq>(bounds: Arc<[f64]>) -> Histograms<L> {
    Family::new_with_constructor(Buckets { bounds, are_native: true })
}
