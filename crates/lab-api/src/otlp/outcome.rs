//! What a request came to, and how the sender is told: `Export…ServiceResponse` with `partial_success`.

use prost::Message;
use serde_json::json;

use crate::otlp::request::Signal;

/// What became of a request's items: spans, log records or data points.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    pub accepted: u64,
    /// Items refused, by reason in one word.
    pub rejected: Vec<(&'static str, u64)>,
    /// Data points whose series already had another value at that very time. The first one stays, and the sender hears
    /// of a plain success, as from Prometheus.
    pub conflicts: u64,
    /// What the sender should know; empty if there is nothing to say.
    pub message: String,
}

impl Outcome {
    /// How many items were refused.
    pub fn rejected_total(&self) -> u64 {
        self.rejected.iter().map(|(_, items)| items).sum()
    }

    /// Tells the sender one thing more.
    pub(crate) fn warn(&mut self, text: &str) {
        let between = if self.message.is_empty() { "" } else { "; " };
        self.message = format!("{}{between}{text}", self.message);
    }

    /// The protobuf answer; the same bytes for all three signals.
    pub fn to_protobuf(&self) -> Vec<u8> {
        Response { partial_success: self.partial_success() }.encode_to_vec()
    }

    /// The JSON answer, in which the count's name depends on the signal.
    pub fn to_json(&self, signal: Signal) -> serde_json::Value {
        let count = match signal {
            Signal::Traces => "rejectedSpans",
            Signal::Logs => "rejectedLogRecords",
            Signal::Metrics => "rejectedDataPoints",
        };
        match self.partial_success() {
            // 64-bit integers are text in protobuf's JSON.
            Some(partial) => {
                json!({"partialSuccess": {count: partial.rejected.to_string(), "errorMessage": partial.error_message}})
            }
            None => json!({"partialSuccess": {}}),
        }
    }

    fn partial_success(&self) -> Option<PartialSuccess> {
        let rejected = self.rejected_total() as i64;
        (rejected > 0 || !self.message.is_empty())
            .then(|| PartialSuccess { rejected, error_message: self.message.clone() })
    }
}

/// `ExportTraceServiceResponse`, `ExportLogsServiceResponse` and `ExportMetricsServiceResponse` alike.
#[derive(Clone, PartialEq, prost::Message)]
struct Response {
    #[prost(message, optional, tag = "1")]
    partial_success: Option<PartialSuccess>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct PartialSuccess {
    #[prost(int64, tag = "1")]
    rejected: i64,
    #[prost(string, tag = "2")]
    error_message: String,
}
