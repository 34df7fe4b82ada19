//! The stores' answers as frames: columns with their types, as Grafana's JSON has them.

use serde_json::{Map, Value, json};

/// A column of a frame.
struct Column {
    field: Value,
    values: Vec<Value>,
    /// Where a number stands that JSON has not: the names `NaN`, `Inf`, `NegInf` and the places of each.
    entities: Map<String, Value>,
}

impl Column {
    fn new(name: &str, kind: &str, values: Vec<Value>) -> Self {
        let frame = match kind {
            "time" => "time.Time",
            "number" => "float64",
            "other" => "json.RawMessage",
            _ => "string",
        };
        let field = json!({ "name": name, "type": kind, "typeInfo": { "frame": frame }, "config": {} });
        Self { field, values, entities: Map::new() }
    }

    /// Numbers as the stores write them: texts, of which some are no numbers of JSON.
    fn numbers(texts: &[Value]) -> Self {
        let mut column = Self::new("Value", "number", Vec::with_capacity(texts.len()));
        for (at, text) in texts.iter().enumerate() {
            let number = text.as_str().and_then(|text| text.parse::<f64>().ok()).or_else(|| text.as_f64());
            let number = number.unwrap_or(f64::NAN);
            if !number.is_finite() {
                let name = if number.is_nan() {
                    "NaN"
                } else if number > 0.0 {
                    "Inf"
                } else {
                    "NegInf"
                };
                let places = column.entities.entry(name).or_insert_with(|| json!([]));
                if let Some(places) = places.as_array_mut() {
                    places.push(json!(at));
                }
            }
            column.values.push(if number.is_finite() { json!(number) } else { Value::Null });
        }
        column
    }
}

fn frame(meta: &Value, columns: Vec<Column>) -> Value {
    let has_entities = columns.iter().any(|column| !column.entities.is_empty());
    let entities: Vec<Value> = columns
        .iter()
        .map(|column| if column.entities.is_empty() { Value::Null } else { Value::Object(column.entities.clone()) })
        .collect();
    let (fields, values): (Vec<Value>, Vec<Vec<Value>>) =
        columns.into_iter().map(|column| (column.field, column.values)).unzip();
    let mut data = json!({ "values": values });
    if has_entities {
        data["entities"] = Value::Array(entities);
    }
    json!({ "schema": { "meta": meta, "fields": fields }, "data": data })
}

/// A frame of time and value for each series of a matrix or vector, and one for a scalar.
pub(crate) fn series(data: &Value, legend: &str, query: &str) -> Vec<Value> {
    let kind = data["resultType"].as_str().unwrap_or_default();
    let one = |samples: &[Value], labels: &Value| {
        let times =
            samples.iter().map(|sample| json!((sample[0].as_f64().unwrap_or_default() * 1000.0).round() as i64));
        let values: Vec<Value> = samples.iter().map(|sample| sample[1].clone()).collect();
        labelled(times.collect(), Column::numbers(&values), labels, kind, legend, query)
    };
    match &data["result"] {
        scalar @ Value::Array(pair) if kind == "scalar" && pair.len() == 2 => {
            vec![one(std::slice::from_ref(scalar), &json!({}))]
        }
        Value::Array(list) => list
            .iter()
            .filter(|element| element.get("values").is_some() || element.get("value").is_some())
            .map(|element| match element["values"].as_array() {
                Some(samples) => one(samples, &element["metric"]),
                None => one(std::slice::from_ref(&element["value"]), &element["metric"]),
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn labelled(times: Vec<Value>, mut numbers: Column, labels: &Value, kind: &str, legend: &str, query: &str) -> Value {
    let shape = if kind == "matrix" { "timeseries-multi" } else { "numeric-multi" };
    let meta = json!({
        "type": shape, "typeVersion": [0, 1], "custom": { "resultType": kind }, "executedQueryString": query,
    });
    numbers.field["labels"] = labels.clone();
    numbers.field["config"] = json!({ "displayNameFromDS": name(labels, legend, query) });
    if let Some(own) = labels["__name__"].as_str() {
        numbers.field["name"] = json!(own);
    }
    frame(&meta, vec![Column::new("Time", "time", times), numbers])
}

/// The name of a series: the legend with its labels filled in, else the labels, else the query.
fn name(labels: &Value, legend: &str, query: &str) -> String {
    let labels = labels.as_object().cloned().unwrap_or_default();
    let text = |name: &str| labels.get(name).and_then(Value::as_str).unwrap_or_default();
    if !legend.is_empty() && legend != "__auto" {
        let mut parts = legend.split("{{");
        let mut filled = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            match part.split_once("}}") {
                Some((label, rest)) => filled.extend([text(label.trim()), rest]),
                None => filled.extend(["{{", part]),
            }
        }
        return filled;
    }
    let pairs: Vec<String> =
        labels.iter().filter(|(name, _)| *name != "__name__").map(|(name, value)| format!("{name}={value}")).collect();
    match (text("__name__"), pairs.is_empty()) {
        ("", true) => query.to_owned(),
        (own, true) => own.to_owned(),
        (own, false) => format!("{own}{{{}}}", pairs.join(", ")),
    }
}

/// When it was written in nanoseconds since the epoch, its text, the labels of its stream.
type Line = (i64, Value, Value);

/// One frame of all lines, with the labels of each.
pub(crate) fn lines(data: &Value, query: &str) -> Value {
    let mut rows: Vec<Line> = Vec::new();
    for stream in data["result"].as_array().into_iter().flatten() {
        for entry in stream["values"].as_array().into_iter().flatten() {
            let time = entry[0].as_str().and_then(|text| text.parse().ok()).unwrap_or_default();
            rows.push((time, entry[1].clone(), stream["stream"].clone()));
        }
    }
    rows.sort_by_key(|(time, ..)| std::cmp::Reverse(*time));
    let column = |name, kind, of: &dyn Fn(usize, &Line) -> Value| {
        Column::new(name, kind, rows.iter().enumerate().map(|(at, row)| of(at, row)).collect())
    };
    let meta = json!({
        "typeVersion": [0, 0], "custom": { "frameType": "LabeledTimeValues" }, "executedQueryString": query,
        "preferredVisualisationType": "logs",
    });
    let columns = vec![
        column("labels", "other", &|_, row| row.2.clone()),
        column("Time", "time", &|_, row| json!(row.0.div_euclid(1_000_000))),
        column("Line", "string", &|_, row| row.1.clone()),
        column("tsNs", "string", &|_, row| json!(row.0.to_string())),
        column("id", "string", &|at, row| json!(format!("{}_{at}", row.0))),
    ];
    frame(&meta, columns)
}

/// The traces of a search, as a table.
pub(crate) fn traces(answer: &Value, query: &str) -> Value {
    let list = answer["traces"].as_array().cloned().unwrap_or_default();
    let column = |name, kind, of: &dyn Fn(&Value) -> Value| Column::new(name, kind, list.iter().map(of).collect());
    let start = |trace: &Value| {
        let ns = trace["startTimeUnixNano"].as_str().and_then(|text| text.parse::<i64>().ok()).unwrap_or_default();
        json!(ns / 1_000_000)
    };
    let meta = json!({ "executedQueryString": query, "preferredVisualisationType": "table" });
    let columns = vec![
        column("traceID", "string", &|trace| trace["traceID"].clone()),
        column("startTime", "time", &start),
        column("traceService", "string", &|trace| trace["rootServiceName"].clone()),
        column("traceName", "string", &|trace| trace["rootTraceName"].clone()),
        column("traceDuration", "number", &|trace| trace.get("durationMs").cloned().unwrap_or_else(|| json!(0))),
    ];
    frame(&meta, columns)
}

/// The series that TraceQL makes of spans.
pub(crate) fn span_series(answer: &Value, query: &str) -> Vec<Value> {
    let list = answer["series"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let one = |series: &Value| {
        let labels: Map<String, Value> = series["labels"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|label| {
                let value =
                    label["value"].as_object().and_then(|value| value.values().next()).map(text).unwrap_or_default();
                (label["key"].as_str().unwrap_or_default().to_owned(), json!(value))
            })
            .collect();
        let samples = series["samples"].as_array().cloned().unwrap_or_default();
        let time = |sample: &Value| {
            sample["timestampMs"].as_str().and_then(|text| text.parse::<i64>().ok()).unwrap_or_default()
        };
        let times = samples.iter().map(|sample| json!(time(sample))).collect();
        let values: Vec<Value> =
            samples.iter().map(|sample| sample.get("value").cloned().unwrap_or_else(|| json!(0))).collect();
        labelled(times, Column::numbers(&values), &Value::Object(labels), "matrix", "", query)
    };
    list.iter().map(one).collect()
}

/// The spans of a trace, as a table.
pub(crate) fn trace(answer: &Value, id: &str) -> Value {
    let mut rows: Vec<(Value, Value)> = Vec::new();
    for batch in answer["batches"].as_array().into_iter().flatten() {
        let attributes = batch["resource"]["attributes"].as_array().cloned().unwrap_or_default();
        let service = attributes.iter().find(|one| one["key"] == "service.name");
        let service = service.map(|one| one["value"]["stringValue"].clone()).unwrap_or_default();
        for scope in batch["scopeSpans"].as_array().into_iter().flatten() {
            let spans = scope["spans"].as_array().into_iter().flatten();
            rows.extend(spans.map(|span| (service.clone(), span.clone())));
        }
    }
    let column =
        |name, kind, of: &dyn Fn(&(Value, Value)) -> Value| Column::new(name, kind, rows.iter().map(of).collect());
    let ns =
        |span: &Value, name: &str| span[name].as_str().and_then(|text| text.parse::<i64>().ok()).unwrap_or_default();
    let duration = |span: &Value| (ns(span, "endTimeUnixNano") - ns(span, "startTimeUnixNano")) as f64 / 1e6;
    let or_empty = |value: &Value| if value.is_null() { json!("") } else { value.clone() };
    let meta = json!({ "executedQueryString": id, "preferredVisualisationType": "trace" });
    let columns = vec![
        column("traceID", "string", &|_| json!(id)),
        column("spanID", "string", &|row| hexadecimal(&row.1["spanId"])),
        column("parentSpanID", "string", &|row| hexadecimal(&row.1["parentSpanId"])),
        column("operationName", "string", &|row| or_empty(&row.1["name"])),
        column("serviceName", "string", &|row| or_empty(&row.0)),
        column("startTime", "number", &|row| json!(ns(&row.1, "startTimeUnixNano") as f64 / 1e6)),
        column("duration", "number", &|row| json!(duration(&row.1))),
        column("tags", "other", &|row| row.1.get("attributes").cloned().unwrap_or_else(|| json!([]))),
    ];
    frame(&meta, columns)
}

/// The id of a span, which Tempo's JSON writes in base64, as clients write it.
fn hexadecimal(id: &Value) -> Value {
    use base64::Engine as _;
    use std::fmt::Write as _;
    let text = id.as_str().unwrap_or_default();
    if text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return id.clone();
    }
    let bytes = base64::engine::general_purpose::STANDARD.decode(text).unwrap_or_default();
    json!(bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    }))
}
