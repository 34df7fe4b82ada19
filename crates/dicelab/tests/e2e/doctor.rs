//! `dicelab doctor`: a healthy lab passes, and each defect is named with what to do.

use dicelab::ports::Port;
use rustix::process::Signal;
use serde_json::Value;

use crate::harness::{Lab, free_offset, run, send, stderr};

/// The exit code and the output of `dicelab doctor` for the lab at this offset.
fn doctor(offset: &str, more: &[&str]) -> (Option<i32>, String) {
    let output = run(&[&["doctor", "--port-offset", offset], more].concat());
    assert!(output.stderr.is_empty(), "{}", stderr(&output));
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_lab_passes_and_each_defect_is_named() {
    let lab = Lab::up(&["--scrape-interval", "2s"]).await;
    let offset = (lab.number(Port::Frontend) - Port::Frontend.number()).to_string();

    let (code, text) = doctor(&offset, &[]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("\nevery hop of every signal is good\n") && !text.contains(['✗', '·', '\x1b']), "{text}");
    let (_, text) = doctor(&offset, &["--format", "json"]);
    let json: Value = serde_json::from_str(&text).expect("JSON alone on stdout");
    let names: Vec<_> = json["paths"].as_array().expect("a list").iter().map(|path| path["name"].clone()).collect();
    assert_eq!(names, ["services", "metrics", "logs", "traces", "page"]);

    // The metrics server and the page are looked for at wrong addresses.
    let wrong = format!("http://127.0.0.1:{}", lab.number(Port::Logs));
    let (code, text) = doctor(&offset, &["--prometheus-url", "http://127.0.0.1:1", "--grafana-url", &wrong]);
    assert_eq!(code, Some(1), "{text}");
    for part in [
        "✗ metrics, at \"scraped\": nothing listens at http://127.0.0.1:1\n",
        "✗ page, at \"listening\": http://127.0.0.1:",
        "→ something other than the page listens there: is --grafana-url",
        "· stored       not looked at",
    ] {
        assert!(text.contains(part), "{part:?} is missing in\n{text}");
    }

    // The OTLP receiver does not answer.
    assert_eq!(lab.post(Port::Collector, "/api/v0/faults", "stall-backend").await.0, 200);
    let (code, text) = doctor(&offset, &[]);
    assert_eq!(lab.steer(Port::Collector, "DELETE /api/v0/faults", &[]).await.0, 200);
    assert_eq!(code, Some(1), "{text}");
    let number = lab.number(Port::OtlpHttp);
    let stalls = format!("✗ received     the lab's OTLP receiver accepts connections on {number} and does not");
    for part in [stalls.as_str(), "→ the fault stall-backend=on is on: `curl -X DELETE"] {
        assert!(text.contains(part), "{part:?} is missing in\n{text}");
    }

    // A service that hangs is named once, and the paths of the other services are still walked.
    let processes = lab.processes().await;
    let (_, pid) = processes.iter().find(|(name, _)| name == "die-service-stage4").expect("runs").clone();
    send(pid, Signal::STOP);
    let (code, text) = doctor(&offset, &[]);
    send(pid, Signal::CONT);
    assert_eq!(code, Some(1), "{text}");
    let number = lab.number(Port::DieService);
    let hangs = format!("✗ listening    die-service listens on {number} and does not answer within 5s (running)");
    assert!(text.contains(&hangs), "{hangs:?} is missing in\n{text}");
    assert_eq!(text.matches("\n✗ ").count(), 1, "{text}");
}

#[test]
fn doctor_says_when_nothing_listens_at_all() {
    let offset = free_offset();
    let (code, text) = doctor(&offset.to_string(), &[]);
    assert_eq!(code, Some(1));
    let ports =
        format!("✗ nothing answers on {}, {}", Port::Frontend.number() + offset, Port::DiceRoller.number() + offset);
    assert!(text.starts_with(&ports) && text.contains("is the lab up?") && text.contains("make up"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_target_and_spans_that_go_nowhere_are_named() {
    let scratch = crate::harness::Scratch::new();
    let config = "scrape_configs: [{job_name: frontend-stage4, static_configs: [{targets: ['127.0.0.1:1']}]}]\n";
    let config = scratch.write("scrape.yml", config);
    let up =
        ["up", "--no-traffic", "--max-delay", "0", "--scrape-config", &config, "--otlp-endpoint", "http://127.0.0.1:1"];
    let lab = Lab::start(scratch, &up).await;
    let offset = (lab.number(Port::Frontend) - Port::Frontend.number()).to_string();
    let (code, text) = doctor(&offset, &[]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("✗ scraped      frontend-stage4 is down: Get \"http://127.0.0.1:1/metrics\""), "{text}");
    assert!(text.contains("✗ traces, at \"created\""), "{text}");
    assert!(text.contains("--otlp-endpoint"), "{text}");
    assert!(text.contains("✓ joined"), "the path of the logs is not affected: {text}");
}
