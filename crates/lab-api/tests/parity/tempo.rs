//! Tempo. A real one finds only what has begun within the last minutes, so the spans of `spans.json`, and the times of
//! questions and answers, are moved there and back. `tempo/original.yaml` is how a real Tempo takes and shows them.

pub(crate) mod canonical;

use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use lab_api::tempo;
use lab_api::tempo::state::TempoState;
use lab_model::Clock;
use lab_storage::Location;
use lab_testkit::eventually::eventually;
use lab_testkit::parity::compare::Rules;
use lab_testkit::parity::suite::Suite;
use lab_testkit::peers::original::{Original, Start};
use lab_testkit::server::TestServer;
use lab_traces::{Limits, TraceStore};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use serde_json::Value;

/// When the first span begins, in seconds since the epoch; a multiple of a minute.
pub(crate) const BEGIN: u64 = 1_700_000_040;
/// How long before now the spans of a real Tempo begin, in seconds.
const AGO: u64 = 420;

/// Spans with the questions about them.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Set {
    /// A shop, and some odd traces.
    Shop,
    /// Attributes of many types under one name, odd names, deep and wide traces.
    Values,
}

impl Set {
    pub(crate) const ALL: [Self; 2] = [Self::Shop, Self::Values];

    fn suite(self) -> Suite<'static> {
        let folder = match self {
            Self::Shop => concat!(env!("CARGO_MANIFEST_DIR"), "/tests/parity/tempo"),
            Self::Values => concat!(env!("CARGO_MANIFEST_DIR"), "/tests/parity/tempo_values"),
        };
        // The order of what Tempo answers means nothing; see `canonical`.
        Suite { folder: Path::new(folder), rules: Rules { tolerance: 1e-9, ..Rules::default() } }
    }

    /// The spans, begun so many seconds later.
    pub(crate) fn spans(self, later_s: u64) -> Value {
        let text = std::fs::read_to_string(self.suite().folder.join("spans.json")).expect("the spans are there");
        let mut spans = serde_json::from_str(&text).expect("JSON");
        canonical::move_times(&mut spans, i128::from(later_s));
        spans
    }
}

/// How many spans there are, and how many of them begin within the range of the questions, to which its begin does not belong.
fn number_of(spans: &Value) -> (usize, usize) {
    let begin_ns = i128::from(BEGIN) * 1_000_000_000;
    let begins = |span: &Value| span["startTimeUnixNano"].as_str().and_then(|text| text.parse::<i128>().ok());
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let scopes = list(&spans["resourceSpans"]).into_iter().flat_map(|resource| list(&resource["scopeSpans"]));
    let begins: Vec<i128> = scopes.flat_map(|scope| list(&scope["spans"])).filter_map(|span| begins(&span)).collect();
    (begins.len(), begins.iter().filter(|begin| **begin > begin_ns).count())
}

fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().expect("a client")
}

/// Stands before a product: moves the times of questions and answers by so many seconds, and answers in canonical form.
async fn before(address: String, later_s: u64) -> TestServer {
    let client = client();
    let ask = move |request: Request| {
        let (client, address) = (client.clone(), address.clone());
        async move {
            let mut url = reqwest::Url::parse(&format!("{address}{}", request.uri())).expect("an address");
            let moved: Vec<(String, String)> = url
                .query_pairs()
                .map(|(name, value)| {
                    let seconds = value.parse::<u64>().ok().filter(|_| matches!(&*name, "start" | "end"));
                    let value = seconds.map_or(value.into_owned(), |seconds| (seconds + later_s).to_string());
                    (name.into_owned(), value)
                })
                .collect();
            url.query_pairs_mut().clear().extend_pairs(moved);
            let answer = client.get(url).send().await.expect("an answer");
            let status = answer.status();
            let text = answer.text().await.expect("a text");
            answered(status, &text, later_s)
        }
    };
    TestServer::start(Router::new().fallback(ask)).await
}

/// An answer in canonical form. What a refusal says is in other words; that it is one is compared.
fn answered(status: StatusCode, text: &str, later_s: u64) -> Response {
    if status != StatusCode::OK {
        return status.into_response();
    }
    let mut answer = serde_json::from_str(text).expect("JSON");
    canonical::move_times(&mut answer, -i128::from(later_s));
    axum::Json(canonical::of(answer)).into_response()
}

/// Asks a real Tempo if there is one; one that runs already takes spans on port 4318 of this host, or where
/// `DICELAB_PARITY_TEMPO_OTLP` says.
async fn record(set: Set) {
    let start = Start {
        program: "tempo",
        files: &[("tempo.yaml", include_str!("tempo/original.yaml"))],
        arguments: &["-config.file=$DATA/tempo.yaml", "-target=all"],
        ready: "/ready",
    };
    let Some(original) = Original::find("DICELAB_PARITY_TEMPO", start).await else { return };
    let address = original.url.clone();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let later_s = (now - AGO - BEGIN) / 60 * 60;
    let otlp = std::env::var("DICELAB_PARITY_TEMPO_OTLP").unwrap_or_else(|_| {
        let port = original.ports.get(1).unwrap_or(&4318);
        format!("http://localhost:{port}")
    });
    let sent = client().post(format!("{otlp}/v1/traces")).header("content-type", "application/json");
    let sent = sent.body(set.spans(later_s).to_string()).send().await.expect("an answer");
    assert!(sent.status().is_success(), "{}", sent.status());
    let front = before(address, later_s).await;
    let range = format!("start={BEGIN}&end={}", BEGIN + 400);
    let counted = front.url(&format!("/api/metrics/query?q=%7B%7D|count_over_time()&{range}"));
    let (_, expected) = number_of(&set.spans(0));
    eventually(|| async {
        let text = client().get(&counted).send().await.map_err(|error| error.to_string())?.text().await;
        let found: Value = serde_json::from_str(&text.map_err(|error| error.to_string())?).unwrap_or_default();
        if found["series"][0]["value"] == expected { Ok(()) } else { Err(found.to_string()) }
    })
    .await;
    set.suite().record(&front.url(""), "tempo main of August 2026").await.expect("recorded");
}

/// Asks the lab, and compares with what a real Tempo answered.
async fn compare(set: Set) {
    let store = TraceStore::open(&Location::Memory, Limits::default()).expect("opens");
    let request: ExportTraceServiceRequest = serde_json::from_value(set.spans(0)).expect("OTLP");
    let received = store.append(&request.encode_to_vec().into(), 0).expect("taken");
    assert_eq!(received.accepted as usize, number_of(&set.spans(0)).0);
    let now_ns = i64::try_from((BEGIN + AGO) * 1_000_000_000).expect("a time");
    let lab = TestServer::start(tempo::router(TempoState::new(Arc::new(store), Clock::fixed(now_ns)))).await;
    let front = before(lab.url(""), 0).await;
    let summary = set.suite().compare(&front.url("")).await.expect("compared");
    println!("{summary}");
    assert!(summary.is_complete(), "{summary}");
}

#[tokio::test]
async fn the_record_is_written_anew() {
    record(Set::Shop).await;
}

#[tokio::test]
async fn the_record_is_written_anew_of_odd_values() {
    record(Set::Values).await;
}

#[tokio::test]
async fn the_lab_answers_as_tempo_did() {
    compare(Set::Shop).await;
}

#[tokio::test]
async fn the_lab_answers_as_tempo_did_about_odd_values() {
    compare(Set::Values).await;
}
