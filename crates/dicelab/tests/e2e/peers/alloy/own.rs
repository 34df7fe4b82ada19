//! A configuration of ours: OTLP to each port of a lab, native histograms by both versions of remote write, and a file of lines.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use dicelab::ports::Port;
use lab_testkit::eventually::eventually;
use lab_testkit::peers::program::Program;
use lab_testkit::peers::running::{Place, free_port};
use rustix::process::Signal;
use serde_json::json;

use crate::harness::{Lab, Scratch, run, stderr};
use crate::peers::alloy::items::{lines, send, until_arrived};
use crate::peers::alloy::process::Alloy;
use crate::peers::ask::{lost, now, values};
use crate::peers::prometheus::compare::result;

/// The ports, the targets and the file are filled in.
const CONFIG: &str = r#"
otelcol.receiver.otlp "in" {
  http { endpoint = "127.0.0.1:$HTTP" }
  output {
    metrics = [otelcol.exporter.otlphttp.metrics.input]
    logs    = [otelcol.exporter.otlphttp.logs.input]
    traces  = [otelcol.exporter.otlp.traces.input]
  }
}
otelcol.exporter.otlphttp "metrics" {
  client { endpoint = "http://localhost:$METRICS/api/v1/otlp" }
}
otelcol.exporter.otlphttp "logs" {
  client { endpoint = "http://localhost:$LOGS/otlp" }
}
otelcol.exporter.otlp "traces" {
  client {
    endpoint = "localhost:$TRACES"
    tls { insecure = true }
  }
}
prometheus.scrape "dice" {
  targets                   = [$TARGETS]
  forward_to                = [prometheus.remote_write.one.receiver, prometheus.remote_write.two.receiver]
  job_name                  = "dice"
  scrape_interval           = "1s"
  scrape_timeout            = "1s"
  scrape_native_histograms  = true
  scrape_classic_histograms = true
}
prometheus.remote_write "one" {
  external_labels = { via = "v1" }
  endpoint {
    url                    = "http://localhost:$METRICS/api/v1/write"
    send_native_histograms = true
    queue_config { batch_send_deadline = "200ms" }
  }
}
prometheus.remote_write "two" {
  external_labels = { via = "v2" }
  endpoint {
    url                    = "http://localhost:$METRICS/api/v1/write"
    protobuf_message       = "io.prometheus.write.v2.Request"
    send_native_histograms = true
    queue_config { batch_send_deadline = "200ms" }
  }
}
local.file_match "lines" {
  path_targets = [{ __path__ = "$FILE", app = "filed" }]
  sync_period  = "1s"
}
loki.source.file "lines" {
  targets    = local.file_match.lines.targets
  forward_to = [loki.process.lines.receiver]
}
loki.process "lines" {
  forward_to = [loki.write.lab.receiver]
  stage.json { expressions = { at = "" } }
  stage.timestamp {
    source                        = "at"
    format                        = "RFC3339Nano"
    action_on_duplicate_timestamp = "keep"
  }
}
loki.write "lab" {
  endpoint {
    url        = "http://localhost:$LOGS/loki/api/v1/push"
    batch_wait = "200ms"
  }
}
"#;

/// How many lines are written to the file in a round.
const LINES: usize = 40;

/// A file to which lines are added.
struct File {
    path: PathBuf,
    written: Vec<String>,
}

impl File {
    fn write(&mut self, round: usize) {
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(&self.path).expect("a file");
        for n in 0..LINES {
            let now = chrono::DateTime::<chrono::Utc>::from(SystemTime::now());
            let line = json!({"at": now.to_rfc3339(), "text": format!("line {n} of round {round}")}).to_string();
            writeln!(file, "{line}").expect("written");
            self.written.push(line);
        }
    }

    /// Waits until a lab has each line once.
    async fn until_read(&self, lab: &Lab, alloy: &Alloy) {
        let mut wanted = self.written.clone();
        wanted.sort();
        eventually(|| async {
            let found = lines(lab, "{app=\"filed\"}").await;
            if found == wanted {
                return Ok(());
            }
            Err(format!("{} lines instead of {}\n{}", found.len(), wanted.len(), alloy.log()))
        })
        .await;
    }
}

fn config(services: &Lab, lab: &Lab, http: u16, file: &Path) -> String {
    let targets: Vec<String> = Port::SERVICES
        .iter()
        .map(|port| format!("{{ __address__ = \"localhost:{}\" }}", services.number(*port)))
        .collect();
    CONFIG
        .replace("$TARGETS", &targets.join(", "))
        .replace("$HTTP", &http.to_string())
        .replace("$METRICS", &lab.number(Port::Metrics).to_string())
        .replace("$LOGS", &lab.number(Port::Logs).to_string())
        .replace("$TRACES", &lab.number(Port::OtlpGrpc).to_string())
        .replace("$FILE", &file.display().to_string())
}

/// Rolls dice; answers how many requests that were.
async fn roll(services: &Lab) -> f64 {
    for _ in 0..15 {
        services.get(Port::Frontend, "/roll", &[("die", "fair")]).await;
        services.get(Port::Frontend, "/roll-async", &[("die", "fair"), ("times", "4")]).await;
    }
    30.0
}

/// Waits until both versions of remote write have brought what the frontend has counted, natively and in buckets.
async fn until_counted(lab: &Lab, alloy: &Alloy, requests: f64) {
    for via in ["v1", "v2"] {
        let of = format!("{{via=\"{via}\", handler=~\"/roll.*\", method=\"GET\"}}");
        let frontend = format!("and on (instance) frontend_requests_total{{via=\"{via}\"}}");
        let native = format!("histogram_count(http_request_duration_seconds{of})");
        for counted in [native, format!("http_request_duration_seconds_count{of}")] {
            let query = format!("sum({counted} {frontend})");
            eventually(|| async {
                let found = values(lab, &query).await;
                let log = alloy.log();
                if found == [requests] {
                    Ok(())
                } else {
                    Err(format!("{query}: {found:?} instead of {requests}\n{log}"))
                }
            })
            .await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn alloy_delivers_every_signal_once_in_every_way() {
    let Some(program) = Program::find("alloy") else { return };
    let services = Lab::up(&[]).await;
    let mut lab = Lab::start(Scratch::new(), &["lab"]).await;
    let (place, http) = (Place::new("alloy"), free_port());
    let mut file = File { path: place.path().join("lines.log"), written: Vec::new() };
    file.write(0);
    let config = config(&services, &lab, http, &file.path);
    let alloy = Alloy::start(program, place, &config).await;
    send(http, 0).await;
    file.write(1);
    let mut requests = roll(&services).await;
    until_arrived(&lab, 1, || alloy.log()).await;
    file.until_read(&lab, &alloy).await;
    until_counted(&lab, &alloy, requests).await;

    file.write(2);
    let killed = now();
    alloy.kill();
    file.write(3);
    requests += roll(&services).await;
    alloy.start_again().await;
    send(http, 1).await;
    until_arrived(&lab, 2, || alloy.log()).await;
    file.until_read(&lab, &alloy).await;
    until_counted(&lab, &alloy, requests).await;

    lab.signal(Signal::KILL);
    send(http, 2).await;
    file.write(4);
    requests += roll(&services).await;
    lab = lab.again_there(&["lab"]).await;
    until_arrived(&lab, 3, || alloy.log()).await;
    file.until_read(&lab, &alloy).await;
    until_counted(&lab, &alloy, requests).await;

    same_samples(&lab, killed).await;
    for kind in ["samples", "histograms"] {
        for fate in ["failed", "dropped"] {
            let name = format!("prometheus_remote_storage_{kind}_{fate}_total");
            assert_eq!(alloy.own(&name).await, 0.0, "{name}\n{}", alloy.log());
        }
        assert!(alloy.own(&format!("prometheus_remote_storage_{kind}_total")).await > 0.0, "no {kind} were sent");
    }
    assert_eq!(lost(&lab).await, Vec::<String>::new(), "{}", alloy.log());
    doctor_knows(&services, &alloy);
}

/// The doctor is told that an Alloy collects what the services say, and says how that is.
fn doctor_knows(services: &Lab, alloy: &Alloy) {
    let collector = format!("http://127.0.0.1:{}", alloy.port);
    let output = run(&["doctor", "--port-offset", &services.offset().to_string(), "--collector-url", &collector]);
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), stderr(&output));
    // Its lines are as wide as a terminal.
    let in_one_line = said.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in ["is ready, has sent", "is ready, has received"] {
        assert!(in_one_line.contains(words), "{words:?} is missing in\n{said}");
    }
}

/// Both versions have brought the same samples, of numbers and of histograms, at the same times. What was scraped in the seconds before
/// Alloy was killed may not have been sent; Alloy does not send it after its start.
async fn same_samples(lab: &Lab, killed: f64) {
    eventually(|| async {
        let until = now() - 3.0;
        let mut brought = Vec::new();
        for via in ["v1", "v2"] {
            let query = format!("{{__name__=~\".+\", via=\"{via}\", job=\"dice\"}}[1h]");
            let answer =
                lab.json(Port::Metrics, "/api/v1/query", &[("query", &query), ("time", &until.to_string())]).await;
            let mut series = result(&answer);
            for kind in ["values", "histograms"] {
                for samples in series.iter_mut().filter_map(|one| one[kind].as_array_mut()) {
                    samples.retain(|sample| sample[0].as_f64().is_some_and(|at| (at - killed + 1.5).abs() > 1.5));
                }
            }
            brought.push(series);
        }
        let all = brought[0].len() > 200 && brought[0].iter().any(|one| one["histograms"].is_array());
        if all && brought[0] == brought[1] {
            Ok(())
        } else {
            Err(format!("{} and {} series", brought[0].len(), brought[1].len()))
        }
    })
    .await;
}
