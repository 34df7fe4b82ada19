//! Loki's `delete`: what a request names is gone from every answer at once, comes back if the request is taken back, and is
//! deleted for good afterwards. Statuses and texts are those that Loki (main, 2026) gave to the same requests.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use lab_api::loki;
use lab_api::loki::manage::deletes::requests::{CANCEL_PERIOD_MS, Deletions, MOST_WAITING};
use lab_api::loki::state::LokiState;
use lab_logs::{Entry, Limits, LogStore, Policy};
use lab_model::{Clock, Labels};
use lab_storage::{Location, SignalStore};
use lab_testkit::server::TestServer;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// The time of the first lines, in seconds since the epoch; the lab's clock shows a minute later.
const AT: i64 = 1_790_000_000;
const NOW: i64 = AT + 60;

struct Lab {
    server: TestServer,
    store: Arc<LogStore>,
    deletions: Arc<Deletions>,
}

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("dicelab-log-deletes-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("made");
    folder
}

impl Lab {
    async fn start(folder: &Path) -> Self {
        let store = LogStore::open(&Location::Directory(folder.to_owned()), Limits::default()).expect("opens");
        let store = Arc::new(store);
        let deletions = Arc::new(Deletions::new(store.clone(), Deletions::in_directory(folder).expect("opened")));
        let state = LokiState::new(store.clone(), Clock::new(|| NOW * 1_000_000_000)).with_deletions(deletions.clone());
        Self { server: TestServer::start(loki::router(state)).await, store, deletions }
    }

    /// Twenty lines of `a`, with numbers, and ten of `b`; ten lines of `a` and all of `b` are on disk, in closed chunks.
    fn fill(&self) {
        let of = |app: &str| Labels::from_pairs([("app", app)]);
        let line = |at: i64| {
            let trace = Labels::from_pairs([("trace_id", format!("t{at}"))]);
            Entry::new((AT + at) * 1_000_000_000, format!("line {at} level={}", at % 2)).with_metadata(trace)
        };
        let first = (0..10).flat_map(|at| [(of("a"), line(at)), (of("b"), line(at))]);
        self.store.append(first, &Policy::collected());
        self.store.flush().expect("flushed");
        self.store.retain((AT + 86_400) * 1_000_000_000, &lab_storage::Retention::default()).expect("closed");
        self.store.append((10..20).map(|at| (of("a"), line(at))), &Policy::collected());
    }

    async fn ask(&self, method: Method, path: &str, params: &[(&str, &str)]) -> (StatusCode, String) {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
        let address = self.server.url(&format!("{path}?{query}"));
        let answer = client.request(method, address).send().await.expect("an answer");
        (answer.status(), answer.text().await.expect("a text"))
    }

    async fn delete(&self, query: &str, start: i64, end: i64) -> (StatusCode, String) {
        let (start, end) = (start.to_string(), end.to_string());
        self.ask(Method::POST, "/loki/api/v1/delete", &[("query", query), ("start", &start), ("end", &end)]).await
    }

    async fn json(&self, path: &str, params: &[(&str, &str)]) -> Value {
        serde_json::from_str(&self.ask(Method::GET, path, params).await.1).expect("JSON")
    }

    /// The numbers of the lines that a selector finds, then how many lines a count finds, then how many there are by the
    /// statistics and how many bytes by the volume.
    async fn seen(&self, selector: &str) -> (Vec<String>, String, u64, String) {
        let (start, end) = ((AT - 1).to_string(), NOW.to_string());
        let range = [("query", selector), ("start", &*start), ("end", &*end), ("direction", "forward")];
        let lines = self.json("/loki/api/v1/query_range", &range).await;
        let streams = lines["data"]["result"].as_array().expect("streams").clone();
        let mut numbers: Vec<String> = streams
            .iter()
            .flat_map(|stream| stream["values"].as_array().expect("values").clone())
            .map(|value| value[1].as_str().expect("a line").split(' ').nth(1).expect("a number").to_owned())
            .collect();
        numbers.sort_by_key(|number| number.parse::<u64>().expect("a number"));
        let count = format!("sum(count_over_time({selector}[5m]))");
        let count = self.json("/loki/api/v1/query", &[("query", &*count), ("time", &*end)]).await;
        let count = count["data"]["result"][0]["value"][1].as_str().unwrap_or("0").to_owned();
        let stats = self.json("/loki/api/v1/index/stats", &range).await;
        let volume = self.json("/loki/api/v1/index/volume", &range).await;
        let volume = volume["data"]["result"][0]["value"][1].as_str().unwrap_or("0").to_owned();
        (numbers, count, stats["entries"].as_u64().expect("a number"), volume)
    }
}

fn numbers(of: impl Iterator<Item = i64>) -> Vec<String> {
    of.map(|number| number.to_string()).collect()
}

#[tokio::test]
async fn what_is_deleted_is_gone_from_every_answer_and_stays_gone() {
    let folder = folder("gone");
    let lab = Lab::start(&folder).await;
    lab.fill();
    let before = lab.seen(r#"{app="a"}"#).await;
    assert_eq!((before.0.len(), &*before.1, before.2), (20, "20", 20));

    // Odd lines from 4 to 15, on disk and in memory.
    assert_eq!(lab.delete(r#"{app="a"} |= "level=1""#, AT + 4, AT + 15).await.0, StatusCode::NO_CONTENT);
    let left = |at: &i64| !(4..=15).contains(at) || at % 2 == 0;
    let seen = lab.seen(r#"{app="a"}"#).await;
    assert_eq!((&seen.0, &*seen.1, seen.2), (&numbers((0..20).filter(left)), "14", 14));
    let bytes =
        |numbers: &[String]| numbers.iter().map(|number| "line  level=0t".len() + 2 * number.len()).sum::<usize>();
    assert_eq!(seen.3, (bytes(&seen.0) + 8 * seen.0.len()).to_string(), "a volume counts `trace_id`, too");
    assert_eq!(lab.seen(r#"{app="b"}"#).await.0, numbers(0..10), "another stream");
    let filtered = lab.seen(r#"{app="a", app!="x"}"#).await;
    assert_eq!(filtered.0, seen.0);

    let by_field = r#"sum by (level) (count_over_time({app="a"} | logfmt level [5m]))"#;
    let end = NOW.to_string();
    let counted = lab.json("/loki/api/v1/query", &[("query", by_field), ("time", &end)]).await;
    let counts: Vec<&Value> =
        counted["data"]["result"].as_array().expect("series").iter().map(|one| &one["value"][1]).collect();
    assert_eq!(counts, ["10", "4"], "by a field that stands in front of its chunk");

    // All of `b`, without a filter.
    assert_eq!(lab.delete(r#"{app="b"}"#, AT, AT + 30).await.0, StatusCode::NO_CONTENT);
    assert_eq!(lab.seen(r#"{app="b"}"#).await, (Vec::new(), "0".to_owned(), 0, "0".to_owned()));

    // For good.
    lab.deletions.process(NOW * 1000 + CANCEL_PERIOD_MS);
    assert_eq!(lab.store.stats().deleted, 0, "requests can still be taken back");
    lab.deletions.process(NOW * 1000 + CANCEL_PERIOD_MS + 1);
    assert_eq!(lab.store.stats().deleted, 16);
    assert_eq!(lab.store.balance().expect("drawn").difference(), 0);
    let list = lab.json("/loki/api/v1/delete", &[]).await;
    assert_eq!((&list[0]["status"], &list[1]["status"]), (&json!("processed"), &json!("processed")));
    assert_eq!(lab.seen(r#"{app="a"}"#).await, seen);
    let labels =
        lab.json("/loki/api/v1/label/app/values", &[("start", &AT.to_string()), ("end", &NOW.to_string())]).await;
    assert_eq!(labels["data"], json!(["a"]));

    drop(lab);
    let again = Lab::start(&folder).await;
    assert_eq!(again.seen(r#"{app="a"}"#).await, seen);
    again.fill();
    assert_eq!(again.seen(r#"{app="b"}"#).await.0, numbers(0..10), "what is sent again is there again");
    std::fs::remove_dir_all(&folder).expect("removed");
}

#[tokio::test]
async fn a_request_is_listed_survives_a_restart_and_can_be_taken_back() {
    let folder = folder("back");
    let lab = Lab::start(&folder).await;
    lab.fill();
    assert_eq!(lab.json("/loki/api/v1/delete", &[]).await, json!([]));
    let query = r#"{app="a"} | trace_id="t3" or trace_id="t12""#;
    assert_eq!(lab.delete(query, AT, AT + 30).await.0, StatusCode::NO_CONTENT);
    drop(lab);
    let lab = Lab::start(&folder).await;
    lab.fill();
    let left = numbers((0..20).filter(|at| *at != 3 && *at != 12));
    assert_eq!(lab.seen(r#"{app="a"}"#).await.0, left);
    let list = lab.json("/loki/api/v1/delete", &[]).await;
    let id = list[0]["request_id"].as_str().expect("an id").to_owned();
    let expected = json!([{
        "request_id": id, "start_time": AT, "end_time": AT + 30, "query": query, "status": "received",
        "created_at": NOW, "user_id": "",
    }]);
    assert_eq!(list, expected);
    let of_range = |start: i64, end: i64| [("start", start.to_string()), ("end", end.to_string())];
    for (range, count) in [(of_range(AT - 100, AT - 50), 0), (of_range(AT - 100, AT + 1), 1)] {
        let range: Vec<(&str, &str)> = range.iter().map(|(name, value)| (*name, &**value)).collect();
        assert_eq!(lab.json("/loki/api/v1/delete", &range).await.as_array().map(Vec::len), Some(count));
    }

    let missing = lab.ask(Method::DELETE, "/loki/api/v1/delete", &[("request_id", "nope")]).await;
    assert_eq!(missing, (StatusCode::NOT_FOUND, "could not find delete request with given id\n".to_owned()));
    let taken_back = lab.ask(Method::DELETE, "/loki/api/v1/delete", &[("request_id", &id)]).await;
    assert_eq!(taken_back.0, StatusCode::NO_CONTENT);
    assert_eq!(lab.seen(r#"{app="a"}"#).await.0, numbers(0..20));

    assert_eq!(lab.delete(query, AT, AT + 30).await.0, StatusCode::NO_CONTENT);
    let id = lab.json("/loki/api/v1/delete", &[]).await[0]["request_id"].as_str().expect("an id").to_owned();
    lab.deletions.process(NOW * 1000 + CANCEL_PERIOD_MS + 1);
    let (status, said) = lab.ask(Method::DELETE, "/loki/api/v1/delete", &[("request_id", &id)]).await;
    assert!(status == StatusCode::BAD_REQUEST && said.contains("already processed"), "{said}");
    std::fs::remove_dir_all(&folder).expect("removed");
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_refused_in_loki_s_words() {
    let folder = folder("refused");
    let lab = Lab::start(&folder).await;
    let (start, later) = (AT.to_string(), (NOW + 10).to_string());
    let times = "invalid start time: require unix seconds or RFC3339 format";
    for (params, expected) in [
        (vec![("start", &*start)], "query not set"),
        (vec![("query", ""), ("start", &start)], "query not set"),
        (vec![("query", r#"{app="a"}"#)], "start time not set"),
        (vec![("query", r#"{app="a""#), ("start", &start)], "invalid query expression"),
        (vec![("query", r#"sum(rate({app="a"}[1m]))"#), ("start", &start)], "invalid query expression"),
        (vec![("query", r#"{app="a"}"#), ("start", "abc")], times),
        (vec![("query", r#"{app="a"}"#), ("start", "200")], times),
        (vec![("query", r#"{app="a"} |= "x""#), ("start", "-1.0e+0300"), ("max_interval", "1h")], times),
        (vec![("query", r#"{app="a"}"#), ("start", "-900000000")], times),
        (vec![("query", r#"{app="a"}"#), ("start", "1.0e+00400")], times),
        (
            vec![("query", r#"{app="a"} |= "x""#), ("start", "1.0e+00300"), ("max_interval", "1h")],
            "start time can't be greater than or equal to end time",
        ),
        (vec![("query", r#"{app="a"}"#), ("start", &start), ("end", &later)], "deletes in the future are not allowed"),
        (
            vec![("query", r#"{app="a"}"#), ("start", &start), ("end", &start)],
            "start time can't be greater than or equal to end time",
        ),
        (
            vec![("query", r#"{app="a"} |= "x""#), ("start", &start), ("max_interval", "100ms")],
            "invalid max_interval: valid time units are 's', 'm', 'h'",
        ),
        (
            vec![("query", r#"{app="a"} |= "x""#), ("start", &start), ("max_interval", "1h")],
            "max_interval can't be greater than the interval to be deleted (1m0s)",
        ),
    ] {
        for method in [Method::POST, Method::PUT] {
            let answer = lab.ask(method, "/loki/api/v1/delete", &params).await;
            assert_eq!(answer, (StatusCode::BAD_REQUEST, format!("{expected}\n")), "{params:?}");
        }
    }
    let iso = [("query", r#"{app="a"}"#), ("start", "2026-01-01T00:00:00Z"), ("end", "2026-01-02T00:00:00Z")];
    assert_eq!(lab.ask(Method::PUT, "/loki/api/v1/delete", &iso).await.0, StatusCode::NO_CONTENT);
    std::fs::remove_dir_all(&folder).expect("removed");
}

#[tokio::test]
async fn at_most_a_hundred_requests_wait() {
    let folder = folder("waiting");
    let lab = Lab::start(&folder).await;
    lab.fill();
    for at in 0..MOST_WAITING as i64 {
        assert_eq!(lab.delete(&format!(r#"{{app="a"}} |= "line {at} ""#), AT, AT + 30).await.0, StatusCode::NO_CONTENT);
    }
    let (status, said) = lab.delete(r#"{app="b"}"#, AT, AT + 30).await;
    assert!(status == StatusCode::TOO_MANY_REQUESTS && said.starts_with("100 requests to delete lines wait"), "{said}");
    assert_eq!(lab.seen(r#"{app="a"}"#).await.0, numbers(0..0));
    assert_eq!(lab.seen(r#"{app="b"}"#).await.0, numbers(0..10), "the request that was refused hides nothing");

    lab.deletions.process(NOW * 1000 + CANCEL_PERIOD_MS + 1);
    assert_eq!(lab.store.stats().deleted, 20);
    assert_eq!(lab.delete(r#"{app="b"}"#, AT, AT + 30).await.0, StatusCode::NO_CONTENT);
    assert_eq!(lab.seen(r#"{app="b"}"#).await.0, numbers(0..0));
    std::fs::remove_dir_all(&folder).expect("removed");
}

/// The masks are those of the newest list also when many requests come and go at the same time.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn requests_at_the_same_time_are_all_in_force() {
    let folder = folder("together");
    let lab = Arc::new(Lab::start(&folder).await);
    lab.fill();
    for _ in 0..5 {
        let mut asked = tokio::task::JoinSet::new();
        for at in 0..20 {
            let lab = lab.clone();
            asked.spawn(async move { lab.delete(&format!(r#"{{app="a"}} |= "line {at} ""#), AT, AT + 30).await.0 });
        }
        assert!(asked.join_all().await.into_iter().all(|status| status == StatusCode::NO_CONTENT));
        assert_eq!(lab.seen(r#"{app="a"}"#).await.0, numbers(0..0));
        let list = lab.json("/loki/api/v1/delete", &[]).await;
        let mut taken_back = tokio::task::JoinSet::new();
        for request in list.as_array().expect("a list") {
            let (lab, id) = (lab.clone(), request["request_id"].as_str().expect("an id").to_owned());
            taken_back
                .spawn(async move { lab.ask(Method::DELETE, "/loki/api/v1/delete", &[("request_id", &id)]).await.0 });
        }
        assert!(taken_back.join_all().await.into_iter().all(|status| status == StatusCode::NO_CONTENT));
        assert_eq!(lab.seen(r#"{app="a"}"#).await.0, numbers(0..20));
    }
    std::fs::remove_dir_all(&folder).expect("removed");
}
