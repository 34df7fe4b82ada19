//! Questions to a lab and to a program beside it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use dicelab::ports::Port;
use lab_testkit::eventually::eventually;
use serde_json::Value;
use telemetry::client::{BaseUrl, Client};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::Lab;

/// Waits until an instant query gives one series with this value.
pub(crate) async fn until(lab: &Lab, query: &str, value: f64) {
    eventually(|| async {
        let found = values(lab, query).await;
        if found == [value] { Ok(()) } else { Err(format!("{query}: {found:?} instead of {value}")) }
    })
    .await;
}

/// The values of an instant query.
pub(crate) async fn values(lab: &Lab, query: &str) -> Vec<f64> {
    let answer = lab.json(Port::Metrics, "/api/v1/query", &[("query", query)]).await;
    let series = answer["data"]["result"].as_array().into_iter().flatten();
    series.filter_map(|series| series["value"][1].as_str()?.parse().ok()).collect()
}

/// How many samples, lines or spans a lab has dropped for this reason, of all signals.
pub(crate) async fn dropped(lab: &Lab, reason: &str) -> f64 {
    let status = lab.status().await;
    let signals = status["signals"].as_array().into_iter().flatten();
    signals.filter_map(|signal| signal["dropped"][reason].as_f64()).sum()
}

/// Everything that a lab has refused or dropped, by reason, and no mere repetition.
pub(crate) async fn lost(lab: &Lab) -> Vec<String> {
    let status = lab.status().await;
    let signals = status["signals"].as_array().into_iter().flatten();
    let of_signal = |signal: &Value| -> Vec<String> {
        let parts = ["refused_requests", "dropped"].map(|part| signal[part].as_object().cloned().unwrap_or_default());
        let all = parts.into_iter().flatten().filter(|(_, number)| number.as_f64() != Some(0.0));
        all.map(|(reason, number)| format!("{} {reason}: {number}", signal["name"])).collect()
    };
    signals.flat_map(of_signal).collect()
}

/// Now, in seconds since the epoch.
pub(crate) fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs_f64()
}

/// The JSON that a server on this host answers.
pub(crate) async fn ask(port: u16, path: &str, query: &[(&str, &str)]) -> Result<Value, String> {
    serde_json::from_slice(&get(port, path, query).await?).map_err(|error| error.to_string())
}

/// What a server on this host answers.
pub(crate) async fn get(port: u16, path: &str, query: &[(&str, &str)]) -> Result<Vec<u8>, String> {
    let base: BaseUrl = format!("http://127.0.0.1:{port}").parse().expect("a URL");
    let reply = Client::new().get(base.with(path, query), Duration::from_secs(10)).await;
    reply.map(|reply| reply.body.to_vec()).map_err(|error| error.to_string())
}

/// Sends JSON to a server on this host, which has to take it.
pub(crate) async fn post(port: u16, path: &str, body: &str) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.expect("connected");
    let head = format!("POST {path} HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Type: application/json\r\n");
    let text = format!("{head}Connection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(text.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("answered");
    assert!(answer.starts_with("HTTP/1.1 2"), "{path}: {answer}");
}
