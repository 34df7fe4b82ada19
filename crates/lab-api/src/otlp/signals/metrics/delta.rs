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
/// What the points of one request may take in memory until it is committed: deltas, and the sums that they become.
const MOST_BYTES_A_REQUEST: usize = 64 << 20;
/// What a point takes beside its buckets, and what each of these takes once it says a sum.
const BYTES_A_STEP: usize = 96;
const BYTES_A_BUCKET: usize = 24;
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
    most_bytes_a_request: usize,
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
    /// The request has too many points.
    LargeRequest,
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
            Self::LargeRequest => "delta_request_limit",
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
            Self::LargeRequest => format!(
                "metric {metric:?}: the deltas of one request, summed up, take more than {} MiB, which is the limit; send \
                 fewer points in a request",
                MOST_BYTES_A_REQUEST >> 20
            ),
        }
    }
}

impl Default for Sums {
    fn default() -> Self {
        Self { kept: Mutex::default(), most_bytes: MOST_BYTES, most_bytes_a_request: MOST_BYTES_A_REQUEST }
    }
}

impl Sums {
    /// Begins a request; other requests with deltas wait until it has ended.
    pub(crate) fn change(&self, now_ms: i64, exponential: Exponential) -> Change<'_> {
        let kept = self.kept.lock();
        Change {
            kept,
            steps: Vec::new(),
            series: Vec::new(),
            places: HashMap::new(),
            new_bytes: 0,
            most_bytes: self.most_bytes,
            step_bytes: 0,
            most_step_bytes: self.most_bytes_a_request,
            now_ms,
            exponential,
        }
    }
}

/// The sums as one request changes them. Nothing of it is kept until it is committed, so that a request that is refused
/// and sent again counts once.
#[derive(Debug)]
pub(crate) struct Change<'a> {
    kept: MutexGuard<'a, Kept>,
    /// What each point added, in the order of the points. A sum itself may be far larger than the points that it is made of.
    steps: Vec<Added>,
    /// The series of this request, with their sums after all of their points.
    series: Vec<(Labels, Sum)>,
    /// The place of a series among them.
    places: HashMap<Labels, usize>,
    /// What the sums of this request take beside those that are kept.
    new_bytes: usize,
    most_bytes: usize,
    /// What the points of this request take.
    step_bytes: usize,
    most_step_bytes: usize,
    now_ms: i64,
    /// What becomes of exponential histograms, by which they are judged.
    exponential: Exponential,
}

/// What a point adds to a series of its request.
#[derive(Debug)]
struct Added {
    /// The place of the series.
    series: usize,
    part: Part,
}

/// What a point says of its series.
#[derive(Debug)]
struct Part {
    addend: Addend,
    start_ns: u64,
    time_ns: u64,
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
        let series = if lost.is_empty() { std::mem::take(&mut self.series) } else { self.without(lost) };
        for (labels, sum) in series {
            self.kept.keep(labels, sum);
        }
    }

    /// The sums up to the last point of each series that is not lost; nothing of series of which all are.
    fn without(&self, lost: &HashSet<Step>) -> Vec<(Labels, Sum)> {
        let mut ends = vec![0; self.series.len()];
        for (at, step) in self.steps.iter().enumerate().filter(|(at, _)| !lost.contains(&Step(*at))) {
            ends[step.series] = at + 1;
        }
        let mut sums: Vec<Option<Sum>> = vec![None; self.series.len()];
        for (at, Added { series, part }) in self.steps.iter().enumerate() {
            if at < ends[*series] {
                let known = sums[*series].as_ref().or_else(|| self.kept.by_series.get(&self.series[*series].0));
                // It was added before, so that it can be added again.
                if let Ok(sum) = part.added_to(known, self.now_ms) {
                    sums[*series] = Some(sum);
                }
            }
        }
        let labels = self.series.iter().map(|(labels, _)| labels.clone());
        labels.zip(sums).filter_map(|(labels, sum)| Some((labels, sum?))).collect()
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
        let part = Part { addend: point.addend(), start_ns: point.start_ns(), time_ns: point.time_ns() };
        let sum = part.added_to(self.known(&labels), self.now_ms)?;
        point.set(&sum.total, sum.start_ns);
        point.check(family, self.exponential).map_err(Refused::NoPoint)?;
        self.step(labels, part, sum).map(Some)
    }

    /// What is known of a series up to here.
    fn known(&self, labels: &Labels) -> Option<&Sum> {
        let latest = self.places.get(labels).map(|at| &self.series[*at].1);
        latest.or_else(|| self.kept.by_series.get(labels))
    }

    fn step(&mut self, labels: Labels, part: Part, sum: Sum) -> Result<Step, Refused> {
        let bytes = BYTES_A_STEP + part.addend.size() + BYTES_A_BUCKET * sum.total.width();
        if self.step_bytes + bytes > self.most_step_bytes {
            return Err(Refused::LargeRequest);
        }
        let (old, new) = (self.known(&labels).map_or(0, |known| known.size(&labels)), sum.size(&labels));
        let more = new.saturating_sub(old);
        if more > 0 && self.kept.bytes + self.new_bytes + more > self.most_bytes {
            self.kept.forget_the_silent(self.now_ms);
            if self.kept.bytes + self.new_bytes + more > self.most_bytes {
                return Err(Refused::Full);
            }
        }
        self.new_bytes += more;
        self.step_bytes += bytes;
        let series = match self.places.get(&labels) {
            Some(series) => {
                self.series[*series].1 = sum;
                *series
            }
            None => {
                self.places.insert(labels.clone(), self.series.len());
                self.series.push((labels, sum));
                self.series.len() - 1
            }
        };
        self.steps.push(Added { series, part });
        Ok(Step(self.steps.len() - 1))
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

impl Part {
    /// The sum of a series with this point in it.
    fn added_to(&self, known: Option<&Sum>, arrived_ms: i64) -> Result<Sum, Refused> {
        let Self { addend, start_ns, time_ns } = self;
        let (last, time_ns) = (addend.clone(), *time_ns);
        let Some(known) = known.filter(|sum| !sum.is_silent(arrived_ms)) else {
            return Ok(Sum { total: addend.clone(), last, start_ns: *start_ns, time_ns, arrived_ms });
        };
        if time_ns == known.time_ns {
            // Sent again: it is in the sum already.
            return if known.last == *addend { Ok(known.clone()) } else { Err(Refused::Conflict) };
        }
        if *start_ns != 0 && *start_ns < known.start_ns {
            return Err(Refused::OlderStart);
        }
        if time_ns < known.time_ns {
            return Err(Refused::Late);
        }
        Ok(Sum { total: known.total.plus(addend), last, start_ns: known.start_ns, time_ns, arrived_ms })
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
