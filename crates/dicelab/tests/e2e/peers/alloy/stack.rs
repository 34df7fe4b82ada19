//! The configuration of `deploy/alloy`, to the letter but for addresses: containers of a Docker, OTLP, and the stores' own metrics.

use std::collections::BTreeMap;
use std::time::SystemTime;

use dicelab::ports::Port;
use lab_testkit::eventually::eventually;
use lab_testkit::peers::program::Program;
use lab_testkit::peers::running::{Place, free_port};
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::harness::{Lab, Scratch};
use crate::peers::alloy::docker::Docker;
use crate::peers::alloy::items::{lines, send, until_arrived};
use crate::peers::alloy::process::Alloy;
use crate::peers::ask::{lost, until};

const CONFIG: &str = include_str!("../../../../../../deploy/alloy/config.alloy");

/// The containers; the last one is of another project, whose lines are not collected.
const CONTAINERS: [(&str, &str, &str); 5] = [
    ("stage4", "die-service", "die-service-stage4"),
    ("stage4", "dice-roller", "dice-roller-stage4"),
    ("stage4", "frontend", "frontend-stage4"),
    ("stage4", "loki", "loki"),
    ("other", "frontend", "frontend-other"),
];
/// How many lines each container writes in a round.
const LINES: usize = 30;

/// The configuration with the addresses of a Docker and a lab in the place of the stack's.
fn config(docker: &Docker, lab: &Lab, http: u16) -> String {
    let at = |port: Port| format!("127.0.0.1:{}", lab.number(port));
    let addresses = [
        ("unix:///var/run/docker.sock", format!("tcp://127.0.0.1:{}", docker.port)),
        ("0.0.0.0:4317", format!("127.0.0.1:{}", free_port())),
        ("0.0.0.0:4318", format!("127.0.0.1:{http}")),
        ("tempo:4317", at(Port::OtlpGrpc)),
        ("loki:3100", at(Port::Logs)),
        ("prometheus:9090", at(Port::Metrics)),
        ("tempo:3200", at(Port::Traces)),
        ("grafana:3000", at(Port::Dashboards)),
    ];
    addresses.into_iter().fold(CONFIG.to_owned(), |config, (there, here)| {
        assert!(config.contains(there), "{there} stands in deploy/alloy no more");
        config.replace(there, &here)
    })
}

/// The lines that were written, by container.
type Written = BTreeMap<&'static str, Vec<String>>;

/// Each container writes lines as a service does, the last but one as Loki does.
fn write(docker: &Docker, round: usize, written: &mut Written) {
    for (_, service, name) in CONTAINERS {
        for n in 0..LINES {
            let now = chrono::DateTime::<chrono::Utc>::from(SystemTime::now());
            let line = if service == "loki" {
                format!("level=info msg=\"line {n} of round {round}\"")
            } else {
                let level = if n % 10 == 0 { "ERROR" } else { "INFO" };
                json!({"timestamp": now.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string(), "level": level, "service": service,
                    "message": format!("line {n} of round {round}"), "trace_id": format!("{:032x}", n + 1)})
                .to_string()
            };
            docker.write(name, line.clone());
            written.entry(name).or_default().push(line);
        }
    }
}

/// Waits until a lab has each of these lines once, and no other.
async fn until_collected(lab: &Lab, alloy: &Alloy, written: &Written) {
    for (name, wanted) in written {
        let mut wanted = if name.ends_with("other") { Vec::new() } else { wanted.clone() };
        wanted.sort();
        eventually(|| async {
            let found = lines(lab, &format!("{{container_name=\"{name}\"}}")).await;
            if found == wanted {
                return Ok(());
            }
            Err(format!("{name}: {} lines instead of {}\n{}", found.len(), wanted.len(), alloy.log()))
        })
        .await;
    }
}

/// The labels and the structured metadata of the first line of a container.
async fn labels(lab: &Lab, name: &str) -> Value {
    let query = format!("{{container_name=\"{name}\"}} |= \"line 0 of round 0\"");
    let answer = lab.json(Port::Logs, "/loki/api/v1/query_range", &[("query", &query), ("since", "1h")]).await;
    answer["data"]["result"][0]["stream"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn alloy_collects_a_stack_into_a_lab_and_each_line_once() {
    let Some(program) = Program::find("alloy") else { return };
    let mut lab = Lab::start(Scratch::new(), &["lab"]).await;
    let docker = Docker::start(&CONTAINERS).await;
    let http = free_port();
    let mut written = Written::new();
    write(&docker, 0, &mut written);
    let alloy = Alloy::start(program, Place::new("alloy"), &config(&docker, &lab, http)).await;
    send(http, 0).await;
    write(&docker, 1, &mut written);
    until_arrived(&lab, 1, || alloy.log()).await;
    until_collected(&lab, &alloy, &written).await;

    // Alloy is killed while lines come, and others are written before it runs again.
    write(&docker, 2, &mut written);
    alloy.kill();
    write(&docker, 3, &mut written);
    alloy.start_again().await;
    send(http, 1).await;
    write(&docker, 4, &mut written);
    until_arrived(&lab, 2, || alloy.log()).await;
    until_collected(&lab, &alloy, &written).await;

    // The lab is killed, and what comes meanwhile waits in Alloy.
    lab.signal(Signal::KILL);
    send(http, 2).await;
    write(&docker, 5, &mut written);
    lab = lab.again_there(&["lab"]).await;
    send(http, 3).await;
    write(&docker, 6, &mut written);
    until_arrived(&lab, 4, || alloy.log()).await;
    until_collected(&lab, &alloy, &written).await;

    let of_service = labels(&lab, "frontend-stage4").await;
    let wanted =
        [("compose_project", "stage4"), ("compose_service", "frontend"), ("job", "frontend"), ("level", "ERROR")];
    for (name, value) in wanted.into_iter().chain([("trace_id", "00000000000000000000000000000001")]) {
        assert_eq!(of_service[name], value, "{of_service}");
    }
    // Its own counters and those of the stores are scraped every 15 seconds.
    for job in ["alloy", "prometheus", "loki", "tempo", "grafana"] {
        until(&lab, &format!("count(up{{job=\"{job}\"}} == 1)"), 1.0).await;
    }
    assert_eq!(alloy.own("loki_write_dropped_entries_total").await, 0.0, "{}", alloy.log());
    assert_eq!(lost(&lab).await, Vec::<String>::new(), "{}", alloy.log());
}
