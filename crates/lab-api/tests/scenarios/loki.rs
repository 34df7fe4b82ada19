//! The Loki API over a store in memory with lines from the first minute of 1970; pushing needs the present,
//! so it has tests of its own.

use std::io::Write;
use std::sync::Arc;

use lab_api::loki;
use lab_api::loki::state::LokiState;
use lab_logs::{Entry, Limits, LogStore, Policy};
use lab_model::Labels;
use lab_storage::Location;
use lab_testkit::server::TestServer;
use prost::Message;
use serde_json::{Value, json};

use crate::clock;

#[tokio::test]
async fn scenarios() {
    crate::runner::run("loki", || loki::router(LokiState::new(filled(), clock::system())), None).await;
}

fn empty() -> Arc<LogStore> {
    Arc::new(LogStore::open(&Location::Memory, Limits::default()).expect("opens"))
}

/// Ten lines of `dice`, one each second from 11 to 20; two of `web` at 15 and 30.
pub(crate) fn filled() -> Arc<LogStore> {
    let store = empty();
    let stream = |app: &str, level: &str| Labels::from_pairs([("app", app), ("env", "dev"), ("level", level)]);
    let dice = (11..=20).map(|second| {
        let level = if second % 5 == 0 { "ERROR" } else { "INFO" };
        let line = json!({"message": format!("Async roll {second}"), "level": level, "roll": second % 6});
        let metadata = Labels::from_pairs([("trace_id", format!("t{second}"))]);
        (stream("dice", level), Entry::new(second * 1_000_000_000, line.to_string()).with_metadata(metadata))
    });
    let web = [15, 30].map(|second| {
        let line = format!("level=info took={second}ms msg=\"GET /\"");
        (stream("web", "INFO"), Entry::new(second * 1_000_000_000, line))
    });
    store.append(dice.chain(web), &Policy::collected());
    store.flush().expect("flushed");
    store
}

/// Posts a body and gives back status and text.
async fn push(server: &TestServer, headers: &[(&str, &str)], body: Vec<u8>) -> (u16, String) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let mut request = client.post(server.url("/loki/api/v1/push")).body(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.expect("an answer");
    (answer.status().as_u16(), answer.text().await.expect("a text"))
}

const JSON: (&str, &str) = ("content-type", "application/json");

fn body(stream: &Value, values: &Value) -> Vec<u8> {
    json!({"streams": [{"stream": stream, "values": values}]}).to_string().into_bytes()
}

#[tokio::test]
async fn pushed_lines_are_answered_with_what_loki_adds() {
    let store = empty();
    let server = TestServer::start(loki::router(LokiState::new(Arc::clone(&store), clock::system()))).await;
    let time = clock::now_ns().to_string();
    let plain = body(&json!({"app": "a"}), &json!([[time, "level=error x", {"trace_id": "abc"}]]));
    assert_eq!(push(&server, &[JSON], plain.clone()).await, (204, String::new()));
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&body(&json!({}), &json!([[time, "zipped"]]))).expect("packs");
    let gzip = gzip.finish().expect("packs");
    assert_eq!(push(&server, &[JSON, ("content-encoding", "gzip")], gzip).await.0, 204);
    assert_eq!(push(&server, &[("content-type", "application/x-protobuf")], protobuf("{app=\"b\"}")).await.0, 204);
    let series: Vec<String> = store.series(&[], 0, i64::MAX).expect("read").iter().map(ToString::to_string).collect();
    assert_eq!(
        series,
        [r#"{app="a", service_name="a"}"#, r#"{app="b", service_name="b"}"#, r#"{service_name="unknown_service"}"#]
    );
    let url = server.url("/loki/api/v1/query?query=%7Bapp%3D%22a%22%7D");
    let text = reqwest::get(url).await.expect("an answer").text().await.expect("a text");
    let found: Value = serde_json::from_str(&text).expect("JSON");
    let labels = json!({"app": "a", "detected_level": "error", "service_name": "a", "trace_id": "abc"});
    assert_eq!(found["data"]["result"], json!([{"stream": labels, "values": [[time, "level=error x"]]}]));
    // The same again is the same entry.
    assert_eq!(push(&server, &[JSON], plain).await.0, 204);
    assert_eq!(store.stats().duplicates, 1);
}

#[tokio::test]
async fn bad_pushes_are_refused_in_loki_s_words() {
    let server = TestServer::start(loki::router(LokiState::new(empty(), clock::system()))).await;
    let time = clock::now_ns().to_string();
    let app = json!({"app": "old"});
    let cases: [(u16, &str, Vec<u8>); 9] = [
        (400, "EOF", Vec::new()),
        (400, "loghttp.PushRequest.readFieldHash: ", b"{x".to_vec()),
        (400, "loghttp.PushRequest.Streams: []loghttp.LogProtoStream: ", body(&app, &json!([[1, "x"]]))),
        (400, "timestamp \"soon\" is no integer", body(&app, &json!([["soon", "x"]]))),
        (422, "error at least one valid stream is required for ingestion", br#"{"streams":[]}"#.to_vec()),
        (
            400,
            "entry for stream '{app=\"old\", service_name=\"old\"}' has timestamp too old: 1970-01-01T00:00:01Z, oldest \
             acceptable timestamp is: ",
            body(&app, &json!([["1000000000", "x"]])),
        ),
        (
            400,
            "couldn't parse labels: 1:3: parse error: unexpected character inside braces: '-'",
            body(&json!({"a-b.c": "x"}), &json!([[time, "x"]])),
        ),
        (400, "max entry size '262144' bytes exceeded for stream", body(&app, &json!([[time, "x".repeat(262_145)]]))),
        (400, "too new", body(&app, &json!([[(clock::now_ns() + 3_600_000_000_000).to_string(), "x"]]))),
    ];
    for (status, text, body) in cases {
        let answer = push(&server, &[JSON], body).await;
        assert!(answer.0 == status && answer.1.contains(text), "expected {status} {text}, found {answer:?}");
    }
    let plain = [("content-type", "text/plain")];
    assert_eq!(push(&server, &plain, b"junk".to_vec()).await, (400, "snappy: corrupt input".into()));
    assert_eq!(push(&server, &plain, protobuf("{app=~\"b\"}")).await.0, 400);
    assert_eq!(push(&server, &[JSON], vec![b' '; 17 << 20]).await.0, 413);
    let unpackable = push(&server, &[JSON, ("content-encoding", "gzip")], b"junk".to_vec()).await;
    assert!(unpackable.0 == 400 && unpackable.1.starts_with("gzip: "), "{unpackable:?}");
}

/// Each form that senders use, and what becomes of it.
#[tokio::test]
async fn pushes_are_taken_in_every_form_that_loki_takes() {
    let store = empty();
    let server = TestServer::start(loki::router(LokiState::new(Arc::clone(&store), clock::system()))).await;
    let time = clock::now_ns().to_string();
    let of = |app: &str, line: &str| body(&json!({"app": app}), &json!([[time, line]]));
    let upper = ("content-type", "Application/JSON; charset=utf-8");
    assert_eq!(push(&server, &[upper], of("upper", "x")).await.0, 204);
    let mut raw = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    raw.write_all(&of("raw", "x")).expect("packs");
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    zlib.write_all(&of("zlib", "x")).expect("packs");
    for packed in [raw.finish().expect("packs"), zlib.finish().expect("packs")] {
        assert_eq!(push(&server, &[JSON, ("content-encoding", "deflate")], packed).await.0, 204);
    }
    let unknown = push(&server, &[JSON, ("content-encoding", "br")], of("br", "x")).await;
    assert_eq!(unknown, (400, "Content-Encoding \"br\" not supported".into()));
    let numbers = body(&json!({"app": 7, "ok": true, "none": null}), &json!([[time, "x"]]));
    assert_eq!(push(&server, &[JSON], numbers).await.0, 204);
    let bad = of("bad", "aQQb").into_iter().map(|byte| if byte == b'Q' { 0xff } else { byte }).collect();
    assert_eq!(push(&server, &[JSON], bad).await.0, 204);
    for labels in [r#"{app='single',}"#, r#"name{app="named"}"#] {
        assert_eq!(push(&server, &[("content-type", "application/x-protobuf")], protobuf(labels)).await.0, 204);
    }
    assert_eq!(push(&server, &[JSON], body(&json!({"app": "empty"}), &json!([]))).await.0, 204);
    let old = br#"{"streams":[{"labels":"{app=\"old\"}","entries":[{"ts":"2026-11-28T10:00:00Z","line":"x"}]}]}"#;
    assert_eq!(push(&server, &[JSON], old.to_vec()).await.0, 422, "the older JSON has a path of its own");
    let series = store.series(&[], 0, i64::MAX).expect("read");
    let mut apps: Vec<&str> = series.iter().filter_map(|labels| labels.get("app")).collect();
    apps.sort_unstable();
    assert_eq!(apps, ["7", "bad", "named", "raw", "single", "upper", "zlib"]);
    let url = server.url("/loki/api/v1/query?query=%7Bapp%3D%22bad%22%7D");
    let text = reqwest::get(url).await.expect("an answer").text().await.expect("a text");
    assert!(text.contains("a\u{fffd}b"), "{text}");
}

#[tokio::test]
async fn limits_of_labels_and_metadata_are_those_of_loki() {
    let server = TestServer::start(loki::router(LokiState::new(empty(), clock::system()))).await;
    let time = clock::now_ns().to_string();
    let many = |count: usize| -> Value { (0..count).map(|n| (format!("l{n}"), json!("v"))).collect() };
    assert_eq!(push(&server, &[JSON], body(&many(15), &json!([[time, "x"]]))).await.0, 204);
    let app = json!({"app": "a"});
    assert_eq!(push(&server, &[JSON], body(&app, &json!([[time, "x", many(128)]]))).await.0, 204);
    let cases = [
        (" has 16 label names; limit 15", body(&many(16), &json!([[time, "x"]]))),
        ("has too many structured metadata labels: '129', limit: '128'", body(&app, &json!([[time, "x", many(129)]]))),
        (
            "has structured metadata too large: '65541' bytes, limit: '65536' bytes",
            body(&app, &json!([[time, "x", {"large": "v".repeat(65_536)}]])),
        ),
        ("has label value too long: 'vvv", body(&json!({"long": "v".repeat(2049)}), &json!([[time, "x"]]))),
        ("has label name too long: 'nnn", body(&json!({"n".repeat(1025): "v"}), &json!([[time, "x"]]))),
    ];
    for (text, body) in cases {
        let answer = push(&server, &[JSON], body).await;
        assert!(answer.0 == 400 && answer.1.contains(text), "expected {text}, found {answer:?}");
    }
}

/// A push of one line, with field numbers of `push.proto` written out.
fn protobuf(labels: &str) -> Vec<u8> {
    #[derive(Clone, PartialEq, Message)]
    struct Request {
        #[prost(message, repeated, tag = "1")]
        streams: Vec<Stream>,
    }
    #[derive(Clone, PartialEq, Message)]
    struct Stream {
        #[prost(string, tag = "1")]
        labels: String,
        #[prost(message, repeated, tag = "2")]
        entries: Vec<Line>,
    }
    #[derive(Clone, PartialEq, Message)]
    struct Line {
        #[prost(message, optional, tag = "1")]
        timestamp: Option<Time>,
        #[prost(string, tag = "2")]
        line: String,
    }
    #[derive(Clone, Copy, PartialEq, Message)]
    struct Time {
        #[prost(int64, tag = "1")]
        seconds: i64,
    }
    let timestamp = Some(Time { seconds: clock::now_ns() / 1_000_000_000 });
    let entries = vec![Line { timestamp, line: "from protobuf".into() }];
    let request = Request { streams: vec![Stream { labels: labels.into(), entries }] };
    snap::raw::Encoder::new().compress_vec(&request.encode_to_vec()).expect("packs")
}
