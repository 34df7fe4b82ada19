//! `dicelab trace`: a batch of the real system drawn, and what is said of ids that lead nowhere.

use dicelab::ports::Port;
use lab_testkit::eventually::eventually;
use serde_json::Value;

use crate::harness::{Lab, run, stderr};

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_drawn_and_unknown_ids_are_said_to_be_so() {
    let lab = Lab::up(&[]).await;
    let answer = lab.json(Port::Frontend, "/roll-async", &[("die", "fair"), ("times", "3")]).await;
    let id = answer["trace_id"].as_str().expect("an id");
    let offset = (lab.number(Port::Frontend) - Port::Frontend.number()).to_string();
    let shown = eventually(|| async {
        let output = run(&["trace", id, "--port-offset", &offset]);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if text.contains("8 spans") { Ok(text) } else { Err(format!("{text}{}", stderr(&output))) }
    })
    .await;
    assert!(shown.starts_with(&format!("trace {id} · 8 spans · 3 services · ")), "{shown}");
    for part in ["GET /roll-async 3 rolls · 200", "GET /dice", "async_roll #2", "3 async_roll, parallelism "] {
        assert!(shown.contains(part), "{part:?} is missing in\n{shown}");
    }
    assert!(!shown.contains('\x1b'), "no colours in a pipe: {shown}");
    assert!(shown.lines().all(|line| line.chars().count() <= 100), "{shown}");

    // A server of one's own, the id as people copy it, and the answer for programs.
    let url = format!("http://127.0.0.1:{}", lab.number(Port::Traces));
    let output = run(&["trace", &id.to_uppercase(), "--tempo-url", &url, "--format", "json"]);
    let json: Value = serde_json::from_slice(&output.stdout).expect("JSON alone on stdout");
    assert_eq!((json["spans"].as_array().map(Vec::len), &json["batches"][0]["asked"]), (Some(8), &Value::from(3)));
    assert_eq!(json["warnings"], Value::Array(Vec::new()));

    let unknown = run(&["trace", "12", "--port-offset", &offset]);
    assert_eq!(unknown.status.code(), Some(1));
    let said = stderr(&unknown);
    assert!(said.contains("has no trace 00000000000000000000000000000012: it is not stored yet"), "{said}");
    let nobody = run(&["trace", "12", "--tempo-url", "http://127.0.0.1:1"]);
    assert_eq!(nobody.status.code(), Some(1));
    assert!(stderr(&nobody).contains("is the lab running"), "{}", stderr(&nobody));
}

#[test]
fn a_text_that_is_no_trace_id_is_a_usage_error() {
    let output = run(&["trace", "xyz"]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    assert!(stderr(&output).contains("<ID>: not a trace id: \"xyz\""), "{}", stderr(&output));
}
