//! Items that are sent to an Alloy by OTLP, and the count of those that a lab has.

use std::time::{SystemTime, UNIX_EPOCH};

use dicelab::ports::Port;
use lab_testkit::eventually::eventually;
use lab_testkit::peers::running::client;
use serde_json::{Value, json};

use crate::harness::Lab;
use crate::peers::ask::values;

/// How many items of each signal are sent in a round.
pub(crate) const NUMBER: usize = 25;
/// The name of their service.
const SERVICE: &str = "through-alloy";

/// Sends as many spans, log records and points, each an item of its own, to the port for OTLP over HTTP.
pub(crate) async fn send(http: u16, round: usize) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_nanos();
    let resource = json!({"attributes": [{"key": "service.name", "value": {"stringValue": SERVICE}}]});
    let at = |n: usize| (now + n as u128 * 1_000_000).to_string();
    let spans: Vec<Value> = (0..NUMBER)
        .map(|n| {
            let trace = format!("5b8efff7{round:012x}{n:012x}");
            json!({"traceId": trace, "spanId": "00000000000000a1", "name": "an item", "kind": 2,
                "startTimeUnixNano": at(n), "endTimeUnixNano": at(n + 1)})
        })
        .collect();
    let records: Vec<Value> = (0..NUMBER)
        .map(|n| json!({"timeUnixNano": at(n), "body": {"stringValue": format!("record {n} of round {round}")}}))
        .collect();
    let points: Vec<Value> = (0..NUMBER).map(|n| json!({"timeUnixNano": at(n), "asInt": n.to_string()})).collect();
    let metric = json!({"name": "items", "gauge": {"dataPoints": points}});
    for (signal, body) in [
        ("traces", json!({"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": spans}]}]})),
        ("logs", json!({"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": records}]}]})),
        ("metrics", json!({"resourceMetrics": [{"resource": resource, "scopeMetrics": [{"metrics": [metric]}]}]})),
    ] {
        let request = client().post(format!("http://127.0.0.1:{http}/v1/{signal}"));
        let answer = request.header("content-type", "application/json").body(body.to_string()).send().await;
        let answer = answer.expect("an answer");
        assert!(answer.status().is_success(), "{signal}: {}", answer.text().await.expect("a text"));
    }
}

/// Waits until a lab has the items of so many rounds, each once.
pub(crate) async fn until_arrived(lab: &Lab, rounds: usize, said: impl Fn() -> String) {
    let mut wanted: Vec<String> =
        (0..rounds).flat_map(|round| (0..NUMBER).map(move |n| format!("record {n} of round {round}"))).collect();
    wanted.sort();
    let all = (rounds * NUMBER) as f64;
    eventually(|| async {
        let records = lines(lab, &format!("{{service_name=\"{SERVICE}\"}}")).await;
        let points = values(lab, &format!("count_over_time(items{{job=\"{SERVICE}\"}}[1h])")).await;
        let query = format!("{{ resource.service.name = \"{SERVICE}\" }} | count_over_time()");
        let spans = lab.json(Port::Traces, "/api/metrics/query", &[("q", &query)]).await;
        let spans = spans["series"][0]["value"].as_f64();
        if records == wanted && points == [all] && spans == Some(all) {
            return Ok(());
        }
        let found = format!("{} records, {points:?} points and {spans:?} spans", records.len());
        Err(format!("{found} instead of {all} of each\n{}", said()))
    })
    .await;
}

/// The lines of a selector, sorted.
pub(crate) async fn lines(lab: &Lab, selector: &str) -> Vec<String> {
    let query = [("query", selector), ("since", "1h"), ("limit", "5000")];
    let answer = lab.json(Port::Logs, "/loki/api/v1/query_range", &query).await;
    let streams = answer["data"]["result"].as_array().into_iter().flatten();
    let values = streams.flat_map(|stream| stream["values"].as_array().into_iter().flatten());
    let mut found: Vec<String> = values.filter_map(|value| value[1].as_str()).map(str::to_owned).collect();
    found.sort();
    found
}
