//! Metrics: series of the metric store, by OpenTelemetry's Prometheus compatibility specification
//! (`specification/compatibility/prometheus_and_openmetrics.md`).
//!
//! Names get their unit and `_total`; the resource becomes `job`, `instance` and `target_info`, the scope
//! `otel_scope_*`. Points of delta temporality are summed up ([`delta`]), or refused if the lab is told so.
//! Exponential histograms become classic ones whose bounds are powers of the fourth root of two or coarser.

pub mod delta;
pub(crate) mod exponential;
pub(crate) mod name;
pub(crate) mod point;
pub(crate) mod resource;

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use bytes::Bytes;
use lab_metrics::MetricStore;
use lab_metrics::model::metadata::{Metadata, MetricKind};
use lab_metrics::store::append::push::Push;
use lab_metrics::store::error::AppendError;
use lab_storage::{TimeLimits, Wait};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{AggregationTemporality, Metric};
use prost::Message;

use crate::otlp::outcome::Outcome;
use crate::otlp::refusal::Refusal;
use crate::otlp::signals::metrics::delta::{Change, Delta, Refused, Sums};
use crate::otlp::signals::metrics::point::{Family, Point, Series};
use crate::otlp::signals::metrics::resource::Target;

/// What the sender of deltas should do.
const DELTA_HINT: &str = "points of delta temporality are refused here, \
     set OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=cumulative";

/// Where metrics go, and what the receiver remembers of them.
#[derive(Debug)]
pub(crate) struct Way<'a> {
    pub(crate) store: &'a MetricStore,
    pub(crate) delta: Delta,
    pub(crate) sums: &'a Sums,
}

/// Takes an `ExportMetricsServiceRequest` in.
pub(crate) fn receive(way: &Way<'_>, body: &Bytes, now_ns: i64) -> Result<Outcome, Refusal> {
    let request = ExportMetricsServiceRequest::decode(body.clone()).map_err(|error| error.to_string());
    let request = request.map_err(Refusal::Malformed)?;
    let now_ms = now_ns / 1_000_000;
    let push = Push::new(TimeLimits::at_most_ahead(now_ms, 1000));
    let Way { store, .. } = *way;
    let mut intake =
        Intake { way, now_ms, push, change: None, points: Vec::new(), conflicts: 0, rejected: BTreeMap::new() };
    for resource_metrics in request.resource_metrics {
        let target = Target::new(resource_metrics.resource.as_ref());
        let mut newest_ms = None;
        for scope_metrics in resource_metrics.scope_metrics {
            let labels = target.with_scope(scope_metrics.scope.as_ref());
            for metric in scope_metrics.metrics {
                newest_ms = newest_ms.max(intake.metric(metric, &labels));
            }
        }
        if let (Some(info), Some(newest_ms)) = (target.info(), newest_ms) {
            intake.describe("target", MetricKind::Info, "Target metadata", "");
            // Beside the points: it counts neither as accepted nor, if it comes again, as rejected.
            store.add(
                &mut intake.push,
                info,
                &[lab_model::Sample { timestamp: newest_ms, value: 1.0 }][..],
                Vec::new(),
            );
        }
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
    /// For each point the places of its series in the push.
    points: Vec<Range<usize>>,
    /// Points whose series has another value at their time.
    conflicts: u64,
    /// Reason in one word → points, and what the first of them was told.
    rejected: BTreeMap<&'static str, (u64, String)>,
}

impl Intake<'_> {
    /// Takes one metric in; answers the time of its newest point.
    fn metric(&mut self, metric: Metric, labels: &point::BaseLabels) -> Option<i64> {
        let Some(mut data) = metric.data else {
            self.reject("no_data", 1, || format!("metric {:?} has no data", metric.name));
            return None;
        };
        if metric.name.is_empty() {
            self.reject("no_name", points(&data), || "a metric has no name".to_owned());
            return None;
        }
        let is_delta = is_delta(&data);
        if is_delta && (self.way.delta == Delta::Refuse || matches!(data, Data::ExponentialHistogram(_))) {
            self.reject("delta_temporality", points(&data), || format!("metric {:?}: {DELTA_HINT}", metric.name));
            return None;
        }
        let (kind, translated) = name::translate(&metric.name, &metric.unit, &data);
        self.describe(&translated, kind, &metric.description, name::unit_word(&metric.unit));
        let family = Family { name: &translated, labels, now_ms: self.now_ms };
        if is_delta {
            self.accumulate(&metric.name, &family, &mut data);
        }
        let mut newest = None;
        for point in family.points(data) {
            newest = newest.max(point.series.first().map(|series| series.sample.timestamp));
            self.point(point);
        }
        newest
    }

    /// Makes points of delta temporality cumulative.
    fn accumulate(&mut self, metric: &str, family: &Family<'_>, data: &mut Data) {
        let (sums, now_ms) = (self.way.sums, self.now_ms);
        let change = self.change.get_or_insert_with(|| sums.change(now_ms));
        for refused in change.accumulate(family, data) {
            match refused {
                Refused::Conflict => self.conflicts += 1,
                _ => self.reject(refused.reason(), 1, || refused.explain(metric)),
            }
        }
    }

    fn point(&mut self, point: Point) {
        let (count, mut end) = (point.series.len(), 0);
        for Series { labels, sample, exemplars } in point.series {
            end = self.way.store.add(&mut self.push, labels, &[sample][..], exemplars) + 1;
        }
        self.points.push(end - count..end);
    }

    fn describe(&mut self, name: &str, kind: MetricKind, help: &str, unit: &str) {
        self.push.describe(name, Metadata { kind, help: help.to_owned(), unit: unit.to_owned() });
    }

    fn reject(&mut self, reason: &'static str, points: u64, message: impl FnOnce() -> String) {
        let entry = self.rejected.entry(reason).or_insert_with(|| (0, message()));
        entry.0 += points;
    }

    /// Hands everything to the store. A point of which one series is refused counts as rejected, unless the
    /// series has another value at that time already: then the first one stays.
    fn finish(mut self) -> Result<Outcome, Wait> {
        let refused =
            self.way.store.push(std::mem::replace(&mut self.push, Push::new(TimeLimits::ANY)), Duration::ZERO)?.refused;
        if let Some(change) = self.change.take() {
            change.commit();
        }
        let (mut accepted, mut conflicts) = (0, self.conflicts);
        let mut refused = refused.into_iter().peekable();
        for places in std::mem::take(&mut self.points) {
            while refused.next_if(|(place, ..)| *place < places.start).is_some() {}
            match refused.next_if(|(place, ..)| places.contains(place)) {
                None => accepted += 1,
                Some((.., AppendError::DuplicateTimestamp { .. })) => conflicts += 1,
                Some((.., error)) => self.reject(error.reason(), 1, || error.to_string()),
            }
        }
        let messages: Vec<_> = self.rejected.values().map(|(points, text)| format!("{points} × {text}")).collect();
        let rejected = self.rejected.into_iter().map(|(reason, (points, _))| (reason, points)).collect();
        Ok(Outcome { accepted, rejected, conflicts, message: messages.join("; ") })
    }
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

fn is_delta(data: &Data) -> bool {
    let temporality = match data {
        Data::Gauge(_) | Data::Summary(_) => return false,
        Data::Sum(sum) => sum.aggregation_temporality,
        Data::Histogram(histogram) => histogram.aggregation_temporality,
        Data::ExponentialHistogram(histogram) => histogram.aggregation_temporality,
    };
    temporality == AggregationTemporality::Delta as i32
}
