//! A lab, which stands in for all products.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lab_api::loki::state::LokiState;
use lab_api::otlp::limits::OtlpLimits;
use lab_api::otlp::receiver::OtlpReceiver;
use lab_api::otlp::transport::router::{loki_router, otlp_router};
use lab_api::prometheus::state::{About, PrometheusState};
use lab_api::tempo::state::TempoState;
use lab_api::{loki, prometheus, tempo};
use lab_logs::LogStore;
use lab_metrics::MetricStore;
use lab_model::Clock;
use lab_storage::Location;
use lab_testkit::peers::running::client;
use lab_testkit::server::TestServer;
use lab_traces::TraceStore;

use crate::doors::Place;
use crate::doors::kept::Kept;

/// Its four ports.
pub(crate) struct Lab {
    pub(crate) place: Arc<Place>,
    _servers: [TestServer; 4],
}

fn now_ns() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_nanos();
    i64::try_from(now).expect("before 2262")
}

/// An empty lab.
pub(crate) async fn start() -> Lab {
    let clock = Clock::new(now_ns);
    let metrics = MetricStore::open(&Location::Memory, lab_metrics::store::limits::Limits::default()).expect("opens");
    let traces = TraceStore::open(&Location::Memory, lab_traces::Limits::default()).expect("opens");
    let logs = LogStore::open(&Location::Memory, lab_logs::Limits::default()).expect("opens");
    let (metrics, traces, logs) = (Arc::new(metrics), Arc::new(traces), Arc::new(logs));
    let limits = OtlpLimits::default();
    let receiver = OtlpReceiver::new(traces.clone(), logs.clone(), metrics.clone(), limits, clock.clone());
    let receiver = Arc::new(receiver);
    let state = PrometheusState::new(metrics, None, About::default(), clock.clone()).with_otlp(receiver.clone());
    let of_logs = loki::router(LokiState::new(logs, clock.clone())).merge(loki_router(receiver.clone()));
    let prometheus = TestServer::start(prometheus::router(state)).await;
    let loki = TestServer::start(of_logs).await;
    let tempo = TestServer::start(tempo::router(TempoState::new(traces, clock))).await;
    let otlp = TestServer::start(otlp_router(receiver)).await;
    let doors = HashMap::from([
        ("prometheus/otlp", prometheus.url("/api/v1/otlp/v1/metrics")),
        ("prometheus/write1", prometheus.url("/api/v1/write")),
        ("prometheus/write2", prometheus.url("/api/v1/write")),
        ("loki/otlp", loki.url("/otlp/v1/logs")),
        ("loki/push", loki.url("/loki/api/v1/push")),
        ("loki/old", loki.url("/api/prom/push")),
        ("tempo/otlp", otlp.url("/v1/traces")),
        ("tempo/zipkin", otlp.url("/api/v2/spans")),
        ("collector/metrics", otlp.url("/v1/metrics")),
        ("collector/logs", otlp.url("/v1/logs")),
        ("collector/traces", otlp.url("/v1/traces")),
        ("collector/zipkin", otlp.url("/api/v2/spans")),
    ]);
    // A lab finds at once what it has taken.
    let (patience, passed_on) = (Duration::ZERO, None);
    let kept = Kept {
        prometheus: prometheus.url(""),
        loki: loki.url(""),
        tempo: tempo.url(""),
        passed_on,
        client: client(),
        patience,
    };
    Lab { place: Place::new(doors, kept), _servers: [prometheus, loki, tempo, otlp] }
}
