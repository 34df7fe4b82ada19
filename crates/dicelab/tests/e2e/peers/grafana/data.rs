//! What the lab holds when clients ask: a counter, a histogram, log lines, two traces and an alert that fires.

use std::time::{SystemTime, UNIX_EPOCH};

use dicelab::ports::Port;
use lab_testkit::eventually::eventually;
use serde_json::json;

use crate::harness::{Lab, Scratch};

/// The ids of the two traces.
pub(super) const TRACES: [&str; 2] = ["1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a", "1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b"];

/// A lab with this data, ready to be asked.
pub(super) async fn lab() -> Lab {
    let scratch = Scratch::new();
    let alert = "{alert: Told, expr: vector(7), labels: {severity: page}, annotations: {summary: always}}";
    let rules = scratch.write("rules.yml", &format!("groups: [{{name: shop, interval: 1s, rules: [{alert}]}}]\n"));
    let lab = Lab::start(scratch, &["lab", "--in-memory", "--rules", &rules]).await;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_nanos();
    for (before, count) in [(60, 0), (0, 10)] {
        send(&lab, "metrics", &metrics(now - before * 1_000_000_000, count)).await;
    }
    send(&lab, "logs", &logs(now)).await;
    send(&lab, "traces", &traces(now)).await;
    eventually(|| async {
        let alerts = lab.json(Port::Metrics, "/api/v1/alerts", &[]).await;
        if alerts["data"]["alerts"][0]["state"] == "firing" { Ok(()) } else { Err(alerts.to_string()) }
    })
    .await;
    lab
}

async fn send(lab: &Lab, signal: &str, body: &str) {
    let type_of_body = [("Content-Type", "application/json")];
    let (status, answer) = lab.send(Port::OtlpHttp, &format!("POST /v1/{signal}"), &type_of_body, body).await;
    assert_eq!(status, 200, "{signal}: {answer}");
}

fn service() -> serde_json::Value {
    json!({ "attributes": [{ "key": "service.name", "value": { "stringValue": "shop" } }] })
}

fn metrics(at: u128, count: u64) -> String {
    let (at, start) = (at.to_string(), (at - 3_600_000_000_000).to_string());
    let sum = json!({ "name": "jobs", "description": "Jobs done.", "sum": { "aggregationTemporality": 2, "isMonotonic": true,
        "dataPoints": [{ "asInt": "7", "startTimeUnixNano": start, "timeUnixNano": at }] } });
    let histogram = json!({ "name": "size", "histogram": { "aggregationTemporality": 2, "dataPoints": [{
        "startTimeUnixNano": start, "timeUnixNano": at, "count": count.to_string(), "sum": 15.0,
        "explicitBounds": [1.0, 2.0], "bucketCounts": ["0", count.to_string(), "0"] }] } });
    json!({ "resourceMetrics": [{ "resource": service(), "scopeMetrics": [{ "metrics": [sum, histogram] }] }] })
        .to_string()
}

fn logs(now: u128) -> String {
    // Some clients end their range at a whole second, so the newest line is older than one.
    let line = |number: u128| {
        json!({ "timeUnixNano": (now - (number + 2) * 1_000_000_000).to_string(), "severityText": "ERROR",
            "body": { "stringValue": format!("sold out of item {number}") } })
    };
    let lines: Vec<_> = (0..6).map(line).collect();
    json!({ "resourceLogs": [{ "resource": service(), "scopeLogs": [{ "logRecords": lines }] }] }).to_string()
}

fn traces(now: u128) -> String {
    let span = |(trace, milliseconds): (&str, u128)| {
        let start = now - 10_000_000_000;
        json!({ "traceId": trace, "spanId": "a000000000000001", "name": "checkout", "kind": 2, "status": {},
            "startTimeUnixNano": start.to_string(), "endTimeUnixNano": (start + milliseconds * 1_000_000).to_string() })
    };
    let spans: Vec<_> = TRACES.into_iter().zip([30, 90]).map(span).collect();
    json!({ "resourceSpans": [{ "resource": service(), "scopeSpans": [{ "spans": spans }] }] }).to_string()
}
