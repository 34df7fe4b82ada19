//! Answers of Loki's API beside their results: statistics with what was really read, protobuf for who accepts it, shards, and
//! the level of the program's own log.

use std::sync::{Arc, Mutex};

use lab_api::loki;
use lab_api::loki::manage::level::LogLevel;
use lab_api::loki::state::LokiState;
use lab_logs::{Entry, Limits, LogStore, Policy};
use lab_model::{Clock, Labels};
use lab_storage::Location;
use lab_testkit::server::TestServer;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use tracing::Level;

/// The time of the first line, in seconds since the epoch; the lab's clock shows a minute later.
const AT: i64 = 1_790_000_000;
const NOW: i64 = AT + 60;
/// The media type of Loki's protobuf.
const PROTOBUF: &str = "application/vnd.google.protobuf";

/// Line `at` has the text `line NN level=…`, 15 bytes, and 11 bytes of metadata.
fn line(at: i64) -> Entry {
    let trace = Labels::from_pairs([("trace_id", format!("t{at:02}"))]);
    Entry::new((AT + at) * 1_000_000_000, format!("line {at:02} level={}", at % 2)).with_metadata(trace)
}

/// Ten lines of each of three streams in closed chunks, and ten more of the first one in memory.
async fn lab(levels: &Arc<Mutex<Vec<Level>>>) -> TestServer {
    let store = Arc::new(LogStore::open(&Location::Memory, Limits::default()).expect("opens"));
    let of = |app: &str| Labels::from_pairs([("app", app)]);
    let first = (0..10).flat_map(|at| ["a", "b", "c"].map(|app| (of(app), line(at))));
    store.append(first, &Policy::collected());
    store.flush().expect("flushed");
    store.retain((AT + 86_400) * 1_000_000_000, &lab_storage::Retention::default()).expect("closed");
    store.append((10..20).map(|at| (of("a"), line(at))), &Policy::collected());
    let levels = Arc::clone(levels);
    let level = LogLevel::new(Level::WARN, move |level| levels.lock().expect("not poisoned").push(level));
    let state = LokiState::new(store, Clock::new(|| NOW * 1_000_000_000)).with_log_level(Arc::new(level));
    TestServer::start(loki::router(state)).await
}

async fn send(server: &TestServer, method: Method, path: &str, params: &[(&str, &str)], accept: &str) -> Response {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
    let request = client.request(method, server.url(&format!("{path}?{query}"))).header("accept", accept);
    request.send().await.expect("an answer")
}

async fn get(server: &TestServer, path: &str, params: &[(&str, &str)]) -> Value {
    let (start, end) = ((AT - 1).to_string(), NOW.to_string());
    let range = [("start", &*start), ("end", &*end), ("step", "60"), ("time", &*end)];
    let params: Vec<(&str, &str)> = range.into_iter().chain(params.iter().copied()).collect();
    let answer = send(server, Method::GET, &format!("/loki/api/v1/{path}"), &params, "*/*").await;
    let text = answer.text().await.expect("a text");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Lines and bytes of the summary, lines behind all stages, lines that were unpacked, and lines that were found in memory.
fn figures(answer: &Value) -> [u64; 5] {
    let places = [
        "/summary/totalLinesProcessed",
        "/summary/totalBytesProcessed",
        "/summary/totalPostFilterLines",
        "/querier/store/chunk/decompressedLines",
        "/ingester/store/chunk/headChunkLines",
    ];
    places.map(|place| answer["data"]["stats"].pointer(place).and_then(Value::as_u64).expect(place))
}

#[tokio::test]
async fn statistics_say_what_was_read() {
    let server = lab(&Arc::default()).await;
    let lines = get(&server, "query_range", &[("query", r#"{app="a"}"#)]).await;
    assert_eq!(figures(&lines), [20, 20 * 26, 20, 10, 10]);
    let stats = &lines["data"]["stats"];
    assert_eq!(stats["summary"]["totalEntriesReturned"], 20);
    assert_eq!(stats["summary"]["totalStructuredMetadataBytesProcessed"], 20 * 11);
    assert_eq!(stats["querier"]["store"]["totalChunksRef"], 1);
    assert_eq!(stats["index"]["totalStreams"], 1);
    assert!(stats["querier"]["store"]["chunk"]["compressedBytes"].as_u64() > Some(0));
    assert!(stats["summary"]["execTime"].as_f64() > Some(0.0));

    let filtered = get(&server, "query_range", &[("query", r#"{app=~"a|b"} |= "level=1" | logfmt"#)]).await;
    assert_eq!(figures(&filtered), [30, 30 * 26, 15, 20, 10]);
    let unwrapped = r#"sum(sum_over_time({app="b"} | logfmt | unwrap level [2m]))"#;
    let unwrapped = get(&server, "query", &[("query", unwrapped)]).await;
    assert_eq!(figures(&unwrapped), [10, 10 * 26, 10, 10, 0]);
    assert_eq!(unwrapped["data"]["stats"]["summary"]["totalEntriesReturned"], 1);
    // Ten lines are counted without being unpacked.
    let counted = get(&server, "query", &[("query", r#"sum by (app) (count_over_time({app="a"}[2m]))"#)]).await;
    assert_eq!(figures(&counted), [20, 20 * 26, 20, 0, 10]);
    let nothing = get(&server, "query_range", &[("query", r#"{app="none"}"#)]).await;
    assert_eq!(figures(&nothing), [0; 5]);
    let legacy = send(&server, Method::GET, "/api/prom/query", &[("query", r#"{app="b"}"#)], "*/*").await;
    let legacy: Value = serde_json::from_str(&legacy.text().await.expect("a text")).expect("JSON");
    assert_eq!(legacy["stats"]["summary"]["totalEntriesReturned"], 10);
}

#[tokio::test]
async fn who_accepts_protobuf_gets_it_from_every_endpoint_that_has_it() {
    let server = lab(&Arc::default()).await;
    let (start, end) = ((AT - 1).to_string(), NOW.to_string());
    let range = [("start", &*start), ("end", &*end), ("query", r#"{app="a"}"#), ("targetBytesPerShard", "1KB")];
    for path in [
        "query_range",
        "query",
        "labels",
        "label/app/values",
        "series",
        "index/stats",
        "index/volume",
        "index/volume_range",
        "index/shards",
        "detected_labels",
        "detected_fields",
        "detected_field/level/values",
        "patterns",
    ] {
        let path = format!("/loki/api/v1/{path}");
        for (accept, is_protobuf) in
            [(PROTOBUF, true), ("application/json, application/vnd.google.protobuf;q=0.9", true), ("*/*", false)]
        {
            let answer = send(&server, Method::GET, &path, &range, accept).await;
            assert_eq!(answer.status(), StatusCode::OK, "{path}");
            let kind = answer.headers()["content-type"].to_str().expect("a text").to_owned();
            let body = answer.bytes().await.expect("a body");
            assert_eq!(kind == PROTOBUF, is_protobuf, "{path}: {kind}");
            // Field 1, an empty status, stands first in every message.
            assert_eq!(body.starts_with(&[10, 0]), is_protobuf, "{path}");
        }
    }
    let wrong = send(&server, Method::GET, "/loki/api/v1/query_range", &[("query", "{")], PROTOBUF).await;
    assert_eq!(wrong.status(), StatusCode::BAD_REQUEST);
    assert_eq!(wrong.headers()["content-type"], "text/plain; charset=utf-8");
}

#[tokio::test]
async fn shards_hold_what_the_statistics_of_the_index_say() {
    let server = lab(&Arc::default()).await;
    let query = ("query", r#"{app=~".+"}"#);
    let whole = get(&server, "index/stats", &[query]).await;
    assert_eq!(whole, json!({"streams": 3, "chunks": 4, "bytes": 40 * 26, "entries": 40}));
    for (target, shards) in [("1GB", 1), ("300B", 3), ("1", 3)] {
        let answer = get(&server, "index/shards", &[query, ("targetBytesPerShard", target)]).await;
        let list = answer["shards"].as_array().expect("shards");
        assert_eq!(list.len(), shards, "{target}: {answer}");
        let entries: u64 = list.iter().map(|shard| shard["stats"]["entries"].as_u64().expect("a number")).sum();
        assert_eq!(entries, 40);
        assert_eq!((&list[0]["bounds"]["min"], &list[shards - 1]["bounds"]["max"]), (&json!(0), &json!(u64::MAX)));
        assert_eq!(answer["statistics"]["index"]["totalStreams"], 3);
    }
    let missing = send(&server, Method::GET, "/loki/api/v1/index/shards", &[query], "*/*").await;
    assert_eq!(missing.status(), StatusCode::BAD_REQUEST);
    assert_eq!(missing.text().await.expect("a text"), "targetBytesPerShard must be a positive value");
}

#[tokio::test]
async fn the_level_of_the_log_is_shown_and_changed() {
    let changes = Arc::default();
    let server = lab(&changes).await;
    let ask = async |method: Method, params: &[(&str, &str)]| {
        let answer = send(&server, method, "/log_level", params, "*/*").await;
        let status = answer.status();
        (status, serde_json::from_str::<Value>(&answer.text().await.expect("a text")).expect("JSON"))
    };
    assert_eq!(ask(Method::GET, &[]).await, (StatusCode::OK, json!({"message": "Current log level is warn"})));
    assert_eq!(
        ask(Method::POST, &[("log_level", "debug")]).await,
        (StatusCode::OK, json!({"status": "success", "message": "Log level set to debug"}))
    );
    assert_eq!(ask(Method::GET, &[]).await.1["message"], "Current log level is debug");
    for wrong in ["", "verbose", "INFO"] {
        let (status, body) = ask(Method::POST, &[("log_level", wrong)]).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert_eq!(body, json!({"status": "failed", "message": format!("unrecognized log level {wrong:?}")}));
    }
    assert_eq!(*changes.lock().expect("not poisoned"), [Level::DEBUG]);
}
