//! Zipkin's spans as OTLP's: tags become attributes, annotations events, endpoints `net.*` and `peer.service`.

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, SpanKind};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};

use crate::otlp::transport::others::attributes::{attribute, text};
use crate::otlp::transport::others::zipkin::model::{self, Endpoint};
use crate::otlp::transport::others::zipkin::tags::is_of_resource;

/// Names the attribute of the resource that the local service is, if it is not `service.name`.
const SERVICE_NAME_SOURCE: &str = "otlp.service.name.source";
/// Says that the sender gave no time.
const NO_START: &str = "otel.zipkin.absentField.startTime";

/// What spans share: the attributes of the resource, then name and version of the scope.
type Origin = (BTreeMap<String, String>, String, String);

/// The spans of a request in JSON; those without a time begin at the first annotation, or now.
pub(in crate::otlp::transport::others) fn spans(body: &[u8], now_ns: i64) -> Result<ExportTraceServiceRequest, String> {
    let spans: Vec<model::Span> = serde_json::from_slice(body)
        .map_err(|error| format!("the request is not Zipkin's JSON of version 2: {error}"))?;
    let mut by_origin: BTreeMap<Origin, Vec<Span>> = BTreeMap::new();
    for (at, mut span) in spans.into_iter().enumerate() {
        let origin = origin(&mut span);
        let translated = translate(span, now_ns).map_err(|problem| format!("span {at}: {problem}"))?;
        by_origin.entry(origin).or_default().push(translated);
    }
    let resource_spans = by_origin.into_iter().map(|((resource, name, version), spans)| ResourceSpans {
        resource: Some(Resource {
            attributes: resource.into_iter().map(|(key, value)| text(&key, value)).collect(),
            ..Resource::default()
        }),
        scope_spans: vec![ScopeSpans {
            scope: Some(InstrumentationScope { name, version, ..InstrumentationScope::default() }),
            spans,
            ..ScopeSpans::default()
        }],
        ..ResourceSpans::default()
    });
    Ok(ExportTraceServiceRequest { resource_spans: resource_spans.collect() })
}

/// Takes what says where the span comes from out of its tags.
fn origin(span: &mut model::Span) -> Origin {
    let tags = span.tags.get_or_insert_default();
    let mut take = |keys: [&str; 2]| keys.into_iter().find_map(|key| tags.remove(key)).unwrap_or_default();
    let name = take(["otel.library.name", "otel.scope.name"]);
    let version = take(["otel.library.version", "otel.scope.version"]);
    let source = take([SERVICE_NAME_SOURCE, SERVICE_NAME_SOURCE]);
    let mut resource = BTreeMap::new();
    tags.retain(|key, value| {
        let is_own = is_of_resource(key);
        if is_own {
            resource.insert(key.clone(), std::mem::take(value));
        }
        !is_own
    });
    let service = span.local_endpoint.as_ref().and_then(|endpoint| endpoint.service_name.clone()).unwrap_or_default();
    if !service.is_empty() {
        resource.insert(if source.is_empty() { "service.name".to_owned() } else { source }, service);
    }
    (resource, name, version)
}

fn translate(span: model::Span, now_ns: i64) -> Result<Span, String> {
    let mut tags = span.tags.unwrap_or_default();
    let annotations = span.annotations.unwrap_or_default();
    let (kind, status) = (kind(span.kind.as_deref(), &mut tags), status(&mut tags));
    let trace_state = tags.remove("w3c.tracestate").unwrap_or_default();
    let mut attributes: Vec<_> = tags.into_iter().map(|(key, value)| text(&key, value)).collect();
    attributes.extend(endpoint(span.local_endpoint.unwrap_or_default(), "net.host"));
    let remote = span.remote_endpoint.unwrap_or_default();
    let peer = remote.service_name.clone().filter(|name| !name.is_empty());
    attributes.extend(peer.map(|name| text("peer.service", name)));
    attributes.extend(endpoint(remote, "net.peer"));
    let ns = |micros: u64| micros.saturating_mul(1000);
    let start = span.timestamp.filter(|time| *time > 0).map(ns);
    if start.is_none() {
        attributes.push(attribute(NO_START, Value::BoolValue(true)));
    }
    let first = || annotations.iter().map(|annotation| ns(annotation.timestamp)).min();
    let start = start.or_else(first).unwrap_or(now_ns.unsigned_abs());
    let id = model::id::<8>(&span.id)?;
    let parent =
        span.parent_id.filter(|parent| !parent.is_empty()).map(|parent| model::id::<8>(&parent)).transpose()?;
    let parent = parent.filter(|parent| *parent != id && *parent != [0; 8]);
    Ok(Span {
        trace_id: model::id::<16>(&span.trace_id)?.to_vec(),
        span_id: id.to_vec(),
        parent_span_id: parent.map(Vec::from).unwrap_or_default(),
        trace_state,
        name: span.name.unwrap_or_default(),
        kind: kind as i32,
        start_time_unix_nano: start,
        end_time_unix_nano: start.saturating_add(ns(span.duration.unwrap_or(0))),
        attributes,
        events: annotations.into_iter().map(event).collect(),
        status,
        ..Span::default()
    })
}

fn event(annotation: model::Annotation) -> Event {
    let time_unix_nano = annotation.timestamp.saturating_mul(1000);
    // OpenTelemetry's exporter writes `name|{attributes}|dropped`.
    let mut parts = annotation.value.splitn(2, '|');
    let name = parts.next().unwrap_or_default().to_owned();
    let rest = parts.next().and_then(|rest| rest.rsplit_once('|'));
    let attributes = rest.and_then(|(json, _)| serde_json::from_str::<BTreeMap<String, serde_json::Value>>(json).ok());
    match (rest, attributes) {
        (Some((_, dropped)), Some(attributes)) => Event {
            time_unix_nano,
            name,
            attributes: attributes.iter().filter_map(|(key, value)| Some(attribute(key, of_json(value)?))).collect(),
            dropped_attributes_count: dropped.parse().unwrap_or(0),
        },
        _ => Event { time_unix_nano, name: annotation.value, ..Event::default() },
    }
}

fn of_json(value: &serde_json::Value) -> Option<Value> {
    match value {
        serde_json::Value::String(text) => Some(Value::StringValue(text.clone())),
        serde_json::Value::Bool(flag) => Some(Value::BoolValue(*flag)),
        serde_json::Value::Number(number) => {
            number.as_i64().map(Value::IntValue).or_else(|| number.as_f64().map(Value::DoubleValue))
        }
        _ => None,
    }
}

fn kind(kind: Option<&str>, tags: &mut BTreeMap<String, String>) -> SpanKind {
    match kind {
        Some("CLIENT") => SpanKind::Client,
        Some("SERVER") => SpanKind::Server,
        Some("PRODUCER") => SpanKind::Producer,
        Some("CONSUMER") => SpanKind::Consumer,
        _ => match tags.remove("span.kind").as_deref() {
            Some("internal") => SpanKind::Internal,
            _ => SpanKind::Unspecified,
        },
    }
}

fn status(tags: &mut BTreeMap<String, String>) -> Option<Status> {
    let mut code = tags.remove("otel.status_code").map(|code| {
        match code.to_ascii_uppercase().trim_start_matches("STATUS_CODE_") {
            "OK" => StatusCode::Ok,
            "ERROR" => StatusCode::Error,
            _ => StatusCode::Unset,
        }
    });
    let message = code.and_then(|_| tags.remove("otel.status_description")).unwrap_or_default();
    if tags.get("error").is_some_and(|error| error == "true") {
        tags.remove("error");
        code = Some(StatusCode::Error);
    }
    code.map(|code| Status { code: code as i32, message })
}

/// The address of who takes part.
fn endpoint(endpoint: Endpoint, prefix: &str) -> Vec<KeyValue> {
    let ip = endpoint.ipv6.map(|ip| ip.to_string()).or_else(|| endpoint.ipv4.map(|ip| ip.to_string()));
    let ip = ip.map(|ip| text(&format!("{prefix}.ip"), ip));
    let port = endpoint.port.filter(|port| *port > 0);
    ip.into_iter().chain(port.map(|port| attribute(&format!("{prefix}.port"), Value::IntValue(port.into())))).collect()
}
