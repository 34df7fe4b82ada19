//! Lines, grouped into streams.

use std::collections::HashMap;

use axum::http::HeaderMap;
use chrono::{DateTime, SecondsFormat, Utc};
use lab_logs::LogLine;
use lab_logs::logql::eval::lines::{Direction, Lines};
use lab_model::{Labels, MemoryError, QueryMemory};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::loki::answer::envelope::{Beside, body, labels_length};
use crate::loki::answer::form::{Form, Written};
use crate::loki::answer::packed;
use crate::loki::answer::statistics::Statistics;

/// The header by which Grafana asks for labels by origin.
const ENCODING_FLAGS: &str = "X-Loki-Response-Encoding-Flags";
/// Bytes of a line besides its texts.
const LINE: usize = r#"["1795361006309755917","",{"structuredMetadata":{},"parsed":{}}],"#.len();

/// Which lines were asked for, and how they are to be written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    pub(crate) form: Form,
    /// The labels of stream, metadata and parsers are kept apart.
    pub(crate) categorize: bool,
    pub(crate) direction: Direction,
    pub(crate) limit: usize,
}

/// Writes lines in the form that was asked for.
pub(crate) fn write(
    answer: &Lines,
    manner: Manner,
    statistics: Statistics,
    memory: &QueryMemory,
) -> Result<Written, MemoryError> {
    let texts = answer.lines.iter().map(|line| {
        let labels = [&line.stream, &line.metadata, &line.parsed].map(labels_length);
        line.line.len() + labels.into_iter().sum::<usize>() + LINE
    });
    memory.take(texts.sum())?;
    let flags: &[&str] = if manner.categorize { &["categorize-labels"] } else { &[] };
    let beside = Beside { warnings: &answer.warnings, statistics };
    let grouped = grouped(&answer.lines, manner.categorize);
    Ok(manner.form.write(|| body("streams", flags, &grouped, &beside), || packed::streams(&grouped, manner, &beside)))
}

/// Whether a client asks for labels by origin.
pub(crate) fn categorizes(headers: &HeaderMap) -> bool {
    let flags = headers.get_all(ENCODING_FLAGS).iter().filter_map(|flags| flags.to_str().ok());
    flags.flat_map(|flags| flags.split(',')).any(|flag| flag.trim() == "categorize-labels")
}

/// Lines as Loki's first versions wrote them: labels as a text, times as RFC 3339.
pub(crate) fn legacy(lines: &[LogLine], statistics: Statistics, memory: &QueryMemory) -> Result<String, MemoryError> {
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
    Ok(json!({"streams": streams, "stats": statistics}).to_string())
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
    pub(crate) stream: Labels,
    pub(crate) values: Vec<Entry<'a>>,
}

/// A line as it is written: its time, its text, and its other labels if they are kept apart.
pub(crate) struct Entry<'a> {
    pub(crate) line: &'a LogLine,
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
