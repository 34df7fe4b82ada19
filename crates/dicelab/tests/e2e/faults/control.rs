//! Switching faults on and off: by options and while the lab runs, who may do it, and where it is shown.

use dicelab::ports::Port;
use lab_testkit::eventually::eventually;
use serde_json::json;

use crate::harness::{Lab, Scratch, run, stderr};

#[tokio::test]
async fn a_fault_is_switched_on_and_off_while_the_lab_runs() {
    let arguments = ["up", "--no-traffic", "--max-delay=0", "--in-memory", "--fault=slow=frontend:1ms"];
    let lab = Lab::start(Scratch::new(), &[&arguments[..], &["--fault=stall-backend=1ms"]].concat()).await;
    assert!(lab.stderr().contains("slow=frontend:1ms"), "{}", lab.stderr());
    let on = async || {
        let status = lab.status().await;
        let faults = status["faults"].as_array().expect("a list").iter();
        faults.map(|one| one["fault"].as_str().expect("text").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(on().await, ["slow=frontend:1ms", "stall-backend=1ms"]);

    let post = async |fault: &str| lab.post(Port::Collector, "/api/v0/faults", fault).await;
    let (status, answer) = post("lose-context=frontend").await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["faults"][2]["fault"], "lose-context=frontend");
    let page = lab.get(Port::Collector, "/", &[]).await;
    assert!(String::from_utf8_lossy(&page.body).contains("lose-context=frontend"));
    assert!(lab.stderr().contains("fault on: lose-context=frontend"), "{}", lab.stderr());
    // The frontend obeys the order: lines of dice-roller belong to another trace now.
    let lines_of_a_roll = async || {
        let reply = lab.json(Port::Frontend, "/roll", &[("die", "fair")]).await;
        let trace = reply["trace_id"].as_str().expect("a trace").to_owned();
        let query = format!("{{container_name=~\".+\"}} | trace_id=\"{trace}\"");
        eventually(|| async {
            let text = lab.json(Port::Logs, "/loki/api/v1/query_range", &[("query", &query)]).await.to_string();
            if text.contains("Backend response received") { Ok(text) } else { Err(text) }
        })
        .await
    };
    assert!(!lines_of_a_roll().await.contains("Roll completed"));

    let refused = post("lose-context=nobody").await;
    assert_eq!(refused.0, 400);
    assert!(refused.1["message"].as_str().is_some_and(|text| text.contains("dice-roller, frontend")), "{}", refused.1);
    let (status, answer) = lab.steer(Port::Collector, "DELETE /api/v0/faults/slow", &[]).await;
    assert_eq!((status, answer["faults"].as_array().map(Vec::len)), (200, Some(2)), "{answer}");
    assert_eq!(lab.steer(Port::Collector, "DELETE /api/v0/faults/slow", &[]).await.0, 404);
    let foreign = [("Origin", "http://evil.example")];
    assert_eq!(lab.steer(Port::Collector, "DELETE /api/v0/faults", &foreign).await.0, 403);
    let (status, answer) = lab.steer(Port::Collector, "DELETE /api/v0/faults", &[]).await;
    assert_eq!((status, &answer["faults"]), (200, &json!([])));
    assert!(on().await.is_empty());
}

#[tokio::test]
async fn a_service_that_crashes_by_fault_is_restarted_and_crashes_again() {
    let lab = Lab::up(&["--in-memory", "--fault=crash=die-service:300ms"]).await;
    eventually(|| async {
        let status = lab.status().await;
        let processes = status["processes"].as_array().expect("a list");
        let service = processes.iter().find(|one| one["name"] == "die-service-stage4").expect("listed").clone();
        if service["restarts"].as_u64() > Some(1) { Ok(()) } else { Err(service.to_string()) }
    })
    .await;
}

#[test]
fn a_wrong_fault_is_reported_before_anything_starts() {
    let output = run(&["up", "--no-lab", "--fault=drop-span=1", "--fault=stall-backend"]);
    assert_eq!(output.status.code(), Some(2));
    let text = stderr(&output);
    assert!(text.contains("--fault: there is no fault \"drop-span\"; known: drop-spans, drop-logs"), "{text}");
    assert!(text.contains("--fault: stall-backend=on is a fault of the lab, which --no-lab leaves out"), "{text}");
    let output = run(&["service", "frontend", "--fault=clock-skew=frontend"]);
    assert_eq!(output.status.code(), Some(2));
    let text = stderr(&output);
    assert!(text.contains("--fault: clock-skew=SERVICE:DURATION: expected a service and"), "{text}");
}
