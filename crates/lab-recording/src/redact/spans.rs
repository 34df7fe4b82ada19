//! Every list of attributes and every text of a request with spans.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};

/// Shows every list of attributes: those of resources, scopes, spans, events and links.
pub(crate) fn each_list(request: &mut ExportTraceServiceRequest, see: &mut impl FnMut(&mut Vec<KeyValue>)) {
    for resource in &mut request.resource_spans {
        if let Some(resource) = &mut resource.resource {
            see(&mut resource.attributes);
        }
        for scope in &mut resource.scope_spans {
            if let Some(scope) = &mut scope.scope {
                see(&mut scope.attributes);
            }
            for span in &mut scope.spans {
                see(&mut span.attributes);
                for event in &mut span.events {
                    see(&mut event.attributes);
                }
                for link in &mut span.links {
                    see(&mut link.attributes);
                }
            }
        }
    }
}

/// Shows every text that a program may have put a value into.
pub(crate) fn each_text(request: &mut ExportTraceServiceRequest, see: &impl Fn(&mut String)) {
    each_list(request, &mut |attributes| {
        for attribute in attributes {
            in_value(&mut attribute.value, see);
        }
    });
    let spans = request.resource_spans.iter_mut().flat_map(|resource| &mut resource.scope_spans);
    for span in spans.flat_map(|scope| &mut scope.spans) {
        see(&mut span.name);
        see(&mut span.trace_state);
        for event in &mut span.events {
            see(&mut event.name);
        }
        if let Some(status) = &mut span.status {
            see(&mut status.message);
        }
    }
}

fn in_value(value: &mut Option<AnyValue>, see: &impl Fn(&mut String)) {
    match value.as_mut().and_then(|value| value.value.as_mut()) {
        Some(Value::StringValue(text)) => see(text),
        Some(Value::KvlistValue(map)) => {
            for one in &mut map.values {
                in_value(&mut one.value, see);
            }
        }
        Some(Value::ArrayValue(list)) => {
            for item in &mut list.values {
                let mut held = Some(std::mem::take(item));
                in_value(&mut held, see);
                *item = held.unwrap_or_default();
            }
        }
        _ => {}
    }
}
