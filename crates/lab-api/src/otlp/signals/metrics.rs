//! Metrics: series of the metric store, by OpenTelemetry's Prometheus compatibility specification
//! (`specification/compatibility/prometheus_and_openmetrics.md`).
//!
//! The section `otlp` of Prometheus' configuration says what becomes of names ([`naming`]), of the resource and of the scope
//! ([`resource`]). Points of delta temporality are summed up ([`delta`]), or refused if the lab is told so.
//! Exponential histograms become native ones, or classic ones if the lab is told so ([`exponential`]).

mod custom;
pub mod delta;
mod exemplar;
pub mod exponential;
mod labels;
mod naming;
mod point;
mod resource;
mod times;

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;
use std::time::Duration;

use bytes::Bytes;
use lab_metrics::MetricStore;
use lab_metrics::ingest::otlp::OtlpConfig;
use lab_metrics::model::metadata::{Metadata, MetricKind};
use lab_metrics::store::append::push::Push;
use lab_metrics::store::error::AppendError;
use lab_storage::{TimeLimits, Wait};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, ExponentialHistogram, Histogram, Metric, ResourceMetrics, ScopeMetrics,
};
use prost::Message;

use crate::otlp::outcome::Outcome;
use crate::otlp::refusal::Refusal;
use crate::otlp::signals::metrics::delta::{Change, Delta, Refused, Step, Sums};
use crate::otlp::signals::metrics::exponential::{Exponential, classic};
use crate::otlp::signals::metrics::labels::BaseLabels;
use crate::otlp::signals::metrics::naming::{metric, no_name::NoName, unit::Unit};
use crate::otlp::signals::metrics::point::{Family, Point, Series};
use crate::otlp::signals::metrics::resource::Target;
use crate::otlp::signals::metrics::times::Times;

/// What the sender of deltas should do.
const DELTA_HINT: &str = "points of delta temporality are refused here, \
     set OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=cumulative";

/// The numbers of the temporalities that there are.
const CUMULATIVE: i32 = AggregationTemporality::Cumulative as i32;
const DELTA: i32 = AggregationTemporality::Delta as i32;

/// Buckets on one side of an exponential histogram; SDKs have 160. Each takes some bytes in memory, even if it is empty.
const MOST_BUCKETS: usize = 1 << 16;

/// Where metrics go, and what the receiver remembers of them.
#[derive(Debug)]
pub(crate) struct Way<'a> {
    pub(crate) store: &'a MetricStore,
    pub(crate) config: &'a OtlpConfig,
    pub(crate) delta: Delta,
    pub(crate) exponential: Exponential,
    pub(crate) sums: &'a Sums,
}

/// Takes an `ExportMetricsServiceRequest` in.
pub(crate) fn receive(way: &Way<'_>, body: &Bytes, now_ns: i64) -> Result<Outcome, Refusal> {
    let request = ExportMetricsServiceRequest::decode(body.clone()).map_err(|error| error.to_string());
    let request = request.map_err(Refusal::Malformed)?;
    let now_ms = now_ns / 1_000_000;
    let push = Push::new(TimeLimits::at_most_ahead(now_ms, 1000));
    let mut intake =
        Intake { way, now_ms, push, change: None, points: Vec::new(), conflicts: 0, rejected: BTreeMap::new() };
    for resource_metrics in request.resource_metrics {
        intake.resource(resource_metrics);
    }
    Ok(intake.finish()?)
}

/// One request on its way into the store.
struct Intake<'a> {
    way: &'a Way<'a>,
    now_ms: i64,
    push: Push,
    /// The sums of deltas, if there are any.
    change: Option<Change<'a>>,
    /// For each point the places of its series in the push, and its part in a sum of deltas.
    points: Vec<(Range<usize>, Option<Step>)>,
    /// Points whose series has another value at their time.
    conflicts: u64,
    /// Reason in one word → points, and what the first of them was told.
    rejected: BTreeMap<&'static str, (u64, String)>,
}

impl Intake<'_> {
    /// Takes the metrics of one resource in.
    fn resource(&mut self, metrics: ResourceMetrics) {
        let all = |metrics: &ResourceMetrics| metrics.scope_metrics.iter().map(points_of_scope).sum();
        let (target, info) = match Target::new(self.way.config, metrics.resource.as_ref()) {
            Ok(target) => match target.info() {
                Ok(info) => (target, info),
                Err(error) => return self.reject_unnamed(all(&metrics), &error),
            },
            Err(error) => return self.reject_unnamed(all(&metrics), &error),
        };
        let mut times = Times::default();
        for scope_metrics in metrics.scope_metrics {
            match target.with_scope(&scope_metrics) {
                Ok(labels) => {
                    scope_metrics.metrics.into_iter().for_each(|metric| self.metric(metric, &labels, &mut times));
                }
                Err(error) => self.reject_unnamed(points_of_scope(&scope_metrics), &error),
            }
        }
        let times = times.in_between();
        if let Some(info) = info.filter(|_| !times.is_empty()) {
            self.describe("target_info", MetricKind::Gauge, "Target metadata", String::new());
            let samples: Vec<_> =
                times.into_iter().map(|timestamp| lab_model::Sample { timestamp, value: 1.0 }).collect();
            // Beside the points: it counts neither as accepted nor, if it comes again, as rejected.
            self.way.store.add(&mut self.push, info, &*samples, Vec::new());
        }
    }

    /// Takes one metric in.
    fn metric(&mut self, metric: Metric, labels: &BaseLabels, times: &mut Times) {
        let Some(mut data) = metric.data else {
            return self.reject("no_data", 1, || format!("metric {:?} has no data", metric.name));
        };
        let name = match metric::metric_name(self.way.config, &metric.name, &metric.unit, &data) {
            Ok(name) => name,
            Err(error) => return self.reject_unnamed(points(&data), &error),
        };
        if let Data::ExponentialHistogram(histogram) = &mut data {
            self.leave_out_wide(&metric.name, histogram);
        }
        let temporality = temporality(&data);
        if !matches!(temporality, CUMULATIVE | DELTA) {
            let message = || format!("metric {:?}: {temporality} is no aggregation temporality", metric.name);
            return self.reject("unknown_temporality", points(&data), message);
        }
        let is_delta = temporality == DELTA;
        if is_delta && self.way.delta == Delta::Refuse {
            let message = || format!("metric {:?}: {DELTA_HINT}", metric.name);
            return self.reject("delta_temporality", points(&data), message);
        }
        times.add(&data, self.now_ms);
        self.describe(&name, metric::kind(&data), &metric.description, Unit::new(&metric.unit).describe());
        let family = Family { config: self.way.config, name: &name, labels, now_ms: self.now_ms };
        let steps = if is_delta { self.accumulate(&metric.name, &family, &mut data) } else { Vec::new() };
        if let (Exponential::Classic, Data::ExponentialHistogram(histogram)) = (self.way.exponential, &data) {
            let data_points = histogram.data_points.iter().map(classic::to_classic).collect();
            let aggregation_temporality = histogram.aggregation_temporality;
            data = Data::Histogram(Histogram { data_points, aggregation_temporality });
        }
        for (at, point) in family.points(&data).into_iter().enumerate() {
            match point {
                Ok(point) => self.point(point, steps.get(at).copied().flatten()),
                Err(error) => self.reject(error.reason(), 1, || format!("metric {:?}: {error}", metric.name)),
            }
        }
    }

    /// Refuses points with more buckets than are read.
    fn leave_out_wide(&mut self, metric: &str, histogram: &mut ExponentialHistogram) {
        let is_wide =
            |side: &Option<Buckets>| side.as_ref().is_some_and(|side| side.bucket_counts.len() > MOST_BUCKETS);
        let before = histogram.data_points.len();
        histogram.data_points.retain(|point| !is_wide(&point.positive) && !is_wide(&point.negative));
        let left_out = before - histogram.data_points.len();
        if left_out > 0 {
            self.reject("histogram_buckets", left_out as u64, || {
                format!("metric {metric:?}: a histogram has more than {MOST_BUCKETS} buckets on one side of zero")
            });
        }
    }

    /// Makes points of delta temporality cumulative; answers the part that each has in a sum.
    fn accumulate(&mut self, metric: &str, family: &Family<'_>, data: &mut Data) -> Vec<Option<Step>> {
        let (way, now_ms) = (self.way, self.now_ms);
        let change = self.change.get_or_insert_with(|| way.sums.change(now_ms, way.exponential));
        let accumulated = change.accumulate(family, data);
        for refused in accumulated.refused {
            match refused {
                Refused::Conflict => self.conflicts += 1,
                _ => self.reject(refused.reason(), 1, || refused.explain(metric)),
            }
        }
        accumulated.steps
    }

    fn point(&mut self, point: Point, step: Option<Step>) {
        let (count, mut end) = (point.series.len(), 0);
        for Series { labels, value, exemplars } in point.series {
            end = self.way.store.add(&mut self.push, labels, value.samples(), exemplars) + 1;
        }
        self.points.push((end - count..end, step));
    }

    fn describe(&mut self, name: &str, kind: MetricKind, help: &str, unit: String) {
        self.push.describe(name, Metadata { kind, help: help.to_owned(), unit });
    }

    fn reject_unnamed(&mut self, points: u64, error: &NoName) {
        self.reject("no_name", points, || error.to_string());
    }

    fn reject(&mut self, reason: &'static str, points: u64, message: impl FnOnce() -> String) {
        let entry = self.rejected.entry(reason).or_insert_with(|| (0, message()));
        entry.0 += points;
    }

    /// Hands everything to the store. A point of which one series is refused counts as rejected, unless the
    /// series has another value at that time already: then the first one stays. One of which every series is refused
    /// is taken out of its sum of deltas again.
    fn finish(mut self) -> Result<Outcome, Wait> {
        let push = std::mem::replace(&mut self.push, Push::new(TimeLimits::ANY));
        let mut refused = self.way.store.push(push, Duration::ZERO)?.refused.into_iter().peekable();
        let (mut accepted, mut conflicts, mut lost) = (0, self.conflicts, HashSet::new());
        for (places, step) in std::mem::take(&mut self.points) {
            while refused.next_if(|(place, ..)| *place < places.start).is_some() {}
            let number = places.len();
            let mut errors = Vec::new();
            while let Some((.., error)) = refused.next_if(|(place, ..)| places.contains(place)) {
                errors.push(error);
            }
            let is_conflict = |error: &AppendError| matches!(error, AppendError::DuplicateTimestamp { .. });
            if errors.len() == number && !errors.iter().any(is_conflict) {
                lost.extend(step);
            }
            match errors.into_iter().next() {
                None => accepted += 1,
                Some(error) if is_conflict(&error) => conflicts += 1,
                Some(error) => self.reject(error.reason(), 1, || error.to_string()),
            }
        }
        if let Some(change) = self.change.take() {
            change.commit(&lost);
        }
        let messages: Vec<_> = self.rejected.values().map(|(points, text)| format!("{points} × {text}")).collect();
        let rejected = self.rejected.into_iter().map(|(reason, (points, _))| (reason, points)).collect();
        Ok(Outcome { accepted, rejected, conflicts, message: messages.join("; ") })
    }
}

fn points_of_scope(metrics: &ScopeMetrics) -> u64 {
    metrics.metrics.iter().filter_map(|metric| metric.data.as_ref()).map(points).sum()
}

fn points(data: &Data) -> u64 {
    let points = match data {
        Data::Gauge(gauge) => gauge.data_points.len(),
        Data::Sum(sum) => sum.data_points.len(),
        Data::Histogram(histogram) => histogram.data_points.len(),
        Data::ExponentialHistogram(histogram) => histogram.data_points.len(),
        Data::Summary(summary) => summary.data_points.len(),
    };
    points as u64
}

/// The number of the temporality; what has none is cumulative.
fn temporality(data: &Data) -> i32 {
    match data {
        Data::Gauge(_) | Data::Summary(_) => CUMULATIVE,
        Data::Sum(sum) => sum.aggregation_temporality,
        Data::Histogram(histogram) => histogram.aggregation_temporality,
        Data::ExponentialHistogram(histogram) => histogram.aggregation_temporality,
    }
}
