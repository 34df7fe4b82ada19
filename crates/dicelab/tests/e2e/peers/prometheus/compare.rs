//! A Prometheus beside a lab, and what both answer to the same query.

use lab_testkit::eventually::eventually;
use lab_testkit::peers::program::Program;
use lab_testkit::peers::running::{Place, Running, free_port};
use serde_json::Value;

use crate::peers::ask::{ask, get};

/// A Prometheus that runs; it ends with the value.
pub(crate) struct Prometheus {
    process: Running,
    pub(crate) port: u16,
}

impl Prometheus {
    /// One with this configuration, ready.
    pub(crate) async fn start(program: &Program, config: &str) -> Self {
        let (place, port) = (Place::new("prometheus"), free_port());
        let arguments = [
            format!("--config.file={}", place.write("prometheus.yml", config)),
            format!("--storage.tsdb.path={}", place.path().join("data").display()),
            format!("--web.listen-address=127.0.0.1:{port}"),
            "--enable-feature=promql-experimental-functions".to_owned(),
            "--web.enable-remote-write-receiver".to_owned(),
            "--web.enable-otlp-receiver".to_owned(),
        ];
        let process = Running::start(program, place, arguments);
        process.until_ready(&format!("http://127.0.0.1:{port}/-/ready")).await;
        Self { process, port }
    }

    /// The answer to an instant query.
    pub(crate) async fn query(&self, query: &str, at: f64) -> Result<Value, String> {
        ask(self.port, "/api/v1/query", &[("query", query), ("time", &at.to_string())]).await
    }

    /// What its page of metrics says of this one.
    pub(crate) async fn own(&self, name: &str) -> Vec<String> {
        let page = get(self.port, "/metrics", &[]).await.expect("an answer");
        let page = String::from_utf8(page).expect("a text");
        page.lines().filter(|line| line.starts_with(name)).map(str::to_owned).collect()
    }

    /// What it has said.
    pub(crate) fn log(&self) -> String {
        self.process.log()
    }

    /// Waits until a query has a result.
    pub(crate) async fn until_some(&self, query: &str, at: impl Fn() -> f64) {
        eventually(|| async {
            let answer = self.query(query, at()).await?;
            if result(&answer).is_empty() { Err(format!("{query}: {answer}\n{}", self.log())) } else { Ok(()) }
        })
        .await;
    }
}

/// The result of an instant query, without the label of the version, in the order of the labels.
pub(crate) fn result(answer: &Value) -> Vec<Value> {
    let mut series = answer["data"]["result"].as_array().cloned().unwrap_or_default();
    for one in &mut series {
        if let Some(labels) = one["metric"].as_object_mut() {
            labels.remove("via");
        }
    }
    series.sort_by_key(|one| one["metric"].to_string());
    series
}

/// Equal but for the rounding of the last digits.
fn close(here: &Value, there: &Value) -> bool {
    match (here, there) {
        (Value::Array(here), Value::Array(there)) => {
            here.len() == there.len() && here.iter().zip(there).all(|(here, there)| close(here, there))
        }
        (Value::Object(here), Value::Object(there)) => {
            here.len() == there.len()
                && here.iter().all(|(name, value)| there.get(name).is_some_and(|other| close(value, other)))
        }
        (Value::String(here), Value::String(there)) => match (here.parse::<f64>(), there.parse::<f64>()) {
            (Ok(here), Ok(there)) => {
                here == there || (here.is_nan() && there.is_nan()) || ((here - there) / there).abs() < 1e-9
            }
            _ => here == there,
        },
        _ => here == there,
    }
}

/// Whether both have the same series with the same values.
pub(crate) fn equal(here: &[Value], there: &[Value]) -> bool {
    here.len() == there.len() && here.iter().zip(there).all(|(here, there)| close(here, there))
}
