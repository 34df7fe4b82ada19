//! When `target_info` is written: from the first to the last point of a request, so often that no query in between misses it.

use opentelemetry_proto::tonic::metrics::v1::metric::Data;

/// Half of the time for which Prometheus looks back for a sample.
const EVERY_MS: i64 = 150_000;
/// Samples that one request may bring of one resource; a request with a longer span of time has the newest ones.
const MOST: usize = 10_000;

/// The first and the last time of points.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Times(Option<(u64, u64)>);

impl Times {
    /// Adds the times of all points of a metric; points without a time have that of their arrival.
    pub(crate) fn add(&mut self, data: &Data, now_ms: i64) {
        let now_ns = now_ms.unsigned_abs() * 1_000_000;
        let mut add = |time: u64| {
            let time = if time == 0 { now_ns } else { time };
            let (first, last) = self.0.unwrap_or((time, time));
            self.0 = Some((first.min(time), last.max(time)));
        };
        match data {
            Data::Gauge(gauge) => gauge.data_points.iter().for_each(|point| add(point.time_unix_nano)),
            Data::Sum(sum) => sum.data_points.iter().for_each(|point| add(point.time_unix_nano)),
            Data::Histogram(all) => all.data_points.iter().for_each(|point| add(point.time_unix_nano)),
            Data::ExponentialHistogram(all) => all.data_points.iter().for_each(|point| add(point.time_unix_nano)),
            Data::Summary(summary) => summary.data_points.iter().for_each(|point| add(point.time_unix_nano)),
        }
    }

    /// The times, in milliseconds, ascending.
    pub(crate) fn in_between(self) -> Vec<i64> {
        let Some((first, last)) = self.0 else { return Vec::new() };
        let (first, last) = ((first / 1_000_000) as i64, (last / 1_000_000) as i64);
        let steps = (last - first).max(0).div_euclid(EVERY_MS);
        let skipped = steps - steps.min(MOST as i64);
        let mut times: Vec<i64> = (skipped..=steps).map(|step| first + step * EVERY_MS).collect();
        times.push(last);
        times.dedup();
        times
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_the_first_to_the_last_point() {
        let between =
            |first_s: u64, last_s: u64| Times(Some((first_s * 1_000_000_000, last_s * 1_000_000_000))).in_between();
        assert_eq!(Times(None).in_between(), [] as [i64; 0]);
        assert_eq!(between(1000, 1000), [1_000_000]);
        assert_eq!(between(1000, 1100), [1_000_000, 1_100_000]);
        assert_eq!(between(1000, 1300), [1_000_000, 1_150_000, 1_300_000]);
        let years = between(0, 1_700_000_000);
        assert_eq!((years.len(), years.last()), (MOST + 2, Some(&1_700_000_000_000)));
    }
}
