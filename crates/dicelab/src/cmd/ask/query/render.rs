//! Answers of the three APIs as tables.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, Local};
use serde_json::{Map, Value, json};

use super::table::table;

/// Heights of a sparkline's points.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Points of a sparkline at most; more are thinned out.
const SPARKLINE: usize = 40;

/// An answer as text; `None` if it is of no shape that we know.
pub(super) fn answer(answer: &Value) -> Option<String> {
    if let Some(traces) = answer.get("traces") {
        return Some(self::traces(traces.as_array()?));
    }
    if let Some(series) = answer.get("series").and_then(Value::as_array) {
        return Some(tempo_series(series));
    }
    // Tempo leaves out a list without entries.
    if answer.get("data").is_none() && answer.get("metrics").is_some() {
        return Some("no series\n".to_owned());
    }
    let data = answer.get("data")?;
    let result = data.get("result")?;
    let text = match data.get("resultType")?.as_str()? {
        "vector" => vector(result.as_array()?),
        "matrix" => matrix(result.as_array()?),
        "streams" => streams(result.as_array()?),
        "scalar" | "string" => format!("{}\n", result.get(1)?.as_str()?),
        _ => return None,
    };
    let warnings = ["warnings", "infos"].iter().filter_map(|name| answer.get(name)?.as_array()).flatten();
    let warnings = warnings.filter_map(|warning| Some(format!("note: {}\n", warning.as_str()?)));
    Some(text + &warnings.collect::<String>())
}

/// What an error's body says, in any of the three products' ways.
pub(super) fn error(body: &str) -> Option<String> {
    match serde_json::from_str::<Value>(body) {
        Ok(json) => Some(json.get("error")?.as_str()?.to_owned()),
        Err(_) => Some(body.trim().to_owned()).filter(|text| !text.is_empty()),
    }
}

fn vector(series: &[Value]) -> String {
    let names = label_names(series);
    let rows = series.iter().map(|one| {
        let value = one.get("value").and_then(|value| value.get(1)?.as_str()).unwrap_or("histogram");
        labels(one, &names).chain([value.to_owned()]).collect()
    });
    or_nothing(&names, &["VALUE"], &rows.collect::<Vec<_>>())
}

fn matrix(series: &[Value]) -> String {
    let names = label_names(series);
    let rows = series.iter().map(|one| {
        let points = one.get("values").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let values: Vec<f64> = points.iter().filter_map(|point| point.get(1)?.as_str()?.parse().ok()).collect();
        let last = points.last().and_then(|point| point.get(1)?.as_str()).unwrap_or_default();
        labels(one, &names).chain([sparkline(&values), last.to_owned()]).collect()
    });
    or_nothing(&names, &["OVER TIME", "LAST"], &rows.collect::<Vec<_>>())
}

/// Lines of all streams, oldest first.
fn streams(streams: &[Value]) -> String {
    let mut lines: Vec<(i64, &str)> = streams
        .iter()
        .filter_map(|stream| stream.get("values")?.as_array())
        .flatten()
        .filter_map(|entry| Some((entry.get(0)?.as_str()?.parse().ok()?, entry.get(1)?.as_str()?)))
        .collect();
    lines.sort_by_key(|(time, _)| *time);
    let lines = lines.iter().map(|(time, line)| format!("{}  {line}\n", clock(*time)));
    let text: String = lines.collect();
    if text.is_empty() { "no lines\n".to_owned() } else { text }
}

/// Series that Tempo computes from spans, which have either a value or samples.
fn tempo_series(series: &[Value]) -> String {
    let number = |value: Option<&Value>| Value::String(value.map_or_else(|| "0".to_owned(), ToString::to_string));
    let (mut is_range, mut all) = (false, Vec::new());
    for one in series {
        let labels = one["labels"].as_array().into_iter().flatten();
        let metric: Map<String, Value> = labels.filter_map(tempo_label).collect();
        match one.get("samples").and_then(Value::as_array) {
            Some(samples) => {
                is_range = true;
                let values = samples.iter().map(|sample| json!([0, number(sample.get("value"))]));
                all.push(json!({"metric": metric, "values": values.collect::<Vec<_>>()}));
            }
            None => all.push(json!({"metric": metric, "value": [0, number(one.get("value"))]})),
        }
    }
    if is_range { matrix(&all) } else { vector(&all) }
}

/// A label of Tempo's, whose value says of which type it is.
fn tempo_label(label: &Value) -> Option<(String, Value)> {
    let (_, value) = label.get("value")?.as_object()?.iter().next()?;
    let text = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    Some((label.get("key")?.as_str()?.to_owned(), Value::String(text)))
}

fn traces(traces: &[Value]) -> String {
    let text = |trace: &Value, key: &str| trace.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let rows: Vec<Vec<String>> = traces
        .iter()
        .map(|trace| {
            let started = text(trace, "startTimeUnixNano").parse().map(clock).unwrap_or_default();
            let took = Duration::from_millis(trace.get("durationMs").and_then(Value::as_u64).unwrap_or_default());
            let sets = trace.get("spanSets").and_then(Value::as_array).into_iter().flatten();
            let matched: u64 = sets.filter_map(|set| set.get("matched")?.as_u64()).sum();
            let (service, name) = (text(trace, "rootServiceName"), text(trace, "rootTraceName"));
            // Answers leave leading zeros out.
            let id = format!("{:0>32}", text(trace, "traceID"));
            vec![id, started, format!("{took:?}"), matched.to_string(), service, name]
        })
        .collect();
    if rows.is_empty() {
        return "no traces\n".to_owned();
    }
    table(&["TRACE", "STARTED", "TOOK", "MATCHED", "ROOT SERVICE", "ROOT SPAN"].map(str::to_owned), &rows)
}

/// All label names of the series, the metric's name first.
fn label_names(series: &[Value]) -> Vec<String> {
    let sets = series.iter().filter_map(|one| one.get("metric")?.as_object());
    let names: BTreeSet<&String> = sets.flat_map(Map::keys).collect();
    names.into_iter().cloned().collect()
}

fn labels<'a>(series: &'a Value, names: &'a [String]) -> impl Iterator<Item = String> + 'a {
    names.iter().map(|name| {
        let value = series.get("metric").and_then(|metric| metric.get(name)?.as_str());
        value.unwrap_or_default().to_owned()
    })
}

fn or_nothing(names: &[String], more: &[&str], rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return "no series\n".to_owned();
    }
    let names = names.iter().map(|name| if name == "__name__" { "METRIC".to_owned() } else { name.to_uppercase() });
    table(&names.chain(more.iter().map(|&name| name.to_owned())).collect::<Vec<_>>(), rows)
}

fn sparkline(values: &[f64]) -> String {
    let finite = || values.iter().copied().filter(|value| value.is_finite());
    let (least, most) = (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
    let bar = |value: f64| {
        if !value.is_finite() {
            return ' ';
        }
        let height = if most > least { (value - least) / (most - least) } else { 0.0 };
        BARS[((height * 7.0).round() as usize).min(BARS.len() - 1)]
    };
    let thin = values.len().div_ceil(SPARKLINE).max(1);
    values.iter().step_by(thin).map(|value| bar(*value)).collect()
}

fn clock(ns: i64) -> String {
    DateTime::from_timestamp_nanos(ns).with_timezone(&Local).format("%H:%M:%S%.3f").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_become_rows_with_a_column_per_label() {
        let body = json!({"status": "success", "data": {"resultType": "vector", "result": [
            {"metric": {"__name__": "up", "job": "a"}, "value": [1, "1"]},
            {"metric": {"__name__": "up", "zone": "z"}, "value": [1, "0"]}]}, "infos": ["be careful"]});
        let text = answer(&body).expect("known");
        assert_eq!(text, "METRIC  JOB  ZONE  VALUE\nup      a          1\nup           z     0\nnote: be careful\n");
    }

    #[test]
    fn points_become_a_sparkline() {
        let body = json!({"data": {"resultType": "matrix", "result": [
            {"metric": {"a": "b"}, "values": [[1, "0"], [2, "7"], [3, "3.5"]]}]}});
        assert_eq!(answer(&body).expect("known"), "A  OVER TIME  LAST\nb  ▁█▅        3.5\n");
    }

    #[test]
    fn series_of_spans_are_drawn_like_any_other() {
        let label = |value: &str| json!([{"key": "resource.service.name", "value": {"stringValue": value}}]);
        let once = json!({"series": [{"labels": label("a"), "value": 1.5}, {"labels": label("b")}], "metrics": {}});
        assert_eq!(
            answer(&once).expect("known"),
            "RESOURCE.SERVICE.NAME  VALUE\na                      1.5\nb                      0\n"
        );
        let samples = json!([{"timestampMs": "1"}, {"timestampMs": "2", "value": 7}]);
        let range =
            json!({"series": [{"labels": [{"key": "status", "value": {"boolValue": true}}], "samples": samples}]});
        assert_eq!(answer(&range).expect("known"), "STATUS  OVER TIME  LAST\ntrue    ▁█         7\n");
        assert_eq!(answer(&json!({"metrics": {}})).as_deref(), Some("no series\n"));
    }

    #[test]
    fn lines_are_in_order_of_time_over_all_streams() {
        let body = json!({"data": {"resultType": "streams", "result": [
            {"stream": {}, "values": [["3000000", "c"], ["1000000", "a"]]}, {"stream": {}, "values": [["2000000", "b"]]}]}});
        let text = answer(&body).expect("known");
        let lines: Vec<_> = text.lines().filter_map(|line| line.split("  ").nth(1)).collect();
        assert_eq!(lines, ["a", "b", "c"]);
    }

    #[test]
    fn empty_answers_and_errors_are_said() {
        let empty = |kind: &str| answer(&json!({"data": {"resultType": kind, "result": []}})).expect("known");
        assert_eq!((empty("vector"), empty("streams")), ("no series\n".into(), "no lines\n".into()));
        assert_eq!(answer(&json!({"traces": []})).as_deref(), Some("no traces\n"));
        assert_eq!(answer(&json!({"data": {"resultType": "strange", "result": []}})), None);
        assert_eq!(error(r#"{"status":"error","error":"bad"}"#).as_deref(), Some("bad"));
        assert_eq!(error("parse error\n").as_deref(), Some("parse error"));
    }
}
