//! The files of `deploy/` with the programs that they are for: Prometheus scrapes the services by them while traffic runs that no lab
//! has started, and `dicelab verify` holds that traffic by its control address and finds every reconciliation good. Lines and traces are
//! the lab's here.

use std::path::Path;

use dicelab::ports::Port;
use lab_testkit::peers::program::Program;
use lab_testkit::peers::running::{Place, Running, free_port};
use serde_json::Value;

use crate::harness::{Lab, Scratch, run, stderr};
use crate::verify::{Generator, is_reconciled};

/// `deploy/prometheus` in this directory, with the services of a lab as its targets.
fn configure(place: &Place, lab: &Lab) -> String {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/prometheus");
    let read =
        |path: &Path| std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    for folder in ["rules", "targets"] {
        std::fs::create_dir_all(place.path().join(folder)).expect("a directory");
    }
    for entry in std::fs::read_dir(from.join("rules")).expect("rules") {
        let path = entry.expect("a file").path();
        if path.extension().is_some_and(|end| end == "yml") {
            let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
            place.write(&format!("rules/{name}"), &read(&path));
        }
    }
    let target = |port: Port| {
        format!("- targets: ['localhost:{}']\n  labels: {{job: {}-stage4}}\n", lab.number(port), port.what())
    };
    place.write("targets/lab.yml", &Port::SERVICES.map(target).concat());
    place.write("prometheus.yml", &read(&from.join("prometheus.yml")))
}

#[tokio::test(flavor = "multi_thread")]
async fn prometheus_by_the_files_of_deploy_is_verified_while_traffic_runs() {
    let Some(program) = Program::find("prometheus") else { return };
    let lab = Lab::start(Scratch::new(), &["up", "--no-traffic", "--in-memory"]).await;
    let (place, port) = (Place::new("stack"), free_port());
    let config = configure(&place, &lab);
    let arguments = [
        format!("--config.file={config}"),
        "--storage.tsdb.path=data".to_owned(),
        "--enable-feature=exemplar-storage".to_owned(),
        format!("--web.listen-address=127.0.0.1:{port}"),
    ];
    let prometheus = Running::start(&program, place, arguments);
    let url = format!("http://127.0.0.1:{port}");
    prometheus.until_ready(&format!("{url}/-/ready")).await;
    let generator = Generator::start(&lab);
    let offset = lab.offset().to_string();
    let words = ["--port-offset", &offset, "--prometheus-url", &url, "--traffic-url", &generator.control];
    let arguments: Vec<String> =
        ["verify", "--format", "json"].iter().chain(&words).map(|word| (*word).to_owned()).collect();
    let judge = move || run(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let output = tokio::task::spawn_blocking(judge).await.expect("ran");
    let report: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("no report: {}", stderr(&output)));
    is_reconciled(&report);
}
