//! Bodies of Prometheus' remote write 1.0: one sample for each of many series.

use std::ops::Range;

use bytes::Bytes;

use crate::samples::remote_write::{Label, Sample, TimeSeries, WriteRequest};

/// One sample of each of these series of a metric at a time, in milliseconds since the Unix epoch.
pub fn write(metric: &str, labels: &[(&str, &str)], series: Range<u32>, time_ms: i64) -> anyhow::Result<Bytes> {
    let label = |name: &str, value: &str| Label { name: name.to_owned(), value: value.to_owned() };
    let one = |number: u32| {
        let mut all = vec![label("__name__", metric), label("series", &number.to_string())];
        all.extend(labels.iter().map(|(name, value)| label(name, value)));
        all.sort();
        let sample = Sample { value: f64::from(number) + time_ms as f64, timestamp: time_ms };
        TimeSeries { labels: all, samples: vec![sample], histograms: Vec::new() }
    };
    WriteRequest { timeseries: series.map(one).collect() }.packed()
}
