//! Answers of lines by stream.

use axum::http::HeaderMap;
use chrono::{DateTime, SecondsFormat, Utc};
use lab_logs::LogLine;
use lab_logs::logql::eval::lines::Lines;
use lab_model::{MemoryError, QueryMemory};
use serde_json::{Value, json};

use crate::loki::answer::by_stream::{Entry, Manner, grouped};
use crate::loki::answer::envelope::{Beside, body, labels_length};
use crate::loki::answer::form::Written;
use crate::loki::answer::packed;
use crate::loki::answer::statistics::Statistics;

/// The header by which Grafana asks for labels by origin.
const ENCODING_FLAGS: &str = "X-Loki-Response-Encoding-Flags";
/// Bytes of a line besides its texts.
const LINE: usize = r#"["1795361006309755917","",{"structuredMetadata":{},"parsed":{}}],"#.len();

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
    manner.form.take(memory, texts.sum(), || answer.lines.iter().map(packed::line_bytes).sum())?;
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

#[cfg(test)]
mod tests {
    use lab_logs::logql::eval::cost::Figures;
    use lab_logs::logql::eval::lines::Direction;
    use lab_model::{Interrupt, Labels, MemoryPool};

    use super::*;
    use crate::loki::answer::form::Form;
    use crate::loki::answer::statistics::Watch;

    #[test]
    fn messages_take_memory_beside_what_is_written_from_them() {
        let labels = Labels::from_pairs([("app", "a")]);
        let line = LogLine {
            timestamp: 1,
            line: "x".repeat(1000).into(),
            stream: labels.clone(),
            metadata: labels.clone(),
            parsed: Labels::empty(),
        };
        let answer = Lines { lines: vec![line; 1000], ..Lines::default() };
        let held = |form: Form| {
            let memory = MemoryPool::new(100 << 20).enter(&Interrupt::default()).expect("memory");
            let manner = Manner { form, categorize: false, direction: Direction::Backward, limit: 1000 };
            let statistics = Statistics::of(&Figures::default(), 1000, Watch::start());
            write(&answer, manner, statistics, &memory).expect("written");
            memory.held()
        };
        let (json, protobuf) = (held(Form::Json), held(Form::Protobuf));
        assert!(json > 1_000_000, "{json}");
        assert!(protobuf > json + 1_000_000, "{protobuf}");
    }
}
