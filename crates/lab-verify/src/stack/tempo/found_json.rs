//! Spans as a search shows them: what a TraceQL query selects of each, in no more than two levels of JSON.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::Deserialize;

use crate::stack::span::{Kind, Span, Value};

/// Selects what a judgement needs of a span.
pub(super) const QUERY: &str = "{ } | select(resource.service.name, name, kind, status, span:parentID, \
    span.async.batch_size, span.async.cancelled, span.async.total_result, span.die.faces, span.die.result, \
    span.roll.value, span.error.type, span.http.response.status_code)";

/// What a value is called that a span has not.
const NOTHING: &str = "nil";

/// The spans of each trace that has no more of them than the search was asked to show, in order of their start.
pub(super) fn read(body: &[u8]) -> Result<Vec<Vec<Span>>, serde_json::Error> {
    let body: Body<'_> = serde_json::from_slice(body)?;
    let mut names = Names::default();
    let mut traces = Vec::with_capacity(body.traces.len());
    for found in body.traces {
        let is_whole = found.span_sets.iter().all(|set| set.spans.len() as u64 == set.matched);
        if !is_whole {
            continue;
        }
        // Leading zeros may be missing.
        let trace_id: Arc<str> = format!("{:0>32}", found.trace_id).into();
        let raw = found.span_sets.into_iter().flat_map(|set| set.spans);
        let mut spans: Vec<Span> = raw.map(|span| span.span(&trace_id, &mut names)).collect();
        spans.sort_by_key(|span| span.start_ns);
        traces.push(spans);
    }
    Ok(traces)
}

/// Each name once.
#[derive(Default)]
struct Names(HashMap<Box<str>, Arc<str>>);

impl Names {
    fn get(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.0.get(name) {
            return known.clone();
        }
        let new: Arc<str> = name.into();
        self.0.insert(name.into(), new.clone());
        new
    }
}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow, default)]
    traces: Vec<Found<'a>>,
}

#[derive(Deserialize)]
struct Found<'a> {
    #[serde(rename = "traceID", borrow)]
    trace_id: Cow<'a, str>,
    #[serde(rename = "spanSets", borrow, default)]
    span_sets: Vec<SpanSet<'a>>,
}

#[derive(Deserialize)]
struct SpanSet<'a> {
    #[serde(borrow, default)]
    spans: Vec<RawSpan<'a>>,
    #[serde(default)]
    matched: u64,
}

#[derive(Deserialize)]
struct RawSpan<'a> {
    #[serde(rename = "spanID", borrow)]
    span_id: Cow<'a, str>,
    #[serde(borrow, default)]
    name: Cow<'a, str>,
    #[serde(rename = "startTimeUnixNano", borrow)]
    start: Cow<'a, str>,
    #[serde(rename = "durationNanos", borrow, default)]
    duration: Cow<'a, str>,
    #[serde(borrow, default)]
    attributes: Vec<Pair<'a>>,
}

#[derive(Deserialize)]
struct Pair<'a> {
    #[serde(borrow)]
    key: Cow<'a, str>,
    #[serde(borrow)]
    value: Any<'a>,
}

/// A value under the name of its type.
#[derive(Deserialize)]
enum Any<'a> {
    #[serde(rename = "stringValue", borrow)]
    Text(Cow<'a, str>),
    #[serde(rename = "intValue", borrow)]
    Int(Cow<'a, str>),
    #[serde(rename = "doubleValue")]
    Double(f64),
    #[serde(rename = "boolValue")]
    Bool(bool),
    #[serde(rename = "arrayValue", borrow)]
    List(Array<'a>),
}

#[derive(Deserialize)]
struct Array<'a> {
    #[serde(borrow, default)]
    values: Vec<Any<'a>>,
}

impl RawSpan<'_> {
    fn span(self, trace_id: &Arc<str>, names: &mut Names) -> Span {
        let start_ns = self.start.parse().unwrap_or_default();
        let duration: i64 = self.duration.parse().unwrap_or_default();
        let mut span = Span {
            trace_id: trace_id.clone(),
            span_id: format!("{:0>16}", self.span_id),
            parent_id: None,
            service: names.get("unknown_service"),
            name: names.get(&self.name),
            kind: Kind::Internal,
            start_ns,
            end_ns: start_ns.saturating_add(duration),
            failed: false,
            attributes: BTreeMap::new(),
            events: Vec::new(),
        };
        for Pair { key, value } in self.attributes {
            match (&*key, value) {
                (_, Any::Text(text)) if text == NOTHING => {}
                ("service.name", Any::Text(text)) => span.service = names.get(&text),
                ("kind", Any::Text(text)) => span.kind = kind(&text),
                ("status", Any::Text(text)) => span.failed = text == "error",
                ("span:parentID", Any::Text(text)) => {
                    // A root's parent is empty or all zeros.
                    span.parent_id = text.bytes().any(|digit| digit != b'0').then(|| format!("{text:0>16}"));
                }
                (key, value) => drop(span.attributes.insert(names.get(key), value.value())),
            }
        }
        span
    }
}

impl Any<'_> {
    fn value(self) -> Value {
        match self {
            Self::Text(text) => Value::Text(text.into_owned()),
            Self::Int(digits) => digits.parse().map_or_else(|_| Value::Text(digits.into_owned()), Value::Int),
            Self::Double(value) => Value::Double(value),
            Self::Bool(value) => Value::Bool(value),
            Self::List(array) => Value::List(array.values.into_iter().map(Any::value).collect()),
        }
    }
}

fn kind(name: &str) -> Kind {
    match name {
        "server" => Kind::Server,
        "client" => Kind::Client,
        _ => Kind::Internal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spans_of_a_search_are_read_and_traces_that_are_cut_are_left_out() {
        let attributes = r#"[{"key":"service.name","value":{"stringValue":"dice-roller"}},
            {"key":"kind","value":{"stringValue":"server"}},{"key":"status","value":{"stringValue":"error"}},
            {"key":"span:parentID","value":{"stringValue":"a1"}},{"key":"roll.value","value":{"stringValue":"nil"}},
            {"key":"async.batch_size","value":{"intValue":"3"}},
            {"key":"die.faces","value":{"arrayValue":{"values":[{"intValue":"1"},{"intValue":"2"}]}}}]"#;
        let late = r#"{"spanID":"2","name":"b","startTimeUnixNano":"9","durationNanos":"1"}"#;
        let early = format!(
            r#"{{"spanID":"ab","name":"a","startTimeUnixNano":"5","durationNanos":"7","attributes":{attributes}}}"#
        );
        let set = |matched: u64| format!(r#"{{"spans":[{late},{early}],"matched":{matched}}}"#);
        let trace = |id: &str, matched: u64| {
            format!(r#"{{"traceID":"{id}","spanSet":{},"spanSets":[{}]}}"#, set(matched), set(matched))
        };
        let body = format!(r#"{{"traces":[{},{}],"metrics":{{}}}}"#, trace("c", 2), trace("d", 5));
        let traces = read(body.as_bytes()).expect("a search");
        let [spans] = &traces[..] else { panic!("{traces:?}") };
        let [span, other] = &spans[..] else { panic!("{spans:?}") };
        assert_eq!((&*span.trace_id, &*span.span_id), (&*format!("{:0>32}", "c"), "00000000000000ab"));
        assert_eq!((&*span.service, &*span.name, span.kind, span.failed), ("dice-roller", "a", Kind::Server, true));
        assert_eq!((span.parent_id.as_deref(), span.start_ns, span.end_ns), (Some("00000000000000a1"), 5, 12));
        assert_eq!((span.int("async.batch_size"), span.attributes.get("roll.value")), (Some(3), None));
        assert_eq!(span.attributes.get("die.faces"), Some(&Value::List(vec![Value::Int(1), Value::Int(2)])));
        assert_eq!((other.parent_id.as_deref(), &*other.service), (None, "unknown_service"));
    }

    #[test]
    fn a_search_that_found_nothing_is_empty() {
        assert!(read(b"{}").is_ok_and(|traces| traces.is_empty()));
        assert!(read(b"<html>").is_err());
    }
}
