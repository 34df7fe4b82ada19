//! Loki's `patterns`. An estimate is judged by its shape and its bounds: every line is of one pattern, a pattern finds its
//! lines by the filter `|>`, and there are about as many as Loki (main, 2026) found in lines of the same make.

use std::collections::BTreeMap;
use std::sync::Arc;

use lab_api::loki;
use lab_api::loki::state::LokiState;
use lab_logs::{Entry, Limits, LogStore, Policy};
use lab_model::{Clock, Labels};
use lab_storage::Location;
use lab_testkit::server::TestServer;
use serde_json::{Value, json};

/// The time of the first line, in seconds since the epoch.
const AT: i64 = 1_790_000_000;

fn line(app: &str, i: i64) -> String {
    match (app, i % 4) {
        ("plain", 0) => format!("user {i} logged in from 10.0.{}.{}", i % 255, i % 17),
        ("plain", 1) => format!("connection to db-{}.example.com:5432 failed: timeout after {i}ms", i % 7),
        ("plain", 2) => "heartbeat ok".to_owned(),
        ("plain", _) => {
            format!(
                "[2026-11-28 14:00:{:02}] ERROR order #{i} (customer={}) rejected: \"card declined\"",
                i % 60,
                i * 7
            )
        }
        ("json", _) => json!({"level": "error", "msg": format!("cannot roll die {}", i % 6), "die": i % 5}).to_string(),
        ("logfmt", _) => format!("level=info caller=main.go:{i} msg=\"request done\" status=200 took={}ms", i * 3),
        ("markup", _) => format!("<b>{i}</b> of <name> is <_> a<b{i}>"),
        _ => format!(
            "10.1.2.{} - - [28/Nov/2026:14:00:{:02} +0000] \"GET /items/{i}?x={i} HTTP/1.1\" {} {} \"-\" \"curl/8.0\"",
            i % 200,
            i % 60,
            [200, 404, 500][i as usize % 3],
            i * 13
        ),
    }
}

async fn ask(server: &TestServer, path: &str, params: &[(&str, &str)]) -> (u16, String) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
    let answer = client.get(server.url(&format!("{path}?{query}"))).send().await.expect("an answer");
    (answer.status().as_u16(), answer.text().await.expect("a text"))
}

async fn json(server: &TestServer, path: &str, params: &[(&str, &str)]) -> Value {
    serde_json::from_str(&ask(server, path, params).await.1).expect("JSON")
}

#[tokio::test]
async fn every_line_is_of_one_pattern_which_finds_it() {
    let store = Arc::new(LogStore::open(&Location::Memory, Limits::default()).expect("opens"));
    let apps = ["plain", "json", "logfmt", "nginx", "markup"];
    for app in apps {
        let lines =
            (0..200).map(|i| (Labels::from_pairs([("app", app)]), Entry::new((AT + i) * 1_000_000_000, line(app, i))));
        store.append(lines, &Policy::collected());
    }
    let clock = Clock::new(|| (AT + 200) * 1_000_000_000);
    let server = TestServer::start(loki::router(LokiState::new(store, clock))).await;
    let mut found: Vec<(&str, Vec<String>)> = Vec::new();
    for app in apps {
        let selector = format!("{{app=\"{app}\"}}");
        let answer = json(&server, "/loki/api/v1/patterns", &[("query", &selector), ("step", "1m")]).await;
        let (mut lines, mut texts) = (0, Vec::new());
        for pattern in answer["data"].as_array().expect("patterns") {
            let samples = pattern["samples"].as_array().expect("samples");
            let times: Vec<i64> = samples.iter().map(|sample| sample[0].as_i64().expect("a time")).collect();
            assert!(times.is_sorted() && times.iter().all(|time| time % 60 == 0), "{samples:?}");
            let count: u64 = samples.iter().map(|sample| sample[1].as_u64().expect("a count")).sum();
            lines += count;
            let text = pattern["pattern"].as_str().expect("a text");
            let query = format!("sum(count_over_time({selector} |> `{text}` [5m]))");
            let counted = json(&server, "/loki/api/v1/query", &[("query", &query)]).await;
            let counted = counted["data"]["result"][0]["value"][1].as_str().expect("a value").to_owned();
            assert!(counted.parse::<u64>().expect("a number") >= count, "{text}: {counted} of {count}");
            texts.push(text.to_owned());
        }
        assert_eq!(lines, 200, "{app}: {texts:?}");
        texts.sort();
        found.push((app, texts));
    }
    let of = |app: &str| found.iter().find(|(name, _)| *name == app).expect("found").1.clone();
    assert_eq!(
        of("plain"),
        [
            "[2026-11-28 <_>] ERROR order #<_> (customer=<_>) rejected: \"card declined\"",
            "connection to <_> failed: timeout after <_>",
            "heartbeat ok",
            "user <_> logged in from <_>",
        ]
    );
    assert_eq!(of("json"), ["<_>cannot roll die <_>"]);
    assert_eq!(of("nginx"), ["<_> - - [<_> +0000] \"GET <_>?x=<_> HTTP/1.1\" <_> <_> \"-\" \"curl/8.0\""]);
    assert_eq!(of("logfmt"), ["level=info caller=<_> msg=\"request done\" status=200 took=<_>"]);
    assert_eq!(of("markup").len(), 1);
}

#[tokio::test]
async fn of_many_lines_all_are_counted_and_the_answer_says_that_some_were_looked_at() {
    let limits = Limits { chunk_bytes: 20_000, ..Limits::default() };
    let store = Arc::new(LogStore::open(&Location::Memory, limits).expect("opens"));
    let apps = ["plain", "json", "logfmt"];
    for app in apps {
        for batch in 0..4 {
            let entry = |i: i64| Entry::new(AT * 1_000_000_000 + (batch * 3000 + i) * 1_000_000, line(app, i));
            let lines = (0..3000).map(|i| (Labels::from_pairs([("app", app)]), entry(i)));
            store.append(lines, &Policy::collected());
            store.flush().expect("flushes");
        }
    }
    let clock = Clock::new(|| (AT + 200) * 1_000_000_000);
    let server = TestServer::start(loki::router(LokiState::new(store, clock))).await;
    let answer = json(&server, "/loki/api/v1/patterns", &[("query", "{app=~\".+\"}"), ("step", "10s")]).await;
    let warning = answer["warnings"][0].as_str().expect("a warning");
    assert!(warning.contains(" of 36000 were looked at"), "{warning}");
    let mut by_time: BTreeMap<i64, u64> = BTreeMap::new();
    for pattern in answer["data"].as_array().expect("patterns") {
        for sample in pattern["samples"].as_array().expect("samples") {
            *by_time.entry(sample[0].as_i64().expect("a time")).or_default() += sample[1].as_u64().expect("a count");
        }
    }
    assert_eq!(by_time, BTreeMap::from([(AT, 30_000), (AT + 10, 6_000)]));
    let texts: Vec<&str> =
        answer["data"].as_array().expect("patterns").iter().filter_map(|one| one["pattern"].as_str()).collect();
    for text in ["heartbeat ok", "user <_> logged in from <_>", "<_>cannot roll die <_>"] {
        assert!(texts.contains(&text), "{text} of {texts:?}");
    }
    let one = json(&server, "/loki/api/v1/patterns", &[("query", "{app=\"json\"}"), ("end", "1790000002")]).await;
    assert!(one["warnings"].is_null(), "{one}");
}

#[tokio::test]
async fn what_is_no_selector_is_refused_and_nothing_has_no_patterns() {
    let store = Arc::new(LogStore::open(&Location::Memory, Limits::default()).expect("opens"));
    let server = TestServer::start(loki::router(LokiState::new(store, Clock::new(|| AT)))).await;
    for (query, expected) in [
        (r#"{app="pat"} |= "x""#, "only label matchers are supported"),
        ("", "parse error : syntax error: unexpected $end"),
    ] {
        assert_eq!(ask(&server, "/loki/api/v1/patterns", &[("query", query)]).await, (400, expected.to_owned()));
    }
    let nothing = json(&server, "/loki/api/v1/patterns", &[("query", r#"{app="nope"}"#)]).await;
    assert_eq!(nothing, json!({"status": "success", "data": []}));
}
