//! Metrics of spans at work: what is counted while spans arrive is written into the metric store as often as targets are
//! scraped. The two stores know nothing of each other; they meet here.

use std::sync::Arc;
use std::time::Duration;

use lab_metrics::MetricStore;
use lab_metrics::model::exemplar::Exemplar;
use lab_metrics::model::metadata::{Metadata, MetricKind};
use lab_model::{Labels, Sample};
use lab_storage::TimeLimits;
use lab_traces::TraceId;
use lab_traces::span_metrics::SpanMetrics;
use lab_traces::span_metrics::config::Config;
use lab_traces::span_metrics::registry::{METRICS, Reading};
use tokio_util::sync::CancellationToken;

use crate::options::lab::LabOptions;
use crate::parts::clock::now_ns;

/// What the options say of these metrics.
pub fn config(options: &LabOptions) -> Config {
    let config = if options.tempo_span_buckets { Config::tempo() } else { Config::lab() };
    let config = config.with_dimensions(options.span_dimension.iter().map(String::as_str));
    Config { max_series: options.max_span_series, ..config }
}

/// Writes the metrics into the store every so often until `stop`, and then once more.
pub async fn run(spans: Arc<SpanMetrics>, store: Arc<MetricStore>, every: Duration, stop: CancellationToken) {
    for (name, is_histogram, help) in METRICS {
        let kind = if is_histogram { MetricKind::Histogram } else { MetricKind::Counter };
        store.set_metadata(name, Metadata { kind, help: help.to_owned(), unit: String::new() });
    }
    let mut before_ms = now_ns() / 1_000_000;
    loop {
        let stopped = tokio::time::timeout(every, stop.cancelled()).await.is_ok();
        let (spans, store) = (Arc::clone(&spans), Arc::clone(&store));
        let written = tokio::task::spawn_blocking(move || write(&spans, &store, before_ms)).await;
        match written {
            Ok(now_ms) => before_ms = now_ms,
            Err(panic) => tracing::error!(%panic, "writing the metrics of spans has panicked"),
        }
        if stopped {
            return;
        }
    }
}

/// Writes one sample of each series; of a new one also that it was 0 when the others were written before, so that `rate()`
/// and `increase()` see its first calls. Answers the time of the samples in milliseconds.
fn write(spans: &SpanMetrics, store: &MetricStore, before_ms: i64) -> i64 {
    let now_ns = now_ns();
    // Never at the same time as before.
    let now_ms = (now_ns / 1_000_000).max(before_ms + 1);
    let mut refused = 0;
    for reading in spans.collect(now_ns) {
        let labels = labels(&reading);
        let zero = Sample { timestamp: before_ms, value: 0.0 };
        let samples = [zero, Sample { timestamp: now_ms, value: reading.value }];
        let samples = if reading.is_new { &samples[..] } else { &samples[1..] };
        refused += usize::from(store.append_batch(&labels, samples, &TimeLimits::ANY).1.is_some());
        if let Some(found) = reading.exemplar {
            let exemplar = Exemplar {
                labels: trace_label(found.trace_id),
                value: found.value,
                timestamp: found.time_ns / 1_000_000,
            };
            // Where a series was refused, that is counted already.
            let _ = store.append_exemplar(&labels, exemplar);
        }
    }
    if refused > 0 {
        tracing::warn!(refused, "series of the metrics of spans were not taken by the metric store");
    }
    now_ms
}

fn labels(reading: &Reading) -> Labels {
    let mut labels = Labels::empty().to_builder();
    labels.set("__name__", reading.name.as_str());
    for (name, value) in &reading.labels {
        labels.set(name.as_str(), value.as_str());
    }
    labels.build()
}

/// As the services name it in their exemplars.
fn trace_label(trace_id: TraceId) -> Labels {
    let mut labels = Labels::empty().to_builder();
    labels.set("trace_id", trace_id.to_string());
    labels.build()
}
