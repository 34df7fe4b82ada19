//! The Prometheus API over an empty store in memory, filled by remote write.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use lab_api::prometheus;
use lab_api::prometheus::state::{About, PrometheusState};
use lab_api::prometheus::write::v1::{Label, Sample, TimeSeries, WriteRequest};
use lab_metrics::MetricStore;
use lab_metrics::exposition::series_text;
use lab_metrics::scrape::Scraper;
use lab_metrics::scrape::config::{GlobalConfig, JobConfig, ScrapeConfig};
use lab_metrics::store::metadata::MetricKind;
use lab_metrics::store::options::StoreOptions;
use lab_storage::Location;
use prost::Message;

#[tokio::test]
async fn scenarios() {
    crate::runner::run("prometheus", router, Some(load)).await;
}

fn router() -> Router {
    let options = StoreOptions { out_of_order_window: Duration::from_secs(3600), ..StoreOptions::default() };
    let store = Arc::new(MetricStore::open(&Location::Memory, options).expect("opens"));
    let jobs = vec![JobConfig::with_targets("die-service-stage4", ["127.0.0.1:1"])];
    let config = ScrapeConfig::of_jobs(GlobalConfig::default(), jobs).expect("valid");
    let scraper = Arc::new(Scraper::new(store.clone(), config));
    let about = About { version: "test".into(), admin_api: true, ..About::default() };
    prometheus::router(PrometheusState::new(store, Some(scraper), about))
}

/// `series seconds=value …` lines as a remote-write request.
fn load(text: &str) -> (&'static str, &'static str, &'static str, Vec<u8>) {
    let timeseries = text.lines().filter(|line| !line.trim().is_empty()).map(|line| {
        let end = series_text::end_of_series(line).expect("a series");
        let (series, samples) = line.split_at(end);
        let pairs = series_text::labels(series, MetricKind::Unknown).expect("labels");
        let mut labels: Vec<_> =
            pairs.iter().map(|(name, value)| Label { name: name.to_string(), value: value.to_string() }).collect();
        labels.sort_by(|a, b| a.name.cmp(&b.name));
        let samples = samples.split_whitespace().map(|sample| {
            let (seconds, value) = sample.split_once('=').expect("seconds=value");
            let seconds: f64 = seconds.parse().expect("seconds");
            Sample { timestamp: (seconds * 1000.0) as i64, value: value.parse().expect("a value") }
        });
        TimeSeries { labels, samples: samples.collect(), ..TimeSeries::default() }
    });
    let request = WriteRequest { timeseries: timeseries.collect(), metadata: Vec::new() };
    let body = snap::raw::Encoder::new().compress_vec(&request.encode_to_vec()).expect("packs");
    ("/api/v1/write", "application/x-protobuf", "snappy", body)
}
