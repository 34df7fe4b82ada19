//! Requests as JSON, one after the other: which signal each is about. The Collector writes one on each line; others write them
//! on many lines, or all of them as one list.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

/// What a request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    Traces,
    Logs,
    Metrics,
}

/// A request with its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Where it begins, counted from 1.
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

/// The requests of a text. What is no JSON ends it, because nobody knows where the next request would begin.
pub fn read(text: &str) -> impl Iterator<Item = Result<Line<'_>, LineError>> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    let mut lines = Lines { text, at: 0, number: 1 };
    let each = std::iter::from_fn(move || {
        let from = values.byte_offset();
        let of_value = match values.next()? {
            Ok(value) => {
                let number = lines.number_from(from);
                match serde_json::from_str::<Vec<&RawValue>>(value.get()) {
                    Ok(list) => list.into_iter().map(|one| line(number, one.get())).collect(),
                    Err(_) => vec![line(number, value.get())],
                }
            }
            Err(error) => vec![Err(LineError::NoJson { line: lines.number_from(from), error })],
        };
        Some(of_value)
    });
    each.flatten()
}

fn line(number: usize, json: &str) -> Result<Line<'_>, LineError> {
    // JSON that is no object has no such keys either.
    let keys: Keys = serde_json::from_str(json).map_err(|_| LineError::NoRequest { line: number })?;
    let signal = match keys {
        Keys { spans: Some(_), .. } => Signal::Traces,
        Keys { logs: Some(_), .. } => Signal::Logs,
        Keys { metrics: Some(_), .. } => Signal::Metrics,
        Keys { .. } => return Err(LineError::NoRequest { line: number }),
    };
    Ok(Line { number, signal, json })
}

/// The number of the line at a place. Places come in order, so each part of the text is counted once.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    number: usize,
}

impl Lines<'_> {
    /// Of the first thing that is no space, from a place on.
    fn number_from(&mut self, place: usize) -> usize {
        let rest = &self.text[place.min(self.text.len())..];
        let place = place + (rest.len() - rest.trim_ascii_start().len());
        self.number += self.text[self.at..place].bytes().filter(|byte| *byte == b'\n').count();
        self.at = place;
        self.number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let told = |line: Result<Line<'_>, LineError>| {
            line.map_or_else(|error| error.to_string(), |line| format!("{} {:?}", line.number, line.signal))
        };
        read(text).map(told).collect()
    }

    #[test]
    fn each_line_says_its_signal_or_why_it_is_none() {
        let text = "{\"resourceSpans\":[]}\n\n {\"resource_logs\":[]}\n{\"resourceMetrics\":[]}\n{}\nhello\n";
        let found = told(text);
        assert_eq!(&found[..3], ["1 Traces", "3 Logs", "4 Metrics"]);
        assert!(found[3].starts_with("line 5 is no export request") && found[4].starts_with("line 6 is no JSON"));
        assert_eq!(found.len(), 5);
    }

    #[test]
    fn requests_stand_on_many_lines_or_in_a_list_too() {
        assert_eq!(told("\n{\n \"resourceSpans\": [\n ]\n}\n{\"resourceLogs\":[]}"), ["2 Traces", "6 Logs"]);
        assert_eq!(told("[\n{\"resourceSpans\":[]},\n{\"resourceLogs\":[]}]"), ["1 Traces", "1 Logs"]);
        assert_eq!(told("[]"), [""; 0]);
        assert!(told("{\"resourceSpans\":[]}\n{\"resourceSp")[1].starts_with("line 2 is no JSON"), "cut off");
        assert!(told("17")[0].starts_with("line 1 is no export request"));
    }
}
