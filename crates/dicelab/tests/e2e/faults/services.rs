//! Faults of the services themselves: serial rolls, slowness, crashes.

use dicelab::ports::Port;
use lab_testkit::eventually::eventually;

use super::{QUICK, Row, all_are_named, run, verified_after};
use crate::harness::{Lab, Scratch};

#[tokio::test]
async fn serial_rolls_are_found() {
    const VERDICT: &str = "concurrency/verdict";
    all_are_named(&[
        Row::new("blocking=on", VERDICT, &["one after another"]).lab(&["--max-delay=120ms"]),
        Row::new("blocking=on", VERDICT, &["one after another"]).lab(&["--max-delay=400ms"]),
    ])
    .await;
}

#[tokio::test]
async fn a_slow_service_is_named() {
    const OWN_TIME: &str = "traces/own-time";
    all_are_named(&[
        Row::new("slow=dice-roller:400ms", OWN_TIME, &["slow: dice-roller"]),
        Row::new("slow=frontend:250ms", OWN_TIME, &["slow: frontend"]),
        Row::new("slow=die-service:1s", OWN_TIME, &["slow: die-service"]),
    ])
    .await;
}

#[tokio::test]
async fn a_service_that_does_not_answer_in_time_is_named() {
    let lab = Lab::start(Scratch::new(), &[&QUICK[..], &["--max-delay=0"]].concat()).await;
    assert_eq!(lab.post(Port::Collector, "/api/v0/faults", "slow=die-service:3s").await.0, 200);
    let report = verified_after(&lab, &["--users=2", "--max-rolls=3"]).await;
    report.blames("reconciliation/answers", &["504", "die-service did not answer in time to dice-roller"]);
    let (code, text) = run(&lab, &["doctor"]).await;
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("slow=die-service:3s") && text.contains("status 504"), "{text}");
}

#[tokio::test]
async fn a_service_that_crashes_is_named() {
    for fault in ["crash=dice-roller:4s", "crash=frontend:2s"] {
        let service = format!("{}-stage4", fault[6..].split(':').next().expect("a service"));
        let fault_option = format!("--fault={fault}");
        let options = [&QUICK[..], &["--max-delay=0", &*fault_option]].concat();
        let lab = Lab::start(Scratch::new(), &options).await;
        eventually(|| async {
            let status = lab.json(Port::Collector, "/api/v0/status", &[]).await;
            let processes = status["processes"].as_array().expect("processes");
            let crashed =
                processes.iter().any(|process| process["name"] == *service && process["restarts"].as_u64() > Some(1));
            if crashed { Ok(()) } else { Err(format!("none has crashed: {processes:?}")) }
        })
        .await;
        // When they look, the service may be down or already running again.
        let (code, text) = run(&lab, &["doctor"]).await;
        assert_eq!(code, Some(1), "{text}");
        let name = service.trim_end_matches("-stage4");
        assert!(text.contains(&format!("{name} ends again and again: ")), "{text}");
        assert!(text.contains(fault), "{text}");
        // Faults and the loop are all there is to say: what follows from them is not said beside them.
        assert_eq!(text.matches("\n✗ ").count(), 2, "{text}");
        let report = verified_after(&lab, &[]).await;
        report.blames("loss/lab-restarts", &[&service, "killed by signal 6"]);
    }
}
