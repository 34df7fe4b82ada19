//! Making export requests from one line per span.
//!
//! `id parent service "name" kind start duration [key=value …]`; `-` is no parent. Values are integers,
//! floats, `true`, `false`, or text. Special keys: `status`, `message`, `event` (`event=name@time`),
//! `link` (`link=trace/span`), `scope`; keys that begin with `resource.` or `event.` belong there.

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message;

/// When scripts begin, in nanoseconds since the epoch.
pub(crate) const EPOCH: i64 = 1_700_000_000_000_000_000;

/// The trace with this number.
pub(crate) fn trace_id(number: u64) -> [u8; 16] {
    u128::from(number).to_be_bytes()
}

/// A request with these spans of one trace.
pub(crate) fn request(trace: u64, lines: &[&str]) -> Bytes {
    let resource_spans = lines.iter().map(|line| resource_spans(trace, line)).collect();
    ExportTraceServiceRequest { resource_spans }.encode_to_vec().into()
}

fn resource_spans(trace: u64, line: &str) -> ResourceSpans {
    let words = words(line);
    let [id, parent, service, name, kind, start, duration, rest @ ..] = words.as_slice() else {
        panic!("{line:?} is no span");
    };
    let kinds = ["unspecified", "internal", "server", "client", "producer", "consumer"];
    let start = EPOCH + nanoseconds(start);
    let mut span = Span {
        trace_id: trace_id(trace).to_vec(),
        span_id: id.parse::<u64>().expect("span id").to_be_bytes().to_vec(),
        parent_span_id: parent.parse::<u64>().map(|id| id.to_be_bytes().to_vec()).unwrap_or_default(),
        name: name.clone(),
        kind: kinds.iter().position(|known| known == kind).expect("kind") as i32,
        start_time_unix_nano: start as u64,
        end_time_unix_nano: (start + nanoseconds(duration)) as u64,
        ..Span::default()
    };
    let mut resource = Resource { attributes: vec![attribute("service.name", service)], ..Resource::default() };
    let mut scope = InstrumentationScope::default();
    for word in rest {
        let (key, value) = word.split_once('=').unwrap_or_else(|| panic!("{word:?} is no key=value"));
        match key {
            "status" => {
                let code = ["unset", "ok", "error"].iter().position(|known| *known == value).expect("status") as i32;
                span.status.get_or_insert_default().code = code;
            }
            "message" => span.status.get_or_insert_default().message = value.into(),
            "event" => {
                let (name, time) = value.split_once('@').expect("event=name@time");
                let time_unix_nano = (start + nanoseconds(time)) as u64;
                span.events.push(Event { name: name.to_owned(), time_unix_nano, ..Event::default() });
            }
            "link" => {
                let (trace, id) = value.split_once('/').expect("link=trace/span");
                span.links.push(Link {
                    trace_id: trace_id(trace.parse().expect("trace")).to_vec(),
                    span_id: id.parse::<u64>().expect("span").to_be_bytes().to_vec(),
                    ..Link::default()
                });
            }
            "scope" => scope.name = value.into(),
            _ => match (key.strip_prefix("resource."), key.strip_prefix("event.")) {
                (Some(key), _) => resource.attributes.push(attribute(key, value)),
                (_, Some(key)) => span.events.last_mut().expect("an event").attributes.push(attribute(key, value)),
                _ => span.attributes.push(attribute(key, value)),
            },
        }
    }
    let scope_spans = vec![ScopeSpans { scope: Some(scope), spans: vec![span], ..ScopeSpans::default() }];
    ResourceSpans { resource: Some(resource), scope_spans, ..ResourceSpans::default() }
}

fn attribute(key: &str, text: &str) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(any(text)), ..KeyValue::default() }
}

fn any(text: &str) -> AnyValue {
    let value = if let Some(list) = text.strip_prefix('[').and_then(|list| list.strip_suffix(']')) {
        Value::ArrayValue(ArrayValue { values: list.split(',').map(any).collect() })
    } else {
        let int = text.parse().map(Value::IntValue).ok();
        let float = || text.parse().map(Value::DoubleValue).ok();
        let flag = || text.parse().map(Value::BoolValue).ok();
        int.or_else(float).or_else(flag).unwrap_or_else(|| Value::StringValue(text.to_owned()))
    };
    AnyValue { value: Some(value) }
}

fn nanoseconds(text: &str) -> i64 {
    lab_traces::traceql::duration::parse(text).unwrap_or_else(|| panic!("{text:?} is no duration"))
}

/// Words apart by blanks; quotes hold blanks together and vanish.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut quoted) = (vec![String::new()], false);
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            c => words.last_mut().expect("never empty").push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}
