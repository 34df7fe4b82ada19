//! Reading such a file: which signal each line is about.

use serde::Deserialize;
use serde::de::IgnoredAny;

/// What a line holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    Traces,
    Logs,
    Metrics,
}

/// A line that is a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Counted from 1.
    pub number: usize,
    pub signal: Signal,
    /// The request, as OTLP over HTTP takes it.
    pub json: &'a str,
}

/// Why a line is no request.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    #[error("line {line} is no JSON: {error}")]
    NoJson { line: usize, error: serde_json::Error },
    #[error("line {line} is no export request of OTLP: it has none of resourceSpans, resourceLogs and resourceMetrics")]
    NoRequest { line: usize },
}

/// The keys by which the signals are told apart. Some tools write them as protobuf's own names.
#[derive(Deserialize)]
struct Keys {
    #[serde(default, rename = "resourceSpans", alias = "resource_spans")]
    spans: Option<IgnoredAny>,
    #[serde(default, rename = "resourceLogs", alias = "resource_logs")]
    logs: Option<IgnoredAny>,
    #[serde(default, rename = "resourceMetrics", alias = "resource_metrics")]
    metrics: Option<IgnoredAny>,
}

/// The requests of a file, without its empty lines.
pub fn read(text: &str) -> impl Iterator<Item = Result<Line<'_>, LineError>> {
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim()));
    lines.filter(|(_, line)| !line.is_empty()).map(|(number, json)| {
        let keys: Keys = serde_json::from_str(json).map_err(|error| LineError::NoJson { line: number, error })?;
        let signal = match keys {
            Keys { spans: Some(_), .. } => Signal::Traces,
            Keys { logs: Some(_), .. } => Signal::Logs,
            Keys { metrics: Some(_), .. } => Signal::Metrics,
            Keys { .. } => return Err(LineError::NoRequest { line: number }),
        };
        Ok(Line { number, signal, json })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_says_its_signal_or_why_it_is_none() {
        let text = "{\"resourceSpans\":[]}\n\n {\"resource_logs\":[]}\n{\"resourceMetrics\":[]}\n{}\nhello\n";
        let found: Vec<String> = read(text)
            .map(|line| {
                line.map_or_else(|error| error.to_string(), |line| format!("{} {:?}", line.number, line.signal))
            })
            .collect();
        assert_eq!(&found[..3], ["1 Traces", "3 Logs", "4 Metrics"]);
        assert!(found[3].starts_with("line 5 is no export request") && found[4].starts_with("line 6 is no JSON"));
    }
}
