//! Debian's Prometheus and Alertmanager beside a lab: as sender, receiver and target, with an outage of either side after
//! which nothing is missing. Where they are not installed, the tests say so and do nothing.

use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use dicelab::ports::Port;
use lab_testkit::eventually::eventually;
use rustix::process::Signal;
use serde_json::Value;
use telemetry::client::{BaseUrl, Client};
use tokio::net::TcpStream;

use crate::harness::{Lab, Scratch};

/// Nothing is due more often.
const QUICK: &str = "global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}\n";

/// A program that is not ours, ended with the value.
struct Neighbour {
    child: Child,
    program: &'static str,
    arguments: Vec<String>,
}

impl Neighbour {
    fn start(program: &'static str, arguments: Vec<String>) -> Self {
        let child = Self::spawn(program, &arguments);
        Self { child, program, arguments }
    }

    fn spawn(program: &str, arguments: &[String]) -> Child {
        Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("started")
    }

    fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    fn start_again(&mut self) {
        self.child = Self::spawn(self.program, &self.arguments);
    }
}

impl Drop for Neighbour {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Debian's name of the package is that of the program.
fn is_installed(program: &str) -> bool {
    let found = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !found {
        eprintln!("skipped: {program} is not installed (apt-get install {program})");
    }
    found
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("bound").port()
}

/// A port that stays the same while what stands behind it moves.
struct Forwarder {
    port: u16,
    to: Arc<AtomicU16>,
}

impl Forwarder {
    async fn start(to: u16) -> Self {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("bound");
        let port = listener.local_addr().expect("an address").port();
        let to = Arc::new(AtomicU16::new(to));
        let target = to.clone();
        tokio::spawn(async move {
            while let Ok((mut from, _)) = listener.accept().await {
                let port = target.load(Ordering::Relaxed);
                tokio::spawn(async move {
                    // Where nobody listens, the connection ends.
                    if let Ok(mut to) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await {
                        let _ = tokio::io::copy_bidirectional(&mut from, &mut to).await;
                    }
                });
            }
        });
        Self { port, to }
    }
}

/// The JSON of an answer.
async fn ask(port: u16, path: &str, query: &[(&str, &str)]) -> Result<Value, String> {
    let base: BaseUrl = format!("http://127.0.0.1:{port}").parse().expect("a URL");
    let reply = Client::new().get(base.with(path, query), Duration::from_secs(10)).await;
    let reply = reply.map_err(|error| error.to_string())?;
    serde_json::from_slice(&reply.body).map_err(|error| error.to_string())
}

/// The value of an instant query that gives one series.
async fn number(port: u16, query: &str) -> Result<f64, String> {
    let body = ask(port, "/api/v1/query", &[("query", query)]).await?;
    let value = body["data"]["result"][0]["value"][1].as_str().ok_or_else(|| format!("{query}: {body}"))?;
    value.parse().map_err(|_| format!("{query}: {value}"))
}

/// Waits until a number is at least so large.
async fn until(port: u16, query: &str, least: f64) -> f64 {
    eventually(|| async {
        let number = number(port, query).await?;
        if number >= least { Ok(number) } else { Err(format!("{query}: {number}")) }
    })
    .await
}

/// Waits until both sides have the same samples up to now, of which there are some.
async fn until_equal(here: u16, there: u16, selector: &str) {
    let newest = number(here, &format!("max(timestamp({selector}))")).await.expect("a time");
    // In the words of both versions, and between the samples: 2.42 counts also the first end of a range.
    let count = format!("sum(count_over_time({selector}[1h] @ {:.3}))", newest + 0.0005);
    eventually(|| async {
        let (here, there) = (number(here, &count).await?, number(there, &count).await?);
        if here == there && here > 0.0 { Ok(()) } else { Err(format!("{count}: {here} here, {there} there")) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn prometheus_has_what_the_lab_sent_over_its_outage() {
    if !is_installed("prometheus") {
        return;
    }
    let (scratch, port) = (Scratch::new(), free_port());
    let config = scratch.write("receiver.yml", QUICK);
    let arguments = [
        format!("--config.file={config}"),
        format!("--storage.tsdb.path={}", scratch.path().join("tsdb").display()),
        format!("--web.listen-address=127.0.0.1:{port}"),
        "--web.enable-remote-write-receiver".to_owned(),
        "--enable-feature=promql-at-modifier".to_owned(),
    ];
    let mut prometheus = Neighbour::start("prometheus", arguments.to_vec());
    let sender = scratch.write(
        "sender.yml",
        &format!(
            "{QUICK}remote_write:\n- url: http://127.0.0.1:{port}/api/v1/write\n\
             \x20 queue_config: {{batch_send_deadline: 200ms, max_backoff: 1s}}\n"
        ),
    );
    let lab = Lab::start(Scratch::new(), &["lab", "--scrape-interval", "500ms", "--scrape-config", &sender]).await;
    let here = lab.number(Port::Metrics);
    let count = "count_over_time(up{job=\"dicelab\"}[1h])";
    until(port, count, 4.0).await;

    prometheus.kill();
    let had = number(here, count).await.expect("counted");
    until(here, "sum(prometheus_remote_storage_samples_retried_total)", 1.0).await;
    until(here, count, had + 6.0).await;
    prometheus.start_again();
    until(port, count, had + 6.0).await;
    until_equal(here, port, "up{job=\"dicelab\"}").await;
    for lost in ["failed", "dropped"] {
        assert_eq!(number(here, &format!("sum(prometheus_remote_storage_samples_{lost}_total)")).await, Ok(0.0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lab_has_what_prometheus_scraped_of_it_and_sent_over_its_kill() {
    if !is_installed("prometheus") {
        return;
    }
    let arguments = ["lab", "--scrape-interval", "1s"];
    let lab = Lab::start(Scratch::new(), &arguments).await;
    let door = Forwarder::start(lab.number(Port::Metrics)).await;
    let (scratch, port) = (Scratch::new(), free_port());
    // The lab is its target, too, under another name than its own.
    let config = scratch.write(
        "sender.yml",
        &format!(
            "{QUICK}scrape_configs:\n- job_name: neighbour\n  static_configs: [{{targets: ['127.0.0.1:{0}']}}]\n\
             remote_write:\n- url: http://127.0.0.1:{0}/api/v1/write\n\
             \x20 queue_config: {{batch_send_deadline: 200ms, max_backoff: 1s}}\n",
            door.port
        ),
    );
    let _prometheus = Neighbour::start(
        "prometheus",
        vec![
            format!("--config.file={config}"),
            format!("--storage.tsdb.path={}", scratch.path().join("tsdb").display()),
            format!("--web.listen-address=127.0.0.1:{port}"),
            "--enable-feature=promql-at-modifier".to_owned(),
        ],
    );
    let up = "sum_over_time(up{job=\"neighbour\"}[1h])";
    until(door.port, up, 3.0).await;

    lab.signal(Signal::KILL);
    // A scrape that fails is a sample, too, and waits for the lab.
    let misses = "count_over_time(up{job=\"neighbour\"}[1h]) - sum_over_time(up{job=\"neighbour\"}[1h])";
    until(port, misses, 2.0).await;
    let lab = lab.again(&arguments).await;
    door.to.store(lab.number(Port::Metrics), Ordering::Relaxed);
    let before = number(port, up).await.expect("counted");
    until(port, up, before + 3.0).await;
    for selector in ["up{job=\"neighbour\"}", "scrape_samples_scraped{job=\"neighbour\"}"] {
        until_equal(port, door.port, selector).await;
    }
}

/// Debian's Alertmanager on a port, with a receiver that notifies nobody.
fn alertmanager(scratch: &Scratch, port: u16) -> Neighbour {
    let managed = scratch.write("alertmanager.yml", "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n");
    Neighbour::start(
        "prometheus-alertmanager",
        vec![
            format!("--config.file={managed}"),
            format!("--storage.path={}", scratch.path().join("alerts").display()),
            format!("--web.listen-address=127.0.0.1:{port}"),
            "--cluster.listen-address=".to_owned(),
        ],
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alertmanager_is_told_again_after_its_outage() {
    if !is_installed("prometheus-alertmanager") {
        return;
    }
    let (scratch, port) = (Scratch::new(), free_port());
    let rules = scratch.write(
        "rules.yml",
        "groups:\n- name: g\n  interval: 1s\n  rules:\n\
         \x20 - {alert: Told, expr: vector(7), labels: {severity: page}, annotations: {summary: 'is {{ $value }}'}}\n",
    );
    let config = scratch.write(
        "lab.yml",
        &format!(
            "global: {{evaluation_interval: 1s, external_labels: {{site: here}}}}\nrule_files: ['{rules}']\n\
             alerting: {{alertmanagers: [{{static_configs: [{{targets: ['127.0.0.1:{port}']}}]}}]}}\n"
        ),
    );
    // Nobody listens yet: the alert is not lost, because it comes again while it fires.
    let lab = Lab::start(Scratch::new(), &["lab", "--scrape-config", &config, "--scrape-interval", "1s"]).await;
    let here = lab.number(Port::Metrics);
    until(here, "sum(prometheus_notifications_errors_total)", 1.0).await;

    let mut start = 0;
    let mut manager = alertmanager(&scratch, port);
    loop {
        let alerts = eventually(|| async {
            let alerts = ask(port, "/api/v2/alerts", &[]).await?;
            if alerts[0]["labels"]["alertname"] == "Told" { Ok(alerts) } else { Err(alerts.to_string()) }
        })
        .await;
        assert_eq!(alerts[0]["labels"]["site"], "here", "{alerts}");
        assert_eq!(alerts[0]["annotations"]["summary"], "is 7", "{alerts}");
        assert!(alerts[0]["generatorURL"].as_str().is_some_and(|url| url.contains("vector")), "{alerts}");
        start += 1;
        if start == 2 {
            break;
        }
        // It keeps alerts in memory only, so the second one has it from the lab again.
        manager.kill();
        manager.start_again();
        // An alert that still fires is told again after a minute.
        let evaluated = "count_over_time(ALERTS{alertname=\"Told\"}[10m])";
        let so_far = number(here, evaluated).await.expect("evaluated");
        until(here, evaluated, so_far + 35.0).await;
    }
    let told = ask(here, "/api/v1/alertmanagers", &[]).await.expect("an answer");
    assert_eq!(told["data"]["activeAlertmanagers"][0]["url"], format!("http://127.0.0.1:{port}/api/v2/alerts"));
}

#[tokio::test(flavor = "multi_thread")]
async fn silences_are_kept_by_an_alertmanager_that_is_configured() {
    if !is_installed("prometheus-alertmanager") {
        return;
    }
    let (scratch, port) = (Scratch::new(), free_port());
    let rule = "{alert: Told, expr: vector(7), labels: {severity: page}}";
    let rules = scratch.write("rules.yml", &format!("groups: [{{name: g, interval: 1s, rules: [{rule}]}}]\n"));
    let targets = format!("[{{static_configs: [{{targets: ['127.0.0.1:{port}']}}]}}]");
    let config = format!("rule_files: ['{rules}']\nalerting: {{alertmanagers: {targets}}}\n");
    let config = scratch.write("lab.yml", &config);
    let lab = Lab::start(Scratch::new(), &["lab", "--in-memory", "--scrape-config", &config]).await;
    let api = "/api/alertmanager/grafana/api/v2";
    let silences = format!("{api}/silences");

    // Nobody listens yet, and nothing is kept elsewhere instead.
    let refused = lab.get(Port::Dashboards, &silences, &[]).await;
    let said = String::from_utf8_lossy(&refused.body).into_owned();
    assert!(refused.status == 502 && said.contains(&format!("127.0.0.1:{port}")), "{said}");

    let _manager = alertmanager(&scratch, port);
    let alerts = format!("{api}/alerts");
    let first = async |state: &'static str| {
        eventually(|| async {
            let reply = lab.get(Port::Dashboards, &alerts, &[]).await;
            let found: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
            if found[0]["status"]["state"] == state { Ok(found) } else { Err(found.to_string()) }
        })
        .await
    };
    assert_eq!(first("active").await[0]["receivers"][0]["name"], "nobody");

    let silence = serde_json::json!({
        "matchers": [{ "name": "alertname", "value": "Told", "isRegex": false, "isEqual": true }],
        "startsAt": "2020-01-01T00:00:00Z", "endsAt": "2099-01-01T00:00:00Z", "createdBy": "me", "comment": "quiet",
    });
    let (status, made) = lab.post(Port::Dashboards, &silences, &silence.to_string()).await;
    let id = made["silenceID"].as_str().unwrap_or_default().to_owned();
    assert!(status == 200 && !id.is_empty(), "{made}");
    let own = ask(port, "/api/v2/silences", &[]).await.expect("an answer");
    assert_eq!(lab.json(Port::Dashboards, &silences, &[]).await, own, "the lab shows the Alertmanager's list");
    assert_eq!((&own[0]["id"], &own[0]["comment"]), (&Value::from(&*id), &Value::from("quiet")));
    assert_eq!(first("suppressed").await[0]["status"]["silencedBy"][0], *id);
    let source = "/api/datasources/proxy/uid/alertmanager/api/v2/silences?filter=alertname%3D%22Other%22";
    assert_eq!(lab.json(Port::Dashboards, source, &[]).await, serde_json::json!([]));

    let one = format!("{api}/silence/{id}");
    assert_eq!(lab.steer(Port::Dashboards, &format!("DELETE {one}"), &[]).await.0, 200);
    assert_eq!(lab.json(Port::Dashboards, &one, &[]).await["status"]["state"], "expired");
    let wrong = lab.post(Port::Dashboards, &silences, r#"{"matchers": []}"#).await;
    assert!(wrong.0 >= 400 && wrong.1["message"].is_string(), "{wrong:?}");
    let health = lab.json(Port::Dashboards, "/api/datasources/uid/alertmanager/health", &[]).await;
    assert_eq!(health["status"], "OK");
    let known = lab.json(Port::Dashboards, "/api/alertmanager/alertmanager/config/api/v1/alerts", &[]).await;
    assert_eq!(known["alertmanager_config"]["route"]["receiver"], "nobody");
}
