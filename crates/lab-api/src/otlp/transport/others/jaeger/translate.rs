//! Jaeger's spans as OTLP's: tags become attributes, logs events, references links.
//!
//! The numbers of fields are those of Jaeger's `jaeger.thrift`.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link, SpanKind};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};

use crate::otlp::transport::others::attributes::{attribute, take, take_text, text};
use crate::otlp::transport::others::jaeger::status::status;
use crate::otlp::transport::others::jaeger::thrift::Struct;

/// The type of a reference to the span that caused this one.
const CHILD_OF: i64 = 0;

/// The spans of a batch.
pub(in crate::otlp::transport::others) fn spans(body: &[u8]) -> Result<ExportTraceServiceRequest, String> {
    let batch = Struct::read(body)?;
    let resource = batch.inner(1).map(resource);
    let spans: Vec<Span> = batch.list(2).map(span).collect();
    if resource.is_none() && spans.is_empty() {
        return Err("the request is no Jaeger batch: it has neither a process nor spans".to_owned());
    }
    let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
    Ok(ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans { resource, scope_spans, ..ResourceSpans::default() }],
    })
}

fn resource(process: &Struct<'_>) -> Resource {
    let mut attributes = tags(process, 2);
    let has = |attributes: &[KeyValue], key: &str| attributes.iter().any(|attribute| attribute.key == key);
    let service = process.text(1);
    if !service.is_empty() && !has(&attributes, "service.name") {
        attributes.push(text("service.name", service));
    }
    if !has(&attributes, "host.name")
        && let Some(host) = take(&mut attributes, "hostname")
    {
        attributes.push(attribute("host.name", host));
    }
    if !has(&attributes, "opencensus.exporterversion")
        && let Some(version) = take_text(&mut attributes, "jaeger.version")
    {
        attributes.push(text("opencensus.exporterversion", format!("Jaeger-{version}")));
    }
    Resource { attributes, ..Resource::default() }
}

fn span(span: &Struct<'_>) -> Span {
    let mut attributes = tags(span, 10);
    let kind = match take_text(&mut attributes, "span.kind").as_deref() {
        Some("client") => SpanKind::Client,
        Some("server") => SpanKind::Server,
        Some("producer") => SpanKind::Producer,
        Some("consumer") => SpanKind::Consumer,
        Some("internal") => SpanKind::Internal,
        _ => SpanKind::Unspecified,
    };
    let status = status(&mut attributes, kind);
    let parent = parent(span);
    let start = span.int(8);
    Span {
        trace_id: trace_id(span.int(2), span.int(1)),
        span_id: span.int(3).to_be_bytes().to_vec(),
        parent_span_id: if parent == 0 { Vec::new() } else { parent.to_be_bytes().to_vec() },
        name: span.text(5),
        kind: kind as i32,
        start_time_unix_nano: nanoseconds(start),
        end_time_unix_nano: nanoseconds(start.saturating_add(span.int(9))),
        attributes,
        events: span.list(11).map(event).collect(),
        links: links(span, parent),
        status,
        ..Span::default()
    }
}

/// The parent; without one, a span of the same trace that is referred to.
fn parent(span: &Struct<'_>) -> i64 {
    let same_trace = |other: &&Struct<'_>| other.int(3) == span.int(2) && other.int(2) == span.int(1);
    let child_of = span.list(6).filter(same_trace).find(|other| other.int(1) == CHILD_OF);
    match span.int(4) {
        0 => child_of.or_else(|| span.list(6).find(same_trace)).map_or(0, |other| other.int(4)),
        parent => parent,
    }
}

fn links(span: &Struct<'_>, parent: i64) -> Vec<Link> {
    let others = span.list(6).filter(|other| other.int(4) != parent || other.int(1) != CHILD_OF);
    let link = |other: &Struct<'_>| Link {
        trace_id: trace_id(other.int(3), other.int(2)),
        span_id: other.int(4).to_be_bytes().to_vec(),
        attributes: vec![text(
            "opentracing.ref_type",
            if other.int(1) == CHILD_OF { "child_of" } else { "follows_from" },
        )],
        ..Link::default()
    };
    others.map(link).collect()
}

fn event(log: &Struct<'_>) -> Event {
    let mut attributes = tags(log, 2);
    let name = take_text(&mut attributes, "event").unwrap_or_default();
    Event { time_unix_nano: nanoseconds(log.int(1)), name, attributes, ..Event::default() }
}

fn tags(holder: &Struct<'_>, field: i16) -> Vec<KeyValue> {
    let (mut attributes, mut places) = (Vec::new(), HashMap::new());
    for tag in holder.list(field) {
        let value = match tag.int(2) {
            0 => Value::StringValue(tag.text(3)),
            1 => Value::DoubleValue(tag.double(4)),
            2 => Value::BoolValue(tag.bool(5)),
            3 => Value::IntValue(tag.int(6)),
            4 => Value::BytesValue(tag.bytes(7).to_vec()),
            other => Value::StringValue(format!("<unknown Jaeger tag type {other}>")),
        };
        let attribute = attribute(&tag.text(1), value);
        // Of tags with the same key the last one counts.
        match places.entry(attribute.key.clone()) {
            Entry::Occupied(place) => attributes[*place.get()] = attribute,
            Entry::Vacant(place) => {
                place.insert(attributes.len());
                attributes.push(attribute);
            }
        }
    }
    attributes
}

fn trace_id(high: i64, low: i64) -> Vec<u8> {
    [high.to_be_bytes(), low.to_be_bytes()].concat()
}

fn nanoseconds(microseconds: i64) -> u64 {
    u64::try_from(microseconds).unwrap_or(0).saturating_mul(1000)
}
