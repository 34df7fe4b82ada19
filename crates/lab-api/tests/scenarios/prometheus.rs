//! The Prometheus API over an empty store in memory, filled by remote write.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use lab_api::prometheus;
use lab_api::prometheus::state::{About, PrometheusState};
use lab_api::prometheus::write::series::Sample;
use lab_api::prometheus::write::v1::{Label, MetricMetadata, TimeSeries, WriteRequest};
use lab_metrics::MetricStore;
use lab_metrics::ingest::exposition::series_text;
use lab_metrics::ingest::scrape::config::{GlobalConfig, JobConfig, ScrapeConfig};
use lab_metrics::ingest::scrape::relabel::RelabelRule;
use lab_metrics::ingest::scrape::scraper::Scraper;
use lab_metrics::model::metadata::MetricKind;
use lab_metrics::rules::file::RuleFile;
use lab_metrics::rules::moment::Moment;
use lab_metrics::rules::ruler::Ruler;
use lab_metrics::store::limits::Limits;
use lab_model::Grant;
use lab_storage::Location;
use prost::Message;

use crate::clock;

#[tokio::test]
async fn scenarios() {
    crate::runner::run("prometheus", router, Some(load)).await;
}

fn router() -> Router {
    let options = Limits { out_of_order_window: Duration::from_secs(3600), ..Limits::default() };
    let store = Arc::new(MetricStore::open(&Location::Memory, options).expect("opens"));
    let jobs = vec![JobConfig::with_targets("die-service-stage4", ["127.0.0.1:1"])];
    let external_labels = [("site".to_owned(), "lab".to_owned()), ("job".to_owned(), "outside".to_owned())].into();
    let global = GlobalConfig { external_labels, ..GlobalConfig::default() };
    let mut jobs = jobs;
    jobs[0].relabel_configs = vec![RelabelRule::constant("zone", "a")];
    let config = ScrapeConfig::of_jobs(global, jobs).expect("valid");
    let scraper = Arc::new(Scraper::new(store.clone(), config, clock::system()));
    let about = About { version: "test".into(), admin_api: true, ..About::default() };
    let state = PrometheusState::new(store, Some(scraper), about, clock::system());
    let page = || "# TYPE a counter\n# HELP a A.\na_total 1\n# TYPE b gauge\nb{x=\"1\"} 2\n# EOF\n".to_owned();
    let state = state.with_self_metrics(Arc::new(page));
    prometheus::router(state.with_ruler(evaluated()))
}

/// Rules that need no data, evaluated at 100 s over a store of their own.
fn evaluated() -> Arc<Ruler> {
    let store = Arc::new(MetricStore::open(&Location::Memory, Limits::default()).expect("opens"));
    let text = "groups:\n- name: one\n  interval: 1ms\n  rules:\n\
        \x20 - {record: a:constant, expr: vector(2), labels: {team: x}}\n\
        \x20 - {record: a:broken, expr: 'vector(1) * on() group_left() (label_replace(vector(1), \"a\", \"b\", \"\", \"\") or vector(1))'}\n\
        - name: two\n  interval: 1ms\n  rules:\n\
        \x20 - {alert: Now, expr: vector(0.5) > 0, labels: {team: y}, annotations: {summary: 'is {{ $value }}'}}\n\
        \x20 - {alert: Later, expr: vector(1), for: 1m, keep_firing_for: 30s}\n\
        \x20 - {alert: Never, expr: vector(0) > 0}\n";
    let file = RuleFile::parse("rules.yml".as_ref(), text).expect("valid");
    let ruler = Ruler::new(store, vec![file], Duration::from_secs(15), 0);
    ruler.evaluate_due(&Moment { at: 100_000, grant: &Grant::default(), elapsed: &|| Duration::ZERO });
    Arc::new(ruler)
}

/// `series seconds=value …` lines, and `# TYPE metric gauge` ones, as a remote-write request.
fn load(text: &str) -> (&'static str, &'static str, &'static str, Vec<u8>) {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let (about, series): (Vec<&str>, Vec<&str>) = lines.partition(|line| line.starts_with('#'));
    let metadata = about.iter().map(|line| {
        let (name, kind) =
            line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' ')).expect("# TYPE name kind");
        let kind = ["counter", "gauge", "histogram"].iter().position(|known| *known == kind).expect("a kind");
        MetricMetadata { kind: kind as i32 + 1, name: name.to_owned(), ..MetricMetadata::default() }
    });
    let timeseries = series.into_iter().map(|line| {
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
    let request = WriteRequest { timeseries: timeseries.collect(), metadata: metadata.collect() };
    let body = snap::raw::Encoder::new().compress_vec(&request.encode_to_vec()).expect("packs");
    ("/api/v1/write", "application/x-protobuf", "snappy", body)
}
