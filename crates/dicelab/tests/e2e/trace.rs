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

#[tokio::test(flavor = "multi_thread")]
async fn two_traces_are_compared_and_many_analysed() {
    let lab = Lab::up(&[]).await;
    let offset = (lab.number(Port::Frontend) - Port::Frontend.number()).to_string();
    let rolled = async |times: &str| {
        let answer = lab.json(Port::Frontend, "/roll-async", &[("die", "fair"), ("times", times)]).await;
        answer["trace_id"].as_str().expect("an id").to_owned()
    };
    let (id, other) = (rolled("3").await, rolled("5").await);
    let (id, other) = (id.as_str(), other.as_str());
    // Two of them side by side, with all that a span says, and what all batches together prove.
    let compared = eventually(|| async {
        let output = run(&["trace", id, other, "--port-offset", &offset, "--format", "json"]);
        let json: Value = serde_json::from_slice(&output.stdout).map_err(|_| stderr(&output))?;
        if json["base"]["spans"] == 8 && json["compare"]["spans"] == 10 {
            Ok(json)
        } else {
            Err(json["compare"].to_string())
        }
    })
    .await;
    let rows = compared["rows"].as_array().expect("rows");
    assert_eq!((rows.len(), rows.iter().filter(|row| row["base"].is_null()).count()), (10, 2), "{compared}");
    let text = run(&["trace", id, other, "--port-offset", &offset]).stdout;
    assert!(String::from_utf8_lossy(&text).contains("B - A"), "{}", String::from_utf8_lossy(&text));
    let detailed = String::from_utf8(run(&["trace", "-v", id, "--port-offset", &offset]).stdout).expect("text");
    for part in ["waited for: ", "async.roll_index = 2", "resource service.name = dice-roller", "scope "] {
        assert!(detailed.contains(part), "{part:?} is missing in\n{detailed}");
    }
    let query = "{ name = \"async_roll\" }";
    let many = run(&["trace", "--query", query, "--port-offset", &offset, "--format", "json"]);
    let many: Value = serde_json::from_slice(&many.stdout).expect("JSON alone on stdout");
    assert_eq!(
        (&many["traces"], &many["groups"][0]["spans"], &many["groups"][0]["name"]),
        (&2.into(), &8.into(), &"async_roll".into())
    );
    // The page's port says the same.
    let page = lab.json(Port::Dashboards, "/api/dicelab/concurrency", &[("q", query)]).await;
    assert_eq!(page, many);
    let one = lab.json(Port::Dashboards, &format!("/api/dicelab/concurrency/{id}"), &[]).await;
    assert_eq!((&one["spans"], &one["groups"][0]["count"]), (&8.into(), &3.into()), "{one}");
    let both = lab.json(Port::Dashboards, &format!("/api/dicelab/compare/{id}/{other}"), &[]).await;
    assert_eq!(both, compared);
    let wrong = lab.get(Port::Dashboards, "/api/dicelab/concurrency", &[("q", "{ name = }")]).await;
    assert_eq!(wrong.status, 400);
    assert_eq!(lab.get(Port::Dashboards, "/api/dicelab/concurrency/12", &[]).await.status, 404);
    assert_eq!(lab.get(Port::Dashboards, "/api/dicelab/compare/xyz/12", &[]).await.status, 400);
    let nothing = run(&["trace", "--query", "{ name = \"nothing\" }", "--port-offset", &offset]);
    assert!(stderr(&nothing).contains("found no trace for { name = \"nothing\" } within 15m"), "{}", stderr(&nothing));
}

#[test]
fn a_text_that_is_no_trace_id_is_a_usage_error() {
    let output = run(&["trace", "xyz"]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    assert!(stderr(&output).contains("[ID]...: not a trace id: \"xyz\""), "{}", stderr(&output));
}
