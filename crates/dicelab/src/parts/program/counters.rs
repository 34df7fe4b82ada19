//! What the counters of a run are worth: `increase(x[$run])` is to be exact, although PromQL extrapolates and does not see
//! the first value of a series as an increase.
//!
//! A counter that was first seen within the run gets a zero at its start; one that was there before keeps the value that
//! it had. Of a process that is known to have run long before, the first value that was seen is the one that it had. All of
//! them get their last known value at the end. Between two samples at the edges of the range there is nothing left
//! to extrapolate, so the increase is a whole number again.

use std::collections::{BTreeMap, BTreeSet};

use lab_metrics::MetricStore;
use lab_metrics::model::histogram_sample::Samples;
use lab_metrics::model::metadata::{Metadata, MetricKind};
use lab_metrics::store::error::StoreError;
use lab_model::labels::METRIC_NAME;
use lab_model::{Interrupt, Labels, Sample};
use lab_recording::otlp::starts::Owner;
use lab_storage::TimeLimits;

/// The edges of a run, in milliseconds since the epoch.
#[derive(Clone, Copy, Debug)]
pub struct Edges {
    pub start: i64,
    pub end: i64,
}

/// Puts samples at both edges of every counter of the run. Of some processes it may be known that they ran before.
pub fn settle(store: &MetricStore, edges: Edges, ran_before: &BTreeSet<Owner>) -> Result<(), StoreError> {
    let metadata = store.metadata(None);
    let mut found: Vec<(Labels, Vec<Sample>)> = Vec::new();
    let note = |labels: &Labels, samples: Samples<'_>| {
        if is_counter(labels.get(METRIC_NAME).unwrap_or_default(), &metadata) {
            let real = samples.floats.iter().filter(|sample| !sample.value.is_nan());
            let label = |name| labels.get(name).unwrap_or_default().to_owned();
            let is_older = ran_before.contains(&(label("job"), label("instance")));
            found.push((labels.clone(), missing(real, edges, is_older)));
        }
        Ok::<_, StoreError>(())
    };
    // From the beginning: what was seen before the run is worth what it was then.
    store.select(&[], (0, edges.end), &Interrupt::default(), note)?;
    for (labels, samples) in found.iter().filter(|(_, samples)| !samples.is_empty()) {
        // A refusal means that there is such a sample already.
        let _ = store.append_batch(labels, samples, &TimeLimits::ANY);
    }
    Ok(())
}

/// The samples that are missing at the edges. A range leaves its first moment out, so the run begins one after it. A counter
/// that is older than the run does not begin at zero.
fn missing<'a>(samples: impl Iterator<Item = &'a Sample>, edges: Edges, is_older: bool) -> Vec<Sample> {
    let first_moment = edges.start + 1;
    let (mut before, mut last, mut is_first_there) = (0.0, None, false);
    for sample in samples {
        if sample.timestamp <= edges.start || (is_older && last.is_none()) {
            before = sample.value;
        }
        is_first_there |= sample.timestamp == first_moment;
        last = Some(*sample);
    }
    let Some(last) = last else { return Vec::new() };
    let first = (!is_first_there).then_some(Sample { timestamp: first_moment, value: before });
    let end = (last.timestamp < edges.end).then_some(Sample { timestamp: edges.end, value: last.value });
    first.into_iter().chain(end).collect()
}

/// Whether a metric only goes up, by what was said about it, or else by its name.
fn is_counter(name: &str, metadata: &BTreeMap<String, Metadata>) -> bool {
    let part = ["_total", "_bucket", "_count", "_sum"].into_iter().find(|end| name.ends_with(end));
    let family = part.map_or(name, |end| &name[..name.len() - end.len()]);
    let kind = metadata.get(name).or_else(|| metadata.get(family)).map(|metadata| metadata.kind);
    match kind {
        Some(MetricKind::Counter | MetricKind::Histogram) => true,
        Some(MetricKind::Summary) => part.is_some(),
        Some(MetricKind::Unknown) | None => matches!(part, Some("_total" | "_bucket")),
        Some(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(times: &[(i64, f64)]) -> Vec<Sample> {
        times.iter().map(|(timestamp, value)| Sample { timestamp: *timestamp, value: *value }).collect()
    }

    #[test]
    fn a_counter_counts_from_zero_or_from_what_it_was_before() {
        let edges = Edges { start: 1000, end: 5000 };
        type Points = &'static [(i64, f64)];
        let table: [(Points, bool, Points); 6] = [
            (&[(2000, 3.0), (4000, 7.0)], false, &[(1001, 0.0), (5000, 7.0)]),
            (&[(2000, 3.0), (4000, 7.0)], true, &[(1001, 3.0), (5000, 7.0)]),
            (&[(900, 2.0), (4000, 7.0)], false, &[(1001, 2.0), (5000, 7.0)]),
            (&[(800, 1.0), (900, 2.0), (4000, 7.0)], true, &[(1001, 2.0), (5000, 7.0)]),
            (&[(1001, 1.0), (5000, 7.0)], false, &[]),
            (&[], true, &[]),
        ];
        for (samples, is_older, added) in table {
            assert_eq!(missing(at(samples).iter(), edges, is_older), at(added), "{samples:?}");
        }
    }

    #[test]
    fn counters_are_known_by_what_was_said_or_by_their_name() {
        let kind = |kind| Metadata { kind, help: String::new(), unit: String::new() };
        let metadata = BTreeMap::from([
            ("jobs_total".to_owned(), kind(MetricKind::Counter)),
            ("size".to_owned(), kind(MetricKind::Histogram)),
            ("queue_total".to_owned(), kind(MetricKind::Gauge)),
            ("delay".to_owned(), kind(MetricKind::Summary)),
        ]);
        for (name, expected) in [
            ("jobs_total", true),
            ("size_bucket", true),
            ("queue_total", false),
            ("delay", false),
            ("delay_sum", true),
            ("other_total", true),
            ("other", false),
        ] {
            assert_eq!(is_counter(name, &metadata), expected, "{name}");
        }
    }
}
