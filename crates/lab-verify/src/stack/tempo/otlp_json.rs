//! Traces as Tempo writes them: OTLP in protobuf's JSON. Ids come in base64 or hexadecimal, whole numbers as
//! strings or numbers, and what is zero or empty is left out.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use crate::stack::span::{Kind, Span, Value};
use crate::stack::tempo::names::Names;

/// Why an answer holds no spans that can be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum OtlpError {
    /// It is no JSON of this shape.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// An id is neither hexadecimal nor base64.
    #[error("{text:?} is not an id: {reason}")]
    Id { text: String, reason: base64::DecodeError },
}

/// A value that is no whole number.
#[derive(Debug, thiserror::Error)]
#[error("{0} is not a whole number")]
struct NotWhole(serde_json::Value);

/// The spans of an answer to `/api/v2/traces/{id}` or `/api/traces/{id}`.
pub(super) fn read(body: &[u8]) -> Result<Vec<Span>, OtlpError> {
    let body: Body = serde_json::from_slice(body)?;
    let mut names = Names::default();
    let mut spans = Vec::new();
    let resources = body.trace.into_iter().flat_map(|trace| trace.resource_spans);
    for resource in resources.chain(body.batches) {
        let service = resource.resource.attributes.iter().find(|pair| pair.key == "service.name");
        let service = match service.map(|pair| &pair.value) {
            Some(Any { text: Some(name), .. }) => names.get(name),
            _ => names.get("unknown_service"),
        };
        for raw in resource.scope_spans.into_iter().flat_map(|scope| scope.spans) {
            spans.push(raw.span(&service, &mut names)?);
        }
    }
    Ok(spans)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Body {
    trace: Option<TraceBody>,
    #[serde(alias = "resourceSpans")]
    batches: Vec<ResourceSpans>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TraceBody {
    #[serde(default, alias = "batches")]
    resource_spans: Vec<ResourceSpans>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct ResourceSpans {
    resource: Attributes,
    #[serde(alias = "instrumentationLibrarySpans")]
    scope_spans: Vec<ScopeSpans>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Attributes {
    attributes: Vec<Pair>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ScopeSpans {
    spans: Vec<RawSpan>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct RawSpan {
    trace_id: String,
    span_id: String,
    parent_span_id: String,
    name: String,
    kind: serde_json::Value,
    start_time_unix_nano: Whole,
    end_time_unix_nano: Whole,
    attributes: Vec<Pair>,
    events: Vec<RawEvent>,
    status: RawStatus,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawEvent {
    name: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawStatus {
    code: serde_json::Value,
}

#[derive(Deserialize)]
struct Pair {
    key: String,
    #[serde(default)]
    value: Any,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Any {
    #[serde(rename = "stringValue")]
    text: Option<String>,
    #[serde(rename = "intValue")]
    whole: Option<Whole>,
    #[serde(rename = "doubleValue")]
    double: Option<f64>,
    #[serde(rename = "boolValue")]
    truth: Option<bool>,
    #[serde(rename = "arrayValue")]
    array: Option<Array>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Array {
    values: Vec<Any>,
}

/// A whole number, written as a number or as a string.
#[derive(Deserialize, Clone, Copy, Default)]
#[serde(try_from = "serde_json::Value")]
struct Whole(i64);

impl TryFrom<serde_json::Value> for Whole {
    type Error = NotWhole;

    fn try_from(value: serde_json::Value) -> Result<Self, NotWhole> {
        let number = match &value {
            serde_json::Value::String(text) => text.parse().ok(),
            other => other.as_i64(),
        };
        number.map(Self).ok_or(NotWhole(value))
    }
}

impl RawSpan {
    fn span(self, service: &Arc<str>, names: &mut Names) -> Result<Span, OtlpError> {
        let parent = if self.parent_span_id.is_empty() { None } else { Some(id(&self.parent_span_id, 8)?) };
        let attributes: BTreeMap<_, _> =
            self.attributes.into_iter().filter_map(|pair| Some((names.get(&pair.key), pair.value.value()?))).collect();
        Ok(Span {
            trace_id: names.get(&id(&self.trace_id, 16)?),
            span_id: id(&self.span_id, 8)?,
            // A root's parent is left out or all zeros.
            parent_id: parent.filter(|parent| parent.bytes().any(|digit| digit != b'0')),
            service: service.clone(),
            name: names.get(&self.name),
            kind: kind(&self.kind),
            start_ns: self.start_time_unix_nano.0,
            end_ns: self.end_time_unix_nano.0,
            failed: self.status.code == "STATUS_CODE_ERROR" || self.status.code == 2,
            attributes,
            events: self.events.into_iter().map(|event| event.name).collect(),
        })
    }
}

impl Any {
    fn value(self) -> Option<Value> {
        let list = |array: Array| Value::List(array.values.into_iter().filter_map(Self::value).collect());
        let text = self.text.map(Value::Text);
        let number = self.whole.map(|value| Value::Int(value.0)).or(self.double.map(Value::Double));
        text.or(number).or(self.truth.map(Value::Bool)).or(self.array.map(list))
    }
}

/// Hexadecimal digits of an id of this many bytes, whichever way it is written.
pub(super) fn id(text: &str, bytes: usize) -> Result<String, OtlpError> {
    if text.len() == 2 * bytes && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(text.to_ascii_lowercase());
    }
    let decoded = STANDARD.decode(text).map_err(|reason| OtlpError::Id { text: text.to_owned(), reason })?;
    Ok(decoded.iter().fold(String::with_capacity(2 * bytes), |mut digits, byte| {
        // Writing to a string cannot fail.
        let _ = write!(digits, "{byte:02x}");
        digits
    }))
}

fn kind(kind: &serde_json::Value) -> Kind {
    match (kind.as_str(), kind.as_i64()) {
        (Some("SPAN_KIND_SERVER"), _) | (_, Some(2)) => Kind::Server,
        (Some("SPAN_KIND_CLIENT"), _) | (_, Some(3)) => Kind::Client,
        _ => Kind::Internal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a real Tempo was seen to answer, both versions.
    #[test]
    fn both_versions_and_both_ways_to_write_ids_are_read() {
        let span = r#"{"traceId":"PD35ChQTxfC83CcGslQ1DQ==","spanId":"oICIdprkNV4=","name":"GET /roll",
            "kind":"SPAN_KIND_SERVER","startTimeUnixNano":"1795362753148966407","endTimeUnixNano":"1795362753148966507",
            "attributes":[{"key":"async.batch_size","value":{"intValue":"5"}},{"key":"die.faces","value":{"arrayValue":
            {"values":[{"intValue":"1"},{"intValue":"2"}]}}},{"key":"odd"}],
            "events":[{"timeUnixNano":"1","name":"exception"}],"status":{"code":"STATUS_CODE_ERROR"}}"#;
        let inside = format!(
            r#"[{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"frontend"
            }}}}]}},"scopeSpans":[{{"scope":{{}},"spans":[{span}]}}]}}]"#
        );
        let hex = inside.replace("PD35ChQTxfC83CcGslQ1DQ==", "3c3df90a1413c5f0bcdc2706b254350d");
        for text in
            [format!(r#"{{"trace":{{"resourceSpans":{inside}}},"metrics":{{}}}}"#), format!(r#"{{"batches":{hex}}}"#)]
        {
            let spans = read(text.as_bytes()).expect("a trace");
            let [span] = &spans[..] else { panic!("{spans:?}") };
            assert_eq!(&*span.trace_id, "3c3df90a1413c5f0bcdc2706b254350d");
            assert_eq!((&*span.service, &*span.name, span.kind), ("frontend", "GET /roll", Kind::Server));
            assert_eq!((span.parent_id.as_deref(), span.failed), (None, true));
            assert_eq!((span.int("async.batch_size"), span.end_ns - span.start_ns), (Some(5), 100));
            assert_eq!(span.attributes.get("die.faces"), Some(&Value::List(vec![Value::Int(1), Value::Int(2)])));
            assert_eq!(span.events, ["exception"]);
        }
    }

    #[test]
    fn an_unknown_trace_has_no_spans_and_nonsense_is_an_error() {
        assert!(read(br#"{"trace":{},"metrics":{}}"#).is_ok_and(|spans| spans.is_empty()));
        assert!(read(b"<html>").is_err());
        let bad = br#"{"batches":[{"scopeSpans":[{"spans":[{"traceId":"!"}]}]}]}"#;
        assert!(read(bad).is_err_and(|why| why.to_string().contains("not an id")));
    }
}
