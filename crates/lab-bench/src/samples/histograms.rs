//! 1,000 native histograms of 60 filled buckets over six hours, as requests of remote write.

use bytes::Bytes;

use crate::samples::chance::Chance;
use crate::samples::remote_write::{BucketSpan, Histogram, Label, TimeSeries, WriteRequest};

/// Series, each of one histogram at a time.
pub const HISTOGRAMS: usize = 1000;
/// Seconds between two samples of a series.
pub const INTERVAL_S: i64 = 15;
/// Samples of a series: six hours.
pub const SAMPLES: usize = 6 * 3600 / INTERVAL_S as usize;
/// Buckets that hold something.
const BUCKETS: u32 = 60;
/// Samples of each series in one request.
const SAMPLES_PER_REQUEST: usize = 8;

/// The requests that load everything, in order.
#[derive(Debug)]
pub struct Histograms {
    /// Bodies on the wire.
    pub requests: Vec<Bytes>,
    /// The instant of the last sample, in seconds since the epoch.
    pub end: i64,
}

impl Histograms {
    /// Makes the histograms that end shortly before `now` (seconds since the epoch).
    pub fn new(now: i64) -> anyhow::Result<Self> {
        Self::of(now, HISTOGRAMS)
    }

    /// The same of so many series.
    fn of(now: i64, series: usize) -> anyhow::Result<Self> {
        let end = now - now.rem_euclid(INTERVAL_S);
        let mut series: Vec<Growing> = (0..series).map(Growing::new).collect();
        let mut requests = Vec::new();
        for from in (0..SAMPLES).step_by(SAMPLES_PER_REQUEST) {
            let timeseries = series.iter_mut().map(|one| {
                let ats = from..from + SAMPLES_PER_REQUEST;
                let time = |at| (end - (SAMPLES - 1 - at) as i64 * INTERVAL_S) * 1000;
                let histograms = ats.map(|at| one.next(time(at))).collect();
                TimeSeries { labels: one.labels.clone(), samples: Vec::new(), histograms }
            });
            requests.push(WriteRequest { timeseries: timeseries.collect() }.packed()?);
        }
        Ok(Self { requests, end })
    }
}

/// A histogram that grows as one of durations does: most fall into the middle.
struct Growing {
    labels: Vec<Label>,
    chance: Chance,
    counts: Vec<u64>,
    sum: f64,
}

impl Growing {
    fn new(number: usize) -> Self {
        let label = |name: &str, value: String| Label { name: name.to_owned(), value };
        let labels = vec![
            label("__name__", "bench_seconds".to_owned()),
            label("instance", (number / 4).to_string()),
            label("job", (number % 4).to_string()),
        ];
        Self { labels, chance: Chance::of(number as u64), counts: vec![1; BUCKETS as usize], sum: 0.0 }
    }

    fn next(&mut self, timestamp: i64) -> Histogram {
        for (at, count) in self.counts.iter_mut().enumerate() {
            let from_middle = (at as u64).abs_diff(u64::from(BUCKETS) / 2);
            let most = (40 / (1 + from_middle * from_middle / 20)).max(1);
            let more = self.chance.number() % (most + 1);
            *count += more;
            self.sum += more as f64 * (at as f64 / 8.0 - 5.0).exp2();
        }
        let mut before = 0;
        let positive_deltas = self.counts.iter().map(|count| {
            let count = count.cast_signed();
            count - std::mem::replace(&mut before, count)
        });
        Histogram {
            count: self.counts.iter().sum(),
            sum: self.sum,
            schema: 3,
            zero_threshold: 2_f64.powi(-128),
            positive_spans: vec![BucketSpan { offset: -40, length: BUCKETS }],
            positive_deltas: positive_deltas.collect(),
            timestamp,
        }
    }
}

#[cfg(test)]
mod tests {
    use prost::Message as _;

    use super::*;

    #[test]
    fn buckets_are_filled_and_add_up() {
        let data = Histograms::of(1_700_000_003, 8).expect("made");
        assert_eq!((data.end, data.requests.len() * SAMPLES_PER_REQUEST), (1_699_999_995, SAMPLES));
        let last = snap::raw::Decoder::new().decompress_vec(&data.requests[data.requests.len() - 1]).expect("packed");
        let last = WriteRequest::decode(&*last).expect("a request");
        assert_eq!(last.timeseries.len(), 8);
        let newest = &last.timeseries[7].histograms[SAMPLES_PER_REQUEST - 1];
        assert_eq!((newest.timestamp, newest.positive_deltas.len()), (1_699_999_995_000, BUCKETS as usize));
        let mut bucket = 0;
        let counts = newest.positive_deltas.iter().map(|delta| {
            bucket += delta;
            bucket
        });
        assert_eq!(counts.sum::<i64>(), newest.count.cast_signed());
    }
}
