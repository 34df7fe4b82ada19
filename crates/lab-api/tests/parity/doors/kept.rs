//! What a product has kept of a request.
//!
//! Prometheus, Loki and Tempo are asked for it; a Collector keeps nothing, so what it passes on is counted. Of a lab that stands in
//! for a Collector the items are counted, too.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::Client;
use serde_json::{Value, json};

use crate::doors::bodies::signal;
use crate::doors::letter::Marks;
use crate::tempo::canonical;

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(50);

/// How many items a Collector has passed on, by what identifies their request.
pub(crate) type PassedOn = Arc<Mutex<HashMap<String, usize>>>;

/// Where it is looked for.
pub(crate) struct Kept {
    pub(crate) prometheus: String,
    pub(crate) loki: String,
    pub(crate) tempo: String,
    /// What a Collector has passed on; a lab, which keeps what comes for one, has no such thing.
    pub(crate) passed_on: Option<PassedOn>,
    /// By whom requests are sent and products are asked.
    pub(crate) client: Client,
    /// How long what was taken may need until it is found; what was refused is looked for once.
    pub(crate) patience: Duration,
}

impl Kept {
    /// What was kept of the request that came to a door and was answered with this status.
    pub(crate) async fn of(&self, door: &str, marks: &Marks, status: u16) -> Value {
        let of_collector = door.starts_with("collector/");
        if let Some(passed_on) = self.passed_on.as_ref().filter(|_| of_collector) {
            let passed_on = passed_on.lock().expect("no panic");
            return json!([&marks.id, &marks.trace].iter().filter_map(|mark| passed_on.get(*mark)).sum::<usize>());
        }
        let until = Instant::now() + if (200..300).contains(&status) { self.patience } else { Duration::ZERO };
        loop {
            let found = match signal(door) {
                "metrics" => self.samples(marks).await,
                "logs" => self.lines(marks).await,
                _ => self.spans(marks).await,
            };
            if !found.is_empty() || Instant::now() >= until {
                return if of_collector { json!(found.len()) } else { Value::Array(found) };
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn samples(&self, marks: &Marks) -> Vec<Value> {
        let query = format!("{{__name__=~\"{}.*\"}}", marks.id);
        let answer = self.ask(&format!("{}/api/v1/query", self.prometheus), &[("query", &query)]).await;
        let series = answer["data"]["result"].as_array().cloned().unwrap_or_default();
        // The time of the query stands in front of the value.
        let mut found: Vec<Value> = series
            .into_iter()
            .map(|one| json!({"labels": one["metric"], "value": one["value"][1], "histogram": one["histogram"][1]}))
            .collect();
        found.sort_by_key(ToString::to_string);
        found
    }

    async fn lines(&self, marks: &Marks) -> Vec<Value> {
        let query = format!("{{service_name=\"{}\"}}", marks.id);
        let around = [marks.now_ns - 3_600_000_000_000, marks.now_ns + 3_600_000_000_000].map(|time| time.to_string());
        let parameters = [("query", query.as_str()), ("start", &around[0]), ("end", &around[1]), ("limit", "100")];
        let answer = self.ask(&format!("{}/loki/api/v1/query_range", self.loki), &parameters).await;
        let streams = answer["data"]["result"].as_array().cloned().unwrap_or_default();
        let mut found: Vec<Value> = streams
            .into_iter()
            .flat_map(|stream| {
                let labels = stream["stream"].clone();
                let values = stream["values"].as_array().cloned().unwrap_or_default();
                values.into_iter().map(move |value| json!({"labels": labels, "time": value[0], "line": value[1]}))
            })
            .collect();
        found.sort_by_key(ToString::to_string);
        found
    }

    async fn spans(&self, marks: &Marks) -> Vec<Value> {
        let answer = self.ask(&format!("{}/api/traces/{}", self.tempo, marks.trace), &[]).await;
        answer["batches"].as_array().into_iter().flatten().map(|batch| canonical::of(batch.clone())).collect()
    }

    /// The JSON that is answered; nothing if there is none.
    async fn ask(&self, url: &str, parameters: &[(&str, &str)]) -> Value {
        let url = reqwest::Url::parse_with_params(url, parameters).expect("an address");
        let answer = self.client.get(url).header("accept", "application/json").send().await.expect("an answer");
        serde_json::from_str(&answer.text().await.expect("a text")).unwrap_or_default()
    }
}
