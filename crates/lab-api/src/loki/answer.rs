//! Answers as Loki writes them: lines with string nanoseconds, samples with numbers of seconds.

use std::collections::HashMap;

use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, SecondsFormat, Utc};
use lab_logs::logql::eval::lines::Lines;
use lab_logs::logql::eval::value::Value as Samples;
use lab_logs::{Grid, LogLine, Series};
use lab_model::{Labels, MemoryError, QueryMemory, format_float};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

/// The header by which Grafana asks for labels by origin.
const ENCODING_FLAGS: &str = "X-Loki-Response-Encoding-Flags";
/// The media type of results.
const JSON: &str = "application/json; charset=UTF-8";

/// A JSON body.
pub(crate) fn json_response(body: &Value) -> Response {
    written(body.to_string())
}

/// A JSON body that is written already.
pub(crate) fn written(body: String) -> Response {
    ([(CONTENT_TYPE, JSON)], body).into_response()
}

pub(crate) fn success(data: impl Serialize) -> Response {
    json_response(&json!({"status": "success", "data": data}))
}

/// How Loki says that there are no labels or values.
pub(crate) const EMPTY: &str = r#"{"status":"success"}"#;

/// An answer that is a list, written.
pub(crate) fn list(data: &impl Serialize) -> String {
    serde_json::to_string(&List { status: "success", data }).unwrap_or_default()
}

#[derive(Serialize)]
struct List<'a, T> {
    status: &'static str,
    data: &'a T,
}

/// Lines, grouped into streams. `categorize` keeps the labels of stream, metadata and parsers apart.
pub(crate) fn streams(answer: &Lines, categorize: bool, memory: &QueryMemory) -> Result<String, MemoryError> {
    let texts = answer.lines.iter().map(|line| {
        let labels = [&line.stream, &line.metadata, &line.parsed].map(labels_length);
        line.line.len() + labels.into_iter().sum::<usize>() + LINE
    });
    memory.take(texts.sum())?;
    let flags: &[&str] = if categorize { &["categorize-labels"] } else { &[] };
    Ok(body("streams", flags, &grouped(&answer.lines, categorize), &answer.warnings))
}

/// Whether a client asks for labels by origin.
pub(crate) fn categorizes(headers: &HeaderMap) -> bool {
    let flags = headers.get_all(ENCODING_FLAGS).iter().filter_map(|flags| flags.to_str().ok());
    flags.flat_map(|flags| flags.split(',')).any(|flag| flag.trim() == "categorize-labels")
}

/// Lines as Loki's first versions wrote them: labels as a text, times as RFC 3339.
pub(crate) fn legacy(lines: &[LogLine], memory: &QueryMemory) -> Result<String, MemoryError> {
    memory.take(lines.iter().map(|line| line.line.len() + LINE + labels_length(&line.stream)).sum())?;
    let streams: Vec<Value> = grouped(lines, false)
        .into_iter()
        .map(|stream| {
            let entry = |Entry { line, .. }: &Entry<'_>| {
                let time = DateTime::<Utc>::from_timestamp_nanos(line.timestamp);
                json!({"ts": time.to_rfc3339_opts(SecondsFormat::AutoSi, true), "line": &*line.line})
            };
            let entries: Vec<Value> = stream.values.iter().map(entry).collect();
            json!({"labels": stream.stream.to_string(), "entries": entries})
        })
        .collect();
    Ok(json!({"streams": streams}).to_string())
}

/// `[{"stream":{…},"values":[…]},…]`: lines by stream, streams in the order of their labels as a text.
pub(crate) fn grouped(lines: &[LogLine], categorize: bool) -> Vec<Stream<'_>> {
    let mut order: Vec<Stream<'_>> = Vec::new();
    let mut known: HashMap<Labels, usize> = HashMap::new();
    for line in lines {
        let labels = if categorize { line.stream.clone() } else { line.labels() };
        let at = *known.entry(labels.clone()).or_insert_with(|| {
            order.push(Stream { stream: labels, values: Vec::new() });
            order.len() - 1
        });
        order[at].values.push(Entry { line, categorize });
    }
    order.sort_by_cached_key(|stream| stream.stream.to_string());
    order
}

/// Lines with the same labels.
#[derive(Serialize)]
pub(crate) struct Stream<'a> {
    stream: Labels,
    values: Vec<Entry<'a>>,
}

/// A line as it is written: its time, its text, and its other labels if they are kept apart.
struct Entry<'a> {
    line: &'a LogLine,
    categorize: bool,
}

impl Serialize for Entry<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let time = self.line.timestamp.to_string();
        if !self.categorize {
            return (time, &*self.line.line).serialize(serializer);
        }
        let categories = Categories { structured_metadata: &self.line.metadata, parsed: &self.line.parsed };
        (time, &*self.line.line, categories).serialize(serializer)
    }
}

/// The labels of a line alone, by where they come from.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Categories<'a> {
    #[serde(skip_serializing_if = "Labels::is_empty")]
    structured_metadata: &'a Labels,
    #[serde(skip_serializing_if = "Labels::is_empty")]
    parsed: &'a Labels,
}

/// Samples at one instant (ns).
pub(crate) fn instant(
    samples: &Samples,
    time: i64,
    warnings: &[String],
    memory: &QueryMemory,
) -> Result<String, MemoryError> {
    Ok(match samples {
        // Loki writes the time of a bare number in milliseconds, other than everywhere else.
        Samples::Scalar(number) => body("scalar", &[], &(time / 1_000_000, format_float(*number)), warnings),
        Samples::Vector(series) => {
            memory.take(series.iter().map(|one| labels_length(&one.labels) + SAMPLE).sum())?;
            let samples =
                series.iter().filter_map(|one| Some(Sample { metric: &one.labels, value: point(time, one.at(0)?) }));
            body("vector", &[], &samples.collect::<Vec<_>>(), warnings)
        }
    })
}

/// Samples over steps; a bare number is a series without labels.
pub(crate) fn matrix(
    samples: &Samples,
    steps: Grid,
    warnings: &[String],
    memory: &QueryMemory,
) -> Result<String, MemoryError> {
    let constant;
    let series = match samples {
        Samples::Scalar(number) => {
            constant = [Series::new(Labels::empty(), vec![*number; steps.count])];
            &constant[..]
        }
        Samples::Vector(series) => series,
    };
    memory.take(series.iter().map(|one| labels_length(&one.labels) + SAMPLE * one.samples().count()).sum())?;
    let rows = series.iter().map(|one| Row { metric: &one.labels, values: Points { series: one, steps } });
    Ok(body("matrix", &[], &rows.collect::<Vec<_>>(), warnings))
}

/// Bytes by labels at these times (ns). Loki answers an empty range as an instant.
pub(crate) fn volumes(
    volumes: &[(Labels, Vec<f64>)],
    times: &[i64],
    is_instant: bool,
    warnings: &[String],
    memory: &QueryMemory,
) -> Result<String, MemoryError> {
    memory.take(volumes.iter().map(|(labels, bytes)| labels_length(labels) + SAMPLE * bytes.len()).sum())?;
    let points = |bytes: &[f64]| -> Vec<_> {
        times.iter().zip(bytes).map(|(time, bytes)| point(*time, bytes.round())).collect()
    };
    let key = if is_instant { "value" } else { "values" };
    let rows = volumes.iter().map(|(labels, bytes)| {
        let mut points = json!(points(bytes));
        if is_instant {
            points = points[0].take();
        }
        json!({"metric": labels, key: points})
    });
    let rows: Vec<Value> = rows.collect();
    let kind = if is_instant || rows.is_empty() { "vector" } else { "matrix" };
    Ok(body(kind, &[], &rows, warnings))
}

/// Bytes of a sample with a long value.
const SAMPLE: usize = r#"[1795361006.309,"0.1234567890123456"],"#.len();
/// Bytes of a line besides its texts.
const LINE: usize = r#"["1795361006309755917","",{"structuredMetadata":{},"parsed":{}}],"#.len();

/// A series at one instant.
#[derive(Serialize)]
struct Sample<'a> {
    metric: &'a Labels,
    value: (Value, String),
}

/// A series over steps.
#[derive(Serialize)]
struct Row<'a> {
    metric: &'a Labels,
    values: Points<'a>,
}

struct Points<'a> {
    series: &'a Series,
    steps: Grid,
}

impl Serialize for Points<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.series.samples().map(|(step, value)| point(self.steps.time(step), value)))
    }
}

fn point(time: i64, value: f64) -> (Value, String) {
    (seconds(time), format_float(value))
}

/// The body of a good answer, written without a copy of the result in between.
fn body(kind: &'static str, flags: &[&str], result: &impl Serialize, warnings: &[String]) -> String {
    let data = Data { result_type: kind, encoding_flags: flags, result, stats: Map::new() };
    serde_json::to_string(&Envelope { status: "success", data, warnings }).unwrap_or_default()
}

#[derive(Serialize)]
struct Envelope<'a, T> {
    status: &'static str,
    data: Data<'a, T>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    warnings: &'a [String],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Data<'a, T> {
    result_type: &'static str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    encoding_flags: &'a [&'a str],
    result: &'a T,
    stats: Map<String, Value>,
}

/// About how many bytes labels take.
pub(crate) fn labels_length(labels: &Labels) -> usize {
    labels.text_bytes() + labels.len() * r#""":"","#.len() + r#"{"metric":{},"values":[]},"#.len()
}

/// Seconds with up to three decimals; whole seconds without any.
fn seconds(nanoseconds: i64) -> Value {
    let milliseconds = nanoseconds.div_euclid(1_000_000);
    if milliseconds % 1000 == 0 { json!(milliseconds / 1000) } else { json!(milliseconds as f64 / 1000.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_have_at_most_three_decimals() {
        assert_eq!(seconds(1_795_361_006_309_755_917).to_string(), "1795361006.309");
        assert_eq!(seconds(1_795_361_000_000_000_000).to_string(), "1795361000");
    }
}
