//! Answers as Loki writes them: lines with string nanoseconds, samples with numbers of seconds.

use std::collections::HashMap;

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use lab_logs::logql::eval::lines::Lines;
use lab_logs::logql::eval::value::Value as Samples;
use lab_logs::{Grid, LogLine, Series};
use lab_model::{Labels, format_float};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// The media type of results.
const JSON: &str = "application/json; charset=UTF-8";

/// A JSON body.
pub(crate) fn json_response(body: &Value) -> Response {
    ([(CONTENT_TYPE, JSON)], body.to_string()).into_response()
}

pub(crate) fn success(data: impl Serialize) -> Response {
    json_response(&json!({"status": "success", "data": data}))
}

/// `{"status":"success"}`: how Loki says that there are no labels or values.
pub(crate) fn success_without_data() -> Response {
    json_response(&json!({"status": "success"}))
}

/// Lines, grouped into streams. `categorize` keeps the labels of stream, metadata and parsers apart.
pub(crate) fn streams(answer: &Lines, categorize: bool) -> Response {
    let mut data = Map::new();
    data.insert("resultType".into(), "streams".into());
    if categorize {
        data.insert("encodingFlags".into(), json!(["categorize-labels"]));
    }
    data.insert("result".into(), grouped(&answer.lines, categorize).into());
    data.insert("stats".into(), json!({}));
    with_warnings(Value::Object(data), &answer.warnings)
}

/// `[{"stream":{…},"values":[…]},…]`: lines by stream, streams in the order of their first line.
pub(crate) fn grouped(lines: &[LogLine], categorize: bool) -> Vec<Value> {
    let mut order: Vec<(Labels, Vec<Value>)> = Vec::new();
    let mut known: HashMap<Labels, usize> = HashMap::new();
    for line in lines {
        let labels = if categorize { line.stream.clone() } else { line.labels() };
        let at = *known.entry(labels.clone()).or_insert_with(|| {
            order.push((labels, Vec::new()));
            order.len() - 1
        });
        order[at].1.push(entry(line, categorize));
    }
    order.into_iter().map(|(labels, values)| json!({"stream": labels, "values": values})).collect()
}

/// Samples at one instant (ns).
pub(crate) fn instant(samples: &Samples, time: i64, warnings: &[String]) -> Response {
    let (kind, result) = match samples {
        // Loki writes the time of a bare number in milliseconds, other than everywhere else.
        Samples::Scalar(number) => ("scalar", json!([time / 1_000_000, format_float(*number)])),
        Samples::Vector(series) => {
            let sample = |one: &Series| {
                let value = one.at(0)?;
                Some(json!({"metric": one.labels, "value": [seconds(time), format_float(value)]}))
            };
            ("vector", series.iter().filter_map(sample).collect())
        }
    };
    with_warnings(json!({"resultType": kind, "result": result, "stats": {}}), warnings)
}

/// Samples over steps; a bare number is a series without labels.
pub(crate) fn matrix(samples: &Samples, steps: Grid, warnings: &[String]) -> Response {
    let row = |labels: &Labels, value: &dyn Fn(usize) -> Option<f64>| {
        let point = |step: usize| value(step).map(|value| json!([seconds(steps.time(step)), format_float(value)]));
        json!({"metric": labels, "values": (0..steps.count).filter_map(point).collect::<Vec<_>>()})
    };
    let result: Vec<Value> = match samples {
        Samples::Scalar(number) => vec![row(&Labels::empty(), &|_| Some(*number))],
        Samples::Vector(series) => series.iter().map(|one| row(&one.labels, &|step| one.at(step))).collect(),
    };
    with_warnings(json!({"resultType": "matrix", "result": result, "stats": {}}), warnings)
}

/// [`success`] with `warnings`, if there are any.
fn with_warnings(data: Value, warnings: &[String]) -> Response {
    let mut body = json!({"status": "success", "data": data});
    if !warnings.is_empty() {
        body["warnings"] = json!(warnings);
    }
    json_response(&body)
}

fn entry(line: &LogLine, categorize: bool) -> Value {
    let time = line.timestamp.to_string();
    if !categorize {
        return json!([time, &*line.line]);
    }
    let mut categories = Map::new();
    for (name, labels) in [("structuredMetadata", &line.metadata), ("parsed", &line.parsed)] {
        if !labels.is_empty() {
            categories.insert(name.into(), json!(labels));
        }
    }
    json!([time, &*line.line, categories])
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
