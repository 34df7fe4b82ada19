//! What the lab does when it is told to: its traffic held and let go, a service restarted; and who may tell it.

use dicelab::ports::Port;
use lab_testkit::eventually::eventually;
use serde_json::json;

use crate::harness::{Lab, Scratch};

/// Requests of a page that is not the lab's.
const FOREIGN: [(&str, &str); 1] = [("Origin", "http://evil.example")];

#[tokio::test]
async fn the_labs_own_traffic_is_held_and_let_go() {
    let lab = Lab::start(Scratch::new(), &["up", "--max-delay", "0", "--in-memory"]).await;
    let sent = async || lab.counter(Port::Frontend, "frontend_requests_total", &["status=\"received\""]).await;
    eventually(|| async { if sent().await > 0.0 { Ok(()) } else { Err("no traffic yet") } }).await;

    let (status, answer) = lab.steer(Port::Collector, "POST /api/v0/traffic/pause?for=10m", &[]).await;
    assert_eq!((status, &answer["traffic"]["state"]), (200, &json!("paused")), "{answer}");
    assert_eq!(lab.status().await["traffic"], answer["traffic"]);
    assert_eq!(lab.counter(Port::Frontend, "http_requests_in_progress", &[]).await, 0.0);
    let held = sent().await;
    let refused = lab.steer(Port::Collector, "POST /api/v0/traffic/resume", &FOREIGN).await;
    assert_eq!(refused.0, 403, "{}", refused.1);
    assert_eq!(lab.steer(Port::Collector, "POST /api/v0/traffic/pause?for=soon", &[]).await.0, 400);
    assert_eq!(lab.steer(Port::Collector, "GET /api/v0/traffic/pause", &[]).await.0, 405);

    // A second pause replaces the first; it ends by itself.
    let (status, answer) = lab.steer(Port::Collector, "POST /api/v0/traffic/pause?for=1ms", &[]).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(sent().await, held, "nothing was sent before it ended");
    eventually(|| async { if sent().await > held { Ok(()) } else { Err("still paused") } }).await;
    assert_eq!(lab.status().await["traffic"], json!({"state": "running"}));

    assert_eq!(lab.steer(Port::Collector, "POST /api/v0/traffic/pause", &[]).await.0, 200);
    let held = sent().await;
    assert_eq!(
        lab.steer(Port::Collector, "POST /api/v0/traffic/resume", &[]).await,
        (200, json!({"traffic": {"state": "running"}}))
    );
    eventually(|| async { if sent().await > held { Ok(()) } else { Err("still paused") } }).await;
}

#[tokio::test]
async fn a_service_is_restarted_on_request_of_this_machine_only() {
    let lab = Lab::up(&["--in-memory"]).await;
    let restart = |name| format!("POST /api/lab/processes/{name}/restart");
    let (status, answer) = lab.steer(Port::Dashboards, &restart("frontend-stage4"), &FOREIGN).await;
    assert_eq!(status, 403, "{answer}");
    let (status, answer) = lab.steer(Port::Dashboards, &restart("nobody"), &[]).await;
    assert_eq!((status, answer), (404, json!({"message": "no process is called \"nobody\""})));
    let (status, answer) = lab.steer(Port::Dashboards, &restart("frontend-stage4"), &[]).await;
    assert_eq!(status, 202, "{answer}");
    eventually(|| async {
        let status = lab.status().await;
        let frontend =
            status["processes"].as_array().expect("a list").iter().find(|one| one["name"] == "frontend-stage4");
        let frontend = frontend.expect("listed").clone();
        let good = frontend["restarts"] == 1
            && frontend["state"] == "running"
            && frontend["last_exit"] == "exited with code 0";
        if good { Ok(()) } else { Err(frontend.to_string()) }
    })
    .await;

    // Without traffic of its own it is quiet already.
    let none = (200, json!({"traffic": {"state": "none"}}));
    assert_eq!(lab.steer(Port::Collector, "POST /api/v0/traffic/pause", &[]).await, none);
    assert_eq!(lab.steer(Port::Collector, "POST /api/v0/traffic/resume", &[]).await, none);
    assert_eq!(lab.steer(Port::Dashboards, "POST /api/lab/traffic/pause", &[]).await, none);
    assert_eq!(lab.steer(Port::Dashboards, "POST /api/lab/traffic/pause", &FOREIGN).await.0, 403);
}
