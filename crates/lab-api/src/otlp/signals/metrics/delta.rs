//! Points of delta temporality, summed up to the cumulative ones that a metric store keeps.
//!
//! What counts is judged as by `deltatocumulative` of OpenTelemetry's Collector: the sum of a series begins with the first
//! point that is seen; a gap is passed over; a point that is not later than the last one, or whose start lies before the
//! first one's, is not added, nor is one that cannot become a sample, is too far ahead of the clock, or whose series the store
//! has no room for. After a restart of the lab, and after a series was silent for [`SILENT`], its sum begins anew, which PromQL reads as the reset of a counter.

mod add;
mod exponential;

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use lab_model::Labels;
use lab_storage::TimeLimits;
use opentelemetry_proto::tonic::metrics::v1::AggregationTemporality;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use parking_lot::{Mutex, MutexGuard};

use crate::otlp::signals::metrics::delta::add::Addend;
use crate::otlp::signals::metrics::exponential::Exponential;
use crate::otlp::signals::metrics::point::{self, Family, NoPoint};

/// What the sums of all series may take in memory.
const MOST_BYTES: usize = 32 << 20;
/// A series that brought nothing for so long gives its room to others.
const SILENT: Duration = Duration::from_secs(300);
/// What a sum takes beside its labels and buckets.
const BYTES_A_SUM: usize = 256;

/// What becomes of points of delta temporality.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delta {
    /// They are summed up.
    #[default]
    Cumulative,
    /// They are refused, with a hint how to send cumulative ones.
    Refuse,
}

/// The sums of all series.
#[derive(Debug)]
pub(crate) struct Sums {
    kept: Mutex<Kept>,
    most_bytes: usize,
}

#[derive(Debug, Default)]
struct Kept {
    by_series: HashMap<Labels, Sum>,
    bytes: usize,
}

/// The sum of one series.
#[derive(Clone, Debug)]
struct Sum {
    total: Addend,
    /// The point that was added last, to know it again.
    last: Addend,
    start_ns: u64,
    time_ns: u64,
    /// When that point arrived, in ms since the epoch.
    arrived_ms: i64,
}

/// Why a point is not added to its sum.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Refused {
    /// Its time is further ahead than the store takes.
    Ahead,
    /// It cannot become a sample.
    NoPoint(NoPoint),
    /// Another point of its series was added for this very time.
    Conflict,
    /// A later one of its series was added already.
    Late,
    /// It begins before the sum does.
    OlderStart,
    /// There is no room for one more series.
    Full,
}

impl Refused {
    /// The reason in one word, for a metric's label.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::Ahead => "out_of_bounds",
            Self::NoPoint(problem) => problem.reason(),
            Self::Conflict => "duplicate_timestamp",
            Self::Late => "delta_out_of_order",
            Self::OlderStart => "delta_older_start",
            Self::Full => "delta_limit",
        }
    }

    /// What the sender of a metric should know.
    pub(crate) fn explain(&self, metric: &str) -> String {
        match self {
            Self::Ahead => format!(
                "metric {metric:?}: a delta is more than {} s ahead of this machine's clock, so it is not added to the sum",
                TimeLimits::AHEAD_SECONDS
            ),
            Self::NoPoint(problem) => format!("metric {metric:?}: {problem}"),
            Self::Conflict => format!("metric {metric:?}: another delta was added for the same time"),
            Self::Late => format!(
                "metric {metric:?}: a delta is not later than the last one of its series, so it cannot be added to the sum"
            ),
            Self::OlderStart => format!(
                "metric {metric:?}: a delta begins before the sum of its series does; does more than one process send the \
                 same series?"
            ),
            Self::Full => format!(
                "metric {metric:?}: the sums of deltas take {} MiB, which is the limit; send fewer series, or cumulative ones",
                MOST_BYTES >> 20
            ),
        }
    }
}

impl Default for Sums {
    fn default() -> Self {
        Self { kept: Mutex::default(), most_bytes: MOST_BYTES }
    }
}

impl Sums {
    /// Begins a request; other requests with deltas wait until it has ended.
    pub(crate) fn change(&self, now_ms: i64, exponential: Exponential) -> Change<'_> {
        let kept = self.kept.lock();
        let (steps, latest) = (Vec::new(), HashMap::new());
        Change { kept, steps, latest, new_bytes: 0, most_bytes: self.most_bytes, now_ms, exponential }
    }
}

/// The sums as one request changes them. Nothing of it is kept until it is committed, so that a request that is refused
/// and sent again counts once.
#[derive(Debug)]
pub(crate) struct Change<'a> {
    kept: MutexGuard<'a, Kept>,
    /// The sums after each point, in the order of the points.
    steps: Vec<(Labels, Sum)>,
    /// The place of the latest step of a series.
    latest: HashMap<Labels, usize>,
    /// What the sums of this request take beside those that are kept.
    new_bytes: usize,
    most_bytes: usize,
    now_ms: i64,
    /// What becomes of exponential histograms, by which they are judged.
    exponential: Exponential,
}

/// What became of the points of a metric.
#[derive(Debug, Default)]
pub(crate) struct Accumulated {
    /// Why points were left out.
    pub(crate) refused: Vec<Refused>,
    /// For each of the others the step that it made, unless it has no part in a sum.
    pub(crate) steps: Vec<Option<Step>>,
}

/// A point's part in the sum of its series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Step(usize);

impl Change<'_> {
    /// Makes the points of a metric cumulative and leaves those out that are refused.
    pub(crate) fn accumulate(&mut self, family: &Family<'_>, data: &mut Data) -> Accumulated {
        let mut done = Accumulated::default();
        let cumulative = AggregationTemporality::Cumulative as i32;
        match data {
            Data::Sum(sum) => {
                sum.aggregation_temporality = cumulative;
                sum.data_points.retain_mut(|point| done.note(self.point(family, point)));
            }
            Data::Histogram(histogram) => {
                histogram.aggregation_temporality = cumulative;
                histogram.data_points.retain_mut(|point| done.note(self.point(family, point)));
            }
            Data::ExponentialHistogram(histogram) => {
                histogram.aggregation_temporality = cumulative;
                histogram.data_points.retain_mut(|point| done.note(self.point(family, point)));
            }
            Data::Gauge(_) | Data::Summary(_) => {}
        }
        done
    }

    /// Keeps the sums of this request, but for the steps of points that the store has refused: their senders were told so.
    pub(crate) fn commit(mut self, lost: &HashSet<Step>) {
        for (at, (labels, sum)) in std::mem::take(&mut self.steps).into_iter().enumerate() {
            if !lost.contains(&Step(at)) {
                self.kept.keep(labels, sum);
            }
        }
    }

    /// Adds a point to its sum; nothing for one that has no part in a sum.
    fn point<P: add::Point>(&mut self, family: &Family<'_>, point: &mut P) -> Result<Option<Step>, Refused> {
        if point::is_stale(point.flags()) {
            return Ok(None);
        }
        if point.time_ns() == 0 {
            point.set_time_ns(self.now_ms.unsigned_abs() * 1_000_000);
        }
        // What the store would refuse must not be in the sum: all later points would suffer for it.
        let times = TimeLimits::at_most_ahead(self.now_ms, 1000);
        times.check((point.time_ns() / 1_000_000) as i64).map_err(|_| Refused::Ahead)?;
        point.check(family, self.exponential).map_err(Refused::NoPoint)?;
        // A point whose labels have no names is refused later, with its reason.
        let Ok(labels) = family.labels.with_point(family.config, point.attributes()) else { return Ok(None) };
        let labels = labels.series(family.name.to_owned(), None);
        let sum = self.sum(&labels, point)?;
        point.set(&sum.total, sum.start_ns);
        point.check(family, self.exponential).map_err(Refused::NoPoint)?;
        self.step(labels, sum).map(Some)
    }

    /// What is known of a series up to here.
    fn known(&self, labels: &Labels) -> Option<&Sum> {
        let latest = self.latest.get(labels).map(|at| &self.steps[*at].1);
        latest.or_else(|| self.kept.by_series.get(labels))
    }

    /// The sum of a series with a point in it.
    fn sum<P: add::Point>(&self, labels: &Labels, point: &P) -> Result<Sum, Refused> {
        let (delta, start_ns, time_ns, arrived_ms) = (point.addend(), point.start_ns(), point.time_ns(), self.now_ms);
        let Some(known) = self.known(labels).filter(|sum| !sum.is_silent(arrived_ms)) else {
            return Ok(Sum { total: delta.clone(), last: delta, start_ns, time_ns, arrived_ms });
        };
        if time_ns == known.time_ns {
            // Sent again: it is in the sum already.
            return if known.last == delta { Ok(known.clone()) } else { Err(Refused::Conflict) };
        }
        if start_ns != 0 && start_ns < known.start_ns {
            return Err(Refused::OlderStart);
        }
        if time_ns < known.time_ns {
            return Err(Refused::Late);
        }
        let total = known.total.plus(&delta);
        Ok(Sum { total, last: delta, start_ns: known.start_ns, time_ns, arrived_ms })
    }

    fn step(&mut self, labels: Labels, sum: Sum) -> Result<Step, Refused> {
        let (old, new) = (self.known(&labels).map_or(0, |known| known.size(&labels)), sum.size(&labels));
        let more = new.saturating_sub(old);
        if more > 0 && self.kept.bytes + self.new_bytes + more > self.most_bytes {
            self.kept.forget_the_silent(self.now_ms);
            if self.kept.bytes + self.new_bytes + more > self.most_bytes {
                return Err(Refused::Full);
            }
        }
        self.new_bytes += more;
        let step = Step(self.steps.len());
        self.latest.insert(labels.clone(), step.0);
        self.steps.push((labels, sum));
        Ok(step)
    }
}

impl Accumulated {
    /// Notes what became of a point; false if it is refused.
    fn note(&mut self, point: Result<Option<Step>, Refused>) -> bool {
        match point {
            Ok(step) => self.steps.push(step),
            Err(why) => {
                self.refused.push(why);
                return false;
            }
        }
        true
    }
}

impl Kept {
    fn keep(&mut self, labels: Labels, sum: Sum) {
        self.bytes += sum.size(&labels);
        let old = self.by_series.get(&labels).map_or(0, |old| old.size(&labels));
        self.bytes = self.bytes.saturating_sub(old);
        self.by_series.insert(labels, sum);
    }

    fn forget_the_silent(&mut self, now_ms: i64) {
        self.by_series.retain(|_, sum| !sum.is_silent(now_ms));
        self.bytes = self.by_series.iter().map(|(labels, sum)| sum.size(labels)).sum();
    }
}

impl Sum {
    fn is_silent(&self, now_ms: i64) -> bool {
        now_ms - self.arrived_ms > SILENT.as_millis() as i64
    }

    fn size(&self, labels: &Labels) -> usize {
        let labels: usize = labels.iter().map(|label| label.name.len() + label.value.len()).sum();
        BYTES_A_SUM + labels + 2 * self.total.size()
    }
}

#[cfg(test)]
mod tests;
