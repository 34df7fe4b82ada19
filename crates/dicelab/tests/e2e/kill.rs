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
