//! Ends of all kinds: of a service, of the lab, orderly and not.

use std::time::{Duration, Instant};

use dicelab::ports::Port;
use lab_testkit::eventually::eventually;
use rustix::process::Signal;

use crate::harness::{Lab, Scratch, gone, send};

#[tokio::test]
async fn a_killed_service_returns_and_the_page_says_so() {
    let lab = Lab::up(&[]).await;
    let processes = lab.processes().await;
    let (_, pid) = processes.iter().find(|(name, _)| name == "dice-roller-stage4").expect("runs").clone();
    send(pid, Signal::KILL);
    let status = eventually(|| async {
        let status = lab.status().await;
        let roller =
            status["processes"].as_array().expect("a list").iter().find(|one| one["name"] == "dice-roller-stage4");
        let roller = roller.expect("listed").clone();
        if roller["restarts"] == 1 && roller["state"] == "running" { Ok(roller) } else { Err(roller.to_string()) }
    })
    .await;
    assert_eq!(status["last_exit"], "killed by signal 9");
    assert_ne!(status["pid"].as_u64(), Some(u64::from(pid)));
    eventually(|| async {
        let reply = lab.get(Port::Frontend, "/roll", &[("die", "fair")]).await;
        if reply.status.is_success() { Ok(()) } else { Err(format!("{}", reply.status)) }
    })
    .await;
}

#[tokio::test]
async fn without_a_lab_the_services_run_and_nothing_else_listens() {
    let mut lab = Lab::up(&["--no-lab"]).await;
    let reply = lab.get(Port::Frontend, "/roll", &[("die", "fair")]).await;
    assert_eq!(reply.status.as_u16(), 200);
    for port in Port::LAB {
        std::net::TcpListener::bind(("127.0.0.1", lab.number(port)))
            .unwrap_or_else(|error| panic!("{port:?}: {error}"));
    }
    assert!(!lab.scratch.path().join("data").exists(), "no store was opened");
    lab.signal(Signal::TERM);
    assert_eq!(lab.ended().await.code(), Some(0), "{}", lab.stderr());
    lab.ports_are_free().expect("all ports");
}

#[tokio::test]
async fn sigterm_ends_everything_within_five_seconds_and_loses_nothing() {
    let arguments = ["up", "--no-traffic", "--max-delay", "0", "--scrape-interval", "1h"];
    let mut lab = Lab::start(Scratch::new(), &arguments).await;
    let processes = lab.processes().await;
    assert_eq!(processes.len(), 3);
    for _ in 0..20 {
        let reply = lab.get(Port::Frontend, "/roll-async", &[("die", "fair"), ("times", "3")]).await;
        assert_eq!(reply.status.as_u16(), 200);
    }
    let asked = Instant::now();
    lab.signal(Signal::TERM);
    let status = lab.ended().await;
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    assert_eq!(status.code(), Some(0), "{}", lab.stderr());
    for (name, pid) in &processes {
        assert!(gone(*pid), "{name} lives");
    }
    lab.ports_are_free().expect("all ports");

    // Nothing was scraped in time but at the end; nothing was flushed by the services but at the end.
    let lab = lab.again(&["up", "--no-traffic", "--max-delay", "0", "--scrape-interval", "1h"]).await;
    let rolls = lab.promql("sum(last_over_time(async_rolls_total{result=\"success\"}[1h]))").await;
    assert_eq!(rolls, 60.0);
    let completed = "{container_name=\"dice-roller-stage4\"} |= \"Async roll completed\"";
    let parameters = [("query", completed), ("limit", "1000"), ("since", "1h")];
    let body = lab.json(Port::Logs, "/loki/api/v1/query_range", &parameters).await;
    let streams = body["data"]["result"].as_array().expect("streams");
    let lines: usize = streams.iter().map(|stream| stream["values"].as_array().map_or(0, Vec::len)).sum();
    assert_eq!(lines, 60);
    let q = "{ resource.service.name = \"frontend\" && kind = server }";
    let body = lab.json(Port::Traces, "/api/search", &[("q", q), ("limit", "100")]).await;
    assert_eq!(body["traces"].as_array().map(Vec::len), Some(20));
}

#[tokio::test]
async fn a_request_ends_the_lab_and_repeated_it_kills_nothing() {
    let mut lab = Lab::up(&[]).await;
    // A service that stands still keeps the lab from ending before it is asked again.
    let (_, still) = lab.processes().await.iter().find(|(name, _)| name == "dice-roller-stage4").expect("runs").clone();
    send(still, Signal::STOP);
    let ask = || lab.send(Port::Metrics, "POST /-/quit", &[], "");
    let answer = (200, "Requesting termination... Goodbye!".to_owned());
    assert_eq!(ask().await, answer);
    eventually(|| async { if lab.stderr().contains("SIGTERM: stopping") { Ok(()) } else { Err(lab.stderr()) } }).await;
    for _ in 0..3 {
        assert_eq!(ask().await, answer);
    }
    send(still, Signal::CONT);
    assert_eq!(lab.ended().await.code(), Some(0), "{}", lab.stderr());
    assert!(!lab.stderr().contains("a second signal"), "{}", lab.stderr());
    lab.ports_are_free().expect("all ports");
}

#[tokio::test]
async fn a_lab_killed_outright_leaves_no_child_and_its_data_open_again() {
    let mut lab = Lab::up(&["--scrape-interval", "200ms"]).await;
    let processes = lab.processes().await;
    let reply = lab.get(Port::Frontend, "/roll", &[("die", "fair")]).await;
    assert_eq!(reply.status.as_u16(), 200);
    // Until all three signals are on disk; the last second may be lost.
    let lines_on_disk = || async {
        let status = lab.status().await;
        let stored = status["signals"].as_array().expect("three").iter().all(|signal| signal["oldest_ms"].is_i64());
        if stored { Ok(()) } else { Err(status["signals"].to_string()) }
    };
    eventually(lines_on_disk).await;
    lab.signal(Signal::KILL);
    lab.ended().await;
    for (name, pid) in processes {
        eventually(|| async { if gone(pid) { Ok(()) } else { Err(format!("{name} lives")) } }).await;
    }
    eventually(|| async { lab.ports_are_free() }).await;

    let lab = lab.again(&["up", "--no-traffic", "--max-delay", "0"]).await;
    let lines = lab.json(Port::Logs, "/loki/api/v1/label/container_name/values", &[("since", "1h")]).await;
    assert!(lines["data"].as_array().is_some_and(|values| values.len() >= 3), "{lines}");
    assert!(lab.promql("count(last_over_time(up[1h]))").await >= 3.0);
}

#[tokio::test]
async fn traffic_is_stopped_with_the_rest() {
    let mut lab = Lab::start(Scratch::new(), &["up", "--max-delay", "100ms"]).await;
    eventually(|| async {
        let requests = lab.counter(Port::Frontend, "frontend_requests_total", &["status=\"received\""]).await;
        if requests > 0.0 { Ok(()) } else { Err("no traffic yet") }
    })
    .await;
    let processes = lab.processes().await;
    assert_eq!(processes.len(), 4, "{processes:?}");
    let asked = Instant::now();
    lab.signal(Signal::INT);
    assert_eq!(lab.ended().await.code(), Some(0), "{}", lab.stderr());
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    for (name, pid) in processes {
        assert!(gone(pid), "{name} lives");
    }
}

#[tokio::test]
async fn a_lab_alone_takes_telemetry_and_ends() {
    let mut lab = Lab::start(Scratch::new(), &["lab", "--in-memory"]).await;
    assert!(lab.processes().await.is_empty());
    assert_eq!(lab.get(Port::Metrics, "/-/ready", &[]).await.status.as_u16(), 200);
    assert!(!lab.scratch.path().join("data").exists(), "nothing is written to disk");
    lab.signal(Signal::TERM);
    assert_eq!(lab.ended().await.code(), Some(0), "{}", lab.stderr());
}
