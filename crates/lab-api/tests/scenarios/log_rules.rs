//! Loki's ruler: groups of rules come and go by its API, their results stand in the store of metrics, and what they say is
//! answered as Loki answers it. Statuses and texts are those that Loki (main, 2026) gave to the same requests.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use lab_api::grafana;
use lab_api::grafana::state::{GrafanaState, Stores};
use lab_api::loki;
use lab_api::loki::manage::ruler::language::LogQl;
use lab_api::loki::manage::ruler::posted::LogRules;
use lab_api::loki::state::LokiState;
use lab_dashboards::{Library, Notes};
use lab_logs::{Entry, Limits, LogStore, Policy};
use lab_metrics::MetricStore;
use lab_metrics::outgoing::queue::{Queue, Room};
use lab_metrics::promql::engine;
use lab_metrics::promql::params::EvalParams;
use lab_metrics::rules::alert::notice::Notice;
use lab_metrics::rules::defaults::{Defaults, Outside};
use lab_metrics::rules::file::RuleFile;
use lab_metrics::rules::moment::Moment;
use lab_metrics::store::limits::Limits as MetricLimits;
use lab_model::{Clock, Grant, Labels};
use lab_storage::Location;
use lab_testkit::server::TestServer;
use reqwest::Method;
use serde_json::{Value, json};

/// The time of the first lines, in milliseconds since the epoch.
const AT: i64 = 1_790_000_000_000;
const GROUP: &str = "name: g1
interval: 3s
rules:
- record: app:lines:count1m
  expr: sum by (app) (count_over_time({app=~\".+\"}[1m]))
  labels: {team: blue}
- alert: Many
  expr: sum by (app) (count_over_time({app=\"a\"}[1m])) > 1
  for: 3s
  labels: {severity: page}
  annotations: {summary: '{{ $labels.app }} has {{ $value }} of {{ query \"sum(count_over_time({app=~`.+`}[1m]))\" | first | value }} lines'}
";

struct Lab {
    server: TestServer,
    /// Grafana's API over the same rules.
    grafana: TestServer,
    rules: Arc<LogRules>,
    metrics: Arc<MetricStore>,
    notices: Arc<Queue<Notice>>,
}

impl Lab {
    /// Ten lines of `a` and one of `b` within ten seconds; rules are kept below `folder`.
    async fn start(folder: &Path, files: Vec<RuleFile>) -> Self {
        let logs = Arc::new(LogStore::open(&Location::Memory, Limits::default()).expect("opens"));
        let of = |app: &str| Labels::from_pairs([("app", app)]);
        let lines = (0..10).map(|at| (of("a"), Entry::new((AT + at * 1000) * 1_000_000, "line".to_owned())));
        let last = (of("b"), Entry::new((AT + 10_000) * 1_000_000, "line".to_owned()));
        logs.append(lines.chain([last]), &Policy::collected());
        let metrics = Arc::new(MetricStore::open(&Location::Memory, MetricLimits::default()).expect("opens"));
        let notices = Arc::new(Queue::new(Room { items: 100, bytes: 1 << 20 }));
        let outside = Outside { url: "http://lab:3000".to_owned(), ..Outside::default() };
        let defaults = Defaults { interval: Duration::from_secs(3), outside: outside.into(), ..Defaults::default() };
        let posted = LogRules::in_directory(folder).expect("opened");
        let language = LogQl::new(logs.clone());
        let rules = LogRules::new(language, metrics.clone(), notices.clone(), posted, (files, defaults), AT);
        let rules = Arc::new(rules);
        let state = LokiState::new(logs, Clock::new(|| AT * 1_000_000)).with_rules(rules.clone());
        let router = loki::router(state);
        let stores = Stores { prometheus: Router::new(), loki: router.clone(), tempo: Router::new() };
        let (library, notes) = (Arc::new(Library::shipped()), Arc::new(Notes::in_memory()));
        let clock = Clock::new(|| AT * 1_000_000);
        let state = GrafanaState { library, notes, stores, notifier: None, clock, scheme: "http", version: "test" };
        let grafana = TestServer::start(grafana::router(state)).await;
        Self { server: TestServer::start(router).await, grafana, rules, metrics, notices }
    }

    fn evaluate(&self, after_ms: i64) {
        let grant = Grant::default();
        self.rules.ruler().evaluate_due(&Moment { at: AT + after_ms, grant: &grant, elapsed: &|| Duration::ZERO });
    }

    async fn ask(&self, method: Method, path: &str, body: &str) -> (u16, String) {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let request = client.request(method, self.server.url(path)).body(body.to_owned());
        let answer = request.send().await.expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("a text"))
    }

    async fn json(&self, path: &str) -> Value {
        serde_json::from_str(&self.ask(Method::GET, path, "").await.1).expect("JSON")
    }

    /// The series of a query in PromQL with their values, as text.
    fn metric(&self, query: &str, after_ms: i64) -> String {
        let params = EvalParams { hints: false, ..EvalParams::instant(AT + after_ms) };
        let found = engine::evaluate(&*self.metrics, query, &params, &Grant::default()).expect("a value");
        match found.value {
            lab_metrics::promql::value::Value::Vector(points) => {
                let text =
                    |point: &lab_metrics::promql::value::Point| format!("{} {}", point.labels, point.sample.value);
                points.iter().map(text).collect::<Vec<_>>().join("\n")
            }
            other => panic!("{other:?}"),
        }
    }
}

fn folder(name: &str) -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("dicelab-log-rules-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

/// Whether a change was taken, as Loki says it.
fn is_taken((status, text): (u16, String)) -> bool {
    let body: Value = serde_json::from_str(&text).expect("JSON");
    status == 202 && body == json!({"status": "success", "data": null, "errorType": "", "error": ""})
}

#[tokio::test]
async fn groups_come_are_listed_and_go() {
    let folder = folder("groups");
    let lab = Lab::start(&folder, Vec::new()).await;
    let missing = (404, "no rule groups found".to_owned());
    for base in ["/loki/api/v1/rules", "/api/prom/rules"] {
        assert_eq!(lab.ask(Method::GET, base, "").await, missing);
        assert_eq!(lab.ask(Method::GET, &format!("{base}/ns"), "").await, missing);
        let (status, text) = lab.ask(Method::GET, &format!("{base}/ns/g1"), "").await;
        assert_eq!((status, &*text), (404, "group does not exist"));

        assert!(is_taken(lab.ask(Method::POST, &format!("{base}/ns"), GROUP).await));
        assert_eq!(lab.ask(Method::POST, &format!("{base}/other"), "name: empty").await.0, 202);
        let (status, text) = lab.ask(Method::GET, &format!("{base}/ns/g1"), "").await;
        let written: serde_yaml_ng::Value = serde_yaml_ng::from_str(&text).expect("YAML");
        assert_eq!((status, written), (200, serde_yaml_ng::from_str(GROUP).expect("YAML")));
        let (_, text) = lab.ask(Method::GET, base, "").await;
        let all: serde_yaml_ng::Value = serde_yaml_ng::from_str(&text).expect("YAML");
        assert_eq!(all["other"][0]["name"], "empty");
        assert_eq!(all["ns"][0]["rules"][1]["for"], "3s");

        assert_eq!(lab.ask(Method::DELETE, &format!("{base}/ns/nope"), "").await.0, 202);
        assert_eq!(lab.ask(Method::DELETE, &format!("{base}/ns/g1"), "").await.0, 202);
        assert!(is_taken(lab.ask(Method::DELETE, &format!("{base}/other"), "").await));
        let (status, text) = lab.ask(Method::DELETE, &format!("{base}/other"), "").await;
        assert_eq!((status, &*text), (404, "group namespace does not exist"));
    }
    assert_eq!(lab.json("/prometheus/api/v1/rules").await["data"]["groups"], json!([]));
    std::fs::remove_dir_all(&folder).expect("removed");
}

#[tokio::test]
async fn a_group_may_be_any_yaml_document() {
    let folder = folder("documents");
    let lab = Lab::start(&folder, Vec::new()).await;
    for (name, text) in [
        ("marked", "---\nname: marked\nrules: []\n"),
        ("ended", "# a comment\n---\nname: ended\ninterval: 1s\n...\n"),
        ("flow", "{name: flow, rules: [{record: a, expr: '1'}]}"),
        ("number", "name: number\nrules: [{record: a, expr: '1', labels: {priority: 1}}]"),
        ("block", "  name: block\n  rules:\n  - record: a\n    expr: |\n      1\n"),
    ] {
        assert!(is_taken(lab.ask(Method::POST, "/loki/api/v1/rules/ns", text).await), "{text}");
        let (status, answer) = lab.ask(Method::GET, &format!("/loki/api/v1/rules/ns/{name}"), "").await;
        assert!(status == 200 && answer.contains(&format!("name: {name}")), "{text}: {answer}");
    }
    std::fs::remove_dir_all(&folder).expect("removed");
}

/// The groups in force are the newest list also when many of them come and go at the same time.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn groups_at_the_same_time_are_all_in_force() {
    let folder = folder("together");
    let lab = Arc::new(Lab::start(&folder, Vec::new()).await);
    for _ in 0..5 {
        for (method, expected) in [(Method::POST, 20), (Method::DELETE, 0)] {
            let mut asked = tokio::task::JoinSet::new();
            for at in 0..20 {
                let (lab, method) = (lab.clone(), method.clone());
                asked.spawn(async move {
                    let path = if method == Method::POST { "ns".to_owned() } else { format!("ns/g{at}") };
                    lab.ask(method, &format!("/loki/api/v1/rules/{path}"), &format!("name: g{at}")).await.0
                });
            }
            assert!(asked.join_all().await.into_iter().all(|status| status == 202));
            assert_eq!(lab.rules.report().len(), expected);
        }
    }
    std::fs::remove_dir_all(&folder).expect("removed");
}

#[tokio::test]
async fn what_is_wrong_with_a_group_is_said() {
    let folder = folder("wrong");
    let lab = Lab::start(&folder, Vec::new()).await;
    let aliases = format!("name: x\nz: &a [{}]\nrules: [{}]", "1,".repeat(1000), "*a,".repeat(1000));
    for (text, expected) in [
        ("rules: [{alert: A, expr: '1'}]", "missing field `name`"),
        ("name: ''", "the name must not be empty"),
        ("name: x\nrules: [{alert: A, record: B, expr: '1'}]", "only one of 'record' and 'alert' must be set"),
        ("name: x\nrules: [{alert: A}]", "field 'expr' must be set in rule"),
        ("name: x\nrules: [{expr: '1'}]", "one of 'record' or 'alert' must be set"),
        ("name: x\nrules: [{record: a, expr: '1', for: 3s}]", "invalid field 'for' in recording rule"),
        ("name: x\ninterval: 1\nrules: []", "not a valid duration: \"1\""),
        ("name: x\nfoo: 1\nrules: []", "unknown field `foo`"),
        (": : :", "did not find expected"),
        ("", "missing field `name`"),
        ("name: x\nrules:\n- record: a\n  expr: [\n", "line 5"),
        ("name: x\ninterval: 1ms\nrules: []", "group \"x\": the interval must be at least 1s"),
        ("name: x\ninterval: 999ms\nrules: []", "group \"x\": the interval must be at least 1s"),
        (
            "name: x\nrules: [{alert: A, expr: 'sum(rate({app=\"a\"}[1m])'}]",
            "could not parse expression: parse error at line 1, col 24: syntax error: unexpected $end",
        ),
        (
            "name: x\nrules: [{alert: A, expr: '1', annotations: {x: '{{ $bad'}}]",
            "annotation \"x\": template: __alert_A:1: undefined variable \"$bad\"",
        ),
        (&*aliases, "the aliases of this file (`*name`) stand for too many values"),
    ] {
        let (status, answer) = lab.ask(Method::POST, "/loki/api/v1/rules/ns", text).await;
        assert!(status == 400 && answer.contains(expected), "{text}: {status} {answer}");
    }
    assert_eq!(lab.ask(Method::GET, "/loki/api/v1/rules", "").await.0, 404);
    let refused = lab.ask(Method::GET, "/prometheus/api/v1/rules?type=foo", "").await;
    assert!(refused.0 == 400 && refused.1.contains(r#"not supported value \"foo\""#), "{refused:?}");
}

#[tokio::test]
async fn of_several_documents_the_first_counts() {
    let folder = folder("documents");
    let lab = Lab::start(&folder, Vec::new()).await;
    let rules = "rules: [{record: a, expr: 'vector(1)'}]";
    let text = format!("---\nname: first\n{rules}\n---\nname: second\n{rules}\n");
    assert_eq!(lab.ask(Method::POST, "/loki/api/v1/rules/ns", &text).await.0, 202);
    let (status, answer) = lab.ask(Method::GET, "/loki/api/v1/rules", "").await;
    assert!(status == 200 && answer.contains("first") && !answer.contains("second"), "{answer}");
}

#[tokio::test]
async fn rules_are_evaluated_and_survive_a_restart() {
    let folder = folder("evaluated");
    let lab = Lab::start(&folder, Vec::new()).await;
    assert_eq!(lab.ask(Method::POST, "/loki/api/v1/rules/ns", GROUP).await.0, 202);
    let lines = "name: lines\nrules: [{alert: A, expr: '{app=\"a\"}'}]";
    assert_eq!(lab.ask(Method::POST, "/loki/api/v1/rules/ns", lines).await.0, 202);
    for after in [12_000, 16_000] {
        lab.evaluate(after);
    }
    assert_eq!(
        lab.metric("app:lines:count1m", 16_000),
        "app:lines:count1m{app=\"a\", team=\"blue\"} 10\napp:lines:count1m{app=\"b\", team=\"blue\"} 1"
    );
    assert_eq!(lab.metric("sum(ALERTS{alertstate='firing',app='a',severity='page'})", 16_000), "{} 1");

    let standing = lab.json("/prometheus/api/v1/rules").await;
    let groups = &standing["data"]["groups"];
    assert_eq!(
        (&standing["errorType"], &groups[0]["name"], &groups[0]["file"]),
        (&json!(""), &json!("g1"), &json!("ns"))
    );
    let rule = &groups[0]["rules"][1];
    assert_eq!(rule["query"], r#"(sum by (app)(count_over_time({app="a"}[1m])) > 1)"#);
    assert_eq!((&rule["state"], &rule["health"], &rule["lastError"]), (&json!("firing"), &json!("ok"), &json!("")));
    assert_eq!(rule["alerts"][0]["annotations"]["summary"], "a has 10 of 11 lines");
    assert_eq!(rule["alerts"][0]["value"], "1e+01");
    assert_eq!(groups[1]["rules"][0]["lastError"], "rule result is not a vector or scalar");
    let alerts = lab.json("/prometheus/api/v1/alerts").await;
    assert_eq!(alerts["data"]["alerts"][0]["labels"], json!({"alertname": "Many", "app": "a", "severity": "page"}));
    let told = lab.notices.take(Room { items: 10, bytes: 1 << 20 });
    assert_eq!(told.len(), 1);
    assert!(told[0].generator.starts_with("http://lab:3000/explore?signal=logs&query=sum+by"), "{told:?}");

    let again = Lab::start(&folder, Vec::new()).await;
    assert!(again.ask(Method::GET, "/loki/api/v1/rules/ns/g1", "").await.1.contains("app:lines:count1m"));
    std::fs::remove_dir_all(&folder).expect("removed");
}

#[tokio::test]
async fn rules_of_files_are_evaluated_and_not_changed_by_the_api() {
    let folder = folder("files");
    let text = "groups: [{name: f, rules: [{record: lines, expr: 'sum(count_over_time({app=\"a\"}[1m]))'}]}]";
    let file = RuleFile::parse_with(Path::new("mine.yml"), text, &|query| Ok(query.to_owned())).expect("good");
    let lab = Lab::start(&folder, vec![file]).await;
    lab.evaluate(12_000);
    assert_eq!(lab.metric("lines", 12_000), "lines 10");
    assert_eq!(lab.ask(Method::GET, "/loki/api/v1/rules/mine.yml/f", "").await.0, 200);
    for method in [Method::POST, Method::DELETE] {
        let (status, said) = lab.ask(method, "/loki/api/v1/rules/mine.yml", GROUP).await;
        assert!(status == 400 && said.contains("those of a file"), "{said}");
    }
    assert_eq!(lab.ask(Method::POST, "/loki/api/v1/rules/ns", GROUP).await.0, 202);
    lab.evaluate(18_000);
    assert_eq!(lab.metric("lines", 18_000), "lines 10");
    std::fs::remove_dir_all(&folder).expect("removed");
}

#[tokio::test]
async fn grafana_s_clients_write_the_rules_of_lokis_ruler() {
    let folder = folder("grafana");
    let lab = Lab::start(&folder, Vec::new()).await;
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let ask = async |method: Method, path: &str, body: &Value| {
        let address = lab.grafana.url(&format!("/api/ruler/loki/api/v1/rules{path}"));
        let mut request = client.request(method, address);
        if !body.is_null() {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let answer = request.send().await.expect("an answer");
        let status = answer.status().as_u16();
        (status, serde_json::from_str::<Value>(&answer.text().await.expect("a text")).expect("JSON"))
    };
    assert_eq!(ask(Method::GET, "", &Value::Null).await, (200, json!({})));
    let record = json!({"record": "app:lines:count1m", "expr": "sum by (app) (count_over_time({app=~\".+\"}[1m]))"});
    let group = json!({"name": "of logs", "interval": "3s", "rules": [record]});
    assert_eq!(ask(Method::POST, "/my%20folder", &group).await.0, 202);
    let (status, all) = ask(Method::GET, "", &Value::Null).await;
    assert_eq!((status, &all["my folder"][0]["name"]), (202, &json!("of logs")), "{all}");
    assert_eq!(all["my folder"][0]["rules"][0]["record"], "app:lines:count1m");
    let (status, one) = ask(Method::GET, "/my%20folder/of%20logs", &Value::Null).await;
    assert_eq!((status, &one["interval"]), (202, &json!("3s")), "{one}");
    // Loki's own path shows the same group.
    assert!(lab.ask(Method::GET, "/loki/api/v1/rules", "").await.1.contains("of logs"));

    let wrong = json!({"name": "wrong", "interval": "3s", "rules": [{"record": "a:b", "expr": "sum("}]});
    let (status, said) = ask(Method::POST, "/my%20folder", &wrong).await;
    assert_eq!(status, 400);
    assert!(said["message"].as_str().is_some_and(|said| !said.is_empty()), "{said}");
    // As in Loki, a group that is not there is gone already.
    assert_eq!(ask(Method::DELETE, "/my%20folder/none", &Value::Null).await.0, 202);
    assert_eq!(ask(Method::DELETE, "/my%20folder/of%20logs", &Value::Null).await.0, 202);
    assert_eq!(ask(Method::GET, "", &Value::Null).await, (200, json!({})));
    assert_eq!(ask(Method::POST, "/other", &group).await.0, 202);
    assert_eq!(ask(Method::DELETE, "/other", &Value::Null).await.0, 202);
    assert_eq!(ask(Method::GET, "/other", &Value::Null).await, (200, json!({})));
}
