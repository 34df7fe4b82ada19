//! Prometheus and the lab over the same samples: Debian's Prometheus scrapes the services by
//! `deploy/prometheus/prometheus.yml` and sends what it scraped to a `dicelab lab` by remote write. Then both
//! are asked the same questions. Where Prometheus is not installed, the test says so and does nothing.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use dicelab::ports::Port;
use lab_testkit::eventually::eventually;
use serde_json::Value;
use telemetry::client::{BaseUrl, Client};

use crate::harness::{Lab, Scratch, run, stderr};

/// What answers may differ by, relative to their size.
const TOLERANCE: f64 = 1e-6;
/// What `S` stands for in the list of queries.
const SERVICES: &str = r#"job=~".+-stage4""#;
const QUERIES: &str = include_str!("differential/queries.txt");
const CONFIG: &str = include_str!("../../../../deploy/prometheus/prometheus.yml");
const DASHBOARD: &str = include_str!("../../../../dashboards/stage4-dashboard.json");

/// A running Prometheus, ended with the value.
struct Prometheus {
    child: Child,
    port: u16,
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        // Ends by itself or, if it has already, is only reaped.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A question, when it is asked, and why 2.42 answers it otherwise, if it does.
struct Case {
    query: String,
    moment: Moment,
    differs: Option<String>,
}

/// When a question is asked: the sections of the list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// Late in the series' lives and between their samples.
    Between,
    /// When windows reach back beyond the first samples.
    Birth,
    /// When samples stand exactly at both ends of the window `R` before the end.
    Boundary,
}

/// The instants that the moments mean, in seconds since the epoch.
struct Moments {
    end: f64,
    birth: f64,
    boundary: f64,
}

fn is_installed(program: &str) -> bool {
    let found = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !found {
        eprintln!("skipped: {program} is not installed (apt-get install prometheus)");
    }
    found
}

/// Starts Prometheus in the directory, on these services, writing to this lab.
fn start_prometheus(scratch: &Scratch, services: &Lab, lab: &Lab) -> Prometheus {
    let targets = Port::SERVICES.map(|port| {
        format!("- {{targets: ['localhost:{}'], labels: {{job: {}-stage4}}}}\n", services.number(port), port.what())
    });
    std::fs::create_dir_all(scratch.path().join("targets")).expect("made");
    scratch.write("targets/test.yml", &targets.concat());
    let url = format!("http://127.0.0.1:{}/api/v1/write", lab.number(Port::Metrics));
    let quick = CONFIG.replace("scrape_interval: 5s", "scrape_interval: 1s").replace("timeout: 5s", "timeout: 1s");
    let config = format!("{quick}\nremote_write:\n- url: {url}\n  queue_config: {{batch_send_deadline: 300ms}}\n");
    let config = scratch.write("prometheus.yml", &config);
    let port = TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("bound").port();
    let child = Command::new("prometheus")
        .arg(format!("--config.file={config}"))
        .arg(format!("--storage.tsdb.path={}", scratch.path().join("tsdb").display()))
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .args(["--enable-feature=promql-at-modifier,promql-negative-offset", "--log.level=error"])
        .stdout(Stdio::null())
        .spawn()
        .expect("started");
    Prometheus { child, port }
}

/// Asks the HTTP API; `None` if nobody answers.
async fn ask(port: u16, path: &str, query: &[(&str, &str)]) -> Option<Value> {
    let base: BaseUrl = format!("http://127.0.0.1:{port}").parse().expect("a URL");
    let reply = Client::new().get(base.with(path, query), Duration::from_secs(20)).await.ok()?;
    serde_json::from_slice(&reply.body).ok()
}

/// The value of an instant query that gives one series.
async fn number(port: u16, query: &str) -> Result<f64, String> {
    let body = ask(port, "/api/v1/query", &[("query", query)]).await.ok_or("no answer")?;
    let value = body["data"]["result"][0]["value"][1].as_str().ok_or_else(|| format!("{query}: {body}"))?;
    value.parse().map_err(|_| format!("{query}: {value}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn prometheus_and_the_lab_give_the_same_answers() {
    if !is_installed("prometheus") {
        return;
    }
    let scratch = Scratch::new();
    let none = scratch.write("none.yml", "groups: []\n");
    let lab = Lab::start(Scratch::new(), &["lab", "--rules", &none]).await;
    let up = ["up", "--no-lab", "--no-traffic", "--max-delay", "60ms", "--seed", "7"];
    let services = Lab::start(Scratch::new(), &up).await;
    let prometheus = start_prometheus(&scratch, &services, &lab);
    let (theirs, ours) = (prometheus.port, lab.number(Port::Metrics));
    eventually(|| async {
        number(theirs, "count(up == 1)").await.and_then(|up| if up == 3.0 { Ok(()) } else { Err(up.to_string()) })
    })
    .await;

    let url = format!("http://127.0.0.1:{}", services.number(Port::Frontend));
    let load = ["--users", "3", "--duration", "75s", "--think", "20ms..300ms", "--max-rolls", "1000", "--seed", "7"];
    let output = tokio::task::spawn_blocking(move || run(&[&["traffic", "--frontend-url", &url], &load[..]].concat()));
    let output = output.await.expect("ran");
    assert!(output.status.success(), "{}", stderr(&output));

    // The services go, so that their series end in staleness markers.
    drop(services);
    let gone = format!("sum(up{{{SERVICES}}})");
    let newest = format!("max(timestamp(up{{{SERVICES}}}))");
    eventually(|| async {
        number(theirs, &gone).await.and_then(|up| if up == 0.0 { Ok(()) } else { Err(up.to_string()) })
    })
    .await;
    let end = number(theirs, &newest).await.expect("a time");
    until_all_is_delivered(theirs, ours).await;

    let times = times_of_up(theirs).await;
    let between = between_scrapes(&times);
    let (boundary, window) = boundary(&times);
    let first = times.iter().flatten().min().expect("samples") / 1000;
    let moments = Moments { end: end.floor() - 1.0 + between, birth: first as f64 + between, boundary };
    let mut failures = Vec::new();
    let cases = cases(window);
    for case in &cases {
        let same = compare(case, &moments, theirs, ours).await;
        match (&case.differs, same) {
            (None, Err(reason)) => failures.push(format!("{}\n    {reason}", case.query)),
            (Some(reason), Ok(())) => failures.push(format!("{}\n    is the same although {reason}", case.query)),
            _ => {}
        }
    }
    let marked = cases.iter().filter(|case| case.differs.is_some()).count();
    eprintln!("{} queries, instant and range; {marked} marked as different, {} wrong", cases.len(), failures.len());
    assert!(failures.is_empty(), "{} of {}\n{}", failures.len(), cases.len(), failures.join("\n"));
}

/// Waits for what Prometheus still sends. It has several queues: `up` may be delivered while samples and staleness
/// markers of other series are still on their way. So both sides must have as many samples of every metric, and as many
/// series that have not ended.
async fn until_all_is_delivered(theirs: u16, ours: u16) {
    let selector = format!("{{{SERVICES}}}");
    let names = ask(theirs, "/api/v1/label/__name__/values", &[("match[]", &selector)]).await.expect("an answer");
    let names = names["data"].as_array().expect("names").iter().map(|name| name.as_str().expect("a name"));
    let samples = names.map(|name| format!("sum(count_over_time({name}{selector}[10m]))"));
    let queries: Vec<String> = samples.chain([format!("count({selector})")]).collect();
    for query in &queries {
        eventually(|| async {
            let (sent, here) = (number(theirs, query).await?, number(ours, query).await?);
            if sent == here { Ok(()) } else { Err(format!("{query}: {here} in the lab, {sent} in Prometheus")) }
        })
        .await;
    }
}

/// The times of the samples of `up` in ms, the frontend's first.
async fn times_of_up(port: u16) -> Vec<Vec<i64>> {
    let query = format!("up{{{SERVICES}}}[10m]");
    let body = ask(port, "/api/v1/query", &[("query", &query)]).await.expect("an answer");
    let mut series: Vec<&Value> = body["data"]["result"].as_array().expect("series").iter().collect();
    series.sort_by_key(|series| series["metric"]["job"] != "frontend-stage4");
    let time = |sample: &Value| (sample[0].as_f64().expect("a time") * 1000.0).round() as i64;
    series.iter().map(|series| series["values"].as_array().expect("samples").iter().map(time).collect()).collect()
}

/// A fraction of a second at which, seconds apart, no sample was taken: whether a range takes in both its ends,
/// as in 2.42, or not the first, as in 3, makes no difference there. It is not zero either, for the steps of
/// subqueries are at whole seconds.
fn between_scrapes(times: &[Vec<i64>]) -> f64 {
    let taken: Vec<i64> = times.iter().flatten().map(|time| time % 1000).collect();
    let free = (3..1000)
        .find(|ms| taken.iter().all(|taken| (taken - ms).rem_euclid(1000).min((ms - taken).rem_euclid(1000)) > 2));
    free.expect("a free millisecond") as f64 / 1000.0
}

/// A time at which the frontend has a sample, and how many whole seconds before it it has another one: about ten.
fn boundary(times: &[Vec<i64>]) -> (f64, i64) {
    let frontend = &times[0];
    let windows = (10..20).flat_map(|seconds| frontend.iter().rev().map(move |end| (*end, seconds)));
    let mut exact = windows.filter(|(end, seconds)| frontend.contains(&(end - seconds * 1000)));
    let (end, seconds) = exact.next().expect("two samples so many whole seconds apart");
    (end as f64 / 1000.0, seconds)
}

/// The queries of the dashboard and of the list; `window` is its `R`.
fn cases(window: i64) -> Vec<Case> {
    let dashboard: Value = serde_json::from_str(DASHBOARD).expect("JSON");
    let (mut cases, mut moment) = (Vec::new(), Moment::Between);
    for panel in dashboard["panels"].as_array().expect("panels") {
        let targets = panel["targets"].as_array().into_iter().flatten();
        let queries = targets.filter(|target| {
            target["datasource"]["type"] == "prometheus" || panel["datasource"]["type"] == "prometheus"
        });
        for query in queries.filter_map(|target| target["expr"].as_str()) {
            cases.push(Case { query: query.replace("$__rate_interval", "15s"), moment, differs: None });
        }
    }
    assert!(cases.len() >= 20, "{} queries on the dashboard", cases.len());
    for line in QUERIES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix("== ") {
            moment = match name {
                "births" => Moment::Birth,
                "boundaries" => Moment::Boundary,
                other => panic!("{other} is no section"),
            };
            continue;
        }
        let marked = line.strip_prefix("differs (").and_then(|rest| rest.split_once("): "));
        let (differs, query) = marked.map_or((None, line), |(reason, query)| (Some(reason.to_owned()), query));
        let query = query.replace("{S}", &format!("{{{SERVICES}}}")).replace(",S}", &format!(",{SERVICES}}}"));
        let query = query.replace("{F}", r#"{job="frontend-stage4"}"#).replace("[R]", &format!("[{window}s]"));
        cases.push(Case { query: query.replace("offset R", &format!("offset {window}s")), moment, differs });
    }
    cases
}

/// Asks both at the moment of the case, and over a range; an error says where they differ.
async fn compare(case: &Case, moments: &Moments, theirs: u16, ours: u16) -> Result<(), String> {
    let (instant, range) = ("/api/v1/query", "/api/v1/query_range");
    let at = |time: f64| vec![("time", format!("{time:.3}"))];
    let over = |start: f64, end: f64| {
        vec![("start", format!("{start:.3}")), ("end", format!("{end:.3}")), ("step", "3".to_owned())]
    };
    let Moments { end, birth, boundary } = *moments;
    for (path, parameters) in match case.moment {
        // The range begins well after the first samples.
        Moment::Between => vec![(instant, at(end)), (instant, at(end - 20.0)), (range, over(end - 35.0, end))],
        Moment::Birth => vec![(instant, at(birth + 8.0)), (range, over(birth - 6.0, birth + 15.0))],
        Moment::Boundary => vec![(instant, at(boundary))],
    } {
        let parameters = parameters.iter().map(|(name, value)| (*name, value.as_str()));
        let parameters: Vec<_> = [("query", case.query.as_str())].into_iter().chain(parameters).collect();
        let expected = ask(theirs, path, &parameters).await.ok_or("Prometheus does not answer")?;
        let found = ask(ours, path, &parameters).await.ok_or("the lab does not answer")?;
        same(&expected, &found).map_err(|reason| format!("{path} {:?}: {reason}", &parameters[1..]))?;
    }
    Ok(())
}

fn same(expected: &Value, found: &Value) -> Result<(), String> {
    if expected["status"] != "success" || found["status"] != "success" {
        let kinds = (&expected["errorType"], &found["errorType"]);
        return if kinds.0 == kinds.1 { Ok(()) } else { Err(format!("Prometheus: {expected}, lab: {found}")) };
    }
    let (expected, found) = (series(&expected["data"]), series(&found["data"]));
    for (labels, samples) in &expected {
        let ours = found.get(labels).ok_or_else(|| format!("the lab has no {labels}, Prometheus {samples:?}"))?;
        let near = |a: &(i64, f64), b: &(i64, f64)| {
            a.0 == b.0
                && (a.1 == b.1
                    || (a.1.is_nan() && b.1.is_nan())
                    || (a.1 - b.1).abs() <= TOLERANCE * a.1.abs().max(1e-9))
        };
        if samples.len() != ours.len() || !samples.iter().zip(ours).all(|(a, b)| near(a, b)) {
            return Err(format!("{labels}: Prometheus {samples:?}, lab {ours:?}"));
        }
    }
    match found.keys().find(|labels| !expected.contains_key(*labels)) {
        Some(more) => Err(format!("only the lab has {more}")),
        None => Ok(()),
    }
}

/// Samples (ms, value) by labels, whatever the type of the result.
fn series(data: &Value) -> BTreeMap<String, Vec<(i64, f64)>> {
    let sample = |sample: &Value| {
        let time = (sample[0].as_f64().expect("a time") * 1000.0).round() as i64;
        (time, sample[1].as_str().expect("a value").parse().expect("a number"))
    };
    if data["resultType"] == "scalar" {
        return [("scalar".to_owned(), vec![sample(&data["result"])])].into();
    }
    let all = data["result"].as_array().expect("series").iter().map(|series| {
        let labels: BTreeMap<String, Value> = serde_json::from_value(series["metric"].clone()).expect("labels");
        let samples = match series["values"].as_array() {
            Some(values) => values.iter().map(sample).collect(),
            None => vec![sample(&series["value"])],
        };
        (format!("{labels:?}"), samples)
    });
    all.collect()
}

/// Runs `promtool` in the directory; what it says.
fn promtool(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("promtool").args(arguments).current_dir(folder).output().expect("started");
    assert!(output.status.success(), "promtool {arguments:?}: {}", stderr(&output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test]
async fn promtool_can_ask_the_lab() {
    if !is_installed("promtool") {
        return;
    }
    let lab = Lab::up(&["--scrape-interval", "500ms"]).await;
    eventually(|| async {
        let up = lab.promql("count(up == 1)").await;
        if up == 4.0 { Ok(()) } else { Err(format!("{up} targets are up")) }
    })
    .await;
    let url = format!("http://127.0.0.1:{}", lab.number(Port::Metrics));
    let folder = lab.scratch.path();
    assert!(promtool(folder, &["query", "instant", &url, "sum(up)"]).contains('4'));
    assert!(promtool(folder, &["query", "range", &url, "sum(up)"]).contains(" @["));
    assert!(promtool(folder, &["query", "series", "--match", "up", &url]).contains("frontend-stage4"));
    assert!(promtool(folder, &["query", "labels", &url, "job"]).contains("die-service-stage4"));
    assert!(promtool(folder, &["debug", "metrics", &url]).contains("Compiling debug information complete"));
    let rules = lab.json(Port::Metrics, "/api/v1/rules", &[("type", "alert")]).await;
    let groups = rules["data"]["groups"].as_array().expect("groups");
    assert!(groups.iter().any(|group| group["name"] == "frontend_slo_alerts"), "{rules}");
}
