//! The Prometheus API over an empty store in memory, filled by remote write.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use lab_api::prometheus;
use lab_api::prometheus::read::messages::{
    ChunkedReadResponse, LabelMatcher, Query, ReadRequest, ReadResponse, SAMPLES, STREAMED_XOR_CHUNKS,
};
use lab_api::prometheus::state::{About, PrometheusState};
use lab_api::prometheus::write::series::Sample;
use lab_api::prometheus::write::v1::{Label, MetricMetadata, TimeSeries, WriteRequest};
use lab_metrics::MetricStore;
use lab_metrics::ingest::exposition::series_text;
use lab_metrics::ingest::scrape::config::ScrapeConfig;
use lab_metrics::ingest::scrape::config::job::{GlobalConfig, JobConfig};
use lab_metrics::ingest::scrape::relabel::RelabelRule;
use lab_metrics::ingest::scrape::scraper::Scraper;
use lab_metrics::model::metadata::MetricKind;
use lab_metrics::rules::file::RuleFile;
use lab_metrics::rules::moment::Moment;
use lab_metrics::rules::ruler::Ruler;
use lab_metrics::store::limits::Limits;
use lab_model::Grant;
use lab_storage::Location;
use lab_testkit::server::TestServer;
use prost::Message;

use crate::clock;

#[tokio::test]
async fn scenarios() {
    crate::runner::run("prometheus", router, Some(load)).await;
}

pub(crate) fn router() -> Router {
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
pub(crate) fn load(text: &str) -> (&'static str, &'static str, &'static str, Vec<u8>) {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let (about, series): (Vec<&str>, Vec<&str>) = lines.partition(|line| line.starts_with('#'));
    let metadata = about.iter().map(|line| {
        let (name, kind) =
            line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' ')).expect("# TYPE name kind");
        let kind = ["counter", "gauge", "histogram"].iter().position(|known| *known == kind).expect("a kind");
        MetricMetadata { kind: kind as i32 + 1, name: name.to_owned(), ..MetricMetadata::default() }
    });
    let timeseries = series.into_iter().map(|line| {
        let end = line.rfind('}').map(|at| at + 1).or_else(|| line.find(' ')).expect("a series");
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

/// Sends a request to `/api/v1/read` of a lab with three samples; gives the media type and the body.
async fn read(accepted: Vec<i32>, name: &str) -> (u16, String, Vec<u8>) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let server = TestServer::start(router()).await;
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let (path, media, encoding, body) = load("up{job=\"b\"} 10=1 20=2\nup{job=\"a\"} 10=3\nother 10=1");
    let sent = client.post(server.url(path)).header("content-type", media).header("content-encoding", encoding);
    assert_eq!(sent.body(body).send().await.expect("sent").status(), 204);
    let matchers = vec![LabelMatcher { kind: 0, name: "__name__".to_owned(), value: name.to_owned() }];
    let query = Query { start_timestamp_ms: 10_000, end_timestamp_ms: 20_000, matchers };
    let request = ReadRequest { queries: vec![query], accepted_response_types: accepted };
    let packed = snap::raw::Encoder::new().compress_vec(&request.encode_to_vec()).expect("packs");
    let answer = client.post(server.url("/api/v1/read")).body(packed).send().await.expect("an answer");
    let media = answer.headers()["content-type"].to_str().expect("text").to_owned();
    (answer.status().as_u16(), media, answer.bytes().await.expect("a body").to_vec())
}

fn shown(labels: &[Label]) -> String {
    labels.iter().map(|label| format!("{}={} ", label.name, label.value)).collect::<Vec<_>>().concat()
}

#[tokio::test]
async fn another_prometheus_reads_samples() {
    let (status, media, body) = read(Vec::new(), "up").await;
    assert_eq!((status, &*media), (200, "application/x-protobuf"));
    let bytes = snap::raw::Decoder::new().decompress_vec(&body).expect("packed");
    let answer = ReadResponse::decode(&*bytes).expect("a message");
    let [result] = &answer.results[..] else { panic!("{answer:?}") };
    let series: Vec<_> = result.timeseries.iter().map(|one| (shown(&one.labels), one.samples.len())).collect();
    assert_eq!(series, [("__name__=up job=a site=lab ".to_owned(), 1), ("__name__=up job=b site=lab ".to_owned(), 2)]);
}

#[tokio::test]
async fn another_prometheus_reads_chunks() {
    let (status, media, body) = read(vec![STREAMED_XOR_CHUNKS, SAMPLES], "up").await;
    assert_eq!((status, &*media), (200, "application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse"));
    let (mut rest, mut found) = (&*body, Vec::new());
    while !rest.is_empty() {
        let length = prost::encoding::decode_varint(&mut rest).expect("a length") as usize;
        let (sum, after) = rest.split_at(4);
        let (message, after) = after.split_at(length);
        assert_eq!(sum, crc32c::crc32c(message).to_be_bytes());
        let frame = ChunkedReadResponse::decode(message).expect("a message");
        let [series] = &frame.chunked_series[..] else { panic!("{frame:?}") };
        let chunk = &series.chunks[0];
        found.push((shown(&series.labels), chunk.min_time_ms, chunk.max_time_ms, chunk.data[1]));
        rest = after;
    }
    let (a, b) = ("__name__=up job=a site=lab ".to_owned(), "__name__=up job=b site=lab ".to_owned());
    assert_eq!(found, [(a, 10_000, 10_000, 1), (b, 10_000, 20_000, 2)]);
    let (status, _, body) = read(vec![9], "up").await;
    assert_eq!(status, 400, "{}", String::from_utf8_lossy(&body));
}
