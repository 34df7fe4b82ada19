//! Log lines, one by one: as tables, raw, or as JSON, in colours on a terminal.

use chrono::{DateTime, Local, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

/// A line of an answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    /// Nanoseconds since the epoch.
    pub(super) time: i64,
    pub(super) text: String,
    pub(super) labels: Map<String, Value>,
}

/// How a line is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// With its time of day.
    Timed,
    /// Nothing but the line.
    Raw,
    /// An object of JSON.
    Json,
}

/// The lines of an answer, oldest first; `None` if it holds something else.
pub(super) fn of(answer: &Value) -> Option<Vec<Line>> {
    let data = answer.get("data").filter(|data| data["resultType"] == "streams")?;
    let mut lines = Vec::new();
    for stream in data["result"].as_array()? {
        let labels = stream["stream"].as_object().cloned().unwrap_or_default();
        for value in stream["values"].as_array().into_iter().flatten() {
            let (Some(time), Some(text)) = (value[0].as_str().and_then(|time| time.parse().ok()), value[1].as_str())
            else {
                continue;
            };
            lines.push(Line { time, text: text.to_owned(), labels: labels.clone() });
        }
    }
    lines.sort_by_key(|line| line.time);
    Some(lines)
}

/// A line as it is printed, without a line end.
pub(super) fn written(line: &Line, form: Form, colours: bool) -> String {
    let Line { time, text, labels } = line;
    match form {
        Form::Raw => text.clone(),
        Form::Json => {
            let time = DateTime::<Utc>::from_timestamp_nanos(*time).to_rfc3339_opts(SecondsFormat::Nanos, true);
            json!({"labels": labels, "line": text, "timestamp": time}).to_string()
        }
        Form::Timed => {
            let clock = DateTime::from_timestamp_nanos(*time).with_timezone(&Local).format("%H:%M:%S%.3f");
            match colour(labels).filter(|_| colours) {
                Some(colour) => format!("\u{1b}[2m{clock}\u{1b}[0m  \u{1b}[{colour}m{text}\u{1b}[0m"),
                None if colours => format!("\u{1b}[2m{clock}\u{1b}[0m  {text}"),
                None => format!("{clock}  {text}"),
            }
        }
    }
}

/// The colour of the line's level, as a terminal knows it.
fn colour(labels: &Map<String, Value>) -> Option<&'static str> {
    let level = ["detected_level", "level"].iter().find_map(|name| labels.get(*name)?.as_str())?;
    match level.to_ascii_lowercase().as_str() {
        "critical" | "fatal" => Some("1;31"),
        "error" => Some("31"),
        "warn" | "warning" => Some("33"),
        "debug" | "trace" => Some("2"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_written_in_every_form() {
        let answer = json!({"data": {"resultType": "streams", "result": [
            {"stream": {"app": "b", "detected_level": "error"}, "values": [["2000000001", "late"]]},
            {"stream": {"app": "a"}, "values": [["1000000000", "early"], ["bad", "x"]]},
        ]}});
        let lines = of(&answer).expect("lines");
        let raw: Vec<String> = lines.iter().map(|line| written(line, Form::Raw, true)).collect();
        assert_eq!(raw, ["early", "late"]);
        assert_eq!(
            written(&lines[1], Form::Json, true),
            r#"{"labels":{"app":"b","detected_level":"error"},"line":"late","timestamp":"1970-01-01T00:00:02.000000001Z"}"#
        );
        assert!(written(&lines[1], Form::Timed, true).ends_with("\u{1b}[31mlate\u{1b}[0m"));
        assert!(written(&lines[1], Form::Timed, false).ends_with("  late"));
        assert_eq!(of(&json!({"data": {"resultType": "vector", "result": []}})), None);
    }
}
