//! Loki and log records by OTLP: the labels, the structured metadata, the level and the line that come of them. A real Loki is
//! configured as for the other questions to [Loki](crate::loki).

use std::path::Path;
use std::sync::Arc;

use lab_api::loki;
use lab_api::loki::state::LokiState;
use lab_api::otlp::limits::OtlpLimits;
use lab_api::otlp::receiver::OtlpReceiver;
use lab_api::otlp::transport::router::loki_router;
use lab_metrics::MetricStore;
use lab_model::Clock;
use lab_storage::Location;
use lab_testkit::parity::compare::Rules;
use lab_testkit::parity::suite::Suite;
use lab_testkit::server::TestServer;
use lab_traces::TraceStore;

use crate::loki::{compare, record, store};

/// A day after the last record, in nanoseconds since the epoch.
const NOW: i64 = 1_791_086_400_000_000_000;
/// The records, and where they are sent.
const RECORDS: (&str, &str) = ("records.json", "/otlp/v1/logs");

fn suite() -> Suite<'static> {
    let rules = Rules { tolerance: 0.0, ignored: &["data.stats", "warnings"], unordered: &["data", "data.result"] };
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/parity/loki_otlp"));
    Suite { folder, rules }
}

#[tokio::test]
async fn the_record_is_written_anew() {
    record(&suite(), RECORDS).await;
}

#[tokio::test]
async fn the_lab_answers_as_loki_did() {
    let logs = store();
    let traces = Arc::new(TraceStore::open(&Location::Memory, lab_traces::Limits::default()).expect("opened"));
    let metrics = MetricStore::open(&Location::Memory, lab_metrics::store::limits::Limits::default());
    let metrics = Arc::new(metrics.expect("opened"));
    let clock = Clock::new(|| NOW);
    let receiver = OtlpReceiver::new(traces, logs.clone(), metrics, OtlpLimits::default(), clock.clone());
    let routes = loki::router(LokiState::new(logs, clock)).merge(loki_router(Arc::new(receiver)));
    compare(&suite(), RECORDS, TestServer::start(routes).await).await;
}
