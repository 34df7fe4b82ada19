//! A secret at every place of every configuration, and every answer and the terminal searched for it.

use dicelab::ports::Port;

use super::ROUTES;
use crate::harness::{Lab, Scratch, dicelab, stderr};

/// Part of every planted secret.
const SECRET: &str = "hunter";
/// Routes that show configurations, targets, errors or pages, besides those of [`ROUTES`].
const SHOWN: [(Port, &str); 12] = [
    (Port::Metrics, "GET /api/v1/targets"),
    (Port::Metrics, "GET /api/v1/targets?state=any&scrapePool=a"),
    (Port::Metrics, "GET /api/v1/status/flags"),
    (Port::Metrics, "GET /api/v1/status/runtimeinfo"),
    (Port::Metrics, "GET /api/v1/rules"),
    (Port::Metrics, "GET /api/v1/alerts"),
    (Port::Metrics, "GET /api/v1/series?match[]=up"),
    (Port::Metrics, "GET /api/v1/query?query=up"),
    (Port::Metrics, "GET /metrics"),
    (Port::Metrics, "GET /federate?match[]=up"),
    (Port::Dashboards, "GET /api/datasources/proxy/uid/prometheus/api/v1/status/config"),
    (Port::Dashboards, "GET /api/datasources/proxy/uid/prometheus/api/v1/targets"),
];

/// A scrape configuration with a secret wherever one may stand, and in places where none should.
const CONFIG: &str = "
# hunter in a comment
global: {scrape_interval: 1s, scrape_timeout: 1s}
rule_files: [rules.yml]
alerting: {alertmanagers: [{basic_auth: {username: me, password: hunter1}, static_configs: [{targets: ['a:1']}]}]}
remote_write: [{url: 'http://me:hunter2@127.0.0.1:1/write', bearer_token: hunter3, headers: {X-Token: hunter4}}]
scrape_configs:
- job_name: a
  basic_auth: {username: me, password: hunter5}
  params: {token: [hunter6, hunter7], api_key: [hunter8], module: [http]}
  proxy_url: http://me:hunter9@127.0.0.1:1
  http_headers: {X-Api-Key: {secrets: [hunter10]}}
  static_configs: [{targets: ['127.0.0.1:1', 'me:hunter11@127.0.0.1:1']}]
- job_name: b
  oauth2: {client_id: id, client_secret: hunter14, token_url: 'http://me:hunter15@127.0.0.1:1'}
  static_configs: [{targets: ['127.0.0.1:1'], labels: {__param_password: hunter16}}]
  relabel_configs: [{target_label: __param_sig, replacement: hunter17}]
- job_name: d
  authorization: {type: Bearer, credentials: hunter13}
  static_configs: [{targets: ['127.0.0.1:1']}]
- job_name: c
  bearer_token: hunter18
  file_sd_configs: [{files: [targets.json]}]
  consul_sd_configs: [{server: 'me:hunter19@127.0.0.1:1', token: hunter20}]
";
const RULES: &str = "groups: [{name: g, rules: [{record: a:b, expr: up}]}]";

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_and_no_line_on_the_terminal_shows_a_secret() {
    let scratch = Scratch::new();
    let config = scratch.write("prometheus.yml", CONFIG);
    scratch.write("rules.yml", RULES);
    scratch.write("targets.json", "[{\"targets\": [\"me:hunter21@127.0.0.1:1\"]}]");
    let lab = Lab::start(scratch, &["lab", "--in-memory", "--scrape-config", &config]).await;
    let targets = async || lab.json(Port::Metrics, "/api/v1/targets", &[]).await["data"]["activeTargets"].to_string();
    lab_testkit::eventually::eventually(|| async {
        let shown = targets().await;
        if shown.contains("Get \\\"http://127.0.0.1:1/metrics?") { Ok(()) } else { Err(shown) }
    })
    .await;
    let own = ROUTES.iter().filter(|(port, request)| Port::LAB.contains(port) && request.starts_with("GET"));
    for (port, request) in own.chain(&SHOWN) {
        let (status, body) = lab.send(*port, request, &[], "").await;
        assert!(!body.contains(SECRET), "{request}: {status} {body}");
    }
    // A file that has become bad is said without what stands in it.
    for bad in [
        "scrape_configs: [{job_name: a, basic_auth: hunter22}]",
        "scrape_configs: [{job_name: a, authorization: [hunter23]}]",
        "scrape_configs: hunter24",
        "scrape_configs: [{job_name: a, static_configs: [{targets: ['http://me:hunter12@127.0.0.1:1']}]}]",
        "scrape_configs: [{job_name: a, basic_auth: {username: me, password: [hunter25]}}]",
    ] {
        lab.scratch.write("prometheus.yml", bad);
        let (status, body) = lab.send(Port::Metrics, "POST /-/reload", &[], "").await;
        assert!(status == 500 && !body.contains(SECRET), "{bad}: {status} {body}");
        let output = dicelab(&["lab", "--in-memory", "--scrape-config", &config]).output().expect("ended");
        assert!(!output.status.success() && !stderr(&output).contains(SECRET), "{}", stderr(&output));
    }
    let shown = stderr(&dicelab(&["config", "--otlp-endpoint", "http://me:hunter26@host"]).output().expect("ended"));
    assert!(shown.contains("--otlp-endpoint") && !shown.contains(SECRET), "{shown}");
    assert!(!lab.stderr().contains(SECRET), "{}", lab.stderr());
}
