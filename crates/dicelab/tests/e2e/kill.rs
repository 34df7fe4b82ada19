//! SIGKILL right after an answer: everything that was acknowledged is there after the next start, once.

use std::time::{SystemTime, UNIX_EPOCH};

use dicelab::ports::Port;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::harness::{Lab, Scratch};

const ARGUMENTS: [&str; 3] = ["lab", "--scrape-interval", "1h"];
/// Pushes of each signal before a kill.
const PUSHES: usize = 5;
/// Lines of each push.
const LINES: usize = 40;

fn now_ns() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_nanos()
}

async fn send(lab: &Lab, port: Port, path: &str, body: &Value) {
    let headers = [("Content-Type", "application/json")];
    let (status, answer) = lab.send(port, &format!("POST {path}"), &headers, &body.to_string()).await;
    assert!((200..300).contains(&status), "{path}: {status} {answer}");
    let partial = serde_json::from_str::<Value>(&answer).ok().map(|answer| answer["partialSuccess"].clone());
    assert!(partial.is_none_or(|partial| partial == json!({})), "{path}: {answer}");
}

/// One push of each signal; the number tells them apart.
async fn push(lab: &Lab, number: usize) {
    let now = now_ns();
    let lines: Vec<_> =
        (0..LINES).map(|n| [(now + n as u128).to_string(), format!("line {n} of push {number}")]).collect();
    let streams = json!({"streams": [{"stream": {"app": "kill"}, "values": lines}]});
    send(lab, Port::Logs, "/loki/api/v1/push", &streams).await;
    let record = json!({"timeUnixNano": now.to_string(), "body": {"stringValue": format!("record {number}")}});
    let resource = json!({"attributes": [{"key": "service.name", "value": {"stringValue": "kill"}}]});
    let records = json!({"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": [record]}]}]});
    send(lab, Port::OtlpHttp, "/v1/logs", &records).await;
    let span = json!({"traceId": trace_id(number), "spanId": "b7ad6b7169203331", "name": "killed", "kind": 1,
        "startTimeUnixNano": now.to_string(), "endTimeUnixNano": (now + 1000).to_string()});
    let spans = json!({"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [span]}]}]});
    send(lab, Port::OtlpHttp, "/v1/traces", &spans).await;
    let point = json!({"timeUnixNano": now.to_string(), "asDouble": number});
    let metric = json!({"name": "pushes", "gauge": {"dataPoints": [point]}});
    let points = json!({"resourceMetrics": [{"resource": resource, "scopeMetrics": [{"metrics": [metric]}]}]});
    send(lab, Port::OtlpHttp, "/v1/metrics", &points).await;
}

fn trace_id(number: usize) -> String {
    format!("{:032x}", number + 1)
}

async fn lines(lab: &Lab, query: &str) -> usize {
    let query = [("query", query), ("limit", "5000"), ("since", "1h")];
    let found = lab.json(Port::Logs, "/loki/api/v1/query_range", &query).await;
    let streams = found["data"]["result"].as_array().expect("streams").iter();
    streams.map(|stream| stream["values"].as_array().expect("lines").len()).sum()
}

/// A change of what people write, answered with success; the answer.
async fn write(lab: &Lab, request: &str, body: &Value) -> Value {
    let (status, answer) =
        lab.send(Port::Dashboards, request, &[("Content-Type", "application/json")], &body.to_string()).await;
    assert!((200..300).contains(&status), "{request}: {status} {answer}");
    serde_json::from_str(&answer).unwrap_or_default()
}

/// The lab, killed and started again.
async fn killed(lab: Lab) -> Lab {
    lab.signal(Signal::KILL);
    lab.again(&ARGUMENTS).await
}

#[tokio::test]
async fn what_people_wrote_survives_a_kill_after_each_answer() {
    let silences = "/api/alertmanager/grafana/api/v2/silences";
    let resources = "/apis/dashboard.grafana.app/v2/namespaces/default/dashboards";
    let mut lab = Lab::start(Scratch::new(), &ARGUMENTS).await;
    let read = async |lab: &Lab, path: &str| lab.json(Port::Dashboards, path, &[]).await;

    write(&lab, "POST /api/folders", &json!({ "uid": "kept", "title": "Kept" })).await;
    lab = killed(lab).await;
    let board = |title: &str| json!({ "dashboard": { "uid": "one", "title": title, "panels": [] }, "folderUid": "kept", "overwrite": true });
    write(&lab, "POST /api/dashboards/db", &board("First")).await;
    write(&lab, "POST /api/dashboards/db", &board("Second")).await;
    lab = killed(lab).await;
    let found = read(&lab, "/api/dashboards/uid/one").await;
    assert_eq!((&found["dashboard"]["title"], &found["meta"]["folderTitle"]), (&json!("Second"), &json!("Kept")));
    assert_eq!(read(&lab, "/api/dashboards/uid/one/versions/1").await["data"]["title"], "First");
    let spec =
        json!({ "title": "Resource", "elements": {}, "layout": { "kind": "GridLayout", "spec": { "items": [] } } });
    let made = write(&lab, &format!("POST {resources}"), &json!({ "metadata": { "name": "two" }, "spec": spec })).await;
    lab = killed(lab).await;
    assert_eq!(read(&lab, &format!("{resources}/two")).await, made);

    let note = write(
        &lab,
        "POST /api/annotations",
        &json!({ "text": "deployed", "tags": ["a"], "time": 1_700_000_000_000_u64 }),
    )
    .await;
    lab = killed(lab).await;
    let note = format!("/api/annotations/{}", note["id"]);
    write(&lab, &format!("PATCH {note}"), &json!({ "text": "rolled back" })).await;
    lab = killed(lab).await;
    assert_eq!(read(&lab, &note).await["text"], "rolled back");

    let matchers = json!([{ "name": "alertname", "value": "Told", "isRegex": false }]);
    let silence = json!({ "matchers": matchers, "startsAt": "2026-01-01T00:00:00Z", "endsAt": "2099-01-01T00:00:00Z",
        "createdBy": "x", "comment": "quiet" });
    let silence = write(&lab, &format!("POST {silences}"), &silence).await["silenceID"].clone();
    let snapshot =
        write(&lab, "POST /api/snapshots", &json!({ "dashboard": { "title": "As it was" }, "name": "Before" })).await;
    let link = write(&lab, "POST /api/short-urls", &json!({ "path": "d/one" })).await;
    lab = killed(lab).await;
    assert_eq!(read(&lab, silences).await[0]["id"], silence);
    let key = snapshot["key"].as_str().expect("a key");
    assert_eq!(read(&lab, &format!("/api/snapshots/{key}")).await["dashboard"]["title"], "As it was");
    assert_eq!(read(&lab, "/api/folders/kept").await["title"], "Kept");
    let again = write(&lab, "POST /api/short-urls", &json!({ "path": "d/one" })).await;
    assert_eq!(again["uid"], link["uid"], "the link is known");

    // What was removed stays away.
    for request in [
        format!("DELETE {note}"),
        "DELETE /api/dashboards/uid/one".into(),
        format!("DELETE {resources}/two"),
        "DELETE /api/folders/kept".into(),
        format!("DELETE /api/snapshots/{key}"),
    ] {
        write(&lab, &request, &Value::Null).await;
        lab = killed(lab).await;
        let (_, path) = request.split_once(' ').expect("a method and a path");
        let (status, answer) = lab.send(Port::Dashboards, &format!("GET {path}"), &[], "").await;
        assert_eq!(status, 404, "{path}: {answer}");
    }
}

#[tokio::test]
async fn what_was_acknowledged_survives_kills() {
    let mut lab = Lab::start(Scratch::new(), &ARGUMENTS).await;
    let mut pushed = 0;
    for _ in 0..3 {
        for _ in 0..PUSHES {
            push(&lab, pushed).await;
            pushed += 1;
        }
        lab.signal(Signal::KILL);
        lab = lab.again(&ARGUMENTS).await;
        assert_eq!(lines(&lab, r#"{app="kill"}"#).await, pushed * LINES);
        assert_eq!(lines(&lab, r#"{service_name="kill"} |= "record""#).await, pushed);
        assert_eq!(lab.promql("count_over_time(pushes[1h])").await, pushed as f64);
        for number in 0..pushed {
            let trace = lab.json(Port::Traces, &format!("/api/traces/{}", trace_id(number)), &[]).await;
            let spans = trace["batches"][0]["scopeSpans"][0]["spans"].as_array().map(Vec::len);
            assert_eq!(spans, Some(1), "{trace}");
        }
        let status = lab.status().await;
        for signal in status["signals"].as_array().expect("three") {
            assert_eq!(signal["account"]["difference"], 0, "{signal}");
        }
    }
}
