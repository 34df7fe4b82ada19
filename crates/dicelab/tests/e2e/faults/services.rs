//! Faults of the services themselves: serial rolls, slowness, crashes.

use dicelab::ports::Port;
use lab_testkit::eventually::eventually;

use super::{QUICK, verified, with_faults, with_options};
use crate::harness::{Lab, Scratch};

#[tokio::test]
async fn serial_rolls_are_found() {
    let report = with_options(&["--max-delay=120ms"], &["blocking"]).await;
    report.blames("concurrency/verdict", &["one after another"]);
}

#[tokio::test]
async fn a_slow_service_is_named() {
    let report = with_faults(&["slow=dice-roller:400ms"]).await;
    report.blames("traces/own-time", &["slow: dice-roller"]);
}

#[tokio::test]
async fn a_service_that_crashes_is_named() {
    let options = [&QUICK[..], &["--max-delay=0", "--fault=crash=dice-roller:4s"]].concat();
    let lab = Lab::start(Scratch::new(), &options).await;
    eventually(|| async {
        let status = lab.json(Port::Collector, "/api/v0/status", &[]).await;
        let processes = status["processes"].as_array().expect("processes");
        let crashed =
            processes.iter().any(|process| process["name"] == "dice-roller-stage4" && process["last_exit"].is_string());
        if crashed { Ok(()) } else { Err(format!("none has crashed: {processes:?}")) }
    })
    .await;
    // When verify looks, the service may be down or already running again.
    verified(&lab).await.blames("loss/lab-restarts", &["dice-roller-stage4 ", "killed by signal 6"]);
}
