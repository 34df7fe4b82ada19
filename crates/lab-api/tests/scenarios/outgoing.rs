//! What leaves the lab: one lab sends to another by both versions of remote write, over an outage of the receiver, and
//! tells an Alertmanager of alerts.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::IntoResponse;
use axum::routing::post;
use lab_api::prometheus;
use lab_api::prometheus::rules::notices;
use lab_api::prometheus::state::{About, PrometheusState};
use lab_api::prometheus::write::send;
use lab_histogram::{Buckets, Histogram, Schema};
use lab_metrics::MetricStore;
use lab_metrics::ingest::scrape::config::ScrapeConfig;
use lab_metrics::model::exemplar::Exemplar;
use lab_metrics::model::histogram_sample::{HistogramSample, Samples};
use lab_metrics::outgoing::alertmanager::Notifier;
use lab_metrics::outgoing::remote_write::RemoteWriter;
use lab_metrics::rules::file::RuleFile;
use lab_metrics::rules::moment::Moment;
use lab_metrics::rules::ruler::Ruler;
use lab_metrics::store::error::StoreError;
use lab_metrics::store::limits::Limits;
use lab_model::{Grant, Interrupt, Labels, Sample};
use lab_storage::Location;
use lab_testkit::eventually::eventually;
use lab_testkit::server::TestServer;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::clock;

fn store() -> Arc<MetricStore> {
    Arc::new(MetricStore::open(&Location::Memory, Limits::default()).expect("opens"))
}

fn config(yaml: &str) -> ScrapeConfig {
    ScrapeConfig::parse(yaml, Path::new("prometheus.yml")).expect("a good configuration")
}

/// A histogram of this many observations between 1 and 2.
fn histogram(timestamp: i64, count: f64) -> HistogramSample {
    let positive = Buckets::from_pairs([(1, count)]);
    let histogram = Histogram { count, sum: 1.5 * count, positive, ..Histogram::empty(Schema::Exponential(0)) };
    HistogramSample { timestamp, histogram: histogram.into() }
}

/// All native histograms of a store.
fn histograms_of(store: &MetricStore) -> Vec<HistogramSample> {
    let mut found = Vec::new();
    let visit = |_: &Labels, samples: Samples<'_>| {
        found.extend_from_slice(samples.histograms);
        Ok::<_, StoreError>(())
    };
    store.select(&[], (i64::MIN, i64::MAX), &Interrupt::default(), visit).expect("selects");
    found
}

/// A lab that answers its first `failures` requests with 503.
async fn receiver(store: Arc<MetricStore>, failures: usize) -> TestServer {
    let router = prometheus::router(PrometheusState::new(store, None, About::default(), clock::system()));
    let left = Arc::new(AtomicUsize::new(failures));
    let fail = move |request: Request, next: Next| {
        let left = left.clone();
        async move {
            let fails = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
            if fails { StatusCode::SERVICE_UNAVAILABLE.into_response() } else { next.run(request).await }
        }
    };
    TestServer::start(router.layer(middleware::from_fn(fail))).await
}

#[tokio::test]
async fn samples_reach_another_lab_over_an_outage() {
    for message in ["prometheus.WriteRequest", "io.prometheus.write.v2.Request"] {
        let (here, there) = (store(), store());
        let server = receiver(there.clone(), 3).await;
        let yaml = format!(
            "remote_write:\n- url: {}\n  name: there\n  protobuf_message: {message}\n  send_exemplars: true\n\
             \x20 send_native_histograms: true\n\
             \x20 queue_config: {{batch_send_deadline: 10ms, max_backoff: 50ms}}\n\
             \x20 write_relabel_configs: [{{source_labels: [__name__], regex: 'secret.*', action: drop}}]\n",
            server.url("/api/v1/write")
        );
        let remote = config(&yaml).remote_write.remove(0);
        let external = [("site".to_owned(), "lab".to_owned())].into();
        let writer = Arc::new(RemoteWriter::new(here.clone(), remote, external, clock::system(), send::encode));
        let stop = CancellationToken::new();
        let running = tokio::spawn({
            let (writer, stop) = (writer.clone(), stop.clone());
            async move { writer.run(stop).await }
        });
        let labels = Labels::from_pairs([("__name__", "http.requests"), ("job", "a")]);
        for at in 1..=500_i64 {
            here.append(&labels, Sample { timestamp: at * 1000, value: at as f64 }).expect("taken");
        }
        let exemplar = Exemplar { labels: Labels::from_pairs([("trace_id", "t")]), value: 2.0, timestamp: 5000 };
        here.append_exemplar(&labels, exemplar).expect("taken");
        let secret = Labels::from_pairs([("__name__", "secret_total")]);
        here.append(&secret, Sample { timestamp: 1000, value: 1.0 }).expect("taken");
        // Whole counts and fractions take different forms on the way.
        let histograms = [histogram(501_000, 3.0), histogram(502_000, 4.0), histogram(503_000, 4.5)];
        let series = here.series_ref(&labels).expect("there");
        for one in &histograms {
            here.append_histogram_to(&series, one).expect("taken");
        }
        eventually(|| {
            let (taken, report) = (there.stats().samples_appended, writer.report());
            async move { if taken == 503 && report.exemplars == 1 { Ok(()) } else { Err(format!("{taken} {report:?}")) } }
        })
        .await;
        stop.cancel();
        running.await.expect("ends");
        let report = writer.report();
        assert_eq!((report.samples, report.failed, report.dropped, report.pending), (500, 0, 0, 0), "{report:?}");
        assert_eq!((report.histograms, histograms_of(&there)), (3, histograms.to_vec()), "{message}");
        assert!(report.retried > 0 && report.last_error.is_empty(), "{report:?}");
        let series: Vec<String> = there.series(&[], i64::MIN, i64::MAX).iter().map(ToString::to_string).collect();
        assert_eq!(series, [r#"http.requests{job="a", site="lab"}"#], "{message}");
    }
}

#[tokio::test]
async fn an_alertmanager_is_told_of_alerts_once_it_is_there() {
    let heard: Arc<std::sync::Mutex<Vec<Value>>> = Arc::default();
    let left = Arc::new(AtomicUsize::new(1));
    let take = {
        let heard = heard.clone();
        move |body: Bytes| async move {
            if left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
                return StatusCode::INTERNAL_SERVER_ERROR;
            }
            let alerts: Vec<Value> = serde_json::from_slice(&body).expect("JSON");
            heard.lock().expect("not poisoned").extend(alerts);
            StatusCode::OK
        }
    };
    let server = TestServer::start(Router::new().route("/am/api/v2/alerts", post(take))).await;
    let rules = "groups:\n- name: g\n  interval: 1ms\n  rules:\n\
        \x20 - {alert: Now, expr: vector(1), labels: {severity: page, secret: x}, annotations: {summary: 'is {{ $value }}'}}\n\
        \x20 - {alert: Later, expr: vector(1), for: 1h}\n";
    let rules = RuleFile::parse(Path::new("rules.yml"), rules).expect("good rules");
    let ruler = Ruler::new(store(), vec![rules], Duration::from_secs(15), 0);
    let yaml = format!(
        "alerting:\n  alert_relabel_configs: [{{action: labeldrop, regex: secret}}]\n  alertmanagers:\n\
         \x20 - {{path_prefix: /am, static_configs: [{{targets: ['{}']}}]}}\n",
        server.address()
    );
    let external = [("site".to_owned(), "lab".to_owned())].into();
    let notifier = Arc::new(Notifier::new(config(&yaml).alerting, external, ruler.notices(), notices::encode));
    let stop = CancellationToken::new();
    let running = tokio::spawn({
        let (notifier, stop) = (notifier.clone(), stop.clone());
        async move { notifier.run(stop).await }
    });
    ruler.evaluate_due(&Moment { at: 100_000, grant: &Grant::default(), elapsed: &|| Duration::ZERO });
    eventually(|| {
        let count = heard.lock().expect("not poisoned").len();
        async move { if count == 1 { Ok(()) } else { Err(count.to_string()) } }
    })
    .await;
    stop.cancel();
    running.await.expect("ends");
    let heard = heard.lock().expect("not poisoned");
    assert_eq!(heard[0]["labels"], serde_json::json!({"alertname": "Now", "severity": "page", "site": "lab"}));
    assert_eq!(heard[0]["annotations"]["summary"], "is 1");
    assert_eq!(heard[0]["startsAt"], "1970-01-01T00:01:40.000Z");
    assert_eq!(heard[0]["endsAt"], "1970-01-01T00:05:40.000Z");
    let counts: Vec<_> = notifier.counts().into_values().collect();
    assert_eq!((counts[0].sent, counts[0].errors, counts[0].retried, notifier.dropped()), (1, 0, 1, 0));
    assert_eq!(notifier.managers().0, [format!("http://{}/am/api/v2/alerts", server.address())]);
}
